//! `huiying rules`: check the rule files, and take keyword lists of other tools over.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Failure, Global, Outcome};
use crate::rules;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Load every rule file, run every example, name file and line of what fails
    Check {
        /// Folder of the rules, or one file of it (default: as --rules)
        path: Option<PathBuf>,
    },
    /// Turn a keyword list of another tool into topic files, a group a file; what can't be is named with its line
    Import {
        /// The list
        file: PathBuf,
        /// TrendRadar's frequency_words.txt, or lines of (甲|乙)+丙 as 思通舆情 writes them
        #[arg(long, value_name = "F")]
        format: List,
        /// Folder of the topic files (default: topics/ of the rules)
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum List {
    #[value(name = "trendradar")]
    TrendRadar,
    #[value(name = "stonedt")]
    StoneDt,
}

impl Rules {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        match self.command {
            Command::Check { path } => check(path.as_deref(), global),
            Command::Import { file, format, out } => import(&file, format, out, global),
        }
    }
}

/// Writes the groups as topics that nobody is told of yet: whose matter each is, and why, the office still has to say.
fn import(file: &Path, format: List, out: Option<PathBuf>, global: &Global) -> Outcome {
    let usage = |what: String| Failure::Usage(what);
    let text = std::fs::read_to_string(file).map_err(|error| usage(format!("{}：{error}", file.display())))?;
    let read = match format {
        List::TrendRadar => rules::wordlist::trend_radar(&text),
        List::StoneDt => rules::wordlist::stone_dt(&text),
    };
    let folder = match out {
        Some(folder) => folder,
        None => rules::locate(global.rules.as_deref()).map_err(|error| usage(error.to_string()))?.join("topics"),
    };
    std::fs::create_dir_all(&folder).map_err(|error| usage(format!("{}：{error}", folder.display())))?;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let stem: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let (mut written, mut kept) = (0, 0);
    for group in &read.groups {
        let id = format!("list-{stem}-{}", group.line);
        let path = folder.join(format!("{id}.yaml"));
        if path.exists() {
            eprintln!("{} 已存在，未改动", path.display());
            kept += 1;
            continue;
        }
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let yaml = format!(
            "id: {id}\nname: {}\nwhy: {}\nwhen: {}\nexamples:\n  matches: [{}]\n  near_misses: [{}]\n",
            quoted(&group.name),
            quoted(&format!("由 {} 第 {} 行导入", file.display(), group.line)),
            quoted(&group.when),
            quoted(&group.matches),
            quoted(&group.near_miss),
        );
        std::fs::write(&path, yaml).map_err(|error| usage(format!("{}：{error}", path.display())))?;
        written += 1;
    }
    for fault in &read.faults {
        eprintln!("{} 第 {} 行：{}", file.display(), fault.line, fault.what);
    }
    println!("{}", serde_json::json!({ "written": written, "kept": kept, "faults": read.faults.len() }));
    Ok(if read.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Prints every mistake with its file, line and fix on standard output, one a line; exit 2 if there is any.
fn check(path: Option<&Path>, global: &Global) -> Outcome {
    let file = path.filter(|path| path.is_file());
    let dir = match file {
        Some(file) => Some(folder_of(file)?),
        None => path.map(Path::to_path_buf).or_else(|| global.rules.clone()),
    };
    let dir = rules::locate(dir.as_deref()).map_err(|error| Failure::Usage(error.to_string()))?;
    let rules = rules::Rules::check(&dir);
    let wanted = |name: &str| file.is_none_or(|file| file.canonicalize().ok() == dir.join(name).canonicalize().ok());
    let errors: Vec<_> = rules.errors.iter().filter(|error| wanted(&error.file)).collect();
    for error in &errors {
        say!("{}/{error}", dir.display());
    }
    for warning in rules.warnings().iter().filter(|warning| wanted(&warning.file)) {
        eprintln!("警告：{}/{warning}", dir.display());
    }
    let office = &rules.office;
    eprintln!(
        "规则版本 {}：{} 个政策、{} 个单位、{} 个地区、{} 个主题、{} 个预案、{} 项风险评估、{} 个信源、{} 份值班表、{} 年放假安排",
        rules.version,
        office.policies.len(),
        office.bodies.len(),
        rules.regions.len(),
        rules.topics.len(),
        rules.plans.len(),
        rules.assessments.len(),
        rules.sources.len(),
        office.rosters.len(),
        office.calendar.years().count(),
    );
    if errors.is_empty() {
        eprintln!("没有错误");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{} 处错误", errors.len());
    Ok(ExitCode::from(2))
}

/// The rules folder that a file belongs to: the one above `policies/`, `topics/` …
fn folder_of(file: &Path) -> Result<PathBuf, Failure> {
    let full =
        file.canonicalize().map_err(|error| Failure::Usage(format!("{}: {error} — 检查路径", file.display())))?;
    full.ancestors()
        .find(|dir| dir.file_name().is_some_and(|name| rules::FOLDERS.iter().any(|known| *known == name)))
        .and_then(Path::parent)
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            let fix = format!("规则文件应在 {} 之一中", rules::FOLDERS.join("/、"));
            Failure::Usage(format!("{}: 不在规则文件夹中 — {fix}", file.display()))
        })
}
