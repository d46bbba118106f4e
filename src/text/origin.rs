//! Where a word of a text as it was read stands in the text as it was written.

use super::expression::Place;
use super::normalise::normalise;
use crate::domain::mention::MentionInput;

/// Characters that have to agree before two texts are taken to be in step again.
const IN_STEP_CHARS: usize = 6;
/// How far one is looked for: no address is longer.
const SKIP_CHARS_MAX: usize = 4096;

/// For each character of the text as it was read, where it stood in title or text.
pub struct Origins(Vec<Option<(&'static str, usize)>>);

impl Origins {
    /// Lines up a mention with what was read of it.
    pub fn of(mention: &MentionInput, full: &str) -> Self {
        let title = mention.title.as_deref().map(|title| folded("title", title)).unwrap_or_default();
        let written: Vec<(char, &'static str, usize)> =
            title.into_iter().chain(folded("text", &mention.text)).collect();
        let read: Vec<(usize, char)> = full.chars().enumerate().filter(|(_, c)| !c.is_whitespace()).collect();
        let mut origins = vec![None; full.chars().count()];
        let mut at = 0;
        for (n, (place, _)) in read.iter().enumerate() {
            let in_step = |from: usize| {
                (0..IN_STEP_CHARS).all(|k| match (read.get(n + k), written.get(from + k)) {
                    (Some((_, a)), Some((b, _, _))) => a == b,
                    (None, _) => true,
                    // What follows in the text may have been taken out.
                    (Some(_), None) => k > 0,
                })
            };
            let here = written.get(at).is_some_and(|(c, _, _)| *c == read[n].1);
            if !here || !in_step(at) {
                // Something was taken out here, or will be within the next characters.
                match (at..(at + SKIP_CHARS_MAX).min(written.len())).find(|from| in_step(*from)) {
                    Some(from) => at = from,
                    None if here => {}
                    None => continue,
                }
            }
            let Some((_, part, start)) = written.get(at) else { break };
            origins[*place] = Some((*part, *start));
            at += 1;
        }
        Self(origins)
    }

    /// Part (`title` or `text`) and offsets, in characters, half open.
    pub fn of_place(&self, place: Place) -> Option<(&'static str, usize, usize)> {
        let (part, start) = (*self.0.get(place.start)?)?;
        let (last_part, last) = (*self.0.get(place.end.checked_sub(1)?)?)?;
        (part == last_part && last >= start).then_some((part, start, last + 1))
    }
}

/// The characters of a text as analysis reads them, each with where it stood.
fn folded(part: &'static str, text: &str) -> Vec<(char, &'static str, usize)> {
    let mut buffer = [0u8; 4];
    let mut out = Vec::with_capacity(text.len() / 3);
    for (n, c) in text.chars().enumerate() {
        match c {
            '\u{4e00}'..='\u{9fff}' => out.push((super::traditional::simplified(c), part, n)),
            c => out.extend(normalise(c.encode_utf8(&mut buffer)).chars().map(|c| (c, part, n))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::document::Document;

    #[test]
    fn places_lead_back_to_what_was_written() {
        let mention = MentionInput {
            title: Some("投訴 停水".into()),
            text: "@某人 看http://t.cn/停水 Ａ小区停水\n三天，㎡".into(),
            ..MentionInput::default()
        };
        let document = Document::new(&mention);
        let origins = Origins::of(&mention, &document.full);
        let found = |word: &str| {
            let byte = document.full.rfind(word).unwrap();
            let start = document.full[..byte].chars().count();
            let (part, from, to) = origins.of_place(Place { start, end: start + word.chars().count() }).unwrap();
            let source = if part == "title" { mention.title.as_deref().unwrap() } else { &mention.text };
            source.chars().skip(from).take(to - from).collect::<String>()
        };
        assert_eq!((found("投诉"), found("a小区"), found("三天")), ("投訴".into(), "Ａ小区".into(), "三天".into()));
    }
}
