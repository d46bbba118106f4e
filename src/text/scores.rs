//! How good analysis is on the dev sets of `../shared/data/text`, with floors. Where the data is absent (a user's
//! machine), each test says so and why, and passes. Texts are read from there and never copied.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::analysis::{Analysis, Sentiment};
use super::{Analyser, Vocabulary};
use crate::domain::mention::MentionInput;

fn data() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = ["../shared", "../../shared"].iter().map(|up| root.join(up).join("data/text")).find(|dir| dir.is_dir());
    if found.is_none() {
        println!("left out: ../shared/data/text is absent; it is never part of the repository");
    }
    found
}

fn unzipped(path: PathBuf) -> String {
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// Text and label of each row.
fn rows(name: &str) -> Option<Vec<(String, String)>> {
    let text = unzipped(data()?.join(format!("{name}.dev.csv.gz")));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> =
        reader.records().map(|row| row.map(|row| (row[1].to_owned(), row[2].to_owned())).unwrap()).collect();
    assert!(rows.len() > 100, "{name} has {} rows", rows.len());
    Some(rows)
}

fn analyse(text: &str) -> Analysis {
    static ANALYSER: OnceLock<Analyser> = OnceLock::new();
    let analyser = ANALYSER.get_or_init(|| Analyser::new(Vocabulary::default()));
    analyser.analyse(&MentionInput { text: text.to_owned(), ..MentionInput::default() })
}

/// Share that is right and mean F1 of the labels, printed and checked against the floors.
fn check(name: &str, pairs: &[(String, String)], accuracy_min: f64, f1_min: f64) {
    let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    let mut right = 0.0;
    for (gold, said) in pairs {
        if gold == said {
            right += 1.0;
            counts.entry(gold).or_default()[0] += 1.0;
        } else {
            counts.entry(gold).or_default()[1] += 1.0;
            counts.entry(said).or_default()[2] += 1.0;
        }
    }
    let gold: std::collections::BTreeSet<&str> = pairs.iter().map(|(gold, _)| gold.as_str()).collect();
    let f1 = gold.iter().map(|label| counts[label]).map(|[tp, missed, wrong]| 2.0 * tp / (2.0 * tp + missed + wrong));
    let f1 = f1.sum::<f64>() / gold.len() as f64;
    let accuracy = right / pairs.len() as f64;
    println!("{name}: accuracy {accuracy:.4}, macro F1 {f1:.4} on {} texts", pairs.len());
    assert!(accuracy >= accuracy_min, "{name}: accuracy {accuracy:.4} is below {accuracy_min}");
    assert!(f1 >= f1_min, "{name}: macro F1 {f1:.4} is below {f1_min}");
}

fn without_emoticons(text: &str) -> String {
    regex::Regex::new(r"\[.{1,8}?\]").unwrap().replace_all(text, "").into_owned()
}

#[test]
fn sentiment_two_ways() {
    for (name, floor) in [("weibo100k", 0.93), ("weibo2018", 0.80), ("waimai", 0.85), ("htl", 0.86), ("shop10", 0.90)] {
        let Some(rows) = rows(name) else { return };
        let two = |score: f64| if score > 0.0 { "1" } else { "0" }.to_owned();
        let said = |text: &str| two(analyse(text).sentiment_score);
        let pairs: Vec<_> = rows.iter().map(|(text, label)| (label.clone(), said(text))).collect();
        check(name, &pairs, floor, floor - 0.03);
        if name == "weibo100k" {
            let pairs: Vec<_> =
                rows.iter().map(|(text, label)| (label.clone(), said(&without_emoticons(text)))).collect();
            check("weibo100k without emoticons", &pairs, 0.68, 0.68);
        }
    }
}

#[test]
fn sentiment_three_ways() {
    let Some(rows) = rows("smp_all3") else { return };
    let said = |text: &str| match analyse(text).sentiment {
        Sentiment::Negative => "negative".to_owned(),
        Sentiment::Neutral => "neutral".to_owned(),
        Sentiment::Positive => "positive".to_owned(),
    };
    let pairs: Vec<_> = rows.iter().map(|(text, label)| (label.clone(), said(text))).collect();
    check("smp_all3", &pairs, 0.79, 0.77);
}

#[test]
fn emotions() {
    for (name, accuracy, f1) in [("smp_usual6", 0.66, 0.61), ("smp_virus6", 0.73, 0.52)] {
        let Some(rows) = rows(name) else { return };
        let pairs: Vec<_> = rows.iter().map(|(text, label)| (label.clone(), analyse(text).emotion)).collect();
        check(name, &pairs, accuracy, f1);
    }
}

#[test]
fn categories() {
    let Some(rows) = rows("zw7_seg") else { return };
    let id = |label: &str| match label {
        "城乡建设" => "urban_construction",
        "环境保护" => "environment",
        "交通运输" => "transport",
        "教育文体" => "education_culture",
        "劳动和社会保障" => "labour",
        "商贸旅游" => "commerce_tourism",
        _ => "health",
    };
    let pairs: Vec<_> = rows
        .iter()
        .map(|(text, label)| (id(label).to_owned(), analyse(&text.replace(' ', "")).category[0].id.clone()))
        .collect();
    check("zw7_seg", &pairs, 0.86, 0.85);
}

#[test]
fn rumours() {
    let Some(rows) = rows("rumor_ced") else { return };
    let said = |text: &str| if analyse(text).rumour >= 0.5 { "rumor" } else { "nonrumor" }.to_owned();
    let pairs: Vec<_> = rows.iter().map(|(text, label)| (label.clone(), said(text))).collect();
    check("rumor_ced", &pairs, 0.83, 0.82);
}

/// Letters to a government are full of accidents that are feared, insured or long past: hardly any reports one now.
#[test]
fn letters_report_hardly_any_event_and_few_are_sensitive() {
    let Some(dir) = data() else { return };
    let letters = unzipped(dir.join("zw_messages_4326.jsonl.gz"));
    let (mut count, mut general, mut large, mut sensitive, mut rumours) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for line in letters.lines() {
        let letter: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| letter[name].as_str().unwrap_or_default().to_owned();
        static ANALYSER: OnceLock<Analyser> = OnceLock::new();
        let analyser = ANALYSER.get_or_init(|| Analyser::new(Vocabulary::default()));
        let mention = MentionInput { title: Some(field("title")), text: field("text"), ..Default::default() };
        let analysis = analyser.analyse(&mention);
        count += 1.0;
        general += f64::from(u8::from(analysis.event_grade >= crate::domain::grade::Grade::General));
        large += f64::from(u8::from(analysis.event_grade >= crate::domain::grade::Grade::Large));
        sensitive += f64::from(u8::from(analysis.sensitive));
        rumours += f64::from(u8::from(analysis.rumour >= 0.5));
        if std::env::var_os("HUIYING_SHOW").is_some()
            && (analysis.sensitive || analysis.event_grade > Default::default())
        {
            println!("{:?} {} {}\n   {:?}", analysis.event_grade, analysis.sensitive, field("title"), analysis.reasons);
        }
    }
    println!(
        "letters: {count}, event ≥ general {:.4}, ≥ large {:.4}, sensitive {:.4}, like rumours {:.4}",
        general / count,
        large / count,
        sensitive / count,
        rumours / count
    );
    assert!(large / count < 0.005 && general / count < 0.03 && sensitive / count < 0.06);
}
