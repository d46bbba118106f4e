//! What is let go goes from the file too, what is evidence stays, and the record says which was which.

use super::*;
use crate::acts::administration;
use crate::acts::verify;
use crate::domain::actor::Actor;
use crate::domain::incident::Command;
use crate::engine::tests::{Desk, SMOKE, SPRING, START, WAGES, post};
use crate::store::{NewNotification, NewOutbox, NewReject};

const DAY: Span = Span::from_days(1);

async fn recorded(desk: &Desk) -> Vec<AdminEvent> {
    let rows = desk.store.events(ADMIN_STREAM).await.unwrap();
    rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect()
}

#[tokio::test]
async fn mentions_of_cases_are_let_go_by_name_and_what_is_noise_by_number() {
    let desk = Desk::new().await;
    let case = post("1", SMOKE);
    desk.ingest(vec![case.clone(), post("2", SPRING)]).await;
    let end = START + Retention::default().mentions;
    assert_eq!(desk.engine.clean_up(end).await.unwrap(), [], "not yet");
    assert_eq!(desk.engine.clean_up(end + DAY).await.unwrap()[0], (Kept::Mentions, 2));
    let Some(AdminEvent::LetGo { kind, mentions, count, before, .. }) = recorded(&desk).await.into_iter().next() else {
        panic!("no record");
    };
    assert_eq!((kind, mentions, count), (Kept::Mentions, vec![case.identity()], 2));
    assert_eq!(before, START + DAY);
    assert_eq!(desk.engine.clean_up(end + DAY).await.unwrap(), [], "nothing is recorded twice");
    assert_eq!(verify(&desk.store, |_| ()).await.unwrap().broken, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_let_go_lies_nowhere_in_the_file() {
    let desk = Desk::new().await;
    desk.ingest(vec![post("1", SPRING), post("2", SMOKE)]).await;
    desk.store.empty_log().await.unwrap();
    let words = ["周末和家人去爬山", "爬山"];
    let holds = |word: &str| {
        let files =
            ["test.db", "test.db-wal"].map(|name| std::fs::read(desk.dir.path().join(name)).unwrap_or_default());
        files.iter().any(|bytes| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
    };
    assert!(words.iter().all(|word| holds(word)), "it was there");
    let keep = Retention::default().mentions;
    desk.engine.clean_up(START + keep + DAY).await.unwrap();
    for word in words {
        assert!(!holds(word), "{word} still lies in the file");
    }
}

#[tokio::test]
async fn a_closed_case_lets_its_texts_go_unless_a_decision_rests_on_them() {
    let mut desk = Desk::new().await;
    let opened = desk.ingest(vec![post("1", SMOKE), post("2", WAGES)]).await.opened;
    let office = Actor::office("analyst");
    desk.now = desk.now + Span::from_minutes(5);
    let dismiss = Command::Dismiss { reason: "误报".into() };
    desk.acts.act(&opened[0], &dismiss, &office, None, desk.now).await.unwrap();
    let how = serde_json::from_value(
        serde_json::json!({"do": "dispose", "how": "no_public_response", "reason": "属个人纠纷"}),
    );
    let dispose: Command = how.unwrap();
    desk.acts.act(&opened[1], &dispose, &office, None, desk.now).await.unwrap();
    let term = Retention::default().case_texts;
    desk.engine.clean_up(desk.now + term).await.unwrap();
    assert!(desk.incident(&opened[0]).await.title.starts_with("宣州区"), "not yet");
    let gone = desk.engine.clean_up(desk.now + term + DAY).await.unwrap();
    assert!(gone.contains(&(Kept::CaseTexts, 1)), "{gone:?}");
    let row = desk.incident(&opened[0]).await;
    assert_eq!((row.title.as_str(), row.summary.as_str(), row.analysis), (TITLE_GONE, "", None));
    let kept = desk.incident(&opened[1]).await;
    assert!(kept.title.contains("工资") && !kept.summary.is_empty(), "a refusal to answer in public rests on it");
    let named = recorded(&desk).await.into_iter().any(
        |event| matches!(&event, AdminEvent::LetGo { kind: Kept::CaseTexts, incidents, .. } if *incidents == [opened[0].clone()]),
    );
    assert!(named);
    assert_eq!(verify(&desk.store, |_| ()).await.unwrap().broken, Vec::<String>::new());
}

#[tokio::test]
async fn each_kind_has_its_own_term_and_what_waits_stays() {
    let desk = Desk::new().await;
    let keep = Retention::default();
    let mut tx = desk.store.write().await.unwrap();
    let row = |key: &str| NewOutbox {
        key: key.into(),
        stream: "engine".into(),
        channel: "smtp".into(),
        recipient: "ecology".into(),
        payload: "{}".into(),
        created_at: START,
        send_at: START,
    };
    tx.put_outbox(&[row("sent"), row("failed"), row("waits")]).await.unwrap();
    let claimed = tx.claim_outbox("smtp", START, START + DAY, 10).await.unwrap();
    tx.outbox_sent(claimed[0].id, START).await.unwrap();
    tx.outbox_failed(claimed[1].id, "no", START).await.unwrap();
    let reject = |line| NewReject {
        origin: "a.jsonl".into(),
        line: Some(line),
        reason: "不是 JSON".into(),
        sample: "x".into(),
        at: START,
    };
    tx.insert_rejects(&(0..1_500).map(reject).collect::<Vec<_>>()).await.unwrap();
    let notice = NewNotification {
        key: "n".into(),
        recipient: "ecology".into(),
        incident: None,
        kind: "alarm".into(),
        text: "t".into(),
        created_at: START,
        caused_by: None,
    };
    tx.put_notification(&notice).await.unwrap();
    tx.commit().await.unwrap();
    let at = |term: Span| START + term + Span::from_ms(1);
    assert_eq!(desk.engine.clean_up(at(keep.rejects)).await.unwrap(), [(Kept::Rejects, 1_500)], "in slices");
    assert_eq!(desk.engine.clean_up(at(keep.outbox)).await.unwrap(), [(Kept::Outbox, 2)]);
    assert_eq!(desk.store.unsent_outbox_count().await.unwrap(), 1, "what waits stays");
    assert_eq!(desk.engine.clean_up(at(keep.notices)).await.unwrap(), [(Kept::Notices, 1)]);
}

#[tokio::test]
async fn an_export_is_deleted_where_it_lies_as_it_was_written() {
    let term = Span::from_days(30);
    let desk = Desk::with(crate::engine::EngineOptions {
        retention: Retention { exports: Some(term), ..Retention::default() },
        ..Default::default()
    })
    .await;
    let mut files = Vec::new();
    for name in ["old.csv", "edited.csv", "gone.csv"] {
        let file = desk.dir.path().join(name);
        std::fs::write(&file, name).unwrap();
        let event = AdminEvent::Exported {
            what: "ledger".into(),
            file: file.display().to_string(),
            sha256: hex::encode(Sha256::digest(name)),
            cases: 1,
            operator: None,
        };
        administration::record(&desk.store, &event, "console", START).await.unwrap();
        files.push(file);
    }
    std::fs::write(&files[1], "somebody went on working with it").unwrap();
    std::fs::remove_file(&files[2]).unwrap();
    assert_eq!(desk.engine.clean_up(START + term).await.unwrap(), [], "not yet");
    assert_eq!(desk.engine.clean_up(START + term + DAY).await.unwrap(), [(Kept::Exports, 1)]);
    assert!(!files[0].exists() && files[1].exists());
}

#[tokio::test]
async fn a_session_is_let_go_when_its_time_is_over_and_not_before() {
    let desk = Desk::new().await;
    let mut tx = desk.store.write().await.unwrap();
    let row = crate::store::UserRow {
        id: "analyst".into(),
        name: "analyst".into(),
        roles: r#"[{"role":"analyst"}]"#.into(),
        active: true,
        created_at: START,
        updated_at: START,
    };
    tx.put_user(&row).await.unwrap();
    let end = START + DAY;
    let session = crate::store::SessionRow {
        token_hash: "t1".into(),
        user_id: "analyst".into(),
        csrf: "c".into(),
        created_at: START,
        expires_at: end,
        seen_at: START,
        must_change: false,
    };
    tx.insert_session(&session).await.unwrap();
    tx.insert_session(&crate::store::SessionRow { token_hash: "t2".into(), expires_at: end + DAY, ..session })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let keep = Retention::default().sessions;
    assert_eq!(desk.engine.clean_up(end + keep - Span::from_ms(1)).await.unwrap(), [], "its term is not over");
    let later = end + keep;
    assert_eq!(desk.engine.clean_up(later).await.unwrap(), [(Kept::Sessions, 1)]);
    assert_eq!(desk.engine.clean_up(later).await.unwrap(), [], "the other one stays");
    assert_eq!(desk.engine.clean_up(later + DAY).await.unwrap(), [(Kept::Sessions, 1)]);
}
