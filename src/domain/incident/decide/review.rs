//! 审核 of a draft before it is published (`domain.md` §1 D17). A review that comes after the publication does not count for
//! it; it never holds a publication back, since what the law asks for is in time: what went out without one says so.

use crate::domain::ids::BodyId;
use crate::domain::incident::event::Event;
use crate::domain::incident::review::ReviewAspect;
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

use super::{Decision, Step, refuse};

impl Decision<'_> {
    /// Whoever may publish reviews its own drafts; the government office and the publicity department everybody's.
    pub(super) fn review(
        &mut self,
        kind: PublicationKind,
        aspects: &[ReviewAspect],
        department: Option<&BodyId>,
        reviewed_at: Option<Instant>,
    ) -> Step {
        let own = self.by.acts_for();
        let department = department.cloned().unwrap_or_else(|| own.clone());
        if department != own && !self.by.speaks_for_lead() {
            return refuse("只能审核本单位拟发布的内容；市政府办公室和宣传部门除外");
        }
        let speaks = department == BodyId::OFFICE || department == BodyId::PUBLICITY;
        if !speaks && self.task_in_group(&department).is_none() {
            return refuse("没有任务的单位不能就本事件发布，也就没有可审核的内容");
        }
        let mut aspects = aspects.to_vec();
        aspects.sort_unstable();
        aspects.dedup();
        if aspects.is_empty() {
            return refuse("请指明审核的是政治关、法律关还是保密关");
        }
        let effective_at = reviewed_at.unwrap_or(self.now);
        if effective_at > self.now {
            return refuse("审核尚未进行，不能登记；审核时间不能晚于现在");
        }
        let by = self.by.name().to_owned();
        self.emit(Event::Reviewed { effective_at, kind, department, aspects, body: own, by });
        Ok(())
    }
}
