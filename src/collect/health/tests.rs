//! Every way in which a source dies, and what is no death.

use super::*;

const NOW: Instant = Instant::from_ms(1_778_464_800_000);

fn source(kind: &str) -> SourceDefinition {
    let rest = match kind {
        "webhook" => "webhook: { key: k, secret_env: E }",
        "inbox" => "inbox: { folder: x }",
        "html" => "url: 'https://a.cn/', list: { items: li, title: a, url: 'a@href' }",
        _ => "url: 'https://a.cn/'",
    };
    let yaml = format!(
        "{{ id: s, kind: {kind}, name: n, {rest}, channel: news, why: w, alert: {{ empty_runs: 3, stale_after: 24h }} }}"
    );
    SourceDefinition::from_yaml("s.yaml", &yaml).unwrap()
}

struct Watched {
    source: SourceDefinition,
    memory: Memory,
    counters: Counters,
    now: Instant,
}

impl Watched {
    fn new(kind: &str) -> Self {
        let memory = Memory { first_run_at: Some(NOW), ..Memory::default() };
        Self { source: source(kind), memory, counters: Counters::default(), now: NOW }
    }

    fn run(&mut self, run: &Run) -> Verdict {
        self.now = self.now + Span::from_minutes(10);
        self.counters = self.counters.clone().after(run, self.now);
        self.memory.judge(&self.source, run, &self.counters, self.now)
    }

    /// Runs until it is blind; gives how many it took.
    fn blind_after(&mut self, run: &Run) -> usize {
        (1..=10).find(|_| self.run(run).blind_since.is_some()).unwrap_or(99)
    }
}

fn seen(items: u32, new: usize, parts: &[(&'static str, u32)]) -> Run {
    let parts = parts.iter().map(|(part, with)| (*part, Share { with: *with, of: items })).collect();
    Run { seen: Some(items as usize), new, parts, ..Run::default() }
}

fn well(new: usize) -> Run {
    seen(10, new, &[("title", 10), ("published_at", 9), ("text", 10)])
}

fn failed(why: &str, reason: Reason) -> Run {
    Run { error: Some(why.into()), reason: Some(reason), ..Run::default() }
}

#[test]
fn every_way_in_which_a_source_dies_is_seen_within_three_runs_and_ends_with_the_first_good_one() {
    let unchanged = Run::default();
    let textless = Run {
        pages: Pages {
            fresh_failures: 2, fault: Some((Reason::Textless, "没有找到正文".into())), ..Pages::default()
        },
        ..well(2)
    };
    let walled = failed("接口返回 code 403", Reason::Wall);
    let deaths: [(&str, Vec<Run>); 8] = [
        ("failing", vec![failed("服务器返回 500", Reason::Server)]),
        ("wall", vec![walled.clone()]),
        ("empty", vec![seen(0, 0, &[])]),
        // A redesign whose bytes don't change: the first look finds nothing, the others find it as it was.
        ("empty", vec![seen(0, 0, &[]), unchanged.clone()]),
        ("textless", vec![textless.clone()]),
        ("textless", vec![textless, unchanged.clone()]),
        ("fields", vec![seen(10, 1, &[("title", 10), ("published_at", 0), ("text", 10)])]),
        ("frozen", vec![unchanged.clone()]),
    ];
    for (health, runs) in deaths {
        let mut watched = Watched::new("html");
        for _ in 0..5 {
            assert_eq!(watched.run(&well(2)).health, Health::Ok);
        }
        let last = runs.last().unwrap();
        let verdicts: Vec<Verdict> = (0..3).map(|n| watched.run(runs.get(n).unwrap_or(last))).collect();
        assert_eq!(verdicts[2].health.id(), health, "{verdicts:?}");
        assert!(verdicts[2].blind_since.is_some() && verdicts[0].blind_since.is_none(), "{health}: {verdicts:?}");
        let message = verdicts[2].message.as_ref().unwrap();
        assert!(message.contains(verdicts[2].reason.unwrap().remedy()), "{message}");
        let mut good = well(1);
        good.pages.told = 1;
        let back = watched.run(&good);
        assert_eq!((back.health, back.blind_since), (Health::Ok, None), "{health}");
    }
    let mut watched = Watched::new("feed");
    watched.run(&well(1));
    watched.now = watched.now + Span::from_hours(25);
    assert_eq!(watched.run(&well(0)).health, Health::Stale, "nothing new for a day");
}

#[test]
fn what_a_source_never_had_is_not_missed_and_one_dead_page_is_no_blind_spot() {
    let mut watched = Watched::new("html");
    let bare = seen(10, 1, &[("title", 10), ("published_at", 0)]);
    assert_eq!((0..9).filter(|_| watched.run(&bare).health != Health::Ok).count(), 0);
    // Half of its items have an author: one without is chance, twenty are not.
    let mut watched = Watched::new("html");
    for _ in 0..5 {
        watched.run(&seen(20, 1, &[("author", 10)]));
    }
    assert_eq!(watched.blind_after(&seen(1, 1, &[("author", 0)])), 99);
    assert_eq!(watched.blind_after(&seen(20, 1, &[("author", 0)])), 3);
    let mut watched = Watched::new("html");
    watched.run(&well(3));
    let fault = Some((Reason::Gone, "服务器返回 404".into()));
    watched.run(&Run { pages: Pages { fresh_failures: 1, fault: fault.clone(), ..Pages::default() }, ..well(1) });
    let again = Run { pages: Pages { fault, ..Pages::default() }, ..Run::default() };
    assert_eq!((0..6).filter(|_| watched.run(&again).health != Health::Ok).count(), 0, "retried, and still gone");
}

#[test]
fn a_source_that_is_often_quiet_is_quiet_for_longer_before_it_counts_as_frozen() {
    let mut watched = Watched::new("feed");
    for _ in 0..6 {
        watched.run(&well(1));
        watched.run(&Run::default());
        watched.run(&Run::default());
    }
    watched.run(&well(1));
    assert_eq!(watched.blind_after(&Run::default()), 9);
    // A notice board with something new every third day.
    let mut watched = Watched::new("html");
    let silent: Vec<bool> = (0..6)
        .flat_map(|_| {
            watched.run(&well(1));
            watched.now = watched.now + Span::from_days(3);
            [watched.run(&Run::default()).blind_since.is_some()]
        })
        .collect();
    assert_eq!(silent, [true, false, false, false, false, false], "it is told once, and learnt");
}

#[test]
fn a_folder_and_a_sender_are_well_while_nothing_comes_and_ill_when_all_is_refused() {
    for kind in ["inbox", "webhook"] {
        let mut watched = Watched::new(kind);
        watched.now = NOW + Span::from_days(9);
        assert_eq!(watched.run(&Run { seen: Some(0), ..Run::default() }).health, Health::Ok, "nobody uses it yet");
        let nothing = Run { seen: Some(0), ..Run::default() };
        let taken = Run { seen: Some(5), new: 5, records: Share { with: 5, of: 5 }, ..Run::default() };
        let refused = Run { seen: Some(5), records: Share { with: 0, of: 5 }, ..Run::default() };
        assert_eq!(watched.run(&taken).health, Health::Ok);
        for _ in 0..5 {
            assert_eq!(watched.run(&nothing).health, Health::Ok, "{kind}: no list that could be empty");
        }
        watched.run(&refused);
        assert_eq!((0..5).filter(|_| watched.run(&nothing).blind_since.is_some()).count(), 0, "once is no habit");
        assert_eq!(watched.blind_after(&refused), 2, "{kind}");
        assert_eq!(watched.run(&taken).blind_since, None);
        watched.now = watched.now + Span::from_hours(25);
        let silent = watched.run(&nothing);
        assert_eq!((silent.health, silent.reason), (Health::Stale, Some(Reason::Silent)));
    }
}

#[test]
fn what_is_wrong_is_said() {
    let mut watched = Watched::new("feed");
    let down = failed("服务器返回 500", Reason::Server);
    watched.run(&down);
    let message = watched.run(&down).message.unwrap();
    assert!(message.starts_with("连续 2 次失败：服务器返回 500。对方服务器故障"), "{message}");
    let broken = Failed { what: "https://a.cn/1".into(), why: "没有找到正文".into(), for_good: false };
    let run = Run { failed: vec![broken.clone(), broken], ..well(1) };
    assert_eq!(watched.run(&run).message.unwrap(), "未能取得 https://a.cn/1 等 2 项：没有找到正文");
    assert_eq!(watched.run(&well(1)).message, None);
}
