//! Notices on their way: delivered by anyone, at any time, and at the end all.

use std::collections::BTreeSet;

use huiying::domain::routing::{IN_APP, WEBHOOK};
use huiying::store::Store;
use rand::RngExt;

use super::super::fate::{Fate, under};
use super::super::receiver::Mood;
use super::super::record::Outcome;
use super::World;

impl World {
    /// Some process delivers what is due by both channels.
    pub(super) async fn deliver(&mut self, fate: Fate) {
        let n = self.any_node();
        if matches!(fate, Fate::Spared) {
            let mood = self.random.random_range(0..10);
            if mood < 3 {
                self.receiver.be(Mood::Busy);
                self.saw("receiver busy");
            } else if mood < 5 && self.nodes.len() > 1 {
                let other = self.nodes[1 - n].engine.clone();
                self.receiver.be(Mood::Late(Box::new(other), self.hands.clone()));
                self.saw("two had the same in hand");
            }
        }
        self.receiver.begin();
        let engine = self.nodes[n].engine.clone();
        let hands = self.hands.clone();
        let work = async {
            engine.deliver_by(IN_APP, hands.shown()).await.expect("delivering");
            engine.deliver_by(WEBHOOK, hands.shown()).await.expect("delivering");
        };
        if under(fate, work).await.is_none() {
            self.receiver.excuse();
            drop(engine);
            self.saw("killed while telling");
            self.dies(n).await;
        }
        self.receiver.calm_down();
    }

    pub(super) async fn deliver_all(&mut self) {
        let store = self.nodes[0].store.clone();
        for _ in 0..10_000 {
            let Some(next) = store.next_outbox().await.expect("reading") else { return };
            self.hands.pass_until(next);
            self.receiver.begin();
            for channel in [IN_APP, WEBHOOK] {
                let now = self.hands.shown();
                self.nodes[0].engine.deliver_by(channel, now).await.expect("delivering");
            }
        }
        self.wrong.push("the outbox is never empty".to_owned());
    }

    /// What the record tells was written for both channels, and accepted by both: by ours exactly once, by the other at
    /// least once.
    pub(super) async fn check_telling(&mut self, store: &Store, outcome: &Outcome) {
        let accepted = self.receiver.accepted();
        let of =
            |channel: &str| -> BTreeSet<String> { outcome.told.iter().map(|key| format!("{key}/{channel}")).collect() };
        let mut shown: BTreeSet<String> = BTreeSet::new();
        let mut recipients: BTreeSet<String> = BTreeSet::new();
        let streams: Vec<String> = self
            .incidents
            .iter()
            .map(huiying::acts::stream_of)
            .chain(self.posts.iter().map(huiying::acts::post_stream))
            .collect();
        let mut written = BTreeSet::new();
        for stream in streams {
            for row in store.outbox_of(&stream).await.expect("reading") {
                if row.sent_at.is_none() {
                    self.wrong.push(format!("{} was not marked as sent: {:?}", row.key, row.error));
                }
                recipients.insert(row.recipient);
                written.insert(row.key);
            }
        }
        let everyone: Vec<&str> = recipients.iter().map(String::as_str).collect();
        for row in store.notifications(&"nobody".into(), &everyone, None, 100_000).await.expect("reading") {
            if !shown.insert(row.key.clone()) {
                self.wrong.push(format!("{} is shown twice", row.key));
            }
        }
        let wanted: BTreeSet<String> = of(IN_APP).union(&of(WEBHOOK)).cloned().collect();
        let got: BTreeSet<String> = accepted.keys().cloned().collect();
        for (what, one, other) in [
            ("in the outbox", &wanted, &written),
            ("shown in-app", &of(IN_APP), &shown),
            ("accepted by the other channel", &of(WEBHOOK), &got),
        ] {
            for key in one.symmetric_difference(other) {
                self.wrong.push(format!("{what}: {key}: told by the record {}", one.contains(key)));
            }
        }
        for (key, accepted) in accepted {
            if accepted.times > 1 {
                self.saw("told twice");
            }
            if accepted.differs {
                self.wrong.push(format!("{key} came with another content"));
            }
            if accepted.times > 1 + accepted.excused {
                self.wrong.push(format!("{key} came {} times, {} excused", accepted.times, accepted.excused));
            }
        }
    }
}
