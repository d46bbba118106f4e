//! Fetching pages (取页): http and https, public addresses, at a source's pace, within its time and size. Redirects are
//! followed by hand, so that every hop is checked as the first one was.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};
use url::Url;

use super::address::{self, AddressError, OnlyPrivate, PublicOnly};
use super::definition::{Http, SourceDefinition};
use super::robots::Robots;
use crate::domain::instant::{Instant, Span};

/// How a collector calls itself; `Huiying` is its name in `robots.txt`.
pub const USER_AGENT: &str =
    concat!("Huiying/", env!("CARGO_PKG_VERSION"), " (public-opinion monitoring of a city government)");
/// Redirects that are followed.
const REDIRECTS_MAX: usize = 5;
/// Largest `robots.txt` that is read (RFC 9309 asks for at least 500 KiB). A larger one may forbid behind this point: then
/// nothing is known, and nothing is fetched.
const ROBOTS_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// Longest that a server's `Retry-After` is believed.
const RETRY_AFTER_MAX: Span = Span::from_days(30);
/// How long a `robots.txt` counts.
const ROBOTS_KEPT: Span = Span::from_hours(24);
/// Longest pause that a `robots.txt` can ask for.
const PAUSE_S_MAX: u64 = 60;
/// Hosts whose pace and `robots.txt` are remembered.
const HOSTS_MAX: usize = 10_000;
/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest validator (`ETag`, `Last-Modified`) that is remembered.
const VALIDATOR_BYTES_MAX: usize = 1_024;

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
    #[error("robots.txt 暂时读不到（{0}），先不采集")]
    RobotsUnknown(String),
    /// More than five.
    #[error("重定向超过 {REDIRECTS_MAX} 次")]
    Redirects,
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
    /// Too slow.
    #[error("超过 {} 秒没有取完", .0.as_secs_f64())]
    Timeout(Duration),
    /// Too large.
    #[error("页面超过 {} 字节，没有取完", .0)]
    TooLarge(u64),
    /// Anything else on the way.
    #[error("网络不通：{0}")]
    Network(String),
    /// No client could be made.
    #[error("不能建立网络客户端：{0}")]
    Client(String),
}

impl FetchError {
    /// Whether it may well be otherwise the next time: the network's or the server's trouble, not the page's.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network(_) | Self::Timeout(_) | Self::RobotsUnknown(_) => true,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            _ => false,
        }
    }

    /// How long the server wants to be left alone.
    pub fn retry_after(&self) -> Option<Span> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What a page was answered with when it was last fetched.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub enum Fetched {
    /// As it was.
    NotModified,
    /// A page.
    Body(Body),
}

/// A fetched page.
#[derive(Debug)]
pub struct Body {
    /// Where it was in the end.
    pub url: Url,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// For the next time.
    pub validators: Validators,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Fetches; one for a process, since it keeps the pace of all hosts.
pub struct Fetcher {
    public: Client,
    anywhere: Client,
    allow_private: bool,
    paces: Mutex<HashMap<(String, u64), Arc<DefaultDirectRateLimiter>>>,
    robots: Mutex<HashMap<String, (Instant, Arc<Robots>)>>,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("allow_private", &self.allow_private).finish_non_exhaustive()
    }
}

/// Who asks, by what manners.
#[derive(Clone, Copy, Debug)]
struct Manners<'a> {
    http: &'a Http,
    allow_private: bool,
}

enum Hop {
    Answer(Fetched),
    Redirect(String),
}

impl Fetcher {
    /// `allow_private` lets every source lie in a private network, not only those whose definition says so.
    pub fn new(allow_private: bool) -> Result<Self, FetchError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN,zh;q=0.9,en;q=0.5"));
        let builder = || {
            Client::builder()
                .user_agent(USER_AGENT)
                .default_headers(headers.clone())
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                // A proxy would resolve names itself, past every check.
                .no_proxy()
                .connect_timeout(CONNECT_TIMEOUT)
        };
        let build = |builder: reqwest::ClientBuilder| builder.build().map_err(|e| FetchError::Client(e.to_string()));
        Ok(Self {
            public: build(builder().dns_resolver(PublicOnly))?,
            anywhere: build(builder())?,
            allow_private,
            paces: Mutex::default(),
            robots: Mutex::default(),
        })
    }

    /// Fetches a page for a source, if the site's `robots.txt` allows it.
    pub async fn get(
        &self,
        url: &Url,
        source: &SourceDefinition,
        known: Option<&Validators>,
        now: Instant,
    ) -> Result<Fetched, FetchError> {
        let manners = Manners { http: &source.http, allow_private: self.allow_private || source.allow_private };
        let mut url = url.clone();
        url.set_fragment(None);
        for _ in 0..=REDIRECTS_MAX {
            address::check(&url, manners.allow_private)?;
            let robots = self.robots(&url, manners, now).await?;
            if !robots.allows(&url) {
                return Err(FetchError::Disallowed(url));
            }
            match self.hop(&url, manners, known, robots.pause(), source.http.max_body.0).await? {
                Hop::Answer(fetched) => return Ok(fetched),
                Hop::Redirect(target) => url = url.join(&target).map_err(|_| FetchError::Target(target))?,
            }
        }
        Err(FetchError::Redirects)
    }

    async fn robots(&self, url: &Url, manners: Manners<'_>, now: Instant) -> Result<Arc<Robots>, FetchError> {
        let origin = url.origin().ascii_serialization();
        if let Some((fetched_at, robots)) = self.robots.lock().get(&origin)
            && now - *fetched_at < ROBOTS_KEPT
        {
            return Ok(robots.clone());
        }
        let robots = Arc::new(self.fetch_robots(url, manners).await?);
        let mut kept = self.robots.lock();
        if kept.len() >= HOSTS_MAX {
            kept.clear();
        }
        kept.insert(origin, (now, robots.clone()));
        Ok(robots)
    }

    /// RFC 9309: where there is none all is allowed; where the server fails or can't be reached, nothing is.
    async fn fetch_robots(&self, url: &Url, manners: Manners<'_>) -> Result<Robots, FetchError> {
        let mut url = url.join("/robots.txt").map_err(|e| FetchError::RobotsUnknown(e.to_string()))?;
        for _ in 0..=REDIRECTS_MAX {
            address::check(&url, manners.allow_private)?;
            match self.hop(&url, manners, None, None, ROBOTS_BYTES_MAX).await {
                Ok(Hop::Answer(Fetched::Body(body))) => return Ok(Robots::parse(&body.bytes)),
                Ok(Hop::Answer(Fetched::NotModified)) => return Ok(Robots::all()),
                Ok(Hop::Redirect(target)) => {
                    url = url.join(&target).map_err(|_| FetchError::RobotsUnknown("重定向有误".into()))?;
                }
                // Too many requests, or too early: the server is busy, not without rules.
                Err(FetchError::Status { status, .. })
                    if (400..500).contains(&status) && !matches!(status, 425 | 429) =>
                {
                    return Ok(Robots::all());
                }
                Err(FetchError::Address(error)) => return Err(error.into()),
                Err(error) => return Err(FetchError::RobotsUnknown(error.to_string())),
            }
        }
        Err(FetchError::RobotsUnknown(format!("重定向超过 {REDIRECTS_MAX} 次")))
    }

    /// One request, at the host's pace, within the source's time.
    async fn hop(
        &self,
        url: &Url,
        manners: Manners<'_>,
        known: Option<&Validators>,
        pause: Option<Duration>,
        bytes_max: u64,
    ) -> Result<Hop, FetchError> {
        self.pace(url, manners.http, pause).until_ready().await;
        let client = if manners.allow_private { &self.anywhere } else { &self.public };
        let timeout = manners.http.timeout.std();
        // Boxed: the request's state is large, and this future stands in many others.
        let answer = answer(client, url, known, bytes_max).boxed();
        tokio::time::timeout(timeout, answer).await.unwrap_or(Err(FetchError::Timeout(timeout)))
    }

    fn pace(&self, url: &Url, http: &Http, pause: Option<Duration>) -> Arc<DefaultDirectRateLimiter> {
        let rate_ms = u64::try_from(http.rate.per.ms()).unwrap_or(1_000) / u64::from(http.rate.requests.max(1));
        let pause_ms = pause.map_or(0, |pause| pause.as_millis().min(u128::from(PAUSE_S_MAX) * 1_000) as u64);
        let period_ms = rate_ms.max(pause_ms).max(1);
        let host = format!("{}:{}", url.host_str().unwrap_or(""), url.port_or_known_default().unwrap_or(0));
        let mut paces = self.paces.lock();
        if paces.len() >= HOSTS_MAX {
            paces.clear();
        }
        let made = || {
            let quota = Quota::with_period(Duration::from_millis(period_ms));
            Arc::new(RateLimiter::direct(quota.unwrap_or(Quota::per_second(NonZeroU32::MIN))))
        };
        paces.entry((host, period_ms)).or_insert_with(made).clone()
    }
}

async fn answer(client: &Client, url: &Url, known: Option<&Validators>, bytes_max: u64) -> Result<Hop, FetchError> {
    let mut request = client.get(url.clone()).header(
        header::ACCEPT,
        "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.8",
    );
    if let Some(etag) = known.and_then(|known| known.etag.as_ref()) {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    if let Some(last_modified) = known.and_then(|known| known.last_modified.as_ref()) {
        request = request.header(header::IF_MODIFIED_SINCE, last_modified);
    }
    let mut response = request.send().await.map_err(|error| network(&error))?;
    let status = response.status();
    let text =
        |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    if status == StatusCode::NOT_MODIFIED {
        return Ok(Hop::Answer(Fetched::NotModified));
    }
    if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        && let Some(location) = response.headers().get(header::LOCATION)
    {
        // Chinese sites write raw UTF-8 into it.
        return Ok(Hop::Redirect(String::from_utf8_lossy(location.as_bytes()).into_owned()));
    }
    if !status.is_success() {
        let date = text(header::DATE);
        let retry_after = text(header::RETRY_AFTER).and_then(|text| pause(&text, date.as_deref()));
        return Err(FetchError::Status { status: status.as_u16(), retry_after });
    }
    if response.content_length().is_some_and(|length| length > bytes_max) {
        return Err(FetchError::TooLarge(bytes_max));
    }
    let short = |text: &String| text.len() <= VALIDATOR_BYTES_MAX;
    let content_type = text(header::CONTENT_TYPE);
    let validators =
        Validators { etag: text(header::ETAG).filter(short), last_modified: text(header::LAST_MODIFIED).filter(short) };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| network(&error))? {
        if (bytes.len() + chunk.len()) as u64 > bytes_max {
            return Err(FetchError::TooLarge(bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Hop::Answer(Fetched::Body(Body { url: url.clone(), content_type, validators, bytes })))
}

/// How long a server wants to be left alone: seconds, or a date as its own clock has it.
fn pause(retry_after: &str, date: Option<&str>) -> Option<Span> {
    let http_date = |text: &str| chrono::DateTime::parse_from_rfc2822(text.trim()).ok();
    let seconds = match retry_after.trim().parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => (http_date(retry_after)? - http_date(date?)?).num_seconds(),
    };
    (seconds > 0).then(|| Span::from_secs(seconds.min(RETRY_AFTER_MAX.ms() / 1_000)))
}

/// The innermost reason is the one that says something.
fn network(error: &reqwest::Error) -> FetchError {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
        if let Some(OnlyPrivate(host)) = inner.downcast_ref::<OnlyPrivate>() {
            return FetchError::Address(AddressError::Private(host.clone()));
        }
    }
    let what = if error.is_connect() {
        "连不上"
    } else if error.is_decode() || error.is_body() {
        "传输中断"
    } else {
        "请求失败"
    };
    FetchError::Network(format!("{what}（{inner}）"))
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
