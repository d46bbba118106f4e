//! Fetching pages (取页): http and https, public addresses, at the pace of their host, within time, size and memory. Redirects
//! are followed by hand, so that every hop is checked as the first one was.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use parking_lot::Mutex;
use reqwest::Client;
use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::address::{self, Checked};
use super::answer::{Hop, Room, answer};
use super::definition::{Http, SourceDefinition};
pub use super::fetch_error::FetchError;
use super::hosts::{DELAY_MAX, NoTurn, Outcome, SharedHosts, Terms, Turn};
use super::robots::Robots;
use crate::domain::instant::{Instant, Span};

/// What a collector is; `Huiying` is its name in `robots.txt`.
const PURPOSE: &str = "public-opinion monitoring of a city government";
/// Redirects that are followed.
pub const REDIRECTS_MAX: usize = 5;
/// Largest `robots.txt` that is read (RFC 9309 asks for at least 500 KiB). A larger one may forbid behind this point: then
/// nothing is known, and nothing is fetched.
const ROBOTS_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// How long a `robots.txt` counts.
const ROBOTS_KEPT: Span = Span::from_hours(24);
/// Hosts whose `robots.txt` is remembered.
const ROBOTS_MAX: usize = 10_000;
/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Beyond the time of a request: until it is given back.
const LEASE_MORE: Span = Span::from_secs(5);
/// A busy server that does not say for how long is left alone for this.
const BUSY_PAUSE: Span = Span::from_minutes(1);
/// Bytes that are parsed at a time, in KiB: a parsed page takes many times its size.
const PARSED_KIB_MAX: u32 = 8 * 1024;

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
    /// The room that a large one takes until it was read.
    pub room: Option<OwnedSemaphorePermit>,
}

/// What is sent by POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// What one request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What the page was answered with before.
    pub known: Option<&'a Validators>,
    /// What is sent by POST; by GET if there is nothing.
    pub posted: Option<&'a Posted>,
    /// Largest body that is taken.
    pub bytes_max: u64,
}

/// How a collector calls itself, and by which way it goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchOptions {
    /// Every source may lie in a private network, not only those whose definition says so.
    pub allow_private: bool,
    /// Whom a site's owner can turn to.
    pub contact: Option<String>,
    /// The proxy by which public addresses are fetched.
    pub proxy: Option<String>,
}

impl FetchOptions {
    /// What is sent as `User-Agent`.
    pub fn user_agent(&self) -> String {
        let contact = self.contact.as_ref().map_or(String::new(), |contact| format!("; {contact}"));
        format!("Huiying/{} ({PURPOSE}{contact})", env!("CARGO_PKG_VERSION"))
    }
}

/// Fetches; one for a process.
pub struct Fetcher {
    public: Client,
    private: Client,
    options: FetchOptions,
    hosts: SharedHosts,
    robots: Mutex<HashMap<String, (Instant, Arc<Robots>)>>,
    room: Room,
    parsing: Arc<Semaphore>,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Who asks, by what manners.
#[derive(Clone, Copy, Debug)]
struct Manners<'a> {
    http: &'a Http,
    source: &'a SourceDefinition,
}

/// A turn at a host that is given back whatever happens, also where nobody waits any more.
struct Held<'a> {
    hosts: &'a SharedHosts,
    turn: Option<Turn>,
}

impl Held<'_> {
    async fn give_back(mut self, outcome: Outcome) {
        if let Some(turn) = self.turn.take() {
            self.hosts.done(turn, outcome).await;
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let (Some(turn), Ok(runtime)) = (self.turn.take(), tokio::runtime::Handle::try_current()) else { return };
        let hosts = self.hosts.clone();
        runtime.spawn(async move { hosts.done(turn, Outcome::Abandoned).await });
    }
}

impl Fetcher {
    /// With the keeper of the hosts' pace.
    pub fn new(options: FetchOptions, hosts: SharedHosts) -> Result<Self, FetchError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN,zh;q=0.9,en;q=0.5"));
        let agent = options.user_agent();
        let builder = || {
            Client::builder()
                .user_agent(agent.as_str())
                .default_headers(headers.clone())
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                // What the environment names would resolve names itself, past every check.
                .no_proxy()
                .connect_timeout(CONNECT_TIMEOUT)
        };
        let fail = |error: reqwest::Error| FetchError::Client(error.to_string());
        let mut public = builder().dns_resolver(Checked { allow_private: false });
        if let Some(proxy) = &options.proxy {
            // The proxy's own name is the office's business; the site's is checked before it is asked for.
            public = builder().proxy(reqwest::Proxy::all(proxy).map_err(fail)?);
        }
        Ok(Self {
            public: public.build().map_err(fail)?,
            private: builder().dns_resolver(Checked { allow_private: true }).build().map_err(fail)?,
            options,
            hosts,
            robots: Mutex::default(),
            room: Room::default(),
            parsing: Arc::new(Semaphore::new(PARSED_KIB_MAX as usize)),
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
        self.ask(url, None, source, known, now).await
    }

    /// The same of a page that is asked for by POST. A redirect of one is followed as browsers do: by GET.
    pub async fn ask(
        &self,
        url: &Url,
        mut posted: Option<Posted>,
        source: &SourceDefinition,
        known: Option<&Validators>,
        now: Instant,
    ) -> Result<Fetched, FetchError> {
        let manners = Manners { http: &source.http, source };
        let mut url = url.clone();
        url.set_fragment(None);
        for _ in 0..=REDIRECTS_MAX {
            self.check(&url, manners).await?;
            if !self.robots(&url, manners, now).await?.allows(&url) {
                return Err(FetchError::Disallowed(url));
            }
            let wanted = Wanted { known, posted: posted.as_ref(), bytes_max: source.http.max_body.0 };
            match self.hop(&url, manners, wanted).await? {
                Hop::Answer(fetched) => return Ok(fetched),
                Hop::Redirect(target) => url = url.join(&target).map_err(|_| FetchError::Target(target))?,
            }
            posted = None;
        }
        Err(FetchError::Redirects(REDIRECTS_MAX))
    }

    /// Parses where blocking is allowed, few bytes at a time; a panic is that page's failure.
    pub async fn parse<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let kib = u32::try_from(bytes / 1024 + 16).unwrap_or(PARSED_KIB_MAX).min(PARSED_KIB_MAX);
        // Closed by nobody.
        let _turn = self.parsing.clone().acquire_many_owned(kib).await;
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => Err("解析器不能处理这个页面".into()),
        }
    }

    fn may_be_private(&self, url: &Url, source: &SourceDefinition) -> bool {
        (self.options.allow_private || source.allow_private) && is_own(url, source)
    }

    /// The same for a link and a redirect as for the source's own address. What the client resolves itself it checks itself.
    async fn check(&self, url: &Url, manners: Manners<'_>) -> Result<(), FetchError> {
        let may_be_private = self.may_be_private(url, manners.source);
        address::check(url, may_be_private)?;
        if self.options.proxy.is_some() && !may_be_private {
            address::check_name(url).await.map_err(|error| match error {
                Some(error) => FetchError::Address(error),
                None => FetchError::Name(url.host_str().unwrap_or("").to_owned()),
            })?;
        }
        Ok(())
    }

    async fn robots(&self, url: &Url, manners: Manners<'_>, now: Instant) -> Result<Arc<Robots>, FetchError> {
        let origin = url.origin().ascii_serialization();
        if let Some((fetched_at, robots)) = self.robots.lock().get(&origin)
            && now - *fetched_at < ROBOTS_KEPT
        {
            return Ok(robots.clone());
        }
        let robots = Arc::new(self.fetch_robots(url, manners).await?);
        let pause = robots.pause().map_or(0, |pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        // From the next request on.
        self.hosts.delay(&host_of(url), Span::from_ms(pause).min(DELAY_MAX)).await;
        let mut kept = self.robots.lock();
        if kept.len() >= ROBOTS_MAX {
            kept.clear();
        }
        kept.insert(origin, (now, robots.clone()));
        Ok(robots)
    }

    /// RFC 9309: where there is none all is allowed; where the server fails or can't be reached, nothing is.
    async fn fetch_robots(&self, url: &Url, manners: Manners<'_>) -> Result<Robots, FetchError> {
        let unknown = |why: String| FetchError::RobotsUnknown { why, retry_after: None };
        let mut url = url.join("/robots.txt").map_err(|e| unknown(e.to_string()))?;
        for _ in 0..=REDIRECTS_MAX {
            self.check(&url, manners).await?;
            let wanted = Wanted { known: None, posted: None, bytes_max: ROBOTS_BYTES_MAX };
            match self.hop(&url, manners, wanted).await {
                Ok(Hop::Answer(Fetched::Body(body))) => {
                    let bytes = body.bytes.len();
                    return self.parse(bytes, move || Ok(Robots::parse(&body.bytes))).await.map_err(unknown);
                }
                Ok(Hop::Answer(Fetched::NotModified)) => return Ok(Robots::all()),
                Ok(Hop::Redirect(target)) => {
                    url = url.join(&target).map_err(|_| unknown("重定向有误".into()))?;
                }
                // Too many requests, or too early: the server is busy, not without rules.
                Err(FetchError::Status { status, .. })
                    if (400..500).contains(&status) && !matches!(status, 425 | 429) =>
                {
                    return Ok(Robots::all());
                }
                Err(error @ (FetchError::Address(_) | FetchError::Resting { .. } | FetchError::Hosts(_))) => {
                    return Err(error);
                }
                Err(error) => {
                    return Err(FetchError::RobotsUnknown { why: error.to_string(), retry_after: error.retry_after() });
                }
            }
        }
        Err(unknown(format!("重定向超过 {REDIRECTS_MAX} 次")))
    }

    /// One request, at the host's pace, within the source's time.
    async fn hop(&self, url: &Url, manners: Manners<'_>, wanted: Wanted<'_>) -> Result<Hop, FetchError> {
        let host = host_of(url);
        let turn = self.hosts.turn(&host, terms(manners.http)).await.map_err(|no| match no {
            NoTurn::Closed { until, pause, why } => FetchError::Resting { host, until, pause, why },
            NoTurn::Unknown(why) => FetchError::Hosts(why),
        })?;
        let held = Held { hosts: &self.hosts, turn: Some(turn) };
        let client = if self.may_be_private(url, manners.source) { &self.private } else { &self.public };
        let timeout = manners.http.timeout.std();
        // Boxed: the request's state is large, and this future stands in many others.
        let answer = answer(client, url, wanted, &self.room).boxed();
        let answer = tokio::time::timeout(timeout, answer).await.unwrap_or(Err(FetchError::Timeout(timeout)));
        held.give_back(outcome(&answer)).await;
        answer
    }
}

/// Whether an address is the source's own: `allow_private` opens that and nothing else.
fn is_own(url: &Url, source: &SourceDefinition) -> bool {
    let Some(own) = source.url.as_deref().and_then(|own| Url::parse(own).ok()) else { return false };
    let is_usual = |url: &Url| matches!(url.port_or_known_default(), Some(80 | 443));
    let same_port = url.port_or_known_default() == own.port_or_known_default() || (is_usual(url) && is_usual(&own));
    url.host() == own.host() && same_port
}

fn host_of(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or(""), url.port_or_known_default().unwrap_or(0))
}

fn terms(http: &Http) -> Terms {
    let period_ms = http.rate.per.ms() / i64::from(http.rate.requests.max(1));
    let lease = Span::from_ms(http.timeout.0.ms() + LEASE_MORE.ms());
    Terms { period: Span::from_ms(period_ms.max(1)), connections: http.connections, lease }
}

/// What an answer says of its host.
fn outcome(answer: &Result<Hop, FetchError>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Answered,
        Err(error @ FetchError::Status { status: status @ (429 | 503), retry_after }) => match retry_after {
            Some(pause) => Outcome::Rest(*pause, error.to_string()),
            None if *status == 429 => Outcome::Rest(BUSY_PAUSE, error.to_string()),
            None => Outcome::Failed(error.to_string()),
        },
        Err(error) if error.is_of_host() => Outcome::Failed(error.to_string()),
        Err(_) => Outcome::Answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_source_opens_its_own_host_and_nothing_else() {
        let yaml = "{ id: s, kind: feed, name: n, url: 'http://10.0.0.5:8701/feed', channel: news, why: w, allow_private: true }";
        let source = SourceDefinition::from_yaml("s.yaml", yaml).unwrap();
        let own = |url: &str| is_own(&Url::parse(url).unwrap(), &source);
        assert!(own("http://10.0.0.5:8701/other"));
        for url in [
            "http://10.0.0.5:8702/secret",
            "http://10.0.0.6:8701/",
            "http://169.254.169.254/",
            "http://localhost:8701/",
        ] {
            assert!(!own(url), "{url}");
        }
        let web = source.url.as_ref().unwrap().replace(":8701", "");
        let usual = SourceDefinition { url: Some(web), ..source.clone() };
        assert!(is_own(&Url::parse("https://10.0.0.5/").unwrap(), &usual), "from http to https");
    }

    #[test]
    fn whoever_keeps_a_site_is_told_whom_to_turn_to() {
        let options = FetchOptions { contact: Some("wgk@xuancheng.gov.cn".into()), ..FetchOptions::default() };
        let agent = options.user_agent();
        assert!(agent.starts_with("Huiying/") && agent.ends_with("; wgk@xuancheng.gov.cn)"), "{agent}");
    }
}
