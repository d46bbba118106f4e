//! A process that is killed between begin and commit leaves nothing half-way; one that is killed after it leaves all.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use huiying::domain::mention::MentionInput;
use huiying::store::{NewMention, NewOutbox, Store, StoreOptions};

use super::{Db, append, at, event, on_both};
use crate::postgres::for_child;

on_both!(a_kill_leaves_all_or_nothing);

/// Set for the process that is to be killed: the database's URL and the step at which it waits for its end.
const CHILD: &str = "HUIYING_TEST_KILLED";
/// Said by that process when it has come to its step.
const REACHED: &str = "reached its step";
/// Steps before the commit; the last one stands after it.
const STEPS: u32 = 6;

async fn a_kill_leaves_all_or_nothing(db: Db) {
    let engine = format!("{:?}", db.store.engine()).to_lowercase();
    let test = format!("store::killed::{engine}::a_kill_leaves_all_or_nothing");
    if let Ok(order) = std::env::var(CHILD) {
        die(&order).await;
    }
    for step in 0..=STEPS {
        kill_at(&db, &test, step);
        // What a start after the crash finds.
        let store = db.again().await;
        let events = store.events(&stream(step)).await.unwrap().len();
        let rows = store.outbox_of(&stream(step)).await.unwrap().len();
        let mention = store.known_mentions(&[input(step).identity()]).await.unwrap().len();
        let snapshot = store.stream(&stream(step)).await.unwrap().map_or(0, |stream| stream.seq);
        let all_or_nothing = if step == STEPS { (2, 1, 1, 2) } else { (0, 0, 0, 0) };
        assert_eq!((events, rows, mention, snapshot), all_or_nothing, "killed at step {step}");
        // And it can write at once: the dead one holds no lock.
        let mut tx = store.write().await.unwrap();
        let number = tx.next_number("after").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(number, i64::from(step) + 1);
        store.close().await;
    }
}

fn stream(step: u32) -> String {
    format!("incident/killed-at-{step}")
}

fn input(step: u32) -> MentionInput {
    MentionInput { text: format!("第 {step} 步的信"), ..MentionInput::default() }
}

/// Runs this very test in a process of its own, which waits at `step`, and kills it there.
fn kill_at(db: &Db, test: &str, step: u32) {
    kill_where_it_waits(test, CHILD, &format!("{step} {}", db.options.url), &db.options.url);
}

/// Runs a test of this binary in a process of its own, with its orders in an environment variable, and kills it where it
/// says that it has [`REACHED`] its step.
pub fn kill_where_it_waits(test: &str, variable: &str, order: &str, url: &str) {
    Waiting::start(test, variable, order, url).kill();
}

/// A process that has come to its step and stands still there.
pub struct Waiting(std::process::Child);

impl Waiting {
    /// Runs a test of this binary until it says that it has [`REACHED`] its step.
    pub fn start(test: &str, variable: &str, order: &str, url: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this binary"));
        process.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(variable, order);
        for_child(&mut process, url);
        let mut child = process
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("starting the process");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let reached = said.lines().map_while(Result::ok).any(|line| line.contains(REACHED));
        assert!(reached, "the process ended before it reached its step: {order}");
        Self(child)
    }

    /// SIGKILL: no destructor, no rollback of its own.
    pub fn kill(mut self) {
        self.0.kill().expect("killing");
        let status = self.0.wait().expect("its end");
        assert!(!status.success(), "{status}");
    }
}

/// Says that the step is reached and waits for the end of standard input, which does not come.
pub fn wait_to_be_killed() -> ! {
    println!("{REACHED}");
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).expect("waiting");
    panic!("nobody killed this process");
}

async fn die(order: &str) -> ! {
    let (step, url) = order.split_once(' ').expect("step and url");
    let step: u32 = step.parse().expect("a step");
    let store = Store::open(&StoreOptions::durable(url)).await.expect("opening");
    let mut tx = store.write().await.expect("beginning");
    wait_if(step == 0);
    append(&mut tx, &stream(step), 0, &[event("opened", 0)], None).await;
    wait_if(step == 1);
    let row = NewOutbox {
        key: stream(step),
        stream: stream(step),
        channel: "in_app".into(),
        recipient: "leader".into(),
        payload: "{}".into(),
        created_at: at(0),
        send_at: at(0),
    };
    tx.put_outbox(&[row]).await.expect("telling");
    wait_if(step == 2);
    tx.insert_mentions(&[NewMention::detected(input(step), at(0))]).await.expect("storing");
    wait_if(step == 3);
    let savepoint = tx.savepoint().await.expect("a savepoint");
    append(&mut tx, &stream(step), 1, &[event("graded", 1)], None).await;
    wait_if(step == 4);
    tx.release(savepoint).await.expect("releasing");
    wait_if(step == 5);
    tx.commit().await.expect("committing");
    wait_if(step == STEPS);
    unreachable!("no step {step}");
}

fn wait_if(here: bool) {
    if here {
        wait_to_be_killed();
    }
}
