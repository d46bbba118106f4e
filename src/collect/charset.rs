//! Which encoding a page is in (编码): byte order mark, then HTTP's `Content-Type`, then what the page says of itself, then
//! its bytes. A declaration that the bytes contradict is not believed: many Chinese pages carry a wrong one.

use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use regex::bytes::Regex;

/// How far into a page its own declaration is looked for. Browsers read 1,024 bytes; Chinese portals put scripts first.
const DECLARATION_BYTES_MAX: usize = 8 * 1024;
/// Characters beyond ASCII from which on valid UTF-8 can be no accident of another encoding.
const SURE_CHARACTERS_MIN: usize = 4;
/// Of so many characters at least one may be broken without the declared encoding being doubted: feeds cut each description
/// after so many bytes, in the middle of a character.
const CHARACTERS_PER_BROKEN_MIN: usize = 20;

/// Of so many characters beyond ASCII that read as UTF-8 one may be broken: other encodings read as UTF-8 are broken all over.
const UTF8_PER_BROKEN_MIN: usize = 4;

/// A page's text, and the encoding that it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The encoding in small letters, as the WHATWG calls it; GBK and GB2312 count as GB18030, which holds them both.
    pub charset: String,
}

static DECLARED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?i-u)(?:<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([a-z0-9_:.\-]{2,40}))|(?:^\s{0,20}<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([a-z0-9_:.\-]{2,40}))"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// Decodes a page. `forced` is the definition's own word and beats everything but a byte order mark; `tld` (`cn`) helps
/// where nothing else tells.
pub fn decode(bytes: &[u8], content_type: Option<&str>, forced: Option<&str>, tld: Option<&str>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decoded(&bytes[length..], encoding);
    }
    if let Some(encoding) = forced.and_then(|label| Encoding::for_label(label.as_bytes())) {
        return decoded(bytes, encoding);
    }
    if let Some(encoding) = wide(bytes) {
        return decoded(bytes, encoding);
    }
    let sure = std::str::from_utf8(bytes).ok();
    if let Some(text) = sure
        && text.chars().filter(|c| !c.is_ascii()).take(SURE_CHARACTERS_MIN).count() == SURE_CHARACTERS_MIN
    {
        return Decoded { text: text.to_owned(), charset: name(UTF_8) };
    }
    if sure.is_none()
        && let Some(text) = cut_utf8(bytes)
    {
        return Decoded { text, charset: name(UTF_8) };
    }
    // Servers send Latin-1 by default, and UTF-16 that was no UTF-16 above: neither is the page's own word.
    let is_own = |encoding: &&'static Encoding| ![WINDOWS_1252, UTF_16LE, UTF_16BE].contains(encoding);
    let declared = content_type.and_then(of_content_type).filter(is_own).or_else(|| of_page(bytes).filter(is_own));
    if let Some(encoding) = declared {
        let encoding = widened(encoding);
        let (text, broken) = encoding.decode_without_bom_handling(bytes);
        if !broken || is_bearable(&text) {
            return Decoded { text: text.into_owned(), charset: name(encoding) };
        }
    }
    if let Some(text) = sure {
        return Decoded { text: text.to_owned(), charset: name(UTF_8) };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let tld = tld.map(str::as_bytes).filter(|tld| tld.iter().all(u8::is_ascii_lowercase));
    decoded(bytes, widened(detector.guess(tld, Utf8Detection::Allow)))
}

fn decoded(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let encoding = widened(encoding);
    Decoded { text: encoding.decode_without_bom_handling(bytes).0.into_owned(), charset: name(encoding) }
}

fn name(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

/// GBK is read as GB18030: the same decoder, and its name says all that may be in the text.
fn widened(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == GBK { GB18030 } else { encoding }
}

/// UTF-16 without a mark: it begins with markup, of which every other byte is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(16)];
    let (pairs, rest) = head.as_chunks::<2>();
    if pairs.len() < 4 || !rest.is_empty() {
        return None;
    }
    let is_text = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if pairs.iter().all(|[low, high]| *high == 0 && is_text(*low)) {
        return Some(UTF_16LE);
    }
    pairs.iter().all(|[high, low]| *high == 0 && is_text(*low)).then_some(UTF_16BE)
}

fn of_content_type(header: &str) -> Option<&'static Encoding> {
    let lower = header.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset=")?;
    let label = after.trim_start_matches(['"', '\'', ' ']).split(['"', '\'', ';', ' ', ',']).next()?;
    Encoding::for_label(label.as_bytes())
}

fn of_page(bytes: &[u8]) -> Option<&'static Encoding> {
    let found = DECLARED.captures(&bytes[..bytes.len().min(DECLARATION_BYTES_MAX)])?;
    let label = found.get(1).or_else(|| found.get(2))?.as_bytes();
    let encoding = Encoding::for_label(label)?;
    // What stands in a page that could be read as ASCII so far is not UTF-16, whatever it says.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// UTF-8 of which a few bytes were lost: a short text is read by it, too, whatever else it is taken for.
fn cut_utf8(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (broken, beyond_ascii) = broken_of(&text);
    let whole = beyond_ascii - broken;
    (whole >= SURE_CHARACTERS_MIN && broken * UTF8_PER_BROKEN_MIN <= whole).then(|| text.into_owned())
}

/// A few broken characters in a long text are the page's own, not a sign of another encoding. Big5 and GB18030 read each
/// other's pages with fewer, so there is no other limit.
fn is_bearable(text: &str) -> bool {
    let (broken, beyond_ascii) = broken_of(text);
    broken * CHARACTERS_PER_BROKEN_MIN <= beyond_ascii
}

/// How many characters are broken, of those beyond ASCII.
fn broken_of(text: &str) -> (usize, usize) {
    text.chars()
        .filter(|c| !c.is_ascii())
        .fold((0, 0), |(broken, all), c| (broken + usize::from(c == char::REPLACEMENT_CHARACTER), all + 1))
}

/// The name of an encoding as it is printed, for a label: `gb2312` gives `gb18030`.
pub fn canonical(label: &str) -> Option<String> {
    Encoding::for_label(label.as_bytes()).map(|encoding| name(widened(encoding)))
}

/// Whether a text in this encoding is Chinese by the encoding alone.
pub fn is_chinese(charset: &str) -> bool {
    charset == name(GB18030) || charset == name(BIG5)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "宣城市人民政府关于印发《朱镕基故居》的通知，喆";

    fn page(encoding: &'static Encoding, declared: &str) -> Vec<u8> {
        let page = format!("<html><head><meta charset=\"{declared}\"></head><body>{TEXT}</body></html>");
        encoding.encode(&page).0.into_owned()
    }

    fn read(bytes: &[u8], content_type: Option<&str>) -> (String, bool) {
        let decoded = decode(bytes, content_type, None, Some("cn"));
        (decoded.charset, decoded.text.contains(TEXT))
    }

    #[test]
    fn the_page_says_it() {
        for label in ["gb2312", "GBK", "gb18030"] {
            assert_eq!(read(&page(GB18030, label), None), ("gb18030".into(), true), "{label}");
        }
        assert_eq!(read(&page(UTF_8, "utf-8"), None), ("utf-8".into(), true));
        let old = GBK.encode("<meta http-equiv=Content-Type content=\"text/html; charset=gb2312\">宣城").0;
        assert_eq!(decode(&old, None, None, None).charset, "gb18030");
        let feed = GBK.encode("<?xml version=\"1.0\" encoding=\"GB2312\"?><rss>宣城</rss>").0;
        assert!(decode(&feed, None, None, None).text.contains("宣城"));
    }

    #[test]
    fn http_is_asked_before_the_page() {
        let bytes = page(GB18030, "big5");
        assert_eq!(read(&bytes, Some("text/html; charset=\"gbk\"")), ("gb18030".into(), true));
    }

    #[test]
    fn a_byte_that_was_lost_from_a_short_text_makes_no_other_encoding_of_it() {
        for declared in ["utf-8", "gb2312", "iso-8859-1"] {
            let mut bytes = page(UTF_8, declared);
            let at = bytes.windows(3).position(|part| part == "市".as_bytes()).unwrap();
            bytes.remove(at + 2);
            let read = decode(&bytes, None, None, Some("cn"));
            assert!(read.charset == "utf-8" && read.text.contains("人民政府关于印发"), "{declared}: {read:?}");
        }
    }

    #[test]
    fn a_wrong_declaration_is_not_believed() {
        assert_eq!(read(&page(UTF_8, "gb2312"), None), ("utf-8".into(), true));
        assert_eq!(read(&page(GB18030, "utf-8"), Some("text/html; charset=utf-8")), ("gb18030".into(), true));
    }

    #[test]
    fn a_server_s_default_does_not_override_the_bytes() {
        for header in ["text/html; charset=iso-8859-1", "text/html; charset=utf-16", "text/html; charset=windows-1252"]
        {
            assert_eq!(read(&page(GB18030, "gb2312"), Some(header)), ("gb18030".into(), true), "{header}");
            let bare = format!("<p>{TEXT}，市民来信反映的问题，请各单位认真办理并按时答复。</p>");
            assert_eq!(read(&GBK.encode(&bare).0, Some(header)), ("gb18030".into(), true), "{header}");
            assert_eq!(read(&page(UTF_8, "utf-8"), Some(header)), ("utf-8".into(), true), "{header}");
        }
        let latin =
            encoding_rs::WINDOWS_1252.encode("<p>Les élèves étaient à l'école, déjà fatigués par la journée.</p>").0;
        assert!(decode(&latin, Some("text/html; charset=iso-8859-1"), None, Some("fr")).text.contains("élèves"));
    }

    #[test]
    fn nothing_says_it() {
        let bare = format!("<p>{TEXT}，市民来信反映的问题，请各单位认真办理并按时答复。</p>");
        assert_eq!(read(&GBK.encode(&bare).0, None), ("gb18030".into(), true));
        assert_eq!(read(bare.as_bytes(), None), ("utf-8".into(), true));
        assert_eq!(read(b"<p>plain</p>", None).0, "utf-8");
        assert_eq!(read(b"", None).0, "utf-8");
    }

    #[test]
    fn utf_16_with_a_mark_and_without() {
        let text = format!("<html><body>{TEXT}</body></html>");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(read(&little, None), ("utf-16le".into(), true));
        assert_eq!(read(&marked, None), ("utf-16be".into(), true));
    }

    #[test]
    fn a_definition_knows_better() {
        let decoded = decode(&page(BIG5, "gbk"), Some("text/html; charset=gbk"), Some("big5"), None);
        assert_eq!(decoded.charset, "big5");
    }
}

#[cfg(test)]
mod real {
    use super::*;

    /// Documents of another project's tests; the folder's name is their encoding.
    #[test]
    fn real_documents_arrive_right() {
        let Some(found) = crate::collect::shared_data::unpacked("charset_zh.tar.gz") else { return };
        for (folder, expected) in [("GB2312", "gb18030"), ("Big5", "big5"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8")]
        {
            let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
            for entry in std::fs::read_dir(found.path().join("charset_zh").join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let decoded = decode(&std::fs::read(&path).unwrap(), None, None, None);
                all += 1;
                if decoded.charset == expected {
                    right += 1;
                } else {
                    wrong.push(format!("{} as {}", path.display(), decoded.charset));
                }
            }
            eprintln!("charset {folder}: {right} of {all}; {}", wrong.join(", "));
            assert!(right * 100 >= all * 80, "{folder}: {right} of {all}: {wrong:?}");
        }
    }
}
