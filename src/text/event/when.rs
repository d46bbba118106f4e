//! When (时间): dates and spans that put what a sentence tells into the past.

use chrono::{Datelike, NaiveDate};

use super::quantity::quantities;
use crate::domain::instant::Instant;

/// A date that lies further back than this from the publication is history.
const RECENT_DAYS_MAX: i64 = 60;
/// From so many months back on, `N个月前` is history.
const RECENT_MONTHS_MAX: f64 = 2.0;
/// Where nobody knows when a text was published, a year before this is past: the product has read no older ones.
const NEWS_SINCE_YEAR: i32 = 2025;

/// The words that put a sentence into the past, if any do: a year, a date, `十年前`; with the byte where they end.
pub fn past(sentence: &str, published: Option<Instant>) -> Option<(String, usize)> {
    if !sentence.contains(['年', '前', '.', '-', '/']) {
        return None;
    }
    ago(sentence).or_else(|| dated(sentence, published.map(Instant::date)))
}

/// `十年前`, `三个月前`, `3年多以前`.
fn ago(sentence: &str) -> Option<(String, usize)> {
    for q in quantities(sentence) {
        let rest = &sentence[q.end..];
        let long = |words: &[&str]| words.iter().find(|word| rest.starts_with(**word)).map(|word| word.len());
        let years = long(&["年前", "多年前", "年多前", "年以前", "年之前", "余年前", "年多以前"]);
        let years = years.filter(|_| q.value < 1000.0);
        let months = long(&["个月前", "个多月前", "个月以前"]).filter(|_| q.value > RECENT_MONTHS_MAX);
        if let Some(length) = years.or(months) {
            return Some((sentence[q.start..q.end + length].to_owned(), q.end + length));
        }
    }
    // 失联十年，至今: so long ago it began.
    for q in quantities(sentence).into_iter().filter(|q| q.value >= 1.0 && q.value < 200.0) {
        let begun =
            ["失联", "失踪", "走失", "遇难", "去世", "离世", "牺牲", "爆炸", "死", "出事", "发生"].iter().any(|word| {
                sentence[..q.start].trim_end_matches(['了', '已', '快', '近', '整', '有', '后', '的']).ends_with(word)
            });
        let rest = &sentence[q.end..];
        let past_it =
            ["年，", "年了", "年来", "年后", "年至今", "多年", "余年", "年多", "周年", "年整", "年还", "年仍"];
        if begun && (past_it.iter().any(|word| rest.starts_with(word)) || rest == "年") {
            return Some((format!("{}年", &sentence[q.start..q.end]), q.end + "年".len()));
        }
    }
    if let Some(at) = sentence.find("过去").map(|at| at + "过去".len()) {
        let rest = sentence[at..].trim_start_matches(['了', '已', '整', '快', '近']);
        let first = quantities(rest).into_iter().next().filter(|q| q.start == 0 && q.value >= 1.0 && q.value < 200.0);
        if let Some(q) = first.filter(|q| rest[q.end..].starts_with(['年', '多'])) {
            let end = sentence.len() - rest.len() + q.end;
            return Some((sentence[at - "过去".len()..end].to_owned() + "年", end));
        }
    }
    let at = sentence.find("半年前")?;
    Some(("半年前".to_owned(), at + "半年前".len()))
}

/// A date or a year before the publication.
fn dated(sentence: &str, published: Option<NaiveDate>) -> Option<(String, usize)> {
    let bytes = sentence.as_bytes();
    let mut at = 0;
    while at + 4 <= bytes.len() {
        let alone = at == 0 || !bytes[at - 1].is_ascii_digit();
        let four =
            bytes[at..at + 4].iter().all(u8::is_ascii_digit) && !bytes.get(at + 4).is_some_and(u8::is_ascii_digit);
        if !(alone && four) {
            at += 1;
            continue;
        }
        let year: i32 = sentence[at..at + 4].parse().ok()?;
        let rest = &sentence[at + 4..];
        at += 4;
        if !(1000..=2100).contains(&year) {
            continue;
        }
        let Some(rest) = ["年", ".", "-", "/"].iter().find_map(|sign| rest.strip_prefix(sign)) else { continue };
        let start = at - 4;
        let (month, rest) = number(rest);
        let rest = ["月", ".", "-", "/"].iter().find_map(|sign| rest.strip_prefix(sign)).unwrap_or(rest);
        let (day, rest) = number(rest);
        let end = sentence.len() - rest.len();
        let words = || sentence[start..end].trim_end_matches(['.', '-', '/']).to_owned();
        let Some(published) = published else {
            if year < NEWS_SINCE_YEAR {
                return Some((words(), end));
            }
            continue;
        };
        let date = month.and_then(|month| NaiveDate::from_ymd_opt(year, month, day.unwrap_or(28).min(31)));
        let old = match date {
            Some(date) => (published - date).num_days() > RECENT_DAYS_MAX,
            None => year < published.year(),
        };
        if old {
            return Some((words(), end));
        }
    }
    chinese_year(sentence)
}

fn number(text: &str) -> (Option<u32>, &str) {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    (text[..length].parse().ok(), &text[length..])
}

/// 一九九八年, 九八年, 08年: a year as people write it; all of those lie in the past.
fn chinese_year(sentence: &str) -> Option<(String, usize)> {
    for (at, _) in sentence.match_indices('年') {
        let digits: Vec<char> =
            sentence[..at].chars().rev().take_while(|c| "零〇一二三四五六七八九".contains(*c)).take(5).collect();
        let old = match digits.len() {
            4 => matches!(digits[3], '一' | '二') && matches!(digits[2], '九' | '八' | '零' | '〇'),
            2 => matches!(digits[1], '五' | '六' | '七' | '八' | '九' | '零' | '〇'),
            _ => false,
        };
        let end = at + '年'.len_utf8();
        if old {
            let start = at - digits.len() * '一'.len_utf8();
            return Some((sentence[start..end].to_owned(), end));
        }
        let plain: Vec<char> = sentence[..at].chars().rev().take_while(char::is_ascii_digit).take(3).collect();
        let two = plain.len() == 2 && matches!(plain[1], '0' | '1' | '5'..='9') && plain != ['0', '1'];
        let counts = sentence[end..]
            .starts_with(['来', '多', '后', '前', '以', '内', '间', '了', '级', '的', '老', '工', '期', '房']);
        if two && !counts {
            let start = at - 2;
            return Some((sentence[start..end].to_owned(), end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_from_now() {
        let published = "2026-05-11".parse().ok();
        let past = |text: &str| past(text, published).map(|(words, _)| words);
        assert_eq!(past("2015年爆炸造成5人死亡").as_deref(), Some("2015年"));
        assert_eq!(past("2026年5月10日爆炸造成5人死亡"), None);
        assert_eq!(past("2025年12月1日爆炸").as_deref(), Some("2025年12月1"));
        assert_eq!(past("十年前的矿难").as_deref(), Some("十年前"));
        assert_eq!(past("三个月前").as_deref(), Some("三个月前"));
        assert_eq!(past("一个月前"), None);
        assert_eq!(past("一九九八年发大水").as_deref(), Some("一九九八年"));
        assert_eq!(past("98年发大水").as_deref(), Some("98年"));
        assert_eq!(past("开了20年的厂"), None);
        assert_eq!(super::past("1937年12月，日军轰炸", None).map(|(words, _)| words).as_deref(), Some("1937年12月"));
    }
}
