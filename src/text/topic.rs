//! Topics (关注主题): the matters that an office watches, one entry of `rules/topics/` each.

use serde::{Deserialize, Serialize};

use super::expression::Expression;
use crate::domain::ids::BodyId;

/// What 61号 says must be answered first (`domain.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponsePriority {
    /// 对政府及其部门重大政策措施存在误解误读的
    PolicyMisread,
    /// 涉及公众切身利益且产生较大影响的
    PublicInterest,
    /// 涉及民生领域严重冲击社会道德底线的
    MoralBottomLine,
    /// 涉及突发事件处置和自然灾害应对的
    SuddenEvent,
    /// 社会热点话题（安徽增列）
    HotTopic,
    /// 上级政府要求下级政府主动回应的
    OrderedFromAbove,
}

/// A watched matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Stable id.
    pub id: String,
    /// 名称
    pub name: String,
    /// Why the office watches it.
    pub why: String,
    /// When a text is about it.
    pub when: Expression,
    /// The category (领域) that it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// 主办: the body that leads on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<BodyId>,
    /// 协办
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supporting: Vec<BodyId>,
    /// A post about it opens an incident.
    #[serde(default)]
    pub noteworthy: bool,
    /// A letter about it opens one too (`domain.md` §1).
    #[serde(default)]
    pub letters: bool,
    /// A text about it is sensitive (敏感).
    #[serde(default)]
    pub sensitive: bool,
    /// Which of the six kinds of 61号 it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_priority: Option<ResponsePriority>,
    /// Texts that it must match and must not: run whenever the rules are loaded.
    pub examples: Examples,
}

/// Examples of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Must match.
    #[serde(default)]
    pub matches: Vec<String>,
    /// Look alike and must not match.
    #[serde(default)]
    pub near_misses: Vec<String>,
}

impl Topic {
    /// What its examples show to be wrong; empty if it may be loaded. One match and one near miss are the least.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.examples.matches.is_empty() || self.examples.near_misses.is_empty() {
            faults.push("examples 至少要有一个 matches 和一个 near_misses".to_owned());
        }
        for text in self.examples.matches.iter().filter(|text| !self.when.matches(text)) {
            faults.push(format!("应匹配却没有匹配的例子：“{text}”"));
        }
        for text in self.examples.near_misses.iter().filter(|text| self.when.matches(text)) {
            faults.push(format!("不应匹配却匹配了的例子：“{text}”"));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(json: &str) -> Topic {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn examples_are_run() {
        let mut water = topic(
            r#"{"id":"water","name":"供水","why":"办公室自定","when":"自来水 & 发黄","lead":"water","noteworthy":true,
               "response_priority":"public_interest",
               "examples":{"matches":["自来水发黄"],"near_misses":["自来水涨价"]}}"#,
        );
        assert!(water.faults().is_empty());
        water.examples.near_misses.push("自来水又发黄".into());
        assert_eq!(water.faults(), ["不应匹配却匹配了的例子：“自来水又发黄”"]);
        water.examples = Examples { matches: vec!["停电".into()], near_misses: vec![] };
        assert_eq!(water.faults().len(), 2);
    }

    #[test]
    fn a_wrong_key_is_refused() {
        let json = r#"{"id":"x","name":"x","why":"x","when":"甲","notewothy":true,"examples":{}}"#;
        assert!(serde_json::from_str::<Topic>(json).unwrap_err().to_string().contains("notewothy"));
    }
}
