//! `[retention]`: how many days things are kept. What is over is deleted once a day, in slices.

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Shortest time that mentions are kept: letters that repeat within 30 days propose a supervision.
const MENTIONS_DAYS_MIN: u32 = 31;
/// Shortest time that notices and their deliveries are kept: a month's dispute about who was told.
const NOTICES_DAYS_MIN: u32 = 31;
/// Longest time of any: instants have an end.
const DAYS_MAX: u32 = 36_500;

/// `[retention]`, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// 信息, from their detection; those of a case in hand stay until it is closed.
    pub mentions_days: u32,
    /// What a case that is closed says of a post (标题、摘要), from the last that happened to it; evidence of a decision stays.
    pub case_texts_days: u32,
    /// 未能入库的记录
    pub rejects_days: u32,
    /// 站内通知
    pub notices_days: u32,
    /// 发件箱: what was delivered or given up; what waits stays.
    pub outbox_days: u32,
    /// 登录会话, from their end; failed log-ins too.
    pub sessions_days: u32,
    /// Reports that `huiying report` wrote, where they still lie as it wrote them; 0: until somebody deletes them.
    pub exports_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            mentions_days: 730,
            case_texts_days: 1_825,
            rejects_days: 30,
            notices_days: 365,
            outbox_days: 180,
            sessions_days: 1,
            exports_days: 0,
        }
    }
}

impl Retention {
    /// Refuses what would delete what the service still needs.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let terms = [
            ("mentions_days", self.mentions_days, MENTIONS_DAYS_MIN),
            ("case_texts_days", self.case_texts_days, 1),
            ("rejects_days", self.rejects_days, 1),
            ("notices_days", self.notices_days, NOTICES_DAYS_MIN),
            ("outbox_days", self.outbox_days, NOTICES_DAYS_MIN),
            ("sessions_days", self.sessions_days, 0),
            ("exports_days", self.exports_days, 0),
        ];
        match terms.into_iter().find(|(_, days, least)| !(*least..=DAYS_MAX).contains(days)) {
            Some((key, days, least)) => Err(ConfigError {
                place: format!("retention.{key}"),
                what: format!("保存 {days} 天，不在 {least} 到 {DAYS_MAX} 之间"),
                fix: "请改为范围内的天数".to_owned(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_that_would_delete_what_is_needed_is_refused() {
        assert!(Retention::default().check().is_ok());
        for (retention, key) in [
            (Retention { mentions_days: 30, ..Retention::default() }, "retention.mentions_days"),
            (Retention { outbox_days: 7, ..Retention::default() }, "retention.outbox_days"),
            (Retention { rejects_days: 0, ..Retention::default() }, "retention.rejects_days"),
            (Retention { exports_days: 40_000, ..Retention::default() }, "retention.exports_days"),
        ] {
            let error = retention.check().unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
