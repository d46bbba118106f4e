//! What a mail server's refusal is about (拒信): the mailbox, which is given up, or ourselves (sender, permission, rate,
//! quota), which someone puts right, so that nothing is lost meanwhile. Judged by the stage of the dialogue first: before a
//! mailbox was named a refusal can't be about it. Then by the enhanced status code (RFC 3463), then by the wording, as
//! public servers write it. What can't be told is tried later: a mail too many harms less than a notice too few.

use std::sync::LazyLock;

use regex::Regex;

/// Where in the dialogue the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Greeting, TLS, log-in.
    LogIn,
    /// `MAIL FROM`
    Sender,
    /// `RCPT TO`
    Recipient,
    /// `DATA` and the mail itself.
    Content,
}

impl Stage {
    /// In words, for whoever has to put it right.
    pub const fn words(self) -> &'static str {
        match self {
            Self::LogIn => "连接或登录",
            Self::Sender => "发件人",
            Self::Recipient => "收件人",
            Self::Content => "邮件内容",
        }
    }
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// There is no such mailbox, and there will be none.
    Mailbox,
    /// Sender, permission, rate, quota, or nobody knows: someone has to look.
    Us,
    /// A passing state of the server.
    Moment,
}

/// Words that are about whoever sends, also where they come with a recipient.
static ABOUT_US: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)sender|mail from|authoriz|authoris|authenticat|log ?in|credential|permission|denied|not permitted|not allowed|relay|frequen|\brate|too many|too fast|limit|quota|exceed|spam|blocked|block list|blocklist|blacklist|policy|suspend|service|reputation|\bdns|\bptr|\bspf|\bdkim|发件|频率|频繁|过快|限制|超过|超出|额度|配额|权限|认证|授权|黑名单|垃圾|拒绝中继|登录",
    )
    .ok()
});

/// What passes without anybody's doing: greylisting, a mailbox that is full at the moment.
static PASSING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)gr[ea]y.?list|\b4\.2\.\d").ok());

/// Words that say that a mailbox is not there.
static ABOUT_MAILBOX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(mailbox|user|recipient|account|address|person|addressee|member)\b.{0,60}?\b(not (be )?found|not exist|doesn.?t exist|no longer|unknown|invalid|disabled|inactive|deactivated|closed|not local|not valid)|\b(no such|unknown|invalid|bad|non-?existent|unrouteable|undeliverable|not a valid|does not have an?)\b.{0,30}?\b(mailbox|user|recipient|account|address|person|here)|不存在|无此|查无|找不到|未找到|没有(该|此|这个)|已注销|已停用|无效的?(邮箱|收件|地址|用户)",
    )
    .ok()
});

/// What a refusal with that code and text at that stage is about.
pub(super) fn about(stage: Stage, code: u16, text: &str) -> About {
    let says =
        |words: &LazyLock<Option<Regex>>| LazyLock::force(words).as_ref().is_some_and(|regex| regex.is_match(text));
    // 421 and 45x pass by definition, but a rate or a quota passes only if someone slows down.
    if code < 500 {
        return if says(&ABOUT_US) && !says(&PASSING) { About::Us } else { About::Moment };
    }
    if stage != Stage::Recipient {
        return About::Us;
    }
    match enhanced(text) {
        // Bad mailbox, bad system, bad syntax, moved, no such domain; a mailbox that is switched off.
        Some((1, 1..=3 | 6 | 10) | (2, 1)) => About::Mailbox,
        // Address status unspecified: the words decide.
        None | Some((1, 0) | (0, _)) if says(&ABOUT_US) => About::Us,
        None | Some((1, 0) | (0, _)) if says(&ABOUT_MAILBOX) => About::Mailbox,
        _ => About::Us,
    }
}

/// Subject and detail of an enhanced status code `5.1.1` at the beginning of a text.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let word =
        text.trim_start().trim_start_matches(['#', '[', '(']).split([' ', ':', ',', ')', ']', '\r', '\n']).next()?;
    let mut parts = word.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    if class != "5" || parts.next().is_some() {
        return None;
    }
    Some((subject.parse().ok()?, detail.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enhanced_code_is_read_where_it_stands_first() {
        assert_eq!(enhanced("5.1.1 <a@b.cn>: no"), Some((1, 1)));
        assert_eq!(enhanced("#5.1.10 no"), Some((1, 10)));
        for text in ["no 5.1.1", "4.1.1 later", "5.1", "5.1.1.1 version", "5.a.1", ""] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_recipient_that_is_not_there_is_given_up() {
        use Stage::{Content, LogIn, Recipient, Sender};
        for (stage, code, text, wanted) in [
            (LogIn, 535, "Error: authentication failed", About::Us),
            (LogIn, 554, "5.7.1 your address is on a block list", About::Us),
            (LogIn, 421, "Service not available", About::Us),
            (LogIn, 421, "closing", About::Moment),
            (Sender, 501, "mail from address must be same as authorization user", About::Us),
            (Sender, 553, "Mail from must equal authorized user", About::Us),
            (Sender, 550, "User has no permission", About::Us),
            (Sender, 550, "user not found", About::Us),
            (Sender, 451, "try again", About::Moment),
            (Sender, 452, "too many mails in this session", About::Us),
            (Content, 550, "Connection frequency limited", About::Us),
            (Content, 552, "Quota exceeded or service disabled", About::Us),
            (Content, 554, "DT:SPM", About::Us),
            (Recipient, 450, "greylisted, come again", About::Moment),
            (Recipient, 452, "4.2.2 mailbox over quota", About::Moment),
            (Recipient, 450, "4.2.0 greylisted by policy, come again", About::Moment),
            (Recipient, 451, "too many recipients this hour, rate limited", About::Us),
            (Recipient, 550, "Mailbox not found", About::Mailbox),
            (Recipient, 550, "User not found: nobody@a.cn", About::Mailbox),
            (Recipient, 550, "no such user", About::Mailbox),
            (Recipient, 550, "Invalid User", About::Mailbox),
            (Recipient, 550, "5.1.1 <a@b.cn>: Recipient address rejected: User unknown in local table", About::Mailbox),
            (Recipient, 550, "The recipient may contain a non-existent account", About::Mailbox),
            (Recipient, 551, "user not local; please try <b@b.cn>", About::Mailbox),
            (Recipient, 553, "5.1.3 bad address syntax", About::Mailbox),
            (Recipient, 550, "5.2.1 mailbox is disabled", About::Mailbox),
            (Recipient, 550, "收件人不存在", About::Mailbox),
            (Recipient, 554, "Relay access denied", About::Us),
            (Recipient, 550, "5.7.1 unable to relay", About::Us),
            (Recipient, 550, "Connection frequency limited", About::Us),
            (Recipient, 550, "5.7.1 sender not authenticated", About::Us),
            (Recipient, 552, "5.2.2 mailbox full", About::Us),
            (Recipient, 552, "Requested mail action aborted: exceeded storage allocation", About::Us),
            (Recipient, 550, "user suspended: your account sent too many mails", About::Us),
            (Recipient, 550, "发信频率过快，用户不存在", About::Us),
            (Recipient, 550, "no", About::Us),
            (Recipient, 550, "", About::Us),
        ] {
            assert_eq!(about(stage, code, text), wanted, "{stage:?} {code} {text}");
        }
    }
}
