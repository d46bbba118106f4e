//! `huiying eval A B`: two models on the same texts, and whether one is better by more than chance.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::verdicts::{self, Verdicts};
use super::{Failure, Global, Outcome, model, office_text, progress, train};
use crate::text::learn::{Measured, bootstrap};
use crate::text::model::Model;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 2_000;
const SEED: u64 = 20_161_213;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Eval {
    /// A model's file; `shipped` is the one that this program was built with
    a: String,
    /// Another; without it, A's card and figures are shown
    b: Option<String>,
    /// Labelled texts to measure on: files, or a folder with .dev. files
    #[arg(long, value_name = "F", num_args = 1..)]
    data: Vec<PathBuf>,
}

impl Eval {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let a = named(&self.a)?;
        let b = self.b.as_deref().map(named).transpose()?;
        if self.data.is_empty() {
            if b.is_some() {
                return Err(Failure::Usage("比较两个模型要用 --data 给出带标签的文本".to_owned()));
            }
            let card = serde_json::json!({ "version": a.version(), "card": a.card() });
            println!("{}", serde_json::to_string_pretty(&card).map_err(anyhow::Error::new)?);
            return Ok(ExitCode::SUCCESS);
        }
        let mut held = Vec::new();
        for path in train::files(&self.data)? {
            let file = train::read(&path)?;
            // A file that is named by itself is measured on as a whole.
            let whole = file.held.is_empty() && self.data.contains(&path);
            held.push((file.name, if whole { file.train } else { file.held }));
        }
        let analyser = office_text::analyser(global)?;
        let mut said = Vec::new();
        for model in std::iter::once(a).chain(b) {
            analyser.set_model(model);
            let bar = progress::bar("检验", held.iter().map(|(_, examples)| examples.len() as u64).sum());
            let mut all = Verdicts::new();
            held.iter()
                .for_each(|(name, examples)| verdicts::judge(&analyser, name, examples, &mut all, || bar.inc(1)));
            bar.finish_and_clear();
            said.push(all);
        }
        println!("{}", serde_json::to_string_pretty(&compared(&said)).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

fn named(name: &str) -> Result<Model, Failure> {
    if name == "shipped" { Ok(Model::shipped()) } else { model::read(Path::new(name)) }
}

fn compared(said: &[Verdicts]) -> serde_json::Value {
    let round = |value: f64| (value * 10_000.0).round() / 10_000.0;
    let rows = said[0].iter().map(|(name, first)| {
        let figures = |judged: &[_]| {
            let measured = Measured::of(judged);
            serde_json::json!({ "accuracy": round(measured.accuracy), "macro_f1": round(measured.macro_f1) })
        };
        let mut row = serde_json::json!({ "count": first.len(), "a": figures(first) });
        if let Some(second) = said.get(1).and_then(|all| all.get(name)) {
            let pairs: Vec<(bool, bool)> =
                first.iter().zip(second).map(|(a, b)| (a.gold == a.said, b.gold == b.said)).collect();
            let chance = bootstrap(&pairs, RESAMPLES, SEED);
            row["b"] = figures(second);
            row["b_minus_a"] = serde_json::json!({
                "accuracy": round(chance.difference),
                "low_95": round(chance.low),
                "high_95": round(chance.high),
                "p_not_better": round(chance.p_not_better),
            });
        }
        (name.clone(), row)
    });
    serde_json::Value::Object(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::learn::Judged;

    #[test]
    fn two_models_are_compared_text_by_text() {
        let verdicts = |right: &dyn Fn(usize) -> bool| {
            let judged = |n: usize| {
                let said = if right(n) { "a" } else { "b" };
                Judged { gold: "a".into(), said: said.into(), sure: None, text: n.to_string() }
            };
            Verdicts::from([("own category".to_owned(), (0..100).map(judged).collect())])
        };
        let table = compared(&[verdicts(&|n| n % 2 == 0), verdicts(&|n| n % 2 == 0 || n % 5 == 0)]);
        let row = &table["own category"];
        assert_eq!((&row["a"]["accuracy"], &row["b"]["accuracy"]), (&0.5.into(), &0.6.into()));
        let gain = &row["b_minus_a"];
        assert_eq!((&gain["accuracy"], &gain["p_not_better"]), (&0.1.into(), &0.0.into()));
        assert!(gain["low_95"].as_f64().unwrap() > 0.0 && gain["high_95"].as_f64().unwrap() < 0.2);
        assert!(compared(&[verdicts(&|_| true)])["own category"]["b"].is_null());
    }
}
