//! Numbers that no word of harm stands with, and that say how many all the same: `说死了6个，现在已经12个了`;
//! `五个人下井，只有一个爬上来`.

use super::super::grammar::{BESIDE_OTHERS, CLAUSE_END, tail};
use super::super::quantity::Unit;
use super::super::words::Mark;
use super::{Harm, Reading};

/// Right before a number: what it has come to.
const COME_TO: [&str; 12] =
    ["已经", "已", "变成", "变成了", "升到", "涨到", "到了", "成了", "增加到", "已经有", "现在是", "又涨到"];
/// Words that give the number to somebody else.
const OTHERS: [char; 9] = ['伤', '病', '救', '抓', '送', '查', '捐', '来', '去'];
/// A number that ends so close before somebody counts them: 一名司机和两名乘客.
const COUNTED_BEFORE_BYTES: usize = 12;
/// Before the number of the few who came out.
const ONLY: [&str; 7] = ["只有", "就", "只", "仅", "唯一", "才", "就剩"];
/// Whoever is left of those who were counted.
const OTHERS_LEFT: [&str; 7] = ["剩下", "其余", "其他", "另外", "余下", "别的", "剩余"];
/// They live.
const LIVING: [&str; 6] = ["活", "生还", "幸存", "剩下", "剩", "捡回"];
/// They came out, so the others did not.
const CAME_OUT: [&str; 8] = ["回来", "逃出", "跑出", "爬上", "爬出", "上来", "出来", "游上"];

/// 活着上来的就八个, 只活下来5个: said of people in danger, and of nobody else.
fn behind_or_before_lives(clause: &str, behind: &str) -> bool {
    ["活着", "活下来", "活的", "生还", "幸存"].iter().any(|word| clause.contains(word) || behind.contains(word))
}

impl Reading<'_> {
    /// 救出来五个，剩下的全没了: of all who were spoken of, those who are left.
    pub(super) fn the_others(&self, clause: &str, before: usize) -> Option<(f64, usize)> {
        OTHERS_LEFT.iter().any(|word| clause.contains(word)).then_some(())?;
        let people: Vec<&super::Quantity> = self
            .numbers
            .iter()
            .filter(|q| q.end <= before && matches!(q.unit, Unit::Person | Unit::Thing) && q.bounded.is_none())
            .collect();
        let (all, rest) = people.split_first()?;
        let others: f64 = rest.iter().map(|q| q.value).sum();
        (others > 0.0 && others < all.value).then_some((all.value - others, all.start))
    }

    /// 说死了6个，…已经12个了: the later number is of the dead too.
    pub(super) fn come_to(&mut self) {
        let Some(dead) = self.facts.iter().rfind(|fact| fact.harm == Harm::Dead && fact.counted) else { return };
        let (from, value) = (dead.end, dead.value);
        let sentence = self.sentence;
        let later = (0..self.numbers.len()).find(|n| {
            let q = &self.numbers[*n];
            if q.start < from || self.claimed[*n].is_some() || !matches!(q.unit, Unit::Person | Unit::Thing) {
                return false;
            }
            let before = &sentence[from..q.start];
            let clause = before.rsplit(CLAUSE_END).next().unwrap_or("");
            let behind = sentence[q.end..].chars().next();
            before.len() > clause.len()
                && COME_TO.iter().any(|word| clause.ends_with(word))
                && !clause.contains(OTHERS)
                && behind.is_none_or(|c| c == '了' || CLAUSE_END.contains(&c))
                && q.value > value
        });
        let Some(n) = later else { return };
        let (start, end, value) = (self.numbers[n].start, self.numbers[n].end, self.numbers[n].value);
        self.claimed[n] = Some(Harm::Dead);
        self.push(Harm::Dead, value, true, start, end);
        if let Some(fact) = self.facts.last_mut() {
            fact.revised = true;
        }
    }

    /// 五个人…，只有一个爬上来: the others are missing, or dead where the few live.
    pub(super) fn left_behind(&mut self) {
        if self.facts.iter().any(|fact| fact.counted && matches!(fact.harm, Harm::Dead | Harm::Missing)) {
            return;
        }
        for n in 1..self.numbers.len() {
            let (base, few) = (&self.numbers[n - 1], &self.numbers[n]);
            let people = |unit: Unit| matches!(unit, Unit::Person | Unit::Thing);
            let persons = people(base.unit) && people(few.unit);
            if !persons || few.value >= base.value || self.claimed[n - 1].is_some() {
                continue;
            }
            let before = &self.sentence[base.end..few.start];
            let clause = before.rsplit(CLAUSE_END).next().unwrap_or("");
            let rest = &self.sentence[few.end..];
            let behind = &rest[..rest.find(CLAUSE_END).unwrap_or(rest.len())];
            let said =
                |words: &[&str]| words.iter().any(|word| tail(clause, 6).contains(word) || behind.contains(word));
            let harm = if said(&LIVING) { Harm::Dead } else { Harm::Missing };
            if ONLY.iter().any(|word| clause.contains(word)) && (harm == Harm::Dead || said(&CAME_OUT)) {
                let (start, end, value) = (base.start, few.end, base.value - few.value);
                self.push(harm, value, true, start, end);
                if let Some(fact) = self.facts.last_mut() {
                    // 活着上来的就八个 says by itself that the others are dead.
                    fact.inferred = harm == Harm::Missing || !behind_or_before_lives(clause, behind);
                }
                return;
            }
        }
    }

    /// 车上5人，无一生还: everybody of the clauses before, else of the sentence before.
    pub(super) fn all(&mut self, mark: Mark, harm: Harm, before: &str) -> bool {
        let base = (0..self.numbers.len()).rev().find(|n| {
            let q = &self.numbers[*n];
            matches!(q.unit, Unit::Person | Unit::Thing)
                && q.end <= mark.start
                && q.bounded.is_none()
                && !matches!(self.claimed[*n], Some(Harm::Dead | Harm::Rescued | Harm::Evacuated | Harm::LightlyHurt))
        });
        let clause = &before[before.rfind(CLAUSE_END).map_or(0, |at| at)..];
        let (value, start, found) = match (self.the_others(clause, mark.start), base) {
            (Some((value, start)), _) => (value, start, false),
            (None, Some(n)) => {
                let found = self.claimed[n] == Some(Harm::Missing);
                self.claimed[n] = Some(harm);
                (self.numbers[n].value, self.numbers[n].start, found && harm == Harm::Dead)
            }
            (None, None) if before.ends_with("双双") => (2.0, mark.start, false),
            (None, None) => match self.spoken_of {
                Some(value) => (value, mark.start, false),
                None => return false,
            },
        };
        self.push(harm, value, true, start, mark.end);
        let soft = self.is_soft(mark);
        if let Some(fact) = self.facts.last_mut() {
            fact.found = found;
            fact.soft = soft;
        }
        true
    }

    /// `3名工人和1名司机遇难`: what stands joined before a number counts with it.
    pub(super) fn joined(&mut self, last: usize, harm: Harm) -> f64 {
        let (mut sum, mut next) = (0.0, last);
        while next > 0 {
            let (a, b) = (&self.numbers[next - 1], &self.numbers[next]);
            let gap = &self.sentence[a.end..b.start];
            let joins = ["和", "、", "及", "与", "以及"].iter().any(|word| gap.ends_with(word));
            let inside = |mark: &Mark| mark.start >= a.end && mark.end <= b.start;
            let plain = gap.chars().count() <= 6 && !self.marks.iter().any(inside);
            if a.unit != Unit::Person || !joins || !plain || self.claimed[next - 1].is_some() {
                break;
            }
            sum += a.value;
            self.claimed[next - 1] = Some(harm);
            next -= 1;
        }
        let before = &self.sentence[..self.numbers[next].start];
        let join = ["以及", "和", "及", "与", "、", "加"].iter().find_map(|word| before.strip_suffix(word));
        // 教练和两名学员身亡: whoever has no number is one more.
        let alone = join.is_some_and(|who| {
            let counted = next > 0 && who.len() - self.numbers[next - 1].end.min(who.len()) <= COUNTED_BEFORE_BYTES;
            BESIDE_OTHERS.iter().any(|one| who.ends_with(one)) && !counted
        });
        if alone { sum + 1.0 } else { sum }
    }

    /// 数了十四具: bodies that are counted, though nobody calls them so.
    pub(super) fn bodies(&mut self) {
        const LAID_OUT: [&str; 9] = ["摆", "抬", "捞", "拉", "挖", "运", "数", "停着", "盖着"];
        for n in 0..self.numbers.len() {
            let q = &self.numbers[n];
            let (start, end, value) = (q.start, q.end, q.value);
            let ends = self.sentence[end..].chars().next().is_none_or(|c| CLAUSE_END.contains(&c));
            let laid = LAID_OUT.iter().any(|word| self.sentence.contains(word));
            if q.unit == Unit::Body && self.claimed[n].is_none() && ends && laid && self.sentence[..end].ends_with('具')
            {
                self.claimed[n] = Some(Harm::Dead);
                self.push(Harm::Dead, value, true, start, end);
                if let Some(fact) = self.facts.last_mut() {
                    fact.inferred = true;
                }
            }
        }
    }
}
