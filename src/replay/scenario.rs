//! The scenario format of `contract.md`: one line, one event, by time.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::ids::BodyId;
use crate::domain::incident::{Command, only_keys};
use crate::domain::instant::Instant;
use crate::domain::json_words::in_chinese;
use crate::domain::mention::MentionInput;
use crate::domain::strict_json;

/// A line that can't be played, with its number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("第 {line} 行：{why}")]
pub struct ScenarioError {
    /// From 1.
    pub line: usize,
    /// In words.
    pub why: String,
}

/// How a scenario is set up.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
pub struct Setup {
    /// Policy of all incidents; default: `xuancheng-2016`.
    #[serde(default)]
    pub policy: Option<String>,
    /// Whether the scheduler assigns by itself; default: false in replay, true in a drill.
    #[serde(default)]
    pub auto_assign: Option<bool>,
}

/// What a line does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A mention comes in.
    Mention {
        /// The mention.
        input: Box<MentionInput>,
        /// Its incident's label.
        label: Option<String>,
        /// What analysis would have proposed, as JSON; `null` opens nothing.
        proposal: Option<String>,
        /// A letter: when its board answered it.
        answered_at: Option<Instant>,
    },
    /// Someone acts on an incident.
    Act {
        /// Label or id, without `@`.
        incident: String,
        /// Who.
        by: String,
        /// What.
        command: Box<Command>,
    },
    /// The city's own accounts publish (D13).
    CityPost {
        /// Label, without `@`.
        post: String,
        /// Who.
        by: String,
        /// When; default: now.
        effective_at: Option<Instant>,
        /// Bodies whose accounts have to repost it.
        concerns: Vec<BodyId>,
    },
    /// An account reposts it.
    Repost {
        /// Label or id, without `@`.
        post: String,
        /// Who says so.
        by: String,
        /// Which account.
        account: String,
        /// When; default: now.
        effective_at: Option<Instant>,
    },
    /// The process dies and comes back.
    Restart {
        /// When it comes back.
        until: Instant,
    },
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// When.
    pub at: Instant,
    /// What.
    pub deed: Deed,
}

/// A whole scenario. Lines that can't be read are kept with what is wrong; they stop none of the others.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// How it is set up.
    pub setup: Setup,
    /// Its lines, by time; those of one instant in their order.
    pub lines: Vec<Line>,
    /// Lines that can't be played.
    pub errors: Vec<ScenarioError>,
}

impl Scenario {
    /// Reads a scenario.
    pub fn read(text: &str) -> Self {
        let mut scenario = Self::default();
        for (index, raw) in text.lines().enumerate().filter(|(_, raw)| !raw.trim().is_empty()) {
            let line = index + 1;
            if let Err(why) = scenario.add(line, raw) {
                scenario.errors.push(ScenarioError { line, why });
            }
        }
        scenario.lines.sort_by_key(|line| line.at);
        scenario
    }

    fn add(&mut self, number: usize, raw: &str) -> Result<(), String> {
        let value: Value =
            strict_json::parse(raw.as_bytes()).map_err(|error| format!("不是 JSON 对象：{}", in_chinese(error)))?;
        let word = |key: &str| value.get(key).and_then(Value::as_str);
        let Some(deed) = word("do") else { return Err("缺少 do".into()) };
        if deed == "setup" {
            known("setup", &value, &["policy", "auto_assign"], &["at"])?;
            self.setup = serde_json::from_value(value).map_err(|error| format!("setup：{}", in_chinese(error)))?;
            return Ok(());
        }
        let at = word("at")
            .ok_or("缺少 at")?
            .parse()
            .map_err(|error: crate::domain::instant::InstantError| error.to_string())?;
        let deed = match deed {
            "mention" => mention(&value)?,
            "city_post" | "repost" => on_post(deed, &value)?,
            "restart" => {
                known("restart", &value, &["until"], &["at", "incident", "by"])?;
                let until = word("until").ok_or("restart 缺少 until")?;
                Deed::Restart { until: until.parse().map_err(|e: crate::domain::instant::InstantError| e.to_string())? }
            }
            other => act(other, &value)?,
        };
        self.lines.push(Line { number, at, deed });
        Ok(())
    }
}

fn mention(value: &Value) -> Result<Deed, String> {
    let input: MentionInput =
        serde_json::from_value(value.clone()).map_err(|error| format!("mention：{}", in_chinese(error)))?;
    let label = value.get("label").and_then(Value::as_str).map(|label| label.trim_start_matches('@').to_owned());
    if let Some(proposal) = value.get("proposal") {
        // A mention may hold keys of other tools; what a scenario proposes is its own.
        only_keys("proposal", proposal, &["event_grade", "opinion_grade", "sensitive"], &[])
            .map_err(|error| error.to_string())?;
    }
    let proposal = value.get("proposal").map(Value::to_string);
    let answered_at = match value.get("answered_at").and_then(Value::as_str) {
        Some(at) => Some(at.parse().map_err(|error| format!("answered_at：{error}"))?),
        None => None,
    };
    Ok(Deed::Mention { input: Box::new(input), label, proposal, answered_at })
}

/// Refuses a key that nobody reads.
fn known(act: &str, line: &Value, own: &[&str], around: &[&str]) -> Result<(), String> {
    let around: Vec<&str> = around.iter().copied().chain(["do"]).collect();
    only_keys(act, line, own, &around).map_err(|error| error.to_string())
}

/// What both acts on an official post have.
#[derive(Deserialize)]
struct OnPost {
    post: String,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    effective_at: Option<Instant>,
    #[serde(default)]
    concerns: Vec<BodyId>,
    #[serde(default)]
    account: Option<String>,
}

fn on_post(name: &str, value: &Value) -> Result<Deed, String> {
    let own =
        if name == "city_post" { ["post", "effective_at", "concerns"] } else { ["post", "account", "effective_at"] };
    known(name, value, &own, &["at", "by"])?;
    let read: OnPost =
        serde_json::from_value(value.clone()).map_err(|error| format!("{name}：{}", in_chinese(error)))?;
    let post = read.post.trim_start_matches('@').to_owned();
    let by = read.by.unwrap_or_else(|| "analyst".to_owned());
    let effective_at = read.effective_at;
    if name == "city_post" {
        return Ok(Deed::CityPost { post, by, effective_at, concerns: read.concerns });
    }
    let account = read.account.ok_or("repost：缺少 account")?;
    Ok(Deed::Repost { post, by, account, effective_at })
}

fn act(name: &str, value: &Value) -> Result<Deed, String> {
    let incident = value.get("incident").and_then(Value::as_str).ok_or("缺少 incident")?;
    let default_by = if name == "approve" { "analyst2" } else { "analyst" };
    let by = value.get("by").and_then(Value::as_str).unwrap_or(default_by);
    let command = Command::asked(value.clone(), &["at", "incident", "by"]).map_err(|error| error.to_string())?;
    Ok(Deed::Act {
        incident: incident.trim_start_matches('@').to_owned(),
        by: by.to_owned(),
        command: Box::new(command),
    })
}
