//! What analysts put right: a department that a person made the lead of a case teaches whose matter its first text is, and a
//! verdict of which somebody said 「判错了」 what it should have been.

use super::super::{Failure, Global, open};
use crate::store::Store;
use crate::text::learn::{Example, Label};
use crate::text::model::Head;

/// A person looked at the case and decided: it counts more than a letter's reply, which only names somebody.
const WEIGHT: f32 = 2.0;

/// Reads them from the configured database.
pub fn read(global: &Global) -> Result<Vec<Example>, Failure> {
    let config = open::config(global)?;
    open::runtime()?.block_on(async {
        let store = open::existing(&config).await?;
        let read = of(&store).await;
        read.map_err(open::database)
    })
}

async fn of(store: &Store) -> Result<Vec<Example>, crate::store::StoreError> {
    let mut examples = Vec::new();
    for task in store.leads_given_by_persons().await? {
        let Some(mention) = store.mentions_of(&task.incident, 0, 1).await?.into_iter().next() else { continue };
        let label = Label { head: Head::Department, class: task.department.to_string(), expert: None, weight: WEIGHT };
        examples.push(Example { title: mention.title, text: mention.text, labels: vec![label] });
    }
    for taught in store.taught().await? {
        let label = |(head, class): (Head, String)| Label { head, class, expert: None, weight: WEIGHT };
        let labels: Vec<Label> = learnt(&taught.what, taught.should).into_iter().map(label).collect();
        if !labels.is_empty() {
            examples.push(Example { title: taught.title, text: taught.text, labels });
        }
    }
    Ok(examples)
}

/// The heads that learn such a verdict, with its class. Grade and region are read off rules and names: what is said of them is
/// kept for whoever writes those.
fn learnt(what: &str, should: String) -> Vec<(Head, String)> {
    match what {
        "category" => vec![(Head::Category, should)],
        "department" => vec![(Head::Department, should)],
        "sentiment" if should == "neutral" => vec![(Head::Neutrality, should)],
        "sentiment" => vec![(Head::Expert, should.clone()), (Head::Neutrality, should)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::replay::{Scenario, replay};
    use crate::rules::Rules;
    use crate::store::StoreOptions;

    #[tokio::test]
    async fn what_a_person_assigned_is_learnt_from() {
        let scenario = Scenario::read(concat!(
            r#"{"at":"2026-05-11T09:00:00+08:00","do":"mention","label":"A","channel":"weibo","title":"水","text":"水龙头放出来是黄的"}"#,
            "\n",
            r#"{"at":"2026-05-11T09:05:00+08:00","do":"mention","label":"B","channel":"weibo","text":"路灯不亮"}"#,
            "\n",
            r#"{"at":"2026-05-11T09:10:00+08:00","do":"assign","incident":"@A","department":"water","role":"lead"}"#,
            "\n",
        ));
        let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let database = StoreOptions::throw_away(&folder.path().join("test.db"));
        let played = replay(&scenario, rules, None, &database).await.unwrap();
        assert!(played.refused.is_empty(), "{:?}", played.refused);
        let examples = of(&Store::open(&database).await.unwrap()).await.unwrap();
        assert_eq!(examples.len(), 1, "nobody decided on B");
        assert_eq!((examples[0].title.as_deref(), examples[0].text.as_str()), (Some("水"), "水龙头放出来是黄的"));
        assert_eq!((examples[0].labels[0].head, examples[0].labels[0].class.as_str()), (Head::Department, "water"));
    }

    #[tokio::test]
    async fn what_a_person_called_wrong_is_learnt_from() {
        let folder = tempfile::tempdir().unwrap();
        let database = StoreOptions::throw_away(&folder.path().join("test.db"));
        let store = Store::open(&database).await.unwrap();
        store.migrate().await.unwrap();
        let at = crate::domain::instant::Instant::from_ms(0);
        let input = crate::domain::mention::MentionInput { text: "路灯不亮".to_owned(), ..Default::default() };
        let mut tx = store.write().await.unwrap();
        let mention = tx.insert_mentions(&[crate::store::NewMention::detected(input, at)]).await.unwrap().remove(0).id;
        for (what, should) in [("sentiment", "negative"), ("region", "jixi"), ("category", "environment")] {
            let row = crate::store::CorrectionRow {
                mention: mention.clone(),
                what: what.to_owned(),
                was: None,
                should: "neutral".to_owned(),
                said_by: "王".to_owned(),
                at,
            };
            tx.put_correction(&row).await.unwrap();
            tx.put_correction(&crate::store::CorrectionRow { should: should.to_owned(), ..row }).await.unwrap();
        }
        tx.commit().await.unwrap();
        let examples = of(&store).await.unwrap();
        let labels: Vec<(Head, &str)> =
            examples.iter().flat_map(|one| &one.labels).map(|label| (label.head, label.class.as_str())).collect();
        assert_eq!(labels.len(), 3, "a region is learnt by no head: {labels:?}");
        for wanted in [(Head::Category, "environment"), (Head::Expert, "negative"), (Head::Neutrality, "negative")] {
            assert!(labels.contains(&wanted), "{labels:?}");
        }
    }
}
