//! `huiying bench api`: the lists, filters, counts, searches and cases that people open, asked of a whole service on loopback by
//! several clients at once. The engine rests: what is measured is reading. Fill a database with `huiying bench year` first.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use serde::Serialize;
use tokio::net::TcpListener;

use super::machine::{Machine, resident_mb};
use super::person::{self, Person, body_of};
use crate::cli::channels::Told;
use crate::cli::serve::Service;
use crate::cli::{Failure, Global, Outcome, open, progress};
use crate::domain::administration::Role;
use crate::domain::ids::BodyId;
use crate::engine::EngineOptions;
use crate::store::StoreOptions;
use crate::time::{SharedClock, Stopwatch, SystemClock};
use crate::web::doors::{self, Doors};
use crate::web::password::Passwords;

/// Whose lists are measured: a body with many cases.
const BODY: &str = "housing";
/// What is asked, and by whom; `{id}` is a case, `{cursor}` where the twentieth page begins.
const ASKED: [(&str, &str); 28] = [
    ("analyst", "/overview"),
    ("analyst", "/incidents?view=triage"),
    ("analyst", "/incidents?view=open"),
    ("analyst", "/incidents?view=open&cursor={cursor}"),
    ("analyst", "/incidents?view=overdue"),
    ("analyst", "/incidents?view=due_soon"),
    ("analyst", "/incidents?view=closed"),
    ("analyst", "/incidents?view=all&limit=200"),
    ("analyst", "/incidents?view=open&department=housing"),
    ("analyst", "/incidents?view=open&state=raised"),
    ("analyst", "/incidents?view=open&region=jixi"),
    ("analyst", "/incidents?view=open&at_least=major"),
    ("analyst", "/incidents?view=open&channel=hotline"),
    ("analyst", "/incidents?view=all&q=幼儿园"),
    ("analyst", "/incidents?view=all&q=查无此事"),
    ("analyst", "/incidents/{id}"),
    ("analyst", "/incidents/{id}/mentions"),
    ("analyst", "/mentions"),
    ("analyst", "/mentions?channel=hotline"),
    ("analyst", "/mentions?q=物业"),
    ("analyst", "/mentions?q=物业&region=jixi"),
    ("analyst", "/mentions?q=查无此词"),
    ("department", "/overview"),
    ("department", "/incidents?view=open"),
    ("department", "/incidents?view=closed"),
    ("department", "/mentions"),
    ("department", "/escalations"),
    ("leader", "/escalations"),
];
/// Pages to the deep cursor.
const DEEP: usize = 20;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Api {
    /// A filled database (`huiying bench year`); accounts for the measurement are added to it
    #[arg(long, value_name = "URL", default_value = "sqlite:year.db")]
    database: String,
    /// Clients at once, one measurement for each number
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    clients: Vec<usize>,
    /// Requests of each client for each path
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    requests: u32,
}

#[derive(Debug, Serialize)]
struct Row {
    by: &'static str,
    path: String,
    clients: usize,
    p50_ms: f64,
    p99_ms: f64,
    kilobytes: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    database: String,
    incidents: i64,
    mentions: i64,
    resident_mb: Option<f64>,
    machine: Machine,
}

impl Api {
    /// Runs the command: a line for each path and number of clients, then what it was measured on.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        open::runtime()?.block_on(async {
            let store = open::migrated(&StoreOptions::durable(&self.database)).await?;
            let incidents = store.stream_count(crate::acts::INCIDENT).await.map_err(anyhow::Error::new)?;
            if incidents == 0 {
                let why = format!("{} 里没有事件；请先用 huiying bench year 填满", store.name());
                return Err(Failure::Usage(why));
            }
            let clock: SharedClock = Arc::new(SystemClock::default());
            let service =
                Service::new(store.clone(), rules, clock.clone(), EngineOptions::default(), Told::in_app(&store))?;
            let passwords = Passwords::new().map_err(anyhow::Error::new)?;
            let department = Role::Department { body: BodyId::from(BODY), head: false };
            let leader = Role::Leader { portfolio: Vec::new() };
            let people = [("analyst", vec![Role::Analyst]), ("department", vec![department]), ("leader", vec![leader])];
            if store.user_count().await.map_err(anyhow::Error::new)? == 0 {
                person::add(&service, &passwords, &people).await?;
            }
            let listener = TcpListener::bind("127.0.0.1:0").await.context("一个空闲端口")?;
            let address = listener.local_addr().context("端口")?;
            let parts = service.parts(&config, passwords, false).await?;
            let (stop, room) = (parts.stop.clone(), crate::cli::serve::room(&parts.web));
            let served = tokio::spawn(doors::serve(
                listener,
                crate::web::router(parts.into_app()),
                Doors::new(room),
                stop.clone(),
            ));
            let measured = self.measure(address).await;
            stop.cancel();
            served.await.map_err(anyhow::Error::new)?;
            let mentions = store.mention_counts(clock.now()).await.map_err(anyhow::Error::new)?.total;
            store.close().await;
            measured?;
            let report = Report {
                bench: "api",
                database: store.name().to_owned(),
                incidents,
                mentions,
                resident_mb: resident_mb(),
                machine,
            };
            say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
            Ok(ExitCode::SUCCESS)
        })
    }

    async fn measure(&self, address: SocketAddr) -> anyhow::Result<()> {
        let analyst = Arc::new(Person::log_in(address, "analyst").await?);
        let department = Arc::new(Person::log_in(address, "department").await?);
        let leader = Arc::new(Person::log_in(address, "leader").await?);
        let (id, cursor) = deep(&analyst).await?;
        let bar = progress::bar("请求", (ASKED.len() * self.clients.len()) as u64);
        for clients in self.clients.iter().copied() {
            for (by, path) in ASKED {
                let path = path.replace("{id}", &id).replace("{cursor}", &cursor);
                let person = match by {
                    "analyst" => &analyst,
                    "leader" => &leader,
                    _ => &department,
                };
                let (mut took, bytes) = ask(person, &path, clients, self.requests as usize).await?;
                took.sort_by(f64::total_cmp);
                let at = |share: f64| {
                    let index = ((took.len() as f64 * share).ceil() as usize).clamp(1, took.len()) - 1;
                    (took[index] * 10.0).round() / 10.0
                };
                let kilobytes = (bytes as f64 / 102.4).round() / 10.0;
                let row = Row { by, path, clients, p50_ms: at(0.50), p99_ms: at(0.99), kilobytes };
                bar.suspend(|| say!("{}", serde_json::to_string(&row).unwrap_or_default()));
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        Ok(())
    }
}

/// A case, and where a late page of the queue begins.
async fn deep(analyst: &Person) -> anyhow::Result<(String, String)> {
    let mut cursor = String::new();
    let mut id = String::new();
    for page in 0..DEEP {
        let path =
            if page == 0 { "/incidents?view=open".to_owned() } else { format!("/incidents?view=open&cursor={cursor}") };
        let list = body_of(analyst.get(&path).await?).await?;
        id = list["items"][0]["id"].as_str().map_or(id, str::to_owned);
        match list["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    if id.is_empty() { Err(anyhow!("队列是空的")) } else { Ok((id, cursor)) }
}

/// Milliseconds of each request, and the bytes of one answer.
async fn ask(person: &Arc<Person>, path: &str, clients: usize, requests: usize) -> anyhow::Result<(Vec<f64>, usize)> {
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (person, path) = (person.clone(), path.to_owned());
        asking.spawn(async move {
            let (mut took, mut bytes) = (Vec::with_capacity(requests), 0);
            for _ in 0..requests {
                let started = Stopwatch::start();
                bytes = person.get(&path).await?.bytes().await?.len();
                took.push(started.elapsed().as_secs_f64() * 1000.0);
            }
            Ok::<_, anyhow::Error>((took, bytes))
        });
    }
    let (mut all, mut size) = (Vec::new(), 0);
    while let Some(done) = asking.join_next().await {
        let (took, bytes) = done??;
        all.extend(took);
        size = bytes;
    }
    Ok((all, size))
}
