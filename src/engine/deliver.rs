//! Delivery (投递): takes what is due out of the outbox, gives it to its channel, and marks as sent only what the channel
//! accepted. At least once: whoever dies between the two tells it again, under the same key.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;

use crate::acts::SharedRules;
use crate::domain::digest::DigestTimes;
use crate::domain::instant::{Instant, Span};
use crate::domain::routing::{IN_APP, Routes, addressee};
use crate::notify::{Channel, ChannelError, Content, DIGEST, InApp, Inbox, Message};
use crate::store::{NewNotification, OutboxRow, Store, StoreError};
use crate::time::Stopwatch;

mod shared;

use shared::Met;
pub use shared::StorePaces;

/// Rows claimed at a time for a channel that is not configured.
const BATCH_ROWS: usize = 200;
/// Batches of one run in-app; the next run goes on. Of other channels a run does one: the time passes while it does.
const BATCHES_MAX: u32 = 50;
/// Whoever claimed a row and has not been heard of for so long is dead: another takes it over. Renewed while a channel works.
const LEASE: Span = Span::from_secs(30);
/// Between two renewals.
const RENEW_EVERY: Duration = Duration::from_secs(10);
/// Wait after the first failure; doubled with each further one.
const RETRY_FIRST: Span = Span::from_secs(5);
/// Longest wait between two attempts.
const RETRY_LAST: Span = Span::from_hours(1);
/// Waits are shorter by up to this much, so that what failed together does not come back together.
const JITTER_PERCENT: i64 = 20;
/// After so many attempts (some 30 hours) a row is given up. In-app never is: its channel is this database.
const ATTEMPTS_MAX: i64 = 42;

/// The channels of an installation, by id.
#[derive(Clone, Default)]
pub struct Channels {
    by_id: BTreeMap<&'static str, Arc<dyn Channel>>,
}

impl Channels {
    /// In-app alone: what is always there.
    pub fn in_app(store: &Store) -> Self {
        Self::default().with(Arc::new(InApp::new(Arc::new(StoreInbox { store: store.clone() }))))
    }

    /// With another one.
    pub fn with(mut self, channel: Arc<dyn Channel>) -> Self {
        self.by_id.insert(channel.id(), channel);
        self
    }

    /// The one of that id.
    pub fn get(&self, id: &str) -> Option<&Arc<dyn Channel>> {
        self.by_id.get(id)
    }
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_id.keys()).finish()
    }
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Accepted by their channel.
    pub sent: u64,
    /// To be tried again.
    pub retried: u64,
    /// Held back by a cap on the rate.
    pub postponed: u64,
    /// Given up.
    pub failed: u64,
}

impl Delivered {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.retried += other.retried;
        self.postponed += other.postponed;
        self.failed += other.failed;
    }
}

/// What becomes of a row.
enum Fate {
    Sent,
    Retried(Instant, String),
    Postponed(Instant, String),
    Failed(String),
}

/// Empties the outbox.
#[derive(Clone)]
pub struct Deliverer {
    store: Store,
    rules: SharedRules,
    channels: Channels,
    /// How fast the clock of `now` runs: leases and waits are meant in the wall's time, also in a drill.
    speed: f64,
    renew_every: Duration,
    /// Whose quiet hours hold digests back.
    times: DigestTimes,
    /// How operators are told of what refuses us.
    routes: Arc<Routes>,
}

/// A row with what its channel said, and what of the channel said it.
struct Said {
    row: OutboxRow,
    subject: String,
    answer: Result<(), ChannelError>,
}

impl Deliverer {
    /// One of its channels.
    pub fn channel(&self, id: &str) -> Option<Arc<dyn Channel>> {
        self.channels.get(id).cloned()
    }

    /// Over a store, by these channels, with a clock of that speed.
    pub fn new(store: Store, rules: SharedRules, channels: Channels, speed: f64) -> Self {
        Self {
            store,
            rules,
            channels,
            speed: speed.max(1.0),
            renew_every: RENEW_EVERY,
            times: DigestTimes::default(),
            routes: Arc::default(),
        }
    }

    /// By other channels, all else alike.
    pub fn by(self, channels: Channels) -> Self {
        Self { channels, ..self }
    }

    /// Telling the operators by these ways.
    pub fn telling(self, routes: Routes) -> Self {
        Self { routes: Arc::new(routes), ..self }
    }

    /// With quiet hours.
    pub fn quiet(self, times: DigestTimes) -> Self {
        Self { times, ..self }
    }

    /// Delivers what is due by all channels, side by side. Run again when the outbox grows, and when a wait has passed
    /// ([`Store::next_outbox_by_channel`]).
    pub async fn run(&self, now: Instant) -> Result<Delivered, StoreError> {
        let due = self.store.next_outbox_by_channel().await?.into_iter().filter(|(_, at)| *at <= now);
        let mut delivered = Delivered::default();
        for done in join_all(due.map(|(channel, _)| async move { self.run_channel(&channel, now).await })).await {
            delivered.add(done?);
        }
        Ok(delivered)
    }

    /// Delivers what is due by one channel.
    pub async fn run_channel(&self, channel: &str, now: Instant) -> Result<Delivered, StoreError> {
        let batches = if channel == IN_APP { BATCHES_MAX } else { 1 };
        let batch = self.channels.get(channel).map_or(BATCH_ROWS, |channel| channel.batch_max());
        let mut delivered = Delivered::default();
        for _ in 0..batches {
            let mut tx = self.store.write().await?;
            let limit = i64::try_from(batch).unwrap_or(i64::MAX);
            let rows = tx.claim_outbox(channel, now, now + self.scaled(LEASE), limit).await?;
            tx.commit().await?;
            let last = rows.len() < batch;
            if !rows.is_empty() {
                tracing::trace!(target: "huiying::step", "claimed");
                let ids = rows.iter().map(|row| row.id).collect();
                let outcome = tokio::select! {
                    outcome = self.send(channel, rows, now) => outcome,
                    never = self.keep(ids, now) => match never {},
                };
                tracing::trace!(target: "huiying::step", "told");
                delivered.add(self.settle(channel, outcome, now).await?);
            }
            if last {
                break;
            }
        }
        Ok(delivered)
    }

    /// Renews the lease of rows that a channel works on, for as long as it is asked.
    async fn keep(&self, ids: Vec<i64>, now: Instant) -> Infallible {
        let since = Stopwatch::start();
        let mut tick = tokio::time::interval(self.renew_every);
        tick.tick().await;
        loop {
            tick.tick().await;
            let passed = Span::from_ms(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX));
            if let Err(error) = self.renew(&ids, now + self.scaled(passed) + self.scaled(LEASE)).await {
                tracing::warn!(%error, "a lease can't be renewed; another node may tell the same again, under the same key");
            }
        }
    }

    async fn renew(&self, ids: &[i64], until: Instant) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        for id in ids {
            tx.renew_outbox(*id, until).await?;
        }
        tx.commit().await
    }

    /// Each row with what its channel said.
    async fn send(&self, channel: &str, rows: Vec<OutboxRow>, now: Instant) -> Vec<Said> {
        let mut outcome = Vec::with_capacity(rows.len());
        let mut readable = Vec::with_capacity(rows.len());
        let early = |row, error| Said { row, subject: channel.to_owned(), answer: Err(error) };
        for row in rows {
            match self.message(&row) {
                Ok(message) if message.content.kind == DIGEST && self.times.send_at(now) > now => {
                    let why = "免打扰时段，过后发送".to_owned();
                    outcome.push(early(row, ChannelError::NotBefore { why, at: self.times.send_at(now) }));
                }
                Ok(message) => readable.push((row, message)),
                Err(error) => outcome.push(early(row, error)),
            }
        }
        if readable.is_empty() {
            return outcome;
        }
        let (rows, messages): (Vec<_>, Vec<_>) = readable.into_iter().unzip();
        let found = self.channels.get(channel);
        let mut answers = match found {
            Some(channel) => channel.deliver(&messages, now).await,
            None => vec![Err(unconfigured(channel)); messages.len()],
        };
        // A channel that forgets to answer has not accepted.
        answers.resize(rows.len(), Err(ChannelError::Later("渠道没有回答".to_owned())));
        let subject = |message: &Message| found.map_or_else(|| channel.to_owned(), |found| found.subject(message));
        let said = rows.into_iter().zip(&messages).zip(answers);
        outcome.extend(said.map(|((row, message), answer)| Said { row, subject: subject(message), answer }));
        outcome
    }

    async fn settle(&self, channel: &str, outcome: Vec<Said>, now: Instant) -> Result<Delivered, StoreError> {
        let mut delivered = Delivered::default();
        let mut met = Met::default();
        let mut tx = self.store.write().await?;
        for Said { row, subject, answer } in outcome {
            if let Err(ChannelError::Refused(why)) = &answer {
                met.refused(channel, &subject, why, now);
            }
            let (count, told) = match self.fate(&row, answer, now) {
                Fate::Sent => {
                    met.accepted(channel, &subject, &row.recipient);
                    tx.outbox_sent(row.id, now).await?;
                    (&mut delivered.sent, "sent")
                }
                Fate::Retried(at, error) => {
                    tracing::warn!(key = %row.key, channel = %row.channel, attempts = row.attempts, %error, "not delivered");
                    tx.outbox_retried(row.id, &error, at).await?;
                    (&mut delivered.retried, "retried")
                }
                Fate::Postponed(at, why) => {
                    tx.outbox_postponed(row.id, &why, at).await?;
                    (&mut delivered.postponed, "postponed")
                }
                Fate::Failed(error) => {
                    tracing::error!(key = %row.key, channel = %row.channel, attempts = row.attempts, %error, "given up");
                    met.given_up(channel, &row.recipient, &error, now);
                    tx.outbox_failed(row.id, &error, now).await?;
                    (&mut delivered.failed, "failed")
                }
            };
            *count += 1;
            metrics::counter!("huiying_deliveries_total", "channel" => row.channel, "outcome" => told).increment(1);
        }
        self.alarm(&mut tx, channel, met, now).await?;
        tx.commit().await?;
        Ok(delivered)
    }

    fn fate(&self, row: &OutboxRow, answer: Result<(), ChannelError>, now: Instant) -> Fate {
        let last = row.attempts >= ATTEMPTS_MAX && row.channel != IN_APP;
        match answer {
            Ok(()) => Fate::Sent,
            Err(ChannelError::NotBefore { why, at }) => Fate::Postponed(at, why),
            Err(ChannelError::Never(error)) => Fate::Failed(error),
            Err(ChannelError::Later(error) | ChannelError::Refused(error)) if last => {
                Fate::Failed(format!("已尝试 {} 次：{error}", row.attempts))
            }
            Err(ChannelError::Later(error) | ChannelError::Refused(error)) => {
                Fate::Retried(now + self.scaled(wait(row.attempts, &row.key)), error)
            }
        }
    }

    fn message(&self, row: &OutboxRow) -> Result<Message, ChannelError> {
        let content: Content =
            serde_json::from_str(&row.payload).map_err(|error| ChannelError::Never(format!("内容读不出：{error}")))?;
        let to = addressee(&self.rules.load().office, &row.recipient);
        Ok(Message { key: row.key.clone(), recipient: row.recipient.clone(), to, content })
    }

    fn scaled(&self, span: Span) -> Span {
        Span::from_ms((span.ms() as f64 * self.speed) as i64)
    }
}

fn unconfigured(channel: &str) -> ChannelError {
    ChannelError::Refused(format!("渠道“{channel}”没有配置，通知留在发件箱；配置并重启后自动补发"))
}

/// After so many attempts. The jitter hangs on the key alone, so that a run can be repeated.
fn wait(attempts: i64, key: &str) -> Span {
    let doublings = u32::try_from(attempts.clamp(1, 32) - 1).unwrap_or(0);
    let ms = RETRY_FIRST.ms().saturating_mul(1_i64.checked_shl(doublings).unwrap_or(i64::MAX));
    let whole = Span::from_ms(ms).min(RETRY_LAST);
    // FNV-1a.
    let hash = key
        .bytes()
        .chain(attempts.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let less = i64::try_from((hash >> 32) % 1_000).unwrap_or(0) * JITTER_PERCENT;
    Span::from_ms(whole.ms() - whole.ms().saturating_mul(less) / 100_000)
}

/// In-app messages are rows.
struct StoreInbox {
    store: Store,
}

impl StoreInbox {
    async fn write(&self, messages: &[Message]) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        for message in messages {
            let content = message.content.clone();
            let row = NewNotification {
                key: message.key.clone(),
                recipient: message.recipient.clone(),
                incident: content.incident,
                kind: content.kind,
                text: content.text,
                created_at: content.at,
                caused_by: content.by,
            };
            tx.put_notification(&row).await?;
        }
        tx.commit().await
    }
}

#[async_trait]
impl Inbox for StoreInbox {
    async fn put(&self, messages: &[Message]) -> Result<(), ChannelError> {
        self.write(messages).await.map_err(|error| ChannelError::Later(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
