//! Whom an event is told to (`domain.md` §5 items 16, 17): derived from the event, stored with it, delivered afterwards.

use std::collections::BTreeSet;

use super::clock::{Clock, ClockEvent, ClockKind, ClockRef};
use super::ids::BodyId;
use super::incident::{Disposal, Event, Incident, RecordOpened};
use super::official_post::{OfficialPost, PostEvent, body_of};

/// Something to tell one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Unique within the incident: the clock's own id, threshold or step, else the event's number; and the recipient.
    pub key: String,
    /// A body's id, a holder's id of the roster, or a user.
    pub recipient: String,
    /// The event's name.
    pub kind: &'static str,
    /// In words.
    pub text: String,
    /// Who asked for an approval: they are not told to give it, and their name is looked up where it is read.
    pub by: Option<String>,
}

/// The notices of one event, given the state after it; `name` gives a body's name.
pub fn notices(incident: &Incident, event: &Event, name: impl Fn(&BodyId) -> String) -> Vec<Notice> {
    let seq = incident.seq;
    let lead = || incident.leading().map_or_else(office, |lead| vec![lead.as_str().to_owned()]);
    // Whoever can do what the clock waits for.
    let concerned = |clock: &ClockRef| match (clock.clock, &clock.department) {
        (ClockKind::Consultation, _) => conveners(),
        (ClockKind::Referral, _) => office(),
        (_, Some(department)) => vec![department.to_string()],
        (_, None) => lead(),
    };
    let answerable = |clock: &ClockRef, charged_to: Option<&BodyId>| {
        let mut whose = concerned(clock);
        whose.extend(charged_to.map(ToString::to_string).filter(|charged| !whose.contains(charged)));
        whose
    };
    let due = |clock: &ClockRef| due(clock, incident.clock(clock.clock_id));
    let with_tasks = || {
        let active = incident.tasks.iter().filter(|task| task.active());
        active.map(|task| task.department.to_string()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let record = |what: &str, opened: &RecordOpened| {
        let to = opened.department.as_ref().map_or_else(lead, |department| vec![department.to_string()]);
        let due = opened.due_at.map(|due| format!("，{due} 前报结果")).unwrap_or_default();
        (format!("record/{seq}"), to, format!("{what}：{}{due}", opened.text))
    };
    let (key, to, text) = match event {
        Event::Assigned { department, role, .. } => {
            let role = if *role == super::incident::Role::Lead { "牵头" } else { "协办" };
            (format!("assigned/{seq}"), vec![department.to_string()], format!("有一件交办给贵单位{role}，请签收"))
        }
        Event::Returned { department, reason, .. } => {
            (format!("returned/{seq}"), office(), format!("{}退回：{reason}", name(department)))
        }
        Event::Clock(ClockEvent::Warned { clock, threshold, skipped_stale: false }) => {
            let text = format!("{}时限已用 {threshold}%，{}", clock.clock.zh(), due(clock));
            (format!("{}/warned/{threshold}", of(clock)), concerned(clock), text)
        }
        Event::Clock(ClockEvent::Breached { clock, charged_to, .. }) => (
            format!("{}/breached", of(clock)),
            answerable(clock, Some(charged_to)),
            format!("{}时限已超时（{}）", clock.clock.zh(), due(clock)),
        ),
        // Whoever was told of the breach is told that it was none.
        Event::Clock(ClockEvent::Corrected { clock, .. }) => {
            let known = incident.clock(clock.clock_id);
            let mut to = answerable(clock, known.and_then(|known| known.charged_to.as_ref()));
            to.extend(told_besides(known, &to));
            (format!("{}/corrected", of(clock)), to, format!("更正：{}时限认定为按时", clock.clock.zh()))
        }
        Event::Escalated { clock, step, tier, to, why, skipped_stale: false, .. } => {
            let key = match (clock, step) {
                (Some(clock), Some(step)) => format!("{}/step/{step}", of(clock)),
                _ => format!("escalated/{seq}"),
            };
            let text = match (clock, why) {
                (Some(clock), _) => format!("{}时限（{}）升级至{}", clock.clock.zh(), due(clock), tier.zh()),
                (None, Some(why)) => format!("{why}（{}）", tier.zh()),
                (None, None) => format!("升级至{}", tier.zh()),
            };
            (key, to.clone(), text)
        }
        Event::Notified { to, why, .. } => (format!("notified/{seq}"), to.clone(), why.clone()),
        Event::ApprovalRequested { what, .. } => {
            (format!("approval/{seq}"), office(), format!("{}等待第二人复核", what.zh()))
        }
        Event::Responded { department, kind, planned: false, .. } => {
            (format!("responded/{seq}"), office(), format!("{}已发布{}", name(department), kind.zh()))
        }
        Event::Answered { department, .. } => {
            (format!("answered/{seq}"), office(), format!("{}已提交协办答复", name(department)))
        }
        Event::Amended { department, reason, .. } => {
            (format!("amended/{seq}"), office(), format!("{}更正了已登记的回应：{reason}", name(department)))
        }
        Event::AssessmentAttached(assessment) => {
            let text = format!("涉及作过风险评估的政策：{}（{}）", assessment.matter, assessment.level.zh());
            (format!("assessment/{}", assessment.assessment), office(), text)
        }
        Event::PlanAttached(plan) => (format!("plan/{}", plan.plan), office(), format!("适用预案：{}", plan.title)),
        Event::ConsultationDue {} => {
            (format!("consultation/{seq}"), conveners(), "应当组织会商：请会同宣传部门研判处置意见".to_owned())
        }
        Event::Instructed(opened) => record("批示", opened),
        Event::RectificationSet(opened) => record("限期整改", opened),
        Event::Ordered(opened) => record("上级交办", opened),
        Event::SupervisionOpened { reason, .. } => (format!("record/{seq}"), lead(), format!("已立督查：{reason}")),
        Event::Referred { to, .. } => {
            let to = to.iter().map(ToString::to_string).collect();
            (format!("referred/{seq}"), to, "有一件移交贵单位处理，请与市政府办公室联系接收材料".to_owned())
        }
        Event::Reopened { cycle, .. } => {
            (format!("reopened/{seq}"), with_tasks(), format!("事件重新办理（第 {cycle} 周期），时限重新起算"))
        }
        Event::Merged { into, .. } => (format!("merged/{seq}"), with_tasks(), format!("本件已并入 {into} 一并处置")),
        Event::Dismissed { reason, .. } => {
            (format!("dismissed/{seq}"), with_tasks(), format!("已认定为误报：{reason}"))
        }
        Event::Disposed { how: Disposal::NoPublicResponse, reason, .. } => {
            (format!("disposed/{seq}"), with_tasks(), format!("不予公开回应：{reason}"))
        }
        Event::Circulated { department, reason, .. } => {
            (format!("circulated/{seq}"), vec![department.to_string()], format!("贵单位被通报：{reason}"))
        }
        // It may have no task in the case, and then can't open it: what was agreed stands in the notice.
        Event::Talked { department, about, result, .. } => {
            let text = format!("已登记对贵单位的约谈：{about}；结果：{result}");
            (format!("talked/{seq}"), vec![department.to_string()], text)
        }
        _ => return Vec::new(),
    };
    // A receipt (已知悉) stops reminders to that person: the holder of a roster who gave it. A body is no person, its people
    // are reminded on; a breach, a task or an answer is news, and always told.
    let receipts = match event {
        Event::Escalated { clock: Some(clock), .. } => incident.clock(clock.clock_id).map(|clock| &clock.receipts),
        Event::Escalated { .. } | Event::Notified { .. } => Some(&incident.told.receipts),
        _ => None,
    };
    let by = match event {
        Event::ApprovalRequested { by, .. } => Some(by.clone()),
        _ => None,
    };
    to.into_iter()
        .filter(|recipient| !receipts.is_some_and(|receipts| receipts.contains(recipient)))
        .map(|recipient| Notice {
            key: format!("{key}/{recipient}"),
            recipient,
            kind: event.name(),
            text: text.clone(),
            by: by.clone(),
        })
        .collect()
}

/// The notices of one event of an official post.
pub fn notices_of_post(post: &OfficialPost, event: &PostEvent) -> Vec<Notice> {
    let whose = |clock: &ClockRef| vec![body_of(clock.account.as_deref().unwrap_or_default()).to_string()];
    let what = |clock: &ClockRef| format!("{}（{}）", clock.clock.zh(), clock.account.as_deref().unwrap_or_default());
    let due = |clock: &ClockRef| due(clock, post.clock(clock.clock_id));
    let (key, to, text) = match event {
        PostEvent::Posted { post: new, .. } => {
            let to = new.concerns.iter().map(ToString::to_string).collect();
            (format!("posted/{}", post.seq), to, "市级官方发布涉及贵单位，请按时转发".to_owned())
        }
        PostEvent::Clock(ClockEvent::Warned { clock, threshold, skipped_stale: false }) => {
            let text = format!("{}时限已用 {threshold}%，{}", what(clock), due(clock));
            (format!("{}/warned/{threshold}", of(clock)), whose(clock), text)
        }
        PostEvent::Clock(ClockEvent::Breached { clock, .. }) => {
            let text = format!("{}时限已超时（{}）", what(clock), due(clock));
            (format!("{}/breached", of(clock)), whose(clock), text)
        }
        PostEvent::Clock(ClockEvent::Corrected { clock, .. }) => {
            let mut to = whose(clock);
            to.extend(told_besides(post.clock(clock.clock_id), &to));
            (format!("{}/corrected", of(clock)), to, format!("更正：{}时限认定为按时", what(clock)))
        }
        PostEvent::Escalated { clock, step, tier, to, skipped_stale: false, .. } => {
            let text = format!("{}时限（{}）升级至{}", what(clock), due(clock), tier.zh());
            (format!("{}/step/{step}", of(clock)), to.clone(), text)
        }
        _ => return Vec::new(),
    };
    let kind = event.name();
    to.into_iter()
        .map(|recipient| Notice { key: format!("{key}/{recipient}"), recipient, kind, text: text.clone(), by: None })
        .collect()
}

/// When a clock is due; a time that the next notice of holidays may move says so wherever it is told (§5a x).
fn due(clock: &ClockRef, known: Option<&Clock>) -> String {
    let mark = if known.is_some_and(|known| known.plan.provisional) { "（暂定）" } else { "" };
    format!("{}{mark} 到期", clock.due_at)
}

fn office() -> Vec<String> {
    vec![BodyId::OFFICE.to_owned()]
}

/// The government office and the publicity department convene a consultation (`domain.md` §1 D9).
fn conveners() -> Vec<String> {
    vec![BodyId::OFFICE.to_owned(), BodyId::PUBLICITY.to_owned()]
}

/// Whom the ladder of a clock told, beside those who are told anyway.
fn told_besides(clock: Option<&Clock>, anyway: &[String]) -> Vec<String> {
    let told = clock.into_iter().flat_map(|clock| &clock.told);
    told.filter(|recipient| !anyway.contains(recipient)).cloned().collect()
}

fn of(clock: &ClockRef) -> String {
    format!("clock/{}", clock.clock_id.0)
}
