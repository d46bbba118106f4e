//! `huiying verify` finds what was changed in the words that the record vouches for, and says what is past checking.

use std::path::Path;

use huiying::acts::administration::record_in;
use huiying::acts::{seal_due, verify};
use huiying::domain::administration::{AdminEvent, Kept};
use huiying::domain::instant::Instant;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::api::service::Service;
use crate::record::{Played, code, huiying, json, stderr};

/// A rumour that is handed over.
pub const REFERRAL: &str = r#"{"at": "2026-05-11T10:00:00+08:00", "do": "mention", "label": "A", "channel": "forum", "title": "快跑", "text": "听说大坝垮了，快跑", "author": "传言者"}
{"at": "2026-05-11T10:05:00+08:00", "do": "mention", "label": "A", "channel": "weibo", "text": "大坝垮了，亲眼所见"}
{"at": "2026-05-11T10:10:00+08:00", "do": "grade", "incident": "@A", "event_grade": "none", "opinion_grade": "large", "sensitive": true, "reason": "谣言，扰乱秩序"}
{"at": "2026-05-11T10:20:00+08:00", "do": "refer", "incident": "@A", "to": ["police", "cyberspace"]}
{"at": "2026-05-11T10:30:00+08:00", "do": "approve", "incident": "@A", "by": "analyst2"}
{"at": "2026-05-11T10:40:00+08:00", "do": "hand_over", "incident": "@A"}
{"at": "2026-05-11T11:30:00+08:00", "do": "respond", "incident": "@A", "kind": "response", "by": "government_office", "review": true}
{"at": "2026-05-12T12:00:00+08:00", "do": "close", "incident": "@A", "reason": "已辟谣"}
"#;
pub const UNTIL: &str = "2026-05-13T23:00:00+08:00";

async fn tamper(folder: &Path, sql: &str) {
    let file = folder.join("replay.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let free = "DROP TRIGGER referral_evidence_never_updated; DROP TRIGGER referral_evidence_never_deleted;";
    sqlx::raw_sql(AssertSqlSafe(format!("{free}{sql}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A copy of what a scenario left.
fn copied(played: &Played) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(played.path("replay.db"), folder.path().join("replay.db")).expect("copied");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_words_and_changed_evidence_are_named() {
    let played = Played::scenario(REFERRAL, UNTIL).await;
    let clean = played.run(&["verify"]);
    assert_eq!(code(&clean), 0, "{}", stderr(&clean));
    let counted = json(&clean);
    assert!(counted["mentions"].as_u64() > Some(0) && counted["evidence"].as_u64() > Some(0), "{counted}");
    for (damage, said) in [
        ("UPDATE mentions SET text = text || '。'", "标题或正文与其哈希不符"),
        ("UPDATE mentions SET title = '无事'", "标题或正文与其哈希不符"),
        ("UPDATE mentions SET content_hash = 'f00'", "内容哈希与记录不符"),
        ("UPDATE mentions SET published_at = detected_at - 86400000", "发现时间、发布时间"),
        ("UPDATE mentions SET detected_at = detected_at - 3600000", "发现时间、发布时间"),
        ("UPDATE mentions SET channel = 'wechat'", "发现时间、发布时间"),
        ("UPDATE mentions SET url = 'https://example.invalid/other'", "发现时间、发布时间"),
        ("UPDATE mentions SET source = 'other'", "发现时间、发布时间"),
        ("UPDATE mentions SET author_hash = 'f00' WHERE title IS NOT NULL", "作者哈希"),
        ("UPDATE incidents SET title = '无事'", "标题或摘要与记录的哈希不符"),
        ("UPDATE incidents SET summary = '无事'", "标题或摘要与记录的哈希不符"),
        ("UPDATE incidents SET title = '（标题与摘要已按保存期限删除）', summary = ''", "不在按保存期限删除的记录中"),
        ("UPDATE referral_evidence SET body = replace(body, '\"text\":\"', '\"text\":\"不')", "与封存时的哈希不符"),
        ("UPDATE referral_evidence SET body = replace(body, '\"author\":', '\"auther\":')", "与封存时的哈希不符"),
        ("UPDATE referral_evidence SET content_hash = 'f00'", "与记录的信息或内容哈希不符"),
        ("UPDATE referral_evidence SET mention = 'f00'", "与记录的信息或内容哈希不符"),
        ("DELETE FROM referral_evidence", "已被删除"),
        ("UPDATE referral_evidence SET n = n + 100", "已被删除"),
        (
            "INSERT INTO referral_evidence SELECT incident, 'referral-9', n, mention, content_hash, sealed_at, body \
             FROM referral_evidence",
            "没有记录",
        ),
    ] {
        let folder = copied(&played);
        tamper(folder.path(), damage).await;
        let out = huiying(folder.path(), &["verify"], &[]);
        assert_eq!(code(&out), 3, "{damage}: {}", stderr(&out));
        assert!(stderr(&out).contains(said), "{damage}: {}", stderr(&out));
    }
}

/// Whoever has the database's own shell can take out all that hangs on a case, and all that is known of the accounts.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_out_whole_is_missed() {
    let (service, _, id) = Service::with_case("宣州区某化工厂夜间冒黑烟，气味刺鼻，居民投诉").await;
    let clean = verify(&service.store, |_| ()).await.expect("walked");
    assert_eq!(clean.broken, Vec::<String>::new());
    let gone = |stream: &str| {
        format!(
            "DROP TRIGGER IF EXISTS events_never_deleted; DELETE FROM events WHERE stream = '{stream}'; \
             DELETE FROM streams WHERE stream = '{stream}';"
        )
    };
    service.execute(&gone("admin")).await;
    let stream = format!("incident/{id}");
    let tables = ["incidents WHERE id", "tasks WHERE incident", "escalations WHERE incident", "viewers WHERE incident"];
    let rows: String = tables.map(|of| format!("DELETE FROM {of} = '{id}';")).concat();
    service.execute(&gone(&stream)).await;
    service.execute(&rows).await;
    service
        .execute(&format!("DELETE FROM clocks WHERE stream = '{stream}'; UPDATE mentions SET incident = NULL;"))
        .await;
    let found = verify(&service.store, |_| ()).await.expect("walked");
    for said in [format!("{stream}：编号已用而没有记录"), "账号：没有任何管理记录".to_owned()] {
        assert!(found.broken.iter().any(|line| line.starts_with(&said)), "{said}: {:?}", found.broken);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retention_deleted_is_past_checking_and_no_error() {
    let played = Played::scenario(REFERRAL, UNTIL).await;
    let folder = copied(&played);
    tamper(folder.path(), "DELETE FROM mentions").await;
    let out = huiying(folder.path(), &["verify"], &[]);
    assert_eq!(code(&out), 3, "nobody let them go: {}", stderr(&out));
    assert!(stderr(&out).contains("不在按保存期限删除的记录中"), "{}", stderr(&out));
    // As the clean-up does it: with its record in the same transaction.
    let store = played.store().await;
    let now: Instant = "2028-06-01T10:00:00+08:00".parse().unwrap();
    let mut tx = store.write().await.unwrap();
    let (count, mentions) = tx.let_mentions_go(now, 1_000).await.unwrap();
    let event = AdminEvent::LetGo { kind: Kept::Mentions, before: now, count, mentions, incidents: Vec::new() };
    record_in(&mut tx, &event, "system", now).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let out = played.run(&["verify"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(
        stderr(&out).contains("按保存期限删除") && json(&out)["mentions_gone"].as_u64() > Some(0),
        "{}",
        stderr(&out)
    );
    assert!(stderr(&out).contains("还没有日封"), "nothing was ever sealed: {}", stderr(&out));
}

#[tokio::test(flavor = "multi_thread")]
async fn seals_that_were_made_and_are_gone_are_named() {
    let played = Played::scenario(REFERRAL, UNTIL).await;
    let store = played.store().await;
    let made = seal_due(&store, &played.path("seals"), "2026-05-14T00:05:00+08:00".parse().unwrap()).await.unwrap();
    store.close().await;
    assert_eq!(made.len(), 3);
    assert_eq!(code(&played.run(&["verify"])), 0);
    std::fs::remove_file(played.path("seals").join("2026-05-11.json")).unwrap();
    let first = played.run(&["verify"]);
    assert_eq!(code(&first), 3);
    assert!(stderr(&first).contains("日封 2026-05-11：缺少文件"), "{}", stderr(&first));
    std::fs::remove_dir_all(played.path("seals")).unwrap();
    let all = played.run(&["verify"]);
    assert_eq!(code(&all), 3);
    assert!(stderr(&all).contains("日封 2026-05-13：缺少文件"), "{}", stderr(&all));
}

/// A record of an older version, with a year that none would take in today.
#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_came_in_before_is_named_and_breaks_nothing() {
    let played = Played::scenario(REFERRAL, UNTIL).await;
    let store = played.store().await;
    let streams = store.streams_after("incident/", 1).await.unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&streams[0].state).unwrap();
    let mut tx = store.write().await.unwrap();
    let body =
        r#"{"event":"disposed","how":"watch","reason":"再看","review_on":"10000-01-01T19:59:59+08:00","by":"analyst"}"#;
    let stored = tx.stream(&streams[0].stream).await.unwrap().unwrap();
    state["seq"] = (stored.seq + 1).into();
    state["version"] = (stored.seq + 1).into();
    state["watch"] = "10000-01-01T19:59:59+08:00".into();
    let at = huiying::domain::instant::Instant::from_ms(1_778_800_000_000);
    state["settled_at"] = at.to_string().into();
    tx.append(huiying::store::Append {
        stream: &stored.stream,
        kind: "incident",
        expected_seq: stored.seq,
        events: &[huiying::store::NewEvent { at, event: "disposed".into(), by: "analyst".into(), body: body.into() }],
        state: &state.to_string(),
        next_at: stored.next_at,
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let found = huiying::acts::verify(&store, |_| ()).await.unwrap();
    store.close().await;
    assert_eq!(found.noted.len(), 1, "{found:?}");
    assert!(found.noted[0].contains("10000-01-01T19:59:59+08:00"), "{found:?}");
    assert!(!found.broken.iter().any(|broken| broken.contains("读不出") || broken.contains("状态")), "{found:?}");
}
