//! Counts as applications show them (阅读、点赞): `1234`, `1,234`, `1.2w`, `3千`, `10w+`, `1.1亿`.

/// Reads one; what is no count is none, and never nought.
pub fn count(text: &str) -> Option<u64> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '，' | '+' | '＋') && !c.is_whitespace()).collect();
    let plain = plain.trim_end_matches(['次', '人', '条', '个']);
    let (number, factor) = match plain.chars().last()? {
        '千' | 'k' | 'K' => (&plain[..plain.len() - plain.chars().last()?.len_utf8()], 1e3),
        '万' | '萬' | 'w' | 'W' => (&plain[..plain.len() - plain.chars().last()?.len_utf8()], 1e4),
        '亿' | '億' => (&plain[..plain.len() - plain.chars().last()?.len_utf8()], 1e8),
        'm' | 'M' => (&plain[..plain.len() - 1], 1e6),
        _ => (plain, 1.0),
    };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value = number.parse::<f64>().ok().filter(|value| is_number && *value * factor < 1e15)?;
    Some((value * factor).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_people_write_them() {
        for (text, expected) in [
            ("7569", Some(7569)),
            ("1.5万", Some(15_000)),
            ("2.1w", Some(21_000)),
            ("1.2k", Some(1_200)),
            ("3千", Some(3_000)),
            ("10+", Some(10)),
            ("1千+", Some(1_000)),
            ("1万+", Some(10_000)),
            ("10w+", Some(100_000)),
            ("1,234", Some(1_234)),
            ("1.1亿", Some(110_000_000)),
            ("0", Some(0)),
            ("12 次", Some(12)),
            ("", None),
            ("None", None),
            ("多", None),
            ("-5", None),
            ("1e400", None),
            ("nan", None),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }
}
