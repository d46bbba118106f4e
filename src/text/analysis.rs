//! What analysis says of a text: the output of `huiying analyse` (`contract.md`), kept with each mention.

use serde::{Deserialize, Serialize};

use super::concern::Evidence;
use super::place::{self, FoundPlace, Locality};
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::{BodyId, RegionId};

/// 情感倾向
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// 负面
    Negative,
    /// 中性
    #[default]
    Neutral,
    /// 正面
    Positive,
}

/// A category or department with its score, 0–1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Scored {
    /// Category id.
    pub id: String,
    /// 0–1
    pub score: f64,
}

/// A body that the text points at, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DepartmentScore {
    /// The body.
    pub id: BodyId,
    /// 0–1; the scheduler compares it with the policy's threshold.
    pub score: f64,
    /// Reasons a person can read, in Chinese.
    pub why: Vec<String>,
}

/// A word and how much it weighed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Keyword {
    /// The word.
    pub word: String,
    /// Its weight.
    pub weight: f64,
}

/// A verdict with the criterion it rests on: "死亡 3 人 → 较大（国务院令第493号）".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// What it decided: `sentiment`, `event_grade`, `sensitive`, `topic`, `region`, `category`, `request`, `rumour`.
    pub of: String,
    /// In words, in Chinese.
    pub why: String,
}

/// A word that weighed in a verdict, and where it stands in what was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WordWeight {
    /// The verdict, as in [`Reason::of`].
    pub of: String,
    /// The word as it was read.
    pub word: String,
    /// How much it weighed: of sentiment, above 0 speaks for positive; else, above 0 for the verdict, below against it.
    pub weight: f64,
    /// `title` or `text`.
    pub part: String,
    /// First character there.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

/// What analysis says of a text.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Analysis {
    /// The mention's own id, if it had one.
    pub id: Option<String>,
    /// 情感倾向
    pub sentiment: Sentiment,
    /// -1..1; its sign is the two-way judgement, 0 = negative.
    pub sentiment_score: f64,
    /// `angry|sad|fear|happy|surprise|neutral`
    pub emotion: String,
    /// 诉求 `complaint|suggestion|question|thanks|report|other`
    pub request: String,
    /// 领域, complete, best first.
    pub category: Vec<Scored>,
    /// Bodies whose duty it is, best first.
    pub departments: Vec<DepartmentScore>,
    /// Regions, most certain first.
    pub regions: Vec<RegionId>,
    /// Places that the text names, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<FoundPlace>,
    /// 事件等级 that the text proposes.
    pub event_grade: Grade,
    /// 敏感
    pub sensitive: bool,
    /// 0..1, a signal; ≥ 0.5 = looks like one.
    pub rumour: f64,
    /// Ids of the topics (watched matters) that matched.
    pub rules: Vec<String>,
    /// What the text is about.
    pub keywords: Vec<Keyword>,
    /// What makes it a public concern, and what speaks against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<Evidence>,
    /// The reasons for each verdict, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The words that weighed most, where reasons were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<WordWeight>,
    /// Version of the learnt model that judged.
    #[serde(default)]
    pub model: String,
}

impl Analysis {
    /// Where its matter lies: by the places that it names, else by what its sender or source says.
    pub fn locality(&self) -> Locality {
        match place::locality(&self.places) {
            Locality::Unknown if !self.regions.is_empty() => Locality::Ours,
            said => said,
        }
    }

    /// What this mention alone proposes; the spread grade is the incident's business (`domain.md` §2).
    pub fn proposal(&self) -> Grading {
        Grading {
            event_grade: self.event_grade,
            opinion_grade: self.event_grade.max(Grade::General),
            sensitive: self.sensitive,
        }
    }
}
