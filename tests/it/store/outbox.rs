//! The outbox and in-app notifications.

use huiying::domain::ids::UserId;
use huiying::domain::instant::{Instant, Span};
use huiying::store::{NewNotification, NewOutbox};

use super::{Db, at, on_both};

on_both!(
    a_row_is_told_once,
    a_claimed_row_is_left_alone_until_its_lease_ends,
    a_failed_row_is_tried_again_later,
    each_channel_is_claimed_by_itself,
    a_row_is_given_up_shown_and_revived,
    two_nodes_never_claim_the_same,
    notifications_show_once_and_to_their_recipients,
    what_one_account_has_read_is_unread_for_its_colleagues,
);

fn row(key: &str, minutes: i64) -> NewOutbox {
    NewOutbox {
        key: key.into(),
        stream: "incident/1".into(),
        channel: "in_app".into(),
        recipient: "xuancheng.duty_desk".into(),
        payload: "{\"text\":\"超时\"}".into(),
        created_at: at(0),
        send_at: at(minutes),
    }
}

async fn put(db: &Db, rows: &[NewOutbox]) -> u64 {
    let mut tx = db.store.write().await.unwrap();
    let new = tx.put_outbox(rows).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn claim(db: &Db, minutes: i64, limit: i64) -> Vec<(i64, String)> {
    let mut tx = db.store.write().await.unwrap();
    let rows = tx.claim_outbox("in_app", at(minutes), at(minutes + 5), limit).await.unwrap();
    tx.commit().await.unwrap();
    rows.into_iter().map(|row| (row.id, row.key)).collect()
}

fn keys(rows: &[(i64, String)]) -> Vec<&str> {
    rows.iter().map(|(_, key)| key.as_str()).collect()
}

async fn a_row_is_told_once(db: Db) {
    assert_eq!(db.store.next_outbox().await.unwrap(), None);
    assert_eq!(put(&db, &[row("a", 1), row("a", 2), row("b", 0)]).await, 2, "a key is told once");
    assert_eq!(put(&db, &[row("b", 9)]).await, 0);
    assert_eq!(put(&db, &[]).await, 0);
    assert_eq!(db.store.next_outbox().await.unwrap(), Some(at(0)));
    assert_eq!(keys(&claim(&db, 0, 10).await), ["b"]);
    assert_eq!(db.store.unsent_outbox_count().await.unwrap(), 2);
    let claimed = claim(&db, 1, 10).await;
    assert_eq!(keys(&claimed), ["a"]);
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.outbox_sent(claimed[0].0, at(1)).await.unwrap());
    assert!(!tx.outbox_sent(claimed[0].0, at(2)).await.unwrap(), "sent is sent");
    tx.outbox_retried(claimed[0].0, "late", at(3)).await.unwrap();
    tx.commit().await.unwrap();
    let rows = db.store.outbox_of("incident/1").await.unwrap();
    assert_eq!((rows[0].sent_at, rows[0].error.as_deref(), rows[0].attempts), (Some(at(1)), None, 1));
    assert_eq!(db.store.unsent_outbox(0, 10).await.unwrap().len(), 1);
}

async fn a_claimed_row_is_left_alone_until_its_lease_ends(db: Db) {
    put(&db, &[row("a", 0), row("b", 0), row("c", 0)]).await;
    assert_eq!(keys(&claim(&db, 0, 2).await), ["a", "b"]);
    assert_eq!(keys(&claim(&db, 1, 10).await), ["c"]);
    assert!(claim(&db, 4, 10).await.is_empty());
    assert_eq!(db.store.next_outbox().await.unwrap(), Some(at(5)), "whoever claimed them may have died");
    let mut tx = db.store.write().await.unwrap();
    let first = db.store.unsent_outbox(0, 1).await.unwrap().remove(0);
    tx.renew_outbox(first.id, at(8)).await.unwrap();
    tx.renew_outbox(first.id, at(7)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(&claim(&db, 5, 10).await), ["b"], "a is still worked on");
    assert_eq!(keys(&claim(&db, 8, 10).await), ["a", "c"]);
    assert_eq!(db.store.unsent_outbox(0, 10).await.unwrap()[0].attempts, 2);
}

async fn a_failed_row_is_tried_again_later(db: Db) {
    put(&db, &[row("a", 0)]).await;
    let (id, _) = claim(&db, 0, 1).await.remove(0);
    let mut tx = db.store.write().await.unwrap();
    tx.outbox_retried(id, "对方无应答", at(3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.next_outbox().await.unwrap(), Some(at(3)));
    assert!(claim(&db, 2, 1).await.is_empty());
    assert_eq!(keys(&claim(&db, 3, 1).await), ["a"]);
    assert_eq!(db.store.outbox_of("incident/1").await.unwrap()[0].error.as_deref(), Some("对方无应答"));
}

async fn each_channel_is_claimed_by_itself(db: Db) {
    let by = |key: &str, channel: &str, minutes: i64| NewOutbox { channel: channel.into(), ..row(key, minutes) };
    put(&db, &[by("a", "smtp", 0), by("b", "in_app", 1), by("c", "smtp", 2)]).await;
    assert_eq!(
        db.store.next_outbox_by_channel().await.unwrap(),
        [("in_app".to_owned(), at(1)), ("smtp".to_owned(), at(0))]
    );
    assert_eq!(keys(&claim(&db, 9, 10).await), ["b"]);
    let mut tx = db.store.write().await.unwrap();
    let claimed = tx.claim_outbox("smtp", at(9), at(14), 10).await.unwrap();
    assert_eq!(claimed.len(), 2);
    tx.outbox_postponed(claimed[0].id, "限速", at(20)).await.unwrap();
    tx.commit().await.unwrap();
    let waiting = db.store.outbox_page(false, None, 10).await.unwrap();
    let shown: Vec<_> = waiting.iter().map(|row| (row.key.as_str(), row.attempts)).collect();
    assert_eq!(shown, [("c", 1), ("b", 1), ("a", 0)], "held back by a cap is no attempt");
}

async fn a_row_is_given_up_shown_and_revived(db: Db) {
    put(&db, &[row("a", 0), row("b", 0)]).await;
    let (id, _) = claim(&db, 0, 1).await.remove(0);
    let mut tx = db.store.write().await.unwrap();
    tx.outbox_failed(id, "没有这个邮箱", at(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(keys(&claim(&db, 9, 10).await), ["b"]);
    assert_eq!((db.store.failed_outbox_count().await.unwrap(), db.store.unsent_outbox_count().await.unwrap()), (1, 1));
    let failed = db.store.outbox_page(true, None, 10).await.unwrap();
    assert_eq!((failed[0].failed_at, failed[0].error.as_deref()), (Some(at(1)), Some("没有这个邮箱")));
    assert!(db.store.outbox_page(true, Some(id), 10).await.unwrap().is_empty());
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.revive_outbox(id, at(9)).await.unwrap());
    assert!(!tx.revive_outbox(id, at(9)).await.unwrap(), "it was not given up");
    tx.commit().await.unwrap();
    assert_eq!(keys(&claim(&db, 9, 10).await), ["a"]);
}

async fn two_nodes_never_claim_the_same(db: Db) {
    const ROWS: usize = 200;
    let rows: Vec<NewOutbox> = (0..ROWS).map(|n| row(&format!("{n:04}"), 0)).collect();
    put(&db, &rows).await;
    let mut nodes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = db.again().await;
        nodes.spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let mut tx = store.write().await.unwrap();
                let rows = tx.claim_outbox("in_app", at(0), at(0) + Span::from_minutes(5), 7).await.unwrap();
                tx.commit().await.unwrap();
                if rows.is_empty() {
                    return claimed;
                }
                claimed.extend(rows.into_iter().map(|row| row.key));
            }
        });
    }
    let mut claimed = nodes.join_all().await.concat();
    claimed.sort_unstable();
    assert_eq!(claimed, rows.into_iter().map(|row| row.key).collect::<Vec<_>>());
}

fn notice(key: &str, recipient: &str) -> NewNotification {
    NewNotification {
        key: key.into(),
        recipient: recipient.into(),
        incident: Some("20260511-0001".into()),
        kind: "clock_breached".into(),
        text: "回应时限已过".into(),
        created_at: at(0),
        caused_by: None,
    }
}

async fn notifications_show_once_and_to_their_recipients(db: Db) {
    let wang = UserId::from("wang");
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.put_notification(&notice("a", "leader")).await.unwrap());
    assert!(!tx.put_notification(&notice("a", "leader")).await.unwrap(), "delivered twice, shown once");
    assert!(tx.put_notification(&notice("b", "water")).await.unwrap());
    assert!(tx.put_notification(&notice("c", "leader")).await.unwrap());
    tx.commit().await.unwrap();

    let mine = db.store.notifications(&wang, &["leader", "office"], None, 10).await.unwrap();
    assert_eq!(mine.iter().map(|n| n.key.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    let older = db.store.notifications(&wang, &["leader"], Some(mine[0].id), 10).await.unwrap();
    assert_eq!(older.len(), 1);
    assert_eq!(db.store.unread_notifications(&wang, &["leader"]).await.unwrap(), 2);
    assert!(db.store.notifications(&wang, &[], None, 10).await.unwrap().is_empty());

    let mut tx = db.store.write().await.unwrap();
    assert!(!tx.read_notification(mine[0].id, &wang, &["water"], at(1)).await.unwrap(), "it is not theirs");
    assert!(!tx.read_notification(i64::MAX, &wang, &["leader"], at(1)).await.unwrap(), "there is none");
    assert!(tx.read_notification(mine[0].id, &wang, &["leader"], at(2)).await.unwrap());
    assert!(tx.read_notification(mine[0].id, &wang, &["leader"], at(3)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(
        read(&db, &wang).await,
        [("c".to_owned(), Some(at(2))), ("a".to_owned(), None)],
        "the first reading stays"
    );
    assert_eq!(db.store.unread_notifications(&wang, &["leader"]).await.unwrap(), 1);
}

/// What the leader was told, and when this account read it.
async fn read(db: &Db, reader: &UserId) -> Vec<(String, Option<Instant>)> {
    let rows = db.store.notifications(reader, &["leader"], None, 10).await.unwrap();
    rows.into_iter().map(|row| (row.key, row.read_at)).collect()
}

async fn what_one_account_has_read_is_unread_for_its_colleagues(db: Db) {
    let (wang, li) = (UserId::from("wang"), UserId::from("li"));
    let mut tx = db.store.write().await.unwrap();
    tx.put_notification(&notice("a", "leader")).await.unwrap();
    tx.put_notification(&notice("b", "leader")).await.unwrap();
    tx.commit().await.unwrap();
    let ids: Vec<i64> =
        db.store.notifications(&wang, &["leader"], None, 10).await.unwrap().iter().map(|row| row.id).collect();
    let of = |b, a| vec![("b".to_owned(), b), ("a".to_owned(), a)];
    let unread = async |reader: &UserId| db.store.unread_notifications(reader, &["leader"]).await.unwrap();

    let mut tx = db.store.write().await.unwrap();
    assert!(tx.read_notification(ids[0], &wang, &["leader"], at(1)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!((read(&db, &wang).await, unread(&wang).await), (of(Some(at(1)), None), 1));
    assert_eq!((read(&db, &li).await, unread(&li).await), (of(None, None), 2));

    let mut tx = db.store.write().await.unwrap();
    for id in ids {
        assert!(tx.read_notification(id, &li, &["leader"], at(2)).await.unwrap());
    }
    tx.commit().await.unwrap();
    assert_eq!((read(&db, &li).await, unread(&li).await), (of(Some(at(2)), Some(at(2))), 0));
    assert_eq!((read(&db, &wang).await, unread(&wang).await), (of(Some(at(1)), None), 1));

    // Nobody inherits what another account of the same name had read.
    let mut tx = db.store.write().await.unwrap();
    tx.delete_user(&li).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((unread(&li).await, unread(&wang).await), (2, 1));
}
