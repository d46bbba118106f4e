//! A deliberately naive model of `domain.md` §5: plain lists, whole scans, figures written out. It shares no code with the
//! product but the words that an act is written in, so that the two can disagree.

use super::Act;
use super::remembered::{Clock, Life, Published, Row, Task, Waits, is_main, meets, statutory};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
const OFFICE: &str = "government_office";

/// Grades as numbers: none, general, large, major, extraordinary.
const LARGE: u8 = 2;
const MAJOR: u8 = 3;

#[derive(Clone, Debug)]
pub struct Model {
    now: i64,
    life: Life,
    cycle: u32,
    anchor: i64,
    /// The anchor is a new event's, a feedback's or a reopening's.
    after: bool,
    /// It is a new event's.
    new_event: bool,
    response_only: bool,
    grade: (u8, u8, bool),
    by_person: bool,
    ever: u8,
    consultation_called: bool,
    tasks: Vec<Task>,
    custody: Vec<(i64, String)>,
    clocks: Vec<Clock>,
    published: Vec<Published>,
    waits: Vec<Waits>,
}

impl Model {
    pub fn open(now: i64, grade: (u8, u8, bool)) -> Self {
        let mut model = Self {
            now,
            life: Life::Open,
            cycle: 1,
            anchor: now,
            after: false,
            new_event: false,
            response_only: false,
            grade,
            by_person: false,
            ever: grade.0.max(grade.1),
            consultation_called: false,
            tasks: Vec::new(),
            custody: vec![(now, OFFICE.to_owned())],
            clocks: Vec::new(),
            published: Vec::new(),
            waits: Vec::new(),
        };
        model.reclock(false, false);
        model
    }

    pub fn rows(&self) -> Vec<Row> {
        let row = |c: &Clock| {
            let kind = c.kind.to_owned();
            (kind, c.operational, c.department.clone(), c.anchor, c.due, c.verdict().to_owned(), c.charged.clone())
        };
        self.clocks.iter().map(row).collect()
    }

    /// Time passes: whatever was due before is breached.
    pub fn pass(&mut self, now: i64) {
        self.now = now;
        for n in 0..self.clocks.len() {
            if self.clocks[n].running() && self.clocks[n].due < now {
                self.clocks[n].charged = Some(self.charge(n));
            }
        }
    }

    /// One act; false if it is refused.
    pub fn act(&mut self, act: &Act) -> bool {
        let fits = match self.life {
            Life::Open => !matches!(act, Act::Restore),
            Life::Closed => matches!(act, Act::Respond { .. } | Act::Approve | Act::Reject | Act::Reopen { .. }),
            // §5a m: on a dismissed one only restore, approve, reject (and what the acts here don't hold).
            Life::Dismissed => matches!(act, Act::Restore | Act::Approve | Act::Reject),
        };
        if !fits {
            return false;
        }
        match act {
            Act::Wait => true,
            Act::Grade { .. } => self.grade(act),
            Act::Assign { body, lead } => self.assign(body, *lead),
            Act::Acknowledge { body } => {
                let waits = self.tasks.iter().any(|t| t.body == *body && !t.acknowledged);
                self.acknowledge(body);
                waits
            }
            Act::Respond { kind, by, ago } => self.respond(kind, by, self.now - ago),
            Act::Approve => self.approve(),
            Act::Reject => {
                !self.waits.is_empty() && {
                    self.waits.remove(0);
                    true
                }
            }
            Act::Close => self.close(),
            Act::Reopen { evidence_ago } => self.reopen(evidence_ago.map(|ago| self.now - ago)),
            Act::Dismiss => {
                if self.ever < LARGE {
                    self.dismiss();
                    return true;
                }
                if self.waits.iter().any(|w| matches!(w, Waits::Dismiss)) {
                    return false;
                }
                self.waits.push(Waits::Dismiss);
                true
            }
            Act::Restore => {
                self.life = Life::Open;
                let again: Vec<usize> = (0..self.clocks.len()).filter(|n| self.clocks[*n].dismissed).collect();
                let mut anew: Vec<(usize, usize)> = Vec::new();
                for n in again {
                    self.clocks[n].dismissed = false;
                    let clock = self.clocks[n].clone();
                    let same = |main: usize| anew.iter().find(|(was, _)| *was == main).map_or(main, |(_, is)| *is);
                    let beside = clock.beside.map(same);
                    anew.push((n, self.clocks.len()));
                    self.start(Clock { charged: None, end: None, beside, ..clock });
                }
                true
            }
            Act::Consult => {
                self.finish(self.now, |c| c.kind == "consultation");
                true
            }
        }
    }

    fn main(&self, event: u8) -> &'static str {
        if event >= MAJOR && !self.response_only { "press_conference" } else { "response" }
    }

    fn open_main(&self) -> Option<&Clock> {
        let open = || self.clocks.iter().filter(|c| c.end.is_none() && is_main(c.kind) && !c.operational);
        open().find(|c| c.running()).or_else(|| open().max_by_key(|c| c.due))
    }

    fn lead(&self) -> Option<String> {
        self.tasks.iter().find(|t| t.lead).map(|t| t.body.clone())
    }

    /// Whom the breach of a clock is charged to (item 9).
    fn charge(&self, n: usize) -> String {
        let clock = &self.clocks[n];
        if let Some(department) = &clock.department {
            return department.clone();
        }
        let beside = self.clocks.iter().any(|c| c.operational && c.kind == clock.kind && c.started == clock.started);
        if statutory(clock) && (clock.due < clock.started || beside) {
            return OFFICE.to_owned();
        }
        // The holder of each stretch, summed by asking at every change.
        let mut marks: Vec<i64> = self.custody.iter().map(|(at, _)| *at).collect();
        marks.extend([clock.anchor, clock.due]);
        marks.retain(|at| (clock.anchor..=clock.due).contains(at));
        marks.sort_unstable();
        let holder_at = |at: i64| {
            let held = self.custody.iter().rev().find(|(from, _)| *from <= at);
            held.map_or_else(|| OFFICE.to_owned(), |(_, body)| body.clone())
        };
        let mut totals: Vec<(String, i64)> = Vec::new();
        for pair in marks.windows(2) {
            let holder = holder_at(pair[0]);
            let length = pair[1] - pair[0];
            match totals.iter_mut().find(|(body, _)| *body == holder) {
                Some((_, total)) => *total += length,
                None if length > 0 => totals.push((holder, length)),
                None => {}
            }
        }
        let most = totals.iter().map(|(_, total)| *total).max().unwrap_or(0);
        totals.into_iter().find(|(_, total)| *total == most).map_or_else(|| OFFICE.to_owned(), |(body, _)| body)
    }

    /// Starts a clock with the publications of its cycle in mind.
    fn start(&mut self, clock: Clock) {
        let n = self.clocks.len();
        let answer = self
            .published
            .iter()
            .filter(|p| p.cycle == self.cycle && p.counts && meets(p.kind, clock.kind))
            .filter(|p| !clock.after || p.effective >= clock.anchor)
            .filter(|p| !clock.new_event || p.effective > clock.anchor)
            .filter(|_| !clock.operational)
            .map(|p| p.effective)
            .min();
        let due = clock.due;
        self.clocks.push(Clock { started: self.now, ..clock });
        match answer {
            Some(effective) if effective <= due => self.clocks[n].end = Some("met"),
            Some(_) => {
                // Answered, but too late: a breach that the office's late judgement did not make.
                self.clocks[n].charged = Some(self.charge(n));
                self.clocks[n].end = Some("ended_late");
            }
            None if due < self.now => self.clocks[n].charged = Some(self.charge(n)),
            None => {}
        }
    }

    fn new_clock(&self, kind: &'static str, anchor: i64, length: i64) -> Clock {
        Clock {
            kind,
            operational: false,
            department: None,
            anchor,
            due: anchor + length,
            cycle: self.cycle,
            after: false,
            new_event: false,
            beside: None,
            started: self.now,
            charged: None,
            end: None,
            dismissed: false,
        }
    }

    fn grade(&mut self, act: &Act) -> bool {
        let Act::Grade { event, .. } = act else { return false };
        let waits = if self.by_person {
            *event < self.grade.0
        } else {
            let new_main = if *event >= MAJOR { "press_conference" } else { "response" };
            let conference = |c: &Clock| c.running() && c.kind == "press_conference" && !c.operational;
            (self.clocks.iter().any(conference) && new_main == "response") || self.refuted(*event).next().is_some()
        };
        // Item 7: a later grading withdraws one that waits.
        self.waits.retain(|w| !matches!(w, Waits::Grade(_)));
        if waits {
            self.waits.push(Waits::Grade(act.clone()));
        } else {
            self.apply_grade(act);
        }
        true
    }

    /// Item 7: breached clocks of the proposal, open or ended late, that a first grading below it makes uncalled-for.
    fn refuted(&self, event: u8) -> impl Iterator<Item = usize> + '_ {
        let below = !self.by_person && event < self.grade.0;
        let called = move |kind: &str| match kind {
            "press_conference" | "first_statement" => event >= MAJOR,
            _ => event < MAJOR,
        };
        let breached = move |c: &Clock| below && c.breached() && statutory(c) && !called(c.kind);
        self.clocks.iter().enumerate().filter(move |(_, c)| breached(c)).map(|(n, _)| n)
    }

    fn apply_grade(&mut self, act: &Act) {
        let Act::Grade { event, opinion, sensitive, evidence_ago, asked } = act else { return };
        for n in self.refuted(*event).collect::<Vec<_>>() {
            self.clocks[n].end = Some("refuted");
        }
        if (self.grade.0 >= MAJOR) != (*event >= MAJOR) {
            self.response_only = false;
        }
        self.grade = (*event, *opinion, *sensitive);
        self.by_person = true;
        self.ever = self.ever.max(*event).max(*opinion);
        if let Some(ago) = evidence_ago {
            self.anchor = asked - ago;
            (self.after, self.new_event) = (true, true);
            self.response_only = false;
            self.consultation_called = false;
        }
        if self.life == Life::Open {
            self.reclock(evidence_ago.is_some(), true);
        }
    }

    fn may_start(&self, kind: &str, new_event: bool) -> bool {
        let same = || self.clocks.iter().filter(|c| c.kind == kind && !c.operational);
        if same().any(Clock::running) {
            return false;
        }
        let counted = |c: &Clock| matches!(c.verdict(), "met" | "breached" | "ended_late" | "corrected");
        new_event || !same().any(|c| c.cycle == self.cycle && counted(c))
    }

    fn reclock(&mut self, new_event: bool, by_grading: bool) {
        let (event, opinion, sensitive) = self.grade;
        let main = self.main(event);
        // The other main clock gives way, and the parts with it.
        let mut parts = Vec::new();
        let other = |c: &Clock| c.running() && is_main(c.kind) && c.kind != main;
        let main_replaced = self.clocks.iter().any(|c| other(c) && !c.operational);
        self.clocks.iter_mut().filter(|c| other(c)).for_each(|c| c.end = Some("superseded"));
        if main_replaced {
            for clock in self.clocks.iter_mut().filter(|c| c.running() && c.kind == "part") {
                clock.end = Some("superseded");
                parts.extend(clock.department.clone());
            }
        }
        if self.may_start(main, new_event) {
            let length = if main == "press_conference" { 24 * HOUR } else { 48 * HOUR };
            let clock = self.anchored(main, length);
            self.start(clock);
            let started = self.clocks.last().expect("just started").clone();
            if by_grading && started.end.is_none() && started.due - self.now < length / 4 {
                let n = self.clocks.len() - 1;
                let beside = self.new_clock(main, self.now, length / 4);
                self.start(Clock { operational: true, beside: Some(n), ..beside });
                self.recharge(n);
            }
        }
        for body in parts {
            self.start_part(&body);
        }
        let statement = event >= MAJOR && !self.response_only;
        if !statement {
            self.cancel("first_statement");
        } else if self.may_start("first_statement", new_event) {
            let clock = self.anchored("first_statement", 5 * HOUR);
            self.start(clock);
        }
        self.reclock_update();
        if !(self.by_person && sensitive && opinion >= MAJOR) {
            self.cancel("consultation");
        } else if !self.consultation_called {
            let runs = self.clocks.iter().any(|c| c.kind == "consultation" && c.running());
            if !runs {
                self.consultation_called = true;
                self.start(self.new_clock("consultation", self.now, 6 * HOUR));
            }
        }
    }

    /// A clock that counts from the incident's anchor.
    fn anchored(&self, kind: &'static str, length: i64) -> Clock {
        let (after, new_event) = (self.after, self.new_event);
        Clock { after, new_event, ..self.new_clock(kind, self.anchor, length) }
    }

    /// A clock that was born overdue is charged to the office whether or not an operational one stands beside it.
    fn recharge(&mut self, n: usize) {
        if self.clocks[n].late() {
            self.clocks[n].charged = Some(self.charge(n));
        }
    }

    fn reclock_update(&mut self) {
        if self.grade.0.max(self.grade.1) < MAJOR {
            self.cancel("update");
            return;
        }
        // Item 12: none on a closed incident, none from an earlier cycle's publication; §5a i: the one before runs on.
        let of_cycle = |p: &&Published| p.counts && p.cycle == self.cycle;
        let last = self.published.iter().filter(of_cycle).map(|p| p.effective).max();
        let open = self.clocks.iter().any(|c| c.kind == "update" && c.end.is_none());
        if let (Some(last), Life::Open, false) = (last, self.life, open) {
            self.start(self.new_clock("update", last, 24 * HOUR));
        }
    }

    fn cancel(&mut self, kind: &str) {
        self.clocks.iter_mut().filter(|c| c.running() && c.kind == kind).for_each(|c| c.end = Some("cancelled"));
    }

    fn finish(&mut self, _effective: i64, which: impl Fn(&Clock) -> bool) {
        for clock in self.clocks.iter_mut().filter(|c| c.end.is_none() && which(c)) {
            clock.end = Some(if clock.charged.is_none() { "met" } else { "ended_late" });
        }
    }

    fn start_part(&mut self, body: &str) {
        let Some(main) = self.open_main().map(|c| c.due) else { return };
        let length = ((main - self.now) * 3).div_euclid(4).max(2 * HOUR);
        let clock = Clock { department: Some(body.to_owned()), ..self.new_clock("part", self.now, length) };
        self.start(clock);
    }

    fn assign(&mut self, body: &str, lead: bool) -> bool {
        let held = self.tasks.iter().find(|t| t.body == body).cloned();
        if held.as_ref().is_some_and(|task| task.lead == lead || task.lead) {
            return false;
        }
        if lead {
            let previous = self.lead();
            let of = |c: &Clock, whose: Option<&String>| whose.is_some() && c.department.as_ref() == whose;
            let own = held.is_some().then(|| body.to_owned());
            for clock in self.clocks.iter_mut().filter(|c| c.running()) {
                if clock.kind == "acknowledge" && (of(clock, previous.as_ref()) || of(clock, own.as_ref())) {
                    clock.end = Some("superseded");
                } else if clock.kind == "part" && of(clock, own.as_ref()) {
                    clock.end = Some("cancelled");
                }
            }
            self.tasks.retain(|t| !t.lead && t.body != body);
            if self.custody.last().is_none_or(|(_, holder)| holder != body) {
                self.custody.push((self.now, body.to_owned()));
            }
        }
        self.tasks.push(Task { body: body.to_owned(), lead, acknowledged: false });
        let clock = Clock { department: Some(body.to_owned()), ..self.new_clock("acknowledge", self.now, 2 * HOUR) };
        self.start(clock);
        if !lead {
            self.start_part(body);
        }
        true
    }

    fn acknowledge(&mut self, body: &str) {
        let Some(task) = self.tasks.iter_mut().find(|t| t.body == body && !t.acknowledged) else { return };
        task.acknowledged = true;
        let leads = task.lead;
        // Whoever leads instead also ends what former holders of the task left open.
        let has_task: Vec<String> = self.tasks.iter().map(|t| t.body.clone()).collect();
        self.finish(self.now, |c| {
            let whose = c.department.as_deref().unwrap_or_default();
            let stranded = leads && c.late() && !has_task.iter().any(|b| b == whose);
            c.kind == "acknowledge" && (whose == body || stranded)
        });
    }

    /// Whether a publication is an act for a clock, leaving aside when.
    fn touches(&self, p: &Published, c: &Clock) -> bool {
        match c.kind {
            "part" => c.department.as_deref() == Some(&p.body),
            "update" => p.counts && p.effective > c.anchor,
            _ => {
                // §5a t: an operational clock is met by whatever meets the one beside which it stands.
                let c = c.beside.map_or(c, |main| &self.clocks[main]);
                p.counts && meets(p.kind, c.kind) && (!c.after || p.effective >= c.anchor)
            }
        }
    }

    fn recorded_late(&self, p: &Published) -> Vec<usize> {
        // Item 14: also where something else has ended the clock late meanwhile.
        let late = |c: &Clock| c.breached() && p.effective <= c.due && self.touches(p, c);
        (0..self.clocks.len()).filter(|n| late(&self.clocks[*n])).collect()
    }

    fn respond(&mut self, kind: &'static str, by: &str, effective: i64) -> bool {
        let task = self.tasks.iter().find(|t| t.body == by);
        if task.is_none() && by != OFFICE {
            return false;
        }
        let counts = by == OFFICE || task.is_some_and(|t| t.lead);
        let published = Published { kind, body: by.to_owned(), effective, counts, cycle: self.cycle };
        let late = self.recorded_late(&published);
        self.published.push(published.clone());
        let met: Vec<usize> = (0..self.clocks.len())
            .filter(|n| !late.contains(n))
            .filter(|n| self.clocks[*n].end.is_none() && self.touches(&published, &self.clocks[*n]))
            .collect();
        for n in &met {
            let clock = &mut self.clocks[*n];
            clock.end = Some(if clock.charged.is_none() { "met" } else { "ended_late" });
        }
        self.end_replaced(&met, &late);
        self.acknowledge(by);
        if counts {
            self.reclock_update();
        }
        if !late.is_empty() {
            self.waits.push(Waits::Response(self.published.len() - 1));
        }
        true
    }

    /// What has breached and is no longer called for ends with the act that meets its replacement.
    fn end_replaced(&mut self, met: &[usize], late: &[usize]) {
        let main = self.main(self.grade.0);
        if met.iter().any(|n| self.clocks[*n].kind == main) {
            for (n, clock) in self.clocks.iter_mut().enumerate() {
                if clock.late() && is_main(clock.kind) && clock.kind != main && !late.contains(&n) {
                    clock.end = Some("ended_late");
                }
            }
        }
    }

    fn approve(&mut self) -> bool {
        let Some(first) = self.waits.first().cloned() else { return false };
        // What was closed in the meantime is not dismissed any more; §5a m: a grading may still be approved.
        if self.life != Life::Open && matches!(first, Waits::Dismiss) {
            return false;
        }
        match first {
            Waits::Response(index) => {
                let late = self.recorded_late(&self.published[index].clone());
                late.iter().for_each(|n| self.clocks[*n].end = Some("corrected"));
                self.end_replaced(&late, &[]);
            }
            Waits::Grade(act) => self.apply_grade(&act),
            Waits::Dismiss => self.dismiss(),
        }
        self.waits.remove(0);
        true
    }

    fn dismiss(&mut self) {
        self.life = Life::Dismissed;
        for clock in self.clocks.iter_mut().filter(|c| c.running()) {
            clock.end = Some("cancelled");
            clock.dismissed = true;
        }
    }

    fn close(&mut self) -> bool {
        if self.clocks.iter().any(|c| c.end.is_none() && statutory(c)) {
            return false;
        }
        self.life = Life::Closed;
        for clock in self.clocks.iter_mut().filter(|c| c.end.is_none()) {
            clock.end = Some(if clock.charged.is_some() { "breached" } else { "cancelled" });
        }
        true
    }

    fn reopen(&mut self, evidence: Option<i64>) -> bool {
        if self.life == Life::Open && self.open_main().is_some() {
            return false;
        }
        self.life = Life::Open;
        self.cycle += 1;
        (self.after, self.new_event) = (true, evidence.is_some());
        self.consultation_called = false;
        self.anchor = evidence.unwrap_or(self.now);
        self.response_only = evidence.is_none();
        if evidence.is_some() {
            self.reclock(true, false);
        } else {
            let clock = Clock { after: true, ..self.new_clock("response", self.anchor, 48 * HOUR) };
            self.start(clock);
        }
        true
    }
}
