//! Random histories of official posts: bodies concerned, posts recorded late, reposts by whoever, too early, twice, late and
//! recorded late. The verdict of every account's clock follows from a few instants (`domain.md` §2 D13, §5 items 2, 3, 14
//! and §5a v), whenever the sweep comes and however often the record is read anew.

use std::collections::BTreeMap;

use huiying::domain::actor::Actor;
use huiying::domain::clock::{Clock, Verdict};
use huiying::domain::ids::BodyId;
use huiying::domain::instant::Instant;
use huiying::domain::official_post::{NewPost, OfficialPost, PostCommand, PostEvent, decide, evolve, next_due};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::naive::{HOUR, MINUTE};
use super::{OFFICE, START_MS, instant};

/// Histories that are tried.
const HISTORIES: u64 = 1_000;
const DAY: i64 = 24 * HOUR;
/// Beijing is so far ahead.
const BEIJING: i64 = 8 * HOUR;
const BODIES: [&str; 4] = ["langxi", "guangde", "water", "housing"];

/// What is known of an account's clock.
#[derive(Debug)]
struct Account {
    due: i64,
    /// When its first repost was recorded, and when that took place.
    reposted: Option<(i64, i64)>,
}

impl Account {
    /// A verdict at that moment, in the words of the ledger.
    fn verdict(&self, now: i64) -> &'static str {
        match self.reposted {
            Some((recorded, _)) if recorded <= self.due => "met",
            Some((_, effective)) if effective <= self.due => "corrected",
            Some(_) => "ended_late",
            None if now > self.due => "breached",
            None => "running",
        }
    }
}

/// The end of the next working day in May and June 2026: 9 May, a Saturday, is worked, 19 June is 端午.
fn next_working_day_end(from: i64) -> i64 {
    let mut day = (from + BEIJING).div_euclid(DAY);
    loop {
        day += 1;
        // 1970-01-01 was a Thursday, 2026-05-09 is day 20,582, 2026-06-19 day 20,623.
        if day == 20_582 || (day + 3).rem_euclid(7) < 5 && day != 20_623 {
            return (day + 1) * DAY - BEIJING;
        }
    }
}

/// The product's side, with its record as it is kept.
#[derive(Default)]
struct Product {
    post: OfficialPost,
    record: Vec<(Instant, String)>,
}

impl Product {
    fn act(&mut self, command: &PostCommand, by: &Actor, now: i64) -> bool {
        let Ok(events) = decide(&self.post, command, by, &OFFICE, instant(now)) else { return false };
        for event in events {
            self.record.push((instant(now), serde_json::to_string(&event).expect("an event")));
            self.post = evolve(std::mem::take(&mut self.post), instant(now), &event);
        }
        true
    }

    fn sweep(&mut self, before: i64, now: i64) {
        assert!(self.act(&PostCommand::Settle { before: instant(before) }, &Actor::System, now));
    }

    /// As a service does that was started anew.
    fn restart(&mut self) {
        let mut post = OfficialPost { id: self.post.id.clone(), ..OfficialPost::default() };
        for (at, event) in &self.record {
            let event: PostEvent = serde_json::from_str(event).expect("reads back");
            post = evolve(post, *at, &event);
        }
        assert_eq!(post, self.post, "the record rebuilds what was known");
    }

    fn verdicts(&self) -> BTreeMap<String, &'static str> {
        let word = |clock: &Clock| match (clock.ended, clock.breached()) {
            (None, true) => "breached",
            (None, false) => "running",
            (Some((Verdict::Met, _)), _) => "met",
            (Some((Verdict::Corrected, _)), _) => "corrected",
            (Some((Verdict::EndedLate, _)), _) => "ended_late",
            (other, _) => panic!("no such end: {other:?}"),
        };
        let of = |clock: &Clock| (clock.plan.account.clone().expect("an account's"), word(clock));
        self.post.clocks.iter().map(of).collect()
    }
}

fn play(seed: u64, seen: &mut BTreeMap<&'static str, u32>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut now = START_MS + random.random_range(0..40 * 24 * 60) * MINUTE;
    let published = now - if random.random_bool(0.5) { 0 } else { random.random_range(0..60) * HOUR };
    let concerns: Vec<&str> = BODIES.into_iter().filter(|_| random.random_bool(0.5)).collect();
    let mut product = Product::default();
    let post = NewPost {
        policy: "xuancheng-2016".into(),
        concerns: concerns.iter().map(|body| BodyId::from(*body)).collect(),
        title: None,
        url: None,
        label: None,
    };
    let publish = PostCommand::Publish { effective_at: instant(published), post };
    assert!(!product.act(&publish, &Actor::body(BodyId::from("water")), now), "the office or publicity alone");
    assert!(product.act(&publish, &Actor::office("analyst"), now));
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for body in &concerns {
        for account in &OFFICE.bodies[&BodyId::from(*body)].accounts {
            let due = match account.rsplit_once('.') {
                Some((_, "weibo")) => published + HOUR,
                Some((_, "wechat")) => next_working_day_end(published),
                _ => continue,
            };
            accounts.insert(account.clone(), Account { due, reposted: None });
        }
    }
    for _ in 0..random.random_range(2..14) {
        now += match random.random_range(0..4) {
            0 => 0,
            1 => random.random_range(1..70) * MINUTE,
            2 => random.random_range(1..20) * HOUR,
            _ => random.random_range(1..4) * DAY,
        };
        let by_whom = *BODIES.choose(&mut random).expect("some");
        let account = format!(
            "{}.{}",
            BODIES.choose(&mut random).expect("some"),
            ["weibo", "wechat", "toutiao"].choose(&mut random).expect("some")
        );
        let by = if random.random_bool(0.6) { Actor::office("analyst") } else { Actor::body(BodyId::from(by_whom)) };
        let effective = now
            + match random.random_range(0..10) {
                0 => HOUR,
                1..6 => 0,
                _ => -random.random_range(0..80) * HOUR,
            };
        let body = account.split('.').next().expect("a body").to_owned();
        let is_known = OFFICE.bodies[&BodyId::from(body.as_str())].accounts.contains(&account);
        let may = by.speaks_for_lead() || by_whom == body;
        let allowed = may && is_known && (published..=now).contains(&effective);
        let repost = PostCommand::Repost { account: account.clone(), effective_at: instant(effective) };
        assert_eq!(product.act(&repost, &by, now), allowed, "seed {seed}: {repost:?} by {by:?}");
        if let Some(known) = accounts.get_mut(&account).filter(|known| allowed && known.reposted.is_none()) {
            known.reposted = Some((now, effective));
        }
        // Sweeps come when they come, and look at what was due before.
        if random.random_bool(0.5) {
            product.sweep(now, now);
        }
        if random.random_bool(0.3) {
            product.restart();
        }
    }
    now += 30 * DAY;
    product.sweep(now, now);
    product.restart();
    assert_eq!(next_due(&product.post), None, "seed {seed}: nothing waits after the last step");
    let expected: BTreeMap<String, &str> =
        accounts.iter().map(|(name, known)| (name.clone(), known.verdict(now))).collect();
    assert_eq!(product.verdicts(), expected, "seed {seed}: {accounts:#?}");
    for verdict in expected.into_values() {
        *seen.entry(verdict).or_default() += 1;
    }
}

#[test]
fn reposts_are_judged_by_their_instants_alone() {
    let mut seen = BTreeMap::new();
    let first = crate::store::seed(20_161_213);
    for seed in first..first + HISTORIES {
        play(seed, &mut seen);
    }
    println!("verdicts of {HISTORIES} histories from seed {first}: {seen:?}");
    for verdict in ["met", "corrected", "ended_late", "breached"] {
        assert!(seen.get(verdict).is_some_and(|times| *times >= 20), "hardly any {verdict}: {seen:?}");
    }
}
