//! `huiying rules`: check the rule files.

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
}

impl Rules {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let Command::Check { path } = self.command;
        check(path.as_deref(), global)
    }
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
        println!("{}/{error}", dir.display());
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
