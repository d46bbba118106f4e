//! A fetched page, decoded and found fit to be parsed. Everything that parses works on one of these.

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::RwLock;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::charset;
use super::depth::{self, DepthError};

/// Most links that are taken from one page.
const LINKS_MAX: usize = 2_000;
/// Longest address that is taken from a page.
pub const URL_BYTES_MAX: usize = 2_048;

/// Why a page can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Nothing there.
    #[error("页面是空的")]
    Empty,
    /// No text.
    #[error("{0}，不是网页")]
    Binary(&'static str),
    /// Would take the parser too long.
    #[error(transparent)]
    Depth(#[from] DepthError),
}

/// A decoded page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its text.
    pub text: String,
    /// The encoding that it came in.
    pub charset: String,
    /// Where it was.
    pub url: Option<Url>,
}

impl Page {
    /// Decodes it; refuses what is empty, no text, or nested too deep.
    pub fn open(
        bytes: &[u8],
        content_type: Option<&str>,
        forced_charset: Option<&str>,
        url: Option<&Url>,
    ) -> Result<Self, PageError> {
        let page = Self::decode(bytes, content_type, forced_charset, url)?;
        depth::check(&page.text)?;
        Ok(page)
    }

    /// Decodes what is no HTML (a feed, JSON).
    pub fn decode(
        bytes: &[u8],
        content_type: Option<&str>,
        forced_charset: Option<&str>,
        url: Option<&Url>,
    ) -> Result<Self, PageError> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(PageError::Empty);
        }
        if let Some(what) = known_binary(bytes) {
            return Err(PageError::Binary(what));
        }
        let tld = url.and_then(|url| url.domain()?.rsplit('.').next().map(str::to_owned));
        let decoded = charset::decode(bytes, content_type, forced_charset, tld.as_deref());
        if looks_binary(&decoded.text) {
            return Err(PageError::Binary("是二进制内容"));
        }
        Ok(Self { text: decoded.text, charset: decoded.charset, url: url.cloned() })
    }

    /// Parses it. The tree can't leave its thread.
    pub fn parse(&self) -> Html {
        Html::parse_document(&self.text)
    }

    /// What relative addresses in it are relative to.
    pub fn base(&self, html: &Html) -> Option<Url> {
        let declared = first(html, "base[href]").and_then(|base| base.attr("href"));
        match (declared, &self.url) {
            (Some(href), Some(url)) => url.join(href.trim()).ok().or_else(|| Some(url.clone())),
            (Some(href), None) => Url::parse(href.trim()).ok(),
            (None, url) => url.clone(),
        }
    }

    /// Where its links lead, each once, in order; relative ones as they stand if nobody knows where the page was.
    pub fn links(&self, html: &Html) -> Vec<String> {
        let base = self.base(html);
        let mut seen = std::collections::HashSet::new();
        let Some(anchors) = selector("a[href], area[href]") else { return Vec::new() };
        let hrefs = html.select(anchors).filter_map(|anchor| anchor.attr("href"));
        hrefs
            .filter_map(|href| link(href, base.as_ref()))
            .filter(|link| seen.insert(link.clone()))
            .take(LINKS_MAX)
            .collect()
    }
}

/// A link as an address without its fragment; `None` where it leads to no other page (`#top`, `javascript:`).
pub fn link(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') || href.len() > URL_BYTES_MAX {
        return None;
    }
    let resolved = match base {
        Some(base) => base.join(href),
        None => Url::parse(href),
    };
    match resolved {
        Ok(mut url) => {
            url.set_fragment(None);
            let fits = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= URL_BYTES_MAX;
            fits.then(|| url.to_string())
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            let plain = href.split('#').next().unwrap_or(href);
            (!plain.is_empty()).then(|| plain.to_owned())
        }
        Err(_) => None,
    }
}

/// The first element that a constant selector finds.
pub fn first<'a>(html: &'a Html, text: &'static str) -> Option<ElementRef<'a>> {
    html.select(selector(text)?).next()
}

/// A constant selector, parsed once: a page is asked for some eighty of them. They are as many as the code names, so they are
/// kept for ever.
pub fn selector(text: &'static str) -> Option<&'static Selector> {
    static PARSED: LazyLock<RwLock<HashMap<&'static str, Option<&'static Selector>>>> = LazyLock::new(RwLock::default);
    if let Some(known) = PARSED.read().get(text) {
        return *known;
    }
    let parsed = Selector::parse(text).ok().map(|selector| &*Box::leak(Box::new(selector)));
    *PARSED.write().entry(text).or_insert(parsed)
}

fn known_binary(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"%PDF", "是 PDF 文件"),
        (b"PK\x03\x04", "是 ZIP 或 Office 文件"),
        (b"\xD0\xCF\x11\xE0", "是旧版 Office 文件"),
        (b"\x1F\x8B", "是 gzip 压缩文件"),
        (b"\x89PNG", "是图片"),
        (b"\xFF\xD8\xFF", "是图片"),
        (b"GIF8", "是图片"),
        (b"RIFF", "是图片或音视频"),
        (b"\x7FELF", "是程序文件"),
        (b"SQLite format 3", "是数据库文件"),
    ];
    KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, what)| *what)
}

/// Control characters and characters that could not be decoded: text has next to none.
fn looks_binary(text: &str) -> bool {
    let (mut odd, mut all) = (0_usize, 0_usize);
    for c in text.chars().take(64 * 1024) {
        all += 1;
        let is_control = c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}');
        odd += usize::from(c == '\0') * 9 + usize::from(is_control || c == char::REPLACEMENT_CHARACTER);
    }
    odd * 10 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> Result<Page, PageError> {
        Page::open(bytes, None, None, None)
    }

    #[test]
    fn what_is_no_page_is_refused() {
        assert_eq!(open(b" \n").unwrap_err(), PageError::Empty);
        assert!(matches!(open(b"%PDF-1.7 ...").unwrap_err(), PageError::Binary(_)));
        let noise: Vec<u8> = (0..4_096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(matches!(open(&noise).unwrap_err(), PageError::Binary(_)));
        assert!(matches!(open("<div>".repeat(100_000).as_bytes()).unwrap_err(), PageError::Depth(_)));
        assert!(open("<p>宣城</p>".as_bytes()).is_ok());
    }

    #[test]
    fn links_are_resolved_and_each_is_told_once() {
        let html = "<a href='/a.html#x'>1</a><a href='a.html'>2</a><a href='javascript:void(0)'>3</a><a href='#'>4</a>\
                    <a href='mailto:a@b.c'>5</a><a href='HTTPS://例子.cn/乙?q=1'>6</a><a href='/a.html'>7</a>";
        let url = Url::parse("http://www.example.gov.cn/news/").unwrap();
        let page = Page::open(html.as_bytes(), None, None, Some(&url)).unwrap();
        let links = page.links(&page.parse());
        assert_eq!(
            links,
            [
                "http://www.example.gov.cn/a.html",
                "http://www.example.gov.cn/news/a.html",
                "https://xn--fsqu00a.cn/%E4%B9%99?q=1"
            ]
        );
        let nowhere = open(html.as_bytes()).unwrap();
        assert_eq!(nowhere.links(&nowhere.parse())[..2], ["/a.html", "a.html"]);
    }

    #[test]
    fn a_base_moves_relative_links() {
        let url = Url::parse("http://a.cn/x/").unwrap();
        let page = Page::open(b"<base href='/y/'><a href=z>.</a>", None, None, Some(&url)).unwrap();
        assert_eq!(page.links(&page.parse()), ["http://a.cn/y/z"]);
    }
}
