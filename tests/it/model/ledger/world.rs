//! Several incidents, the groups that they form, and what fires by itself.

use super::case::*;

pub struct World {
    pub now: i64,
    /// When something was last done.
    pub acted: i64,
    pub cases: Vec<Case>,
    pub rows: Vec<Row>,
}

enum Timer {
    Warning(usize, usize),
    Breach(usize, usize),
    Step(usize, usize, usize),
    Ungraded(usize),
}

impl World {
    pub fn new(now: i64) -> Self {
        Self { now, acted: now, cases: Vec::new(), rows: Vec::new() }
    }

    pub fn tell(&mut self, n: usize, event: &str, keys: &[(&str, String)]) {
        let mut all = vec![("incident", self.cases[n].name.clone())];
        all.extend(keys.iter().cloned());
        self.rows.push((self.now, text(event, &all)));
    }

    fn tell_clock(&mut self, n: usize, c: usize, event: &str, keys: &[(&str, String)]) {
        let clock = &self.cases[n].clocks[c];
        let mut all = vec![
            ("clock", clock.kind.to_owned()),
            ("due_at", clock.due.to_string()),
            ("department", clock.department.clone().unwrap_or_default()),
            ("operational", flag(clock.operational)),
        ];
        all.extend(keys.iter().cloned());
        self.tell(n, event, &all);
    }

    // Groups (item 11; §5a f, s).

    pub fn root(&self, n: usize) -> usize {
        self.cases[n].merged.map_or(n, |(into, _)| self.root(into))
    }

    /// Since when an incident is with the survivor of its group.
    pub fn with_since(&self, n: usize) -> Option<i64> {
        self.cases[n].merged.map(|(into, at)| self.with_since(into).map_or(at, |up| up.max(at)))
    }

    /// The group, the survivor first.
    pub fn group(&self, n: usize) -> Vec<usize> {
        let root = self.root(n);
        let mut members: Vec<usize> = (0..self.cases.len()).filter(|m| self.root(*m) == root).collect();
        members.sort_by_key(|m| (self.with_since(*m), *m));
        members
    }

    /// §5a f: led by the survivor's lead, else by the first member that has one.
    pub fn lead(&self, n: usize) -> Option<String> {
        self.group(n).into_iter().find_map(|m| self.cases[m].lead())
    }

    pub fn holder(&self, n: usize) -> String {
        self.lead(n).unwrap_or_else(|| OFFICE.to_owned())
    }

    /// Highest grade of the group, and whether a person has graded in it: "ladders … look at the group".
    fn standing(&self, n: usize) -> (u8, bool) {
        let group = self.group(n);
        let grade = group.iter().map(|m| highest(self.cases[*m].grades())).max().unwrap_or(0);
        (grade, group.iter().any(|m| self.cases[*m].graded.is_some()))
    }

    /// "general stops at office_director, large and what nobody has graded yet at deputy".
    fn reach(&self, n: usize) -> u8 {
        match self.standing(n) {
            (_, false) => rank("deputy"),
            (..=GENERAL, true) => rank("office_director"),
            (LARGE, true) => rank("deputy"),
            _ => rank("principal"),
        }
    }

    /// §4: the county where a county leads and no other region is touched, else the city; §5a s: by any member.
    pub fn jurisdiction(&self, n: usize) -> String {
        let regions = || self.group(n).into_iter().flat_map(|m| self.cases[m].regions.clone());
        match self.lead(n) {
            _ if self.cases[n].raised => CITY.to_owned(),
            Some(lead) if ["langxi", "guangde"].contains(&lead.as_str()) && regions().all(|r| r == lead) => lead,
            _ => CITY.to_owned(),
        }
    }

    /// §4, §5a f: custody is the lead's, else the office's, of all members.
    pub fn hold(&mut self) {
        for n in 0..self.cases.len() {
            let holder = self.holder(n);
            if self.cases[n].custody.last().is_some_and(|(_, held)| *held != holder) {
                self.cases[n].custody.push((self.now, holder));
            }
        }
    }

    // What fires by itself (items 3, 15).

    fn next(&self) -> Option<(i64, Timer)> {
        let mut all: Vec<(i64, Timer)> = Vec::new();
        for (n, case) in self.cases.iter().enumerate() {
            let stands_still = |clock: &Clock| case.life == Life::Away && !clock.of_record();
            for (c, clock) in case.clocks.iter().enumerate().filter(|(_, k)| k.end.is_none() && !stands_still(k)) {
                if clock.running() {
                    if clock.warned < clock.warnings().len() {
                        all.push((clock.warning_at(clock.warned), Timer::Warning(n, c)));
                    }
                    all.push((clock.due, Timer::Breach(n, c)));
                }
                let steps = clock.steps.iter().enumerate().filter(|(_, step)| !step.done);
                all.extend(steps.map(|(s, step)| (clock.due + step.hours * HOUR, Timer::Step(n, c, s))));
            }
            if let (Some(since), Life::Open, false) = (case.ungraded_since, case.life, case.told_deputy) {
                // Once merged, gradings are looked at on the survivor (§5a f).
                let top = self.root(n);
                let with = self.with_since(n).unwrap_or(since).max(since);
                let judged = top != n && self.cases[top].graded.is_some() && self.cases[top].graded_at >= with;
                if !judged {
                    all.push(((since + 30 * MINUTE).max(self.acted), Timer::Ungraded(n)));
                }
            }
        }
        all.into_iter().min_by_key(|(at, _)| *at)
    }

    /// Time passes: all that lies before `to` fires, each at its own instant; "an act precedes a timer of the same instant".
    pub fn pass(&mut self, to: i64) {
        while let Some((at, timer)) = self.next().filter(|(at, _)| *at < to) {
            self.now = at;
            match timer {
                Timer::Warning(n, c) => {
                    let clock = &mut self.cases[n].clocks[c];
                    let threshold = clock.warnings()[clock.warned];
                    clock.warned += 1;
                    // A clock without length: its due time overtakes the warning.
                    let keys = [("threshold", threshold.to_string()), ("skipped_stale", flag(clock.due == at))];
                    self.tell_clock(n, c, "clock_warned", &keys);
                }
                Timer::Breach(n, c) => self.breach(n, c),
                Timer::Step(n, c, s) => {
                    let clock = &mut self.cases[n].clocks[c];
                    clock.steps[s].done = true;
                    let (tier, capped) = (clock.steps[s].tier, clock.capped());
                    // "a step above the cap leaves no row and is not made up for"
                    if !capped || rank(tier) <= self.reach(n) {
                        self.tell_step(n, c, s, false);
                    }
                }
                Timer::Ungraded(n) => {
                    self.cases[n].told_deputy = true;
                    let jurisdiction = self.jurisdiction(n);
                    self.tell(n, "escalated", &[("tier", "deputy".into()), ("jurisdiction", jurisdiction)]);
                }
            }
        }
        self.now = to;
    }

    fn tell_step(&mut self, n: usize, c: usize, s: usize, stale: bool) {
        let step = &self.cases[n].clocks[c].steps[s];
        let sign = if step.hours > 0 { "+" } else { "" };
        let (tier, label) = (step.tier.to_owned(), format!("{sign}{}h", step.hours));
        let jurisdiction = self.jurisdiction(n);
        let keys = [("tier", tier), ("step", label), ("jurisdiction", jurisdiction), ("skipped_stale", flag(stale))];
        self.tell_clock(n, c, "escalated", &keys);
    }

    fn breach(&mut self, n: usize, c: usize) {
        let charged = self.charge(n, c);
        let clock = &mut self.cases[n].clocks[c];
        clock.charged = Some(charged.clone());
        let (due, statutory) = (clock.due, clock.statutory());
        self.tell_clock(n, c, "clock_breached", &[("effective_at", due.to_string()), ("charged_to", charged)]);
        // §4: "When a statutory clock of a county's incident breaches, the parent's duty desk is told too."
        if statutory && self.jurisdiction(n) != CITY {
            self.tell(n, "escalated", &[("tier", "duty_desk".into()), ("jurisdiction", CITY.into())]);
        }
    }

    /// Item 9.
    fn charge(&self, n: usize, c: usize) -> String {
        let case = &self.cases[n];
        let clock = &case.clocks[c];
        if let Some(department) = &clock.department {
            return department.clone();
        }
        let beside = case.clocks.iter().any(|k| k.operational && k.kind == clock.kind && k.started == clock.started);
        if clock.statutory() && (clock.born || beside) {
            return OFFICE.to_owned();
        }
        let mut totals: Vec<(String, i64)> = Vec::new();
        let mut at = clock.anchor;
        while at < clock.due {
            let holder = case.custody.iter().rev().find(|(from, _)| *from <= at);
            let holder = holder.map_or(OFFICE, |(_, body)| body.as_str()).to_owned();
            let until = case.custody.iter().map(|(from, _)| *from).filter(|from| *from > at).min();
            let until = until.unwrap_or(clock.due).min(clock.due);
            match totals.iter_mut().find(|(body, _)| *body == holder) {
                Some((_, total)) => *total += until - at,
                None => totals.push((holder, until - at)),
            }
            at = until;
        }
        let most = totals.iter().map(|(_, total)| *total).max().unwrap_or(0);
        totals.into_iter().find(|(_, total)| *total == most).map_or_else(|| OFFICE.to_owned(), |(body, _)| body)
    }

    // How a clock starts and ends (items 6, 14, 15; §5a c, t, u).

    pub fn clock(&self, n: usize, kind: &'static str, anchor: i64, due: i64, since: Since) -> Clock {
        Clock {
            kind,
            operational: false,
            department: None,
            record: None,
            anchor,
            due,
            cycle: self.cases[n].cycle,
            since,
            started: self.now,
            born: false,
            charged: None,
            end: None,
            dismissed: false,
            warned: 0,
            steps: ladder(kind, false),
            beside: None,
        }
    }

    /// Whether a publication is one of those that meet a main clock or a first statement, leaving aside when.
    pub fn answers(&self, n: usize, p: &Published, clock: &Clock) -> bool {
        let kind = match (clock.kind, p.kind) {
            // Item 13: "while the highest grade (of the group) is general".
            ("response", "direct_reply") => self.standing(n).0 <= GENERAL,
            ("press_conference", kind) => kind == "press_conference",
            ("response", kind) => matches!(kind, "press_conference" | "response"),
            ("first_statement", kind) => matches!(kind, "press_conference" | "response" | "statement"),
            _ => false,
        };
        let after = clock.since == Since::Opening || p.effective >= clock.anchor;
        kind && after && p.counts && !p.planned
    }

    /// Starts a clock "with the publications of its cycle in mind".
    pub fn start(&mut self, n: usize, clock: Clock) -> usize {
        let cycle = self.cases[n].cycle;
        let made = self.cases[n].published.iter().filter(|p| p.cycle == cycle && self.answers(n, p, &clock));
        // "after a new event only one effective after its anchor"
        let made = made.filter(|p| clock.since != Since::NewEvent || p.effective > clock.anchor);
        let answer = if clock.operational { None } else { made.map(|p| p.effective).min() };
        let born = clock.due < self.now && answer.is_none_or(|effective| effective > clock.due);
        let c = self.cases[n].clocks.len();
        let (anchor, force) = (clock.anchor, clock.force());
        let started = Clock { started: self.now, born, ..clock };
        self.cases[n].clocks.push(started);
        let keys = [("anchor_at", anchor.to_string()), ("force", force.to_owned()), ("born_overdue", flag(born))];
        self.tell_clock(n, c, "clock_started", &keys);
        let due = self.cases[n].clocks[c].due;
        if let Some(effective) = answer.filter(|effective| *effective <= due) {
            // §5a c: `clock_started` and `clock_met` alone.
            self.end(n, c, "met", effective);
            return c;
        }
        while let Some(at) =
            Some(&self.cases[n].clocks[c]).filter(|k| k.warned < k.warnings().len()).map(|k| k.warning_at(k.warned))
        {
            if at >= self.now {
                break;
            }
            let clock = &mut self.cases[n].clocks[c];
            let threshold = clock.warnings()[clock.warned].to_string();
            clock.warned += 1;
            self.tell_clock(n, c, "clock_warned", &[("threshold", threshold), ("skipped_stale", flag(true))]);
        }
        if due < self.now {
            self.breach(n, c);
        }
        match answer {
            Some(effective) => self.end(n, c, "ended_late", effective),
            None => self.overtaken(n, c, i64::MIN, rank("deputy")),
        }
        c
    }

    /// "sends the highest overtaken step"; the others are told as skipped.
    pub fn overtaken(&mut self, n: usize, c: usize, from: i64, at_most: u8) {
        let reach = self.reach(n);
        let clock = &self.cases[n].clocks[c];
        let at = |step: &Step| clock.due + step.hours * HOUR;
        let passed: Vec<usize> = (0..clock.steps.len())
            .filter(|s| !clock.steps[*s].done && (from..self.now).contains(&at(&clock.steps[*s])))
            .collect();
        let told: Vec<usize> =
            passed.iter().copied().filter(|s| !clock.capped() || rank(clock.steps[*s].tier) <= reach).collect();
        let sent = told.iter().copied().rfind(|s| rank(clock.steps[*s].tier) <= at_most);
        for s in passed {
            self.cases[n].clocks[c].steps[s].done = true;
        }
        for s in told {
            self.tell_step(n, c, s, Some(s) != sent);
        }
    }

    pub fn end(&mut self, n: usize, c: usize, how: &'static str, effective: i64) {
        self.cases[n].clocks[c].end = Some(how);
        let (event, timed) = match how {
            "met" => ("clock_met", true),
            "ended_late" => ("clock_ended_late", true),
            "corrected" => ("verdict_corrected", true),
            "refuted" => ("proposal_refuted", false),
            "superseded" => ("clock_superseded", false),
            _ => ("clock_cancelled", false),
        };
        let effective = if timed { effective.to_string() } else { String::new() };
        self.tell_clock(n, c, event, &[("effective_at", effective)]);
    }

    /// Item 3: met if effective at or before the due time, else ended late.
    pub fn fulfil(&mut self, n: usize, c: usize, effective: i64) {
        let how = if self.cases[n].clocks[c].running() { "met" } else { "ended_late" };
        self.end(n, c, how, effective);
    }

    pub fn which(&self, n: usize, which: impl Fn(&Clock) -> bool) -> Vec<usize> {
        let clocks = self.cases[n].clocks.iter().enumerate();
        clocks.filter(|(_, clock)| which(clock)).map(|(c, _)| c).collect()
    }

    pub fn end_running(&mut self, n: usize, how: &'static str, which: impl Fn(&Clock) -> bool) {
        for c in self.which(n, |clock| clock.running() && which(clock)) {
            self.end(n, c, how, 0);
        }
    }
}
