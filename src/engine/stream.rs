//! What opens an incident, measured on streams of posts: `../shared/data/field/judge/stream.dev.jsonl` and our own table.
//!
//! A line's id says what it is: `C` a matter that an officer would want found, its number behind the dash; `D` doubtful; `K`
//! noise. `{place}` and `{short}` are varied over five names, one of them in no list. On another file:
//! `HUIYING_STREAM=/path/to/stream.jsonl cargo test --lib engine::stream -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::analyse::{Analysed, Desk};
use crate::correlate::Lexicon;
use crate::correlate::noteworthy::watchlist;
use crate::correlate::{Candidate, Correlator, GroupId, Placement};
use crate::domain::ids::MentionId;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Channel, MentionInput};
use crate::rules::Rules;
use crate::text::Analyser;

/// Our own posts: what it is, a tab, the text. Roundabout for the most part; nothing was learnt from them.
const OWN: &str = include_str!("stream_own.tsv");

/// What `{place}` and `{short}` become.
const NAMES: [(&str, &str); 5] =
    [("宣州区", "宣州"), ("水阳镇", "水阳"), ("泾县", "泾县"), ("敬亭山街道", "敬亭山"), ("青桐新区", "青桐")];

/// When a post that says no time was written.
const START: Instant = Instant::from_ms(1_778_461_200_000);

fn office() -> &'static (Rules, Desk) {
    static OFFICE: OnceLock<(Rules, Desk)> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap();
        let analyser = Arc::new(Analyser::new(rules.vocabulary()));
        let desk = Desk::new(analyser, Arc::new(Lexicon::built_in()));
        (rules, desk)
    })
}

fn stream() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("HUIYING_STREAM") {
        return Some(path.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = ["../shared", "../../shared"]
        .iter()
        .map(|up| root.join(up).join("data/field/judge/stream.dev.jsonl"))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("left out: ../shared/data/field/judge/stream.dev.jsonl is absent");
    }
    found
}

/// What came of one run.
#[derive(Default)]
struct Measured {
    matters: BTreeSet<String>,
    found: BTreeSet<String>,
    noise: usize,
    noise_opens: usize,
    noise_in: Vec<String>,
    doubtful: usize,
    doubtful_in: usize,
    strangers: Vec<String>,
    incidents: usize,
}

/// The matter of an id: `C010-c05` → `c05`; without a dash, the line itself.
fn matter(id: &str) -> String {
    id.split_once('-').map_or(id, |(_, matter)| matter).to_owned()
}

fn run(lines: &[(String, MentionInput)], place: &str, short: &str) -> Measured {
    let (rules, desk) = office();
    let mut correlator = Correlator::new(rules.correlation.clone(), watchlist(&rules.topics), desk.lexicon());
    let mut measured = Measured::default();
    let mut groups: BTreeMap<GroupId, Vec<(String, String)>> = BTreeMap::new();
    let filled = |text: &str| text.replace("{place}", place).replace("{short}", short);
    let inputs: Vec<MentionInput> = lines
        .iter()
        .map(|(_, input)| MentionInput {
            text: filled(&input.text),
            title: input.title.as_deref().map(filled),
            ..input.clone()
        })
        .collect();
    let analysed: Vec<Analysed> = desk.analyse_all(&inputs).into_iter().map(Result::unwrap).collect();
    let ids: Vec<MentionId> = lines.iter().map(|(id, _)| MentionId::new(id.clone())).collect();
    for (n, (id, input)) in lines.iter().enumerate() {
        let at = input.published_at.unwrap_or(START);
        let candidate = Candidate {
            mention: &ids[n],
            at,
            seen: input.collected_at.unwrap_or(at),
            channel: input.channel,
            regions: &analysed[n].analysis.regions,
            engagement: input.engagement.as_ref(),
            author: None,
            answered: false,
            analysis: &analysed[n].analysis,
            features: &analysed[n].features,
        };
        match correlator.place(&candidate) {
            Placement::Join(joined) => {
                groups.entry(joined.group).or_default().push((id.clone(), inputs[n].text.clone()))
            }
            Placement::Open(opened) => {
                measured.noise_opens += usize::from(id.starts_with('K'));
                let group = groups.entry(opened.group).or_default();
                for earlier in &opened.with {
                    if let Some(m) = ids.iter().position(|known| known == earlier) {
                        group.push((lines[m].0.clone(), inputs[m].text.clone()));
                    }
                }
                group.push((id.clone(), inputs[n].text.clone()));
                if std::env::var_os("HUIYING_SHOW").is_some() {
                    println!("{id} {}\n    {}", inputs[n].text, opened.how);
                }
            }
            Placement::Noise { .. } => {}
        }
        match id.chars().next() {
            Some('C') => _ = measured.matters.insert(matter(id)),
            Some('D') => measured.doubtful += 1,
            _ => measured.noise += 1,
        }
    }
    measured.incidents = groups.len();
    for members in groups.values() {
        let kinds: BTreeSet<String> = members.iter().map(|(id, _)| matter(id)).collect();
        if kinds.len() > 1 {
            measured
                .strangers
                .push(members.iter().map(|(id, text)| format!("{id} {text}")).collect::<Vec<_>>().join(" ‖ "));
        }
        for (id, text) in members {
            match id.chars().next() {
                Some('C') => _ = measured.found.insert(matter(id)),
                Some('D') => measured.doubtful_in += 1,
                _ => measured.noise_in.push(format!("{id} {text}")),
            }
        }
    }
    measured
}

/// Runs a stream with each of the names, prints the table and gives the shares: matters found, noise in incidents, noise
/// that opens one.
fn table(name: &str, lines: &[(String, MentionInput)]) -> (f64, f64, f64) {
    let (mut found, mut matters, mut noise_in, mut noise, mut strangers, mut opens) = (0, 0, 0, 0, 0, 0);
    println!("{name}\n地名　　　事项找到　　噪声成事　　存疑成事　　事件　混入无关");
    for (place, short) in NAMES {
        let m = run(lines, place, short);
        println!(
            "{place}　{}/{}　{}/{}　{}/{}　{}　{}",
            m.found.len(),
            m.matters.len(),
            m.noise_in.len(),
            m.noise,
            m.doubtful_in,
            m.doubtful,
            m.incidents,
            m.strangers.len()
        );
        m.matters.difference(&m.found).for_each(|missed| println!("　　没找到：{missed}"));
        m.noise_in.iter().for_each(|wrong| println!("　　噪声：{wrong}"));
        m.strangers.iter().for_each(|wrong| println!("　　混入：{wrong}"));
        found += m.found.len();
        matters += m.matters.len();
        noise_in += m.noise_in.len();
        noise += m.noise;
        strangers += m.strangers.len();
        opens += m.noise_opens;
    }
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    let (found, within, opens) = (share(found, matters), share(noise_in, noise), share(opens, noise));
    println!(
        "合计：事项找到 {:.1}%，噪声成事 {:.1}%（自立 {:.1}%），混入无关的事件 {strangers} 起",
        found * 100.0,
        within * 100.0,
        opens * 100.0
    );
    (found, within, opens)
}

#[test]
fn matters_are_found_and_noise_is_not() {
    let Some(file) = stream() else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<(String, MentionInput)> = text
        .lines()
        .map(|line| serde_json::from_str::<MentionInput>(line).unwrap())
        .map(|input| (input.id.clone().unwrap_or_default(), input))
        .collect();
    let (found, noise, _) = table(&file.display().to_string(), &lines);
    assert!(found >= 0.97, "matters found: {found:.3}");
    assert!(noise <= 0.05, "noise in incidents: {noise:.3}");
}

#[test]
fn our_own_posts_are_told_apart() {
    let lines: Vec<(String, MentionInput)> = OWN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .enumerate()
        .map(|(n, line)| {
            let (kind, text) = line.split_once('\t').unwrap();
            let at = START + Span::from_hours(n as i64 * 5);
            let input = MentionInput {
                text: text.to_owned(),
                channel: Channel::Weibo,
                published_at: Some(at),
                collected_at: Some(at),
                ..MentionInput::default()
            };
            (format!("{kind}{n:03}"), input)
        })
        .collect();
    let (found, _, opens) = table("own", &lines);
    assert!(found >= 0.93, "matters found: {found:.3}");
    // What joins is correlation's to answer for (`correlate/`).
    assert!(opens <= 0.06, "noise that opens an incident: {opens:.3}");
}
