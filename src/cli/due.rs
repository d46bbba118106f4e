//! `huiying due`: due time, warnings, escalations, and how they were computed.

use std::process::ExitCode;

use serde_json::json;

use super::{Failure, Global, Outcome, open};
use crate::domain::clock::{self, Cause, ClockKind, Setting};
use crate::domain::grade::Grade;
use crate::domain::instant::Instant;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Due {
    /// Policy id
    #[arg(long, value_name = "ID")]
    policy: String,
    /// Kind of clock, e.g. `response`, `press_conference`, `wechat_repost`
    #[arg(long, value_name = "KIND")]
    clock: String,
    /// Anchor
    #[arg(long, value_name = "INSTANT")]
    from: Instant,
    /// Highest grade, which caps the ladder: general, large, major, extraordinary
    #[arg(long, value_name = "G", default_value = "major")]
    grade: String,
}

impl Due {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let usage = Failure::Usage;
        let policy = rules.office.policies.get(&self.policy).ok_or_else(|| {
            let known: Vec<_> = rules.office.policies.keys().cloned().collect();
            usage(format!("没有政策 {}；可用：{}", self.policy, known.join("、")))
        })?;
        let kind = ClockKind::from_id(&self.clock).ok_or_else(|| {
            let known: Vec<_> = ClockKind::ALL.iter().map(|kind| kind.id()).collect();
            usage(format!("没有时限 {}；可用：{}", self.clock, known.join("、")))
        })?;
        let grade: Grade = serde_json::from_value(self.grade.clone().into())
            .map_err(|_| usage(format!("没有等级 {}；可用：general、large、major、extraordinary", self.grade)))?;
        let setting = Setting { anchor_at: self.from, cause: Cause::Opening, main_due: None, given: None, cycle: 1 };
        let plan = clock::plan(kind, policy, &rules.office.calendar, &setting).map_err(|e| usage(e.to_string()))?;
        let rule = &policy.clocks[&kind];
        let (_, mut trace) =
            clock::due(rule, kind, &setting, &rules.office.calendar).map_err(|e| usage(e.to_string()))?;
        let basis = format!(
            "依据：{}（政策 {} 第 {} 版，日历 {}）",
            rule.clause, policy.id, policy.version, plan.calendar_version
        );
        trace.insert(0, basis);
        let cap = if plan.capped { clock::cap(policy, grade, true) } else { None };
        if let Some(cap) = cap {
            trace.push(format!("最高等级{}：升级至{}为止", grade.zh(), cap.zh()));
        }
        let escalations: Vec<_> = plan
            .steps
            .iter()
            .filter(|step| cap.is_none_or(|cap| step.tier <= cap))
            .map(|step| json!({"at": step.at, "tier": step.tier, "step": step.label()}))
            .collect();
        let warnings: Vec<_> = plan.warnings.iter().map(|w| json!({"at": w.at, "percent": w.percent})).collect();
        let mut due = json!({
            "due_at": plan.due_at, "anchor_at": plan.anchor_at, "clause": plan.clause, "force": plan.force,
            "warnings": warnings, "escalations": escalations, "trace": trace,
        });
        if plan.provisional {
            due["provisional"] = true.into();
        }
        say!("{due}");
        Ok(ExitCode::SUCCESS)
    }
}
