//! What the nodes of an office share of their deliveries: each robot's pace, so that two nodes keep its cap together; and
//! what refuses us (投递故障), so that the operator is alarmed once, by whichever node met it, and told when it is over.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Deliverer;
use crate::domain::instant::Instant;
use crate::engine::tell::{operators, rows_to};
use crate::notify::{Cap, ChannelError, Content, Pace, Paces};
use crate::store::{FaultRow, Store, StoreError, Tx};

/// The paces of robots as rows of the database.
pub struct StorePaces {
    store: Store,
}

impl StorePaces {
    /// Over a store.
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Reads a pace, lets it be changed, writes it: under the row's lock.
    async fn with<T: Send>(&self, robot: &str, change: impl FnOnce(&mut Pace) -> T + Send) -> Result<T, StoreError> {
        let mut tx = self.store.write().await?;
        let (made, paused_until) = tx.robot_pace(robot).await?;
        // A row that can't be read says of no call that it was made; the other side will.
        let made: Vec<i64> = serde_json::from_str(&made).unwrap_or_default();
        let mut pace = Pace { made: made.into_iter().map(Instant::from_ms).collect(), paused_until };
        let outcome = change(&mut pace);
        let made: Vec<i64> = pace.made.iter().map(|at| at.ms()).collect();
        let made = serde_json::to_string(&made).unwrap_or_default();
        tx.put_robot_pace(robot, &made, pace.paused_until).await?;
        tx.commit().await?;
        Ok(outcome)
    }
}

#[async_trait]
impl Paces for StorePaces {
    async fn take(&self, robot: &str, caps: &[Cap], now: Instant) -> Result<Result<(), Instant>, ChannelError> {
        let taken = self.with(robot, |pace| pace.take(caps, now)).await;
        taken.map_err(|error| ChannelError::Later(format!("机器人的限速记录读不出：{error}")))
    }

    async fn pause(&self, robot: &str, until: Instant) {
        if let Err(error) = self.with(robot, |pace| pace.pause(until)).await {
            tracing::warn!(%error, robot, "a robot's pause can't be written down; it will say so again");
        }
    }
}

/// What a batch met, collected first, so that two nodes write it in the same order.
#[derive(Default)]
pub(super) struct Met {
    /// What refused us, or was given up.
    raised: BTreeMap<String, FaultRow>,
    /// What accepted something.
    accepted: BTreeMap<String, bool>,
}

impl Met {
    /// A channel or one robot of it took a message for a recipient.
    pub fn accepted(&mut self, channel: &str, subject: &str, recipient: &str) {
        for subject in [subject.to_owned(), of(channel, recipient)] {
            self.raised.remove(&subject);
            self.accepted.insert(subject, true);
        }
    }

    /// It refuses us; the notice waits.
    pub fn refused(&mut self, channel: &str, subject: &str, why: &str, since: Instant) {
        self.raise(subject.to_owned(), channel, false, why, since);
    }

    /// A notice to a recipient was given up.
    pub fn given_up(&mut self, channel: &str, recipient: &str, why: &str, since: Instant) {
        self.raise(of(channel, recipient), channel, true, why, since);
    }

    fn raise(&mut self, subject: String, channel: &str, given_up: bool, why: &str, since: Instant) {
        // What accepted something in the same batch works.
        if self.accepted.contains_key(&subject) {
            return;
        }
        let (channel, why) = (channel.to_owned(), why.to_owned());
        self.raised.entry(subject.clone()).or_insert(FaultRow { subject, channel, given_up, why, since });
    }
}

/// A recipient on a channel.
fn of(channel: &str, recipient: &str) -> String {
    format!("{channel}/@{recipient}")
}

impl Deliverer {
    /// Raises what is new and ends what is over; tells the operators of both, in the transaction that settles the notices.
    pub(super) async fn alarm(&self, tx: &mut Tx, channel: &str, met: Met, now: Instant) -> Result<(), StoreError> {
        let standing = tx.faults_of(channel).await?;
        let mut told = Vec::new();
        for fault in standing.iter().filter(|fault| met.accepted.contains_key(&fault.subject)) {
            if tx.end_fault(&fault.subject).await? {
                tracing::info!(alarm = "delivery", subject = %fault.subject, "a delivery works again");
                told.push((&fault.subject, format!("告警解除：{} 已恢复送达", shown(fault))));
            }
        }
        for fault in met.raised.values() {
            if standing.iter().all(|known| known.subject != fault.subject) && tx.raise_fault(fault).await? {
                tracing::error!(alarm = "delivery", subject = %fault.subject, why = %fault.why, "a delivery is refused");
                let text = if fault.given_up {
                    format!("告警：{} 的通知已放弃：{}；请核对其地址，改正后在“投递”页重试", shown(fault), fault.why)
                } else {
                    format!(
                        "告警：{} 拒收，通知留待再发：{}；请检查发件人、密钥、权限、频率与额度",
                        shown(fault),
                        fault.why
                    )
                };
                told.push((&fault.subject, text));
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        let rules = self.rules.load_full();
        let recipients = operators(&self.store, &rules.office, now).await?;
        for (subject, text) in told {
            let content = Content { incident: None, kind: "alarm".to_owned(), text, at: now, by: None };
            let key = format!("delivery/{subject}/{}", now.ms());
            for to in &recipients {
                tx.put_outbox(&rows_to(&rules.office, &self.routes, &key, to, &content)).await?;
            }
        }
        Ok(())
    }
}

/// What a fault is about, in words.
fn shown(fault: &FaultRow) -> String {
    match fault.subject.split_once("/@") {
        Some((channel, recipient)) => format!("渠道 {channel} 发给 {recipient}"),
        None => format!("渠道 {}", fault.subject),
    }
}
