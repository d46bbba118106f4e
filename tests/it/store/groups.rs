//! What merged incidents and referrals need of the store.

use huiying::domain::ids::IncidentId;
use huiying::store::{Append, ClockFilter, EvidenceRow, NewEvent};

use super::incidents::{clock, incident, put};
use super::{Db, at, on_both};

on_both!(evidence_is_sealed_for_good, a_glance_sees_what_the_transaction_wrote, a_merged_incident_s_clocks_run_on);

fn evidence(n: i64) -> EvidenceRow {
    EvidenceRow {
        incident: "20260511-0001".into(),
        record: "referral-1".into(),
        n,
        mention: format!("m{n}").into(),
        content_hash: "0".repeat(64),
        sealed_at: at(5),
        body: format!("{{\"text\": \"第{n}条\"}}"),
    }
}

async fn evidence_is_sealed_for_good(db: Db) {
    let incident = IncidentId::from("20260511-0001");
    let mut tx = db.store.write().await.unwrap();
    for n in [2, 1] {
        tx.seal_evidence(&evidence(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(db.store.evidence(&incident, "referral-1").await.unwrap(), [evidence(1), evidence(2)], "in order");
    assert!(db.store.evidence(&incident, "referral-2").await.unwrap().is_empty());
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.seal_evidence(&evidence(1)).await.is_err(), "never twice");
    drop(tx);
    for change in ["UPDATE referral_evidence SET body = '{}'", "DELETE FROM referral_evidence"] {
        assert!(db.execute(change).await.is_err(), "{change}");
    }
    assert_eq!(db.store.evidence(&incident, "referral-1").await.unwrap().len(), 2);
}

async fn a_glance_sees_what_the_transaction_wrote(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.glance("incident/1").await.unwrap(), None);
    let events = [NewEvent { at: at(0), event: "x".into(), by: "a".into(), body: "{}".into() }];
    let append = Append {
        stream: "incident/1",
        kind: "incident",
        expected_seq: 0,
        events: &events,
        state: "{\"group\": null}",
        next_at: None,
    };
    tx.append(append).await.unwrap();
    assert_eq!(tx.glance("incident/1").await.unwrap().unwrap().seq, 1);
    tx.commit().await.unwrap();
}

async fn a_merged_incident_s_clocks_run_on(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    let merged = |id: &str, state: &str| {
        let row = incident(id, 0);
        huiying::store::IncidentRow { active: state == "detected", state: state.into(), ..row }
    };
    put(&mut tx, &[merged("a", "detected"), merged("b", "merged"), merged("c", "closed")]).await;
    for id in ["a", "b", "c"] {
        let row = clock(id, 1, huiying::domain::clock::ClockKind::Response, 60);
        tx.put_clock(&row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let running = db.store.running_clocks(&ClockFilter::default(), 10).await.unwrap();
    let of: Vec<_> = running.into_iter().map(|row| row.clock.stream).collect();
    assert_eq!(of, ["incident/a", "incident/b"]);
}
