//! What the shipped rules and the learnt model say of real letters: whose matter each is, and the same however it is
//! written. Where the data is absent, each test says so and passes; texts are read from there and never copied.

use std::collections::HashMap;

use super::shipped::{ANALYSER, shared, text_of};
use crate::domain::mention::MentionInput;
use crate::text::alike;
use crate::text::analysis::Analysis;

/// Shares of the dev letters whose first body, and one of whose first three, is the one that answered.
const FIRST_MIN: f64 = 0.70;
const FIRST_THREE_MIN: f64 = 0.87;
/// How far the first body's score may lie from how often it is right, on average. It is too sure of itself: what points make
/// of a score also decides what is assigned without a person, so that is to be changed with the policies' thresholds.
const CALIBRATION_ERROR_MAX: f64 = 0.26;
/// Letters of the metamorphic test.
const LETTERS: usize = 150;
/// Share of them whose verdict must stay, on every head.
const SAME_MIN: f64 = 0.99;

/// Letters with a reply, by id.
fn letters() -> Option<Vec<(String, MentionInput)>> {
    let text = text_of(&shared("text/zw_replies_2816.jsonl.gz")?);
    let letter = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let id = value["id"].as_str().map_or_else(|| value["id"].to_string(), str::to_owned);
        (id, MentionInput { title: Some(field("title")), text: field("text"), ..MentionInput::default() })
    };
    Some(text.lines().map(letter).collect())
}

#[test]
fn letters_go_to_the_body_that_answered_them() {
    let (Some(letters), Some(gold)) = (letters(), shared("field/judge/departments.dev.jsonl")) else { return };
    let answered: HashMap<String, String> = std::fs::read_to_string(gold)
        .unwrap()
        .lines()
        .map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            (value["id"].as_str().unwrap().to_owned(), value["department"].as_str().unwrap().to_owned())
        })
        .collect();
    let (mut count, mut first, mut first_three, mut bins) = (0.0, 0.0, 0.0, [(0.0, 0.0); 10]);
    for (id, letter) in letters {
        let Some(body) = answered.get(&id) else { continue };
        let said = ANALYSER.analyse(&letter).departments;
        let hit = said.first().is_some_and(|best| best.id.as_str() == body);
        count += 1.0;
        first += f64::from(u8::from(hit));
        first_three += f64::from(u8::from(said.iter().take(3).any(|one| one.id.as_str() == body)));
        let sure = said.first().map_or(0.0, |best| best.score);
        let bin = &mut bins[((sure * 10.0) as usize).min(9)];
        *bin = (bin.0 + sure, bin.1 + f64::from(u8::from(hit)));
    }
    let error = bins.iter().map(|(sure, hit)| (sure - hit).abs()).sum::<f64>() / count;
    let (first, first_three) = (first / count, first_three / count);
    println!(
        "departments: {count} letters, first {first:.4}, first three {first_three:.4}, calibration error {error:.3}"
    );
    assert!(first >= FIRST_MIN && first_three >= FIRST_THREE_MIN, "{first:.4} {first_three:.4}");
    assert!(error <= CALIBRATION_ERROR_MAX, "{error:.3}");
}

/// The traditional form of each simplified character that has one; of several, the first.
fn traditional() -> HashMap<char, char> {
    let pairs = include_str!("../../models/traditional.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut forms = HashMap::new();
    for pair in pairs.flat_map(|line| line.split(['\t', ' '])) {
        let mut chars = pair.chars();
        if let (Some(from), Some(to)) = (chars.next(), chars.next()) {
            forms.entry(to).or_insert(from);
        }
    }
    forms
}

#[test]
fn letters_are_judged_the_same_however_they_are_written() {
    let Some(letters) = letters() else { return };
    let forms = traditional();
    assert!(forms.len() > 1_000, "{}", forms.len());
    let mut changes = alike::changes();
    changes.push(("traditional", Box::new(|text| text.chars().map(|c| forms.get(&c).copied().unwrap_or(c)).collect())));
    let step = (letters.len() / LETTERS).max(1);
    let letters: Vec<MentionInput> = letters.into_iter().step_by(step).map(|(_, letter)| letter).collect();
    let before: Vec<Analysis> = letters.iter().map(|letter| ANALYSER.analyse(letter)).collect();
    let mut low = Vec::new();
    for (name, change) in changes {
        // Both parts are typed alike in another script or width; what a repost adds stands in the text.
        let typed = matches!(name, "traditional" | "full width");
        let after = letters.iter().map(|letter| {
            let title = letter.title.as_deref().map(|title| if typed { change(title) } else { title.to_owned() });
            ANALYSER.analyse(&MentionInput { title, text: change(&letter.text), ..letter.clone() })
        });
        let least = alike::least_same(name, &before, after);
        if least < SAME_MIN {
            low.push(format!("{name}: {least:.4}"));
        }
    }
    assert!(low.is_empty(), "{low:#?}");
}
