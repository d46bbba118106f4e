//! The outbox emptied by channels that are moody, away, or capped.

use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use chrono::TimeDelta;

use super::*;
use crate::notify::Paces as _;
use crate::rules::Rules;
use crate::store::{NewOutbox, StoreOptions};

const NOW: Instant = Instant::from_ms(1_780_000_000_000);
const PAYLOAD: &str = r#"{"incident":"1","kind":"assigned","text":"交办","at":"2026-05-11T10:00:00+08:00"}"#;

/// Answers so for its first calls, then accepts.
struct Moody {
    refusals: AtomicU32,
    answer: ChannelError,
}

#[async_trait]
impl Channel for Moody {
    fn id(&self) -> &'static str {
        "moody"
    }
    fn batch_max(&self) -> usize {
        10
    }
    async fn deliver(&self, messages: &[Message], _now: Instant) -> Vec<Result<(), ChannelError>> {
        let left = self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        vec![if left.is_ok() { Err(self.answer.clone()) } else { Ok(()) }; messages.len()]
    }
}

fn moody(refusals: u32, answer: ChannelError) -> Arc<Moody> {
    Arc::new(Moody { refusals: refusals.into(), answer })
}

struct Desk {
    store: Store,
    deliverer: Deliverer,
    _dir: tempfile::TempDir,
}

async fn desk(channel: Option<Arc<dyn Channel>>) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::throw_away(&dir.path().join("test.db"))).await.unwrap();
    store.migrate().await.unwrap();
    let channels = channel.into_iter().fold(Channels::in_app(&store), Channels::with);
    let rules = Arc::new(ArcSwap::from_pointee(Rules::default()));
    Desk { deliverer: Deliverer::new(store.clone(), rules, channels, 1.0), store, _dir: dir }
}

impl Desk {
    async fn put(&self, key: &str, channel: &str, payload: &str) {
        let mut tx = self.store.write().await.unwrap();
        let row = NewOutbox {
            key: key.into(),
            stream: "incident/1".into(),
            channel: channel.into(),
            recipient: "ecology".into(),
            payload: payload.into(),
            created_at: NOW,
            send_at: NOW,
        };
        tx.put_outbox(&[row]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn run(&self, seconds: i64) -> Delivered {
        self.deliverer.run(NOW + Span::from_secs(seconds)).await.unwrap()
    }

    /// Somebody who keeps the service going.
    async fn admin(&self) {
        let mut tx = self.store.write().await.unwrap();
        let row = crate::store::UserRow {
            id: "admin".into(),
            name: "系统管理员".into(),
            roles: r#"[{"role":"admin"}]"#.into(),
            active: true,
            created_at: NOW,
            updated_at: NOW,
        };
        tx.put_user(&row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What they were told, the newest first.
    async fn alarms(&self, seconds: i64) -> Vec<String> {
        self.run(seconds).await;
        let told = self.store.notifications(&"admin".into(), &["admin"], None, 10).await.unwrap();
        told.into_iter().map(|row| row.text).collect()
    }

    async fn next(&self) -> Span {
        self.store.next_outbox().await.unwrap().expect("a row waits") - NOW
    }
}

const NOTHING: Delivered = Delivered { sent: 0, retried: 0, postponed: 0, failed: 0 };

#[tokio::test]
async fn what_is_due_arrives_once_and_is_marked() {
    let desk = desk(None).await;
    for key in ["a", "b"] {
        desk.put(key, "in_app", PAYLOAD).await;
    }
    assert_eq!(desk.run(0).await, Delivered { sent: 2, ..NOTHING });
    assert_eq!(desk.run(0).await, NOTHING);
    let told = desk.store.notifications(&"nobody".into(), &["ecology"], None, 10).await.unwrap();
    assert_eq!((told.len(), told[0].text.as_str()), (2, "交办"));
    assert_eq!(desk.store.unsent_outbox_count().await.unwrap(), 0);
}

#[tokio::test]
async fn who_dies_between_telling_and_marking_tells_again_but_it_shows_once() {
    let desk = desk(None).await;
    desk.put("a", "in_app", PAYLOAD).await;
    let mut tx = desk.store.write().await.unwrap();
    let rows = tx.claim_outbox("in_app", NOW, NOW + LEASE, 10).await.unwrap();
    tx.commit().await.unwrap();
    // Told, and dead before it was marked.
    desk.deliverer.send("in_app", rows, NOW).await;
    assert_eq!(desk.run(0).await, NOTHING, "the dead one's lease still runs");
    assert_eq!(desk.run(60).await, Delivered { sent: 1, ..NOTHING });
    assert_eq!(desk.store.notifications(&"nobody".into(), &["ecology"], None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_not_configured_is_told_loudly_and_its_messages_wait() {
    let desk = desk(None).await;
    desk.put("a", "pigeon", PAYLOAD).await;
    desk.put("b", "in_app", "no json").await;
    assert_eq!(desk.run(0).await, Delivered { retried: 1, failed: 1, ..NOTHING });
    let rows = desk.store.unsent_outbox(0, 10).await.unwrap();
    assert!(rows[0].error.as_ref().unwrap().contains("pigeon"), "{rows:?}");
    assert_eq!(rows[0].failed_at, None);
    assert!(rows[1].error.as_ref().unwrap().contains("读不出"), "{rows:?}");
    assert_eq!(rows[1].failed_at, Some(NOW), "it will be no more readable later");
}

#[tokio::test]
async fn a_refusal_is_tried_again_later_and_later() {
    let desk = desk(Some(moody(2, ChannelError::Later("忙".into())))).await;
    desk.put("a", "moody", PAYLOAD).await;
    let retried = Delivered { retried: 1, ..NOTHING };
    assert_eq!(desk.run(0).await, retried);
    let first = desk.next().await;
    assert!(first > Span::from_secs(3) && first <= Span::from_secs(5), "{first:?}");
    assert_eq!(desk.run(3).await, NOTHING, "not yet");
    assert_eq!(desk.run(5).await, retried);
    let second = desk.next().await;
    assert!(second > Span::from_secs(12) && second <= Span::from_secs(15), "{second:?}");
    assert_eq!(desk.run(15).await, Delivered { sent: 1, ..NOTHING });
    assert_eq!(desk.store.outbox_of("incident/1").await.unwrap()[0].attempts, 3);
}

#[tokio::test]
async fn what_never_succeeds_is_given_up_counted_shown_and_can_be_tried_anew() {
    let desk = desk(Some(moody(u32::try_from(ATTEMPTS_MAX).unwrap(), ChannelError::Later("连不上".into())))).await;
    desk.put("a", "moody", PAYLOAD).await;
    let mut given_up = NOTHING;
    let mut tries = 0;
    let mut at = Span::ZERO;
    while given_up.failed == 0 {
        given_up = desk.deliverer.run(NOW + at).await.unwrap();
        tries += 1;
        at = desk.store.next_outbox().await.unwrap().map_or(at, |next| next - NOW);
        assert!(tries <= ATTEMPTS_MAX, "bounded");
    }
    assert_eq!(tries, ATTEMPTS_MAX);
    assert!(at > Span::from_hours(24) && at < Span::from_hours(36), "{at:?}");
    assert_eq!(desk.store.failed_outbox_count().await.unwrap(), 1);
    assert_eq!(desk.store.unsent_outbox_count().await.unwrap(), 0, "it waits no more");
    let shown = desk.store.outbox_page(true, None, 10).await.unwrap();
    assert_eq!(shown[0].error.as_deref(), Some("已尝试 42 次：连不上"));

    let mut tx = desk.store.write().await.unwrap();
    assert!(tx.revive_outbox(shown[0].id, NOW + at).await.unwrap());
    assert!(!tx.revive_outbox(shown[0].id, NOW + at).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(desk.deliverer.run(NOW + at).await.unwrap(), Delivered { sent: 1, ..NOTHING });
}

#[tokio::test]
async fn what_will_never_be_accepted_is_given_up_at_once() {
    let desk = desk(Some(moody(1, ChannelError::Never("没有这个邮箱".into())))).await;
    desk.put("a", "moody", PAYLOAD).await;
    assert_eq!(desk.run(0).await, Delivered { failed: 1, ..NOTHING });
    assert_eq!(desk.run(86_400).await, NOTHING);
}

#[tokio::test]
async fn a_cap_on_the_rate_is_no_attempt() {
    let at = NOW + Span::from_secs(40);
    let desk = desk(Some(moody(1, ChannelError::NotBefore { why: "限速".into(), at }))).await;
    desk.put("a", "moody", PAYLOAD).await;
    assert_eq!(desk.run(0).await, Delivered { postponed: 1, ..NOTHING });
    assert_eq!(desk.next().await, Span::from_secs(40));
    assert_eq!(desk.run(39).await, NOTHING);
    assert_eq!(desk.run(40).await, Delivered { sent: 1, ..NOTHING });
    assert_eq!(desk.store.outbox_of("incident/1").await.unwrap()[0].attempts, 1);
}

/// In the quiet hours a digest waits, whenever it was made or tried before; a breach does not.
#[tokio::test]
async fn quiet_hours_hold_digests_back_and_nothing_else() {
    let Desk { store, deliverer, _dir } = desk(Some(moody(0, ChannelError::Later("never".into())))).await;
    let now = NOW.beijing().time();
    let times = DigestTimes { at: Vec::new(), quiet: Some((now, now.overflowing_add_signed(TimeDelta::hours(1)).0)) };
    let desk = Desk { deliverer: deliverer.quiet(times), store, _dir };
    desk.put("digest", "moody", &PAYLOAD.replace("\"assigned\"", "\"digest\"")).await;
    desk.put("breach", "moody", PAYLOAD).await;
    assert_eq!(desk.run(0).await, Delivered { sent: 1, postponed: 1, ..NOTHING });
    assert_eq!(desk.next().await, Span::from_hours(1));
    assert_eq!(desk.run(3_599).await, NOTHING);
    assert_eq!(desk.run(3_600).await, Delivered { sent: 1, ..NOTHING });
}

#[tokio::test]
async fn a_channel_that_hangs_holds_up_no_other() {
    struct Hanging;
    #[async_trait]
    impl Channel for Hanging {
        fn id(&self) -> &'static str {
            "hanging"
        }
        fn batch_max(&self) -> usize {
            1
        }
        async fn deliver(&self, _: &[Message], _: Instant) -> Vec<Result<(), ChannelError>> {
            std::future::pending().await
        }
    }
    let desk = desk(Some(Arc::new(Hanging))).await;
    desk.put("a", "hanging", PAYLOAD).await;
    desk.put("b", "in_app", PAYLOAD).await;
    assert_eq!(desk.deliverer.run_channel("in_app", NOW).await.unwrap(), Delivered { sent: 1, ..NOTHING });
    let hung = tokio::time::timeout(std::time::Duration::from_millis(50), desk.run(0)).await;
    assert!(hung.is_err(), "the hanging one's own run hangs");
}

#[test]
fn waits_double_up_to_an_hour_and_differ_a_little() {
    for (attempts, whole) in [(1, 5), (3, 20), (12, 3_600), (i64::MAX, 3_600)] {
        for key in ["a", "b", "c"] {
            let wait = wait(attempts, key);
            let least = Span::from_secs(whole).percent(100 - JITTER_PERCENT);
            assert!(wait >= least && wait <= Span::from_secs(whole), "{attempts} {key}: {wait:?}");
        }
    }
    assert_ne!(wait(5, "a"), wait(5, "b"));
    assert_eq!(wait(5, "a"), wait(5, "a"));
}

/// Answers when it is let.
struct Slow(tokio::sync::Notify);

#[async_trait]
impl Channel for Slow {
    fn id(&self) -> &'static str {
        "slow"
    }
    fn batch_max(&self) -> usize {
        10
    }
    async fn deliver(&self, messages: &[Message], _now: Instant) -> Vec<Result<(), ChannelError>> {
        self.0.notified().await;
        vec![Ok(()); messages.len()]
    }
}

#[tokio::test]
async fn a_slow_channel_keeps_what_it_works_on() {
    let slow = Arc::new(Slow(tokio::sync::Notify::new()));
    let mut desk = desk(Some(slow.clone())).await;
    desk.deliverer.renew_every = Duration::from_millis(5);
    desk.put("a", "slow", PAYLOAD).await;
    let lease = async || desk.store.unsent_outbox(0, 1).await.unwrap()[0].leased_until;
    let renewed = async {
        let mut look = tokio::time::interval(Duration::from_millis(5));
        while lease().await.is_none_or(|until| until <= NOW + LEASE) {
            look.tick().await;
        }
        slow.0.notify_one();
    };
    let (delivered, ()) = tokio::join!(desk.deliverer.run(NOW), renewed);
    assert_eq!(delivered.unwrap(), Delivered { sent: 1, ..NOTHING });
}

#[tokio::test]
async fn what_refuses_us_alarms_the_operator_once_and_ends_when_something_is_accepted() {
    let desk = desk(Some(moody(2, ChannelError::Refused("MAIL FROM 553 发件人不符".into())))).await;
    desk.admin().await;
    for key in ["a", "b"] {
        desk.put(key, "moody", PAYLOAD).await;
    }
    assert_eq!(desk.run(0).await, Delivered { retried: 2, ..NOTHING });
    let faults = desk.store.faults(10).await.unwrap();
    assert_eq!((faults.len(), faults[0].subject.as_str(), faults[0].given_up), (1, "moody", false));
    assert!(desk.run(100).await.retried > 0, "refused again");
    let alarms = desk.alarms(100).await;
    assert_eq!(alarms.len(), 1, "told once: {alarms:?}");
    assert!(alarms[0].contains("553 发件人不符") && alarms[0].contains("moody"), "{alarms:?}");
    assert!(desk.run(200).await.sent > 0);
    let alarms = desk.alarms(200).await;
    assert!(alarms.len() == 2 && alarms[0].starts_with("告警解除"), "{alarms:?}");
    assert_eq!(desk.store.faults(10).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_given_up_alarms_the_operator_once_for_each_recipient() {
    let desk = desk(Some(moody(2, ChannelError::Never("RCPT 550 no such user".into())))).await;
    desk.admin().await;
    for key in ["a", "b"] {
        desk.put(key, "moody", PAYLOAD).await;
    }
    assert_eq!(desk.run(0).await, Delivered { failed: 2, ..NOTHING });
    desk.put("c", "moody", PAYLOAD).await;
    assert_eq!(desk.run(1).await.failed, 1);
    let alarms = desk.alarms(1).await;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert!(alarms[0].contains("no such user") && alarms[0].contains("ecology"), "{alarms:?}");
    let fault = desk.store.faults(10).await.unwrap().remove(0);
    assert!(fault.given_up, "{fault:?}");
    desk.put("d", "moody", PAYLOAD).await;
    assert!(desk.run(2).await.sent > 0);
    assert_eq!(desk.store.faults(10).await.unwrap(), [], "the address was put right");
}

#[tokio::test]
async fn two_nodes_keep_a_robots_cap_together() {
    let desk = desk(None).await;
    let caps = [crate::notify::Cap { calls: 20, within: Span::from_secs(60) }];
    let nodes = [StorePaces::new(desk.store.clone()), StorePaces::new(desk.store.clone())];
    let mut taken = 0;
    for n in 0..30_usize {
        let node = &nodes[n % 2];
        let now = NOW + Span::from_ms(i64::try_from(n).unwrap());
        match node.take("wecom/1", &caps, now).await.unwrap() {
            Ok(()) => taken += 1,
            Err(at) => assert_eq!(at, NOW + Span::from_secs(60)),
        }
    }
    assert_eq!(taken, 20);
    assert_eq!(nodes[0].take("wecom/2", &caps, NOW).await.unwrap(), Ok(()), "another robot has its own");
    nodes[0].pause("wecom/2", NOW + Span::from_secs(600)).await;
    assert_eq!(nodes[1].take("wecom/2", &caps, NOW).await.unwrap(), Err(NOW + Span::from_secs(600)));
}
