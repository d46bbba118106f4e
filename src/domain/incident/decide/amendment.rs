//! 更正 of what was recorded of a publication or an answer: its words and its link. When it was public, of which kind it was
//! and what it met are facts that verdicts rest on: those stay, and what the record said before stands in its event.

use crate::domain::incident::event::Event;
use crate::domain::incident::publication::Publication;
use crate::domain::incident::state::Incident;

use super::{Decision, Step, refuse};

/// Longest title that a person gives.
const TITLE_CHARS_MAX: usize = 100;

impl Decision<'_> {
    pub(super) fn amend(
        &mut self,
        publication: Option<usize>,
        text: Option<String>,
        url: Option<String>,
        reason: &str,
    ) -> Step {
        self.needs_reason(reason, "更正")?;
        let own = self.by.acts_for();
        let (department, before) = match publication {
            None => {
                let Some(task) = self.task_in_group(&own).filter(|task| task.answered_at.is_some()) else {
                    return refuse("贵单位在这件事上还没有协办答复，没有可更正的内容");
                };
                (own, (task.answer.clone(), None))
            }
            Some(index) => {
                let Some(published) = self.incident.publications.get(index) else {
                    return refuse("没有这条回应；请刷新后再更正");
                };
                if published.department != own && !self.by.speaks_for_lead() {
                    return refuse("只能更正本单位登记的回应；市政府办公室和宣传部门除外");
                }
                (published.department.clone(), (published.text.clone(), published.url.clone()))
            }
        };
        if publication.is_none() && url.is_some() {
            return refuse("协办答复没有链接，只能更正内容");
        }
        let changed = |new: Option<String>, old: &Option<String>| new.filter(|new| Some(new) != old.as_ref());
        let (text, url) = (changed(text, &before.0), changed(url, &before.1));
        if text.is_none() && url.is_none() {
            return refuse("没有改动；请写明更正后的内容或链接");
        }
        let by = self.by.name().to_owned();
        self.emit(Event::Amended { department, publication, text, url, reason: reason.trim().to_owned(), by });
        Ok(())
    }

    /// What lists call the case. The record holds the title that a person gave; the first post's stays with the post.
    pub(super) fn retitle(&mut self, title: &str) -> Step {
        self.needs_office("改标题")?;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return refuse("请写明标题");
        }
        if title.chars().count() > TITLE_CHARS_MAX {
            return refuse(format!("标题不超过 {TITLE_CHARS_MAX} 字"));
        }
        self.emit(Event::Retitled { title, by: self.by.name().to_owned() });
        Ok(())
    }

    /// The survivor's record was set right: this member's own entry of the same publication follows.
    pub(super) fn follow_amendment(&mut self, event: &Event, survivor: &Incident) {
        let Event::Amended { department, publication, .. } = event else { return };
        let Some(index) = publication else {
            if self.incident.task(department).is_some_and(|task| task.answered_at.is_some()) {
                self.emit(event.clone());
            }
            return;
        };
        let amended = survivor.publications.get(*index);
        let same = |known: &Publication| amended.is_some_and(|amended| known.same(amended));
        if let Some(own) = self.incident.publications.iter().position(same) {
            let mut told = event.clone();
            if let Event::Amended { publication, .. } = &mut told {
                *publication = Some(own);
            }
            self.emit(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::incident::{Event, Incident, evolve};
    use crate::domain::instant::Instant;

    /// A record of before this act and of before texts is read as it stands, and writes back the same.
    #[test]
    fn a_response_and_an_answer_of_before_are_read_as_they_stand() {
        let old = [
            json!({ "event": "responded", "effective_at": "2026-05-11T09:00:00+08:00", "kind": "response",
                "department": "ecology", "reviewed": false, "counts": true, "url": "https://x", "by": "li" }),
            json!({ "event": "answered", "department": "housing" }),
        ];
        let mut incident = Incident::default();
        for body in old {
            let event: Event = serde_json::from_value(body.clone()).expect("an event of before");
            assert_eq!(serde_json::to_value(&event).unwrap(), body);
            incident = evolve(incident, Instant::from_ms(0), &event);
        }
        assert_eq!(incident.publications[0].text, None);
        let amended = json!({ "event": "amended", "department": "ecology", "publication": 0, "text": "全文",
            "reason": "补全文", "by": "li" });
        let event: Event = serde_json::from_value(amended).unwrap();
        let incident = evolve(incident, Instant::from_ms(1), &event);
        let publication = &incident.publications[0];
        assert_eq!((publication.text.as_deref(), publication.url.as_deref()), (Some("全文"), Some("https://x")));
        assert_eq!(publication.recorded_at, Instant::from_ms(0), "only what it says is set right");
    }
}
