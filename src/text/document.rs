//! A mention as analysis reads it: normalised once, with the title in front and a way from characters to bytes.

use super::expression::Place;
use super::normalise::{clip, normalise};
use super::own_words::own_words;
use crate::domain::mention::MentionInput;

/// Longest quotation in a reason.
const QUOTE_CHARS_MAX: usize = 40;

/// Title and text, normalised.
pub struct Document {
    /// The title, a line break, the text.
    pub full: String,
    /// Characters of the title, 0 if there is none.
    title_chars: usize,
    /// Byte offset of each character that starts a block of [`BLOCK_CHARS`]: a place is found without walking from the
    /// start.
    blocks: Vec<u32>,
}

const BLOCK_CHARS: usize = 64;

impl Document {
    /// Normalises a mention and keeps its writer's own words. A title that the text repeats at its start is kept: it counts as title there.
    pub fn new(mention: &MentionInput) -> Self {
        let read = |text: &str| own_words(&normalise(text)).into_owned();
        let title = mention.title.as_deref().map(read).unwrap_or_default().replace('\n', " ");
        let text = read(&mention.text);
        let full = if title.is_empty() { text } else { format!("{title}\n{text}") };
        let blocks = full.char_indices().step_by(BLOCK_CHARS).map(|(byte, _)| byte as u32).collect();
        Self { title_chars: title.chars().count(), full, blocks }
    }

    /// Whether a place lies in the title.
    pub fn in_title(&self, place: Place) -> bool {
        place.start < self.title_chars
    }

    /// Characters of the title; 0 if there is none.
    pub fn title_chars(&self) -> usize {
        self.title_chars
    }

    /// The characters from `start` to `end`, as far as the text goes.
    pub fn between(&self, start: usize, end: usize) -> &str {
        &self.full[self.byte(start)..self.byte(end.max(start))]
    }

    /// What stands at a place, shortened for a reason.
    pub fn quote(&self, place: Place) -> String {
        clip(self.between(place.start, place.end), QUOTE_CHARS_MAX).into_owned()
    }

    /// Byte offset of a character; the end for one beyond it.
    fn byte(&self, character: usize) -> usize {
        let Some(&from) = self.blocks.get(character / BLOCK_CHARS) else { return self.full.len() };
        let rest = &self.full[from as usize..];
        rest.char_indices().nth(character % BLOCK_CHARS).map_or(self.full.len(), |(byte, _)| from as usize + byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_bytes_agree() {
        let text = "自来水a发黄🙂".repeat(100);
        let document = Document::new(&MentionInput { title: Some("标题".into()), text, ..Default::default() });
        assert_eq!(document.between(0, document.title_chars()), "标题");
        for (n, (byte, _)) in document.full.char_indices().enumerate() {
            assert_eq!(document.byte(n), byte);
        }
        assert_eq!(document.byte(1_000_000), document.full.len());
    }
}
