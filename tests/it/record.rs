//! What is made of the record outside the service: reports and daily seals, by the built binary on a replayed scenario.

mod notify;
mod rebuild;
mod report;
mod seal;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use huiying::replay::{Scenario, replay};
use huiying::rules::Rules;
use huiying::store::{Store, StoreOptions};

/// A folder with a database in which a scenario was played.
pub struct Played {
    pub dir: tempfile::TempDir,
}

impl Played {
    pub async fn scenario(text: &str, until: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let scenario = Scenario::read(text);
        assert!(scenario.errors.is_empty(), "{:?}", scenario.errors);
        let until = until.parse().expect("an instant");
        let database = StoreOptions::throw_away(&dir.path().join("replay.db"));
        let played = replay(&scenario, rules(), Some(until), &database).await.expect("it plays");
        assert!(played.refused.is_empty(), "{:?}", played.refused);
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs `huiying` in the folder, on its database.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    pub fn run_with(&self, arguments: &[&str], env: &[(&str, &str)]) -> Output {
        huiying(self.dir.path(), arguments, env)
    }

    pub async fn store(&self) -> Store {
        Store::open(&StoreOptions::throw_away(&self.path("replay.db"))).await.expect("opening")
    }
}

pub fn huiying(dir: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_huiying"))
        .args(arguments)
        .arg("--rules")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"))
        .env("HUIYING_DATABASE__URL", format!("sqlite:{}", dir.join("replay.db").display()))
        .envs(env.iter().copied())
        .current_dir(dir)
        .output()
        .expect("it runs")
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn json(output: &Output) -> serde_json::Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{}", stderr(output)))
}

fn rules() -> Rules {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    Rules::load(DIR.get_or_init(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"))).expect("shipped rules")
}
