//! `huiying report`: 台账 and 成绩单, from the record, page by page.

use std::path::PathBuf;
use std::process::ExitCode;

use sha2::{Digest, Sha256};

use super::user::CONSOLE;
use super::{Failure, Global, Outcome, open};
use crate::acts::administration::record;
use crate::acts::{INCIDENT, POST, incident_of, post_of};
use crate::config::Config;
use crate::domain::administration::AdminEvent;
use crate::domain::incident::{Event, Incident};
use crate::domain::instant::Instant;
use crate::domain::official_post::{self, OfficialPost, PostEvent};
use crate::report::{Case, Format, Ledger, ReportError, Scorecard};
use crate::store::{Store, StoredStream};
use crate::time::{Clock, SystemClock};

/// Incidents read at once.
const PAGE_STREAMS: i64 = 200;
/// What is built.
const KINDS: [&str; 2] = ["ledger", "scorecard"];
/// What comes with the office work.
const NOT_YET: [&str; 4] = ["order", "daily", "special", "bulletin"];

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Report {
    /// ledger or scorecard
    kind: String,
    /// File to write; .xlsx or .csv
    #[arg(long, value_name = "F")]
    out: PathBuf,
    /// Incidents detected, and official posts published, at or after this instant (a date alone: its 00:00 in Beijing)
    #[arg(long, value_name = "INSTANT")]
    from: Option<Instant>,
    /// Incidents detected before this instant
    #[arg(long, value_name = "INSTANT")]
    to: Option<Instant>,
}

/// What a report is while incidents are added.
enum Product<'a> {
    Ledger(Box<Ledger<'a>>),
    Scorecard(Scorecard),
}

impl Report {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let kind = self.kind.as_str();
        if NOT_YET.contains(&kind) {
            return Err(Failure::Usage(format!("报表 {kind} 尚未实现；可用：{}", KINDS.join("、"))));
        }
        if !KINDS.contains(&kind) {
            return Err(Failure::Usage(format!("没有报表“{kind}”；可用：{}", KINDS.join("、"))));
        }
        Format::of(&self.out).map_err(failure)?;
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Failure::Usage(format!("--from {from} 不早于 --to {to}；请改正")));
        }
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let office = &rules.office;
        let mut product = if kind == "ledger" {
            let now = SystemClock::default().now();
            Product::Ledger(Box::new(Ledger::new(&self.out, office, now).map_err(failure)?))
        } else {
            Product::Scorecard(Scorecard::default())
        };
        let mut unreadable = 0_u64;
        let (incidents, posts) = open::runtime()?.block_on(async {
            let store = open::existing(&config).await?;
            store.check_schema().await.map_err(open::database)?;
            let (mut incidents, mut posts) = (0_u64, 0_u64);
            let mut after = String::new();
            loop {
                let page = store.streams_after(&after, PAGE_STREAMS).await.map_err(open::database)?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.stream);
                for stream in &page {
                    match self.read(&store, stream).await? {
                        Read::Case(case) => {
                            incidents += 1;
                            match &mut product {
                                Product::Ledger(ledger) => ledger.add(&case).map_err(failure)?,
                                Product::Scorecard(scorecard) => scorecard.add(&case),
                            }
                        }
                        Read::Post(post) => {
                            posts += 1;
                            match &mut product {
                                Product::Ledger(ledger) => ledger.add_post(&post).map_err(failure)?,
                                Product::Scorecard(scorecard) => scorecard.add_post(&post),
                            }
                        }
                        Read::Outside => {}
                        Read::Unreadable(why) => {
                            unreadable += 1;
                            eprintln!("{}：{why}；没有列入，请运行 huiying verify", stream.stream);
                        }
                    }
                }
            }
            store.close().await;
            Ok::<_, Failure>((incidents, posts))
        })?;
        let rows = match product {
            Product::Ledger(ledger) => ledger.finish(),
            Product::Scorecard(scorecard) => scorecard.write(&self.out, office),
        }
        .map_err(failure)?;
        if let Err(failure) = open::runtime()?.block_on(self.record(&config, incidents)) {
            // What is not on record was not exported.
            let _ = std::fs::remove_file(&self.out);
            return Err(failure);
        }
        say!(
            "{}",
            serde_json::json!({
                "report": kind, "out": self.out.display().to_string(), "incidents": incidents, "posts": posts,
                "rows": rows, "unreadable": unreadable,
            })
        );
        Ok(if unreadable == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    /// Who took what out, and when, is on record.
    async fn record(&self, config: &Config, cases: u64) -> Result<(), Failure> {
        let read = std::fs::canonicalize(&self.out).and_then(|file| Ok((std::fs::read(&file)?, file)));
        let (content, file) = read.map_err(|error| Failure::Other(anyhow::Error::new(error).context("报表读不回")))?;
        let event = AdminEvent::Exported {
            what: self.kind.clone(),
            file: file.display().to_string(),
            sha256: hex::encode(Sha256::digest(&content)),
            cases,
            operator: open::operator(),
        };
        let store = open::existing(config).await?;
        let recorded = record(&store, &event, CONSOLE, SystemClock::default().now()).await;
        store.close().await;
        recorded.map_err(|error| Failure::Other(anyhow::Error::new(error).context("导出没有记入审计，报表已删除")))
    }

    async fn read(&self, store: &Store, stream: &StoredStream) -> Result<Read, Failure> {
        match stream.kind.as_str() {
            INCIDENT => self.case(store, stream).await,
            POST => self.post(store, stream).await,
            _ => Ok(Read::Outside),
        }
    }

    /// One official post from its events, if it was published in the time asked for.
    async fn post(&self, store: &Store, stream: &StoredStream) -> Result<Read, Failure> {
        let Some(id) = post_of(&stream.stream) else { return Ok(Read::Outside) };
        let mut post = OfficialPost { id, ..OfficialPost::default() };
        for row in store.events(&stream.stream).await.map_err(open::database)? {
            match serde_json::from_str::<PostEvent>(&row.body) {
                Ok(event) => post = official_post::evolve(post, row.at, &event),
                Err(error) => return Ok(Read::Unreadable(format!("第 {} 条读不出：{error}", row.seq))),
            }
        }
        Ok(if self.covers(post.effective_at) { Read::Post(Box::new(post)) } else { Read::Outside })
    }

    /// Whether an instant lies in the time asked for.
    fn covers(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }

    /// One incident from its events, if it lies in the time asked for.
    async fn case(&self, store: &Store, stream: &StoredStream) -> Result<Read, Failure> {
        let Some(id) = incident_of(&stream.stream) else { return Ok(Read::Outside) };
        if let Ok(state) = serde_json::from_str::<Incident>(&stream.state)
            && !self.covers(state.detected_at)
        {
            return Ok(Read::Outside);
        }
        let title = store.incident(&id).await.map_err(open::database)?.map(|row| row.title).unwrap_or_default();
        let mut case = Case::new(id, title);
        for row in store.events(&stream.stream).await.map_err(open::database)? {
            match serde_json::from_str::<Event>(&row.body) {
                Ok(event) => case.apply(row.at, &event),
                Err(error) => return Ok(Read::Unreadable(format!("第 {} 条读不出：{error}", row.seq))),
            }
        }
        Ok(Read::Case(Box::new(case)))
    }
}

/// What came of an incident or an official post.
enum Read {
    Case(Box<Case>),
    Post(Box<OfficialPost>),
    Outside,
    Unreadable(String),
}

fn failure(error: ReportError) -> Failure {
    match error {
        ReportError::File { .. } | ReportError::Ending(_) | ReportError::TooLong => Failure::Usage(error.to_string()),
    }
}
