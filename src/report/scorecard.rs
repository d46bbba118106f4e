//! 成绩单: a row for each body. Statutory clocks stand apart from aims and the office's own; what was cancelled, replaced or
//! refuted is in no rate.

use std::collections::BTreeMap;
use std::path::Path;

use super::case::Case;
use super::table::{Book, Cell, Head, ReportError, hours};
use crate::domain::clock::{Clock, Force, Verdict};
use crate::domain::ids::BodyId;
use crate::domain::incident::{Incident, Role, Task};
use crate::domain::instant::Span;
use crate::domain::office::Office;
use crate::domain::official_post::{OfficialPost, body_of};

const COLUMNS: &[(&str, f64)] = &[
    ("单位编号", 18.0),
    ("单位", 26.0),
    ("主办件数", 8.0),
    ("协办件数", 8.0),
    ("法定：已结", 8.0),
    ("法定：按时", 8.0),
    ("法定：逾期", 8.0),
    ("法定按时率", 9.0),
    ("目标：已结", 8.0),
    ("目标：按时", 8.0),
    ("目标：逾期", 8.0),
    ("目标按时率", 9.0),
    ("内控：已结", 8.0),
    ("内控：按时", 8.0),
    ("内控：逾期", 8.0),
    ("内控按时率", 9.0),
    ("其中补录按时", 8.0),
    ("进行中的时限", 8.0),
    ("签收次数", 8.0),
    ("签收用时中位数（小时）", 11.0),
    ("签收用时 P90（小时）", 11.0),
    ("回应次数", 8.0),
    ("回应用时中位数（小时）", 11.0),
    ("回应用时 P90（小时）", 11.0),
    ("退回次数", 8.0),
    ("督查次数", 8.0),
    ("通报次数", 8.0),
    ("约谈次数", 8.0),
    ("另列：误报等件数", 9.0),
    ("另列：取消的时限", 9.0),
    ("另列：超时不成立", 9.0),
];

const NOTE_COLUMNS: &[(&str, f64)] = &[("说明", 110.0)];

const HEADS: [Head; 2] = [Head { name: "成绩单", columns: COLUMNS }, Head { name: "口径", columns: NOTE_COLUMNS }];

/// How the figures are made, for whoever is judged by them.
const NOTES: [&str; 10] = [
    "按时率 = 按时 ÷（按时 + 逾期）。逾期含逾期办结与逾期未办；进行中的时限不计。补录经第二人复核认定按时的，计为按时。",
    "法定、目标、内控分列：只有法定时限的逾期具有法定效力。",
    "时限的归属：任务时限归该单位；逾期的归责任单位（起算至到期之间累计责任时间最长者，相等取先者；研判迟误的归市政府办公室）；按时的按同一规则计至办理之时。",
    "误报、不予公开回应的事件，被取消、被替代的时限，以及超时不成立的，另列，不计入任何按时率。",
    "签收用时：自交办至签收。回应用时：主办自交办至首次对外回应的生效时间，协办自交办至答复。",
    "中位数与 P90 按最近秩法取值；没有数据的留空。",
    "统计范围按事件的发现时间，官方发布的转发按原发布时间。",
    "官方发布的转发计入账号所属单位：微信转发为法定时限，微博转发为目标时限。",
    "主办、协办件数含已转办、已退回的交办。",
    "通报、约谈按被通报、被约谈的单位计，一次一计，不论该单位是否承办。",
];

/// Of one force.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    met: usize,
    late: usize,
}

/// Of one body.
#[derive(Clone, Debug, Default)]
struct Score {
    led: usize,
    supported: usize,
    rates: BTreeMap<u8, Rate>,
    corrected: usize,
    running: usize,
    acknowledge_ms: Vec<i64>,
    respond_ms: Vec<i64>,
    returns: usize,
    supervisions: usize,
    circulars: usize,
    talks: usize,
    apart: usize,
    cancelled: usize,
    refuted: usize,
}

const FORCES: [Force; 3] = [Force::Statutory, Force::Target, Force::Internal];

/// The scorecard while incidents are added.
#[derive(Debug, Default)]
pub struct Scorecard {
    scores: BTreeMap<BodyId, Score>,
}

impl Scorecard {
    /// Adds an incident.
    pub fn add(&mut self, case: &Case) {
        let incident = &case.incident;
        if case.apart().is_some() {
            let lead = incident.lead().cloned().unwrap_or_else(|| BodyId::from(BodyId::OFFICE));
            self.of(&lead).apart += 1;
        }
        for clock in &incident.clocks {
            let owner = case.owner(clock);
            self.of(&owner).count(clock);
        }
        for task in &incident.tasks {
            let score = self.scores.entry(task.department.clone()).or_default();
            match task.role {
                Role::Lead => score.led += 1,
                Role::Supporting => score.supported += 1,
            }
            // A lead that a person confirmed has its earlier acknowledgement; it was counted with the first task.
            if let Some(at) = task.acknowledged_at.filter(|at| *at >= task.assigned_at) {
                score.acknowledge_ms.push((at - task.assigned_at).ms());
            }
            score.respond_ms.extend(responded(incident, task).map(Span::ms));
        }
        for body in &case.returned {
            self.of(body).returns += 1;
        }
        for body in &case.supervised {
            self.of(body).supervisions += 1;
        }
        for circular in &incident.circulars {
            self.of(&circular.department).circulars += 1;
        }
        for talk in &incident.talks {
            self.of(&talk.department).talks += 1;
        }
    }

    /// Adds the repost clocks of an official post: each is its account's body's.
    pub fn add_post(&mut self, post: &OfficialPost) {
        for clock in &post.clocks {
            self.of(&body_of(clock.plan.account.as_deref().unwrap_or_default())).count(clock);
        }
    }

    /// The same as data: a row for each body, by its id.
    pub fn rows(self) -> Vec<BodyScore> {
        self.scores.into_iter().map(|(body, score)| score.summed(body)).collect()
    }

    fn of(&mut self, body: &BodyId) -> &mut Score {
        self.scores.entry(body.clone()).or_default()
    }

    /// Writes the file; gives the number of bodies.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn write(mut self, file: &Path, office: &Office) -> Result<u32, ReportError> {
        let mut book = Book::new(file, &HEADS)?;
        for (body, score) in &mut self.scores {
            let name = office.bodies.get(body).map_or_else(|| body.to_string(), |body| body.name.clone());
            book.push(0, &score.row(body, name))?;
        }
        for note in NOTES {
            book.push(1, &[note.into()])?;
        }
        let rows = book.rows(0);
        book.finish()?;
        Ok(rows)
    }
}

/// How long a body took from its task to its first word: a lead's publication, a supporting body's answer.
fn responded(incident: &Incident, task: &Task) -> Option<Span> {
    let at = match task.role {
        Role::Lead => incident
            .publications
            .iter()
            .filter(|p| !p.planned && p.department == task.department && p.recorded_at >= task.assigned_at)
            .map(|p| p.effective_at)
            .min()?,
        Role::Supporting => task.answered_at?,
    };
    Some((at - task.assigned_at).max(Span::ZERO))
}

/// What a page shows of a body's score; hours are medians by nearest rank.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct BodyScore {
    /// The body.
    pub body: BodyId,
    /// 主办件数
    pub led: usize,
    /// 协办件数
    pub supported: usize,
    /// 法定：按时
    pub statutory_met: usize,
    /// 法定：逾期
    pub statutory_late: usize,
    /// 内控：按时
    pub internal_met: usize,
    /// 内控：逾期
    pub internal_late: usize,
    /// 其中补录按时
    pub corrected: usize,
    /// 进行中的时限
    pub running: usize,
    /// 签收用时中位数（小时）
    pub acknowledge_hours: Option<f64>,
    /// 回应用时中位数（小时）
    pub respond_hours: Option<f64>,
    /// 退回次数
    pub returns: usize,
    /// 督查次数
    pub supervisions: usize,
    /// 通报次数
    pub circulars: usize,
    /// 约谈次数
    pub talks: usize,
}

impl Score {
    fn summed(mut self, body: BodyId) -> BodyScore {
        let rate = |force: Force| self.rates.get(&index(force)).copied().unwrap_or_default();
        let (statutory, internal) = (rate(Force::Statutory), rate(Force::Internal));
        self.acknowledge_ms.sort_unstable();
        self.respond_ms.sort_unstable();
        BodyScore {
            body,
            led: self.led,
            supported: self.supported,
            statutory_met: statutory.met,
            statutory_late: statutory.late,
            internal_met: internal.met,
            internal_late: internal.late,
            corrected: self.corrected,
            running: self.running,
            acknowledge_hours: rank(&self.acknowledge_ms, 50),
            respond_hours: rank(&self.respond_ms, 50),
            returns: self.returns,
            supervisions: self.supervisions,
            circulars: self.circulars,
            talks: self.talks,
        }
    }

    fn count(&mut self, clock: &Clock) {
        let rate = self.rates.entry(index(clock.plan.force)).or_default();
        match clock.verdict() {
            None => self.running += 1,
            Some(Verdict::Met) => rate.met += 1,
            Some(Verdict::Corrected) => {
                rate.met += 1;
                self.corrected += 1;
            }
            Some(Verdict::Breached | Verdict::EndedLate) => rate.late += 1,
            Some(Verdict::Cancelled) => self.cancelled += 1,
            Some(Verdict::Refuted) => self.refuted += 1,
            Some(Verdict::Superseded) => {}
        }
    }

    fn row(&mut self, body: &BodyId, name: String) -> Vec<Cell> {
        let mut row: Vec<Cell> = vec![body.as_str().into(), name.into(), self.led.into(), self.supported.into()];
        for force in FORCES {
            let rate = self.rates.get(&index(force)).copied().unwrap_or_default();
            let all = rate.met + rate.late;
            let share = if all == 0 { Cell::Empty } else { Cell::Share(rate.met as f64 / all as f64) };
            row.extend([all.into(), rate.met.into(), rate.late.into(), share]);
        }
        row.extend([self.corrected.into(), self.running.into()]);
        for times in [&mut self.acknowledge_ms, &mut self.respond_ms] {
            times.sort_unstable();
            row.extend([times.len().into(), rank(times, 50).into(), rank(times, 90).into()]);
        }
        row.extend([self.returns, self.supervisions, self.circulars, self.talks].map(Cell::from));
        row.extend([self.apart, self.cancelled, self.refuted].map(Cell::from));
        row
    }
}

const fn index(force: Force) -> u8 {
    match force {
        Force::Statutory => 0,
        Force::Target => 1,
        Force::Internal => 2,
    }
}

/// The value below which so many hundredths lie (nearest rank), in hours. `sorted` is.
fn rank(sorted: &[i64], percent: usize) -> Option<f64> {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).map(|ms| hours(Span::from_ms(*ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        let hours: Vec<i64> = (1..=10).map(|hour| hour * 3_600_000).collect();
        assert_eq!((rank(&hours, 50), rank(&hours, 90)), (Some(5.0), Some(9.0)));
        assert_eq!((rank(&hours[..1], 50), rank(&hours[..1], 90)), (Some(1.0), Some(1.0)));
        assert_eq!(rank(&hours[..3], 50), Some(2.0));
        assert_eq!(rank(&[], 50), None);
    }
}
