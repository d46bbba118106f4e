//! The two grades (`domain.md` §2): of the sudden event (事件等级) and of the opinion itself (舆情等级).

use serde::{Deserialize, Serialize};

/// A grade. `None` is for the event alone: nothing happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 无突发事件
    #[default]
    None,
    /// 一般
    General,
    /// 较大
    Large,
    /// 重大
    Major,
    /// 特别重大
    Extraordinary,
}

impl Grade {
    /// The Chinese term, as it stands on every screen.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::None => "无",
            Self::General => "一般",
            Self::Large => "较大",
            Self::Major => "重大",
            Self::Extraordinary => "特别重大",
        }
    }

    /// The id used in files and on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::General => "general",
            Self::Large => "large",
            Self::Major => "major",
            Self::Extraordinary => "extraordinary",
        }
    }
}

/// Both grades and the flag 敏感 that stands beside them: a judgement, whether proposed or a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Grading {
    /// 事件等级
    #[serde(default)]
    pub event_grade: Grade,
    /// 舆情等级
    #[serde(default = "general")]
    pub opinion_grade: Grade,
    /// 敏感
    #[serde(default)]
    pub sensitive: bool,
}

const fn general() -> Grade {
    Grade::General
}

impl Default for Grading {
    fn default() -> Self {
        Self { event_grade: Grade::None, opinion_grade: Grade::General, sensitive: false }
    }
}

impl Grading {
    /// "Highest grade" of `domain.md` §2: the higher of the two.
    pub fn highest(&self) -> Grade {
        self.event_grade.max(self.opinion_grade)
    }

    /// Each part the higher of the two: how the proposals of several mentions combine.
    pub fn join(&self, other: &Self) -> Self {
        Self {
            event_grade: self.event_grade.max(other.event_grade),
            opinion_grade: self.opinion_grade.max(other.opinion_grade),
            sensitive: self.sensitive || other.sensitive,
        }
    }
}
