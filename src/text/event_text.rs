//! A mention as the event reader takes it: without blanks, with the places that say where something happens.

use super::document::Document;
use super::event::{Site, Text};
use super::place::{FoundPlace, PlaceRole, Whereabouts};

/// Characters that are read: no report of an event is longer, and what a list of a megabyte says would cost more than it tells.
const READ_CHARS_MAX: usize = 20_000;

/// The text without blanks and its places.
pub struct EventText {
    full: String,
    title_end: usize,
    sites: Vec<Site>,
}

impl EventText {
    /// Of a document and the places found in it, in their order.
    pub fn new(document: &Document, places: &[FoundPlace]) -> Self {
        let known = |place: &&FoundPlace| place.role == PlaceRole::Site && place.whereabouts != Whereabouts::Unknown;
        let mut waiting = places.iter().filter(known).peekable();
        let mut open: Vec<(&FoundPlace, usize)> = Vec::new();
        let mut sites = Vec::new();
        let mut full = String::with_capacity(document.full.len().min(4 * READ_CHARS_MAX));
        let (mut before, mut title_end) = (None::<char>, 0);
        let title_chars = document.title_chars();
        let mut characters = document.full.chars().take(READ_CHARS_MAX).enumerate().peekable();
        while let Some((at, c)) = characters.next() {
            let start = full.len();
            while let Some(place) = waiting.next_if(|place| place.start <= at) {
                open.push((place, start));
            }
            let next = characters.peek().map(|(_, next)| *next);
            let digits = before.is_some_and(|c| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit());
            match c {
                // A blank between two numbers parts them; all others are the typist's.
                ' ' if digits => full.push('，'),
                ' ' => {}
                c => full.push(c),
            }
            before = Some(c);
            let end = full.len();
            open.retain(|(place, start)| {
                let done = place.end <= at + 1;
                if done && !brought_to(&full[..*start], &full[*start..], &document.full, at + 1) {
                    sites.push(Site { start: *start, end, ours: place.ours().is_some() });
                }
                !done
            });
            if at + 1 == title_chars {
                title_end = end;
            }
        }
        sites.sort_unstable_by_key(|site| site.start);
        Self { full, title_end, sites }
    }

    /// For the reader.
    pub fn text(&self) -> Text<'_> {
        Text { full: &self.full, title_end: self.title_end, sites: &self.sites, ..Text::default() }
    }
}

/// Behind these stands where somebody is brought.
const BROUGHT: [&str; 30] = [
    "送",
    "送往",
    "送到",
    "送至",
    "送去",
    "送进",
    "送来",
    "送回",
    "转至",
    "转运至",
    "转运到",
    "转到",
    "转往",
    "转入",
    "转来",
    "转送",
    "转院到",
    "转院至",
    "转诊到",
    "转院来",
    "运至",
    "运到",
    "运来",
    "拉到",
    "拉来",
    "接到",
    "接来",
    "急送",
    "住在",
    "住进",
];
/// Between such a word and the place: 送到我们宣城市人民医院.
const OURS: [&str; 7] = ["我们", "咱们", "咱", "我市", "我县", "本市", "了"];
/// How long a hospital's name before 医院 may be, with the word by which people are brought, in characters.
const NAME_CHARS_MAX: usize = 9;
/// Behind a place to which people are brought.
const TREATED: [&str; 12] =
    ["医院", "抢救", "救治", "治疗", "医治", "手术", "看病", "住院", "就医", "来治", "就诊", "卫生院"];
/// How far behind a place that may stand, in characters.
const TREATED_CHARS_MAX: usize = 8;

/// 伤者被转运至宣城市人民医院, 重伤员转来宣城抢救: where people are brought is not where it happened.
fn brought_to(before: &str, place: &str, document: &str, behind: usize) -> bool {
    let lead = OURS.iter().find_map(|ours| before.strip_suffix(ours)).unwrap_or(before);
    // 送到广德医院, where 医院 alone is the place
    let near: String = before.chars().rev().take(NAME_CHARS_MAX).collect::<Vec<_>>().into_iter().rev().collect();
    let near = near.rsplit(['，', '。', ',']).next().unwrap_or("");
    let of_hospital = place.contains("医院") && BROUGHT.iter().any(|word| near.contains(word));
    (of_hospital || BROUGHT.iter().any(|word| lead.ends_with(word) || before.ends_with(word)))
        && (place.contains("医院") || {
            let behind: String = document.chars().skip(behind).take(TREATED_CHARS_MAX).collect();
            let near = behind.split(['，', '。', ',']).next().unwrap_or("");
            TREATED.iter().any(|word| near.contains(word))
        })
}

#[cfg(test)]
mod tests {
    use super::super::place::PlaceKind;
    use super::*;
    use crate::domain::mention::MentionInput;

    #[test]
    fn places_keep_their_spot_without_the_blanks() {
        let mention =
            MentionInput {
                title: Some("快 讯".into()), text: "今天 宁国 市 3 5 人".into(), ..Default::default()
            };
        let document = Document::new(&mention);
        let start = document.full.chars().position(|c| c == '宁').unwrap();
        let place = FoundPlace {
            start,
            end: start + 4,
            name: "宁国市".into(),
            kind: PlaceKind::County,
            whereabouts: Whereabouts::Ours("ningguo".into()),
            role: PlaceRole::Site,
        };
        let text = EventText::new(&document, &[place]);
        assert_eq!(text.full, "快讯\n今天宁国市3，5人");
        assert_eq!(text.title_end, "快讯".len());
        let site = &text.sites[0];
        assert_eq!((&text.full[site.start..site.end], site.ours), ("宁国市", true));
    }
}
