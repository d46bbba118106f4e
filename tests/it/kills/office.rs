//! The side of the test in the kill tests: it opens incidents and takes posts in while others are killed, and says in the
//! end whether all is well.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use huiying::acts::intake::Intake;
use huiying::acts::{About, ActError, Acts, stream_of, verify};
use huiying::domain::actor::Actor;
use huiying::domain::grade::Grading;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Command, NewIncident, NewMention, Role};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::{Channel, MentionInput};
use huiying::domain::routing::IN_APP;
use huiying::engine::deliver::Deliverer;
use huiying::rules::Rules;
use huiying::store::{Finished, MentionFilter, Store, StoreError};
use huiying::time::{Clock, SystemClock};

use super::receivers::{EXTERNAL, Receivers, key_hash, routes};

/// Turns of delivery, each after the leases of the one before.
const TURNS_MAX: u32 = 300;

/// The test's side: opens incidents, takes posts in.
pub struct Office {
    pub store: Store,
    acts: Acts,
    intake: Intake,
    rules: Arc<Rules>,
    pub clock: SystemClock,
    pub opened: Vec<IncidentId>,
    /// When the response of each falls due.
    pub due: Vec<Instant>,
    /// From when until when nothing could fire.
    pub away: Vec<(Instant, Instant)>,
    pub posts: i64,
}

/// Every clock that fell due is recorded within this time, once something can fire again.
const RECORDED_WITHIN: Span = Span::from_secs(5);

impl Office {
    pub async fn new(store: Store, receivers: &Receivers) -> Self {
        let rules = Arc::new(Rules::load(&receivers.rules).expect("shipped rules"));
        let acts = Acts::new(store.clone(), Arc::new(ArcSwap::new(rules.clone()))).with_routes(routes());
        let intake = Intake::throw_away(&store).expect("the intake");
        let (opened, due, away, clock) = (Vec::new(), Vec::new(), Vec::new(), SystemClock::default());
        Self { store, acts, intake, rules, clock, opened, due, away, posts: 0 }
    }

    /// Opens an incident whose response falls due after `left`, with a lead who does nothing.
    pub async fn open(&mut self, left: Span) -> IncidentId {
        self.try_to_open(left).await.expect("opening")
    }

    /// The same where the database may be gone in the middle.
    pub async fn try_to_open(&mut self, left: Span) -> Result<IncidentId, ActError> {
        let now = self.clock.now();
        let n = self.opened.len();
        let post = MentionInput {
            // The last one may have been written though its answer was lost: this one is another.
            id: Some(format!("opened-{n}-{}", now.ms())),
            source: Some("openings".into()),
            text: format!("桥面塌陷，第 {n} 处"),
            ..MentionInput::default()
        };
        let opened = NewIncident {
            detected_at: now - Span::from_hours(48) + left,
            occurred_at: None,
            policy: "xuancheng-2016".into(),
            others: Vec::new(),
            mention: NewMention {
                id: post.identity(),
                content_hash: post.content_hash(),
                channel: Channel::Weibo,
                region: None,
                published_at: None,
                facts: None,
            },
            approach: None,
            proposal: Grading::default(),
            label: None,
            by_hand: false,
            shown: None,
        };
        let about = About { title: "桥面塌陷".into(), ..About::default() };
        let office = Actor::office("analyst");
        let mut tx = self.store.write().await?;
        // Verification looks for the words that the record rests on.
        tx.insert_mentions(&[huiying::store::NewMention::detected(post.clone(), now)]).await?;
        let incident = self.acts.open(&mut tx, opened, &about, &Actor::System, now).await?.incident;
        let placed = Finished {
            id: post.identity(),
            incident: Some(incident.clone()),
            analysis: "{}".into(),
            ..Finished::default()
        };
        tx.finish_mentions(&[placed]).await?;
        let assign = Command::Assign { department: "transport".into(), role: Role::Lead };
        self.acts.act_in(&mut tx, &incident, &assign, &office, None, now).await?;
        tx.commit().await?;
        self.opened.push(incident.clone());
        self.due.push(now + left);
        Ok(incident)
    }

    /// From now on nothing can fire.
    pub fn is_gone(&mut self) {
        self.away.push((self.clock.now(), Instant::from_ms(i64::MAX)));
    }

    /// From now on it can again.
    pub fn is_back(&mut self) {
        if let Some((_, until)) = self.away.last_mut() {
            *until = self.clock.now();
        }
    }

    pub async fn take_in(&mut self, posts: i64) {
        self.try_to_take_in(posts).await.expect("storing");
    }

    /// The same where the database may be gone in the middle: asked again, it takes the same posts.
    pub async fn try_to_take_in(&mut self, posts: i64) -> Result<(), StoreError> {
        let now = self.clock.now();
        let prepared: Vec<_> = (0..posts)
            .map(|n| {
                let input = MentionInput {
                    id: Some((self.posts + n).to_string()),
                    source: Some("kills".into()),
                    channel: Channel::Weibo,
                    text: format!("第 {} 号路灯不亮了，晚上走路太危险，反映多次没人管", self.posts + n),
                    ..MentionInput::default()
                };
                self.intake.accept(input, None, &self.rules, now, false).expect("a good post")
            })
            .collect();
        self.intake.store(&prepared).await?;
        self.posts += posts;
        Ok(())
    }

    /// No mention is pending, and no timer is due.
    pub async fn idle(&self) -> bool {
        let now = self.clock.now();
        let due = self.store.next_due().await.expect("reading").is_some_and(|due| due <= now + Span::from_secs(3));
        let pending = self.store.pending_mention_count().await.expect("reading");
        !due && pending == 0
    }

    /// Tells what those who were killed had claimed and not told, when their leases have ended.
    pub async fn tell_the_rest(&self, receivers: &Receivers) {
        let rules = Arc::new(ArcSwap::new(self.rules.clone()));
        let deliverer = Deliverer::new(self.store.clone(), rules, receivers.channels(&self.store), 1.0);
        let mut later = self.clock.now();
        for _ in 0..TURNS_MAX {
            if self.store.unsent_outbox_count().await.expect("counting") == 0 {
                return;
            }
            later = later + Span::from_minutes(10);
            deliverer.run(later).await.expect("delivering");
        }
        panic!("some are never told: {:?}", self.store.unsent_outbox(0, 3).await);
    }

    /// How long after it could fire each clock was recorded, the worst of all, in milliseconds.
    pub async fn latest(&self) -> i64 {
        let mut latest = 0;
        for (incident, due) in self.opened.iter().zip(&self.due) {
            let mut could = *due;
            for (from, until) in &self.away {
                // Gone again before the time was over: it begins anew.
                if *from <= could + RECORDED_WITHIN && could < *until {
                    could = *until;
                }
            }
            for at in breaches(&self.store, incident).await {
                latest = latest.max((at - could).ms());
            }
        }
        latest
    }

    /// What must hold in the end: the chain is whole, every clock fired once, no post is lost, every notice was accepted.
    pub async fn all_is_well(&self, receivers: &Receivers, kills: usize) {
        let found = verify(&self.store, |_| ()).await.expect("verifying");
        assert!(found.broken.is_empty(), "{:?}", found.broken);
        for incident in &self.opened {
            assert_eq!(breaches(&self.store, incident).await.len(), 1, "{incident}: fired, and once in the ledger");
        }
        let latest = self.latest().await;
        assert!(latest <= RECORDED_WITHIN.ms(), "a clock was recorded {latest} ms after it could fire");
        let counts = self.store.mention_counts(self.clock.now()).await.expect("counting");
        let of_openings = MentionFilter { source: Some("openings".into()), ..MentionFilter::default() };
        let openings = self.store.mentions(&of_openings, None, 100_000).await.expect("reading").len() as i64;
        assert_eq!((counts.total - openings, counts.failed), (self.posts, 0), "no post lost");
        let told = receivers.told().await;
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        for incident in &self.opened {
            for row in self.store.outbox_of(&stream_of(incident)).await.expect("reading") {
                if row.channel != IN_APP {
                    *wanted.entry(row.channel.clone()).or_default() += 1;
                    let key = (row.channel, key_hash(&row.key));
                    assert!(told.contains_key(&key), "{} was marked and never told", row.key);
                }
            }
        }
        let again: u32 = told.values().map(|times| times - 1).sum();
        eprintln!(
            "{kills} times, {} clocks fired, the latest {latest} ms after it could; {} posts; notices told at least \
             once: {wanted:?}; {again} of them again, under the same key",
            self.opened.len(),
            self.posts,
        );
        assert!(EXTERNAL.iter().all(|channel| wanted.get(*channel).is_some_and(|count| *count > kills)), "{wanted:?}");
    }
}

pub async fn breaches(store: &Store, incident: &IncidentId) -> Vec<Instant> {
    let events = store.events(&stream_of(incident)).await.expect("reading");
    let of_response = |body: &str| body.contains("\"clock\":\"response\"");
    events.iter().filter(|e| e.event == "clock_breached" && of_response(&e.body)).map(|e| e.at).collect()
}
