//! Whether the service lives, whether it can work, and its numbers. Each answers within two seconds, also while the database
//! is away.

use std::time::Duration;

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::Days;
use serde::Serialize;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::domain::ids::UserId;
use crate::domain::instant::{Instant, Span};
use crate::domain::office::{Holder, Office};
use crate::domain::routing::Routes;
use crate::rules::source::SourceDefinition;
use crate::store::{FaultRow, SourceRow, Store, StoreError};
use crate::time::Stopwatch;

use super::address::is_local;
use super::problem::Problem;
use super::state::App;

/// How long the database may take to write a row.
const WRITTEN_WITHIN: Duration = Duration::from_millis(1_200);
/// How long it may take to be read.
const READ_WITHIN: Duration = Duration::from_millis(600);
/// What was found out so lately is not tried again: whoever asks all the time writes no more often.
const TRIED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A timer that is so late is an alarm.
const LATE_MAX: Span = Span::from_secs(10);

/// Delivery faults looked at; the number of each channel is not told beyond.
const FAULTS_MAX: i64 = 1_000;
/// Streams that can't be settled and are named.
const STUCK_MAX: i64 = 20;

/// What a source's health can be.
const HEALTHS: [&str; 9] = ["new", "ok", "failing", "wall", "empty", "textless", "fields", "frozen", "stale"];
/// Blind spots that are named.
const BLIND_NAMED_MAX: usize = 5;
/// Where it is kept whom the owners of sites can turn to.
pub const CONTACT: &str = "collect.contact";

/// So long before it begins a year needs its calendar: the State Council announces it in November.
const CALENDAR_AHEAD: Days = Days::new(60);

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses((status = 200, description = "ok", body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it can work, and whether the clocks are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`, or `alarm`: it answers, but an alarm is raised.
    status: &'static str,
    /// Age of the oldest timer that should have fired.
    oldest_unfired_timer_seconds: f64,
    /// What is wrong, in words.
    alarms: Vec<String>,
    /// What is not set up as the rules need it, in words. It raises no alarm.
    warnings: Vec<String>,
}

/// Whether the database can be written, tried not more often than it helps.
#[derive(Debug, Default)]
pub struct Writable(Mutex<Option<(Stopwatch, Result<(), &'static str>)>>);

impl Writable {
    /// Writes a row, or remembers how that went a moment ago. A database that is busy with others' transactions is no
    /// broken one.
    async fn check(&self, store: &Store) -> Result<(), &'static str> {
        let before = store.commit_count();
        let tried = tokio::time::timeout(WRITTEN_WITHIN, async {
            let mut last = self.0.lock().await;
            if let Some((since, outcome)) = &*last
                && since.elapsed() < TRIED_AGAIN_AFTER
            {
                return *outcome;
            }
            let outcome = store.try_write().await.map_err(|error| {
                tracing::error!(%error, "the database can't be written");
                error.in_short()
            });
            *last = Some((Stopwatch::start(), outcome));
            outcome
        });
        match tried.await {
            Ok(outcome) => outcome,
            Err(_) if store.commit_count() != before => Ok(()),
            Err(_) => Err("数据库没有及时应答"),
        }
    }
}

/// The database can be written, and the rules are there; what is wrong besides is said.
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()), responses((status = 200, description = "ready", body = Readiness)))]
pub async fn readyz(State(app): State<App>) -> Result<Json<Readiness>, Problem> {
    let unavailable = |why: &str| Problem::unavailable(format!("{why}，请查看服务日志")).retry_after_s(5);
    app.writable.check(&app.store).await.map_err(unavailable)?;
    let rules = app.rules.load_full();
    if rules.office.policies.is_empty() {
        return Err(Problem::unavailable("没有可用的时限政策，请运行 huiying rules check"));
    }
    let read = async {
        let (late, faults) = (oldest_unfired(&app).await?, app.store.faults(FAULTS_MAX).await?);
        let (sources, contact) = (app.store.sources().await?, app.store.meta(CONTACT).await?);
        let (stuck, in_use) = (app.store.stuck(STUCK_MAX).await?, app.store.users_in_use().await?);
        Ok::<_, StoreError>((late, faults, stuck, sources, contact, in_use))
    };
    let read = tokio::time::timeout(READ_WITHIN, read).await;
    let (late, faults, stuck, sources, contact, in_use) =
        read.map_err(|_| unavailable("数据库没有及时应答"))?.map_err(|error| unavailable(error.in_short()))?;
    let mut alarms = Vec::new();
    if let Some(jump) = app.clock.jump() {
        alarms.push(format!("{jump}；时限触发已暂停"));
    }
    if late > LATE_MAX {
        alarms.push(format!("时限触发滞后 {} 秒", late.ms() / 1000));
    }
    // Why a stream can't be settled may quote its record: that is for the log and the operators, not for whoever asks here.
    for stuck in stuck {
        alarms.push(format!("{} 的时限自 {} 起无法推进，已试 {} 次", stuck.stream, stuck.since, stuck.tries));
    }
    let status = if alarms.is_empty() { "ready" } else { "alarm" };
    let mut warnings = warnings(&rules.office, app.acts.routes(), app.clock.now());
    warnings.extend(without_account(&rules.office, &in_use));
    if let Some(files) = &app.rule_files {
        let wrong = files.live().wrong();
        let named = wrong.first().map(|error| format!("{} 第 {} 行", error.file, error.line));
        warnings
            .extend(named.map(|first| format!("规则文件有误（{first} 等 {} 处），仍按改动前的规则办理", wrong.len())));
    }
    warnings.extend(refused(&faults));
    warnings.extend(blind_spots(&rules.sources, &sources));
    if contact.is_none() && rules.sources.iter().any(|source| source.enabled && source.kind.is_fetched()) {
        warnings.push("没有写明采集联系方式（collect.contact），网站方无从联系本单位".to_owned());
    }
    Ok(Json(Readiness { status, oldest_unfired_timer_seconds: late.ms() as f64 / 1000.0, alarms, warnings }))
}

/// Channels that the rosters need and that aren't configured, and years whose holidays aren't known. Names nobody: it is
/// told without a log-in.
fn warnings(office: &Office, routes: &Routes, now: Instant) -> Vec<String> {
    let today = now.date();
    let unreached = routes.unreached(office, today);
    let mut warnings = Vec::new();
    if !unreached.by_mail.is_empty() {
        let count = unreached.by_mail.len();
        warnings.push(format!("没有配置邮件（notify.smtp），值班表中留有邮箱的 {count} 人收不到邮件提醒"));
    }
    if !unreached.at_all.is_empty() {
        let count = unreached.at_all.len();
        warnings.push(format!("值班表中 {count} 人既没有账号，也没有可用的邮件或群机器人，收不到任何提醒"));
    }
    let ahead = today.checked_add_days(CALENDAR_AHEAD).unwrap_or(today);
    warnings.extend(office.calendar.years_without_data(today, ahead).into_iter().map(|year| {
        format!("{year} 年的放假安排尚未载入（rules/calendar/{year}.yaml），按工作日计的时限暂按周末与法定节日推算")
    }));
    warnings
}

/// Holders of rosters whose account is none: what should be told them is told to the next tier. Names nobody.
fn without_account(office: &Office, in_use: &[UserId]) -> Option<String> {
    let lost = |holder: &&Holder| holder.user.as_ref().is_some_and(|user| !in_use.contains(user));
    let count = office.holders().filter(lost).map(|holder| holder.id.as_str()).collect::<BTreeSet<_>>().len();
    (count > 0)
        .then(|| format!("值班表中 {count} 人写了账号，但该账号不存在或已停用，收不到站内通知；请在“值班表”页关联账号"))
}

/// What refuses our notices, by channel. Names no recipient and no address: it is told without a log-in.
fn refused(faults: &[FaultRow]) -> Vec<String> {
    let count = |given_up| {
        let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
        for fault in faults.iter().filter(|fault| fault.given_up == given_up) {
            *channels.entry(fault.channel.as_str()).or_default() += 1;
        }
        channels
    };
    let waiting = count(false).into_keys().map(|channel| {
        format!("渠道 {channel} 拒收我方通知，通知留待再发；原因见告警，请检查发件人、密钥、权限、频率与额度")
    });
    let given_up = count(true).into_iter().map(|(channel, recipients)| {
        format!("渠道 {channel} 发给 {recipients} 个收件人的通知已放弃；请在“投递”页核对地址后重试")
    });
    waiting.chain(given_up).collect()
}

/// Sources that are lost from sight: counts on all pages lack what they would have given. Names ids, no addresses: it is told
/// without a log-in.
fn blind_spots(sources: &[SourceDefinition], rows: &[SourceRow]) -> Option<String> {
    let is_read = |row: &&SourceRow| sources.iter().any(|source| source.enabled && source.id == row.source);
    let blind: Vec<&str> =
        rows.iter().filter(is_read).filter(|row| row.blind_since.is_some()).map(|row| row.source.as_str()).collect();
    let more = if blind.len() > BLIND_NAMED_MAX { " 等" } else { "" };
    let named = blind.iter().take(BLIND_NAMED_MAX).copied().collect::<Vec<_>>().join("、");
    let count = blind.len();
    (count > 0)
        .then(|| format!("信源盲区 {count} 个（{named}{more}），页面上的数字不含其中的信息；原因与办法见“信源”页"))
}

/// Sources by health, each health told, also where there is none.
fn measure_sources(sources: &[SourceDefinition], rows: &[SourceRow]) {
    let mut counts: BTreeMap<&str, u32> = HEALTHS.into_iter().map(|health| (health, 0)).collect();
    let mut blind = 0_u32;
    for source in sources.iter().filter(|source| source.enabled) {
        let row = rows.iter().find(|row| row.source == source.id);
        let health = row.map_or("new", |row| row.health.as_str());
        if let Some(count) = counts.get_mut(health) {
            *count += 1;
        }
        blind += u32::from(row.is_some_and(|row| row.blind_since.is_some()));
    }
    for (health, count) in counts {
        metrics::gauge!("huiying_sources", "health" => health.to_owned()).set(count);
    }
    metrics::gauge!("huiying_sources_blind").set(blind);
}

/// Asked of the database, not of the sweep: a sweep that has died can't hide it. In the wall's time, in a drill too.
async fn oldest_unfired(app: &App) -> Result<Span, StoreError> {
    let now = app.clock.now();
    let late = app.store.next_due().await?.map_or(Span::ZERO, |due| (now - due).max(Span::ZERO));
    Ok(Span::from_ms((late.ms() as f64 / app.clock.speed()) as i64))
}

/// How much there is, and how long the oldest notice has waited.
async fn amounts(app: &App) -> Result<[(&'static str, i64); 5], StoreError> {
    let now = app.clock.now();
    let oldest = app.store.oldest_unsent().await?.map_or(Span::ZERO, |since| (now - since).max(Span::ZERO));
    Ok([
        ("huiying_mentions_pending", app.store.pending_mention_count().await?),
        ("huiying_delivery_oldest_seconds", oldest.ms() / 1000),
        ("huiying_database_bytes", app.store.size_bytes().await?),
        ("huiying_incidents_open", app.store.incident_counts(None, now).await?.active),
        ("huiying_clocks_open", app.store.open_clock_count().await?),
    ])
}

/// Numbers in Prometheus' text format: for whoever has the token of the configuration, and for this machine itself
#[utoipa::path(get, path = "/metrics", tag = "operation", security(()), responses(
    (status = 200, description = "numbers", body = String),
    (status = 403, description = "Not from this machine and without the token", body = crate::web::problem::ProblemDocument, content_type = "application/problem+json"),
))]
pub async fn metrics(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    if !may_see_numbers(&app, &request) {
        return Err(Problem::forbidden(
            "指标只对本机开放；从别处读取请设 web.metrics_token，并以 Authorization: Bearer 发送",
        ));
    }
    let listeners = u32::try_from(app.live.listeners()).unwrap_or(u32::MAX);
    metrics::gauge!("huiying_sse_listeners").set(f64::from(listeners));
    // Numbers are given as far as the database answers in time; whether it does is readyz's to say.
    let of_database = async {
        tokio::join!(
            oldest_unfired(&app),
            app.store.unsent_outbox_count(),
            app.store.failed_outbox_count(),
            app.store.sources(),
            amounts(&app)
        )
    };
    if let Ok((late, waiting, failed, sources, amounts)) = tokio::time::timeout(WRITTEN_WITHIN, of_database).await {
        if let Ok(amounts) = amounts {
            for (name, amount) in amounts {
                metrics::gauge!(name).set(amount as f64);
            }
        }
        if let Ok(late) = late {
            metrics::gauge!("huiying_oldest_unfired_timer_seconds").set(late.ms() as f64 / 1000.0);
        }
        if let Ok(sources) = sources {
            measure_sources(&app.rules.load().sources, &sources);
        }
        if let (Ok(waiting), Ok(failed)) = (waiting, failed) {
            metrics::gauge!("huiying_deliveries_waiting").set(waiting as f64);
            metrics::gauge!("huiying_deliveries_given_up").set(failed as f64);
        }
    }
    let text = app.metrics.render();
    Ok((StatusCode::OK, [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn may_see_numbers(app: &App, request: &Request) -> bool {
    let sent = request.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    match (&app.web.metrics_token, sent) {
        (Some(token), Some(sent)) => bool::from(token.as_bytes().ct_eq(sent)),
        (Some(_), None) => false,
        // Behind a proxy everybody comes from this machine, also where the proxy adds no header.
        (None, _) => !app.web.behind_proxy && is_local(request.headers(), request.extensions()),
    }
}
