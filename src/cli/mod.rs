//! The command line (`contract.md`): one file per command. Standard output carries only the result; progress and messages
//! go to standard error. Exit status: 0 done, 1 some records failed, 2 usage or configuration error, 3 integrity.

/// Prints a line on standard output; see [`print`].
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::print::line(format_args!($($text)*))
    };
}

mod analyse;
mod author_key;
mod backup;
mod bench;
mod channels;
mod contact;
mod copy;
mod crawl;
mod drill;
mod due;
mod eval;
mod explain;
mod extract;
mod files;
mod import;
mod migrate;
mod model;
mod notify;
mod office_text;
mod open;
mod print;
mod progress;
mod rebuild;
mod replay;
mod report;
mod restore;
mod rule_files;
mod rules;
mod serve;
mod source;
mod train;
mod usage;
mod user;
mod verdicts;
mod verify;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// What went wrong, as far as the exit status tells it apart.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Exit 2: one line that names file, line, what and fix.
    #[error("{0}")]
    Usage(String),
    /// Exit 3: the audit chain or a projection does not hold.
    #[error("{0}")]
    Integrity(String),
    /// Exit 1: anything else.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

/// What a command gives back: 0 or 1 (some records failed).
pub type Outcome = Result<ExitCode, Failure>;

#[derive(Debug, Parser)]
#[command(name = "huiying", version, about = "回应 Huiying：政务舆情监测与回应", max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags accepted in any position.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Folder of the rules
    #[arg(long, global = true, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Configuration file (default: huiying.toml, if there is one)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// API, dashboards and workers in one process
    #[command(after_help = "例：\n  huiying serve --listen 0.0.0.0:8080\n  huiying serve --drill --speed 1200")]
    Serve(serve::Serve),
    /// Worker node without web
    #[command(
        after_help = "例：\n  HUIYING_DATABASE__URL=postgres://huiying:口令@主机/huiying huiying work\n  huiying work --queue collect --queue analyse"
    )]
    Work(work::Work),
    /// Collect once, now
    #[command(after_help = "例：\n  huiying crawl\n  huiying crawl xuancheng-mailbox")]
    Crawl(crawl::Crawl),
    /// Import mentions from a file
    #[command(
        after_help = "例：\n  huiying import letters.jsonl --format mentions\n  huiying import letters.jsonl --format mentions --source letters --channel board --live"
    )]
    Import(import::Import),
    /// Text analysis as a filter: JSONL in, JSONL out
    #[command(after_help = "例：\n  huiying analyse < posts.jsonl > analysed.jsonl")]
    Analyse(analyse::Analyse),
    /// One page in, one JSON object out
    #[command(after_help = "例：\n  huiying extract --url https://www.example.gov.cn/a.html < page.html")]
    Extract(extract::Extract),
    /// Which words, rules and features decided what
    #[command(after_help = "例：\n  huiying explain 某小区停水三天，打电话没人管")]
    Explain(explain::Explain),
    /// Learn a model from labelled texts
    #[command(
        after_help = "例：\n  huiying train --data labelled.jsonl --out model.bin\n  huiying train --data ../shared/data/text --corrections --out model.bin"
    )]
    Train(train::Train),
    /// Compare two models on the same texts
    #[command(
        after_help = "例：\n  huiying eval model.bin\n  huiying eval shipped model.bin --data ../shared/data/text"
    )]
    Eval(eval::Eval),
    /// Due time, warnings and escalations, and how they were computed
    #[command(
        after_help = "例：\n  huiying due --policy xuancheng-2016 --clock response --from 2026-03-02T09:00:00+08:00"
    )]
    Due(due::Due),
    /// Play a scenario under a virtual clock and print its ledger
    #[command(
        after_help = "例：\n  huiying replay scenarios/drill.jsonl > ledger.jsonl\n  huiying replay case.jsonl --until 2026-05-14"
    )]
    Replay(replay::Replay),
    /// Try a source definition, or propose one; nothing is stored
    #[command(
        after_help = "例：\n  huiying source test rules/sources/a.yaml\n  huiying source test a.yaml --html saved.html\n  huiying source new https://www.example.gov.cn/list/"
    )]
    Source(source::Source),
    /// Check the rule files
    #[command(after_help = "例：\n  huiying rules check\n  huiying rules check /path/to/rules")]
    Rules(rules::Rules),
    /// Ledger, scorecard and other products
    #[command(
        after_help = "例：\n  huiying report ledger --out ledger.xlsx --from 2026-05-01 --to 2026-06-01\n  huiying report scorecard --out scorecard.csv"
    )]
    Report(report::Report),
    /// Try the channels by which people are told
    #[command(after_help = "例：\n  huiying notify test smtp --to name@example.gov.cn")]
    Notify(notify::Notify),
    /// Walk the audit chain and compare the tables with what follows from it
    #[command(after_help = "例：\n  huiying verify\n  huiying verify --seals /mnt/usb/seals")]
    Verify(verify::Verify),
    /// Write anew from the record whatever table differs from it
    #[command(after_help = "例：\n  huiying verify || huiying rebuild")]
    Rebuild(rebuild::Rebuild),
    /// Bring the database to this version
    #[command(after_help = "例：\n  huiying migrate")]
    Migrate(migrate::Migrate),
    /// Write a backup
    #[command(after_help = "例：\n  huiying backup huiying-backup.db")]
    Backup(backup::Backup),
    /// Read a backup
    #[command(after_help = "例：\n  huiying restore huiying-backup.db")]
    Restore(restore::Restore),
    /// Move an office from SQLite to PostgreSQL
    #[command(after_help = "例：\n  huiying copy --from sqlite:huiying.db --to postgres://huiying:口令@主机/huiying")]
    Copy(copy::Copy),
    /// The key of the author hashes
    #[command(name = "author-key", after_help = "例：\n  huiying author-key check\n  huiying author-key rotate")]
    AuthorKey(author_key::AuthorKey),
    /// Add and change users
    #[command(after_help = "例：\n  huiying user add --help")]
    User(user::User),
    /// Measure and print a rate or ratio as JSON
    #[command(after_help = "例：\n  huiying bench ingest\n  huiying bench post --posts 200")]
    Bench(bench::Bench),
}

/// Reads the arguments, runs the command, prints what failed and gives the exit status.
pub fn main() -> ExitCode {
    end_with_the_reader();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => match usage::line(&error, &Cli::command()) {
            Some(line) => {
                eprintln!("错误：{line}");
                return ExitCode::from(2);
            }
            None => error.exit(),
        },
    };
    let outcome = match cli.command {
        Command::Serve(command) => command.run(&cli.global),
        Command::Work(command) => command.run(&cli.global),
        Command::Crawl(command) => command.run(&cli.global),
        Command::Import(command) => command.run(&cli.global),
        Command::Analyse(command) => command.run(&cli.global),
        Command::Extract(command) => command.run(&cli.global),
        Command::Source(command) => command.run(&cli.global),
        Command::Explain(command) => command.run(&cli.global),
        Command::Train(command) => command.run(&cli.global),
        Command::Eval(command) => command.run(&cli.global),
        Command::Due(command) => command.run(&cli.global),
        Command::Replay(command) => command.run(&cli.global),
        Command::Rules(command) => command.run(&cli.global),
        Command::Report(command) => command.run(&cli.global),
        Command::Notify(command) => command.run(&cli.global),
        Command::Verify(command) => command.run(&cli.global),
        Command::Rebuild(command) => command.run(&cli.global),
        Command::Migrate(command) => command.run(&cli.global),
        Command::Backup(command) => command.run(&cli.global),
        Command::Restore(command) => command.run(&cli.global),
        Command::Copy(command) => command.run(&cli.global),
        Command::AuthorKey(command) => command.run(&cli.global),
        Command::User(command) => command.run(&cli.global),
        Command::Bench(command) => command.run(&cli.global),
    };
    match outcome {
        Ok(code) if code == ExitCode::SUCCESS && print::is_lost() => ExitCode::FAILURE,
        Ok(code) => code,
        Err(Failure::Other(error)) if is_broken_pipe(&error) => ExitCode::from(READER_GONE),
        Err(failure) => {
            eprintln!("错误：{failure}");
            ExitCode::from(match failure {
                Failure::Usage(_) => 2,
                Failure::Integrity(_) => 3,
                Failure::Other(_) => 1,
            })
        }
    }
}

/// Exit status where whoever read the output went away (`| head`): that of a process that the system ends for it.
const READER_GONE: u8 = 141;

/// Printing to a reader who went away panics in Rust. That is no fault of the command: it ends without a word, as others do.
fn end_with_the_reader() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to std") && said.contains("Broken pipe") {
            std::process::exit(READER_GONE.into());
        }
        told(panic);
    }));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
