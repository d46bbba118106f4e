//! Numbers that no word of harm stands with, and that say how many all the same: `说死了6个，现在已经12个了`;
//! `五个人下井，只有一个爬上来`.

use super::super::grammar::{CLAUSE_END, tail};
use super::super::quantity::Unit;
use super::{Harm, Reading};

/// Right before a number: what it has come to.
const COME_TO: [&str; 12] =
    ["已经", "已", "变成", "变成了", "升到", "涨到", "到了", "成了", "增加到", "已经有", "现在是", "又涨到"];
/// Words that give the number to somebody else.
const OTHERS: [char; 9] = ['伤', '病', '救', '抓', '送', '查', '捐', '来', '去'];
/// Before the number of the few who came out.
const ONLY: [&str; 7] = ["只有", "就", "只", "仅", "唯一", "才", "就剩"];
/// They live.
const LIVING: [&str; 6] = ["活", "生还", "幸存", "剩下", "剩", "捡回"];
/// They came out, so the others did not.
const CAME_OUT: [&str; 8] = ["回来", "逃出", "跑出", "爬上", "爬出", "上来", "出来", "游上"];

impl Reading<'_> {
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
            let persons = base.unit == Unit::Person && matches!(few.unit, Unit::Person | Unit::Thing);
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
                    fact.inferred = true;
                }
                return;
            }
        }
    }
}
