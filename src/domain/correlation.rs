//! When mentions belong together, what makes one noteworthy, and how far an opinion has spread: thresholds of the office's
//! own (本办自定), data of `rules/correlation/`. The law is silent on all of them, and every verdict that rests on one says
//! so.

use serde::{Deserialize, Serialize};

use super::clock::Duration;
use super::grade::Grade;
use super::instant::Span;

/// 归并与热度规则：the thresholds of correlation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Stable id.
    pub id: String,
    /// What entitles the office to it: that it is its own (本办自定), and what the figures rest on.
    pub why: String,
    /// When two mentions are about the same matter.
    #[serde(default)]
    pub same_matter: SameMatter,
    /// What makes a mention noteworthy.
    #[serde(default)]
    pub noteworthy: Noteworthy,
    /// When letters become an incident (`domain.md` §1).
    #[serde(default)]
    pub letters: Letters,
    /// When posts that are not noteworthy by themselves become one.
    #[serde(default)]
    pub posts: Posts,
    /// How an event's grade is proposed where the published criteria are silent.
    #[serde(default)]
    pub events: Events,
    /// From which spread an opinion is proposed higher, lowest grade first.
    #[serde(default = "spread_steps")]
    pub spread: Vec<SpreadStep>,
}

/// When two mentions are about the same matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SameMatter {
    /// How long a closed incident is remembered after its last mention; an open one takes mentions whatever its age.
    pub window: Duration,
    /// Cosine of the weighted words from which it is the same matter where both name the same place, 0–1.
    pub from: f64,
    /// The same where they name no common place: nothing but the words speaks for it.
    #[serde(alias = "from_without_region")]
    pub from_without_place: f64,
}

impl Default for SameMatter {
    fn default() -> Self {
        Self { window: Duration(Span::from_hours(72)), from: 0.17, from_without_place: 0.30 }
    }
}

/// What makes a mention that is no letter noteworthy; each alone is enough. A watched topic and the flag 敏感 always are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Noteworthy {
    /// From this grade of a sudden event.
    pub event_grade_from: Grade,
    /// From so many points a public concern (`text::concern`) does.
    pub concern_from: i32,
    /// From so many it is remembered, so that several posts about it do.
    pub gather_from: i32,
    /// Strong anger counts where a department's duty scores at least this, 0–1, and something makes it graver.
    pub department_from: f64,
    /// Anger is strong from this distance of the sentiment below 0 on, 0–1.
    pub negative_from: f64,
}

impl Default for Noteworthy {
    fn default() -> Self {
        Self {
            event_grade_from: Grade::General,
            concern_from: 3,
            gather_from: 2,
            department_from: 0.5,
            negative_from: 0.6,
        }
    }
}

/// When letters become an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letters {
    /// From this grade of a sudden event one letter is enough.
    pub event_grade_from: Grade,
    /// Letters about the same matter are counted within this time.
    pub within: Duration,
    /// So many of them are an incident.
    pub repeats: u32,
    /// So many by the same author, of which one was answered, are one too, and a supervision is proposed (反复问政).
    pub repeats_by_author: u32,
}

impl Default for Letters {
    fn default() -> Self {
        Self { event_grade_from: Grade::Large, within: Duration(Span::from_days(30)), repeats: 3, repeats_by_author: 2 }
    }
}

/// When posts that are not noteworthy by themselves become an incident: several say the same negative thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Posts {
    /// Posts about the same matter are counted within this time.
    pub within: Duration,
    /// So many different people, in their own words, are an incident.
    pub repeats: u32,
}

impl Default for Posts {
    fn default() -> Self {
        Self { within: Duration(Span::from_days(7)), repeats: 3 }
    }
}

/// How an event's grade is proposed where the published criteria are silent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// Which share of the missing (失联) is graded as if dead, one person at least, 0–1; 0 leaves them out.
    pub missing_as_dead: f64,
}

impl Default for Events {
    fn default() -> Self {
        Self { missing_as_dead: 0.5 }
    }
}

/// From which spread an opinion is proposed to be of a grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadStep {
    /// The grade proposed.
    pub grade: Grade,
    /// One of these reached is enough.
    pub any: Reach,
    /// Two of these reached are enough.
    pub two: Reach,
}

/// Measures of spread; one that is absent is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reach {
    /// 信息条数
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentions: Option<u64>,
    /// 渠道数
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u64>,
    /// 阅读量
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<u64>,
    /// 互动量：转发、评论、点赞
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactions: Option<u64>,
    /// 涉及地区数
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<u64>,
}

impl Default for Correlation {
    fn default() -> Self {
        Self {
            id: "default".into(),
            why: "本办自定：法规未定归并与热度的标准；相似度在真实来信上选定，热度分级待本地数据校准".into(),
            same_matter: SameMatter::default(),
            noteworthy: Noteworthy::default(),
            letters: Letters::default(),
            posts: Posts::default(),
            events: Events::default(),
            spread: spread_steps(),
        }
    }
}

fn spread_steps() -> Vec<SpreadStep> {
    let step = |grade, mentions, views, interactions, two: [u64; 5]| SpreadStep {
        grade,
        any: Reach {
            mentions: Some(mentions),
            views: Some(views),
            interactions: Some(interactions),
            ..Reach::default()
        },
        two: Reach {
            mentions: Some(two[0]),
            channels: Some(two[1]),
            views: Some(two[2]),
            interactions: Some(two[3]),
            regions: Some(two[4]),
        },
    };
    vec![
        step(Grade::Large, 100, 1_000_000, 10_000, [30, 4, 200_000, 2_000, 3]),
        step(Grade::Major, 500, 10_000_000, 100_000, [150, 6, 2_000_000, 20_000, 5]),
        step(Grade::Extraordinary, 5_000, 100_000_000, 1_000_000, [1_500, 8, 20_000_000, 200_000, 7]),
    ]
}

impl Correlation {
    /// Says what is wrong with the figures, in words that name the key.
    pub fn check(&self) -> Result<(), String> {
        let share = |name: &str, value: f64| {
            if value > 0.0 && value <= 1.0 {
                Ok(())
            } else {
                Err(format!("{name} 应大于 0、不超过 1，现为 {value}"))
            }
        };
        share("same_matter.from", self.same_matter.from)?;
        share("same_matter.from_without_place", self.same_matter.from_without_place)?;
        share("noteworthy.department_from", self.noteworthy.department_from)?;
        share("noteworthy.negative_from", self.noteworthy.negative_from)?;
        if !(1..=self.noteworthy.concern_from).contains(&self.noteworthy.gather_from) {
            return Err("noteworthy.gather_from 应为 1 到 concern_from 之间的整数".into());
        }
        if !(0.0..=1.0).contains(&self.events.missing_as_dead) {
            return Err(format!("events.missing_as_dead 应在 0 与 1 之间，现为 {}", self.events.missing_as_dead));
        }
        let windows = [&self.same_matter.window, &self.letters.within, &self.posts.within];
        if windows.iter().any(|window| window.0 <= Span::ZERO) {
            return Err("same_matter.window、letters.within 与 posts.within 应大于零".into());
        }
        if self.posts.repeats < 2 {
            return Err("posts.repeats 至少为 2".into());
        }
        if self.letters.repeats < 2 || self.letters.repeats_by_author < 2 {
            return Err("letters.repeats 与 letters.repeats_by_author 至少为 2".into());
        }
        let rising = self.spread.windows(2).all(|pair| pair[0].grade < pair[1].grade);
        if !rising || self.spread.iter().any(|step| step.grade <= Grade::General) {
            return Err("spread 的等级应从 large 起逐级升高".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_holds_and_reads_back() {
        let default = Correlation::default();
        default.check().unwrap();
        let text = serde_json::to_string(&default).unwrap();
        assert_eq!(serde_json::from_str::<Correlation>(&text).unwrap(), default);
    }

    #[test]
    fn figures_that_make_no_sense_are_named() {
        let mut wrong = Correlation::default();
        wrong.same_matter.from = 1.5;
        assert!(wrong.check().unwrap_err().contains("same_matter.from"));
        let mut wrong = Correlation::default();
        wrong.spread.reverse();
        assert!(wrong.check().unwrap_err().contains("spread"));
    }
}
