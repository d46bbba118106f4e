//! Closing, reopening, dismissing, merging (items 11, 12, 13; §5a d, f, i, m, p, s).

use super::case::*;
use super::world::World;

impl World {
    pub fn close(&mut self, n: usize) -> bool {
        let group = self.group(n);
        let open = |m: &usize| self.cases[*m].clocks.iter().any(|c| c.end.is_none() && c.statutory());
        if group.iter().any(open) {
            return false;
        }
        self.tell(n, "closed", &[]);
        for m in group {
            self.cases[m].life = Life::Closed;
            self.end_running(m, "cancelled", |c| !c.of_record());
            for clock in self.cases[m].clocks.iter_mut().filter(|c| c.late() && !c.of_record()) {
                clock.end = Some("breached");
            }
        }
        true
    }

    fn answered_all(&self, n: usize) -> bool {
        self.group(n).into_iter().all(|m| self.cases[m].open_main().is_none())
    }

    pub fn reopen(&mut self, n: usize, evidence: Option<i64>) -> bool {
        if self.cases[n].life == Life::Open && !self.answered_all(n) {
            return false;
        }
        self.new_cycle(n, evidence.unwrap_or(self.now), evidence.is_some());
        true
    }

    fn new_cycle(&mut self, n: usize, anchor: i64, new_event: bool) {
        for m in self.group(n) {
            self.cases[m].life = Life::Open;
        }
        let case = &mut self.cases[n];
        case.cycle += 1;
        case.anchor = anchor;
        case.since = if new_event { Since::NewEvent } else { Since::Reopening };
        case.consultation_called = false;
        case.response_only = !new_event;
        let cycle = case.cycle.to_string();
        self.tell(n, "reopened", &[("cycle", cycle)]);
        if new_event {
            self.reclock(n, true, false);
        } else {
            let clock = self.clock(n, "response", anchor, anchor + 48 * HOUR, Since::Reopening);
            self.start(n, clock);
        }
    }

    pub fn feedback(&mut self, n: usize, satisfied: bool) -> bool {
        self.tell(n, "feedback", &[("satisfied", satisfied.to_string())]);
        if satisfied {
            return true;
        }
        self.cases[n].dissatisfied += 1;
        if self.cases[n].life == Life::Closed || self.answered_all(n) {
            self.new_cycle(n, self.now, false);
        }
        // "From the second 'not satisfied' on … each opens a supervision in the same instant, unless one is open"
        if self.cases[n].dissatisfied >= 2 {
            self.supervise(n, OFFICE, true);
        }
        true
    }

    /// Item 13: a second person "if the highest grade ever proposed or given is ≥ large".
    pub fn ask_dismissal(&mut self, n: usize, what: Waits, who: &str) -> bool {
        let ever = self.group(n).into_iter().map(|m| self.cases[m].ever).max().unwrap_or(0);
        if ever < LARGE {
            match what {
                Waits::Dismiss => self.dismiss(n, "dismissed", ""),
                _ => self.dismiss(n, "disposed", "no_public_response"),
            }
            return true;
        }
        // §5a p: "a dismissal or disposal waits once".
        if self.cases[n].waits.iter().any(|w| w.what.what() == what.what()) {
            return false;
        }
        self.ask(n, what, who);
        true
    }

    pub fn dismiss(&mut self, n: usize, event: &str, how: &str) {
        self.tell(n, event, &[("how", how.to_owned())]);
        for m in self.group(n) {
            self.cases[m].life = Life::Away;
            self.cases[m].away_at = self.now;
            let running = self.which(m, |c| c.running() && !c.of_record());
            for c in running {
                self.end(m, c, "cancelled", 0);
                self.cases[m].clocks[c].dismissed = true;
            }
        }
    }

    pub fn watch(&mut self, n: usize) -> bool {
        self.tell(n, "disposed", &[("how", "watch".into())]);
        true
    }

    /// "a restored incident starts them again with their anchors"; §5a d.
    pub fn restore(&mut self, n: usize) -> bool {
        self.tell(n, "restored", &[]);
        for m in self.group(n) {
            self.cases[m].life = Life::Open;
            let away_at = self.cases[m].away_at;
            let breached = self.which(m, |c| c.late() && !c.of_record());
            let again = self.which(m, |c| c.dismissed);
            let mut anew: Vec<(usize, usize)> = Vec::new();
            for c in again {
                self.cases[m].clocks[c].dismissed = false;
                let old = self.cases[m].clocks[c].clone();
                let beside =
                    old.beside.map(|main| anew.iter().find(|(was, _)| *was == main).map_or(main, |(_, is)| *is));
                let steps = ladder(old.kind, old.operational);
                let started = self.start(m, Clock { end: None, warned: 0, beside, steps, ..old });
                anew.push((c, started));
            }
            for c in breached {
                self.overtaken(m, c, away_at, rank("principal"));
            }
        }
        true
    }

    /// D7, §4: a person may raise it.
    pub fn raise(&mut self, n: usize) -> bool {
        if self.jurisdiction(n) == CITY {
            return false;
        }
        self.tell(n, "raised", &[("jurisdiction", CITY.into())]);
        for m in self.group(n) {
            self.cases[m].raised = true;
        }
        true
    }

    /// §5a p: refused while a grading, dismissal or disposal of the one that gives way waits.
    pub fn merge(&mut self, from: usize, into: usize) -> bool {
        let (from, into) = (self.root(from), self.root(into));
        let undecided = |w: &Waiting| matches!(w.what.what(), "grade" | "dismiss" | "dispose");
        let open = |n: usize| self.cases[n].life == Life::Open;
        if from == into || !open(from) || !open(into) || self.cases[from].waits.iter().any(undecided) {
            return false;
        }
        self.tell(from, "merged", &[("into", self.cases[into].name.clone())]);
        self.cases[from].merged = Some((into, self.now));
        true
    }

    pub fn unmerge(&mut self, n: usize) -> bool {
        if self.cases[n].merged.is_none() || self.cases[self.root(n)].life == Life::Away {
            return false;
        }
        self.cases[n].merged = None;
        self.tell(n, "unmerged", &[]);
        true
    }
}
