//! What letters teach without anybody's labels: the title's verb says what the writer wants, the reply names who answered.

use std::collections::{BTreeMap, HashSet};

use super::rows::{EVENTLESS_WEIGHT, File};
use crate::text::learn::{Example, Label};
use crate::text::model::Head;
use crate::text::normalise;

/// Ids that no model is learnt from.
const HELD_OUT: &str = include_str!("../../../models/held-out.tsv");
/// Of the other letters, one in so many is measured on.
const HELD_OUT_OF: u64 = 10;
/// A letter is no rumour; it counts for little.
const LETTER_WEIGHT: f32 = 0.15;
/// Every so many letters stand for all as no rumours.
const NO_RUMOUR_EVERY: u64 = 3;
/// Every so many letters are learnt from as telling of no sudden event: what they tell of is feared or long past.
const EVENTLESS_EVERY: u64 = 2;

/// Pieces of a letter that are learnt from as posts: how many, and how long in characters.
const PIECES_MAX: usize = 4;
const PIECE_CHARS_MIN: usize = 15;
const PIECE_CHARS_MAX: usize = 90;
const CONCERN_WEIGHT: f32 = 2.0;
/// Forms of a letter.
const FORMS: [&str; 11] = ["尊敬的", "您好", "你好", "领导", "谢谢", "恳请", "请求", "希望", "市长", "书记好", "请问"];

/// Verbs of titles, in the order that wins.
const VERBS: [(&str, &str); 11] = [
    ("投诉", "complaint"),
    ("举报", "report"),
    ("建议", "suggestion"),
    ("咨询", "question"),
    ("请问", "question"),
    ("询问", "question"),
    ("请教", "question"),
    ("感谢", "thanks"),
    ("表扬", "thanks"),
    ("点赞", "thanks"),
    ("致谢", "thanks"),
];

/// Names by which replies speak of bodies, longer ones before those that they hold.
const BODIES: &str = include_str!("../../../models/reply-bodies.tsv");
/// Points of a name by itself, at the reply's end (its signature), before what an answering body does, and behind words
/// that hand the letter on to it.
const NAME_POINTS: f64 = 1.0;
const SIGNED_POINTS: f64 = 2.5;
const ACTING_POINTS: f64 = 1.5;
const HANDED_POINTS: f64 = 1.0;
/// Points of a body's work where the writer is thanked for supporting it (感谢您对教育工作的支持), and elsewhere.
const THANKED_POINTS: f64 = 2.5;
const WORK_POINTS: f64 = 0.5;
/// Characters before a name that say to whom a letter is handed on, and behind it that thank.
const AROUND_CHARS: usize = 10;
const THANKS_CHARS: usize = 14;
/// Characters of a signature with its date.
const SIGNATURE_CHARS: usize = 45;
/// Points below which a reply names nobody, and how far the best must be ahead of the second.
const POINTS_MIN: f64 = 1.0;
const LEAD_FACTOR: f64 = 1.3;
const ACTING: [&str; 10] = ["高度重视", "工作人员", "立即", "进行了", "经", "调查", "核实", "答复", "回复", "派"];
const HANDING: [&str; 4] = ["转", "交由", "责令", "责成"];
const WORK: [&str; 2] = ["工作", "事业"];

/// Ids of a kind that no model is learnt from.
pub fn held_out(kind: &str) -> HashSet<&'static str> {
    let lines = HELD_OUT.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).filter(|(of, _)| *of == kind).map(|(_, id)| id).collect()
}

/// What a title's verb says the writer wants.
pub fn wanted(title: &str) -> Option<&'static str> {
    VERBS.iter().find(|(verb, _)| title.contains(verb)).map(|(_, kind)| *kind)
}

/// Whether a letter is measured on, by its id: the same in every run.
pub fn is_held(id: &str) -> bool {
    number(id).is_multiple_of(HELD_OUT_OF)
}

fn number(id: &str) -> u64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash >> 20
}

/// Puts what a letter teaches where it belongs.
pub fn learn(id: &str, title: Option<String>, text: &str, reply: Option<&str>, file: &mut File) {
    thread_local! {
        static SETS: [HashSet<&'static str>; 2] = [held_out("letter"), held_out("department")];
    }
    let (twin, department_held) = SETS.with(|[letters, departments]| (letters.contains(id), departments.contains(id)));
    if twin {
        return;
    }
    let of = |head: Head, class: &str| Label { head, class: class.to_owned(), expert: None, weight: 1.0 };
    let held = is_held(id);
    let mut push = |example: Example, held: bool| if held { file.held.push(example) } else { file.train.push(example) };
    // Posts are as long as a title or a clause or two, and hold no forms of a letter.
    if let Some(title) = &title {
        push(concern(title.clone()), held);
    }
    clauses(text).into_iter().for_each(|piece| push(concern(piece), held));
    // The body alone: a post has no title, and its verb would give the answer away.
    if let Some(kind) = title.as_deref().and_then(wanted) {
        let labels = vec![of(Head::Request, kind)];
        push(Example { title: None, text: text.to_owned(), labels }, held);
    }
    if let Some(body) = reply.and_then(answered_by) {
        let labels = vec![of(Head::Department, body)];
        push(Example { title: title.clone(), text: text.to_owned(), labels }, held || department_held);
    }
    if !held && number(id).is_multiple_of(EVENTLESS_EVERY) {
        let labels = vec![Label { weight: EVENTLESS_WEIGHT, ..of(Head::Told, "none") }];
        push(Example { title: title.clone(), text: without_codes(text), labels }, false);
    }
    if !held && number(id).is_multiple_of(NO_RUMOUR_EVERY) {
        let labels = vec![Label { weight: LETTER_WEIGHT, ..of(Head::Rumour, "nonrumour") }];
        push(Example { title, text: text.to_owned(), labels }, false);
    }
}

fn concern(text: String) -> Example {
    let text = without_codes(&text);
    let label = Label { head: Head::Concern, class: "concern".to_owned(), expert: None, weight: CONCERN_WEIGHT };
    Example { title: None, text, labels: vec![label] }
}

/// Without the codes that stand for places in the collections, `A3区`: no post holds them.
fn without_codes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_uppercase()) {
        out.push_str(&rest[..at]);
        let code = &rest[at + 1..];
        rest = code.trim_start_matches(|c: char| c.is_ascii_digit());
        rest = rest.strip_prefix(['市', '区', '县']).unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// Pieces of a letter's body that are as long as a post.
fn clauses(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    for sentence in text.split(['。', '！', '？', '!', '?', '；', ';', '\n']) {
        let sentence = FORMS.iter().fold(sentence.trim().to_owned(), |text, form| text.replace(form, ""));
        if sentence.chars().count() < PIECE_CHARS_MIN / 2 {
            continue;
        }
        piece.push_str(&sentence);
        if piece.chars().count() >= PIECE_CHARS_MIN * (1 + pieces.len() % 3) {
            pieces.push(normalise::clip(&piece, PIECE_CHARS_MAX).into_owned());
            piece.clear();
        } else {
            piece.push('，');
        }
        if pieces.len() == PIECES_MAX {
            break;
        }
    }
    pieces
}

/// The body that a reply names as the one that answered.
pub fn answered_by(reply: &str) -> Option<&'static str> {
    let mut points: BTreeMap<&'static str, f64> = BTreeMap::new();
    let mut at = 0;
    while let Some(c) = reply[at..].chars().next() {
        let Some((name, body)) = names().find(|(name, _)| reply[at..].starts_with(name)) else {
            at += c.len_utf8();
            continue;
        };
        *points.entry(body).or_default() += said_of(name, &reply[..at], &reply[at + name.len()..]);
        at += name.len();
    }
    let mut ranked: Vec<(&'static str, f64)> = points.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let second = ranked.get(1).map_or(0.0, |(_, points)| *points);
    ranked.first().filter(|(_, best)| *best >= POINTS_MIN && *best >= LEAD_FACTOR * second).map(|(body, _)| *body)
}

/// Points of a name between what stands before and behind it.
fn said_of(name: &str, before: &str, behind: &str) -> f64 {
    let near: String = before.chars().rev().take(AROUND_CHARS).collect::<Vec<char>>().into_iter().rev().collect();
    let last = near.rsplit(['，', '。', ',']).next().unwrap_or_default();
    let handed = if HANDING.iter().any(|word| last.contains(word)) { HANDED_POINTS } else { 0.0 };
    if WORK.iter().any(|work| name.ends_with(work) || behind.starts_with(work)) {
        let after: String = behind.chars().take(THANKS_CHARS).collect();
        let thanked = near.contains('对') || after.contains("支持") || after.contains('关');
        return handed + if thanked { THANKED_POINTS } else { WORK_POINTS };
    }
    let signed = if behind.chars().nth(SIGNATURE_CHARS).is_none() { SIGNED_POINTS } else { 0.0 };
    let acting = if ACTING.iter().any(|act| behind.starts_with(act)) { ACTING_POINTS } else { 0.0 };
    NAME_POINTS + handed + signed + acting
}

fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    BODIES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_names_who_answered() {
        let reply = |text: &str| answered_by(text);
        assert_eq!(reply("您好！我局已派人处理。A7县教育局2015年5月20日"), Some("education"));
        assert_eq!(reply("经公安局交警大队现场核实，已增设标线。"), Some("traffic_police"));
        assert_eq!(reply("经调查，该校未强制补课。感谢您对J8县教育工作的关心、理解和支持！"), Some("education"));
        assert_eq!(reply("此事已转城管局立即处理，与环保局无关。"), Some("urban_management"));
        assert_eq!(reply("已转有关部门处理。"), None);
    }

    #[test]
    fn a_letter_is_cut_into_posts() {
        assert_eq!(without_codes("投诉A3区A7县停水"), "投诉停水");
        let pieces = clauses(
            "尊敬的领导您好。我们小区已经停水三天了，没有人管。晚上楼下施工吵得睡不着，孩子上学都没精神。谢谢！",
        );
        assert_eq!(pieces, ["我们小区已经停水三天了，没有人管"], "no form, and no rest that is too short");
    }

    #[test]
    fn titles_say_what_is_wanted() {
        assert_eq!(wanted("关于咨询社保问题的建议"), Some("suggestion"));
        assert_eq!(wanted("某小区停水"), None);
    }
}
