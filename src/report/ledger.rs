//! 台账: a row for each incident, a row for each of its clocks, and apart from both what was dismissed or cancelled.

use std::path::Path;

use super::case::{Case, outcome};
use super::table::{Book, Cell, Head, ReportError, hours};
use crate::domain::clock::{Clock, ClockKind, Verdict};
use crate::domain::grade::ResponseApproach;
use crate::domain::ids::BodyId;
use crate::domain::incident::Role;
use crate::domain::instant::{Instant, Span};
use crate::domain::office::{CITY, Office};
use crate::domain::official_post::{OfficialPost, body_of};

const CASES: usize = 0;
const CLOCKS: usize = 1;
const APART: usize = 2;
const CANCELLED: usize = 3;
const REPOSTS: usize = 4;

/// Rows of dismissed incidents that are kept back until the end of a .csv; beyond that they stand in between.
const KEPT_BACK_MAX: usize = 20_000;

const CASE_COLUMNS: &[(&str, f64)] = &[
    ("编号", 16.0),
    ("标题", 40.0),
    ("统计", 14.0),
    ("事件等级", 9.0),
    ("舆情等级", 9.0),
    ("敏感", 6.0),
    ("回应方式", 18.0),
    ("管辖", 12.0),
    ("状态", 10.0),
    ("牵头单位", 20.0),
    ("协办单位", 24.0),
    ("发生时间", 19.0),
    ("发布时间", 19.0),
    ("发现时间", 19.0),
    ("发现滞后（小时）", 10.0),
    ("交办时间", 19.0),
    ("签收时间", 19.0),
    ("回应时间", 19.0),
    ("回应录入时间", 19.0),
    ("主时限", 12.0),
    ("到期时间", 19.0),
    ("暂定", 6.0),
    ("结果", 14.0),
    ("逾期（小时）", 10.0),
    ("自发生或发布起算的到期时间", 19.0),
    ("自发生或发布起算的结果", 14.0),
    ("首次权威信息", 14.0),
    ("责任单位", 20.0),
    ("责任时段", 40.0),
    ("退回次数", 8.0),
    ("督查次数", 8.0),
    ("通报单位", 20.0),
    ("约谈单位", 20.0),
    ("未经审核的发布", 10.0),
    ("适用预案", 24.0),
    ("政策风险评估", 24.0),
    ("周期", 6.0),
    ("此前周期", 44.0),
    ("说明", 30.0),
];

const CLOCK_COLUMNS: &[(&str, f64)] = &[
    ("编号", 16.0),
    ("序号", 6.0),
    ("时限", 14.0),
    ("效力", 8.0),
    ("内控并行", 8.0),
    ("周期", 6.0),
    ("起算时间", 19.0),
    ("到期时间", 19.0),
    ("暂定", 6.0),
    ("结果", 14.0),
    ("办理时间", 19.0),
    ("记录时间", 19.0),
    ("归属单位", 20.0),
    ("责任时段", 40.0),
    ("依据", 40.0),
];

const REPOST_COLUMNS: &[(&str, f64)] = &[
    ("编号", 16.0),
    ("标题", 40.0),
    ("单位", 20.0),
    ("账号", 20.0),
    ("时限", 14.0),
    ("效力", 8.0),
    ("发布时间", 19.0),
    ("到期时间", 19.0),
    ("暂定", 6.0),
    ("结果", 14.0),
    ("转发时间", 19.0),
    ("记录时间", 19.0),
    ("逾期（小时）", 10.0),
    ("责任单位", 20.0),
    ("依据", 40.0),
];

const HEADS: [Head; 5] = [
    Head { name: "台账", columns: CASE_COLUMNS },
    Head { name: "时限明细", columns: CLOCK_COLUMNS },
    Head { name: "另列（误报等）", columns: CASE_COLUMNS },
    Head { name: "已取消的时限", columns: CLOCK_COLUMNS },
    Head { name: "官方发布转发", columns: REPOST_COLUMNS },
];

/// The ledger while it is written.
pub struct Ledger<'a> {
    book: Book,
    office: &'a Office,
    now: Instant,
    kept_back: Vec<Vec<Cell>>,
}

impl<'a> Ledger<'a> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn new(file: &Path, office: &'a Office, now: Instant) -> Result<Self, ReportError> {
        Ok(Self { book: Book::new(file, &HEADS)?, office, now, kept_back: Vec::new() })
    }

    /// Adds an incident.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn add(&mut self, case: &Case) -> Result<(), ReportError> {
        let row = self.case_row(case);
        if case.apart().is_none() {
            self.book.push(CASES, &row)?;
        } else if self.book.has_sheets() {
            self.book.push(APART, &row)?;
        } else if self.kept_back.len() < KEPT_BACK_MAX {
            self.kept_back.push(row);
        } else {
            self.book.push(CASES, &row)?;
        }
        for clock in &case.incident.clocks {
            let sheet = if clock.verdict() == Some(Verdict::Cancelled) { CANCELLED } else { CLOCKS };
            let row = self.clock_row(case, clock);
            self.book.push(sheet, &row)?;
        }
        Ok(())
    }

    /// Adds the repost clocks of an official post: in a workbook on a sheet of their own, in a .csv as rows of the one table.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn add_post(&mut self, post: &OfficialPost) -> Result<(), ReportError> {
        for clock in &post.clocks {
            if self.book.has_sheets() {
                self.book.push(REPOSTS, &self.repost_row(post, clock))?;
            } else if self.kept_back.len() < KEPT_BACK_MAX {
                let row = self.repost_as_case(post, clock);
                self.kept_back.push(row);
            } else {
                let row = self.repost_as_case(post, clock);
                self.book.push(CASES, &row)?;
            }
        }
        Ok(())
    }

    /// Finishes the file; gives the number of incidents.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn finish(mut self) -> Result<u32, ReportError> {
        for row in std::mem::take(&mut self.kept_back) {
            self.book.push(CASES, &row)?;
        }
        let rows = self.book.rows(CASES) + self.book.rows(APART) + self.book.rows(REPOSTS);
        self.book.finish()?;
        Ok(rows)
    }

    fn name(&self, body: &BodyId) -> String {
        let known = self.office.bodies.get(body).map(|body| body.name.clone());
        known.unwrap_or_else(|| if *body == CITY { "宣城市".to_owned() } else { body.to_string() })
    }

    /// Names, each once, in order of their first.
    fn names<'b>(&self, bodies: impl Iterator<Item = &'b BodyId>) -> String {
        let mut names: Vec<String> = Vec::new();
        for name in bodies.map(|body| self.name(body)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join("、")
    }

    fn case_row(&self, case: &Case) -> Vec<Cell> {
        let incident = &case.incident;
        let grading = incident.grading();
        let lead = incident.tasks.iter().rev().find(|task| task.role == Role::Lead && task.active());
        let supporting: Vec<String> = incident
            .tasks
            .iter()
            .filter(|task| task.role == Role::Supporting && task.active())
            .map(|task| self.name(&task.department))
            .collect();
        let assigned = incident.tasks.iter().find(|task| task.role == Role::Lead).map(|task| task.assigned_at);
        let acknowledged =
            incident.tasks.iter().filter(|t| t.role == Role::Lead).filter_map(|t| t.acknowledged_at).min();
        let main = case.main_clock();
        let response = case.first_response(main);
        let from_happening = main.and_then(|clock| case.due_from_happening(clock, self.office));
        let unreviewed = incident.publications.iter().filter(|p| !p.planned && !p.reviewed).count();
        let plans: Vec<&str> = incident.plans.iter().map(|plan| plan.title.as_str()).collect();
        let assessed = incident.assessments.iter().map(|a| format!("{}（{}）", a.matter, a.level.zh()));
        let lag = incident.happened_at.map(|happened| hours(incident.detected_at - happened));
        vec![
            incident.id.as_str().into(),
            case.title.as_str().into(),
            case.apart().map_or_else(|| "计入".into(), |why| format!("另列：{why}").into()),
            grading.event_grade.zh().into(),
            grading.opinion_grade.zh().into(),
            if grading.sensitive { "是" } else { "" }.into(),
            incident.approach.map_or("", ResponseApproach::zh).into(),
            self.name(&incident.jurisdiction(self.office)).into(),
            state(incident.state()).into(),
            lead.map(|task| self.name(&task.department)).unwrap_or_default().into(),
            supporting.join("、").into(),
            case.occurred_at.into(),
            case.published_at.into(),
            Cell::At(incident.detected_at),
            lag.into(),
            assigned.into(),
            acknowledged.into(),
            response.map(|p| p.effective_at).into(),
            response.map(|p| p.recorded_at).into(),
            main.map_or("", |clock| clock.kind().zh()).into(),
            main.map(|clock| clock.plan.due_at).into(),
            main.map_or("", provisional).into(),
            main.map_or("", outcome).into(),
            main.and_then(|clock| self.late(clock)).map(hours).into(),
            from_happening.into(),
            from_happening.map_or("", |due| self.counted_from_happening(due, response.map(|p| p.effective_at))).into(),
            case.clock_of(ClockKind::FirstStatement).map_or("", outcome).into(),
            main.map(|clock| self.charged(clock)).unwrap_or_default().into(),
            self.custody(case).into(),
            case.returned.len().into(),
            case.supervised.len().into(),
            self.names(incident.circulars.iter().map(|circular| &circular.department)).into(),
            self.names(incident.talks.iter().map(|talk| &talk.department)).into(),
            unreviewed.into(),
            plans.join("、").into(),
            assessed.collect::<Vec<_>>().join("、").into(),
            (incident.cycle as usize).into(),
            self.earlier(case).into(),
            case.reason.as_str().into(),
        ]
    }

    /// How late a breached clock was, or is by now.
    fn late(&self, clock: &Clock) -> Option<Span> {
        let until = match clock.verdict()? {
            Verdict::EndedLate => clock.effective_at?,
            Verdict::Breached => clock.ended.map_or(self.now, |(_, at)| at),
            _ => return None,
        };
        Some((until - clock.plan.due_at).max(Span::ZERO))
    }

    /// What came of the clocks that the row's own cells no longer tell of, so that a reopening takes no breach off the row
    /// that the scorecard counts.
    fn earlier(&self, case: &Case) -> String {
        let told = case.earlier_clocks().map(|clock| {
            let plan = &clock.plan;
            let cycle = if plan.cycle == case.incident.cycle {
                "本周期".to_owned()
            } else {
                format!("第{}周期", plan.cycle)
            };
            let mut words = vec![cycle, clock.kind().zh().to_owned()];
            words.push(match (clock.verdict(), self.late(clock)) {
                (Some(Verdict::EndedLate), Some(late)) => format!("逾期{}后完成", lasting(late)),
                (Some(Verdict::Breached), Some(late)) => format!("逾期{}未办", lasting(late)),
                _ => outcome(clock).to_owned(),
            });
            if let Some(body) = clock.charged_to.as_ref().filter(|_| clock.breached()) {
                words.push(format!("责任：{}", self.name(body)));
            }
            if let Some(at) = clock.effective_at {
                words.push(format!("办理：{}", at.beijing().format("%Y-%m-%d %H:%M")));
            }
            words.join(" ")
        });
        told.collect::<Vec<_>>().join("；")
    }

    fn counted_from_happening(&self, due: Instant, answered: Option<Instant>) -> &'static str {
        match answered {
            Some(at) if at <= due => "按时",
            Some(_) => "逾期",
            None if self.now > due => "逾期未办",
            None => "进行中",
        }
    }

    /// Who had it for how long, in all its life.
    fn custody(&self, case: &Case) -> String {
        let incident = &case.incident;
        let ended = match incident.life {
            crate::domain::incident::Life::Open => self.now,
            _ => incident.settled_at,
        };
        let segments = incident.custody.iter().enumerate().map(|(index, segment)| {
            let until = incident.custody.get(index + 1).map_or(ended, |next| next.from);
            format!("{} {} 小时", self.name(&segment.holder), hours((until - segment.from).max(Span::ZERO)))
        });
        segments.collect::<Vec<_>>().join("；")
    }

    fn clock_row(&self, case: &Case, clock: &Clock) -> Vec<Cell> {
        let plan = &clock.plan;
        let shares = case.custody.get(&plan.clock_id).map(Vec::as_slice).unwrap_or_default();
        let shares = shares.iter().map(|share| format!("{} {} 小时", self.name(&share.body), hours(share.held_ms)));
        vec![
            case.incident.id.as_str().into(),
            (plan.clock_id.0 as usize).into(),
            plan.clock.zh().into(),
            plan.force.zh().into(),
            if plan.operational { "是" } else { "" }.into(),
            (plan.cycle as usize).into(),
            Cell::At(plan.anchor_at),
            Cell::At(plan.due_at),
            provisional(clock).into(),
            outcome(clock).into(),
            clock.effective_at.into(),
            clock.ended.map(|(_, at)| at).into(),
            self.name(&case.owner(clock)).into(),
            shares.collect::<Vec<_>>().join("；").into(),
            plan.clause.as_str().into(),
        ]
    }
}

impl Ledger<'_> {
    fn repost_row(&self, post: &OfficialPost, clock: &Clock) -> Vec<Cell> {
        let plan = &clock.plan;
        let account = plan.account.as_deref().unwrap_or_default();
        vec![
            post.id.as_str().into(),
            title_of(post).into(),
            self.name(&body_of(account)).into(),
            account.into(),
            plan.clock.zh().into(),
            plan.force.zh().into(),
            Cell::At(post.effective_at),
            Cell::At(plan.due_at),
            provisional(clock).into(),
            outcome(clock).into(),
            clock.effective_at.into(),
            clock.ended.map(|(_, at)| at).into(),
            self.late(clock).map(hours).into(),
            self.charged(clock).into(),
            plan.clause.as_str().into(),
        ]
    }

    /// The same in the columns of an incident.
    fn repost_as_case(&self, post: &OfficialPost, clock: &Clock) -> Vec<Cell> {
        let body = body_of(clock.plan.account.as_deref().unwrap_or_default());
        let cell = |column: &str| -> Cell {
            match column {
                "编号" => post.id.as_str().into(),
                "标题" => format!("官方发布转发：{}", title_of(post)).into(),
                "统计" => "计入".into(),
                "牵头单位" => self.name(&body).into(),
                "发布时间" => Cell::At(post.effective_at),
                "回应时间" => clock.effective_at.into(),
                "回应录入时间" => clock.ended.map(|(_, at)| at).into(),
                "主时限" => format!("{}（{}）", clock.kind().zh(), clock.plan.force.zh()).into(),
                "到期时间" => Cell::At(clock.plan.due_at),
                "暂定" => provisional(clock).into(),
                "结果" => outcome(clock).into(),
                "逾期（小时）" => self.late(clock).map(hours).into(),
                "责任单位" => self.charged(clock).into(),
                _ => Cell::Empty,
            }
        };
        CASE_COLUMNS.iter().map(|(column, _)| cell(column)).collect()
    }

    fn charged(&self, clock: &Clock) -> String {
        let charged = clock.charged_to.as_ref().filter(|_| clock.breached());
        charged.map(|body| self.name(body)).unwrap_or_default()
    }
}

fn title_of(post: &OfficialPost) -> String {
    post.post.as_ref().and_then(|new| new.title.clone()).unwrap_or_else(|| post.name())
}

/// Whether a due time is 暂定.
const fn provisional(clock: &Clock) -> &'static str {
    if clock.plan.provisional { "是" } else { "" }
}

/// A time in words, whole minutes.
fn lasting(span: Span) -> String {
    let minutes = span.ms() / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "不足1分".to_owned(),
        (0, minutes) => format!("{minutes}分"),
        (hours, 0) => format!("{hours}小时"),
        (hours, minutes) => format!("{hours}小时{minutes}分"),
    }
}

/// The derived state in Chinese.
fn state(word: &str) -> &str {
    match word {
        "detected" => "待研判",
        "graded" => "已定级",
        "assigned" => "已交办",
        "acknowledged" => "已签收",
        "responded" => "已回应",
        "closed" => "已办结",
        "dismissed" => "误报",
        "no_public_response" => "不予公开回应",
        "merged" => "已并案",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words_are_whole_minutes() {
        let words = |seconds: i64| lasting(Span::from_secs(seconds));
        assert_eq!(words(59), "不足1分");
        assert_eq!(words(36 * 60 + 59), "36分");
        assert_eq!(words(6 * 3600), "6小时");
        assert_eq!(words(9 * 3600 + 36 * 60), "9小时36分");
        assert_eq!(words(50 * 3600 + 60), "50小时1分");
    }
}
