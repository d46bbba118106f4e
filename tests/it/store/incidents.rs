//! Incidents, tasks, clocks and escalations: what lists show, in which order, and to whom.

use huiying::domain::body::Tier;
use huiying::domain::clock::{ClockKind, Force};
use huiying::domain::grade::Grade;
use huiying::domain::ids::{ClockId, IncidentId, UserId};
use huiying::domain::incident::{ViewReason, Viewer, Viewpoint};
use huiying::domain::mention::Channel;
use huiying::store::{
    ClockFilter, ClockRow, EscalationFilter, EscalationRow, IncidentCounts, IncidentCursor, IncidentFilter,
    IncidentRow, Json, Judged, TaskRow, Tx, View,
};

use super::{Db, at, on_both};

on_both!(
    an_incident_is_read_as_written,
    each_view_shows_its_own,
    the_most_urgent_come_first_page_by_page,
    the_newest_come_first_page_by_page,
    every_filter_narrows,
    a_department_sees_its_own_cases_only,
    the_overview_counts,
    active_incidents_are_walked,
    tasks_are_kept_by_number,
    clocks_are_read_as_written,
    running_clocks_come_in_order_of_due_time,
    escalations_reach_their_accounts,
);

pub(super) fn incident(id: &str, minutes: i64) -> IncidentRow {
    IncidentRow {
        id: id.into(),
        title: format!("某小区停水 {id}"),
        summary: "居民反映停水".into(),
        region: Some("xuanzhou".into()),
        jurisdiction: "xuancheng".into(),
        state: "detected".into(),
        active: true,
        event_grade: Grade::None,
        opinion_grade: Grade::General,
        sensitive: false,
        graded: false,
        lead: None,
        opened_at: at(minutes),
        detected_at: at(minutes),
        updated_at: at(minutes),
        version: 1,
        mention_count: 1,
        channels: Json(vec![Channel::Weibo]),
        main_due_at: Some(at(minutes + 2880)),
        first_due_at: Some(at(minutes + 120)),
        overdue: false,
        pending_approvals: 0,
        category: None,
        analysis: None,
    }
}

fn task(incident: &str, n: i64, department: &str, active: bool) -> TaskRow {
    TaskRow {
        incident: incident.into(),
        n,
        department: department.into(),
        role: "lead".into(),
        state: if active { "assigned" } else { "returned" }.into(),
        active,
        auto: false,
        assigned_at: at(n),
        acknowledged_at: None,
        answered_at: None,
    }
}

pub(super) fn clock(stream: &str, id: u32, kind: ClockKind, due: i64) -> ClockRow {
    ClockRow {
        stream: format!("incident/{stream}"),
        id: ClockId(id),
        incident: Some(stream.into()),
        kind,
        department: None,
        account: None,
        started_at: at(0),
        anchor_at: at(0),
        due_at: at(due),
        force: Force::Statutory,
        open: true,
        breached: false,
        verdict: None,
        ended_at: None,
        effective_at: None,
        charged_to: None,
        operational: false,
        cycle: 1,
        plan: "{}".into(),
    }
}

pub(super) async fn put(tx: &mut Tx, rows: &[IncidentRow]) {
    for row in rows {
        tx.put_incident(row).await.unwrap();
    }
}

/// Bodies that see an incident from now on, and none besides.
pub(super) async fn see(tx: &mut Tx, id: &str, bodies: &[&str]) {
    let viewers = bodies.iter().map(|body| (Viewer::Body((*body).into()), ViewReason::Task)).collect();
    tx.put_viewers(&id.into(), &viewers, (1, at(0))).await.unwrap();
}

async fn ids(db: &Db, filter: &IncidentFilter) -> Vec<String> {
    let rows = db.store.incidents(filter, None, 100).await.unwrap();
    rows.into_iter().map(|row| row.id.as_str().to_owned()).collect()
}

fn view(view: View) -> IncidentFilter {
    IncidentFilter { view, ..IncidentFilter::default() }
}

async fn an_incident_is_read_as_written(db: Db) {
    let full = IncidentRow {
        title: "“引号”与 'quotes'".into(),
        event_grade: Grade::Extraordinary,
        opinion_grade: Grade::Major,
        sensitive: true,
        graded: true,
        lead: Some("water".into()),
        mention_count: 42,
        channels: Json(vec![Channel::Weibo, Channel::Board]),
        overdue: true,
        pending_approvals: 2,
        category: Some("urban_construction".into()),
        analysis: Some("{\"reasons\":[]}".into()),
        ..incident("20260511-0001", 0)
    };
    let bare = IncidentRow { region: None, main_due_at: None, first_due_at: None, ..incident("20260511-0002", 1) };
    let bare = IncidentRow { channels: Json(Vec::new()), ..bare };
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[full.clone(), bare.clone()]).await;
    assert_eq!(tx.incident(&full.id).await.unwrap(), Some(full.clone()));
    tx.commit().await.unwrap();
    assert_eq!(db.store.incident(&full.id).await.unwrap(), Some(full.clone()));
    assert_eq!(db.store.incident(&bare.id).await.unwrap(), Some(bare));
    assert_eq!(db.store.incident(&"20260511-0003".into()).await.unwrap(), None);

    let later = IncidentRow { state: "closed".into(), active: false, version: 9, overdue: false, ..full };
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, std::slice::from_ref(&later)).await;
    tx.commit().await.unwrap();
    assert_eq!(db.store.incident(&later.id).await.unwrap(), Some(later), "written again, every column changes");
}

async fn each_view_shows_its_own(db: Db) {
    let assigned = |id, graded| IncidentRow { graded, lead: Some("water".into()), ..incident(id, 0) };
    let mut tx = db.store.write().await.unwrap();
    put(
        &mut tx,
        &[
            incident("1", 0),
            assigned("2", true),
            assigned("3", false),
            IncidentRow { overdue: true, ..assigned("4", true) },
            IncidentRow { active: false, overdue: true, ..assigned("5", true) },
            IncidentRow { graded: true, ..incident("6", 0) },
        ],
    )
    .await;
    tx.commit().await.unwrap();
    for (which, expected) in [
        (View::Triage, vec!["1", "3", "6"]),
        (View::Assigned, vec!["2", "3", "4"]),
        (View::Open, vec!["1", "2", "3", "4", "6"]),
        (View::Overdue, vec!["4"]),
        (View::Closed, vec!["5"]),
        (View::All, vec!["6", "5", "4", "3", "2", "1"]),
    ] {
        assert_eq!(ids(&db, &view(which)).await, expected, "{which:?}");
    }
}

async fn pages(db: &Db, which: View) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor: Option<IncidentCursor> = None;
    loop {
        let page = db.store.incidents(&view(which), cursor.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { return seen };
        // As a client sends it back.
        cursor = Some(IncidentCursor::after(last, which).to_string().parse().unwrap());
        seen.extend(page.iter().map(|row| row.id.as_str().to_owned()));
        assert!(seen.len() <= 100, "the pages never end");
    }
}

async fn the_most_urgent_come_first_page_by_page(db: Db) {
    let due =
        |id, minutes: Option<i64>| IncidentRow { main_due_at: None, first_due_at: minutes.map(at), ..incident(id, 0) };
    let mut tx = db.store.write().await.unwrap();
    put(
        &mut tx,
        &[due("1", None), due("2", Some(9)), due("3", Some(5)), due("4", Some(9)), due("5", None), due("6", Some(7))],
    )
    .await;
    tx.commit().await.unwrap();
    assert_eq!(pages(&db, View::Open).await, ["3", "6", "2", "4", "1", "5"], "those without an open clock last");
    // An explosion of this minute stands before statutory clocks that are overdue, and these before internal ones.
    let main = |id, minutes| IncidentRow {
        main_due_at: Some(at(minutes)),
        first_due_at: Some(at(minutes - 1)),
        ..incident(id, 0)
    };
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[main("7", 8), main("8", 3), IncidentRow { event_grade: Grade::Major, ..main("9", 2_000) }]).await;
    tx.commit().await.unwrap();
    assert_eq!(pages(&db, View::Open).await, ["9", "8", "7", "3", "6", "2", "4", "1", "5"]);
}

async fn the_newest_come_first_page_by_page(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[incident("1", 3), incident("2", 5), incident("3", 3), incident("4", 1), incident("5", 3)]).await;
    tx.commit().await.unwrap();
    assert_eq!(pages(&db, View::All).await, ["2", "5", "3", "1", "4"]);
}

async fn every_filter_narrows(db: Db) {
    let odd = IncidentRow {
        title: "Chemical 化工厂 100% 泄漏_1".into(),
        region: Some("jingxian".into()),
        state: "assigned".into(),
        channels: Json(vec![Channel::News, Channel::Video]),
        category: Some("environment".into()),
        sensitive: true,
        event_grade: Grade::Major,
        lead: Some("ecology".into()),
        ..incident("20260511-0009", 0)
    };
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[incident("20260511-0001", 0), odd]).await;
    see(&mut tx, "20260511-0009", &["ecology"]).await;
    tx.commit().await.unwrap();
    let all = IncidentFilter::default;
    let narrow = [
        IncidentFilter { region: Some("jingxian".into()), ..all() },
        IncidentFilter { department: Some("ecology".into()), ..all() },
        IncidentFilter { visible_to: Some(Viewpoint::of_body("ecology")), ..all() },
        IncidentFilter { channel: Some(Channel::Video), ..all() },
        IncidentFilter { state: Some("assigned".into()), ..all() },
        IncidentFilter { category: Some("environment".into()), ..all() },
        IncidentFilter { sensitive: Some(true), ..all() },
        IncidentFilter { at_least: Some(Grade::Major), ..all() },
        IncidentFilter { q: Some("化工厂".into()), ..all() },
        IncidentFilter { q: Some("chemical".into()), ..all() },
        IncidentFilter { q: Some("100%".into()), ..all() },
        IncidentFilter { q: Some("0009".into()), ..all() },
        IncidentFilter {
            now: at(0),
            view: View::Open,
            visible_to: Some(Viewpoint::of_body("ecology")),
            region: Some("jingxian".into()),
            department: Some("ecology".into()),
            channel: Some(Channel::News),
            state: Some("assigned".into()),
            category: Some("environment".into()),
            sensitive: Some(true),
            at_least: Some(Grade::Large),
            q: Some("泄漏_".into()),
            ..all()
        },
    ];
    for filter in narrow {
        assert_eq!(ids(&db, &filter).await, ["20260511-0009"], "{filter:?}");
    }
    assert_eq!(ids(&db, &IncidentFilter { sensitive: Some(false), ..all() }).await, ["20260511-0001"]);
    for judged in [Judged::OnTime, Judged::Late, Judged::Corrected, Judged::Running] {
        assert!(ids(&db, &IncidentFilter { judged: Some(judged), ..all() }).await.is_empty(), "no clock: {judged:?}");
    }
    assert_eq!(ids(&db, &IncidentFilter { from: Some(at(0)), to: Some(at(1)), ..all() }).await.len(), 2);
    assert!(ids(&db, &IncidentFilter { to: Some(at(0)), ..all() }).await.is_empty());
    // What its mentions say finds it as well.
    let told = super::mentions::insert(&db, &[super::mentions::new("1", 0)]).await;
    let told = huiying::store::Finished {
        incident: Some("20260511-0009".into()),
        ..super::mentions::finished(&told[0], &["消防车", "来", "了"])
    };
    super::mentions::finish(&db, &[told]).await;
    for q in ["消防车来了", "车来"] {
        assert_eq!(ids(&db, &IncidentFilter { q: Some(q.into()), ..all() }).await, ["20260511-0009"], "{q}");
    }
    for q in ["没有这样的", "%%%", "' OR 1=1 --", "0_09"] {
        assert!(ids(&db, &IncidentFilter { q: Some(q.into()), ..all() }).await.is_empty(), "{q}");
    }
    assert_eq!(ids(&db, &IncidentFilter { q: Some("  ".into()), ..all() }).await.len(), 2, "blank asks for nothing");
}

async fn a_department_sees_its_own_cases_only(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[incident("1", 0), incident("2", 0), incident("3", 0)]).await;
    see(&mut tx, "1", &["water", "ecology"]).await;
    see(&mut tx, "2", &["ecology"]).await;
    // Returned, and so no longer its own.
    see(&mut tx, "3", &["water"]).await;
    see(&mut tx, "3", &[]).await;
    tx.commit().await.unwrap();
    let water = Viewpoint { body: "water".into(), user: Some("wu".into()) };
    for which in View::ALL {
        let filter =
            IncidentFilter { view: which, visible_to: Some(Viewpoint::of_body("water")), ..IncidentFilter::default() };
        let expected: &[&str] = if matches!(which, View::Triage | View::Open | View::All) { &["1"] } else { &[] };
        assert_eq!(ids(&db, &filter).await, expected, "{which:?}");
    }
    assert!(db.store.incident_visible(&"1".into(), &water).await.unwrap().is_some());
    for other in ["2", "3", "4"] {
        assert!(db.store.incident_visible(&other.into(), &water).await.unwrap().is_none(), "{other}");
    }
    assert_eq!(db.store.incident_counts(Some(&water), at(0)).await.unwrap().active, 1);
    let key = |body: &str| Viewer::Body(body.into()).to_string();
    let after = async |version| db.store.viewers_after(&"3".into(), version).await.unwrap();
    assert_eq!(
        (after(0).await, after(1).await),
        ([key("water")].into(), [].into()),
        "it hears once that it lost the case"
    );
}

async fn the_overview_counts(db: Db) {
    assert_eq!(db.store.incident_counts(None, at(0)).await.unwrap(), IncidentCounts::default());
    let due = |id, minutes| IncidentRow { main_due_at: Some(at(minutes)), ..incident(id, 0) };
    let handled = |row: IncidentRow| IncidentRow { graded: true, lead: Some("water".into()), ..row };
    let mut tx = db.store.write().await.unwrap();
    put(
        &mut tx,
        &[
            due("1", 60),
            handled(due("2", 120)),
            handled(due("3", 121)),
            IncidentRow { overdue: true, ..handled(due("4", 30)) },
            IncidentRow { opinion_grade: Grade::Major, ..handled(due("5", 600)) },
            IncidentRow { active: false, overdue: true, event_grade: Grade::Major, ..due("6", 60) },
        ],
    )
    .await;
    tx.commit().await.unwrap();
    let counts = db.store.incident_counts(None, at(0)).await.unwrap();
    assert_eq!(counts, IncidentCounts { active: 5, overdue: 1, due_soon: 2, major: 1, to_triage: 1 });
    assert_eq!(ids(&db, &IncidentFilter { now: at(0), ..view(View::DueSoon) }).await, ["1", "2"], "what is counted");
}

async fn active_incidents_are_walked(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    put(
        &mut tx,
        &[incident("1", 0), incident("2", 9), incident("3", 9), IncidentRow { active: false, ..incident("4", 9) }],
    )
    .await;
    tx.commit().await.unwrap();
    let first = db.store.active_incidents((at(5), &IncidentId::default()), 1).await.unwrap();
    assert_eq!(first[0].0, "2");
    let rest = db.store.active_incidents((first[0].1, &first[0].0), 10).await.unwrap();
    assert_eq!(rest.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["3"]);
}

async fn tasks_are_kept_by_number(db: Db) {
    let returned = task("1", 1, "water", false);
    let again =
        TaskRow { acknowledged_at: Some(at(3)), answered_at: Some(at(4)), auto: true, ..task("1", 2, "water", true) };
    let mut tx = db.store.write().await.unwrap();
    for row in [&task("1", 1, "water", true), &returned, &again, &task("2", 1, "ecology", true)] {
        tx.put_task(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(db.store.tasks(&"1".into()).await.unwrap(), [returned.clone(), again.clone()]);
    let of = db.store.tasks_of(&["2".into(), "1".into(), "3".into()]).await.unwrap();
    assert_eq!(of, [returned, again, task("2", 1, "ecology", true)]);
    assert!(db.store.tasks_of(&[]).await.unwrap().is_empty());
}

async fn clocks_are_read_as_written(db: Db) {
    let running = clock("1", 1, ClockKind::Response, 60);
    let ended = ClockRow {
        department: Some("water".into()),
        force: Force::Internal,
        open: false,
        breached: true,
        verdict: Some("ended_late".into()),
        ended_at: Some(at(70)),
        effective_at: Some(at(65)),
        charged_to: Some("water".into()),
        operational: true,
        cycle: 2,
        plan: "{\"clause\":\"内控\"}".into(),
        ..clock("1", 2, ClockKind::Acknowledge, 30)
    };
    let repost = ClockRow {
        stream: "post/p".into(),
        incident: None,
        account: Some("water.weibo".into()),
        force: Force::Target,
        ..clock("1", 1, ClockKind::WeiboRepost, 9)
    };
    let met = ClockRow {
        open: false,
        verdict: Some("met".into()),
        ended_at: Some(at(50)),
        effective_at: Some(at(50)),
        ..clock("2", 1, ClockKind::PressConference, 60)
    };
    let beside = ClockRow { operational: true, ..clock("2", 2, ClockKind::PressConference, 30) };
    let mut tx = db.store.write().await.unwrap();
    for row in [&running, &clock("1", 2, ClockKind::Acknowledge, 30), &ended, &repost, &met, &beside] {
        tx.put_clock(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(db.store.clocks("incident/1").await.unwrap(), [running.clone(), ended]);
    assert_eq!(db.store.clocks("post/p").await.unwrap(), [repost]);
    assert_eq!(db.store.open_clocks_of(&["1".into()]).await.unwrap(), std::slice::from_ref(&running));
    assert_eq!(db.store.main_clocks_of(&["1".into(), "2".into()]).await.unwrap(), [running, met]);
}

async fn running_clocks_come_in_order_of_due_time(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[incident("1", 0), incident("2", 0), IncidentRow { active: false, ..incident("3", 0) }]).await;
    see(&mut tx, "2", &["water"]).await;
    let rows = [
        clock("1", 1, ClockKind::Response, 90),
        ClockRow { breached: true, ..clock("2", 1, ClockKind::Response, 10) },
        ClockRow { force: Force::Internal, ..clock("2", 2, ClockKind::Acknowledge, 30) },
        ClockRow { operational: true, ..clock("2", 3, ClockKind::Response, 40) },
        ClockRow { open: false, ..clock("2", 4, ClockKind::Response, 1) },
        clock("3", 1, ClockKind::Response, 5),
    ];
    for row in &rows {
        tx.put_clock(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let due = |filter: ClockFilter| {
        let store = db.store.clone();
        async move {
            let rows = store.running_clocks(&filter, 10).await.unwrap();
            rows.iter().map(|row| (row.clock.stream.clone(), row.clock.id.0)).collect::<Vec<_>>()
        }
    };
    let named = |list: &[(&str, u32)]| list.iter().map(|(i, n)| (format!("incident/{i}"), *n)).collect::<Vec<_>>();
    let all = ClockFilter::default;
    assert_eq!(due(all()).await, named(&[("2", 1), ("2", 2), ("2", 3), ("1", 1)]));
    assert_eq!(due(ClockFilter { main_only: true, ..all() }).await, named(&[("2", 1), ("1", 1)]));
    assert_eq!(due(ClockFilter { breached: Some(true), ..all() }).await, named(&[("2", 1)]));
    assert_eq!(due(ClockFilter { force: Some(Force::Internal), ..all() }).await, named(&[("2", 2)]));
    assert_eq!(due(ClockFilter { due_before: Some(at(40)), ..all() }).await, named(&[("2", 1), ("2", 2)]));
    let water = ClockFilter { visible_to: Some(Viewpoint::of_body("water")), ..all() };
    assert_eq!(due(water).await, named(&[("2", 1), ("2", 2), ("2", 3)]));
    let first = db.store.running_clocks(&all(), 1).await.unwrap().remove(0);
    assert_eq!((first.title.as_str(), first.clock), ("某小区停水 2", rows[1].clone()));
}

async fn escalations_reach_their_accounts(db: Db) {
    let told = |id: &str, incident: &str, minutes, tier| EscalationRow {
        id: id.into(),
        incident: incident.into(),
        clock: Some(ClockId(1)),
        clock_kind: Some(ClockKind::Response),
        tier,
        jurisdiction: "xuancheng".into(),
        holders: "[{\"id\":\"xuancheng.deputy\",\"name\":\"分管领导\"}]".into(),
        at: at(minutes),
        step: Some("2h".into()),
        received_by: None,
        received_at: None,
        skipped: false,
    };
    let first = told("1/5", "1", 5, Tier::OfficeDirector);
    let second = EscalationRow { clock: None, clock_kind: None, step: None, ..told("1/7", "1", 7, Tier::Deputy) };
    let skipped = EscalationRow { skipped: true, ..told("2/4", "2", 4, Tier::Deputy) };
    let third = told("2/9", "2", 9, Tier::Deputy);
    let (deputy, director) = (UserId::from("deputy"), UserId::from("director"));
    let mut tx = db.store.write().await.unwrap();
    put(&mut tx, &[incident("1", 0), IncidentRow { active: false, ..incident("2", 0) }]).await;
    see(&mut tx, "1", &["water"]).await;
    tx.put_told(&"1".into(), &[deputy.clone(), director.clone()]).await.unwrap();
    tx.put_escalation(&first, std::slice::from_ref(&director)).await.unwrap();
    for row in [&second, &skipped, &third] {
        tx.put_escalation(row, &[deputy.clone(), director.clone()]).await.unwrap();
    }
    tx.commit().await.unwrap();

    let shown = |filter: EscalationFilter| {
        let store = db.store.clone();
        async move {
            let rows = store.escalations(&filter, 10).await.unwrap();
            rows.into_iter().map(|row| row.escalation.id).collect::<Vec<_>>()
        }
    };
    let all = EscalationFilter::default;
    assert_eq!(shown(all()).await, ["2/9", "1/7", "1/5"], "what was overtaken was told to nobody");
    assert_eq!(shown(EscalationFilter { user: Some(deputy.clone()), ..all() }).await, ["2/9", "1/7"]);
    assert_eq!(shown(EscalationFilter { active_only: true, ..all() }).await, ["1/7", "1/5"]);
    assert_eq!(shown(EscalationFilter { tier: Some(Tier::OfficeDirector), ..all() }).await, ["1/5"]);
    assert_eq!(
        shown(EscalationFilter { visible_to: Some(Viewpoint::of_body("water")), ..all() }).await,
        ["1/7", "1/5"]
    );
    assert!(shown(EscalationFilter { visible_to: Some(Viewpoint::of_body("ecology")), ..all() }).await.is_empty());
    assert_eq!(db.store.escalations_of(&["1"]).await.unwrap(), [first, second]);

    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.receive_escalations(&"1".into(), &deputy, &deputy, at(10)).await.unwrap(), 1);
    assert_eq!(
        tx.receive_escalations(&"1".into(), &deputy, &deputy, at(11)).await.unwrap(),
        0,
        "the first receipt stays"
    );
    tx.commit().await.unwrap();
    assert_eq!(shown(EscalationFilter { unreceived_only: true, ..all() }).await, ["2/9", "1/5"]);
    let received = &db.store.escalations_of(&["1"]).await.unwrap()[1];
    assert_eq!((received.received_by.as_deref(), received.received_at), (Some("deputy"), Some(at(10))));
    // Who has read it is each one's own: the director was told the same.
    assert_eq!(db.store.read_by(&deputy, &["1/5", "1/7", "2/9"]).await.unwrap(), [("1/7".to_owned(), at(10))]);
    assert!(db.store.read_by(&director, &["1/5", "1/7", "2/9"]).await.unwrap().is_empty());
    // Whoever was told may see the case, whosever it is; others of the same body may not.
    let visible = async |body: &str, user: &str| {
        let from = Viewpoint { body: body.into(), user: Some(user.into()) };
        db.store.incident_visible(&"1".into(), &from).await.unwrap().is_some()
    };
    assert!(visible("ecology", "director").await && !visible("ecology", "stranger").await);
    let mut tx = db.store.write().await.unwrap();
    see(&mut tx, "1", &["langxi"]).await;
    tx.commit().await.unwrap();
    assert!(visible("langxi", "stranger").await && !visible("water", "stranger").await);
    assert!(visible("ecology", "director").await, "they were told all the same");
}
