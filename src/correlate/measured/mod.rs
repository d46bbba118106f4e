//! How well matters are kept apart, measured on labelled texts; each test prints its table and fails below its floor. The
//! data lies in `shared/data`; where that is absent a test says so and passes. `matters60.txt` was written for this project
//! before anything was tuned on it.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::tests::{Desk, START};
use super::*;
use crate::text::place::PlaceKind;
use crate::text::{Analyser, KnownPlace, Vocabulary};

const OWN: &str = include_str!("matters60.txt");
const POSTS: &str = include_str!("../../../models/concern_posts.tsv");
/// Names of roads, estates and towns, known and unknown to every list; the last two have no shape of a place either.
const STREETS: [&str; 8] =
    ["昭亭路", "香樟大道", "柏枧山路", "锦绣花园", "梅溪新区", "向阳街道", "翡翠澜庭", "鹿鸣九里"];

fn shared(file: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(file);
    let path = if beside.exists() { beside } else { Path::new("/work/shared/data").join(file) };
    if !path.exists() {
        eprintln!("left out: {file} is not here (shared/data)");
        return None;
    }
    Some(path)
}

/// Towns that the office lists, some of which have no town's form to the segmenter.
const TOWNS: [&str; 8] = ["水阳镇", "狸桥镇", "洪林镇", "新田镇", "沈村镇", "杨柳镇", "寒亭镇", "文昌镇"];

/// With a few of the places that the office lists.
fn desk() -> Desk {
    let town = |name: &str| KnownPlace {
        name: name.to_owned(),
        aliases: Vec::new(),
        kind: PlaceKind::Town,
        region: "xuanzhou".into(),
        elsewhere: Vec::new(),
        common: false,
    };
    let places = TOWNS.into_iter().map(town).collect();
    Desk::with(Analyser::new(Vocabulary { places, ..Vocabulary::default() }))
}

/// A text with its matter and when it was written.
struct Told {
    title: String,
    text: String,
    matter: String,
    at: Instant,
}

impl Told {
    fn now(text: String, matter: String) -> Self {
        Self { title: String::new(), text, matter, at: START }
    }
}

/// Every text opens or joins an incident: which.
fn incidents(desk: &mut Desk, all: &[Told]) -> Vec<IncidentId> {
    desk.clear();
    let mut placed: Vec<IncidentId> = Vec::new();
    for (n, told) in all.iter().enumerate() {
        let mut post = desk.angry_about(&told.title, &told.text);
        post.at = told.at;
        placed.push(match desk.place(&post) {
            Placement::Join(joined) => {
                let incident = joined.incident.unwrap();
                if std::env::var_os("HUIYING_SHOW").is_some() {
                    show(told, &all[..n], &placed, &incident, &joined.how);
                }
                incident
            }
            Placement::Open(opened) => {
                let incident = IncidentId::new(n.to_string());
                desk.correlator.bind(opened.group, &incident);
                incident
            }
            Placement::Noise { .. } => panic!("every one is angry"),
        });
    }
    placed
}

/// Prints a text that joined others of which none is of its matter, with what is said for it.
fn show(told: &Told, earlier: &[Told], placed: &[IncidentId], incident: &IncidentId, how: &str) {
    let there: Vec<&Told> =
        earlier.iter().zip(placed).filter(|(_, of)| *of == incident).map(|(told, _)| told).collect();
    if there.iter().any(|other| other.matter == told.matter) {
        return;
    }
    eprintln!("{} {} {}\n    {how}", told.matter, told.title, told.text);
    for other in there.iter().take(3) {
        eprintln!("    ‖ {} {} {}", other.matter, other.title, other.text);
    }
}

/// What a placement is worth.
struct Score {
    precision: f64,
    recall: f64,
    /// Share of the texts that stand in an incident with a text of another matter.
    wrong: f64,
}

impl Score {
    fn of(told: &[Told], placed: &[IncidentId]) -> Self {
        let all = told.len();
        let with =
            |same: &dyn Fn(usize, usize) -> bool, n: usize| (0..all).filter(|m| same(*m, n)).collect::<HashSet<_>>();
        let (mut precision, mut recall, mut wrong) = (0.0, 0.0, 0.0);
        for n in 0..all {
            let mine = with(&|m, n| placed[m] == placed[n], n);
            let true_ones = with(&|m, n| told[m].matter == told[n].matter, n);
            let both = mine.intersection(&true_ones).count() as f64;
            precision += both / mine.len() as f64;
            recall += both / true_ones.len() as f64;
            wrong += f64::from(u8::from(both < mine.len() as f64));
        }
        let all = all as f64;
        Self { precision: precision / all, recall: recall / all, wrong: wrong / all }
    }

    fn f(&self) -> f64 {
        2.0 * self.precision * self.recall / (self.precision + self.recall)
    }

    fn print(&self, what: &str) {
        eprintln!(
            "{what}: B³ precision {:.3}, recall {:.3}, F {:.3}; in wrong company {:.1} %",
            self.precision,
            self.recall,
            self.f(),
            100.0 * self.wrong
        );
    }
}

fn told_of_a_street(lines: &str, street: &str) -> Vec<Told> {
    let matters = lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).enumerate();
    let mut told: Vec<Told> = matters
        .flat_map(|(n, line)| {
            line.split('|')
                .map(move |post| Told::now(post.replace("{p}", street).replace("{street}", street), n.to_string()))
        })
        .collect();
    // As they come in: mixed, in one order for ever.
    told.sort_by_key(|told| super::features::hash_of(&told.text));
    told
}

#[test]
fn matters_of_one_street_are_kept_apart() {
    let mut desk = desk();
    let dev = shared("field/judge/street.dev.txt").map(|path| std::fs::read_to_string(path).unwrap());
    let (mut own, mut strangers) = (Vec::new(), Vec::new());
    for street in STREETS {
        if let Some(dev) = &dev {
            let told = told_of_a_street(dev, street);
            let score = Score::of(&told, &incidents(&mut desk, &told));
            score.print(&format!("street.dev, {street}"));
            strangers.push((street, score.wrong));
        }
        let told = told_of_a_street(OWN, street);
        let score = Score::of(&told, &incidents(&mut desk, &told));
        score.print(&format!("own 60 × 3, {street}"));
        own.push((street, score));
    }
    let wrong = strangers.iter().map(|(_, wrong)| wrong).sum::<f64>() / strangers.len().max(1) as f64;
    assert!(wrong <= 0.10, "in wrong company: {wrong:.3} of street.dev, {strangers:?}");
    for (street, score) in own {
        assert!(score.wrong <= 0.05 && score.f() >= 0.55, "{street}: {:.3}, {:.3}", score.wrong, score.f());
    }
}

/// Our own posts about public matters, every one a matter of its own, all at one place: none belongs with another.
#[test]
fn hundreds_of_matters_at_one_place_stay_apart() {
    let mut desk = desk();
    for (place, short) in [("水阳镇", "水阳"), ("青桐新区", "青桐"), ("翡翠澜庭", "翡翠澜庭")] {
        let matters = POSTS.lines().filter_map(|line| line.strip_prefix("C\t")).filter(|text| text.contains('{'));
        let mut told: Vec<Told> = matters
            .enumerate()
            .map(|(n, text)| Told::now(text.replace("{place}", place).replace("{short}", short), n.to_string()))
            .collect();
        told.sort_by_key(|told| super::features::hash_of(&told.text));
        let score = Score::of(&told, &incidents(&mut desk, &told));
        score.print(&format!("{} of our posts, {place}", told.len()));
        assert!(score.wrong <= 0.10, "{place}: {:.3}", score.wrong);
    }
}

/// Posts worded alike about different places, each a matter of its own.
fn same_words(file: &str) -> Option<Vec<Told>> {
    let path = shared(&format!("field/37-same-words-other-place/{file}.jsonl"))?;
    let told = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| {
            let post: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| post[key].as_str().unwrap_or("").to_owned();
            Told { title: text("title"), text: text("text"), matter: text("id"), at: START }
        })
        .collect();
    Some(told)
}

#[test]
fn the_same_words_about_another_place_are_another_matter() {
    let mut desk = desk();
    for (file, wanted) in [("towns", 8), ("counties", 4)] {
        let Some(told) = same_words(file) else { return };
        let placed: HashSet<IncidentId> = incidents(&mut desk, &told).into_iter().collect();
        eprintln!("{file}: {} incidents of {wanted}", placed.len());
        assert_eq!(placed.len(), wanted, "{file}");
    }
}

#[test]
fn events_of_one_town_are_kept_apart_though_their_tails_are_alike() {
    let mut desk = desk();
    for file in ["bulk-briefs", "other-matter"] {
        let Some(told) = same_words(file) else { return };
        let score = Score::of(&told, &incidents(&mut desk, &told));
        score.print(file);
        assert!(score.wrong <= 0.03, "{file}: {:.3}", score.wrong);
    }
}

/// A stream of matters, doubtful posts and plain chatter, each of which would open an incident: who is together with whom.
#[test]
fn a_stream_brings_no_strangers_together() {
    let Some(path) = shared("field/judge/stream.dev.jsonl") else { return };
    let stream = std::fs::read_to_string(path).unwrap();
    let mut desk = desk();
    for (place, short) in [("宣州区", "宣州"), ("青梧新区", "青梧"), ("柏枧镇", "柏枧")] {
        let told: Vec<Told> = stream
            .lines()
            .map(|line| {
                let post: serde_json::Value = serde_json::from_str(line).unwrap();
                let id = post["id"].as_str().unwrap();
                let matter = id.split_once('-').filter(|_| id.starts_with('C')).map_or(id, |(_, matter)| matter);
                let text = post["text"].as_str().unwrap().replace("{place}", place).replace("{short}", short);
                Told::now(text, matter.to_owned())
            })
            .collect();
        let score = Score::of(&told, &incidents(&mut desk, &told));
        score.print(&format!("stream.dev, {place}"));
        assert!(score.wrong <= 0.10, "{place}: {:.3}", score.wrong);
    }
}

/// B³ on real letters: precision and recall of every letter's own cluster, averaged.
#[test]
fn same_matter_on_real_letters() {
    let Some(gold) = shared("text/zw_events_gold.dev.csv.gz") else { return };
    let Some(letters) = shared("text/zw_messages_4326.jsonl.gz") else { return };
    let unzipped = |path: PathBuf| {
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        text
    };
    let times: HashMap<String, Instant> = unzipped(letters)
        .lines()
        .map(|line| {
            let letter: serde_json::Value = serde_json::from_str(line).unwrap();
            (letter["id"].as_str().unwrap().to_owned(), time(letter["time"].as_str().unwrap()))
        })
        .collect();
    let gold = unzipped(gold);
    let mut told: Vec<(String, Told)> = csv::Reader::from_reader(gold.trim_start_matches('\u{feff}').as_bytes())
        .deserialize::<(String, String, String)>()
        .enumerate()
        .map(|(n, row)| {
            let (id, text, label) = row.unwrap();
            let (title, text) = text.split_once('。').unwrap_or(("", &text));
            let matter = if label == "HARDNEG" { format!("alone {n}") } else { label };
            let at = times.get(&id).copied().unwrap_or(START);
            (id, Told { title: title.to_owned(), text: text.to_owned(), matter, at })
        })
        .collect();
    let mut desk = desk();
    told.sort_by(|a, b| (a.1.at, &a.0).cmp(&(b.1.at, &b.0)));
    let mut told: Vec<Told> = told.into_iter().map(|(_, told)| told).collect();
    let slow = Score::of(&told, &incidents(&mut desk, &told));
    slow.print("zw_events_gold.dev at true times");
    for told in &mut told {
        told.at = START;
    }
    let quick = Score::of(&told, &incidents(&mut desk, &told));
    quick.print("zw_events_gold.dev squeezed");
    told.sort_by_key(|told| super::features::hash_of(&told.text));
    let mixed = Score::of(&told, &incidents(&mut desk, &told));
    mixed.print("zw_events_gold.dev squeezed, in another order");
    assert!(slow.f() >= 0.92 && quick.f() >= 0.92, "B³ {:.3}, {:.3}", slow.f(), quick.f());
}

/// `2019/2/28 11:25:05`
fn time(text: &str) -> Instant {
    let numbers: Vec<i64> = text.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0)).collect();
    let of = |n: usize| numbers.get(n).copied().unwrap_or(0);
    // Days since 2010, months of 31 days: only distances count.
    let days = (of(0) - 2010) * 372 + of(1) * 31 + of(2);
    Instant::from_ms((days * 86_400 + of(3) * 3_600 + of(4) * 60 + of(5)) * 1_000)
}
