//! What a sentence takes back, puts right, or tells the end of: `不是死了五个，是两个`; `3人失联，已全部联系上`.

use super::super::grammar::{CLAUSE_END, not_so};
use super::super::quantity::{Quantity, Unit};
use super::{Harm, Reading};

/// Who was missing and is no longer.
const BACK: [&str; 8] = ["联系上", "平安", "安全返回", "脱险", "获救", "返回", "回家", "取得联系"];
/// How far behind the missing that is said, in characters.
const BACK_CHARS: usize = 10;

impl Reading<'_> {
    /// 不是死了五个，是两个; “8死”不对: a number that its own sentence takes back, and the one that it puts in its place.
    pub(super) fn taken_back(&mut self, n: usize, harm: Harm) -> bool {
        let mark = self.marks[n];
        let (start, end, number) = match (self.left(n, harm), self.right(n, harm)) {
            (_, Some(r)) => (mark.start, self.numbers[r].end, Some(r)),
            (Some(l), None) => (self.numbers[l].start.min(mark.start), mark.end, Some(l)),
            (None, None) => (mark.start, mark.end, None),
        };
        if !not_so(&self.sentence[..start], &self.sentence[end..]) {
            return false;
        }
        if let Some(number) = number {
            self.claimed[number] = Some(harm);
            self.put_right(end, harm);
        }
        true
    }

    /// 不是两个人没了，是四个: behind a number that is taken back, the one that is right.
    fn put_right(&mut self, from: usize, harm: Harm) {
        let sentence = self.sentence;
        let right = (0..self.numbers.len()).find(|n| {
            let q = &self.numbers[*n];
            if q.start < from
                || self.claimed[*n].is_some()
                || !matches!(q.unit, Unit::Person | Unit::Thing | Unit::Bare)
            {
                return false;
            }
            let clause = sentence[from..q.start].rsplit(CLAUSE_END).next().unwrap_or("");
            let behind = sentence[q.end..].chars().next();
            ["是", "有", "应该是", "实际", "现在", "确实是"].iter().any(|word| clause.ends_with(word))
                && behind.is_none_or(|c| c == '了' || c == '人' || CLAUSE_END.contains(&c))
        });
        let Some(n) = right else { return };
        let (start, end, value) = (self.numbers[n].start, self.numbers[n].end, self.numbers[n].value);
        self.claimed[n] = Some(harm);
        self.push(harm, value, true, start, end);
        if let Some(fact) = self.facts.last_mut() {
            fact.revised = true;
        }
    }

    /// 本来说三个没了，后来才弄清楚是一个: what was found out takes the place of what was said.
    pub(super) fn found_out(&mut self) {
        const SAID: [&str; 9] = ["说", "传", "以为", "报的", "报是", "讲", "当初", "起初", "开始"];
        const FOUND_OUT: [&str; 16] = [
            "其实",
            "弄清",
            "告诉",
            "核实",
            "后来",
            "实际",
            "民警",
            "警察",
            "医生",
            "通报",
            "官方",
            "搞清",
            "才知道",
            "原来",
            "现在定",
            "最后",
        ];
        let Some(dead) = self.facts.iter().rfind(|fact| fact.harm == Harm::Dead && fact.counted) else { return };
        let (from, start) = (dead.end, dead.start);
        if !SAID.iter().any(|word| self.sentence[..start].contains(word)) {
            return;
        }
        let right = (0..self.numbers.len()).find(|n| {
            let q = &self.numbers[*n];
            let people = matches!(q.unit, Unit::Person | Unit::Thing);
            if q.start < from || self.claimed[*n].is_some() || !people {
                return false;
            }
            let clause = self.sentence[from..q.start].rsplit(CLAUSE_END).next().unwrap_or("");
            let ends = self.sentence[q.end..].chars().next().is_none_or(|c| CLAUSE_END.contains(&c));
            ends && ["是", "只有", "就"].iter().any(|word| clause.ends_with(word))
                && FOUND_OUT.iter().any(|word| clause.contains(word))
        });
        let Some(n) = right else { return };
        let (start, end, value) = (self.numbers[n].start, self.numbers[n].end, self.numbers[n].value);
        self.claimed[n] = Some(Harm::Dead);
        self.push(Harm::Dead, value, true, start, end);
        if let Some(fact) = self.facts.last_mut() {
            fact.revised = true;
        }
    }

    /// 失联6人中5人返回、1人遇难: of the missing, those whose fate is told are missing no longer.
    pub(super) fn told_of_missing(&mut self) {
        let (sentence, numbers) = (self.sentence, &self.numbers);
        for fact in &mut self.facts {
            if fact.harm != Harm::Missing || !fact.counted {
                continue;
            }
            let near: String = sentence[fact.end..].chars().take(BACK_CHARS).collect();
            let has = |words: &[&str]| words.iter().any(|word| near.contains(word));
            // 3人失联已全部联系上
            if has(&["全部", "均", "都已", "已"]) && has(&BACK) && !has(&["遗体", "遇难", "死亡", "无生命", "其中"])
            {
                fact.value = 0.0;
                continue;
            }
            let of = ["人员中", "者中", "的人中", "人中", "中"];
            if !of.iter().any(|of| near.starts_with(of)) {
                continue;
            }
            let people = |q: &&Quantity| matches!(q.unit, Unit::Person | Unit::Thing) && q.start >= fact.end;
            let told: f64 = numbers.iter().filter(people).map(|q| q.value).sum();
            fact.value = (fact.value - told).max(0.0);
        }
        self.facts.retain(|fact| fact.harm != Harm::Missing || fact.value > 0.0);
    }
}
