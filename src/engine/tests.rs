//! Ingest as a whole, on the rules that ship.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::acts::intake::{Arrival, Intake};
use crate::domain::actor::Actor;
use crate::domain::digest::DigestTimes;
use crate::domain::ids::IncidentId;
use crate::domain::incident::Command;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Channel, MentionInput};
use crate::rules::Rules;
use crate::store::{IncidentRow, MentionFilter, MentionRow, StoreOptions};
use crate::time::{Clock, Jump, ManualClock};

/// 2026-05-11 10:00 in Beijing, a Monday.
pub(super) const START: Instant = Instant::from_ms(1_778_464_800_000);

pub(super) const SMOKE: &str = "宣州区向阳街道鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管，气死人了";
const SMOKE_AGAIN: &str = "鸿越大道沥青搅拌站的黑烟太呛了，我们宣州区向阳街道这边窗户都不敢开";
pub(super) const WAGES: &str =
    "郎溪县十字镇的工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，太黑心了，劳动监察也不管";
pub(super) const SPRING: &str = "周末和家人去爬山，天气真好，花开得漂亮，大家都很开心";

/// Rules and analyser are loaded once for all tests: they are never changed.
static OFFICE: LazyLock<(SharedRules, Arc<Analyser>)> = LazyLock::new(|| {
    let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap();
    let analyser = Arc::new(Analyser::new(rules.vocabulary()));
    (Arc::new(ArcSwap::from_pointee(rules)), analyser)
});

pub(super) struct Desk {
    pub dir: tempfile::TempDir,
    pub store: Store,
    pub acts: Acts,
    pub intake: Intake,
    pub engine: Engine,
    pub now: Instant,
}

impl Desk {
    pub async fn new() -> Self {
        Self::with(EngineOptions::default()).await
    }

    pub async fn with(options: EngineOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("test.db"))).await.unwrap();
        store.migrate().await.unwrap();
        let acts = Acts::new(store.clone(), OFFICE.0.clone());
        let intake = Intake::throw_away(&store).unwrap();
        let engine = engine(&store, &acts, options);
        Self { dir, store, acts, intake, engine, now: START }
    }

    /// The process dies: what was in memory is gone.
    fn restart(&mut self) {
        self.engine = engine(&self.store, &self.acts, self.engine.options.as_ref().clone());
    }

    async fn take_in(&self, inputs: Vec<MentionInput>, arrival: Arrival) {
        let office = &OFFICE.0.load().office;
        let arrival = Arrival { detected_at: arrival.detected_at.max(self.now), ..arrival };
        let prepared: Vec<_> =
            inputs.into_iter().map(|input| self.intake.prepare(input, office, arrival.clone()).unwrap()).collect();
        assert!(self.intake.store(&prepared).await.unwrap().iter().all(|inserted| inserted.new));
    }

    pub async fn ingest(&self, inputs: Vec<MentionInput>) -> IngestReport {
        self.take_in(inputs, Arrival::default()).await;
        self.engine.ingest_all(self.now).await.unwrap()
    }

    pub async fn incident(&self, id: &IncidentId) -> IncidentRow {
        self.store.incident(id).await.unwrap().unwrap()
    }

    async fn mention(&self, input: &MentionInput) -> MentionRow {
        self.store.mention(&input.identity()).await.unwrap().unwrap()
    }

    async fn events(&self, name: &str) -> usize {
        let events = self.store.events_after(0, 10_000).await.unwrap();
        events.iter().filter(|event| event.event == name).count()
    }
}

fn engine(store: &Store, acts: &Acts, options: EngineOptions) -> Engine {
    let clock = Arc::new(ManualClock::new(START));
    Engine::new(store.clone(), acts.clone(), OFFICE.0.clone(), OFFICE.1.clone(), clock, options)
}

pub(super) fn post(id: &str, text: &str) -> MentionInput {
    MentionInput {
        id: Some(id.into()),
        source: Some("test".into()),
        channel: Channel::Weibo,
        text: text.into(),
        published_at: Some(START),
        ..MentionInput::default()
    }
}

fn letter(id: &str, title: &str, text: &str) -> MentionInput {
    MentionInput { channel: Channel::Board, title: Some(title.into()), ..post(id, text) }
}

#[tokio::test]
async fn a_post_opens_an_incident_its_copies_join_and_the_rest_is_noise() {
    let desk = Desk::new().await;
    let copy = format!("//@路人：{SMOKE}");
    let inputs = vec![post("1", SMOKE), post("2", &copy), post("3", SMOKE_AGAIN), post("4", WAGES), post("5", SPRING)];
    let report = desk.ingest(inputs.clone()).await;
    assert_eq!((report.taken, report.opened.len(), report.joined, report.failed), (5, 2, 2, 0));
    let smoke = desk.incident(&report.opened[0]).await;
    assert_eq!((smoke.mention_count, smoke.region.clone()), (3, Some("xuanzhou".into())));
    assert!(smoke.title.starts_with("宣州区向阳街道鸿越大道"), "{}", smoke.title);
    assert_eq!(desk.events("mention_joined").await, 1, "one event for an incident and batch");
    let joined = desk.mention(&inputs[2]).await;
    assert_eq!((joined.incident.as_ref(), joined.status.as_str()), (Some(&report.opened[0]), "done"));
    assert!(joined.placed.unwrap().contains("同一事项"));
    let noise = desk.mention(&inputs[4]).await;
    assert_eq!((noise.incident, noise.status.as_str()), (None, "done"));
    assert!(noise.analysis.is_some(), "analysed and searchable all the same");
    let wages = desk.incident(&report.opened[1]).await;
    assert_eq!(wages.lead, Some("human_resources".into()), "the scheduler assigned");
    assert_eq!(desk.engine.ingest_all(desk.now).await.unwrap(), IngestReport::default(), "nothing is left");
}

#[tokio::test]
async fn a_new_life_goes_on_where_the_old_one_died() {
    let mut desk = Desk::new().await;
    let opened = desk.ingest(vec![post("1", SMOKE)]).await.opened;
    desk.take_in(vec![post("2", SMOKE_AGAIN)], Arrival::default()).await;
    desk.restart();
    let report = desk.engine.ingest_all(desk.now).await.unwrap();
    assert_eq!((report.opened.len(), report.joined), (0, 1));
    assert_eq!(desk.incident(&opened[0]).await.mention_count, 2);
}

#[tokio::test]
async fn a_dismissed_incident_takes_no_mentions_a_restored_one_does() {
    let mut desk = Desk::new().await;
    let first = desk.ingest(vec![post("1", SMOKE)]).await.opened.remove(0);
    let office = Actor::office("analyst");
    desk.now = desk.now + Span::from_minutes(5);
    let dismiss = Command::Dismiss { reason: "误报".into() };
    desk.acts.act(&first, &dismiss, &office, None, desk.now).await.unwrap();
    let second = desk.ingest(vec![post("2", SMOKE)]).await.opened;
    assert_eq!(second.len(), 1, "a further copy is a new case");
    desk.now = desk.now + Span::from_minutes(5);
    desk.acts.act(&second[0], &dismiss, &office, None, desk.now).await.unwrap();
    desk.acts.act(&first, &Command::Restore { reason: "属实".into() }, &office, None, desk.now).await.unwrap();
    let report = desk.ingest(vec![post("3", SMOKE)]).await;
    assert_eq!((report.opened.len(), report.joined), (0, 1));
    assert_eq!(desk.incident(&first).await.mention_count, 2);
}

#[tokio::test]
async fn what_was_split_off_stays_apart_with_what_is_like_it_also_after_a_restart() {
    let mut desk = Desk::new().await;
    let second = post("2", SMOKE_AGAIN);
    let first = desk.ingest(vec![post("1", SMOKE), second.clone()]).await.opened.remove(0);
    assert_eq!(desk.incident(&first).await.mention_count, 2);
    let office = Actor::office("analyst");
    desk.now = desk.now + Span::from_minutes(5);
    let split = Command::Split { mentions: vec![second.identity()], label: None, found: None };
    let other = desk.acts.act(&first, &split, &office, None, desk.now).await.unwrap().opened.unwrap();
    for id in ["3", "4"] {
        let again = post(id, &format!("{SMOKE_AGAIN}，第{id}回了"));
        desk.ingest(vec![again.clone()]).await;
        assert_eq!(desk.mention(&again).await.incident, Some(other.clone()), "{id}");
        desk.restart();
    }
    desk.now = desk.now + Span::from_minutes(5);
    let dismiss = Command::Dismiss { reason: "误报".into() };
    desk.acts.act(&other, &dismiss, &office, None, desk.now).await.unwrap();
    let later = post("5", &format!("{SMOKE_AGAIN}，第5回了"));
    desk.ingest(vec![later.clone()]).await;
    assert_ne!(desk.mention(&later).await.incident, Some(first.clone()), "it is no more of the first than before");
    let smoke = post("6", &format!("{SMOKE}，第6回了"));
    desk.ingest(vec![smoke.clone()]).await;
    assert_eq!(desk.mention(&smoke).await.incident, Some(first));
}

/// The same mixing plant, and as far as words say another matter.
const UNPAID: &str =
    "宣州区向阳街道鸿越大道的搅拌站拖欠农民工工资七个月了，四十多个人一分钱没拿到，太黑心了，劳动监察也不管";

#[tokio::test]
async fn what_may_belong_is_left_out_and_offered_and_a_person_s_word_counts() {
    let mut desk = Desk::new().await;
    let office = Actor::office("analyst");
    let smoke = desk.ingest(vec![post("1", SMOKE)]).await.opened.remove(0);
    let unpaid = desk.ingest(vec![post("2", UNPAID)]).await.opened.remove(0);
    let offered = desk.store.suggestions(&smoke, 10).await.unwrap();
    assert_eq!(offered.len(), 1, "the same plant, another matter, as far as words say");
    assert!(offered[0].opened.as_ref() == Some(&unpaid) && offered[0].how.contains("人工判断"), "{offered:?}");
    let mention = offered[0].mention.clone();
    desk.now = desk.now + Span::from_minutes(1);
    desk.acts.decide_suggestion(&smoke, &mention, true, &office, desk.now).await.unwrap();
    assert_eq!(desk.incident(&unpaid).await.state, "merged", "this too");
    assert!(desk.store.suggestions(&smoke, 10).await.unwrap().is_empty());
    let twice = desk.acts.decide_suggestion(&smoke, &mention, false, &office, desk.now).await;
    assert!(twice.unwrap_err().to_string().contains("已经处理过"));
    desk.restart();
    let again = post("3", &format!("{UNPAID}，第3天了"));
    desk.ingest(vec![again.clone()]).await;
    assert_eq!(desk.mention(&again).await.incident, Some(unpaid), "its own incident (§5a s), after a restart too");
}

#[tokio::test]
async fn what_was_declined_is_offered_no_more_and_stays_apart_after_a_restart_too() {
    let mut desk = Desk::new().await;
    let office = Actor::office("analyst");
    let smoke = desk.ingest(vec![post("1", SMOKE)]).await.opened.remove(0);
    let unpaid = desk.ingest(vec![post("2", UNPAID)]).await.opened.remove(0);
    let mention = desk.store.suggestions(&smoke, 10).await.unwrap().remove(0).mention;
    desk.now = desk.now + Span::from_minutes(1);
    desk.acts.decide_suggestion(&smoke, &mention, false, &office, desk.now).await.unwrap();
    assert_ne!(desk.incident(&unpaid).await.state, "merged", "nothing moves");
    let dismiss = Command::Dismiss { reason: "误报".into() };
    desk.acts.act(&unpaid, &dismiss, &office, None, desk.now).await.unwrap();
    for id in ["3", "4"] {
        let again = post(id, &format!("{UNPAID}，第{id}个月了"));
        desk.ingest(vec![again.clone()]).await;
        assert_ne!(desk.mention(&again).await.incident, Some(smoke.clone()), "{id}");
        assert!(desk.store.suggestions(&smoke, 10).await.unwrap().is_empty(), "{id}: nor what is like it");
        desk.restart();
    }
    let smoke_again = post("5", SMOKE_AGAIN);
    desk.ingest(vec![smoke_again.clone()]).await;
    assert_eq!(desk.mention(&smoke_again).await.incident, Some(smoke), "what is like the case itself still joins");
}

#[tokio::test]
async fn a_merge_that_was_taken_back_teaches_that_they_are_two() {
    let mut desk = Desk::new().await;
    let office = Actor::office("analyst");
    let smoke = desk.ingest(vec![post("1", SMOKE)]).await.opened.remove(0);
    let unpaid = desk.ingest(vec![post("2", UNPAID)]).await.opened.remove(0);
    desk.now = desk.now + Span::from_minutes(1);
    desk.acts.act(&unpaid, &Command::Merge { into: smoke.clone() }, &office, None, desk.now).await.unwrap();
    desk.now = desk.now + Span::from_minutes(1);
    desk.acts.act(&unpaid, &Command::Unmerge {}, &office, None, desk.now).await.unwrap();
    for id in ["3", "4"] {
        let again = post(id, &format!("{UNPAID}，第{id}个月了"));
        desk.ingest(vec![again.clone()]).await;
        assert_eq!(desk.mention(&again).await.incident, Some(unpaid.clone()), "{id}");
        desk.restart();
    }
    let smoke_again = post("5", SMOKE_AGAIN);
    desk.ingest(vec![smoke_again.clone()]).await;
    assert_eq!(desk.mention(&smoke_again).await.incident, Some(smoke));
}

#[tokio::test]
async fn what_joined_by_hand_brings_what_is_like_it_at_once_and_after_a_restart() {
    let mut desk = Desk::new().await;
    let office = Actor::office("analyst");
    let left_out = post("2", SPRING);
    let smoke = desk.ingest(vec![post("1", SMOKE), left_out.clone()]).await.opened.remove(0);
    let suggestion = crate::store::NewSuggestion {
        incident: smoke.clone(),
        mention: left_out.identity(),
        likeness: 150,
        how: "请人工判断".into(),
        at: desk.now,
    };
    let mut tx = desk.store.write().await.unwrap();
    tx.suggest(&suggestion).await.unwrap();
    tx.commit().await.unwrap();
    desk.now = desk.now + Span::from_minutes(1);
    desk.acts.decide_suggestion(&smoke, &left_out.identity(), true, &office, desk.now).await.unwrap();
    assert_eq!(desk.mention(&left_out).await.incident.as_ref(), Some(&smoke), "this too");
    for id in ["3", "4"] {
        let again = post(id, &format!("{SPRING}，第{id}回"));
        desk.ingest(vec![again.clone()]).await;
        assert_eq!(desk.mention(&again).await.incident.as_ref(), Some(&smoke), "{id}");
        desk.restart();
    }
}

#[tokio::test]
async fn an_incident_of_last_year_is_remembered_by_a_new_life() {
    let mut desk = Desk::new().await;
    let opened = desk.ingest(vec![post("1", SMOKE)]).await.opened;
    desk.now = desk.now + Span::from_days(200);
    desk.restart();
    let late = MentionInput { published_at: Some(desk.now), ..post("2", SMOKE_AGAIN) };
    desk.ingest(vec![late.clone()]).await;
    assert_eq!(desk.mention(&late).await.incident.as_ref(), Some(&opened[0]));
}

#[tokio::test]
async fn an_old_post_opens_nothing_unless_live() {
    let desk = Desk::new().await;
    let old = |id: &str| MentionInput { published_at: Some(START - Span::from_days(30)), ..post(id, SMOKE) };
    let report = desk.ingest(vec![old("1")]).await;
    assert_eq!((report.taken, report.opened.len()), (1, 0));
    let row = desk.mention(&old("1")).await;
    assert!(row.backfill && row.placed.unwrap().contains("补录"));
    let words: Vec<String> = vec!["沥青".into(), "搅拌站".into()];
    let found = desk.store.search(&words, &MentionFilter::default(), None, 10).await.unwrap();
    assert_eq!(found.len(), 1, "searchable");
    desk.take_in(vec![old("2")], Arrival { live: true, ..Arrival::default() }).await;
    assert_eq!(desk.engine.ingest_all(desk.now).await.unwrap().opened.len(), 1);
}

#[tokio::test]
async fn a_poisonous_mention_stops_no_other() {
    let desk = Desk::new().await;
    // Detected tomorrow: the domain refuses to open an incident with it. The others of its incident and batch go on.
    let tomorrow = Arrival { detected_at: START + Span::from_days(1), ..Arrival::default() };
    desk.take_in(vec![post("poison", SMOKE)], tomorrow).await;
    let report = desk.ingest(vec![post("2", SMOKE_AGAIN), post("3", SMOKE), post("4", WAGES)]).await;
    assert_eq!((report.taken, report.failed, report.opened.len()), (4, 1, 2));
    let row = desk.mention(&post("poison", SMOKE)).await;
    assert_eq!((row.status.as_str(), row.attempts), ("failed", 1));
    assert!(row.error.unwrap().contains("发现时间"));
    assert_eq!(desk.store.mention_counts(START).await.unwrap().failed, 1);
    let smoke = desk.mention(&post("3", SMOKE)).await;
    assert!(smoke.incident.is_some() && smoke.status == "done");
    let more = desk.ingest(vec![post("5", SMOKE)]).await;
    assert_eq!((more.opened.len(), more.joined), (0, 1), "memory holds nothing of the poison");
}

#[tokio::test]
async fn a_mention_of_a_node_whose_clock_is_ahead_is_taken() {
    let desk = Desk::new().await;
    let ahead = Arrival { detected_at: START + Span::from_secs(3), ..Arrival::default() };
    desk.take_in(vec![post("1", SMOKE)], ahead).await;
    let report = desk.engine.ingest_pending().await.unwrap();
    assert_eq!((report.opened.len(), report.failed), (1, 0));
}

#[tokio::test]
async fn letters_that_repeat_open_one_incident_with_all_of_them() {
    let desk = Desk::new().await;
    let title = "丽景苑小区二次供水水质发黄";
    let letters = [
        letter("1", title, "早上放出来的水都是黄的，请问什么时候能清洗水箱"),
        letter("2", title, "水龙头放了十分钟还是黄水，请尽快派人看看"),
        letter("3", title, "小区供水发黄一个月了，物业说归水厂，请协调"),
    ];
    // The first one in a batch of its own, the other two together.
    assert_eq!(desk.ingest(vec![letters[0].clone()]).await.opened.len(), 0);
    let report = desk.ingest(letters[1..].to_vec()).await;
    assert_eq!((report.opened.len(), report.joined), (1, 2));
    assert_eq!(desk.incident(&report.opened[0]).await.mention_count, 3);
    for letter in &letters {
        assert_eq!(desk.mention(letter).await.incident.as_ref(), Some(&report.opened[0]), "{:?}", letter.id);
    }
}

#[tokio::test]
async fn labels_decide_whatever_the_words_say() {
    let options =
        EngineOptions { auto_assign: false, policy: Some("xuancheng-2016".into()), ..EngineOptions::default() };
    let mut desk = Desk::with(options).await;
    let labelled = |label: &str, proposal: Option<&str>| Arrival {
        label: Some(label.into()),
        proposal: proposal.map(str::to_owned),
        ..Arrival::default()
    };
    desk.take_in(vec![post("1", SPRING)], labelled("A", Some(r#"{"event_grade":"major"}"#))).await;
    desk.take_in(vec![post("2", SMOKE)], labelled("B", Some("null"))).await;
    let report = desk.engine.ingest_all(desk.now).await.unwrap();
    let incident = desk.incident(&report.opened[0]).await;
    assert_eq!(
        (report.opened.len(), incident.event_grade.id()),
        (1, "major"),
        "null opens nothing, the words count for nothing"
    );
    assert_eq!(incident.lead, None, "a replay assigns nothing by itself");
    desk.restart();
    desk.take_in(vec![post("3", WAGES)], labelled("A", None)).await;
    let report = desk.engine.ingest_all(desk.now).await.unwrap();
    assert_eq!((report.opened.len(), report.joined), (0, 1));
    assert_eq!(desk.mention(&post("3", WAGES)).await.incident, Some(incident.id));
}

#[tokio::test]
async fn the_running_engine_takes_up_what_comes_and_stops_when_told() {
    let desk = Desk::new().await;
    let stop = CancellationToken::new();
    let jobs = desk.dir.path().join("test.db-jobs");
    let running = tokio::spawn({
        let (engine, stop) = (desk.engine.clone(), stop.clone());
        async move { engine.run(jobs, stop).await }
    });
    let mut watch = desk.store.watch().await.unwrap();
    for (id, text) in [("1", SMOKE), ("2", SMOKE_AGAIN), ("3", WAGES)] {
        desk.take_in(vec![post(id, text)], Arrival::default()).await;
        let done = async {
            while desk.store.pending_mention_count().await.unwrap() > 0 {
                watch.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), done).await.expect("taken up");
    }
    assert_eq!(desk.events("incident_opened").await, 2);
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), running).await.expect("stops").unwrap().unwrap();
}

#[tokio::test]
async fn an_author_who_asks_again_after_an_answer_calls_for_a_supervision() {
    let mut desk = Desk::new().await;
    let ask = |id: &str, text: &str| {
        let author = Some("溪边晒被子".to_owned());
        MentionInput { author, ..letter(id, "金色阳光小区学区划分何时公布", text) }
    };
    let first = ask("l1", "请问今年学区划分什么时候公布");
    assert!(desk.ingest(vec![first.clone()]).await.opened.is_empty());
    let mut tx = desk.store.write().await.unwrap();
    tx.answer_mention(
        &first.identity(),
        &crate::store::LetterAnswer { at: desk.now, is_stated: true, by: Some("education"), text: None },
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    desk.restart();
    let again = desk.ingest(vec![ask("l2", "学区划分答复说等通知，等到什么时候")]).await;
    assert_eq!(again.opened.len(), 1);
    assert_eq!(desk.events("supervision_proposed").await, 1, "proposed: a person opens it");
    assert_eq!(desk.events("supervision_opened").await, 0);
}

#[tokio::test]
async fn a_late_timer_is_told_to_the_duty_desk_once() {
    let desk = Desk::new().await;
    let mut alarms = heartbeat::Alarms::default();
    for late in [11, 12] {
        desk.engine.beat(&mut alarms, Span::from_secs(late), desk.now).await;
    }
    desk.engine.deliver(desk.now).await.unwrap();
    let told = desk.store.notifications(&"nobody".into(), &["xuancheng.duty_desk"], None, 10).await.unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].kind == "alarm" && told[0].text.contains("滞后 11 秒"), "{told:?}");
}

#[tokio::test]
async fn a_digest_is_made_once_and_waits_until_the_quiet_hours_are_over() {
    let desk = Desk::new().await;
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let times = DigestTimes { at: vec![time(8), time(23)], quiet: Some((time(22), time(7))) };
    // The channels may come after the digests: the quiet hours stay.
    let engine = engine(&desk.store, &desk.acts, EngineOptions::default())
        .with_digests(times)
        .with_channels(deliver::Channels::in_app(&desk.store));
    let report = desk.ingest(vec![post("1", SMOKE)]).await;
    let lead = desk.incident(&report.opened[0]).await.lead.expect("the scheduler assigned");
    let texts = async |recipient: &str| -> Vec<String> {
        let told = desk.store.notifications(&"nobody".into(), &[recipient], None, 10).await.unwrap();
        told.into_iter().filter(|told| told.kind == "digest").map(|told| told.text).collect()
    };
    assert_eq!(engine.digest(START).await.unwrap(), 0, "of what was before its first start nothing is told");
    // 23:00: made now, sent when the quiet hours are over.
    let night = START + Span::from_hours(13);
    assert!(engine.digest(night).await.unwrap() >= 2, "the lead and the duty desk");
    assert_eq!(engine.digest(night + Span::from_minutes(10)).await.unwrap(), 0, "once");
    engine.deliver(night + Span::from_hours(8) - Span::from_ms(1)).await.unwrap();
    assert_eq!(texts("xuancheng.duty_desk").await, Vec::<String>::new());
    engine.deliver(night + Span::from_hours(8)).await.unwrap();
    for recipient in [lead.as_str(), "xuancheng.duty_desk"] {
        let told = texts(recipient).await;
        assert_eq!(told.len(), 1, "{recipient}");
        assert!(told[0].contains("在办 1 件") && told[0].contains("宣州区向阳街道鸿越大道"), "{told:?}");
    }
    // Down over several: the latest is made up for, the others are left out.
    assert!(engine.digest(night + Span::from_days(3) + Span::from_hours(12)).await.unwrap() >= 2);
    engine.deliver(night + Span::from_days(4) + Span::from_hours(8)).await.unwrap();
    assert_eq!(texts(lead.as_str()).await.len(), 2);
}

/// A clock that says of itself that it has jumped.
struct Unsteady {
    shown: ManualClock,
    jumped: AtomicBool,
}

impl Clock for Unsteady {
    fn now(&self) -> Instant {
        self.shown.now()
    }
    fn jump(&self) -> Option<Jump> {
        let jump = Jump { expected: START, shown: self.now() };
        self.jumped.load(Ordering::SeqCst).then_some(jump)
    }
}

#[tokio::test]
async fn nothing_fires_while_the_clock_is_unsteady_and_all_when_it_is_steady_again() {
    let desk = Desk::new().await;
    desk.ingest(vec![post("1", SMOKE)]).await;
    let three_days_on = START + Span::from_days(3);
    let clock = Arc::new(Unsteady { shown: ManualClock::new(three_days_on), jumped: true.into() });
    let options = EngineOptions::default();
    let engine =
        Engine::new(desk.store.clone(), desk.acts.clone(), OFFICE.0.clone(), OFFICE.1.clone(), clock.clone(), options);
    let stop = CancellationToken::new();
    let mut watch = desk.store.watch().await.unwrap();
    let sweeping = tokio::spawn(sweep::run(engine, stop.clone()));
    let fired = tokio::time::timeout(Duration::from_millis(600), watch.changed()).await;
    assert!(fired.is_err(), "two rounds have passed and nothing has fired");
    assert_eq!(desk.events("clock_breached").await, 0);
    clock.jumped.store(false, Ordering::SeqCst);
    let breached = async {
        while desk.events("clock_breached").await == 0 {
            watch.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), breached).await.expect("it fires what is due");
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), sweeping).await.expect("stops").unwrap();
}
