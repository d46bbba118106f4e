//! Delivery (投递): takes what is due out of the outbox, gives it to its channel, and marks as sent only what the channel
//! accepted. At least once: whoever dies between the two tells it again, under the same key.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::instant::{Instant, Span};
use crate::notify::{Channel, ChannelError, Content, InApp, Inbox, Message};
use crate::store::{NewNotification, OutboxRow, Store, StoreError};

/// Rows claimed at a time.
const BATCH_ROWS: i64 = 200;
/// Batches of one run; the next run goes on.
const BATCHES_MAX: u32 = 50;
/// Whoever claimed a row and has not answered after this time has lost it.
const LEASE: Span = Span::from_secs(60);
/// Wait after the first failure; doubled with each further one.
const RETRY_FIRST: Span = Span::from_secs(5);
/// Longest wait between two attempts.
const RETRY_LAST: Span = Span::from_hours(1);

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
    pub failed: u64,
}

/// Empties the outbox.
#[derive(Clone, Debug)]
pub struct Deliverer {
    store: Store,
    channels: Channels,
    /// How fast the clock of `now` runs: leases and waits are meant in the wall's time, also in a drill.
    speed: f64,
}

impl Deliverer {
    /// Over a store, by these channels, with a clock of that speed.
    pub fn new(store: Store, channels: Channels, speed: f64) -> Self {
        Self { store, channels, speed: speed.max(1.0) }
    }

    /// Delivers what is due. Run again when the outbox grows, and when a wait has passed ([`Store::next_outbox`]).
    pub async fn run(&self, now: Instant) -> Result<Delivered, StoreError> {
        let mut delivered = Delivered::default();
        for _ in 0..BATCHES_MAX {
            let mut tx = self.store.write().await?;
            let rows = tx.claim_outbox(now, now + self.scaled(LEASE), BATCH_ROWS).await?;
            tx.commit().await?;
            if rows.is_empty() {
                break;
            }
            tracing::trace!(target: "huiying::step", "claimed");
            let outcome = self.send(rows).await;
            tracing::trace!(target: "huiying::step", "told");
            self.settle(outcome, now, &mut delivered).await?;
        }
        Ok(delivered)
    }

    /// Each row with what its channel said.
    async fn send(&self, rows: Vec<OutboxRow>) -> Vec<(OutboxRow, Result<(), ChannelError>)> {
        let mut outcome = Vec::with_capacity(rows.len());
        let mut by_channel: BTreeMap<String, Vec<(OutboxRow, Message)>> = BTreeMap::new();
        for row in rows {
            match message(&row) {
                Ok(message) => by_channel.entry(row.channel.clone()).or_default().push((row, message)),
                Err(error) => outcome.push((row, Err(error))),
            }
        }
        for (id, group) in by_channel {
            let (rows, messages): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            let mut answers = match self.channels.by_id.get(id.as_str()) {
                Some(channel) => channel.deliver(&messages).await,
                None => vec![Err(unconfigured(&id)); messages.len()],
            };
            // A channel that forgets to answer has not accepted.
            answers.resize(rows.len(), Err(ChannelError("渠道没有回答".to_owned())));
            outcome.extend(rows.into_iter().zip(answers));
        }
        outcome
    }

    async fn settle(
        &self,
        outcome: Vec<(OutboxRow, Result<(), ChannelError>)>,
        now: Instant,
        delivered: &mut Delivered,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        for (row, answer) in outcome {
            let told = if answer.is_ok() { "sent" } else { "failed" };
            metrics::counter!("huiying_deliveries_total", "channel" => row.channel.clone(), "outcome" => told)
                .increment(1);
            match answer {
                Ok(()) => {
                    tx.outbox_sent(row.id, now).await?;
                    delivered.sent += 1;
                }
                Err(error) => {
                    tracing::error!(key = %row.key, channel = %row.channel, attempts = row.attempts, %error, "not delivered");
                    let next = now + self.scaled(wait(row.attempts));
                    tx.outbox_failed(row.id, &error.to_string(), next).await?;
                    delivered.failed += 1;
                }
            }
        }
        tx.commit().await
    }

    fn scaled(&self, span: Span) -> Span {
        Span::from_ms((span.ms() as f64 * self.speed) as i64)
    }
}

fn message(row: &OutboxRow) -> Result<Message, ChannelError> {
    let content: Content =
        serde_json::from_str(&row.payload).map_err(|error| ChannelError(format!("内容读不出：{error}")))?;
    Ok(Message { key: row.key.clone(), recipient: row.recipient.clone(), content })
}

fn unconfigured(channel: &str) -> ChannelError {
    ChannelError(format!("渠道“{channel}”没有配置，通知留在发件箱；配置后会自动补发"))
}

/// After so many attempts.
fn wait(attempts: i64) -> Span {
    let doublings = u32::try_from(attempts.clamp(1, 32) - 1).unwrap_or(0);
    let ms = RETRY_FIRST.ms().saturating_mul(1_i64.checked_shl(doublings).unwrap_or(i64::MAX));
    Span::from_ms(ms).min(RETRY_LAST)
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
            };
            tx.put_notification(&row).await?;
        }
        tx.commit().await
    }
}

#[async_trait]
impl Inbox for StoreInbox {
    async fn put(&self, messages: &[Message]) -> Result<(), ChannelError> {
        self.write(messages).await.map_err(|error| ChannelError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NewOutbox, StoreOptions};

    const NOW: Instant = Instant::from_ms(1_780_000_000_000);

    /// Accepts nothing for its first calls.
    struct Moody {
        refusals: std::sync::atomic::AtomicU32,
    }

    #[async_trait]
    impl Channel for Moody {
        fn id(&self) -> &'static str {
            "moody"
        }
        async fn deliver(&self, messages: &[Message]) -> Vec<Result<(), ChannelError>> {
            use std::sync::atomic::Ordering;
            let left = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            vec![if left.is_ok() { Err(ChannelError("忙".into())) } else { Ok(()) }; messages.len()]
        }
    }

    async fn store(dir: &tempfile::TempDir) -> Store {
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("test.db"))).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    async fn put(store: &Store, key: &str, channel: &str, payload: &str) {
        let mut tx = store.write().await.unwrap();
        let row = NewOutbox {
            key: key.into(),
            stream: "incident/1".into(),
            channel: channel.into(),
            recipient: "ecology".into(),
            payload: payload.into(),
            created_at: NOW,
            send_at: NOW,
        };
        tx.put_outbox(&row).await.unwrap();
        tx.commit().await.unwrap();
    }

    const PAYLOAD: &str = r#"{"incident":"1","kind":"assigned","text":"交办","at":"2026-05-11T10:00:00+08:00"}"#;

    #[tokio::test]
    async fn what_is_due_arrives_once_and_is_marked() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        for key in ["a", "b"] {
            put(&store, key, "in_app", PAYLOAD).await;
        }
        let deliverer = Deliverer::new(store.clone(), Channels::in_app(&store), 1.0);
        assert_eq!(deliverer.run(NOW).await.unwrap(), Delivered { sent: 2, failed: 0 });
        assert_eq!(deliverer.run(NOW).await.unwrap(), Delivered::default());
        let told = store.notifications(&["ecology"], false, None, 10).await.unwrap();
        assert_eq!((told.len(), told[0].text.as_str()), (2, "交办"));
        assert_eq!(store.unsent_outbox_count().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn who_dies_between_telling_and_marking_tells_again_but_it_shows_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        put(&store, "a", "in_app", PAYLOAD).await;
        let deliverer = Deliverer::new(store.clone(), Channels::in_app(&store), 1.0);
        let mut tx = store.write().await.unwrap();
        let rows = tx.claim_outbox(NOW, NOW + LEASE, 10).await.unwrap();
        tx.commit().await.unwrap();
        // Told, and dead before it was marked.
        deliverer.send(rows).await;
        assert_eq!(deliverer.run(NOW).await.unwrap(), Delivered::default(), "the dead one's lease still runs");
        assert_eq!(deliverer.run(NOW + LEASE).await.unwrap(), Delivered { sent: 1, failed: 0 });
        assert_eq!(store.notifications(&["ecology"], false, None, 10).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_channel_that_is_not_configured_is_told_loudly_and_its_messages_wait() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        put(&store, "a", "pigeon", PAYLOAD).await;
        put(&store, "b", "in_app", "no json").await;
        let deliverer = Deliverer::new(store.clone(), Channels::in_app(&store), 1.0);
        assert_eq!(deliverer.run(NOW).await.unwrap(), Delivered { sent: 0, failed: 2 });
        let rows = store.unsent_outbox(0, 10).await.unwrap();
        assert!(rows[0].error.as_ref().unwrap().contains("pigeon"), "{rows:?}");
        assert!(rows[1].error.as_ref().unwrap().contains("读不出"), "{rows:?}");
    }

    #[tokio::test]
    async fn a_refusal_is_tried_again_later_and_later() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).await;
        put(&store, "a", "moody", PAYLOAD).await;
        let moody = Moody { refusals: 2.into() };
        let channels = Channels::in_app(&store).with(Arc::new(moody));
        let deliverer = Deliverer::new(store.clone(), channels, 1.0);
        let failed = Delivered { sent: 0, failed: 1 };
        assert_eq!(deliverer.run(NOW).await.unwrap(), failed);
        assert_eq!(deliverer.run(NOW + Span::from_secs(4)).await.unwrap(), Delivered::default());
        assert_eq!(deliverer.run(NOW + Span::from_secs(5)).await.unwrap(), failed);
        assert_eq!(store.next_outbox().await.unwrap(), Some(NOW + Span::from_secs(15)));
        assert_eq!(deliverer.run(NOW + Span::from_secs(15)).await.unwrap(), Delivered { sent: 1, failed: 0 });
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!(wait(1), Span::from_secs(5));
        assert_eq!(wait(3), Span::from_secs(20));
        assert_eq!(wait(12), Span::from_hours(1));
        assert_eq!(wait(i64::MAX), Span::from_hours(1));
    }
}
