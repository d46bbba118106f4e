//! Acts, on whichever member of a group: they are acts on its survivor (§5a f). Each gives whether it was taken.

use super::case::*;
use super::world::World;

impl World {
    // Opening, mentions, splits.

    pub fn open(&mut self, name: &str, mentions: &[(String, i64, Option<String>, Grades)], detected: i64) -> usize {
        let grades = mentions
            .iter()
            .fold((0, GENERAL, false), |all: Grades, (.., g)| (all.0.max(g.0), all.1.max(g.1), all.2 || g.2));
        self.cases.push(Case {
            name: name.to_owned(),
            life: Life::Open,
            away_at: 0,
            cycle: 1,
            anchor: detected,
            since: Since::Opening,
            response_only: false,
            proposal: grades,
            graded: None,
            graded_at: 0,
            ungraded_since: None,
            ever: 0,
            told_deputy: false,
            told_coordination: false,
            told_principal: false,
            consultation_called: false,
            tasks: Vec::new(),
            returns: 0,
            custody: vec![(detected, OFFICE.to_owned())],
            clocks: Vec::new(),
            published: Vec::new(),
            waits: Vec::new(),
            records: Vec::new(),
            regions: mentions.iter().filter_map(|(_, _, region, _)| region.clone()).collect(),
            raised: false,
            mentions: mentions.to_vec(),
            dissatisfied: 0,
            merged: None,
        });
        let n = self.cases.len() - 1;
        self.tell(n, "incident_opened", &[("effective_at", detected.to_string())]);
        self.propose(n, grades, true);
        n
    }

    /// §5a s: a mention joins its own incident; §5a m: one that joins a closed or dismissed one changes nothing.
    pub fn join(&mut self, n: usize, mention: (String, i64, Option<String>, Grades)) -> bool {
        self.tell(n, "mention_joined", &[]);
        self.cases[n].mentions.push(mention.clone());
        if self.cases[n].life == Life::Open {
            self.cases[n].regions.extend(mention.2);
            self.propose(n, mention.3, false);
        }
        true
    }

    /// §5a s: of the member on which they stand, which keeps one at least; k: proposed from the mentions that move.
    pub fn split(&mut self, n: usize, ids: &[String], name: &str) -> bool {
        let group = self.group(n);
        let root = group[0];
        let mut moved = Vec::new();
        for m in &group {
            let of = self.cases[*m].mentions.iter().filter(|(id, ..)| ids.contains(id)).cloned().collect::<Vec<_>>();
            if !of.is_empty() && of.len() == self.cases[*m].mentions.len() {
                return false;
            }
            moved.extend(of);
        }
        if moved.is_empty() || self.cases[root].life != Life::Open {
            return false;
        }
        for m in group {
            self.cases[m].mentions.retain(|(id, ..)| !ids.contains(id));
        }
        self.tell(root, "split", &[("into", name.to_owned())]);
        moved.sort_by_key(|(_, at, ..)| *at);
        let detected = moved[0].1;
        self.open(name, &moved, detected);
        true
    }

    // Tasks (items 8, 10; §5a e, g, o, s).

    pub fn assign(&mut self, n: usize, body: &str, lead: bool) -> bool {
        let held = self.cases[n].task(body).cloned();
        if held.as_ref().is_some_and(|task| task.lead || task.lead == lead) {
            return false;
        }
        let led = self.lead(n);
        let role = if lead { "lead" } else { "supporting" };
        self.tell(n, "assigned", &[("department", body.to_owned()), ("role", role.to_owned())]);
        if lead {
            // "A new lead supersedes the old one's `acknowledge`", on whichever member it led.
            for m in self.group(n) {
                let own = self.cases[m].lead().filter(|own| (m == n || led.as_ref() == Some(own)) && own != body);
                if let Some(own) = own {
                    self.cases[m].tasks.retain(|task| !task.lead);
                    self.end_running(m, "superseded", |c| {
                        c.kind == "acknowledge" && c.department.as_ref() == Some(&own)
                    });
                }
            }
            // §5a g: a supporting body that becomes lead.
            if held.is_some() {
                self.cases[n].tasks.retain(|task| task.body != body);
                let own = |c: &Clock| c.department.as_deref() == Some(body);
                self.end_running(n, "superseded", |c| c.kind == "acknowledge" && own(c));
                self.end_running(n, "cancelled", |c| c.kind == "part" && own(c));
            }
        }
        let task = Task { body: body.to_owned(), lead, assigned: self.now, acknowledged: false, answered: false };
        self.cases[n].tasks.push(task);
        let clock = self.clock(n, "acknowledge", self.now, self.now + 2 * HOUR, Since::Opening);
        self.start(n, Clock { department: Some(body.to_owned()), ..clock });
        if !lead {
            self.start_part(n, body);
        }
        let mut bodies: Vec<String> = Vec::new();
        for m in self.group(n) {
            bodies.extend(self.cases[m].tasks.iter().map(|task| task.body.clone()));
        }
        bodies.sort();
        bodies.dedup();
        if bodies.len() > 1 && !self.cases[n].told_coordination {
            self.cases[n].told_coordination = true;
            let jurisdiction = self.jurisdiction(n);
            self.tell(n, "escalated", &[("tier", "coordination".into()), ("jurisdiction", jurisdiction)]);
        }
        true
    }

    fn unacknowledged(&self, n: usize, body: &str) -> bool {
        self.group(n).iter().any(|m| self.cases[*m].task(body).is_some_and(|task| !task.acknowledged))
    }

    /// The row of an acknowledgement: once, on the survivor.
    pub fn tell_acknowledged(&mut self, n: usize, body: &str) {
        if self.unacknowledged(n, body) {
            self.tell(n, "acknowledged", &[("department", body.to_owned())]);
            // On the survivor it ends what former leads left open, though the task stands on another.
            if self.cases[n].task(body).is_none() {
                self.end_acknowledged(n, body);
            }
        }
    }

    /// What an acknowledgement does to one incident.
    pub fn acknowledged(&mut self, n: usize, body: &str) {
        let Some(task) = self.cases[n].tasks.iter_mut().find(|t| t.body == body && !t.acknowledged) else { return };
        task.acknowledged = true;
        self.end_acknowledged(n, body);
    }

    fn end_acknowledged(&mut self, n: usize, body: &str) {
        let leads = self.cases[n].lead().as_deref() == Some(body);
        let own: Vec<String> = self.cases[n].tasks.iter().map(|task| task.body.clone()).collect();
        for c in self.which(n, |c| c.end.is_none() && c.kind == "acknowledge") {
            let clock = &self.cases[n].clocks[c];
            let whose = clock.department.clone().unwrap_or_default();
            // Item 3: what is no longer called for is ended by the act that meets its replacement.
            if whose == body || (leads && clock.late() && !own.contains(&whose)) {
                self.fulfil(n, c, self.now);
            }
        }
    }

    pub fn acknowledge(&mut self, n: usize, body: &str) -> bool {
        if !self.unacknowledged(n, body) {
            return false;
        }
        self.tell_acknowledged(n, body);
        for m in self.group(n) {
            self.acknowledged(m, body);
        }
        true
    }

    /// Item 8, §5a g.
    pub fn give_back(&mut self, n: usize, body: &str, suggest: Option<&str>) -> bool {
        let found = self.group(n).into_iter().find_map(|m| self.cases[m].task(body).cloned());
        let Some(task) = found else { return false };
        let late = office_time(task.assigned, self.now) > 2 * HOUR;
        // Nobody suggests themselves.
        if late || task.answered || self.cases[n].returns >= 2 || suggest == Some(body) {
            return false;
        }
        let second = self.cases[n].returns == 1;
        let to = suggest.filter(|_| !second).unwrap_or(OFFICE).to_owned();
        self.tell(n, "returned", &[("department", body.to_owned()), ("to", to)]);
        for m in self.group(n) {
            if m == n || self.cases[m].task(body).is_some() {
                self.cases[m].returns += 1;
                self.cases[m].tasks.retain(|task| task.body != body);
                self.end_running(m, "cancelled", |c| {
                    matches!(c.kind, "acknowledge" | "part") && c.department.as_deref() == Some(body)
                });
            }
        }
        true
    }

    pub fn answer(&mut self, n: usize, body: &str) -> bool {
        let group = self.group(n);
        let found = group.iter().find_map(|m| self.cases[*m].task(body).cloned());
        if found.is_none_or(|task| task.lead) {
            return false;
        }
        self.tell(n, "answered", &[("department", body.to_owned())]);
        for m in group {
            if m == n || self.cases[m].task(body).is_some_and(|task| !task.lead) {
                self.cases[m].tasks.iter_mut().filter(|t| t.body == body).for_each(|t| t.answered = true);
                for c in self.which(m, |c| c.end.is_none() && c.kind == "part" && c.department.as_deref() == Some(body))
                {
                    self.fulfil(m, c, self.now);
                }
            }
        }
        true
    }

    // What waits (items 7, 13, 14; §5a p).

    fn oldest(&self, n: usize, what: Option<&str>) -> Option<(usize, usize)> {
        let mut all: Vec<(i64, usize, usize)> = Vec::new();
        for m in self.group(n) {
            let waits = self.cases[m].waits.iter().enumerate();
            let waits = waits.filter(|(_, w)| what.is_none_or(|what| w.what.what() == what));
            all.extend(waits.map(|(index, w)| (w.at, m, index)));
        }
        all.into_iter().min_by_key(|(at, ..)| *at).map(|(_, m, index)| (m, index))
    }

    pub fn approve(&mut self, n: usize, what: Option<&str>, who: &str) -> bool {
        let Some((of, index)) = self.oldest(n, what) else { return false };
        let waiting = self.cases[of].waits[index].clone();
        let dismissal = matches!(waiting.what, Waits::Dismiss | Waits::Dispose);
        // Only approval needs another user; what was closed or dismissed meanwhile can't be dismissed again. §5a m: `approve`
        // is possible on both, so a grading is.
        if waiting.by == who || (dismissal && self.cases[n].life != Life::Open) {
            return false;
        }
        self.cases[of].waits.remove(index);
        self.tell(n, "approved", &[("what", waiting.what.what().into())]);
        match waiting.what {
            Waits::Grade(asked) => self.apply_grade(n, &asked),
            Waits::Dismiss => self.dismiss(n, "dismissed", ""),
            Waits::Dispose => self.dismiss(n, "disposed", "no_public_response"),
            Waits::Referral(record) => self.cases[of].records[record].approved = true,
            Waits::Response(index) => {
                let p = self.cases[of].published[index].clone();
                self.correct(of, &p);
                // It is the survivor's own: every member that knows of it is corrected too.
                if of == n {
                    for m in self.group(n).into_iter().filter(|m| *m != n) {
                        let own = self.cases[m].published.iter().find(|known| known.same(&p)).cloned();
                        if let Some(own) = own {
                            self.correct(m, &own);
                        }
                    }
                }
            }
        }
        true
    }

    pub fn reject(&mut self, n: usize, what: Option<&str>) -> bool {
        let Some((of, index)) = self.oldest(n, what) else { return false };
        let waiting = self.cases[of].waits.remove(index);
        self.tell(n, "rejected", &[("what", waiting.what.what().into())]);
        if let Waits::Referral(record) = waiting.what {
            self.cases[of].records[record].open = false;
            self.end_running(of, "cancelled", |c| c.record == Some(record));
        }
        true
    }

    // Records (§5a l, p, q).

    fn record(&mut self, n: usize, kind: &'static str, department: Option<&str>, opened: &str) -> usize {
        let department = department.map(str::to_owned);
        let record = Record { kind, department, opened: opened.to_owned(), open: true, approved: false };
        self.cases[n].records.push(record);
        self.cases[n].records.len() - 1
    }

    pub fn supervise(&mut self, n: usize, by: &str, again: bool) -> bool {
        if self.cases[n].records.iter().any(|r| r.kind == "supervision" && r.open) {
            return again;
        }
        self.tell(n, "supervision_opened", &[]);
        let record = self.record(n, "supervision", None, by);
        let clock = self.clock(n, "supervision", self.now, after_working_days(self.now, 5), Since::Opening);
        self.start(n, Clock { record: Some(record), ..clock });
        true
    }

    pub fn order(
        &mut self,
        n: usize,
        kind: &'static str,
        department: Option<&str>,
        due: Option<i64>,
        by: &str,
    ) -> bool {
        if due.is_some_and(|due| due < self.now) {
            return false;
        }
        let event = match kind {
            "instruction" => "instructed",
            "rectification" => "rectification_set",
            _ => "ordered",
        };
        self.tell(n, event, &[("department", department.unwrap_or_default().to_owned())]);
        let record = self.record(n, kind, department, by);
        if let Some(due) = due {
            let clock = self.clock(n, kind, self.now, due, Since::Opening);
            self.start(n, Clock { record: Some(record), department: department.map(str::to_owned), ..clock });
        }
        true
    }

    pub fn refer(&mut self, n: usize, who: &str) -> bool {
        self.tell(n, "referral_proposed", &[]);
        let record = self.record(n, "referral", None, OFFICE);
        let main = self.cases[n].latest_main().map_or(self.now, |c| c.due);
        let clock = self.clock(n, "referral", self.now, main.max(self.now + 2 * HOUR), Since::Opening);
        self.start(n, Clock { record: Some(record), ..clock });
        self.ask(n, Waits::Referral(record), who);
        true
    }

    fn close_record(&mut self, of: usize, record: usize) {
        self.cases[of].records[record].open = false;
        for c in self.which(of, |c| c.end.is_none() && c.record == Some(record)) {
            self.fulfil(of, c, self.now);
        }
    }

    fn first_record(&self, n: usize, which: impl Fn(&Record) -> bool) -> Option<(usize, usize)> {
        self.group(n).into_iter().find_map(|m| {
            self.cases[m].records.iter().position(|record| record.open && which(record)).map(|record| (m, record))
        })
    }

    pub fn conclude(&mut self, n: usize, kind: &str, by: &str) -> bool {
        let theirs = |r: &Record| by == OFFICE || r.department.as_deref() == Some(by) || r.opened == by;
        let Some((of, record)) = self.first_record(n, |r| r.kind == kind && theirs(r)) else { return false };
        self.tell(n, "concluded", &[("record", kind.to_owned())]);
        self.close_record(of, record);
        true
    }

    pub fn hand_over(&mut self, n: usize) -> bool {
        let Some((of, record)) = self.first_record(n, |r| r.kind == "referral" && r.approved) else { return false };
        self.tell(n, "referred", &[]);
        self.close_record(of, record);
        true
    }

    pub fn consult(&mut self, n: usize) -> bool {
        self.tell(n, "consulted", &[]);
        for m in self.group(n) {
            for c in self.which(m, |c| c.end.is_none() && c.kind == "consultation") {
                self.fulfil(m, c, self.now);
            }
        }
        true
    }
}
