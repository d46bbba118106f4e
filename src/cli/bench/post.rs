//! `huiying bench post`: the way of one post, from `POST /api/v1/mentions` to the case in its department's list, told by
//! Server-Sent Events: a whole service on loopback, with its engine, on a durable SQLite file.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use futures::StreamExt;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;

use super::machine::Machine;
use super::person::{self, Person, body_of};
use crate::cli::channels::Told;
use crate::cli::replay::Scratch;
use crate::cli::serve::{Service, run};
use crate::cli::{Global, Outcome, open};
use crate::domain::administration::Role;
use crate::domain::ids::BodyId;
use crate::engine::{EngineOptions, jobs_file};
use crate::store::StoreOptions;
use crate::time::{SharedClock, Stopwatch, SystemClock};
use crate::web::password::Passwords;

/// Posts before the measured ones.
const WARM_UP: usize = 10;
/// A post that has not arrived after this time never will.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);
/// Whose matter the post is: the scheduler assigns it by itself.
const BODY: &str = "ecology";
const POST: &str =
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Post {
    /// How many posts
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    posts: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    posts: usize,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    database: &'static str,
    machine: Machine,
}

impl Post {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let folder = Scratch::new()?;
        let url = format!("sqlite:{}", folder.path.join("bench.db").display());
        let mut taken = open::runtime()?.block_on(async {
            let store = open::migrated(&StoreOptions::durable(&url)).await?;
            let clock: SharedClock = Arc::new(SystemClock::default());
            let told = Told::in_app(&store);
            let service = Service::new(store, rules, clock, EngineOptions::default(), told)?;
            let passwords = Passwords::new().map_err(anyhow::Error::new)?;
            let department = Role::Department { body: BodyId::from(BODY), head: false };
            let people = [("analyst", vec![Role::Analyst]), ("department", vec![department])];
            person::add(&service, &passwords, &people).await?;
            let listener = TcpListener::bind("127.0.0.1:0").await.context("一个空闲端口")?;
            let address = listener.local_addr().context("端口")?;
            let parts = service.parts(&config, passwords, false).await?;
            let stop = parts.stop.clone();
            let served = tokio::spawn(run(listener, parts, service.engine.clone(), jobs_file(&url), None));
            let taken = measure(address, self.posts as usize).await;
            stop.cancel();
            // What the service says at its end is no part of the measurement.
            let _ = tokio::time::timeout(ARRIVES_WITHIN, served).await;
            service.store.close().await;
            Ok::<_, crate::cli::Failure>(taken?)
        })?;
        taken.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = ((taken.len() as f64 * share).ceil() as usize).clamp(1, taken.len()) - 1;
            (taken[index] * 10.0).round() / 10.0
        };
        let report = Report {
            bench: "post",
            posts: taken.len(),
            p50_ms: at(0.50),
            p90_ms: at(0.90),
            p99_ms: at(0.99),
            max_ms: at(1.0),
            database: "SQLite, synchronous=FULL",
            machine,
        };
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

async fn cases(of: &Person) -> anyhow::Result<BTreeSet<String>> {
    let list = body_of(of.get("/incidents?view=open").await?).await?;
    let items = list["items"].as_array().ok_or_else(|| anyhow!("没有列表：{list}"))?;
    Ok(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned).collect())
}

/// Milliseconds for each post.
async fn measure(address: SocketAddr, posts: usize) -> anyhow::Result<Vec<f64>> {
    let analyst = Person::log_in(address, "analyst").await?;
    let department = Person::log_in(address, "department").await?;
    let mut live = department.get("/events").await?.bytes_stream();
    let mut known = cases(&department).await?;
    let mut taken = Vec::with_capacity(posts);
    for n in 0..WARM_UP + posts {
        let started = Stopwatch::start();
        let post = json!({ "id": format!("post-{n}"), "source": "bench", "channel": "weibo", "text": POST });
        analyst.post("/mentions", post).await?;
        let arrived = async {
            loop {
                live.next().await.ok_or_else(|| anyhow!("实时通道中断"))??;
                let cases = cases(&department).await?;
                if let Some(new) = cases.difference(&known).next().cloned() {
                    known = cases;
                    return Ok::<_, anyhow::Error>(new);
                }
            }
        };
        let arrived = tokio::time::timeout(ARRIVES_WITHIN, arrived).await;
        let case = arrived.map_err(|_| anyhow!("第 {n} 条 {} 秒内没有到达部门", ARRIVES_WITHIN.as_secs()))??;
        if n >= WARM_UP {
            taken.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        // The case is dismissed, so that the next post about the same opens one anew instead of joining it.
        analyst.post(&format!("/incidents/{case}/acts"), json!({ "do": "dismiss", "reason": "测速" })).await?;
        known = cases(&department).await?;
    }
    Ok(taken)
}
