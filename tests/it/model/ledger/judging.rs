//! Gradings and what they call for (items 6, 7; §5a a, b, e, r), publications (items 5, 10, 13, 14; §5a h, j, t, u).

use super::case::*;
use super::world::World;

impl World {
    // Gradings.

    /// Breached clocks of the proposal that a first grading below it makes uncalled-for (item 7).
    fn refuted(&self, n: usize, grades: Grades) -> Vec<usize> {
        let case = &self.cases[n];
        if case.graded.is_some() || grades.0 >= case.proposal.0 {
            return Vec::new();
        }
        let called = |kind: &str| if kind == "response" { grades.0 < MAJOR } else { grades.0 >= MAJOR };
        self.which(n, |clock| clock.breached() && clock.statutory() && !called(clock.kind))
    }

    pub fn grade(
        &mut self,
        n: usize,
        (event, opinion, sensitive): (Option<u8>, Option<u8>, Option<bool>),
        evidence: Option<i64>,
        by: &str,
    ) -> bool {
        let case = &self.cases[n];
        let present = case.grades();
        let grades = (event.unwrap_or(present.0), opinion.unwrap_or(present.1), sensitive.unwrap_or(present.2));
        let conference = case.clocks.iter().any(|c| c.running() && c.kind == "press_conference" && !c.operational);
        let waits = match case.graded {
            // "A later lowering of the event's grade always waits for a second person"
            Some(before) => grades.0 < before.0,
            None => (conference && case.main_kind(grades.0) == "response") || !self.refuted(n, grades).is_empty(),
        };
        let asked = Asked { grades, evidence, by: by.to_owned() };
        // "A later grading withdraws one that waits (told as `rejected`)."
        if let Some(w) = self.cases[n].waits.iter().position(|w| matches!(w.what, Waits::Grade(_))) {
            self.cases[n].waits.remove(w);
            self.tell(n, "rejected", &[("what", "grade".into())]);
        }
        if waits {
            self.ask(n, Waits::Grade(asked), by);
        } else {
            self.apply_grade(n, &asked);
        }
        true
    }

    pub fn ask(&mut self, n: usize, what: Waits, by: &str) {
        self.tell(n, "approval_requested", &[("what", what.what().into())]);
        self.cases[n].waits.push(Waiting { what, by: by.to_owned(), at: self.now });
    }

    fn tell_graded(&mut self, n: usize, grades: Grades, by: &str, proposed: bool) {
        let word = |grade: u8| GRADE_WORDS[usize::from(grade)].to_owned();
        let keys = [
            ("event_grade", word(grades.0)),
            ("opinion_grade", word(grades.1)),
            ("sensitive", grades.2.to_string()),
            ("by", by.to_owned()),
            ("proposed", flag(proposed)),
        ];
        self.tell(n, "graded", &keys);
    }

    /// The proposal is the highest of its mentions'; a rise works like a judgement until a person has graded (item 7).
    pub fn propose(&mut self, n: usize, grades: Grades, opening: bool) {
        let case = &mut self.cases[n];
        let before = case.proposal;
        case.proposal = (before.0.max(grades.0), before.1.max(grades.1), before.2 || grades.2);
        let proposal = case.proposal;
        if case.graded.is_some() || (proposal == before && !opening) {
            return;
        }
        case.ever = case.ever.max(highest(proposal));
        let crosses = !opening && before.0 < MAJOR && proposal.0 >= MAJOR;
        if proposal.0 >= MAJOR && case.ungraded_since.is_none() {
            case.ungraded_since = Some(self.now);
        }
        // §5a a: "only a grading that crosses `major` in it calls for the grade's clocks"; b: a rise counts as a grading.
        case.response_only &= !crosses;
        self.tell_graded(n, proposal, "system", true);
        self.reclock(n, false, !opening);
    }

    pub fn apply_grade(&mut self, n: usize, asked: &Asked) {
        let refuted = self.refuted(n, asked.grades);
        let now = self.now;
        let case = &mut self.cases[n];
        if (case.grades().0 >= MAJOR) != (asked.grades.0 >= MAJOR) {
            case.response_only = false;
        }
        case.graded = Some(asked.grades);
        case.graded_at = now;
        case.ungraded_since = None;
        case.ever = case.ever.max(highest(asked.grades));
        if let Some(evidence) = asked.evidence {
            (case.anchor, case.since) = (evidence, Since::NewEvent);
            case.response_only = false;
            case.consultation_called = false;
        }
        self.tell_graded(n, asked.grades, &asked.by, false);
        for c in refuted {
            self.end(n, c, "refuted", 0);
        }
        if self.cases[n].life == Life::Open {
            self.reclock(n, asked.evidence.is_some(), true);
        }
        // "a person grades the opinion extraordinary → principal", once (§5a o).
        if asked.grades.1 == EXTRAORDINARY && !self.cases[n].told_principal {
            self.cases[n].told_principal = true;
            let jurisdiction = self.jurisdiction(n);
            self.tell(n, "escalated", &[("tier", "principal".into()), ("jurisdiction", jurisdiction)]);
        }
    }

    /// §5a b: judgement starts no second clock of a kind that was met or has breached in this cycle; a new event does.
    fn may_start(&self, n: usize, kind: &str, new_event: bool) -> bool {
        let case = &self.cases[n];
        let of_kind = || case.clocks.iter().filter(|c| c.kind == kind && !c.operational);
        let had = |c: &Clock| {
            c.cycle == case.cycle && (c.charged.is_some() || c.end == Some("met")) && c.end != Some("refuted")
        };
        !of_kind().any(Clock::running) && (new_event || !of_kind().any(had))
    }

    /// Brings the clocks in line with the grade (item 6).
    pub fn reclock(&mut self, n: usize, new_event: bool, by_grading: bool) {
        let (event, opinion, sensitive) = self.cases[n].grades();
        let (anchor, since) = (self.cases[n].anchor, self.cases[n].since);
        let main = self.cases[n].main_kind(event);
        let replaced = |c: &Clock| c.running() && is_main(c.kind) && c.kind != main;
        // Item 10: open parts are superseded with the main clock and start again from its replacement; §5a e.
        let main_replaced = self.cases[n].clocks.iter().any(|c| replaced(c) && !c.operational);
        self.end_running(n, "superseded", |c| is_main(c.kind) && c.kind != main);
        let mut parts = Vec::new();
        if main_replaced {
            let running = self.which(n, |c| c.running() && c.kind == "part");
            parts.extend(running.iter().filter_map(|c| self.cases[n].clocks[*c].department.clone()));
            self.end_running(n, "superseded", |c| c.kind == "part");
        }
        let length = if main == "press_conference" { 24 * HOUR } else { 48 * HOUR };
        let plan = self.clock(n, main, anchor, anchor + length, since);
        if self.may_start(n, main, new_event) || self.reply_does_not_do(n, &plan) {
            let c = self.start(n, plan);
            let started = self.cases[n].clocks[c].clone();
            // "a main clock that is, or has less than a quarter of its length left"
            if by_grading && started.end.is_none() && started.due - self.now < length / 4 {
                let beside = self.clock(n, main, self.now, self.now + length / 4, since);
                let steps = ladder(main, true);
                self.start(n, Clock { operational: true, beside: Some(c), steps, ..beside });
            }
        }
        for body in parts {
            self.start_part(n, &body);
        }
        let statement = event >= MAJOR && !self.cases[n].response_only;
        if !statement {
            self.end_running(n, "cancelled", |c| c.kind == "first_statement");
        } else if self.may_start(n, "first_statement", new_event) {
            let clock = self.clock(n, "first_statement", anchor, anchor + 5 * HOUR, since);
            self.start(n, clock);
        }
        self.reclock_update(n);
        // "graded by a person … once in a cycle, and once for each new event"
        if !(self.cases[n].graded.is_some() && sensitive && opinion >= MAJOR) {
            self.end_running(n, "cancelled", |c| c.kind == "consultation");
        } else if !self.cases[n].consultation_called
            && self.which(n, |c| c.kind == "consultation" && c.running()).is_empty()
        {
            self.cases[n].consultation_called = true;
            self.tell(n, "consultation_due", &[]);
            let clock = self.clock(n, "consultation", self.now, self.now + 6 * HOUR, Since::Opening);
            self.start(n, clock);
        }
    }

    /// Item 13: "raised later, the clock starts again unless a publication that may meet it was made in this cycle".
    fn reply_does_not_do(&self, n: usize, plan: &Clock) -> bool {
        let case = &self.cases[n];
        let last = case.clocks.iter().rev().find(|c| c.kind == "response" && !c.operational && c.cycle == case.cycle);
        let met = last.is_some_and(|c| matches!(c.end, Some("met" | "corrected")));
        let made = || case.published.iter().filter(|p| p.cycle == case.cycle && p.counts && !p.planned);
        plan.kind == "response"
            && highest(case.grades()) > GENERAL
            && met
            && made().any(|p| p.kind == "direct_reply")
            && !made().any(|p| p.kind != "direct_reply" && self.answers(n, p, plan))
    }

    /// `update`: item 12 (none on a closed incident nor from an earlier cycle's publication), §5a i (one of the cycle
    /// before runs on).
    pub fn reclock_update(&mut self, n: usize) {
        let case = &self.cases[n];
        if highest(case.grades()) < MAJOR {
            self.end_running(n, "cancelled", |c| c.kind == "update");
            return;
        }
        let of_cycle = |p: &&Published| p.cycle == case.cycle && p.informs();
        let last = case.published.iter().filter(of_cycle).map(|p| p.effective).max();
        let open = case.clocks.iter().any(|c| c.kind == "update" && c.end.is_none());
        if let (Some(last), Life::Open, false) = (last, case.life, open) {
            let clock = self.clock(n, "update", last, last + 24 * HOUR, Since::Opening);
            self.start(n, clock);
        }
    }

    /// `part`: 75 % of the time left to the main clock, at least 2 h; none while no main clock is open (item 10).
    pub fn start_part(&mut self, n: usize, body: &str) {
        let Some(due) = self.cases[n].open_main().map(|c| c.due) else { return };
        let length = ((due - self.now) * 3).div_euclid(4).max(2 * HOUR);
        let clock = self.clock(n, "part", self.now, self.now + length, Since::Opening);
        self.start(n, Clock { department: Some(body.to_owned()), ..clock });
    }

    // Publications.

    /// Whether a publication is an act for a clock, leaving aside when.
    fn touches(&self, n: usize, p: &Published, clock: &Clock) -> bool {
        match clock.kind {
            // Item 13: a direct reply never meets a part.
            "part" => p.kind != "direct_reply" && clock.department.as_deref() == Some(p.body.as_str()),
            // §5a u: to `update` an act in the anchor's own instant tells nothing new.
            "update" => p.informs() && p.effective > clock.anchor,
            // §5a t: an operational clock is met by whatever meets the one beside which it stands.
            _ => {
                let clock = clock.beside.map_or(clock, |main| &self.cases[n].clocks[main]);
                self.answers(n, p, clock)
            }
        }
    }

    /// Item 14: recorded after the due time, effective at or before it; also where something else ended it late.
    fn late(&self, n: usize, p: &Published) -> Vec<usize> {
        let late = |c: &Clock| c.breached() && p.effective <= c.due && c.due < self.now && self.touches(n, p, c);
        self.which(n, late)
    }

    /// "Recorded late … a second person approves": whether a publication would have to wait, here or on a member.
    fn is_late(&self, n: usize, p: &Published, plan_of: Option<usize>) -> bool {
        let own = |m: usize| m == n || plan_of == Some(m);
        let counts = |m: usize| own(m) || self.with_since(m).is_none_or(|since| p.effective >= since);
        self.group(n).into_iter().any(|m| counts(m) && !self.late(m, p).is_empty())
    }

    /// What follows from a publication that took place, on one incident.
    fn took_place(&mut self, n: usize, p: &Published) {
        let late = self.late(n, p);
        let met = self.which(n, |c| c.end.is_none() && self.touches(n, p, c));
        let met: Vec<usize> = met.into_iter().filter(|c| !late.contains(c)).collect();
        for c in &met {
            self.fulfil(n, *c, p.effective);
        }
        self.end_replaced(n, &met, &late, p.effective);
        self.acknowledged(n, &p.body);
        if p.informs() {
            self.reclock_update(n);
        }
    }

    /// Item 3: "One that is no longer called for is ended by any act that meets its replacement."
    fn end_replaced(&mut self, n: usize, met: &[usize], late: &[usize], effective: i64) {
        let main = self.cases[n].main_kind(self.cases[n].grades().0);
        if met.iter().any(|c| self.cases[n].clocks[*c].kind == main) {
            for c in self.which(n, |c| c.late() && is_main(c.kind) && c.kind != main) {
                if !late.contains(&c) {
                    self.fulfil(n, c, effective);
                }
            }
        }
    }

    pub fn may_publish(&self, n: usize, by: &str) -> Option<bool> {
        let task = self.group(n).into_iter().any(|m| self.cases[m].task(by).is_some());
        let speaks = by == OFFICE || by == PUBLICITY;
        (task || speaks).then(|| speaks || self.lead(n).as_deref() == Some(by))
    }

    pub fn respond(&mut self, n: usize, kind: &'static str, by: &str, effective: i64, who: &str) -> bool {
        let Some(counts) = self.may_publish(n, by) else { return false };
        let planned = effective > self.now;
        let body = by.to_owned();
        let p = Published { kind, body, effective, recorded: self.now, planned, counts, cycle: self.cases[n].cycle };
        let pending = !planned && self.is_late(n, &p, None);
        let keys = [
            ("kind", kind.to_owned()),
            ("department", by.to_owned()),
            ("effective_at", effective.to_string()),
            ("planned", flag(planned)),
            ("pending", flag(pending)),
        ];
        self.tell(n, "responded", &keys);
        self.cases[n].published.push(p.clone());
        if !planned {
            self.is_public(n, self.cases[n].published.len() - 1, None, pending, who);
        }
        true
    }

    /// A publication of the group: on the survivor, then on each member for which it counts (item 11).
    fn is_public(&mut self, n: usize, index: usize, plan_of: Option<(usize, usize)>, pending: bool, who: &str) {
        let p = self.cases[n].published[index].clone();
        self.tell_acknowledged(n, &p.body);
        self.answered(n, &p.body);
        self.took_place(n, &p);
        if pending {
            self.ask(n, Waits::Response(index), who);
        }
        for m in self.group(n).into_iter().filter(|m| *m != n) {
            let own = plan_of.filter(|(of, _)| *of == m);
            if own.is_none() && self.with_since(m).is_some_and(|since| p.effective < since) {
                self.acknowledged(m, &p.body);
                continue;
            }
            let p = Published { cycle: self.cases[m].cycle, ..p.clone() };
            match own {
                Some((_, index)) => self.cases[m].published[index] = p.clone(),
                None => self.cases[m].published.push(p.clone()),
            }
            self.answered(m, &p.body);
            self.took_place(m, &p);
        }
    }

    fn answered(&mut self, n: usize, body: &str) {
        self.cases[n].tasks.iter_mut().filter(|task| task.body == body).for_each(|task| task.answered = true);
    }

    /// Item 5: "the plan whose time comes first, unless `kind` names another".
    pub fn confirm(&mut self, n: usize, kind: Option<&str>, effective: Option<i64>, by: &str, who: &str) -> bool {
        let mut plans: Vec<(i64, usize, usize)> = Vec::new();
        for m in self.group(n) {
            let planned = self.cases[m].published.iter().enumerate();
            let planned = planned.filter(|(_, p)| p.planned && kind.is_none_or(|kind| p.kind == kind));
            plans.extend(planned.map(|(index, p)| (p.effective, m, index)));
        }
        let Some((at, of, index)) = plans.into_iter().min_by_key(|(at, ..)| *at) else { return false };
        let plan = self.cases[of].published[index].clone();
        let speaks = |body: &str| body == OFFICE || body == PUBLICITY;
        let lead = self.lead(n);
        if !speaks(by) && lead.as_deref() != Some(by) && by != plan.body {
            return false;
        }
        let effective = effective.unwrap_or(at);
        if effective > self.now {
            return false;
        }
        let counts = speaks(&plan.body) || lead.as_ref() == Some(&plan.body);
        let cycle = self.cases[n].cycle;
        let held = Published { effective, recorded: self.now, planned: false, counts, cycle, ..plan };
        let pending = self.is_late(n, &held, Some(of));
        let keys = [
            ("kind", held.kind.to_owned()),
            ("department", held.body.clone()),
            ("effective_at", effective.to_string()),
            ("pending", flag(pending)),
        ];
        self.tell(n, "held", &keys);
        if of == n {
            self.cases[n].published[index] = held;
            self.is_public(n, index, None, pending, who);
        } else {
            self.cases[n].published.push(held);
            self.is_public(n, self.cases[n].published.len() - 1, Some((of, index)), pending, who);
        }
        true
    }

    /// A late record was approved: "then the verdict is corrected".
    pub fn correct(&mut self, n: usize, p: &Published) {
        let late = self.late(n, p);
        for c in &late {
            self.end(n, *c, "corrected", p.effective);
        }
        self.end_replaced(n, &late, &[], p.effective);
    }

    /// Item 11: "an earlier one counts … only if an analyst confirms that it answers those facts".
    pub fn covers(&mut self, n: usize, who: &str) -> bool {
        let root = self.root(n);
        let known = |p: &Published| self.cases[n].published.iter().any(|own| own.same(p));
        let others = self.group(n).into_iter().filter(|m| *m != n).flat_map(|m| self.cases[m].published.clone());
        let latest = others.filter(|p| !p.planned && p.counts && !known(p)).max_by_key(|p| (p.effective, p.recorded));
        let Some(latest) = latest.filter(|_| self.cases[root].life == Life::Open) else { return false };
        let p = Published { cycle: self.cases[n].cycle, ..latest };
        let pending = !self.late(n, &p).is_empty();
        self.tell(
            n,
            "covered",
            &[
                ("kind", p.kind.to_owned()),
                ("department", p.body.clone()),
                ("effective_at", p.effective.to_string()),
                ("pending", flag(pending)),
            ],
        );
        self.cases[n].published.push(p.clone());
        let unacknowledged = self.cases[n].task(&p.body).is_some_and(|task| !task.acknowledged);
        if unacknowledged {
            self.tell(n, "acknowledged", &[("department", p.body.clone())]);
        }
        self.took_place(n, &p);
        if pending {
            self.ask(n, Waits::Response(self.cases[n].published.len() - 1), who);
        }
        true
    }
}
