//! What a site allows robots to read (`robots.txt`, RFC 9309): the group of our name, else that of all; the longest rule
//! wins, and of two as long the one that allows. Of 11,004 cases on which two other implementations agree this gives all;
//! the crate `texting_robots` gave 10,968 and matches a robot's name only where it stands without a version.

use std::borrow::Cow;
use std::time::Duration;

use url::Url;

/// Our name in `robots.txt`.
pub const NAME: &str = "huiying";

/// The rules that concern one robot.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Robots {
    rules: Vec<Rule>,
    pause: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    allows: bool,
    pattern: Vec<u8>,
}

impl Robots {
    /// Everything is allowed.
    pub fn all() -> Self {
        Self::default()
    }

    /// Reads a file for us.
    pub fn parse(file: &[u8]) -> Self {
        Self::parse_for(NAME, file)
    }

    /// Reads a file for a robot of that name.
    pub fn parse_for(name: &str, file: &[u8]) -> Self {
        let text = String::from_utf8_lossy(file);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let name = name.to_ascii_lowercase();
        let (mut named, mut general) = (Self::default(), Self::default());
        let mut found_named = false;
        let (mut for_us, mut for_all, mut in_heads) = (false, false, false);
        for line in text.split(['\n', '\r', '\0']) {
            let Some((key, value)) = key_and_value(line) else { continue };
            if key == "user-agent" {
                if !in_heads {
                    (for_us, for_all) = (false, false);
                }
                in_heads = true;
                let product = product(value);
                for_all |= value
                    .strip_prefix('*')
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
                if product.eq_ignore_ascii_case(&name) {
                    (for_us, found_named) = (true, true);
                }
                continue;
            }
            match key.as_str() {
                "allow" | "disallow" => {
                    in_heads = false;
                    if value.is_empty() {
                        continue;
                    }
                    let rule = Rule { allows: key == "allow", pattern: escaped(&slashed(value)) };
                    if for_us {
                        named.rules.push(rule.clone());
                    }
                    if for_all {
                        general.rules.push(rule);
                    }
                }
                "crawl-delay" => {
                    in_heads = false;
                    let seconds = value.parse::<f64>().ok().filter(|s| s.is_finite() && *s > 0.0 && *s < 1e6);
                    let pause = seconds.map(Duration::from_secs_f64);
                    if for_us {
                        named.pause = named.pause.or(pause);
                    }
                    if for_all {
                        general.pause = general.pause.or(pause);
                    }
                }
                _ => {}
            }
        }
        if found_named { named } else { general }
    }

    /// Whether an address may be read.
    pub fn allows(&self, url: &Url) -> bool {
        if url.path() == "/robots.txt" {
            return true;
        }
        let target = escaped(&url[url::Position::BeforePath..url::Position::AfterQuery]);
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &target));
        let best = matching.max_by_key(|rule| (rule.pattern.len(), rule.allows));
        best.is_none_or(|rule| rule.allows)
    }

    /// How long it wants us to wait between two requests.
    pub fn pause(&self) -> Option<Duration> {
        self.pause
    }
}

fn key_and_value(line: &str) -> Option<(String, &str)> {
    let line = line.split('#').next().unwrap_or(line).trim();
    let (key, value) = line.split_once(':').or_else(|| line.split_once(char::is_whitespace))?;
    let key = key.trim().to_ascii_lowercase();
    let key = match key.as_str() {
        // Spelt so often that every large crawler reads them.
        "useragent" | "user agent" => "user-agent".to_owned(),
        "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => "disallow".to_owned(),
        "crawldelay" | "crawl delay" => "crawl-delay".to_owned(),
        _ => key,
    };
    Some((key, value.trim()))
}

/// The product token of a user agent: letters, `-` and `_`.
fn product(value: &str) -> &str {
    let end = value.find(|c: char| !(c.is_ascii_alphabetic() || c == '-' || c == '_')).unwrap_or(value.len());
    &value[..end]
}

/// A path's backslashes as an address has them: it turns them round before we see it, so a rule's have to be turned too.
fn slashed(rule: &str) -> Cow<'_, str> {
    let path = rule.split('?').next().unwrap_or(rule);
    if path.contains('\\') { Cow::Owned(path.replace('\\', "/") + &rule[path.len()..]) } else { Cow::Borrowed(rule) }
}

/// Percent signs in one spelling, what is not ASCII escaped; so pattern and address compare byte by byte.
fn escaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |n: usize| bytes.get(at + n).filter(|b| b.is_ascii_hexdigit()).map(u8::to_ascii_uppercase);
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                let value = u8::from_str_radix(&String::from_utf8_lossy(&[high, low]), 16).unwrap_or(0);
                // Unreserved characters mean the same escaped or not (RFC 3986).
                if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') {
                    out.push(value);
                } else {
                    out.extend([b'%', high, low]);
                }
                at += 3;
            }
            (byte, ..) if !byte.is_ascii() => {
                out.extend(format!("%{byte:02X}").bytes());
                at += 1;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// `*` stands for anything, `$` at the end for the end. Linear in both lengths for each star: the positions that a prefix
/// of the pattern can reach are kept, as Google's parser does.
fn matches(pattern: &[u8], target: &[u8]) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix(b"$") {
        Some(start) => (start, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = parts.next().and_then(|first| target.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if part.is_empty() {
            if parts.peek().is_none() {
                return true;
            }
            continue;
        }
        if parts.peek().is_none() && to_end {
            return rest.ends_with(part);
        }
        match rest.windows(part.len()).position(|window| window == part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(file: &str, path: &str) -> bool {
        Robots::parse(file.as_bytes()).allows(&Url::parse("https://example.com").unwrap().join(path).unwrap())
    }

    #[test]
    fn the_longest_rule_wins_and_of_two_the_kinder() {
        let file = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c\n";
        assert!(!allowed(file, "/a/x") && allowed(file, "/a/b/x") && allowed(file, "/c") && allowed(file, "/"));
    }

    #[test]
    fn our_group_alone_counts_if_there_is_one() {
        let file =
            "User-agent: Huiying/1.0\nUser-agent: other\nDisallow: /x\n\nUser-agent: *\nDisallow: /\nCrawl-delay: 5";
        assert!(allowed(file, "/y") && !allowed(file, "/x"));
        let robots = Robots::parse_for("stranger", file.as_bytes());
        assert_eq!(robots.pause(), Some(Duration::from_secs(5)));
        assert!(!robots.allows(&Url::parse("https://example.com/y").unwrap()));
    }

    #[test]
    fn stars_ends_and_escapes() {
        let file =
            "user-agent:*\ndisallow: /*.php$\ndisallow: /列表\ndisallow: /q?*id=\ndisallow: /%7Ejoe\ndisallow: /*/x*y$";
        assert!(!allowed(file, "/a/b.php") && allowed(file, "/a/b.php?x") && allowed(file, "/a.phpx"));
        assert!(!allowed(file, "/列表/1") && !allowed(file, "/q?a=1&id=2") && !allowed(file, "/~joe"));
        assert!(!allowed(file, "/a/x1y") && allowed(file, "/a/x1yz"));
    }

    #[test]
    fn rules_far_back_and_long_ones_count() {
        let filler = "Disallow: /other\n".repeat(60_000);
        let long = "x".repeat(5_000);
        let file = format!("User-agent: *\n{filler}Disallow: /hidden\nDisallow: /{long}\n");
        assert!(!allowed(&file, "/hidden/1") && allowed(&file, "/seen"));
        assert!(!allowed(&file, &format!("/{long}/1")), "a long rule is a rule");
    }

    #[test]
    fn nothing_and_nonsense_allow() {
        for file in ["", "\u{0}\u{1}\u{2}", "<html>404</html>", "Disallow", "User-agent: *\nDisallow:", "Allow: /\n"] {
            assert!(allowed(file, "/x"), "{file}");
        }
        let slow = format!("User-agent: *\nDisallow: /{}b$", "*a".repeat(900));
        assert!(allowed(&slow, &format!("/{}", "a".repeat(2_000))));
    }

    /// 11,004 cases on which two other implementations agree.
    #[test]
    fn agrees_with_other_implementations() {
        let Some(found) = crate::collect::shared_data::unpacked("robots.tar.gz") else { return };
        let cases = std::fs::read_to_string(found.path().join("robots/robots_cases.jsonl")).unwrap();
        let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
        for line in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| case[key].as_str().unwrap();
            let file = std::fs::read(found.path().join("robots/files").join(text("file"))).unwrap();
            let url = Url::parse(text("url")).unwrap();
            let allowed = Robots::parse_for(text("ua"), &file).allows(&url);
            all += 1;
            if Some(allowed) == case["allow"].as_bool() {
                right += 1;
            } else if wrong.len() < 20 {
                wrong.push(line.to_owned());
            }
        }
        eprintln!("robots: {right} of {all}\n{}", wrong.join("\n"));
        assert_eq!(right, all, "robots cases");
    }
}
