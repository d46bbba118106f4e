//! Numbers that no word of harm stands with, and that say how many all the same: `说死了6个，现在已经12个了`;
//! `五个人下井，只有一个爬上来`.

use super::super::grammar::{BESIDE_OTHERS, CLAUSE_END, LOST, SEARCH, tail};
use super::super::quantity::{Bound, Quantity, Unit};
use super::super::words::{Class, Mark};
use super::{Harm, Reading, harm_of};

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

/// Between a fate and 从八个变成十一个 behind it, in characters.
const RISE_CHARS_MAX: usize = 6;
/// Right before a number that sums up what was told: …食物中毒，医院统计是112个孩子.
const SUMMED_UP: [&str; 30] = [
    "统计是",
    "统计有",
    "统计",
    "一共",
    "总共",
    "共有",
    "共",
    "共计",
    "合计",
    "累计",
    "目前有",
    "目前",
    "已有",
    "已经有",
    "加起来有",
    "加起来",
    "涉及",
    "人数是",
    "人数为",
    "人数",
    "达到",
    "达",
    "说是",
    "说有",
    "足足",
    "整整",
    "大概",
    "大约",
    "不下",
    "将近",
];
/// Between such a word and its number: what they did, or what became of them.
const TOTAL_VERBS: [&str; 14] =
    ["走了", "撤了", "转了", "撤出", "转出", "接出", "接走", "住了", "送了", "倒了", "收了", "没了", "死了", "走"];
/// The same before a sum of money.
const PRICED: [&str; 12] = ["有", "值", "约", "估计", "超", "超过", "至少", "近", "初步", "保守估计", "不少于", "为"];
/// Nouns behind such a number, in characters.
const SUMMED_NOUN_CHARS: usize = 5;
/// Between a number and the comma behind which `也没气了` follows, in characters.
const THOSE_NOUN_CHARS: usize = 4;
/// Words of a search that goes on: whoever did not come back may yet be found.
const GOING_ON: [&str; 12] =
    ["失联", "联系", "搜", "下落", "救援", "困", "打捞", "寻找", "还在", "仍在", "正在", "目前"];
/// Places from which nobody comes back by chance.
const DEEP: [&str; 22] = [
    "水", "河", "江", "湖", "塘", "井", "矿", "窖", "火", "楼", "塌", "船", "池", "洞", "海", "窑", "坑", "罐", "渠",
    "库", "坝", "浪",
];
/// A smaller sum that burnt is no event's loss.
const BURNT_MIN_YUAN: f64 = 1e6;
/// Where the dead are brought.
const MORTUARY: [&str; 4] = ["殡仪馆", "太平间", "火葬场", "停尸房"];

/// 活着上来的就八个, 只活下来5个: said of people in danger, and of nobody else.
fn behind_or_before_lives(clause: &str, behind: &str) -> bool {
    ["活着", "活下来", "活的", "活了", "生还", "幸存"].iter().any(|word| clause.contains(word) || behind.contains(word))
}

impl Reading<'_> {
    /// `夺走3条人命`
    pub(super) fn lives(&mut self) {
        for n in 0..self.numbers.len() {
            let q = &self.numbers[n];
            let shown = &self.sentence[q.start..q.end];
            let of_a_cat = q.value == 9.0 && self.sentence.contains('猫');
            let lives =
                q.unit == Unit::Person && !of_a_cat && ["命", "鲜活", "年轻"].iter().any(|word| shown.ends_with(word));
            // 三条人命啊: the cry ends the sentence; one life alone is a figure of speech.
            let cried = q.value >= 2.0 && self.sentence[q.end..].chars().count() <= 1;
            let told = self.marks.iter().any(|mark| harm_of(mark.class) == Some(Harm::Dead));
            let lost = cried || q.value >= 2.0 && told || LOST.iter().any(|word| self.sentence.contains(word));
            // 名单刚贴出来，36个名字
            let named = q.unit == Unit::Person && shown.ends_with("名字") && self.sentence.contains("名单");
            if named && !told {
                let (start, end, value) = (q.start, q.end, q.value);
                self.claimed[n] = Some(Harm::Dead);
                self.push(Harm::Dead, value, true, start, end);
                if let Some(fact) = self.facts.last_mut() {
                    fact.inferred = true;
                }
                continue;
            }
            if lives && q.bounded.is_none() && lost {
                let (start, end) = (q.start, q.end);
                self.claimed[n] = Some(Harm::Dead);
                self.push(Harm::Dead, self.numbers[n].value, true, start, end);
            }
        }
    }

    /// 集体食物中毒，到晚上九点统计是112个孩子: a number that a later clause sums up is the last word's, where that has none.
    pub(super) fn totals(&mut self) {
        for n in 0..self.numbers.len() {
            let q = &self.numbers[n];
            let (start, end, value) = (q.start, q.end, q.value);
            let Some(mark) = self.marks.iter().rfind(|mark| mark.end <= start).copied() else { continue };
            let Some(harm) = harm_of(mark.class) else { continue };
            let gap = &self.sentence[mark.end..start];
            let clause = gap.rsplit(CLAUSE_END).next().unwrap_or("");
            // 到天亮一共走了一万两千多人
            let clause = TOTAL_VERBS.iter().find_map(|verb| clause.strip_suffix(verb)).unwrap_or(clause);
            let clause = ["报告", "报告了", "出现", "发现", "收治", "接诊"]
                .iter()
                .find_map(|verb| clause.strip_suffix(*verb))
                .unwrap_or(clause);
            let summed = SUMMED_UP.iter().any(|word| clause.ends_with(word))
                || harm == Harm::Dead && COME_TO.iter().any(|word| clause.ends_with(word));
            let priced = harm == Harm::Loss && (summed || PRICED.iter().any(|word| clause.ends_with(word)));
            let fits = match q.unit {
                Unit::Person | Unit::Thing if harm == Harm::Crowd => value >= 2.0,
                Unit::Person | Unit::Thing => {
                    summed && {
                        use Harm::*;
                        matches!(harm, Poisoned | Ill | Treated | Dead | Evacuated | BadlyHurt | Hurt)
                    }
                }
                Unit::Yuan => priced,
                Unit::Other | Unit::Bare => priced && value >= 1e6,
                _ => false,
            };
            let rest = &self.sentence[end..];
            let noun = rest.find(CLAUSE_END).map_or(rest, |at| &rest[..at]).chars().count();
            let told = |fact: &super::Fact| fact.counted && fact.harm == harm;
            if fits
                && self.claimed[n].is_none()
                && q.bounded != Some(Bound::Below)
                && gap.contains(CLAUSE_END)
                && (noun <= SUMMED_NOUN_CHARS || harm == Harm::Crowd)
                && !self.facts.iter().any(told)
                && !super::negated(&self.sentence[..mark.start])
            {
                self.claimed[n] = Some(harm);
                self.push(harm, value, true, start, end);
            }
        }
    }

    /// 二十来个农民工把大门堵了: the number is theirs, whatever stands between.
    pub(super) fn crowds(&mut self) {
        for n in 0..self.marks.len() {
            let mark = self.marks[n];
            if mark.class != Class::Crowd || self.facts.iter().any(|fact| fact.harm == Harm::Crowd && fact.counted) {
                continue;
            }
            let people =
                |q: &Quantity| matches!(q.unit, Unit::Person | Unit::Thing | Unit::Household) && q.bounded.is_none();
            let near = (0..self.numbers.len()).rev().find(|n| {
                let q = &self.numbers[*n];
                let gap = self.sentence.get(q.end..mark.start).unwrap_or("，");
                people(q) && self.claimed[*n].is_none() && !gap.contains(CLAUSE_END)
            });
            if let Some(l) = near {
                let (start, value) = (self.numbers[l].start, self.numbers[l].value);
                self.claimed[l] = Some(Harm::Crowd);
                self.push(Harm::Crowd, value, true, start, mark.end);
            }
        }
    }

    /// 又找到两个，也没气了: said of those who are counted right before the comma.
    pub(super) fn those(&self, clause: &str, mark: Mark) -> bool {
        let said = clause.trim_start_matches(CLAUSE_END);
        let comma = mark.start - said.len();
        let told = &self.sentence[comma..mark.end];
        let of_them = ["也", "人", "都", "全", "已", "早"].iter().any(|word| told.starts_with(word));
        of_them
            && said.chars().count() <= THOSE_NOUN_CHARS
            && (0..self.numbers.len()).any(|n| {
                let q = &self.numbers[n];
                let gap = self.sentence.get(q.end..comma).unwrap_or("-----").trim_end_matches(CLAUSE_END);
                matches!(q.unit, Unit::Person | Unit::Thing)
                    && self.claimed[n].is_none()
                    && gap.chars().count() <= THOSE_NOUN_CHARS
                    && !gap.contains(CLAUSE_END)
            })
    }

    /// 昨天捞上来一个，今天又捞上来两个，都没气了: those of the clauses before belong to them.
    fn found_before(&mut self, last: usize, harm: Harm) -> (f64, usize) {
        const FOUND: [&str; 8] = ["捞", "挖", "抬", "找到", "扒", "拖", "拉", "搜到"];
        let (mut sum, mut n) = (0.0, last);
        while harm == Harm::Dead && n > 0 {
            let (a, b) = (&self.numbers[n - 1], &self.numbers[n]);
            let clause = |at: usize| self.sentence[..at].rsplit(CLAUSE_END).next().unwrap_or("");
            let between = &self.sentence[a.end..b.start];
            let next = ["又", "还有", "再"].iter().any(|word| between.contains(word))
                || ["昨天", "今天", "今早", "前天", "后来", "下午", "上午", "晚上"]
                    .iter()
                    .any(|word| between.ends_with(word));
            let people = matches!(a.unit, Unit::Person | Unit::Thing | Unit::Body);
            let found = FOUND.iter().any(|word| clause(a.start).contains(word));
            if !(people && found && next) || self.claimed[n - 1].is_some() || between.chars().count() > 10 {
                break;
            }
            sum += a.value;
            self.claimed[n - 1] = Some(harm);
            n -= 1;
        }
        (sum, self.numbers[n].start)
    }

    /// Whether it was in water, below the ground or in a fire.
    pub(super) fn far_below(&self) -> bool {
        DEEP.iter().any(|place| self.sentence.contains(place))
    }

    /// 四个孩子去玩水，一个都没上来: nobody looks for them any more, so they are dead.
    pub(super) fn never_back(&self, mark: Mark, clause: &str) -> bool {
        let word = &self.sentence[mark.start..mark.end];
        let none = ["一个", "没一个", "没有一个", "谁", "全", "都没"].iter().any(|start| word.starts_with(start))
            || OTHERS_LEFT.iter().any(|left| clause.contains(left)) && word.contains('能');
        mark.class == Class::Missing && none && !GOING_ON.iter().chain(&SEARCH).any(|word| self.sentence.contains(word))
    }

    /// 救出来五个，剩下的全没了: of all who were spoken of, those who are left.
    pub(super) fn the_others(&self, clause: &str, before: usize) -> Option<(f64, usize)> {
        OTHERS_LEFT.iter().any(|word| clause.contains(word)).then_some(())?;
        let people: Vec<&Quantity> = self
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
        let (from, value, earlier) = (dead.end, dead.value, dead.earlier);
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
                && (COME_TO.iter().any(|word| clause.ends_with(word)) || clause.is_empty() && earlier)
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

    /// 从9人上调到11人，死亡人数再次更新: what it rose to stands before the word.
    pub(super) fn rose(&mut self) {
        const RISING: [Harm; 6] = [Harm::Dead, Harm::BadlyHurt, Harm::Hurt, Harm::Missing, Harm::Poisoned, Harm::Ill];
        let rising = |mark: &&Mark| harm_of(mark.class).is_some_and(|harm| RISING.contains(&harm));
        let Some(mark) = self.marks.iter().find(rising).copied() else { return };
        let Some(harm) = harm_of(mark.class) else { return };
        if self.facts.iter().any(|fact| fact.harm == harm && fact.counted) {
            return;
        }
        for n in 1..self.numbers.len() {
            let (a, b) = (&self.numbers[n - 1], &self.numbers[n]);
            let people = |unit: Unit| matches!(unit, Unit::Person | Unit::Thing | Unit::Bare);
            let gap = &self.sentence[a.end..b.start];
            let to = ["到", "至", "为", "成"].iter().any(|word| gap.ends_with(word)) && gap.chars().count() <= 5;
            let from = self.sentence[..a.start].ends_with(['从', '由']);
            // 从9人上调到11人，死亡人数…; 重伤员从八个变成十一个
            let near = b.end <= mark.start
                || self.sentence.get(mark.end..a.start).is_some_and(|gap| gap.chars().count() <= RISE_CHARS_MAX);
            if people(b.unit) && to && from && near && self.claimed[n].is_none() {
                let (start, end, value) = (a.start, b.end, b.value);
                self.claimed[n] = Some(harm);
                self.push(harm, value, true, start, end);
                return;
            }
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
                && !matches!(self.claimed[*n], Some(Harm::Dead | Harm::Evacuated | Harm::LightlyHurt))
                // 八个人全找到了，没一个喘气的
                && (self.claimed[*n] != Some(Harm::Rescued) || mark.class == Class::DeadAll)
        });
        let clause = &before[before.rfind(CLAUSE_END).map_or(0, |at| at)..];
        let (value, start, found) = match (self.the_others(clause, mark.start), base) {
            (Some((value, start)), _) => (value, start, false),
            (None, Some(n)) => {
                let found = self.claimed[n] == Some(Harm::Missing);
                self.claimed[n] = Some(harm);
                let (others, start) = self.found_before(n, harm);
                (self.numbers[n].value + others, start, found && harm == Harm::Dead)
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
            // 夫妻二人及其雇工两人: the join may stand first, with who it is between.
            let joins = ["和", "、", "及", "与", "以及"].iter().any(|word| gap.ends_with(word))
                || ["和", "及", "与", "以及", "还有", "加上"].iter().any(|word| gap.starts_with(word));
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

    /// 灵车来了四趟; 帮忙打捞，…一共抬了十三个: whoever is fetched so is dead.
    fn hauled(&mut self) {
        let hearse = self.sentence.contains("灵车");
        let dredged = ["打捞", "捞人", "在捞"].iter().any(|word| self.sentence.contains(word));
        let living = ["救活", "获救", "救起", "救上", "生还", "活着", "鱼", "平安"];
        if !(hearse || dredged) || living.iter().any(|word| self.sentence.contains(word)) {
            return;
        }
        for n in 0..self.numbers.len() {
            let q = &self.numbers[n];
            let (start, end, value, unit) = (q.start, q.end, q.value, q.unit);
            let rest = &self.sentence[end..];
            let ends = |rest: &str| rest.chars().next().is_none_or(|c| CLAUSE_END.contains(&c));
            let rides = hearse && ["趟", "辆", "台", "车"].iter().any(|word| rest.starts_with(word));
            let verb = ["抬了", "捞了", "捞上来", "抬上来", "捞出", "抬出来", "捞起", "拉上来", "捞到", "捞出来"];
            let raised = dredged && verb.iter().any(|word| self.sentence[..start].ends_with(word)) && ends(rest);
            let people = matches!(unit, Unit::Person | Unit::Thing);
            if self.claimed[n].is_none() && value >= 1.0 && (rides || raised && people) {
                self.claimed[n] = Some(Harm::Dead);
                self.push(Harm::Dead, value, true, start, end);
            }
        }
    }

    /// 机器加材料烧了快两千万, 赔进去九千多万: a loss, whatever nobody calls it.
    fn burnt(&mut self) {
        if self.facts.iter().any(|fact| fact.harm == Harm::Loss) {
            return;
        }
        for n in 0..self.numbers.len() {
            let q = &self.numbers[n];
            let (start, end, value, unit) = (q.start, q.end, q.value, q.unit);
            let money = matches!(unit, Unit::Yuan | Unit::Other | Unit::Bare)
                && self.sentence[start..end].contains(['万', '亿'])
                && value >= BURNT_MIN_YUAN;
            let before = tail(&self.sentence[..start], 5);
            let verb = ["烧了", "烧掉", "烧没", "赔进", "搭进", "毁了", "泡了", "冲走", "炸没", "淹了"];
            let burns = ["火", "烧", "爆", "炸", "淹", "洪", "水灾", "塌"];
            if money
                && self.claimed[n].is_none()
                && verb.iter().any(|word| before.contains(word))
                && burns.iter().any(|word| self.sentence.contains(word))
            {
                self.claimed[n] = Some(Harm::Loss);
                self.push(Harm::Loss, value, true, start, end);
            }
        }
    }

    /// 数了十四具: bodies that are counted, though nobody calls them so.
    pub(super) fn bodies(&mut self) {
        // 殡仪馆昨天一下拉来八个
        let at_once = ["一下", "昨", "今", "刚", "同时", "一口气", "一次", "连夜", "一夜", "前天"];
        let brought = ["拉", "送", "抬", "运", "推", "接", "停", "躺", "进", "排", "整整"];
        self.hauled();
        self.burnt();
        if MORTUARY.iter().any(|word| self.sentence.contains(word)) {
            for n in 0..self.numbers.len() {
                let q = &self.numbers[n];
                let (start, end, value) = (q.start, q.end, q.value);
                let before = tail(&self.sentence[..start], 4);
                let ends = self.sentence[end..].chars().next().is_none_or(|c| CLAUSE_END.contains(&c) || c == '人');
                // 殡仪馆今天开了十二场告别仪式
                let rites = ["告别", "葬礼", "追悼"].iter().any(|word| self.sentence[end..].starts_with(word));
                if q.unit == Unit::Times && rites && value >= 2.0 {
                    self.push(Harm::Dead, value, true, start, end);
                    if let Some(fact) = self.facts.last_mut() {
                        fact.inferred = true;
                    }
                    continue;
                }
                if matches!(q.unit, Unit::Person | Unit::Thing | Unit::Body)
                    && value >= 2.0
                    && self.claimed[n].is_none()
                    && ends
                    && brought.iter().any(|word| before.contains(word))
                    && at_once.iter().any(|word| self.sentence.contains(word))
                {
                    self.claimed[n] = Some(Harm::Dead);
                    self.push(Harm::Dead, value, true, start, end);
                }
            }
        }
        const LAID_OUT: [&str; 14] =
            ["清出", "找到", "合计", "搜", "发现", "摆", "抬", "捞", "拉", "挖", "运", "数", "停着", "盖着"];
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
