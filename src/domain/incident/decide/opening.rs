//! How an incident begins, and how mentions join it (`domain.md` §5 items 1 and 7).

use crate::domain::actor::Actor;
use crate::domain::clock::Cause;
use crate::domain::grade::Grading;
use crate::domain::incident::command::{NewIncident, NewMention};
use crate::domain::incident::event::{Event, JoinedMention};
use crate::domain::incident::state::Life;
use crate::domain::prepared::Prepared;

use super::grading::Regrade;
use super::{Decision, Step, refuse};

impl Decision<'_> {
    pub(super) fn open(&mut self, opened: &NewIncident) -> Step {
        if self.incident.exists() {
            return refuse("事件已存在");
        }
        if opened.detected_at > self.now {
            return refuse("发现时间不能晚于现在");
        }
        self.emit(Event::IncidentOpened { effective_at: opened.detected_at, opened: Box::new(opened.clone()) });
        self.emit(self.proposed(opened.proposal));
        self.reclock(Regrade { cause: Cause::Opening, by_grading: false })
    }

    /// Plans and assessments that the rules found for the matter; each once.
    pub(super) fn prepare(&mut self, prepared: &Prepared) -> Step {
        if *self.by != Actor::System {
            return refuse("预案与风险评估由系统按规则附上");
        }
        for assessment in &prepared.assessments {
            if !self.incident.assessments.iter().any(|known| known.assessment == assessment.assessment) {
                self.emit(Event::AssessmentAttached(assessment.clone()));
            }
        }
        for plan in &prepared.plans {
            if !self.incident.plans.iter().any(|known| known.plan == plan.plan) {
                self.emit(Event::PlanAttached(plan.clone()));
            }
        }
        Ok(())
    }

    pub(super) fn join(&mut self, mentions: &[NewMention], proposal: &Grading, revised: bool) -> Step {
        if mentions.is_empty() {
            return Ok(());
        }
        let mut channels: Vec<_> = mentions.iter().map(|m| m.channel).collect();
        channels.sort_unstable();
        channels.dedup();
        let mut regions: Vec<_> = mentions.iter().filter_map(|m| m.region.clone()).collect();
        regions.sort_unstable();
        regions.dedup();
        // One that joins a closed or dismissed incident is counted and changes nothing (`domain.md` §5a m).
        if self.incident.life != Life::Open {
            regions.clear();
        }
        let before = self.incident.proposal;
        self.emit(Event::MentionJoined {
            count: if revised { 0 } else { u32::try_from(mentions.len()).unwrap_or(u32::MAX) },
            mentions: mentions.iter().map(JoinedMention::from).collect(),
            channels,
            regions,
            proposal: *proposal,
        });
        let raised = before.join(proposal);
        // Once a person has graded, proposals are advice only.
        if self.incident.life != Life::Open || self.incident.graded.is_some() || raised == before {
            return Ok(());
        }
        self.emit(self.proposed(raised));
        self.reclock(Regrade { cause: Cause::Judgement, by_grading: true })
    }

    fn proposed(&self, proposal: Grading) -> Event {
        Event::Graded {
            event_grade: proposal.event_grade,
            opinion_grade: proposal.opinion_grade,
            sensitive: proposal.sensitive,
            approach: self.incident.approach,
            by: crate::domain::actor::SYSTEM.to_owned(),
            proposed: true,
            reason: String::new(),
            because: crate::domain::incident::command::Because::Judgement,
            evidence_at: None,
        }
    }
}
