//! 通报 and 约谈 (`domain.md` §1 D15). They look back at how a case was handled and move none of its clocks, so a closed case
//! takes them too.

use crate::domain::ids::BodyId;
use crate::domain::incident::event::Event;
use crate::domain::instant::Instant;

use super::{Decision, Step, refuse};

impl Decision<'_> {
    pub(super) fn circulate(&mut self, department: &BodyId, reason: &str) -> Step {
        self.needs_leadership("通报")?;
        self.needs_reason(reason, "通报")?;
        self.needs_body(department)?;
        let reason = reason.trim();
        if self.incident.circulars.iter().any(|known| known.department == *department && known.reason == reason) {
            return refuse("该单位已因同一事由被通报");
        }
        let by = self.by.name().to_owned();
        self.emit(Event::Circulated { department: department.clone(), reason: reason.to_owned(), by });
        Ok(())
    }

    /// A talk is recorded when it has taken place: what is agreed for tomorrow is no talk yet.
    pub(super) fn talk(&mut self, department: &BodyId, about: &str, result: &str, held_at: Option<Instant>) -> Step {
        self.needs_leadership("约谈")?;
        self.needs_body(department)?;
        for (text, name) in [(about, "约谈事项"), (result, "约谈结果")] {
            if text.trim().is_empty() {
                return refuse(format!("约谈记录缺少“{name}”"));
            }
        }
        let held_at = held_at.unwrap_or(self.now);
        if held_at > self.now {
            return refuse("约谈尚未进行，不能登记；约谈时间不能晚于现在");
        }
        if self.incident.talks.iter().any(|known| known.department == *department && known.held_at == held_at) {
            return refuse("这次约谈已经登记");
        }
        self.emit(Event::Talked {
            effective_at: held_at,
            department: department.clone(),
            about: about.trim().to_owned(),
            result: result.trim().to_owned(),
            by: self.by.name().to_owned(),
        });
        Ok(())
    }
}
