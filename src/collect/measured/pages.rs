//! Articles of real pages, against labels made by hand.

use std::io::Read;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::shingles::{chinese, compare, english, f1};
use super::{line, miss};
use crate::collect::article::{Article, extract};
use crate::collect::page::Page;
use crate::collect::shared_data::unpacked;
use crate::domain::instant::Instant;

fn now() -> Instant {
    "2026-11-30T12:00:00+08:00".parse().unwrap()
}

fn read(bytes: &[u8]) -> Article {
    extract(&Page::open(bytes, None, None, None).unwrap(), now())
}

fn plain(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// Right answers of all that were asked.
#[derive(Default)]
struct Share(u32, u32);

impl Share {
    fn add(&mut self, right: bool) {
        self.0 += u32::from(right);
        self.1 += 1;
    }

    fn value(&self) -> f64 {
        f64::from(self.0) / f64::from(self.1.max(1))
    }
}

#[test]
fn chinese_articles() {
    let Some(found) = unpacked("zh_articles_dev.tar.gz") else { return };
    let folder = found.path().join("zh_articles_dev");
    let gold: Value = serde_json::from_slice(&std::fs::read(folder.join("gold.json")).unwrap()).unwrap();
    let (mut titles, mut minutes, mut sources, mut bylines, mut invented) = <[Share; 5]>::default().into();
    let (mut precision, mut recall) = (0.0, 0.0);
    let pages = gold.as_object().unwrap();
    for (name, gold) in pages {
        let bytes = std::fs::read(folder.join("pages").join(gold["file"].as_str().unwrap())).unwrap();
        let article = read(&bytes);
        let text = |key: &str| gold[key].as_str().unwrap_or("");
        let neutral: Vec<String> = match &gold["neutral"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            other => vec![other.as_str().unwrap_or("").to_owned()],
        };
        let found = chinese(article.text.as_deref().unwrap_or(""));
        let (p, r) = compare(&chinese(text("body")), &chinese(&neutral.join("\n")), &found);
        (precision, recall) = (precision + p, recall + r);
        if f1((p, r)) < 0.98 {
            miss(|| format!("{name}: text P {p:.3} R {r:.3}"));
        }
        let title = plain(text("title")) == plain(article.title.as_deref().unwrap_or(""));
        titles.add(title);
        if !title {
            miss(|| format!("{name}: title {:?}, not {}", article.title, text("title")));
        }
        if let Some(time) = gold["time"].as_str() {
            let printed = article.published_at.map(|at| at.to_string()[..16].replace('T', " "));
            let wanted: Vec<&str> = [time].into_iter().chain(texts(&gold["time_alt"])).collect();
            let is_right = printed.as_ref().is_some_and(|at| wanted.iter().any(|time| at.starts_with(time)));
            minutes.add(is_right);
            if !is_right {
                miss(|| format!("{name}: time {printed:?}, not {wanted:?}"));
            }
        }
        match gold["source"].as_str() {
            Some(source) => {
                let is_right = article.source.as_deref().is_some_and(|found| plain(found) == plain(source));
                sources.add(is_right);
                if !is_right {
                    miss(|| format!("{name}: source {:?}, not {source}", article.source));
                }
            }
            None => invented.add(article.source.is_none()),
        }
        let names = texts(&gold["author"]);
        let author = article.author.as_deref().unwrap_or("");
        if names.is_empty() {
            invented.add(author.is_empty());
            if !author.is_empty() {
                miss(|| format!("{name}: author {author:?}, not none"));
            }
        } else {
            let length_max = 3 * names.iter().map(|name| name.chars().count()).sum::<usize>() + 4;
            let is_right =
                names.iter().any(|name| author.contains(name)) && plain(author).chars().count() <= length_max;
            bylines.add(is_right);
            if !is_right {
                miss(|| format!("{name}: author {author:?}, not {names:?}"));
            }
        }
        if gold["source"].is_null() && article.source.is_some() {
            miss(|| format!("{name}: source {:?}, not none", article.source));
        }
    }
    let count = pages.len() as f64;
    let low: Vec<String> = [
        line("zh_articles_dev text F1", f1((precision / count, recall / count)), 0.995),
        line("zh_articles_dev title", titles.value(), 0.98),
        line("zh_articles_dev time to the minute", minutes.value(), 0.97),
        line("zh_articles_dev 来源", sources.value(), 0.85),
        line("zh_articles_dev by-line", bylines.value(), 0.80),
        line("zh_articles_dev nothing invented", invented.value(), 0.90),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(low.is_empty(), "below the floor: {low:#?}");
}

#[test]
fn english_articles() {
    let Some(found) = unpacked("aeb.tar.gz") else { return };
    let folder = found.path().join("aeb");
    let gold: Value = serde_json::from_slice(&std::fs::read(folder.join("ground-truth.json")).unwrap()).unwrap();
    let gold = gold.as_object().unwrap();
    // A quarter of the pages, unless all are asked for: parsing 181 large pages takes a minute without optimisation.
    let step = if std::env::var_os("HUIYING_ALL").is_some() { 1 } else { 4 };
    let (mut precision, mut recall, mut count, mut worst) = (0.0, 0.0, 0.0, 1.0_f64);
    for (name, gold) in gold.iter().step_by(step) {
        let packed = std::fs::read(folder.join("html").join(format!("{name}.html.gz"))).unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
        let article = read(&bytes);
        let found = english(article.text.as_deref().unwrap_or(""));
        let (p, r) = compare(&english(gold["articleBody"].as_str().unwrap()), &english(""), &found);
        (precision, recall, count) = (precision + p, recall + r, count + 1.0);
        worst = worst.min(f1((p, r)));
        if f1((p, r)) < 0.9 {
            miss(|| format!("{name}: P {p:.3} R {r:.3} {}", gold["url"]));
        }
    }
    let low: Vec<String> =
        [line("aeb text F1", f1((precision / count, recall / count)), 0.95), line("aeb worst page", worst, 0.5)]
            .into_iter()
            .flatten()
            .collect();
    assert!(low.is_empty(), "below the floor: {low:#?}");
}
