//! An auditor's copy may lie on a medium that can't be written.

use std::fs;

use super::evidence::{REFERRAL, UNTIL};
use crate::record::{Played, huiying};
use crate::store::broken::{as_ordinary_user, set_mode};

#[tokio::test(flavor = "multi_thread")]
async fn verify_writes_nothing_and_needs_nothing_to_be_written() {
    let played = Played::scenario(REFERRAL, UNTIL).await;
    let file = played.path("replay.db");
    let before = fs::read(&file).expect("read");
    set_mode(&file, 0o444);
    set_mode(played.dir.path(), 0o555);
    let out = as_ordinary_user(&["verify"], played.dir.path(), &file);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("\"broken\":0"), "{out:?}");
    set_mode(played.dir.path(), 0o755);
    let names: Vec<_> = fs::read_dir(played.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!((names.len(), fs::read(&file).expect("read") == before), (1, true), "{names:?}");
}

/// What stands in the write-ahead log alone would be missing: that is said, not passed over.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_taken_in_is_told() {
    let played = Played::scenario(REFERRAL, UNTIL).await;
    let store = played.store().await;
    let mut tx = store.write().await.unwrap();
    tx.put_meta("k", "v").await.unwrap();
    tx.commit().await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["replay.db", "replay.db-wal"] {
        fs::copy(played.path(name), copy.path().join(name)).expect("copied");
        set_mode(&copy.path().join(name), 0o444);
    }
    store.close().await;
    set_mode(copy.path(), 0o555);
    let file = copy.path().join("replay.db");
    let out = as_ordinary_user(&["verify"], copy.path(), &file);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert!(said.contains("-wal") && said.contains("复制到可写的目录"), "{said}");
    set_mode(copy.path(), 0o755);
    let out = huiying(copy.path(), &["verify"], &[]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
}
