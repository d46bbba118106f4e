//! Facts (事实) of a sudden event: how many dead, hurt, ill, missing, moved, and what it cost. A number belongs to the
//! word that stands with it; which of two neighbours that is, is decided here.

mod cried;
mod listed;
mod rest;
mod uncounted;
mod undone;

use super::grammar::{
    CLAUSE_END, EARLIER, GAP_CHARS_LONG, GAP_CHARS_MAX, GONE, LOST_SIGHT_OF, MORE, REVISED, SEARCH, TERM, linked,
    negated, reaches, tail,
};
use super::group::groups;
use super::quantity::{Bound, Quantity, Unit, quantities};
use super::words::{Class, Mark};
pub use cried::cried;

/// Whether people are named right behind: 遇难者名单公布:…
fn right_names(numbers: &[Quantity], from: usize) -> bool {
    numbers.iter().any(|q| q.unit == Unit::Person && q.start > from && q.start <= from + NAMED_BEHIND_BYTES)
}

/// How far behind 遇难者 its list of names may begin.
const NAMED_BEHIND_BYTES: usize = 24;
/// 由昨晚的4人增加到6人: how long the words before the number it rose from may be, in characters.
const FROM_CHARS_MAX: usize = 6;
/// What may be gone without anybody's death.
const NO_SUBJECTS: [&str; 36] = [
    "头发", "眉毛", "睫毛", "手指", "指头", "指甲", "牙", "牙齿", "腿", "胳膊", "皮", "衣服", "裤子", "鞋", "房子",
    "屋子", "家当", "家", "车", "货", "钱", "庄稼", "路", "桥", "电", "水", "气", "信号", "网", "工作", "希望", "影",
    "味", "声", "机会", "粮食",
];
/// Who is out of reach because he owes: 老板失联, no event.
const OWES: [&str; 8] = ["老板", "店主", "商家", "房东", "负责人", "法人", "包工头", "开发商"];
/// Where people are held: 电梯里困了12个人.
const HELD_IN: [&str; 27] = [
    "电梯",
    "轿厢",
    "缆车",
    "吊厢",
    "吊箱",
    "索道",
    "摩天轮",
    "过山车",
    "跳楼机",
    "井",
    "洞",
    "隧道",
    "山",
    "崖",
    "车厢",
    "车里",
    "车内",
    "楼顶",
    "屋顶",
    "船",
    "水",
    "岛",
    "地下",
    "冷库",
    "仓",
    "罐",
    "升降机",
];
/// Three coffins are three dead beside an accident, and none in a museum.
const BURIED: [&str; 2] = ["棺材", "灵堂"];

/// What happened to the people (or goods) that a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Harm {
    /// 死亡
    Dead,
    /// 重伤
    BadlyHurt,
    /// 受伤, how badly is not said
    Hurt,
    /// 轻伤
    LightlyHurt,
    /// 中毒
    Poisoned,
    /// 呕吐、腹泻
    Ill,
    /// 送医、住院
    Treated,
    /// 失联
    Missing,
    /// 被困
    Trapped,
    /// 获救
    Rescued,
    /// 疏散、转移
    Evacuated,
    /// 堵路的、打架的
    Crowd,
    /// 损失, in yuan
    Loss,
}

/// A fact as one sentence reports it; offsets in bytes of the sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What happened.
    pub harm: Harm,
    /// To how many, at least.
    pub value: f64,
    /// Whether the text gives a number.
    pub counted: bool,
    /// The number has a bound: `3人以上`, as laws write.
    pub bounded: bool,
    /// `增至`: it replaces what was said before.
    pub revised: bool,
    /// `又有`, `另有`: it comes on top of what was said before.
    pub more: bool,
    /// `原通报…`, `此前…`: what a later number of the same text takes back.
    pub earlier: bool,
    /// It is only passed on (网传): what is known better takes its place.
    pub passed_on: bool,
    /// Nobody says it: it follows from those who came back, and counts only beside an accident.
    pub inferred: bool,
    /// Dead who had been missing: those are missing no longer.
    pub found: bool,
    /// 去世, 走了: a death only beside an accident.
    pub soft: bool,
    /// 出人命了: the word alone reports it.
    pub bare: bool,
    /// Where its words begin.
    pub start: usize,
    /// One past their end.
    pub end: usize,
}

fn harm_of(class: Class) -> Option<Harm> {
    use Class::*;
    Some(match class {
        Dead | DeadBare | DeadOf | DeadWeak | DeadNoun | Funeral | Body | DeadAll | ShortDead => Harm::Dead,
        Badly => Harm::BadlyHurt,
        Light => Harm::LightlyHurt,
        Class::Hurt | HurtOf | ShortHurt => Harm::Hurt,
        Class::Poisoned | FoodPoison => Harm::Poisoned,
        Class::Ill | Case => Harm::Ill,
        Class::Treated => Harm::Treated,
        Class::Missing => Harm::Missing,
        Class::Trapped | TrappedOf => Harm::Trapped,
        Class::Rescued => Harm::Rescued,
        Class::Evacuated => Harm::Evacuated,
        Class::Crowd => Harm::Crowd,
        Class::Loss => Harm::Loss,
        _ => return None,
    })
}

/// Reads one sentence.
pub struct Reading<'a> {
    sentence: &'a str,
    marks: Vec<Mark>,
    numbers: Vec<Quantity>,
    claimed: Vec<Option<Harm>>,
    /// The last number of people of the sentence before.
    spoken_of: Option<f64>,
    facts: Vec<Fact>,
}

/// Every fact of a sentence without blanks, in order, and the last number of people that it speaks of; `marks` with
/// offsets of the sentence.
pub fn of_sentence(sentence: &str, marks: &[Mark], spoken_of: Option<f64>) -> (Vec<Fact>, Option<f64>) {
    let mut numbers = quantities(sentence);
    groups(sentence, &mut numbers);
    listed::listed_people(sentence, marks, &mut numbers);
    let claimed = vec![None; numbers.len()];
    // 一车人十三口，半道翻水库里，全完了: said of people it is their death.
    let people = numbers.iter().any(|q: &Quantity| q.unit == Unit::Person);
    let ended = |mark: &Mark| match mark.class {
        Class::DisasterHarm if people && sentence[mark.start..mark.end] == *"全完了" => {
            Mark { class: Class::DeadWeak, ..*mark }
        }
        _ => *mark,
    };
    let marks = marks.iter().map(ended).filter(|mark| harm_of(mark.class).is_some()).collect();
    let mut reading = Reading { sentence, marks, numbers, claimed, spoken_of, facts: Vec::new() };
    reading.lives();
    for n in 0..reading.marks.len() {
        reading.read(n);
    }
    reading.crowds();
    reading.totals();
    reading.come_to();
    reading.rose();
    reading.found_out();
    reading.left_behind();
    reading.bodies();
    reading.told_of_missing();
    let last = reading.numbers.iter().rev().find(|q| matches!(q.unit, Unit::Person | Unit::Thing)).map(|q| q.value);
    let mut facts = reading.facts;
    facts.sort_by_key(|fact| (fact.start, fact.end, fact.harm));
    (facts, last)
}

impl Reading<'_> {
    fn push(&mut self, harm: Harm, value: f64, counted: bool, start: usize, end: usize) {
        let around = &self.sentence[start..end];
        let before = tail(&self.sentence[..start], 4);
        let revised = REVISED.iter().any(|word| around.contains(word) || before.ends_with(word));
        // 又找到两个，也没气了
        let again = harm == Harm::Dead && before.rsplit(CLAUSE_END).next().is_some_and(|near| near.contains('又'));
        // 两个没了，一个到医院也没了; 一个下午死了，还有两个没挺住
        let near = before.rsplit(CLAUSE_END).next().unwrap_or("");
        let also = harm == Harm::Dead
            && counted
            && (around.contains('也') || ["还有", "另"].iter().any(|word| near.contains(word)));
        let more = again || also || MORE.iter().any(|word| before.ends_with(word) || around.starts_with(word));
        let bounded = self.numbers.iter().any(|q| q.bounded.is_some() && start <= q.start && q.end <= end);
        self.facts.push(Fact {
            harm,
            value,
            counted,
            bounded,
            revised,
            more,
            earlier: EARLIER.iter().any(|word| tail(&self.sentence[..start], 9).contains(word)) && !more,
            passed_on: false,
            inferred: harm == Harm::Missing
                && LOST_SIGHT_OF.iter().any(|word| around.contains(word))
                && !SEARCH.iter().any(|word| self.sentence.contains(word)),
            found: false,
            soft: false,
            bare: false,
            start,
            end,
        });
    }

    fn read(&mut self, n: usize) {
        let mark = self.marks[n];
        let Some(harm) = harm_of(mark.class) else { return };
        let clause = self.sentence[..mark.start].rsplit(CLAUSE_END).next().unwrap_or("");
        let mourned = harm == Harm::Missing
            && ["默哀", "哀悼", "悼念", "殡仪馆", "太平间"].iter().any(|word| self.sentence.contains(word));
        let gone = mourned || self.never_back(mark, clause);
        let harm = if gone { Harm::Dead } else { harm };
        let told = self.facts.len();
        self.read_as(n, harm);
        if gone {
            let sure = mourned || self.far_below();
            self.facts[told..].iter_mut().for_each(|fact| fact.inferred |= !sure);
        }
    }

    fn read_as(&mut self, n: usize, harm: Harm) {
        let mark = self.marks[n];
        let (before, after) = (&self.sentence[..mark.start], &self.sentence[mark.end..]);
        let short = matches!(mark.class, Class::ShortDead | Class::ShortHurt);
        if self.taken_back(n, harm) {
            return;
        }
        // 都快被老板逼死了
        let nearly = tail(before, 6).contains('快') && matches!(mark.class, Class::DeadOf | Class::DeadWeak);
        let listed = after.starts_with("名单") && right_names(&self.numbers, mark.end);
        let term = TERM.iter().any(|term| after.starts_with(term)) && !listed;
        if nearly || negated(before) && mark.class != Class::DeadAll || term || self.bounded_before(mark) {
            return;
        }
        if self.facts.iter().any(|fact| fact.start <= mark.start && mark.end <= fact.end && fact.harm == harm) {
            return;
        }
        // 四个人烧得头发都没了: hair is no person.
        let part = mark.class == Class::DeadWeak && self.sentence[mark.start..].starts_with('没') && {
            let subject = before.trim_end_matches(['都', '全', '也', '就', '已', '经', '快']);
            !subject.ends_with("半路") && NO_SUBJECTS.iter().any(|word| subject.ends_with(word))
        };
        if part {
            return;
        }
        let left = self.left(n, harm);
        let right = self.right(n, harm);
        // 10死0伤: the zero is the next word's.
        if right.is_some_and(|r| self.numbers[r].value < 1.0) && !(short && left.is_some()) {
            return;
        }
        if mark.class == Class::TrappedOf
            && !(HELD_IN.iter().any(|place| self.sentence.contains(place)) && (left.is_some() || right.is_some()))
        {
            return;
        }
        // 迷路, 走散: an event where somebody looks for them.
        let astray = ["迷", "走散"].iter().any(|word| self.sentence[mark.start..].starts_with(word));
        if mark.class == Class::Trapped && astray && !SEARCH.iter().any(|word| self.sentence.contains(word)) {
            return;
        }
        let takes_right = match (left, right) {
            (None, Some(r)) => !self.belongs_to_dead(n, r, harm),
            (None, None) => false,
            (Some(_), None) => false,
            (Some(l), Some(r)) => self.belongs_right(n, l, r),
        };
        if takes_right && let Some(r) = right {
            self.claimed[r] = Some(harm);
            let (value, end) = (self.numbers[r].value, self.numbers[r].end);
            self.push(harm, value, true, mark.start, end);
            if let Some(fact) = self.facts.last_mut() {
                let listed = fact.value >= 2.0 && self.sentence[mark.start..mark.end].ends_with(['是', '有']);
                fact.soft =
                    mark.class == Class::DeadWeak && self.sentence[mark.start..].starts_with(['没', '走']) && !listed
                        || mark.class == Class::Funeral
                        || mark.class == Class::Body && BURIED.contains(&&self.sentence[mark.start..mark.end]);
            }
        } else if let Some(l) = left {
            self.take_left(l, harm, mark);
        } else if !short && !self.bounded_behind(mark) {
            self.uncounted(mark, harm);
        }
    }

    /// 死亡3人以下: a criterion, also where nothing else says so.
    fn bounded_behind(&self, mark: Mark) -> bool {
        let next = self.numbers.iter().find(|q| q.start >= mark.end);
        next.is_some_and(|q| q.bounded.is_some() && linked(&self.sentence[mark.end..q.start]))
    }

    /// 造成3人以上10人以下死亡: a criterion too.
    fn bounded_before(&self, mark: Mark) -> bool {
        let between = |q: &Quantity| self.sentence.get(q.end..mark.start).unwrap_or("-");
        self.numbers.iter().any(|q| q.bounded == Some(Bound::Below) && ["", "以下", "及以下"].contains(&between(q)))
    }

    fn take_left(&mut self, l: usize, harm: Harm, mark: Mark) {
        let start = self.numbers[l].start;
        if negated(&self.sentence[..start]) && !self.sentence[..start].ends_with("不") {
            return;
        }
        let found = harm == Harm::Dead && self.claimed[l] == Some(Harm::Missing);
        self.claimed[l] = Some(harm);
        let value = self.numbers[l].value + self.joined(l, harm);
        self.push(harm, value, true, start, mark.end);
        let soft = self.is_soft(mark);
        if let Some(fact) = self.facts.last_mut() {
            fact.found = found;
            fact.soft = soft;
        }
    }

    /// 走了 and 去世 are deaths only beside an accident; 死了 and 没了, said of counted people, are.
    fn is_soft(&self, mark: Mark) -> bool {
        let word = &self.sentence[mark.start..mark.end];
        let before = &self.sentence[..mark.start];
        // 拉上来五个，都凉透了: nobody hauls up what has merely gone cold.
        if word.contains("凉") && ["拉", "捞", "抬", "挖", "扒", "拖"].iter().any(|verb| before.contains(verb)) {
            return false;
        }
        mark.class == Class::Funeral
            || mark.class == Class::Body && BURIED.contains(&&self.sentence[mark.start..mark.end])
            || mark.class == Class::DeadWeak
                && !self.sentence[mark.start..mark.end]
                    .starts_with(['死', '没', '饿', '冻', '热', '渴', '烧', '闷', '呛', '淹'])
    }

    fn unit_fits(&self, n: usize, mark: Mark, harm: Harm, gap: &str) -> bool {
        let q = &self.numbers[n];
        match q.unit {
            Unit::Yuan => harm == Harm::Loss,
            _ if harm == Harm::Loss => q.value >= 1e4 && q.unit != Unit::Person,
            Unit::Person => true,
            // 三家一起出殡: one of each at least.
            Unit::Household => harm == Harm::Evacuated || mark.class == Class::Funeral,
            Unit::Thing => gap.chars().count() <= 4 || harm != Harm::Missing,
            Unit::Bare => {
                mark.class != Class::DeadWeak && (gap.is_empty() || gap.ends_with([':', '至', '到', '为', '的']))
            }
            Unit::Body => harm == Harm::Dead,
            Unit::Times | Unit::Other => false,
        }
    }

    /// The free number before a word, if it reaches.
    fn left(&self, n: usize, harm: Harm) -> Option<usize> {
        let mark = self.marks[n];
        let l = (0..self.numbers.len()).rev().find(|l| {
            let q = &self.numbers[*l];
            // 三个人都没了, where 人都没了 is the word.
            let shared = self.sentence[mark.start..].starts_with('人') && q.end == mark.start + '人'.len_utf8();
            // 三位亲人在同一家化工厂…身亡: 一家 counts nobody.
            let aside = harm == Harm::Dead
                && matches!(q.unit, Unit::Other | Unit::Household | Unit::Yuan | Unit::Times)
                && !self.unit_fits(*l, mark, harm, "");
            !aside && q.end <= mark.start || shared || q.unit == Unit::Body && q.end == mark.end
        })?;
        let q = &self.numbers[l];
        let gap = self.sentence.get(q.end..mark.start).unwrap_or("");
        // 4人因热水器使用不当中毒死亡: the story of those who were counted goes on right behind its last word.
        let told =
            self.facts.iter().filter(|fact| fact.start == q.start && fact.end <= mark.start).map(|fact| fact.end);
        let chained =
            told.max().and_then(|end| self.sentence.get(end..mark.start)).filter(|rest| rest.chars().count() <= 4);
        let gap = chained.unwrap_or(gap);
        let between = |other: &Mark| other.start >= q.end && other.end <= mark.start;
        let reach = match mark.class {
            Class::DeadWeak => 7,
            Class::Funeral => 4,
            // 三位亲人在同一家化工厂检修储罐时窒息身亡: nothing else stands between.
            Class::Dead if !self.marks.iter().any(between) => GAP_CHARS_LONG,
            _ => GAP_CHARS_MAX,
        };
        let free = match self.claimed[l] {
            None => true,
            Some(by) if by == harm => matches!(harm, Harm::Dead | Harm::Ill),
            // 3人送医后不治, 5人被埋后遇难: the end of the story counts.
            Some(Harm::Treated | Harm::Trapped | Harm::Missing | Harm::Hurt | Harm::Ill | Harm::Poisoned) => {
                matches!(harm, Harm::Dead) && self.claimed_before(l, mark.start)
                    || matches!(harm, Harm::Treated | Harm::Ill | Harm::Hurt | Harm::BadlyHurt | Harm::Poisoned)
            }
            Some(_) => false,
        };
        let base = ["中", "里", "当中", "之中"].iter().any(|word| gap.starts_with(word));
        let short = matches!(mark.class, Class::ShortDead | Class::ShortHurt);
        // 一死了之: the short form is followed by its like, or by nothing.
        let behind = self.sentence[mark.end..].chars().next();
        if short
            && q.unit == Unit::Bare
            && !self.sentence[q.start..q.end].ends_with(|c: char| c.is_ascii_digit())
            && behind.is_some_and(|c| {
                !CLAUSE_END.contains(&c) && !c.is_ascii_digit() && !"、一二两三四五六七八九十数多伤失重轻".contains(c)
            })
        {
            return None;
        }
        let noun = matches!(mark.class, Class::DeadNoun);
        let fits = free
            && !base
            && q.value >= 1.0
            && q.bounded != Some(Bound::Below)
            && self.unit_fits(l, mark, harm, gap)
            && (!short || gap.is_empty())
            && (!noun || gap.chars().count() <= 1)
            && reaches(gap, reach);
        fits.then_some(l)
    }

    /// Whether a number was claimed by a word between it and `at`, so that a later word may go on with the story.
    fn claimed_before(&self, l: usize, at: usize) -> bool {
        let start = self.numbers[l].start;
        self.facts.iter().any(|fact| fact.start == start && fact.end <= at)
    }

    /// The free number behind a word, if it is linked to it.
    fn right(&self, n: usize, harm: Harm) -> Option<usize> {
        let mark = self.marks[n];
        let mut r = (0..self.numbers.len()).find(|r| self.numbers[*r].start >= mark.end)?;
        let mut gap = &self.sentence[mark.end..self.numbers[r].start];
        // 遇难人数由2人上升到5人: what it rose to.
        let from = gap.rfind(['由', '从']).filter(|at| gap[*at..].chars().count() <= FROM_CHARS_MAX);
        if let Some(shorter) = from.map(|at| &gap[..at])
            && let Some(next) = self.numbers.get(r + 1)
            && linked(&self.sentence[self.numbers[r].end..next.start])
        {
            gap = shorter;
            r += 1;
        }
        let q = &self.numbers[r];
        // 牺牲几万业主的健康 is no death either.
        let given = self.sentence[mark.start..mark.end].starts_with("牺牲");
        if given && self.sentence[q.end..].starts_with(|c: char| !CLAUSE_END.contains(&c) && c != '、') {
            return None;
        }
        // 走了三个 is no death, unless it says nothing more and an accident stands beside it (it is soft).
        let gone = self.sentence[mark.start..mark.end] == *"走了" && matches!(q.unit, Unit::Person | Unit::Thing) && {
            let rest = &self.sentence[q.end..];
            let rest = GONE.iter().find_map(|who| rest.strip_prefix(who)).unwrap_or(rest);
            let rest = rest.strip_prefix('了').unwrap_or(rest);
            rest.chars().next().is_none_or(|c| CLAUSE_END.contains(&c))
        };
        // 没的是王师傅和他儿子
        let told = ["的是", "的有"].iter().any(|word| self.sentence[mark.start..mark.end].ends_with(word));
        if mark.class == Class::DeadWeak
            && !gone
            && !told
            && !self.sentence[mark.start..mark.end]
                .starts_with(['死', '牺', '去', '猝', '饿', '冻', '热', '病', '没', '逝'])
        {
            return None;
        }
        let short = matches!(mark.class, Class::ShortDead | Class::ShortHurt);
        let fits = self.claimed[r].is_none()
            && q.bounded != Some(Bound::Below)
            && self.unit_fits(r, mark, harm, if q.unit == Unit::Bare { "" } else { gap })
            && if short {
                gap.is_empty() || gap == "了" || gap == ":"
            } else {
                linked(gap) || self.named_group(n, gap)
            };
        fits.then_some(r)
    }

    /// 转移危险区域人员2.1万人, 损失经评估为…: who was moved, and how a loss was found, is said in many words.
    fn named_group(&self, n: usize, gap: &str) -> bool {
        let wide = matches!(self.marks[n].class, Class::Evacuated | Class::Loss);
        let next = self.marks.get(n + 1).map_or(usize::MAX, |next| next.start);
        wide && reaches(gap, 10) && next >= self.marks[n].end + gap.len()
    }

    /// Of a number on each side, whether the right one is meant.
    fn belongs_right(&self, n: usize, l: usize, r: usize) -> bool {
        let mark = self.marks[n];
        let gap = self.sentence.get(self.numbers[l].end..mark.start).unwrap_or("");
        if matches!(mark.class, Class::DeadOf | Class::HurtOf) {
            return !gap.contains('被') && !gap.contains('遭');
        }
        if self.claimed[l].is_some() {
            return true;
        }
        // 3人死亡5人受伤: the right one has a fate of its own behind it, unless that has a number of its own too.
        let q = &self.numbers[r];
        let Some(next) = self.marks[n + 1..].iter().find(|next| next.start >= q.end) else { return true };
        let to_next = &self.sentence[q.end..next.start];
        let own = self.numbers.get(r + 1).is_some_and(|own| {
            own.start >= next.end && linked(&self.sentence[next.end..own.start]) && own.unit != Unit::Other
        });
        own || !reaches(to_next, 6)
    }

    /// 中毒已有11人死亡: the number is the next word's.
    fn belongs_to_dead(&self, n: usize, r: usize, harm: Harm) -> bool {
        let q = &self.numbers[r];
        let next = self.marks[n + 1..].iter().find(|next| next.start >= q.end);
        next.is_some_and(|next| {
            let own = self.numbers.get(r + 1).is_some_and(|own| {
                own.start >= next.end && linked(&self.sentence[next.end..own.start]) && own.unit != Unit::Other
            });
            harm != Harm::Dead
                && harm_of(next.class) == Some(Harm::Dead)
                && !own
                && reaches(&self.sentence[q.end..next.start], 4)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::EventWords;
    use super::*;

    fn found(sentence: &str) -> Vec<(Harm, f64)> {
        let marks = EventWords::default().marks(sentence);
        of_sentence(sentence, &marks, None).0.into_iter().filter(|f| f.counted).map(|f| (f.harm, f.value)).collect()
    }

    #[test]
    fn numbers_find_their_words() {
        use Harm::*;
        for (sentence, facts) in [
            ("造成3人死亡、12人受伤", vec![(Dead, 3.0), (Hurt, 12.0)]),
            ("死亡3人，重伤5人，轻伤12人", vec![(Dead, 3.0), (BadlyHurt, 5.0), (LightlyHurt, 12.0)]),
            ("死亡3人受伤5人", vec![(Dead, 3.0), (Hurt, 5.0)]),
            ("3人死亡5人受伤", vec![(Dead, 3.0), (Hurt, 5.0)]),
            ("致3死12伤", vec![(Dead, 3.0), (Hurt, 12.0)]),
            ("死3伤2", vec![(Dead, 3.0), (Hurt, 2.0)]),
            ("两死三伤", vec![(Dead, 2.0), (Hurt, 3.0)]),
            ("确诊440例死亡9例", vec![(Ill, 440.0), (Dead, 9.0)]),
            ("住院治疗的十五人中重伤九人", vec![(BadlyHurt, 9.0)]),
            ("遇难人数上升至36人", vec![(Dead, 36.0)]),
            ("死者增至3人", vec![(Dead, 3.0)]),
            ("3名工人和1名司机不幸遇难", vec![(Dead, 4.0)]),
            ("疏散群众六千余人", vec![(Evacuated, 6000.0)]),
            ("直接经济损失约3000万元", vec![(Loss, 3e7)]),
            ("30人的大巴翻车致3人死亡", vec![(Dead, 3.0)]),
            ("无人员死亡", vec![]),
            ("未造成人员伤亡", vec![]),
            ("死亡0人", vec![]),
            ("夺走3条人命", vec![(Dead, 3.0)]),
            ("5个月内3人死亡", vec![(Dead, 3.0)]),
            ("第3人死亡", vec![]),
            ("车上4人无一生还", vec![(Dead, 4.0)]),
            ("面包车里4个全没了", vec![(Dead, 4.0)]),
            ("抬出来七八个，都盖着白布", vec![(Treated, 7.0), (Dead, 7.0)]),
            ("一男子持刀砍死3人", vec![(Dead, 3.0)]),
            ("司机张某、乘客李某和王某当场死亡", vec![(Dead, 3.0)]),
            ("死者为张某、李某、王某", vec![(Dead, 3.0)]),
            ("13人死亡3人", vec![(Dead, 3.0)]),
        ] {
            assert_eq!(found(sentence), facts, "{sentence}");
        }
    }
}
