//! The address that makes a post's identity: without session ids, times and trackers, which differ from visit to visit.

use url::Url;

/// Parameters that only say who came from where.
const TRACKERS: [&str; 12] = [
    "spm",
    "scm",
    "share_token",
    "share_from",
    "timestamp",
    "_t",
    "_ts",
    "_",
    "gclid",
    "fbclid",
    "weibo_id",
    "from_source",
];
/// Parameters that hold a session.
const SESSIONS: [&str; 6] = ["jsessionid", "phpsessid", "aspsessionid", "sessionid", "session_id", "sid"];
/// Shortest value that is taken for a session: a topic's number is shorter.
const SESSION_CHARS_MIN: usize = 16;

/// The address without what differs from visit to visit. What may name the post itself stays.
pub fn canonical(url: &Url) -> Url {
    let mut plain = url.clone();
    plain.set_fragment(None);
    let path = plain.path();
    if let Some(at) = path.to_ascii_lowercase().find(";jsessionid=") {
        let rest = path[at + 1..].find(['/', ';']).map_or("", |end| &path[at + 1 + end..]);
        let path = format!("{}{rest}", &path[..at]);
        plain.set_path(&path);
    }
    if let Some(query) = url.query() {
        // The bytes of what stays are left as they are: decoding and encoding anew would make another address.
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_of_the_visit(pair)).collect();
        let kept = kept.join("&");
        plain.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    plain
}

fn is_of_the_visit(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.to_ascii_lowercase();
    let is_session = SESSIONS.contains(&name.as_str()) || name.starts_with("aspsessionid");
    name.starts_with("utm_")
        || TRACKERS.contains(&name.as_str())
        || (is_session && value.len() >= SESSION_CHARS_MIN)
        || (matches!(name.as_str(), "t" | "time" | "rand" | "random" | "r" | "v") && is_time_or_chance(value))
}

/// Seconds or milliseconds of these decades, or a random fraction.
fn is_time_or_chance(value: &str) -> bool {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && matches!(value.len(), 10 | 13) && value.starts_with(['1', '2']))
        || value
            .strip_prefix("0.")
            .is_some_and(|rest| rest.len() >= 6 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_visit_to_visit_goes_and_the_rest_stays() {
        for (given, plain) in [
            ("http://a.cn/x;jsessionid=0A1B2C3D?id=7", "http://a.cn/x?id=7"),
            ("http://a.cn/x;jsessionid=0A1B/y", "http://a.cn/x/y"),
            ("http://a.cn/x?id=7&utm_source=wx&utm_medium=m", "http://a.cn/x?id=7"),
            ("http://a.cn/x?t=1778464800123", "http://a.cn/x"),
            ("http://a.cn/x?t=1778464800&id=3", "http://a.cn/x?id=3"),
            ("http://a.cn/x?rand=0.123456789", "http://a.cn/x"),
            ("http://a.cn/x?PHPSESSID=0123456789abcdef0123", "http://a.cn/x"),
            ("http://a.cn/x?t=33", "http://a.cn/x?t=33"),
            ("http://a.cn/x?sid=12", "http://a.cn/x?sid=12"),
            ("http://a.cn/x?q=%E6%B0%B4&b=+#top", "http://a.cn/x?q=%E6%B0%B4&b=+"),
            ("http://a.cn/x?", "http://a.cn/x?"),
        ] {
            assert_eq!(canonical(&Url::parse(given).unwrap()).as_str(), plain.trim_end_matches('?'), "{given}");
        }
    }
}
