//! The two grades (`domain.md` §2): of the sudden event (事件等级) and of the opinion itself (舆情等级).

use serde::{Deserialize, Serialize};

use super::terms;

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
    pub fn zh(self) -> &'static str {
        terms::of("grade", &self)
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

/// 回应方式: how each kind of opinion is answered (80号; `domain.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseApproach {
    /// 建设性意见建议：公开吸收采纳情况
    Adoption,
    /// 实际困难：公布研究解决情况
    Solution,
    /// 重大问题：发布调查处置情况
    Investigation,
    /// 不了解情况、认识模糊：发布权威信息，澄清事实
    Facts,
    /// 错误看法：发布信息引导和纠正
    Correction,
    /// 虚假和不实信息：及时回应，并移交涉嫌违法的情况和线索
    Rebuttal,
}

impl ResponseApproach {
    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("approach", &self)
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
