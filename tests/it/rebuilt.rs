//! What follows from the record can be written anew from it: whatever table is damaged, `verify` names it, a rebuild brings
//! it back as it was, and nobody is told of anything again.

use std::fmt::Write as _;
use std::sync::Arc;

use arc_swap::ArcSwap;
use huiying::acts::{About, Acts, administration, rebuild, stream_of, verify};
use huiying::domain::actor::Actor;
use huiying::domain::administration::{AdminCommand, AdminEvent, Kept, Role};
use huiying::domain::incident::Command;
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::MentionInput;
use huiying::domain::office::Holder;
use huiying::engine::{Engine, EngineOptions};
use huiying::store::{EscalationFilter, Finished, IncidentFilter, MentionFilter, NewMention, Store};
use huiying::text::Analyser;
use huiying::time::ManualClock;

use crate::crash::{CHILD, kill_at, stop_dead};
use crate::store::{Db, on_both};
use crate::verified::{played, rules};

on_both!(
    whatever_is_damaged_is_named_and_rebuilt,
    all_tables_are_rebuilt_at_once,
    what_follows_from_no_record_is_taken_away,
    a_stream_that_nothing_would_wake_fires_after_a_rebuild,
    a_record_that_does_not_hold_is_left_alone,
    a_mention_that_comes_again_after_retention_stays_where_it_is,
    an_unreadable_row_is_written_anew,
    who_was_told_is_kept_as_it_was,
    a_rebuild_that_was_killed_is_run_again,
);

/// After the last line of the scenarios that are played here.
const LATER: Instant = Instant::from_ms(1_780_000_000_000);
/// An incident with mentions, a receipt and a county's ladder.
const COUNTY: &str = "county-and-receipt";

/// A scenario, and two accounts of which one was changed.
async fn lived(db: &Db, scenario: &str) {
    played(scenario, &db.options).await;
    let add = |user: &str, name: &str, roles| AdminCommand::AddUser { user: user.into(), name: name.into(), roles };
    let commands = [add("root", "管理员", vec![Role::Admin]), add("wang", "王芳", vec![Role::Analyst])];
    let office = rules().office;
    administration::apply(&db.store, &office, &commands, None, "console", None, LATER).await.expect("added");
    let renamed = [AdminCommand::RenameUser { user: "wang".into(), name: "王方".into() }];
    let later = LATER + Span::from_hours(1);
    administration::apply(&db.store, &office, &renamed, None, "root", None, later).await.expect("renamed");
    receive(db, later).await;
}

/// Whoever was told first says that they know, where anyone was.
async fn receive(db: &Db, now: Instant) {
    let acts = Acts::new(db.store.clone(), Arc::new(ArcSwap::from_pointee(rules())));
    let open = EscalationFilter { active_only: true, ..EscalationFilter::default() };
    let rows = db.store.escalations(&open, 1_000).await.unwrap();
    let told = rows.iter().rev().find_map(|row| {
        let holders: Vec<Holder> = serde_json::from_str(&row.escalation.holders).expect("holders");
        let user = holders.into_iter().find_map(|holder| holder.user)?;
        Some((row.escalation.incident.clone(), user))
    });
    let Some((incident, user)) = told else { return };
    let done = acts.act(&incident, &Command::Receipt {}, &Actor::office(user.as_str()), None, now).await;
    done.expect("received");
}

/// Everything that the tables say.
async fn everything(store: &Store) -> String {
    let mut all = String::new();
    for stream in store.streams_after("", 1_000).await.unwrap() {
        writeln!(all, "{stream:?}").unwrap();
        writeln!(all, "{:?}", store.clocks(&stream.stream).await.unwrap()).unwrap();
    }
    for row in store.incidents(&IncidentFilter::default(), None, 1_000).await.unwrap() {
        writeln!(all, "{row:?}").unwrap();
        writeln!(all, "{:?}", store.tasks(&row.id).await.unwrap()).unwrap();
        writeln!(all, "{:?}", store.escalations_of(&[row.id.as_str()]).await.unwrap()).unwrap();
        let mentions = store.mentions_of(&row.id, 0, 1_000).await.unwrap();
        writeln!(all, "{:?}", mentions.iter().map(|mention| &mention.id).collect::<Vec<_>>()).unwrap();
        writeln!(all, "{:?}", store.outbox_of(&stream_of(&row.id)).await.unwrap()).unwrap();
    }
    let office = rules().office;
    let holders = office.rosters.values().flat_map(|roster| roster.tiers.values().flatten());
    for user in holders.filter_map(|holder| holder.user.clone()) {
        let told = EscalationFilter { user: Some(user.clone()), ..EscalationFilter::default() };
        let told = store.escalations(&told, 1_000).await.unwrap();
        writeln!(all, "{user}: {:?}", told.iter().map(|row| &row.escalation.id).collect::<Vec<_>>()).unwrap();
    }
    writeln!(all, "{:?}", store.users("", 1_000).await.unwrap()).unwrap();
    all
}

async fn broken(store: &Store) -> Vec<String> {
    verify(store, |_| ()).await.expect("walked").broken
}

/// Someone with the database's own shell does this; `verify` says so, a rebuild puts it right.
async fn whatever_is_damaged_is_named_and_rebuilt(db: Db) {
    lived(&db, COUNTY).await;
    let before = everything(&db.store).await;
    assert!(before.contains("received_by: Some"), "a receipt stands in it");
    let clean = broken(&db.store).await;
    assert!(clean.is_empty(), "{clean:?}");
    for (damage, named) in [
        ("UPDATE incidents SET state = 'closed', active = false", "列表中的事件与记录不符"),
        ("UPDATE incidents SET overdue = NOT overdue", "列表中的事件与记录不符"),
        ("UPDATE incidents SET due_order = 0", "列表中的事件与记录不符"),
        ("DELETE FROM incidents", "列表中的事件与记录不符"),
        ("UPDATE tasks SET active = NOT active", "交办与记录不符"),
        ("DELETE FROM tasks", "交办与记录不符"),
        ("DELETE FROM viewers", "谁可以看到这件舆情与记录不符"),
        ("UPDATE viewers SET until_at = 0, until_version = 0", "谁可以看到这件舆情与记录不符"),
        (
            "INSERT INTO viewers (incident, viewer, why) SELECT id, 'body/nobody', 'task' FROM incidents",
            "谁可以看到这件舆情与记录不符",
        ),
        ("UPDATE clocks SET due_at = due_at + 1", "表中与记录不符"),
        ("UPDATE clocks SET charged_to = 'weather', breached = true", "表中与记录不符"),
        ("UPDATE clocks SET id = id + 100", "表中与记录不符"),
        ("DELETE FROM clocks", "个时限"),
        ("UPDATE escalations SET received_by = NULL, received_at = NULL", "升级与记录不符"),
        ("UPDATE escalations SET received_by = 'nobody', received_at = 1", "升级与记录不符"),
        ("UPDATE escalations SET holders = '[]'", "升级与记录不符"),
        ("UPDATE escalations SET tier = 'deputy'", "升级与记录不符"),
        ("DELETE FROM escalations", "升级与记录不符"),
        ("UPDATE clocks SET kind = 'x'", "读不懂的内容"),
        ("UPDATE escalations SET tier = 'x'", "读不懂的内容"),
        ("UPDATE escalations SET holders = '['", "升级与记录不符"),
        ("DELETE FROM escalation_users", "升级所通知的人与记录不符"),
        (
            "INSERT INTO escalation_users (user_id, escalation) SELECT 'stranger', id FROM escalations",
            "升级所通知的人与记录不符",
        ),
        ("UPDATE streams SET state = '{}'", "由记录重建的状态与保存的状态不同"),
        ("UPDATE streams SET kind = 'other'", "由记录重建的状态与保存的状态不同"),
        (
            "UPDATE streams SET seq = 1, \
             head = (SELECT hash FROM events WHERE events.stream = streams.stream AND events.seq = 1)",
            "当前状态停在第",
        ),
        ("DELETE FROM streams", "有记录而没有当前状态"),
        ("UPDATE users SET roles = '[]'", "用户 wang：表中与记录不符"),
        ("UPDATE users SET active = false", "用户 root：表中与记录不符"),
        ("DELETE FROM users", "用户 root：表中与记录不符"),
        ("UPDATE mentions SET incident = NULL", "所属事件与记录不符"),
        ("DELETE FROM counters", "编号计数"),
    ] {
        db.execute(damage).await.unwrap_or_else(|error| panic!("{damage}: {error}"));
        let found = broken(&db.store).await;
        assert!(found.iter().any(|line| line.contains(named)), "{damage}: {found:?}");
        let done = rebuild(&db.store, &rules().office, |_| ()).await.expect("rebuilt");
        assert!(done.rebuilt > 0 && done.broken.is_empty(), "{damage}: {done:?}");
        assert!(done.differed.iter().any(|line| line.contains(named)), "{damage}: {done:?}");
        let found = broken(&db.store).await;
        assert!(found.is_empty(), "{damage}: {found:?}");
        assert_eq!(everything(&db.store).await, before, "{damage}");
    }
    next_number_is_free(&db.store).await;
}

/// The counter that was lost gives no number twice.
async fn next_number_is_free(store: &Store) {
    let mut tx = store.write().await.unwrap();
    let first = store.incidents(&IncidentFilter::default(), None, 1).await.unwrap().remove(0);
    let (day, last) = first.id.as_str().split_once('-').expect("a numbered incident");
    let next = tx.next_number(&format!("incident/{day}")).await.unwrap();
    assert!(next > last.parse().unwrap(), "{next} after {last}");
    tx.rollback().await.unwrap();
}

const ALL_GONE: &str = "DELETE FROM incidents; DELETE FROM tasks; DELETE FROM viewers; DELETE FROM clocks; DELETE FROM escalations; \
    DELETE FROM escalation_users; DELETE FROM streams; DELETE FROM users; DELETE FROM counters; \
    UPDATE mentions SET incident = NULL";

async fn all_tables_are_rebuilt_at_once(db: Db) {
    for scenario in [COUNTY, "split-off", "merge-of-groups", "letters-repeat", "posts", "records"] {
        let db = Db::empty(db.store.engine()).await;
        lived(&db, scenario).await;
        // A scenario's act on a mention that opened nothing gives its incident no summary; the mention has one.
        let plain = "UPDATE incidents SET title = '', summary = '', category = NULL, analysis = NULL";
        db.execute(plain).await.unwrap();
        let before = everything(&db.store).await;
        db.execute(ALL_GONE).await.unwrap();
        let done = rebuild(&db.store, &rules().office, |_| ()).await.expect("rebuilt");
        assert!(done.broken.is_empty(), "{scenario}: {done:?}");
        assert_eq!(done.rebuilt, done.streams, "{scenario}: every one of them");
        let found = broken(&db.store).await;
        assert!(found.is_empty(), "{scenario}: {found:?}");
        let titled = db.store.incidents(&IncidentFilter::default(), None, 1_000).await.unwrap();
        assert!(titled.iter().all(|row| !row.title.is_empty()), "{scenario}: from the first mention");
        db.execute(plain).await.unwrap();
        assert_eq!(everything(&db.store).await, before, "{scenario}");
    }
}

async fn what_follows_from_no_record_is_taken_away(db: Db) {
    lived(&db, COUNTY).await;
    let before = everything(&db.store).await;
    for (invented, named) in [
        ("UPDATE incidents SET id = '20260101-0001'", "20260101-0001：表 incidents 中有，而没有记录"),
        (
            "INSERT INTO tasks (incident, n, department, role, state, active, auto, assigned_at) \
             VALUES ('20260101-0002', 1, 'housing', 'lead', 'assigned', true, false, 1)",
            "20260101-0002：表 tasks 中有，而没有记录",
        ),
        ("UPDATE clocks SET stream = 'incident/20260101-0003'", "incident/20260101-0003：表 clocks 中有，而没有记录"),
        ("UPDATE escalations SET incident = '20260101-0004'", "20260101-0004：表 escalations 中有，而没有记录"),
        ("UPDATE mentions SET incident = '20260101-0005'", "20260101-0005：表 mentions 中有，而没有记录"),
        (
            "INSERT INTO escalation_users (user_id, escalation) VALUES ('stranger', '20260101-0006/9')",
            "20260101-0006/9：表 escalation_users 中有，而没有记录",
        ),
        (
            "INSERT INTO users (id, name, roles, active, created_at, updated_at) \
             VALUES ('stranger', '陌生人', '[{\"role\":\"admin\"}]', true, 1, 1); \
             INSERT INTO credentials (user_id, hash, must_change, changed_at) VALUES ('stranger', 'x', false, 1)",
            "用户 stranger：没有记录",
        ),
    ] {
        db.execute(invented).await.unwrap_or_else(|error| panic!("{invented}: {error}"));
        let found = broken(&db.store).await;
        assert!(found.iter().any(|line| line.contains(named)), "{invented}: {found:?}");
        let done = rebuild(&db.store, &rules().office, |_| ()).await.expect("rebuilt");
        assert!(done.broken.is_empty(), "{invented}: {done:?}");
        let found = broken(&db.store).await;
        assert!(found.is_empty(), "{invented}: {found:?}");
        assert_eq!(everything(&db.store).await, before, "{invented}");
    }
    assert!(db.store.credential(&"stranger".into()).await.unwrap().is_none());
}

/// The worst that a damaged table does: a clock that nothing looks at any more.
async fn a_stream_that_nothing_would_wake_fires_after_a_rebuild(db: Db) {
    played("posts", &db.options).await;
    let shared = Arc::new(ArcSwap::from_pointee(rules()));
    let acts = Acts::new(db.store.clone(), shared.clone());
    let at = "2026-06-01T10:00:00+08:00".parse().unwrap();
    let post = MentionInput { text: "桥面塌陷".into(), ..MentionInput::default() };
    let opened = serde_json::from_value(serde_json::json!({
        "detected_at": at, "policy": "xuancheng-2016", "by_hand": false, "label": null, "occurred_at": null,
        "mention": { "id": post.identity(), "content_hash": post.content_hash(), "channel": "weibo" },
        "proposal": { "event_grade": "none", "opinion_grade": "general", "sensitive": false },
    }));
    let opened = opened.expect("an opening");
    let mut tx = db.store.write().await.unwrap();
    tx.insert_mentions(&[NewMention::detected(post.clone(), at)]).await.unwrap();
    let incident = acts.open(&mut tx, opened, &About::default(), &Actor::System, at).await.unwrap().incident;
    let placed = Finished {
        id: post.identity(),
        incident: Some(incident.clone()),
        analysis: "{}".into(),
        ..Finished::default()
    };
    tx.finish_mentions(&[placed]).await.unwrap();
    tx.commit().await.unwrap();
    db.execute("UPDATE streams SET next_at = NULL").await.unwrap();
    let found = broken(&db.store).await;
    assert!(found.iter().any(|line| line.contains("时限可能不会按时触发")), "{found:?}");
    let analyser = Arc::new(Analyser::new(rules().vocabulary()));
    let later = at + Span::from_hours(24 * 9);
    let clock = Arc::new(ManualClock::new(later));
    let engine = Engine::new(db.store.clone(), acts, shared, analyser, clock, EngineOptions::default());
    assert_eq!(engine.sweep(later, later).await.unwrap().settled, 0, "nothing would have fired");
    rebuild(&db.store, &rules().office, |_| ()).await.expect("rebuilt");
    assert!(broken(&db.store).await.is_empty());
    assert!(engine.sweep(later, later).await.unwrap().settled > 0);
    let events = db.store.events(&stream_of(&incident)).await.unwrap();
    assert!(events.iter().any(|event| event.event == "clock_breached"), "it fires, late, and says so");
}

/// Nothing follows from it; and what is left of the tables may be all there is to tell of what was in it.
async fn a_record_that_does_not_hold_is_left_alone(db: Db) {
    for (damage, named) in [
        ("UPDATE events SET actor = 'someone' WHERE seq = 2", "第 2 条：哈希与内容或前一条不符"),
        ("UPDATE events SET seq = 1000 WHERE seq = 2", "第 1 条之后应为 2"),
        ("DELETE FROM events WHERE seq > 2", "末尾缺失"),
        ("DELETE FROM events WHERE seq > 0", "末尾缺失"),
        ("UPDATE streams SET head = 'f00'", "与登记的链尾不符"),
        ("UPDATE streams SET seq = seq - 1", "与登记的链尾不符"),
    ] {
        let db = Db::empty(db.store.engine()).await;
        lived(&db, COUNTY).await;
        let unguarded = match db.store.engine() {
            huiying::store::Engine::Sqlite => "DROP TRIGGER events_never_updated; DROP TRIGGER events_never_deleted",
            huiying::store::Engine::Postgres => "ALTER TABLE events DISABLE TRIGGER USER",
        };
        db.execute(unguarded).await.unwrap();
        db.execute("UPDATE incidents SET state = 'closed'; DELETE FROM tasks").await.unwrap();
        db.execute(damage).await.unwrap_or_else(|error| panic!("{damage}: {error}"));
        let before = everything(&db.store).await;
        let found = broken(&db.store).await;
        assert!(found.iter().any(|line| line.contains(named)), "{damage}: {found:?}");
        let done = rebuild(&db.store, &rules().office, |_| ()).await.expect("walked");
        assert!(done.broken.iter().any(|line| line.contains(named)), "{damage}: {done:?}");
        assert_eq!((done.rebuilt, done.differed.len()), (0, 0), "{damage}: {done:?}");
        assert_eq!(everything(&db.store).await, before, "{damage}");
    }
}

/// After retention has deleted a mention, the same post may be read again: it is none of the incident's any more.
async fn a_mention_that_comes_again_after_retention_stays_where_it_is(db: Db) {
    lived(&db, COUNTY).await;
    let two_years_on = LATER + Span::from_hours(24 * 730);
    let rows = db.store.mentions(&MentionFilter::default(), None, 1_000).await.unwrap();
    let mentions: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    let let_go = AdminEvent::LetGo {
        kind: Kept::Mentions,
        before: two_years_on,
        count: mentions.len() as u64,
        mentions,
        incidents: Vec::new(),
    };
    administration::record(&db.store, &let_go, "system", two_years_on).await.unwrap();
    let again = format!("UPDATE mentions SET incident = NULL, detected_at = {}", two_years_on.ms());
    db.execute(&again).await.unwrap();
    let found = broken(&db.store).await;
    assert!(found.is_empty(), "{found:?}");
    let done = rebuild(&db.store, &rules().office, |_| ()).await.expect("walked");
    assert_eq!(done.rebuilt, 0, "{done:?}");
}

/// An unreadable row spoils no other incident's rebuilding, and its own is taken as lost.
async fn an_unreadable_row_is_written_anew(db: Db) {
    lived(&db, "split-off").await;
    let before = db.store.incidents(&IncidentFilter::default(), None, 1_000).await.unwrap();
    assert!(before.len() > 1, "several incidents");
    for damage in ["channels = '['", "event_grade = 'x'"] {
        db.execute(&format!("UPDATE incidents SET {damage} WHERE id = (SELECT MIN(id) FROM incidents)")).await.unwrap();
        db.execute("DELETE FROM tasks").await.unwrap();
        let found = broken(&db.store).await;
        let unreadable = found.iter().filter(|line| line.contains("读不懂的内容")).count();
        assert_eq!(unreadable, 1, "{damage}: {found:?}");
        rebuild(&db.store, &rules().office, |_| ()).await.expect("rebuilt");
        let found = broken(&db.store).await;
        assert!(found.is_empty(), "{damage}: {found:?}");
    }
    let after = db.store.incidents(&IncidentFilter::default(), None, 1_000).await.unwrap();
    assert_eq!(after.len(), before.len());
}

/// Names and numbers of those who were told are no part of the record: a rebuild after the roster has changed keeps them.
async fn who_was_told_is_kept_as_it_was(db: Db) {
    lived(&db, COUNTY).await;
    let before = everything(&db.store).await;
    let mut office = rules().office;
    for roster in office.rosters.values_mut() {
        roster.tiers.values_mut().flatten().for_each(|holder| holder.name = "后来的人".into());
    }
    db.execute("UPDATE escalations SET tier = 'deputy'").await.unwrap();
    rebuild(&db.store, &office, |_| ()).await.expect("rebuilt");
    assert_eq!(everything(&db.store).await, before);
}

async fn a_rebuild_that_was_killed_is_run_again(db: Db) {
    if let Ok(order) = std::env::var(CHILD) {
        return stop_dead(&order, async |store| {
            drop(rebuild(&store, &rules().office, |_| ()).await.expect("rebuilt"));
        })
        .await;
    }
    lived(&db, COUNTY).await;
    let before = everything(&db.store).await;
    let engine = format!("{:?}", db.store.engine()).to_lowercase();
    let test = format!("rebuilt::{engine}::a_rebuild_that_was_killed_is_run_again");
    db.execute("UPDATE streams SET state = '{}'; DELETE FROM tasks; DELETE FROM escalations; DELETE FROM clocks")
        .await
        .unwrap();
    for (step, nth) in [("statement", 14), ("statement", 22), ("committing", 1), ("committed", 1)] {
        kill_at(&db, &test, step, nth);
    }
    rebuild(&db.store, &rules().office, |_| ()).await.expect("rebuilt");
    assert!(broken(&db.store).await.is_empty());
    assert_eq!(everything(&db.store).await, before);
}
