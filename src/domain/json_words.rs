//! What a reader of JSON or of a query says went wrong, in the words of whoever wrote it.

use std::fmt::Display;

/// Parts of a reader's message, and what they mean.
const MEANT: [(&str, &str); 17] = [
    ("EOF while parsing", "没有写完"),
    ("trailing comma", "末尾多了逗号"),
    ("trailing characters", "结束之后还有多余的内容"),
    ("key must be a string", "键要写在双引号里"),
    ("expected `:`", "键之后缺少冒号"),
    ("expected `,` or", "缺少逗号或结尾的括号"),
    ("expected value", "此处缺少值"),
    ("expected ident", "不是 JSON 的写法"),
    ("control character", "文字里有控制字符，换行请写作 \\n"),
    ("invalid escape", "转义写法不对"),
    ("surrogate", "Unicode 转义不完整"),
    ("unicode", "不是有效的 Unicode"),
    ("recursion limit", "嵌套过深"),
    ("out of range", "数字超出范围"),
    ("invalid digit", "应为整数"),
    ("too large", "数字超出范围"),
    ("provided string was not `true` or `false`", "应为 true 或 false"),
];

/// What a type is called.
const TYPES: [(&str, &str); 12] = [
    ("boolean", "true 或 false"),
    ("string", "一段文字"),
    ("borrowed str", "一段文字"),
    ("floating point", "数字"),
    ("integer", "整数"),
    ("u8", "整数"),
    ("u32", "不小于零的整数"),
    ("u64", "不小于零的整数"),
    ("i64", "整数"),
    ("f64", "数字"),
    ("sequence", "列表"),
    ("null", "空值"),
];

/// What went wrong, in Chinese, with the place where it tells one.
pub fn in_chinese(error: impl Display) -> String {
    let told = error.to_string();
    let (message, place) =
        match told.rsplit_once(" at line ").and_then(|(said, at)| Some((said, at.split_once(" column ")?))) {
            Some((said, (line, column))) => (said, format!("（第 {line} 行第 {column} 列）")),
            None => (told.as_str(), String::new()),
        };
    format!("{}{place}", said(message))
}

fn said(message: &str) -> String {
    // A query's reader names the key first.
    if let Some((key, rest)) = message.split_once(": ").filter(|(key, _)| is_key(key)) {
        return format!("{key}：{}", said(rest));
    }
    let quoted = |from: &str| message.strip_prefix(from).and_then(|rest| rest.split('`').next()).map(str::to_owned);
    let possible = || {
        let all: Vec<&str> =
            message.split_once("expected").map_or("", |(_, all)| all).split('`').skip(1).step_by(2).collect();
        if all.is_empty() { String::new() } else { format!("，可用：{}", all.join("、")) }
    };
    if let Some(key) = quoted("missing field `") {
        return format!("缺少 {key}");
    }
    if let Some(key) = quoted("duplicate field `") {
        return format!("{key} 写了两次");
    }
    if let Some(key) = quoted("unknown field `") {
        return format!("没有 {key} 这一项{}", possible());
    }
    if let Some(value) = quoted("unknown variant `") {
        return format!("没有 {value} 这个值{}", possible());
    }
    // A value may be quoted in it, in Chinese; what is left in Chinese after these is the product's own.
    if let Some((_, expected)) = message.split_once(", expected ").filter(|_| message.starts_with("invalid ")) {
        if is_chinese(expected) {
            return format!("值的类型不对，应为{expected}");
        }
        return match TYPES.iter().find(|(english, _)| expected.contains(english)) {
            Some((_, chinese)) => format!("值的类型不对，应为{chinese}"),
            None => "值的类型不对".to_owned(),
        };
    }
    if is_chinese(message) {
        return message.to_owned();
    }
    MEANT.iter().find(|(english, _)| message.contains(english)).map_or("写法不对", |(_, chinese)| chinese).to_owned()
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether it is the product's own: readers of libraries speak English.
pub fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_told_in_chinese_with_its_place() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code, reason = "only the errors of reading are looked at")]
        struct Small {
            text: String,
            #[serde(default)]
            count: u64,
            #[serde(default)]
            channel: crate::domain::mention::Channel,
        }
        for (json, words) in [
            ("{", "没有写完"),
            ("{\"text\":}", "此处缺少值（第 1 行"),
            ("{\"text\" 1}", "缺少冒号"),
            ("{\"text\":\"a\",}", "末尾多了逗号"),
            ("{\"text\":\"a\"} x", "多余的内容"),
            ("{text:1}", "双引号"),
            ("{}", "缺少 text"),
            ("{\"text\":\"a\",\"text\":\"b\"}", "text 写了两次"),
            ("{\"text\":\"a\",\"txt\":\"b\"}", "没有 txt 这一项，可用：text、count、channel"),
            ("{\"text\":7}", "应为一段文字"),
            ("{\"text\":\"a\",\"count\":-1}", "不小于零的整数"),
            ("{\"text\":\"a\",\"channel\":\"pigeon\"}", "没有 pigeon 这个值，可用：news、"),
            ("{\"text\":\"a\",\"channel\":\"微博\"}", "没有 微博 这个值，可用：news、"),
            ("{\"text\":\"a\",\"count\":\"三\"}", "不小于零的整数"),
            ("{\"text\":\"a\u{1}\"}", "控制字符"),
        ] {
            let told = in_chinese(serde_json::from_str::<Small>(json).unwrap_err());
            assert!(told.contains(words), "{json}: {told}");
        }
        assert_eq!(in_chinese("日期应为 2026-11-30 这样的写法"), "日期应为 2026-11-30 这样的写法");
        assert_eq!(in_chinese("limit: invalid digit found in string"), "limit：应为整数");
    }
}
