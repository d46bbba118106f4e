//! The disk is full, again and again, under a service that goes on: a small file system in memory, filled to the last byte
//! and emptied. Where none can be mounted (it takes root) this is left out; the engine's own answer to a full disk is tried
//! everywhere, in `store/open.rs`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Duration;

use huiying::domain::instant::Span;
use huiying::store::{Store, StoreOptions};
use huiying::time::{Clock, Stopwatch};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::office::Office;
use super::receivers::Receivers;
use super::{INCIDENTS, POSTS, SEED, service, size, until, whole};
use crate::store::seed;

const FULL_DISKS: usize = 2;
/// The file system's size.
const SIZE: &str = "size=48m";
/// `/readyz` says so within this time, and answers each time within two seconds.
const SAID_WITHIN: Duration = Duration::from_secs(20);
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

/// A small file system; gone with the test.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).expect("a folder");
        let mount = Process::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder).output();
        mount.is_ok_and(|done| done.status.success()).then(|| Self(folder.to_owned()))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.filler()).expect("a file");
        for piece in [1 << 20, 4096, 1] {
            while file.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    fn empty(&self) {
        std::fs::remove_file(self.filler()).expect("room");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that is just ending may hold a file for a moment.
        let _ = Process::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The status and the words of `/readyz`.
async fn ready(address: &str) -> (u16, String) {
    let waited = Stopwatch::start();
    let answer = reqwest::get(format!("{address}/readyz")).await.expect("an answer");
    let (status, text) = (answer.status().as_u16(), answer.text().await.expect("its text"));
    assert!(waited.elapsed() < ANSWERED_WITHIN, "{:?}", waited.elapsed());
    (status, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_full_disk_everything_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = Disk::mount(&folder.path().join("disk")) else {
        eprintln!("left out: no file system can be mounted here");
        return;
    };
    let url = format!("sqlite:{}", disk.0.join("office.db").display());
    let receivers = Receivers::start(&folder.path().join("rules")).await;
    let store = Store::open(&StoreOptions::durable(&url)).await.expect("opening");
    store.migrate().await.expect("migrating");
    let mut office = Office::new(store, &receivers).await;
    let (process, address) = service(&url, &disk.0, &receivers).await;
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    let rounds = size("HUIYING_FULL_DISKS", FULL_DISKS);
    for round in 0..rounds {
        for _ in 0..INCIDENTS {
            office.open(Span::from_ms(random.random_range(500..3_000))).await;
        }
        office.take_in(POSTS).await;
        let mut last = office.due.iter().copied().max().expect("some");
        disk.fill();
        office.is_gone();
        // Until nothing more can be written: what is acknowledged until then must not be lost.
        loop {
            match office.try_to_open(Span::from_ms(1_000)).await {
                Ok(_) => last = office.due.iter().copied().max().expect("some"),
                Err(error) => {
                    assert!(error.to_string().contains('满') || error.to_string().contains("读写"), "{error}");
                    break;
                }
            }
        }
        // A case did not fit any more; posts may still, into pages that were free.
        while office.try_to_take_in(POSTS).await.is_ok() {}
        let told = Stopwatch::start();
        let said = loop {
            let (status, text) = ready(&address).await;
            if status == 503 {
                break text;
            }
            assert!(told.elapsed() < SAID_WITHIN, "round {round}: {text}");
            tokio::task::yield_now().await;
        };
        assert!(said.contains("磁盘已满") || said.contains("读写出错"), "{said}");
        until(&office.store, "clocks that fall due meanwhile", async || office.clock.now() > last).await;
        disk.empty();
        office.is_back();
        let back = Stopwatch::start();
        while ready(&address).await.0 != 200 {
            assert!(back.elapsed() < SAID_WITHIN, "round {round}: it does not come back");
        }
        office.take_in(POSTS).await;
        until(&office.store, "everything is taken up and fired", async || office.idle().await).await;
        whole(&office.store, round).await;
    }
    drop(process);
    office.tell_the_rest(&receivers).await;
    office.all_is_well(&receivers, rounds).await;
    drop(disk);
}
