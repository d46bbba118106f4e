//! Whole shapes of pages and pages with one trap each (`data/field/collect`): what must come out, and what must be absent.

use serde_json::Value;

use super::{line, miss};
use crate::collect::article::extract;
use crate::collect::page::Page;
use crate::collect::shared_data::field;
use crate::domain::instant::Instant;

fn now() -> Instant {
    "2026-05-13T12:00:00+08:00".parse().unwrap()
}

#[test]
fn shapes_of_pages() {
    let Some(folder) = field("collect/pages") else { return };
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let (mut right, mut all) = ([0_u32; 6], [0_u32; 6]);
    let mut invented = Vec::new();
    for case in expected.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.html"))).unwrap();
        let url = case["url"].as_str().and_then(|url| url::Url::parse(url).ok());
        let page = Page::open(&bytes, None, None, url.as_ref()).unwrap();
        let article = extract(&page, now());
        let time = article.published_at.map(|at| at.to_string()[..16].to_owned());
        let exp = &case["exp"];
        let values =
            [("title", article.title.clone()), ("time", time), ("source", article.source), ("author", article.author)];
        for (at, (key, value)) in values.into_iter().enumerate() {
            let wanted = exp[key].as_str();
            let is_right = match (wanted, value.as_deref()) {
                // A day alone is printed as its 00:00.
                (Some(wanted), Some(value)) if key == "time" => value.starts_with(wanted),
                (wanted, value) => wanted == value,
            };
            if wanted.is_some() {
                all[at] += 1;
                right[at] += u32::from(is_right);
            } else if value.is_some() {
                invented.push(format!("{name}: {key} {value:?}"));
            }
            if !is_right {
                miss(|| format!("{name}: {key} {value:?}, not {wanted:?}"));
            }
        }
        let text = article.text.unwrap_or_default();
        for (at, key, wanted) in [(4, "must", true), (5, "mustnot", false)] {
            let words = exp[key].as_array().unwrap().iter().filter_map(Value::as_str);
            let bad: Vec<&str> = words.filter(|word| text.contains(word) != wanted).collect();
            all[at] += 1;
            right[at] += u32::from(bad.is_empty());
            if !bad.is_empty() {
                miss(|| format!("{name}: {key} {bad:?}: {text}"));
            }
        }
    }
    let names = ["title", "time", "来源", "by-line", "text whole", "text clean"];
    let shares = names.iter().enumerate().map(|(at, name)| {
        line(&format!("field/collect/pages {name} of {}", all[at]), f64::from(right[at]) / f64::from(all[at]), 0.95)
    });
    let low: Vec<String> = shares.flatten().collect();
    assert!(low.is_empty(), "below the floor: {low:#?}");
    assert!(invented.is_empty(), "invented: {invented:#?}");
}

#[test]
fn pages_with_one_trap() {
    let Some(folder) = field("collect/extract") else { return };
    for (name, source, author, time) in [
        ("author_browse", None, Some("王小明"), None),
        ("author_editor", Some("市生态环境局"), Some("王小明"), None),
        ("source_paren", Some("宣城日报"), Some("王小明"), None),
        ("time_body_event", None, None, Some("2026-05-11T00:00:00+08:00")),
        ("time_related_list", None, None, Some("2026-05-11T09:30:00+08:00")),
    ] {
        let bytes = std::fs::read(folder.join(format!("{name}.html"))).unwrap();
        let article = extract(&Page::open(&bytes, None, None, None).unwrap(), now());
        let at = article.published_at.map(|at| at.to_string());
        assert_eq!(
            (article.source.as_deref(), article.author.as_deref(), at.as_deref()),
            (source, author, time),
            "{name}"
        );
    }
}
