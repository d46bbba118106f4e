//! Bodies (单位) and the tiers (层级) that an escalation climbs (`domain.md` §4).

use serde::{Deserialize, Serialize};

use super::ids::{BodyId, RegionId};
use super::terms;

/// 层级 of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 市级
    City,
    /// 县（市、区）级
    County,
    /// 乡镇、街道
    Town,
}

/// What kind of body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// 政府办公室
    Office,
    /// 党委部门
    Party,
    /// 政府工作部门
    Bureau,
    /// 属地：县市区、开发区
    Territory,
    /// 垂直管理单位
    Vertical,
    /// 企业
    Enterprise,
}

/// A body (单位), one file or entry of `rules/departments/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Stable id (`contract.md`).
    pub id: BodyId,
    /// 名称
    pub name: String,
    /// 简称 and other names by which texts call it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// 层级
    pub level: Level,
    /// The body above: `xuancheng` for the city's own.
    pub parent: BodyId,
    /// What kind.
    pub kind: BodyKind,
    /// The region that it answers for.
    pub region: RegionId,
    /// 职责, in words, for people.
    pub duties: Vec<String>,
    /// Words by which a text points at its duties, each with a weight (1 = ordinary).
    #[serde(default)]
    pub keywords: Vec<DutyKeyword>,
    /// Accounts: `<id>.weibo`, `<id>.wechat`.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// 联系方式
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Why it is here: what makes it responsible (a citation, or that it is the office's own).
    pub why: String,
}

/// A word that points at a duty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyKeyword {
    /// The word.
    pub word: String,
    /// Its weight, 0 < weight ≤ 5.
    #[serde(default = "one")]
    pub weight: f64,
}

const fn one() -> f64 {
    1.0
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// 岗位, e.g. 值班室.
    pub role: String,
    /// 电话
    pub phone: String,
    /// 电子邮箱: where notices to this body go besides its own page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Tiers of the ladder, lowest first; `Coordination` stands beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 承办单位
    Department,
    /// 值班室
    DutyDesk,
    /// 办公室主任
    OfficeDirector,
    /// 分管领导
    Deputy,
    /// 主要负责人
    Principal,
    /// 统筹协调：政府办公室会同宣传部门
    Coordination,
}

impl Tier {
    /// Those that rosters hold, lowest first.
    const HELD: [Self; 4] = [Self::DutyDesk, Self::OfficeDirector, Self::Deputy, Self::Principal];

    /// The other tiers that rosters hold, in the order in which one stands in for this one: those above, then those below,
    /// the nearest first. Coordination is the government office's, whose director comes first.
    pub fn nearest(self) -> Vec<Self> {
        let from = if self == Self::Coordination { Self::DutyDesk } else { self };
        let above = Self::HELD.into_iter().filter(|tier| *tier > from);
        let below = Self::HELD.into_iter().rev().filter(|tier| *tier <= from && *tier != self);
        above.chain(below).collect()
    }

    /// The id used in files and on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::DutyDesk => "duty_desk",
            Self::OfficeDirector => "office_director",
            Self::Deputy => "deputy",
            Self::Principal => "principal",
            Self::Coordination => "coordination",
        }
    }

    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("tier", &self)
    }
}
