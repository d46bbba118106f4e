//! Labelled rows of files: CSV (`text`, `label`, `title`?) and JSON Lines (a key for each judgement), also compressed.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::letters;
use crate::cli::Failure;
use crate::domain::json_words::in_chinese;
use crate::text::learn::{EXPERTS, Example, Label, OPEN_EXPERT};
use crate::text::model::{Head, Source};

/// A title of news and an everyday post are no rumours either; they count for little.
const BACKGROUND_WEIGHT: f32 = 0.15;
/// Of everyday posts, which only fill up what rumours and requests are told from, every so many is taken.
const BACKGROUND_EVERY: usize = 10;
/// Collections whose texts are everyday talk, news or reviews, and every which of them is taken: no matter for an office.
const EVERYDAY: [(&str, usize); 8] = [
    ("htl", 4),
    ("shop10", 16),
    ("smp_all3", 2),
    ("smp_usual6", 1),
    ("tnews", 2),
    ("waimai", 3),
    ("weibo100k", 2),
    ("weibo2018", 1),
];
const EVERYDAY_WEIGHT: f32 = 0.7;
/// Every so many everyday posts are learnt from as telling of no sudden event, and how much one counts.
const EVENTLESS_EVERY: usize = 4;
pub(super) const EVENTLESS_WEIGHT: f32 = 0.3;
/// Categories of letters as the public collection names them.
const CATEGORIES: [(&str, &str); 7] = [
    ("城乡建设", "urban_construction"),
    ("环境保护", "environment"),
    ("交通运输", "transport"),
    ("教育文体", "education_culture"),
    ("劳动和社会保障", "labour"),
    ("商贸旅游", "commerce_tourism"),
    ("卫生计生", "health"),
];
const EMOTIONS: [&str; 6] = ["angry", "sad", "fear", "happy", "surprise", "neutral"];

/// What a file gave.
pub struct File {
    /// Its name without folder and endings: `htl`, `zw7_seg`.
    pub name: String,
    /// Whether it is there to choose by, not to learn from.
    pub dev: bool,
    /// For the card.
    pub source: Source,
    /// What to learn from.
    pub train: Vec<Example>,
    /// What to measure on.
    pub held: Vec<Example>,
    /// Rows that could not be used: line and why.
    pub faults: Vec<(usize, String)>,
}

/// The files that arguments name: folders stand for the training files in them, in the order of their names.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let entries =
            std::fs::read_dir(path).map_err(|error| Failure::Usage(format!("{}：{error}", path.display())))?;
        let mut inside: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        inside.retain(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let ends = [".csv", ".csv.gz", ".jsonl", ".jsonl.gz"].iter().any(|end| name.ends_with(end));
            ends && (name.contains(".train.") || name.contains(".dev.") || name.contains(".jsonl"))
                && !name.contains("events_gold")
        });
        inside.sort();
        found.extend(inside);
    }
    match found.is_empty() {
        true => Err(Failure::Usage("--data 没有指到任何 .csv、.jsonl（或 .gz）文件".to_owned())),
        false => Ok(found),
    }
}

/// Reads one file.
pub fn read(path: &Path) -> Result<File, Failure> {
    let fault = |what: String| Failure::Usage(format!("{}：{what}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = file_name.split('.').next().unwrap_or_default().to_owned();
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let text = text(&bytes).map_err(fault)?;
    let mut file = File {
        dev: file_name.contains(".dev."),
        source: Source { name: file_name.clone(), sha256, rows: 0 },
        name,
        train: Vec::new(),
        held: Vec::new(),
        faults: Vec::new(),
    };
    if file_name.contains(".jsonl") {
        json_lines(&text, &mut file)
    } else {
        csv(&text, &mut file).map_err(fault)?
    }
    file.source.rows = file.train.len();
    if file.train.is_empty() && file.held.is_empty() {
        let first = file.faults.first().map_or("没有一行".to_owned(), |(line, why)| format!("第 {line} 行：{why}"));
        return Err(fault(format!("没有可用的行（{first}）")));
    }
    Ok(file)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    let mut plain = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes)
            .read_to_end(&mut plain)
            .map_err(|error| format!("解压失败：{error}"))?;
    } else {
        plain.extend_from_slice(bytes);
    }
    let text = String::from_utf8(plain)
        .map_err(|error| format!("不是 UTF-8：第 {} 字节", error.utf8_error().valid_up_to() + 1))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn csv(text: &str, file: &mut File) -> Result<(), String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| headers.iter().position(|header| header.trim() == name);
    let (Some(text_at), Some(label_at)) = (column("text"), column("label")) else {
        return Err("表头要有 text 和 label 两列（可再有 id、title）".to_owned());
    };
    let (id_at, title_at) = (column("id"), column("title"));
    let held_out = letters::held_out("twin");
    for (n, row) in reader.records().enumerate() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                file.faults.push((n + 2, error.to_string()));
                continue;
            }
        };
        let (Some(text), Some(label)) = (row.get(text_at), row.get(label_at)) else {
            file.faults.push((n + 2, "缺列".to_owned()));
            continue;
        };
        let id = id_at.and_then(|at| row.get(at)).unwrap_or_default();
        if text.trim().is_empty() || held_out.contains(id) && !file.dev {
            continue;
        }
        let title = title_at.and_then(|at| row.get(at)).filter(|title| !title.is_empty()).map(str::to_owned);
        match labels(&file.name, label.trim(), n) {
            Some(labels) if labels.is_empty() => {}
            Some(labels) => {
                let example = Example { title, text: text.to_owned(), labels };
                if file.dev { file.held.push(example) } else { file.train.push(example) }
            }
            None => file.faults.push((n + 2, format!("不认识的标签“{label}”"))),
        }
    }
    Ok(())
}

/// The labels that a row of a CSV file stands for; empty if it is not needed, `None` if nobody knows its label.
fn labels(file: &str, label: &str, row: usize) -> Option<Vec<Label>> {
    let expert = EXPERTS.iter().position(|expert| *expert == file);
    let of = |head: Head, class: &str| Label { head, class: class.to_owned(), expert: None, weight: 1.0 };
    let background = |labels: &mut Vec<Label>| {
        if row.is_multiple_of(BACKGROUND_EVERY) {
            labels.push(Label { weight: BACKGROUND_WEIGHT, ..of(Head::Rumour, "nonrumour") });
            labels.push(Label { weight: 0.5, ..of(Head::Request, "other") });
        }
    };
    let mut labels = Vec::new();
    if EVERYDAY.iter().any(|(name, every)| *name == file && row.is_multiple_of(*every)) {
        labels.push(Label { weight: EVERYDAY_WEIGHT, ..of(Head::Concern, "none") });
    }
    // Reviews know no events, and news titles are of other cities: everyday posts alone are what they stand against.
    if file == EXPERTS[OPEN_EXPERT] && row.is_multiple_of(EVENTLESS_EVERY) {
        labels.push(Label { weight: EVENTLESS_WEIGHT, ..of(Head::Told, "none") });
    }
    match label {
        "1" | "0" | "positive" | "negative" | "正面" | "负面" => {
            let class = if matches!(label, "1" | "positive" | "正面") { "positive" } else { "negative" };
            labels.push(Label { expert, ..of(Head::Expert, class) });
            if expert == Some(0) || expert.is_none() {
                labels.push(of(Head::Neutrality, class));
            }
            if expert == Some(0) {
                background(&mut labels);
            }
        }
        "neutral" | "中性" if !file.contains("emotion") && !file.ends_with('6') => {
            labels.push(of(Head::Neutrality, "neutral"));
            background(&mut labels);
        }
        "rumor" | "rumour" | "谣言" => labels.push(of(Head::Rumour, "rumour")),
        "nonrumor" | "nonrumour" | "非谣言" => labels.push(of(Head::Rumour, "nonrumour")),
        _ if EMOTIONS.contains(&label) => labels.push(of(Head::Emotion, label)),
        _ if label.starts_with("news_") || file == "tnews" => background(&mut labels),
        _ => {
            let known = CATEGORIES.iter().find(|(zh, id)| *zh == label || *id == label);
            labels.push(of(Head::Category, known?.1));
        }
    }
    Some(labels)
}

fn json_lines(text: &str, file: &mut File) {
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let value: serde_json::Value = match serde_json::from_str(line) {
            Ok(value) => value,
            Err(error) => {
                file.faults.push((n + 1, format!("不是 JSON：{}", in_chinese(error))));
                continue;
            }
        };
        let field = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        if field("text").trim().is_empty() {
            file.faults.push((n + 1, "缺少正文 text".to_owned()));
            continue;
        }
        let id =
            value.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)).unwrap_or_default();
        let title = Some(field("title")).filter(|title| !title.is_empty()).map(str::to_owned);
        let stated = stated(&value);
        if !stated.is_empty() {
            file.train.push(Example { title, text: field("text").to_owned(), labels: stated });
            continue;
        }
        letters::learn(&id, title, field("text"), value.get("reply").and_then(serde_json::Value::as_str), file);
    }
}

/// Labels that a JSON line states: `"sentiment": "negative"`, `"department": "water"`, …
fn stated(value: &serde_json::Value) -> Vec<Label> {
    let of = |head: Head, class: &str| Label { head, class: class.to_owned(), expert: None, weight: 1.0 };
    let keys: BTreeMap<&str, Head> = [Head::Emotion, Head::Request, Head::Concern, Head::Category, Head::Department]
        .into_iter()
        .map(|head| (head.name(), head))
        .collect();
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    let mut labels: Vec<Label> =
        keys.iter().filter_map(|(name, head)| text(name).map(|class| of(*head, class))).collect();
    match text("sentiment") {
        Some("neutral") => labels.push(of(Head::Neutrality, "neutral")),
        Some(class @ ("positive" | "negative")) => {
            labels.push(of(Head::Expert, class));
            labels.push(of(Head::Neutrality, class));
        }
        _ => {}
    }
    if let Some(looks) = value.get("rumour").and_then(serde_json::Value::as_bool) {
        labels.push(of(Head::Rumour, if looks { "rumour" } else { "nonrumour" }));
    }
    labels
}
