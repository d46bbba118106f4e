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
const BROUGHT: [&str; 14] =
    ["送", "送往", "送到", "送至", "送去", "送进", "转至", "转运至", "转到", "转往", "转入", "运至", "运到", "拉到"];
/// How far behind a place its hospital may stand, in characters.
const HOSPITAL_CHARS_MAX: usize = 8;

/// 伤者被转运至宣城市人民医院: a hospital to which people are brought is not where it happened.
fn brought_to(before: &str, place: &str, document: &str, behind: usize) -> bool {
    BROUGHT.iter().any(|word| before.ends_with(word))
        && (place.contains("医院")
            || document.chars().skip(behind).take(HOSPITAL_CHARS_MAX).collect::<String>().contains("医院"))
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
