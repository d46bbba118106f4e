//! Finds the places of a text and decides between namesakes by what stands around them.

use jieba_rs::{Jieba, Token};

use super::gazetteer::{Gazetteer, Meaning};
use super::role::{AROUND_CHARS, Roles};
use super::shape::{Shaped, Shapes};
use super::{FoundPlace, PlaceKind, PlaceRole, Whereabouts};
use crate::text::vocabulary::Vocabulary;

/// Places of one text that are kept; a text with more is a list.
const PLACES_MAX: usize = 200;
/// A name of two characters may come about by chance.
const SHORT_BYTES: usize = 6;
/// Longest account name after `@`.
const ACCOUNT_CHARS_MAX: usize = 30;

/// Finds places. Built once.
pub struct Finder {
    gazetteer: Gazetteer,
    shapes: Shapes,
    roles: Roles,
}

/// A name with its tokens, before the text has decided.
struct Candidate<'a> {
    first: usize,
    end: usize,
    what: What<'a>,
}

enum What<'a> {
    Known(&'a Meaning),
    Shaped(Shaped),
}

impl Finder {
    /// Of an office.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self { gazetteer: Gazetteer::new(vocabulary), shapes: Shapes::default(), roles: Roles::default() }
    }

    /// The places of a normalised text with its tokens, in their order, none within another.
    pub fn find(&self, jieba: &Jieba, text: &str, tokens: &[Token<'_>]) -> Vec<FoundPlace> {
        let masked = accounts(tokens);
        let mut candidates = self.known(text, tokens, &masked);
        let mut taken = vec![false; tokens.len()];
        for known in &candidates {
            taken[known.first..known.end].fill(true);
        }
        let shaped = self.shapes.find(jieba, tokens, &taken, &masked);
        candidates.extend(shaped.into_iter().map(|s| Candidate { first: s.first, end: s.end, what: What::Shaped(s) }));
        candidates.sort_unstable_by_key(|c| c.first);
        candidates.truncate(PLACES_MAX);
        self.decide(text, tokens, &candidates)
    }

    fn known<'a>(&'a self, text: &str, tokens: &[Token<'_>], masked: &[bool]) -> Vec<Candidate<'a>> {
        let mut found: Vec<Candidate<'a>> = Vec::new();
        for hit in self.gazetteer.find(text) {
            let first = tokens.partition_point(|token| token.byte_end <= hit.start);
            let end = tokens.partition_point(|token| token.byte_start < hit.end);
            let starts = tokens.get(first).is_some_and(|t| t.byte_start == hit.start);
            let ends = tokens.get(end.wrapping_sub(1)).is_some_and(|t| t.byte_end == hit.end);
            // 海南 in 中海南湖 is no place.
            let bounded = match hit.meaning {
                // 水东 in 汉水东西 neither; longer names of ours stand for themselves.
                Meaning::Ours { .. } => hit.end - hit.start > SHORT_BYTES || starts && ends,
                Meaning::Elsewhere { short: false, .. } => starts,
                Meaning::Elsewhere { .. } | Meaning::Around { .. } => starts && ends,
            };
            let overlaps = found.last().is_some_and(|before| before.end > first);
            if first >= end || masked[first] || overlaps || !bounded {
                continue;
            }
            found.push(Candidate { first, end, what: What::Known(hit.meaning) });
        }
        found
    }

    fn decide(&self, text: &str, tokens: &[Token<'_>], candidates: &[Candidate<'_>]) -> Vec<FoundPlace> {
        let ours_named = candidates.iter().any(|c| matches!(c.what, What::Known(Meaning::Ours { common: false, .. })));
        let mut places: Vec<FoundPlace> = Vec::new();
        for (n, candidate) in candidates.iter().enumerate() {
            let (first, last) = (&tokens[candidate.first], &tokens[candidate.end - 1]);
            let beyond = if let What::Shaped(shaped) = &candidate.what { shaped.beyond } else { 0 };
            let ends = last.byte_end - beyond;
            let name = &text[first.byte_start..ends];
            let before =
                places.last().filter(|p| p.end == first.start || p.end + 1 == first.start && joins(text, first));
            let (kind, whereabouts) = match &candidate.what {
                What::Known(Meaning::Around { kind }) => (*kind, Whereabouts::Unknown),
                What::Known(Meaning::Elsewhere { kind, of, .. }) => (*kind, Whereabouts::Elsewhere(of.clone())),
                What::Known(Meaning::Ours { region, kind, elsewhere, common }) => {
                    let whereabouts = match ours(before, &places, region, *kind, elsewhere) {
                        Whereabouts::Ours(_) if *common && !ours_named => Whereabouts::Unknown,
                        other => other,
                    };
                    (*kind, whereabouts)
                }
                What::Shaped(shaped) => (shaped.kind, beside(before, shaped)),
            };
            // 宣城路 and 绩溪花园 bear a place's name: the place itself is not meant.
            let names_next = candidates.get(n + 1).is_some_and(|next| {
                let bare = matches!(&next.what, What::Shaped(s) if s.on_street || s.bare && matches!(s.kind, PlaceKind::Road | PlaceKind::Estate));
                bare && next.first == candidate.end
            });
            let role = if names_next {
                PlaceRole::Name
            } else if kind == PlaceKind::Hospital && before.is_some_and(|p| p.role == PlaceRole::Person) {
                // 转杭州浙二医院: who is brought to a city is brought to its hospital.
                PlaceRole::Person
            } else {
                let (ahead, behind) = (tail(&text[..first.byte_start]), head(&text[ends..]));
                self.roles.of(ahead, behind, kind, matches!(whereabouts, Whereabouts::Ours(_)))
            };
            places.push(FoundPlace {
                start: first.start,
                end: last.end - usize::from(beyond > 0),
                name: name.to_owned(),
                kind,
                whereabouts,
                role,
            });
        }
        join_named(places)
    }
}

/// Whether what stands between two names joins them: 东莞·长安镇, 宣城的泾县.
fn joins(text: &str, next: &Token<'_>) -> bool {
    matches!(text[..next.byte_start].chars().next_back(), Some('·' | ' ' | '的' | '-' | '“' | '"' | '('))
}

/// Where a town or place of ours lies that other prefectures may have too: the unit before it says so, else the nearest
/// higher one that the text has named, if it has such a town; else it is ours.
fn ours(
    before: Option<&FoundPlace>,
    places: &[FoundPlace],
    region: &crate::domain::ids::RegionId,
    kind: PlaceKind,
    elsewhere: &[String],
) -> Whereabouts {
    let own = || Whereabouts::Ours(region.clone());
    if matches!(kind, PlaceKind::City | PlaceKind::County) {
        return own();
    }
    if let Some(before) = before
        && let Some(of) = before.elsewhere()
        && before.role == PlaceRole::Site
    {
        return Whereabouts::Elsewhere(of.to_owned());
    }
    let higher = places.iter().rfind(|place| {
        let higher = matches!(place.kind, PlaceKind::Province | PlaceKind::City | PlaceKind::County);
        higher && place.role == PlaceRole::Site && place.whereabouts != Whereabouts::Unknown
    });
    match higher.and_then(|place| place.elsewhere()) {
        Some(of) if elsewhere.iter().any(|prefecture| prefecture == of) => Whereabouts::Elsewhere(of.to_owned()),
        _ => own(),
    }
}

/// Where a place known by its form alone lies: where the place right before it does.
fn beside(before: Option<&FoundPlace>, shaped: &Shaped) -> Whereabouts {
    match before {
        // The place only gave its name; what stood before that decides, as join_named sees to.
        Some(_) if shaped.bare && matches!(shaped.kind, PlaceKind::Road | PlaceKind::Estate) => Whereabouts::Unknown,
        Some(place) if place.role == PlaceRole::Site || place.role == PlaceRole::Person => place.whereabouts.clone(),
        _ => Whereabouts::Unknown,
    }
}

/// Makes one name of a place and the road or estate that bears its name, where it lies by what stood before.
fn join_named(places: Vec<FoundPlace>) -> Vec<FoundPlace> {
    let mut joined: Vec<FoundPlace> = Vec::with_capacity(places.len());
    for place in places {
        let bearer = place.whereabouts == Whereabouts::Unknown;
        let named = joined.last().is_some_and(|p| p.role == PlaceRole::Name && p.end == place.start);
        if bearer && named {
            let Some(given) = joined.pop() else { continue };
            let before = joined.last().filter(|p| p.end == given.start && p.role == PlaceRole::Site);
            let whereabouts = before.map_or(Whereabouts::Unknown, |p| p.whereabouts.clone());
            joined.push(FoundPlace { start: given.start, name: given.name + &place.name, whereabouts, ..place });
        } else {
            joined.push(place);
        }
    }
    joined
}

/// Tokens that belong to an account's name: `@宣城发布` is no place.
fn accounts(tokens: &[Token<'_>]) -> Vec<bool> {
    let mut masked = vec![false; tokens.len()];
    let mut until: Option<usize> = None;
    for (n, token) in tokens.iter().enumerate() {
        match until {
            Some(end)
                if token.start < end && token.word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') =>
            {
                masked[n] = true;
            }
            _ => until = token.word.ends_with('@').then_some(token.end + ACCOUNT_CHARS_MAX),
        }
    }
    masked
}

fn tail(text: &str) -> &str {
    let from = text.char_indices().rev().nth(AROUND_CHARS - 1).map_or(0, |(byte, _)| byte);
    &text[from..]
}

fn head(text: &str) -> &str {
    let to = text.char_indices().nth(AROUND_CHARS).map_or(text.len(), |(byte, _)| byte);
    &text[..to]
}
