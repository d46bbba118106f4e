//! The writer's own words (正文): addresses, accounts and the marks of a repost say where a text has been, not what it
//! says. They are taken out before anything judges it, and the line breaks that only wrap a line with them.

use std::borrow::Cow;

/// Longest account name that is taken out whole; after a longer run of characters only the `@` is.
const NAME_CHARS_MAX: usize = 20;
/// Marks that stand before a repost, at the start of a text.
const REPOST_MARKS: [&str; 9] =
    ["转发微博", "【转发】", "[转发]", "转发自", "快转微博", "分享图片", "网页链接", "rt ", "rt:"];
/// Marks that stand right before an account: `回复@某人:`, `//@某人:`.
const ACCOUNT_MARKS: [&str; 4] = ["//", "回复", "转发", "转自"];
/// Lines of one length in characters, but for so many, were wrapped by a machine.
const WRAP_SLACK_CHARS: usize = 1;
/// No page wraps lines as short as this.
const WRAP_CHARS_MIN: usize = 5;

/// What is left of a normalised text when addresses, accounts and repost marks are taken out and wrapped lines joined.
/// A blank stays where something stood between words.
pub fn own_words(text: &str) -> Cow<'_, str> {
    let kept = if may_hold_marks(text) { without_marks(text) } else { Cow::Borrowed(text) };
    match kept.contains('\n') {
        true => Cow::Owned(unwrapped(&kept)),
        false => kept,
    }
}

fn may_hold_marks(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'@')
        || ["://", "www.", "t.cn/"].iter().any(|mark| text.contains(mark))
        || REPOST_MARKS.iter().any(|mark| text.starts_with(mark))
}

fn without_marks(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(length) = REPOST_MARKS.iter().find(|mark| rest.starts_with(**mark)).map(|mark| mark.len()) {
        rest = rest[length..].trim_start_matches([' ', '\n', ':', '：', ',', '，', '。']);
    }
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            'h' | 'w' | 't' if !ends_in_latin(&out) => address(rest),
            '@' if !ends_in_latin(&out) => account(rest),
            _ => 0,
        };
        if taken == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        if c == '@' {
            drop_account_mark(&mut out);
        }
        rest = rest[taken..].trim_start_matches(' ');
        if !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    Cow::Owned(out)
}

fn ends_in_latin(out: &str) -> bool {
    out.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Bytes of an address at the start of a text, 0 if there is none.
fn address(rest: &str) -> usize {
    let starts = ["http://", "https://", "www.", "t.cn/"].iter().any(|start| rest.starts_with(start));
    if !starts {
        return 0;
    }
    rest.bytes().position(|byte| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'<' | b'>')).unwrap_or(rest.len())
}

/// Bytes of `@name` and of the colon behind it.
fn account(rest: &str) -> usize {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '·');
    let name: usize = rest[1..].chars().take_while(|c| in_name(*c)).map(char::len_utf8).sum();
    if rest[1..1 + name].chars().count() > NAME_CHARS_MAX {
        return 1;
    }
    let after = &rest[1 + name..];
    let colon = after.chars().next().filter(|c| matches!(c, ':' | '：')).map_or(0, char::len_utf8);
    1 + name + colon
}

fn drop_account_mark(out: &mut String) {
    let end = out.trim_end_matches(' ').len();
    if let Some(mark) = ACCOUNT_MARKS.iter().find(|mark| out[..end].ends_with(**mark)) {
        out.truncate(end - mark.len());
    }
}

/// Joins lines that a machine wrapped: after a comma, which ends no sentence, and where all lines are of one length.
fn unwrapped(text: &str) -> String {
    let wrapped = is_wrapped(text);
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let before = out.chars().next_back();
        match before {
            None => {}
            // A line that ends a sentence was not cut by a machine.
            Some('。' | '！' | '？' | '!' | '?') => out.push('\n'),
            Some(c) if wrapped || matches!(c, '，' | '、' | ',') => {
                let between_words = c.is_ascii_alphanumeric() && line.starts_with(|c: char| c.is_ascii_alphanumeric());
                out.push_str(if between_words { " " } else { "" });
            }
            Some(_) => out.push('\n'),
        }
        out.push_str(line);
    }
    out
}

fn is_wrapped(text: &str) -> bool {
    let mut lines = text.split('\n').map(|line| line.chars().count());
    let Some(first) = lines.next().filter(|chars| *chars >= WRAP_CHARS_MIN) else { return false };
    let rest: Vec<usize> = lines.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    *last <= first + WRAP_SLACK_CHARS
        && middle.iter().all(|chars| chars.abs_diff(first) <= WRAP_SLACK_CHARS)
        && !middle.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_accounts_and_reposts_go() {
        for (text, kept) in [
            ("停水三天了 http://t.cn/a1b2", "停水三天了"),
            ("看https://www.example.com/x?y=1这里", "看 这里"),
            ("@宣城发布 停水三天了", "停水三天了"),
            ("停水三天了@宣城发布", "停水三天了"),
            ("转发微博 //@某人:停水三天了", "停水三天了"),
            ("回复@某_人:停水三天了//@甲:是啊", "停水三天了 是啊"),
            ("邮箱a@b.com", "邮箱a@b.com"),
            ("停水,三天", "停水,三天"),
        ] {
            assert_eq!(own_words(text), kept);
        }
        let endless = format!("@{}", "停水三天了".repeat(10));
        assert_eq!(own_words(&endless), "停水三天了".repeat(10), "no account has such a name");
    }

    #[test]
    fn only_wrapped_lines_are_joined() {
        assert_eq!(own_words("我家小区停\n水三天了没\n人管"), "我家小区停水三天了没人管");
        assert_eq!(own_words("停水三天，\n没人管。\n请处理"), "停水三天，没人管。\n请处理");
        assert_eq!(own_words("广德火灾三人受伤\n宁国暴雨"), "广德火灾三人受伤\n宁国暴雨");
    }
}
