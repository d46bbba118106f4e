//! `huiying rebuild` as an operator runs it after `huiying verify` has told them to.

use super::seal::{SCENARIO, tamper};
use super::{Played, code, json, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn verify_says_what_to_do_and_rebuild_does_it() {
    let played = Played::scenario(SCENARIO, "2026-05-13T23:00:00+08:00").await;
    let clean = played.run(&["rebuild"]);
    assert_eq!((code(&clean), &json(&clean)["rebuilt"]), (0, &0.into()), "{}", stderr(&clean));
    tamper(&played, "DELETE FROM tasks; UPDATE incidents SET overdue = NOT overdue WHERE id = '20260511-0001';").await;
    let found = played.run(&["verify"]);
    assert_eq!(code(&found), 3);
    assert!(stderr(&found).contains("huiying rebuild"), "it names the way out: {}", stderr(&found));
    let done = played.run(&["rebuild"]);
    assert_eq!((code(&done), &json(&done)["broken"]), (0, &0.into()), "{}", stderr(&done));
    assert!(
        stderr(&done).contains("已由记录重建：incident/20260511-0001：列表中的事件与记录不符"),
        "{}",
        stderr(&done)
    );
    let again = played.run(&["verify"]);
    assert_eq!(code(&again), 0, "{}", stderr(&again));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_record_is_an_integrity_failure() {
    let played = Played::scenario(SCENARIO, "2026-05-13T23:00:00+08:00").await;
    tamper(&played, "UPDATE events SET actor = 'someone' WHERE stream = 'incident/20260511-0001' AND seq = 2;").await;
    let done = played.run(&["rebuild"]);
    assert_eq!((code(&done), &json(&done)["rebuilt"]), (3, &0.into()));
    assert!(stderr(&done).contains("huiying restore"), "{}", stderr(&done));
}
