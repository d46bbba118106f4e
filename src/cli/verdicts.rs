//! What `train` and `eval` share: a model's verdicts on labelled texts.

use std::collections::BTreeMap;

use crate::domain::mention::MentionInput;
use crate::text::Analyser;
use crate::text::analysis::{Analysis, Sentiment};
use crate::text::concern;
use crate::text::learn::{Example, Judged, Label};
use crate::text::model::Head;

/// Characters of a text that are shown among the worst errors.
const SHOWN_CHARS: usize = 60;

/// Verdicts by name of what was judged: `htl sentiment`, `zw7_seg category`.
pub type Verdicts = BTreeMap<String, Vec<Judged>>;

/// Judges the examples of a file; `each` is called after every one.
pub fn judge(analyser: &Analyser, name: &str, examples: &[Example], into: &mut Verdicts, mut each: impl FnMut()) {
    // A collection with neutral texts is judged three ways.
    let three = examples
        .iter()
        .flat_map(|example| &example.labels)
        .any(|label| label.class == "neutral" && label.head == Head::Neutrality);
    for example in examples {
        let mention =
            MentionInput { title: example.title.clone(), text: example.text.clone(), ..MentionInput::default() };
        let analysis = analyser.analyse(&mention);
        for label in &example.labels {
            if let Some((head, said, sure)) = said(&analysis, label, three) {
                let text = crate::text::normalise::clip(&example.text.replace('\n', " "), SHOWN_CHARS).into_owned();
                let judged = Judged { gold: label.class.clone(), said, sure, text };
                into.entry(format!("{name} {head}")).or_default().push(judged);
            }
        }
        each();
    }
}

/// The verdict that a label is compared with, and how sure it was.
fn said(analysis: &Analysis, label: &Label, three: bool) -> Option<(&'static str, String, Option<f64>)> {
    let score = analysis.sentiment_score;
    let sure = Some((1.0 + score.abs()) / 2.0);
    let first = |scored: Option<(&str, f64)>| {
        scored.map_or((String::new(), Some(0.0)), |(id, sure)| (id.to_owned(), Some(sure)))
    };
    Some(match label.head {
        Head::Expert if !three => ("sentiment", if score > 0.0 { "positive" } else { "negative" }.to_owned(), sure),
        Head::Neutrality if three => {
            let said = match analysis.sentiment {
                Sentiment::Negative => "negative",
                Sentiment::Neutral => "neutral",
                Sentiment::Positive => "positive",
            };
            // How neutral a text is, is not told: only how strongly it leans.
            ("sentiment3", said.to_owned(), None)
        }
        Head::Emotion => ("emotion", analysis.emotion.clone(), None),
        Head::Rumour => {
            let looks = analysis.rumour >= 0.5;
            let sure = if looks { analysis.rumour } else { 1.0 - analysis.rumour };
            ("rumour", if looks { "rumour" } else { "nonrumour" }.to_owned(), Some(sure))
        }
        Head::Request => ("request", analysis.request.clone(), None),
        Head::Concern => {
            let said = if concern::reads_like_one(&analysis.concerns) { "concern" } else { "none" };
            ("concern", said.to_owned(), None)
        }
        Head::Category => {
            let (said, sure) = first(analysis.category.first().map(|scored| (scored.id.as_str(), scored.score)));
            ("category", said, sure)
        }
        Head::Department => {
            let (said, sure) = first(analysis.departments.first().map(|scored| (scored.id.as_str(), scored.score)));
            ("department", said, sure)
        }
        Head::Expert | Head::Neutrality | Head::Gate | Head::Told => return None,
    })
}
