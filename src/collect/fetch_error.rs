//! Why a page was not fetched (取页失败的原因): each with words of its own, what kind it is, and whether it may pass.

use std::time::Duration;

use url::Url;

use super::address::{AddressError, Refused};
use super::reason::Reason;
use crate::domain::instant::{Instant, Span};

/// Longest that a server's `Retry-After` is believed.
const RETRY_AFTER_MAX: Span = Span::from_days(30);

/// Why a page was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not one to talk to.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The site does not want it.
    #[error("robots.txt 不允许采集 {0}")]
    Disallowed(Url),
    /// What the site wants can't be known now.
    #[error("robots.txt 暂时读不到（{why}），先不采集")]
    RobotsUnknown {
        /// Why.
        why: String,
        /// How long the server wants to be left alone.
        retry_after: Option<Span>,
    },
    /// More than that.
    #[error("重定向超过 {0} 次")]
    Redirects(usize),
    /// Leads nowhere.
    #[error("重定向的目标不是网址：{0}")]
    Target(String),
    /// The server said no.
    #[error("服务器返回 {status}")]
    Status {
        /// What it said.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Span>,
    },
    /// The host is left alone: it asked for it, or failed too often.
    #[error("{host} 暂缓访问至 {until}：{why}")]
    Resting {
        /// Which.
        host: String,
        /// Until when.
        until: Instant,
        /// From now.
        pause: Span,
        /// Why.
        why: String,
    },
    /// Too slow.
    #[error("超过 {} 秒没有取完", .0.as_secs_f64())]
    Timeout(Duration),
    /// Too large.
    #[error("页面超过 {} 字节，没有取完", .0)]
    TooLarge(u64),
    /// Its head is too large.
    #[error("响应头过大，没有读完")]
    Headers,
    /// The head is no HTTP.
    #[error("服务器的应答不合 HTTP 规范：{0}")]
    Malformed(String),
    /// Ended before its announced length, or in the middle of compression.
    #[error("传输中断，内容不完整：{0}")]
    Cut(String),
    /// A compression that we did not ask for.
    #[error("服务器用了未约定的压缩格式 {0}，没有读")]
    Encoding(String),
    /// No trusted connection.
    #[error("TLS 加密连接失败（证书或协议不对）：{0}")]
    Tls(String),
    /// The name leads nowhere.
    #[error("域名 {0} 解析不到地址")]
    Name(String),
    /// Anything else on the way.
    #[error("网络不通：{0}")]
    Network(String),
    /// No client could be made.
    #[error("不能建立网络客户端：{0}")]
    Client(String),
    /// The shared pace of hosts can't be read or written.
    #[error("主机节奏读写失败：{0}")]
    Hosts(String),
}

impl FetchError {
    /// Whether it may well be otherwise the next time: the network's or the server's trouble, not the page's.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network(_)
            | Self::Name(_)
            | Self::Tls(_)
            | Self::Cut(_)
            | Self::Timeout(_)
            | Self::Resting { .. }
            | Self::Hosts(_)
            | Self::RobotsUnknown { .. } => true,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            _ => false,
        }
    }

    /// How long the server wants to be left alone.
    pub fn retry_after(&self) -> Option<Span> {
        match self {
            Self::Status { retry_after, .. } | Self::RobotsUnknown { retry_after, .. } => *retry_after,
            Self::Resting { pause, .. } => Some(*pause),
            _ => None,
        }
    }

    /// What kind of failure it is.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Address(_) | Self::Target(_) => Reason::Address,
            Self::Disallowed(_) => Reason::Robots,
            Self::RobotsUnknown { .. } => Reason::RobotsUnknown,
            Self::Redirects(_) => Reason::Redirects,
            Self::Status { status, .. } => match status {
                404 | 410 => Reason::Gone,
                429 => Reason::Resting,
                // 412 and 521 are what common firewalls of Chinese sites say.
                401 | 403 | 405 | 406 | 407 | 412 | 418 | 451 | 521 => Reason::Wall,
                _ => Reason::Server,
            },
            Self::Resting { .. } => Reason::Resting,
            Self::Timeout(_) => Reason::Slow,
            Self::TooLarge(_) | Self::Headers => Reason::TooLarge,
            Self::Malformed(_) | Self::Encoding(_) => Reason::Unreadable,
            Self::Tls(_) => Reason::Tls,
            Self::Cut(_) | Self::Name(_) | Self::Network(_) | Self::Client(_) | Self::Hosts(_) => Reason::Unreachable,
        }
    }

    /// Whether the host itself is in trouble, whatever the page.
    pub const fn is_of_host(&self) -> bool {
        match self {
            Self::Network(_) | Self::Name(_) | Self::Tls(_) | Self::Timeout(_) | Self::Cut(_) => true,
            Self::Status { status, .. } => matches!(status, 502..=504),
            _ => false,
        }
    }
}

/// How long a server wants to be left alone: seconds, or a date as its own clock has it.
pub fn pause(retry_after: &str, date: Option<&str>) -> Option<Span> {
    let http_date = |text: &str| chrono::DateTime::parse_from_rfc2822(text.trim()).ok();
    let seconds = match retry_after.trim().parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => (http_date(retry_after)? - http_date(date?)?).num_seconds(),
    };
    (seconds > 0).then(|| Span::from_secs(seconds.min(RETRY_AFTER_MAX.ms() / 1_000)))
}

/// The innermost reason is the one that says something.
pub fn network(error: &reqwest::Error, url: &Url) -> FetchError {
    let mut inner: &dyn std::error::Error = error;
    let mut words = String::new();
    while let Some(source) = inner.source() {
        inner = source;
        if let Some(Refused(why)) = inner.downcast_ref::<Refused>() {
            return FetchError::Address(why.clone());
        }
        if let Some(http) = inner.downcast_ref::<hyper::Error>() {
            if http.is_parse_too_large() {
                return FetchError::Headers;
            }
            if http.is_incomplete_message() {
                return FetchError::Cut("连接提前关闭".to_owned());
            }
            if http.is_parse() {
                return FetchError::Malformed(http.to_string());
            }
        }
        words = format!("{words} {inner}").to_ascii_lowercase();
    }
    let last = inner.to_string();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if says(&["certificate", "tls", "handshake", "invalidcontenttype", "corrupt message", "received fatal alert"]) {
        FetchError::Tls(last)
    } else if says(&["dns error", "failed to lookup", "name or service not known", "no address"]) {
        FetchError::Name(url.host_str().unwrap_or("").to_owned())
    } else if error.is_connect() {
        FetchError::Network(format!("连不上（{last}）"))
    } else if error.is_decode() || error.is_body() {
        FetchError::Cut(last)
    } else {
        FetchError::Network(format!("请求失败（{last}）"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks() {
        let now = Some("Mon, 11 May 2026 01:00:00 GMT");
        assert_eq!(pause("120", None), Some(Span::from_secs(120)));
        assert_eq!(pause("172800", now), Some(Span::from_days(2)), "not cut");
        assert_eq!(pause("Mon, 11 May 2026 04:00:00 GMT", now), Some(Span::from_hours(3)));
        for nothing in ["0", "-5", "soon", "Mon, 11 May 2026 00:00:00 GMT"] {
            assert_eq!(pause(nothing, now), None, "{nothing}");
        }
    }
}
