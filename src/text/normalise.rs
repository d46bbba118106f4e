//! Normalisation (规范化): one form for what people type in several, so that a keyword is found however it was written.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::traditional::simplified;

/// The form in which everything here is compared: full-width letters and digits become ordinary ones, compatibility
/// characters (㎡, ①) their plain form, traditional ones (電) the simplified, Latin letters lower case, invisible characters go, any run of blanks is one
/// blank, line breaks stay (they end a sentence). Chinese `，`, `、` and `。` stay too: `死亡3，伤5` is no number.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = true;
    for c in text.chars() {
        match c {
            // The bulk of Chinese text needs nothing.
            '\u{4e00}'..='\u{9fff}' | '，' | '。' | '、' => {
                out.push(simplified(c));
                blank = false;
            }
            '\n' => {
                if out.ends_with(' ') {
                    out.pop();
                }
                if !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                blank = true;
            }
            c if c.is_whitespace() => {
                if !blank {
                    out.push(' ');
                    blank = true;
                }
            }
            c if is_invisible(c) => {}
            c if c.is_ascii() => {
                out.push(c.to_ascii_lowercase());
                blank = false;
            }
            c => {
                for plain in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
                    if !plain.is_whitespace() && !is_invisible(plain) {
                        out.push(simplified(plain));
                        blank = false;
                    }
                }
            }
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out
}

/// Zero-width characters, joiners, direction marks, variation selectors and control characters: they show nothing and
/// are put between characters to slip past keyword searches.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fffc}' | '\u{fffd}')
}

/// The first `chars` characters, with an ellipsis if something was left out: quotations in reasons stay short.
pub fn clip(text: &str, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Whether a found word is no piece of a longer Latin word or number: `app` is not in `apple`, `110` not in `1100`.
pub fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let joined = |a: usize, b: usize| bytes[a].is_ascii_alphanumeric() && bytes[b].is_ascii_alphanumeric();
    !(start > 0 && joined(start - 1, start) && same_kind(bytes, start - 1, start)
        || end < bytes.len() && joined(end - 1, end) && same_kind(bytes, end - 1, end))
}

fn same_kind(bytes: &[u8], a: usize, b: usize) -> bool {
    bytes[a].is_ascii_digit() == bytes[b].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_invisible_characters_are_folded() {
        assert_eq!(normalise("ＰＭ２．５　超标"), "pm2.5 超标");
        assert_eq!(normalise("自\u{200b}来\u{feff}水"), "自来水");
        assert_eq!(normalise("電梯壞了"), "电梯坏了");
        assert_eq!(normalise("120㎡  的\t房子 \n\n  第二行 "), "120m2 的 房子\n第二行");
    }

    #[test]
    fn chinese_commas_stay_apart_from_thousands_separators() {
        assert_eq!(normalise("死亡３，伤５"), "死亡3，伤5");
    }

    #[test]
    fn clipping_never_cuts_a_character() {
        assert_eq!(clip("自来水发黄", 3), "自来水…");
        assert_eq!(clip("自来水", 3), "自来水");
    }

    proptest::proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "(?s).*") {
            let once = normalise(&text);
            proptest::prop_assert_eq!(&normalise(&once), &once);
        }
    }
}
