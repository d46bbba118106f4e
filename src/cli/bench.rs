//! `huiying bench`: measure and print a rate or ratio as JSON, with the conditions under which it was measured.

mod analyse;
mod api;
mod clocks;
mod import;
mod ingest;
mod keywords;
mod machine;
mod matters;
mod pages;
mod person;
mod post;
mod texts;
mod year;

use super::{Failure, Global, Outcome, open};
use crate::store::{Store, StoreOptions};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Text analysis on one core: MB/s of UTF-8
    Analyse(analyse::Analyse),
    /// Lists, filters, counts and searches asked by several clients of a filled database: p50 and p99 in ms
    Api(api::Api),
    /// A burst and single clocks that come due in a database full of them: clocks/s, lateness in ms
    Clocks(clocks::Clocks),
    /// Mentions stored, analysed, correlated and committed on SQLite: mentions/s
    Ingest(ingest::Ingest),
    /// A file of mentions read, checked and stored as pending on SQLite: rows/s, and memory at the beginning and the end
    Import(import::Import),
    /// Pages of a site on this machine fetched with all guards and their articles found: pages per second of processor time
    Pages(pages::Pages),
    /// What 10,000 watched words cost beside 10: a ratio
    Keywords(keywords::Keywords),
    /// From a post to the case in its department's list, by live events: p50 and p99 in ms
    Post(post::Post),
    /// A year through the product's own doors, into a database to measure on: mentions/s by tenths of the year
    Year(year::Year),
}

impl Bench {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        match self.what {
            What::Analyse(bench) => bench.run(global),
            What::Api(bench) => bench.run(global),
            What::Clocks(bench) => bench.run(global),
            What::Ingest(bench) => bench.run(global),
            What::Import(bench) => bench.run(global),
            What::Pages(bench) => bench.run(global),
            What::Keywords(bench) => bench.run(global),
            What::Post(bench) => bench.run(global),
            What::Year(bench) => bench.run(global),
        }
    }
}

/// A database to fill, which holds no incident yet.
async fn empty(url: &str) -> Result<Store, Failure> {
    let store = open::migrated(&StoreOptions::durable(url)).await?;
    if store.stream_count(crate::acts::INCIDENT).await.map_err(anyhow::Error::new)? > 0 {
        return Err(Failure::Usage(format!("{} 里已有事件；测速请用一个空数据库", store.name())));
    }
    Ok(store)
}
