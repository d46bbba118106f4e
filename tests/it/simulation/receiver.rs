//! Who receives the notices: keeps what it accepted, is busy at times, and at times answers so late that another node has
//! the same rows in hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use huiying::domain::instant::{Instant, Span};
use huiying::domain::routing::WEBHOOK;
use huiying::engine::Engine;
use huiying::notify::{Channel, ChannelError, Content, Message};
use parking_lot::Mutex;

use super::time::Hands;

/// Messages that it takes at a time.
const BATCH: usize = 10;
/// Longer than a lease.
const OVERDUE: Span = Span::from_secs(40);

/// How it takes the next batch.
pub enum Mood {
    /// Accepts every second message, and has no time for the others.
    Busy,
    /// Accepts, and answers when the lease is over: the other node has delivered the same meanwhile.
    Late(Box<Engine>, Arc<Hands>),
}

/// What it accepted of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub recipient: String,
    pub content: Content,
    /// How often.
    pub times: usize,
    /// How often more than once may be: whoever delivered it died before marking it, or was overtaken.
    pub excused: usize,
    /// Another content came under the same key.
    pub differs: bool,
}

#[derive(Default)]
struct Ledger {
    by_key: BTreeMap<String, Accepted>,
    /// Keys accepted since the last [`Receiver::begin`].
    in_hand: Vec<String>,
}

/// The receiver. It outlives every process.
#[derive(Default)]
pub struct Receiver {
    ledger: Mutex<Ledger>,
    mood: Mutex<Option<Mood>>,
}

impl Receiver {
    pub fn be(&self, mood: Mood) {
        *self.mood.lock() = Some(mood);
    }

    /// Takes the next batch as always.
    pub fn calm_down(&self) {
        *self.mood.lock() = None;
    }

    /// A process begins to deliver.
    pub fn begin(&self) {
        self.ledger.lock().in_hand.clear();
    }

    /// It died: what it delivered may come again.
    pub fn excuse(&self) {
        let ledger = &mut *self.ledger.lock();
        for key in ledger.in_hand.drain(..) {
            if let Some(accepted) = ledger.by_key.get_mut(&key) {
                accepted.excused += 1;
            }
        }
    }

    pub fn accepted(&self) -> BTreeMap<String, Accepted> {
        self.ledger.lock().by_key.clone()
    }

    fn accept(&self, message: &Message) {
        let ledger = &mut *self.ledger.lock();
        let new = Accepted {
            recipient: message.recipient.clone(),
            content: message.content.clone(),
            times: 0,
            excused: 0,
            differs: false,
        };
        let known = ledger.by_key.entry(message.key.clone()).or_insert(new);
        known.times += 1;
        known.differs |= known.recipient != message.recipient || known.content != message.content;
        ledger.in_hand.push(message.key.clone());
    }
}

/// The channel of every process to the one receiver.
pub struct Line(pub Arc<Receiver>);

#[async_trait]
impl Channel for Line {
    fn id(&self) -> &'static str {
        WEBHOOK
    }

    fn batch_max(&self) -> usize {
        BATCH
    }

    async fn deliver(&self, messages: &[Message], _now: Instant) -> Vec<Result<(), ChannelError>> {
        let mood = self.0.mood.lock().take();
        let busy = matches!(mood, Some(Mood::Busy));
        let mut answers = Vec::with_capacity(messages.len());
        for (n, message) in messages.iter().enumerate() {
            if busy && n % 2 == 1 {
                answers.push(Err(ChannelError::Later("忙".to_owned())));
            } else {
                self.0.accept(message);
                answers.push(Ok(()));
            }
        }
        if let Some(Mood::Late(other, hands)) = mood {
            self.0.excuse();
            hands.pass(OVERDUE);
            other.deliver_by(WEBHOOK, hands.shown()).await.expect("the other node delivers");
        }
        answers
    }
}
