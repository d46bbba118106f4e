//! Facts (事实) of a sudden event that a text reports: how many dead, hurt, ill, moved, and what it cost.

use regex::Regex;

use super::quantity::{Bound, Quantity, Unit, quantities};

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
    /// 呕吐、腹泻、就医
    Ill,
    /// 失联、被困
    Missing,
    /// 疏散、转移
    Evacuated,
    /// 损失, in yuan
    Loss,
    /// An event without a number: 爆炸了
    Event,
}

/// A fact as one sentence reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What happened.
    pub harm: Harm,
    /// To how many, at least.
    pub value: f64,
    /// Whether the text gives a number.
    pub counted: bool,
    /// Where it stands in the sentence, in bytes: number and verb.
    pub start: usize,
    /// One past its end.
    pub end: usize,
}

const DEAD: &str = "死亡|遇难|身亡|丧生|罹难|溺亡|坠亡|殒命|丧命|毙命|不幸离世|失去了?生命|无生命体征|抢救无效|不治|遇害|牺牲|死了|\
    [烧淹砸撞压炸毒打电摔闷呛憋碾捅砍]死";
const BADLY_HURT: &str = "重伤|危重|伤势严重|伤情严重|生命垂危|病危|重度烧伤";
const LIGHTLY_HURT: &str = "轻伤|轻微伤|擦伤|皮外伤|受伤较轻|伤势较轻|伤势轻微|轻微受伤|无生命危险|没有生命危险|无大碍";
const HURT: &str = "受伤|负伤|烧伤|砸伤|撞伤|刺伤|砍伤|捅伤|炸伤|摔伤|灼伤|咬伤|打伤|压伤|伤亡|挂彩";
const POISONED: &str = "中毒";
const ILL: &str = "呕吐|腹泻|拉肚子|上吐下泻|身体不适|不适|发烧|发热|就医|就诊|住院|送医|入院|腹痛|肚子[疼痛]|恶心|头晕|流鼻血|发病|感染";
const MISSING: &str = "失联|失踪|被困|下落不明";
const EVACUATED: &str = "疏散|紧急转移|转移安置|转移(?:群众|人员|居民|村民|师生)|撤离";
const LOSS: &str = "损失";
const EVENT: &str = "爆炸|爆燃|闪爆|起火|着火|失火|火灾|大火|坍塌|垮塌|倒塌|塌陷|塌方|地陷|泄漏|侧翻|翻车|相撞|车祸|交通事故|安全事故|\
    生产事故|溺水|触电|坠楼|坠落|滑坡|泥石流|决堤|溃坝|漫堤|管涌|山洪|踩踏|脱轨|沉船|翻船|持刀[^，。]{0,4}[砍捅伤]|砍人|捅人|投毒|出人命|死人了";
/// Between a verb and the number that follows it.
const LINK_AFTER: &str = "^(?:人数|总数|人员|群众|居民|村民|师生|学生|工人|员工|住户|游客|者|周边|附近|受影响|已经|已|共计|共有|共|约|\
    为|是|达到|达|到|至|上升|升|增加|增|超过|超|逾|了|有|:|仅|近|多达|至少|数|出|过)*$";
/// Words that cut a number off from a verb behind it: `2名医生称…致1人死亡`.
const LINK_BEFORE_CUT: &str =
    "致|造成|导致|引发|称|说|表示|看到|发现|负责|调查|抢救|救治|[0-9一二两三四五六七八九十百千万]";
/// Right before a verb or its number: it did not happen.
const NEGATED: &str = "(?:无|没有|没|未|暂无|并无|尚无|零|无一|未见|不会|未发现|未造成|没造成|未发生|未接到|未出现)\
    (?:人员?|任何|造成|发生|出现|导致|报告|学生|群众|一)*$";
/// Right behind a verb: it is a term, not a report.
const TERM: &str = "^(?:率|证|证明|赔偿|抚恤|补助|补偿|风险|威胁|通知|名单|待遇|保险|登记|原因|者家属|门诊|部|科|病区|报销|费|险|手续|医保|保|标准|鉴定|情况说明)";
/// What dies without being a person: 3口鱼塘大量死鱼.
const NOT_PERSONS: &str = "鱼|猪|鸡|鸭|鹅|牛|羊|狗|猫|虾|蟹|蜂|禽|畜|树|苗|草|鸟|电脑|手机";
/// `一条生命` alone is a figure of speech; a life is lost where the sentence says so.
const LOST: &str = "夺[走去]|失去|丧失|葬送|带走|消逝|没了|逝去|闹出|出了|索[走去]";
/// Longest gap between a number and the verb behind it.
const GAP_CHARS_MAX: usize = 12;
/// How much is looked at right before a verb for a negation.
const NEGATION_CHARS_MAX: usize = 10;

/// The patterns, compiled once.
pub struct Facts {
    verbs: Vec<(Harm, Regex)>,
    link_after: Regex,
    cut: Regex,
    negated: Regex,
    term: Regex,
    not_persons: Regex,
    lost: Regex,
}

impl Default for Facts {
    fn default() -> Self {
        let regex = |pattern: &str| Regex::new(pattern).expect("a constant pattern, compiled by every test");
        let verbs = [
            (Harm::Dead, DEAD),
            (Harm::BadlyHurt, BADLY_HURT),
            (Harm::LightlyHurt, LIGHTLY_HURT),
            (Harm::Hurt, HURT),
            (Harm::Poisoned, POISONED),
            (Harm::Ill, ILL),
            (Harm::Missing, MISSING),
            (Harm::Evacuated, EVACUATED),
            (Harm::Loss, LOSS),
            (Harm::Event, EVENT),
        ];
        Self {
            verbs: verbs.map(|(harm, pattern)| (harm, regex(pattern))).into(),
            link_after: regex(LINK_AFTER),
            cut: regex(LINK_BEFORE_CUT),
            negated: regex(NEGATED),
            term: regex(TERM),
            not_persons: regex(NOT_PERSONS),
            lost: regex(LOST),
        }
    }
}

/// A verb in a sentence.
struct Verb {
    harm: Harm,
    start: usize,
    end: usize,
}

impl Facts {
    /// Every fact of a sentence without blanks, in order.
    pub fn of_sentence(&self, sentence: &str) -> Vec<Fact> {
        let numbers = quantities(sentence);
        let mut claimed: Vec<Option<Harm>> = vec![None; numbers.len()];
        let mut facts: Vec<Fact> = Vec::new();
        for (n, q) in numbers.iter().enumerate() {
            if let Some(harm) = self.short_form(sentence, q) {
                claimed[n] = Some(harm);
                facts.push(Fact { harm, value: q.value, counted: true, start: q.start, end: q.end });
            }
        }
        let verbs = self.verbs_of(sentence);
        let law = numbers.iter().any(|q| q.bounded == Some(Bound::Below));
        for (n, verb) in verbs.iter().enumerate() {
            if facts.iter().any(|fact| fact.start <= verb.start && verb.end <= fact.end) {
                continue;
            }
            if self.negated.is_match(tail(&sentence[..verb.start], NEGATION_CHARS_MAX))
                || self.term.is_match(&sentence[verb.end..])
            {
                continue;
            }
            if verb.harm == Harm::Dead && self.not_persons.is_match(tail(&sentence[..verb.start], NEGATION_CHARS_MAX)) {
                continue;
            }
            if verb.harm == Harm::Event {
                let (start, end) = (verb.start, verb.end);
                facts.push(Fact { harm: verb.harm, value: 1.0, counted: false, start, end });
                continue;
            }
            if let Some(fact) = self.counted(sentence, verb, verbs.get(n + 1), &numbers, &mut claimed) {
                facts.push(fact);
            } else if matches!(verb.harm, Harm::Dead | Harm::LightlyHurt) && !law {
                let (start, end) = (verb.start, verb.end);
                facts.push(Fact { harm: verb.harm, value: 1.0, counted: false, start, end });
            }
        }
        facts.sort_by_key(|fact| (fact.start, fact.end, fact.harm));
        facts
    }

    /// `3死12伤`, `3条人命`, `3具遗体`.
    fn short_form(&self, sentence: &str, q: &Quantity) -> Option<Harm> {
        let shown = &sentence[q.start..q.end];
        match q.unit {
            _ if q.bounded.is_some() || q.value < 1.0 => None,
            Unit::Dead => Some(Harm::Dead),
            Unit::Hurt if shown.ends_with("重伤") => Some(Harm::BadlyHurt),
            Unit::Hurt => Some(Harm::Hurt),
            Unit::Person if ["遗体", "尸体"].iter().any(|w| shown.ends_with(w)) => Some(Harm::Dead),
            Unit::Person if ["人命", "生命", "性命", "鲜活"].iter().any(|w| shown.ends_with(w)) => {
                self.lost.is_match(sentence).then_some(Harm::Dead)
            }
            _ => None,
        }
    }

    fn verbs_of(&self, sentence: &str) -> Vec<Verb> {
        let mut verbs: Vec<Verb> = Vec::new();
        for (harm, pattern) in &self.verbs {
            for found in pattern.find_iter(sentence) {
                // 轻伤 before 受伤 and the like: the pattern that came first holds the place.
                if !verbs.iter().any(|other| other.start < found.end() && found.start() < other.end) {
                    verbs.push(Verb { harm: *harm, start: found.start(), end: found.end() });
                }
            }
        }
        verbs.sort_by_key(|verb| verb.start);
        verbs
    }

    /// The number that belongs to a verb: the one right before it in its clause, else the one right behind it.
    fn counted(
        &self,
        sentence: &str,
        verb: &Verb,
        next: Option<&Verb>,
        numbers: &[Quantity],
        claimed: &mut [Option<Harm>],
    ) -> Option<Fact> {
        let wanted = if verb.harm == Harm::Loss { Unit::Yuan } else { Unit::Person };
        let free = |n: usize, claimed: &[Option<Harm>]| {
            numbers[n].unit == wanted
                && numbers[n].value >= 1.0
                && numbers[n].bounded != Some(Bound::Below)
                && claimed[n].is_none_or(|by| by == verb.harm || (by, verb.harm) == (Harm::Poisoned, Harm::Ill))
        };
        let before = (0..numbers.len()).rev().find(|n| numbers[*n].end <= verb.start && numbers[*n].unit == wanted);
        if let Some(n) = before.filter(|n| free(*n, claimed) && self.reaches(sentence, &numbers[*n], verb)) {
            let negated = self.negated.is_match(tail(&sentence[..numbers[n].start], NEGATION_CHARS_MAX));
            claimed[n] = Some(verb.harm);
            let value = numbers[n].value + self.joined(sentence, numbers, claimed, n, verb.harm);
            let start = numbers[n].start;
            return (!negated).then_some(Fact { harm: verb.harm, value, counted: true, start, end: verb.end });
        }
        let after = (0..numbers.len()).find(|n| numbers[*n].start >= verb.end)?;
        let linked = self.link_after.is_match(&sentence[verb.end..numbers[after].start]);
        // 中毒已有11人死亡: the 11 are the next verb's; in 死亡3人受伤5人 that one has a number of its own behind it.
        let of_next = next.is_some_and(|next| {
            let own = numbers.get(after + 1).filter(|q| q.unit == wanted);
            next.start == numbers[after].end
                && !own.is_some_and(|q| self.link_after.is_match(sentence.get(next.end..q.start).unwrap_or("，")))
        });
        if !free(after, claimed) || !linked || of_next {
            return None;
        }
        claimed[after] = Some(verb.harm);
        let (value, end) = (numbers[after].value, numbers[after].end);
        Some(Fact { harm: verb.harm, value, counted: true, start: verb.start, end })
    }

    fn reaches(&self, sentence: &str, number: &Quantity, verb: &Verb) -> bool {
        let gap = sentence.get(number.end..verb.start).unwrap_or("");
        gap.chars().count() <= GAP_CHARS_MAX
            && !gap.contains(['，', ',', '。', ';', ':', '!', '?', '、', '(', ')', '“', '”'])
            && !self.cut.is_match(gap)
    }

    /// `3名工人和1名司机遇难`: what stands joined before a number counts with it.
    fn joined(
        &self,
        sentence: &str,
        numbers: &[Quantity],
        claimed: &mut [Option<Harm>],
        last: usize,
        harm: Harm,
    ) -> f64 {
        let (mut sum, mut next) = (0.0, last);
        while next > 0 {
            let (a, b) = (&numbers[next - 1], &numbers[next]);
            let gap = &sentence[a.end..b.start];
            let joins = ["和", "、", "及", "与", "以及"].iter().any(|w| gap.ends_with(w));
            let plain = gap.chars().count() <= 6 && !self.verbs.iter().any(|(_, verb)| verb.is_match(gap));
            if a.unit != Unit::Person || !joins || !plain || claimed[next - 1].is_some() {
                break;
            }
            claimed[next - 1] = Some(harm);
            sum += a.value;
            next -= 1;
        }
        sum
    }
}

fn tail(text: &str, chars: usize) -> &str {
    match text.char_indices().rev().nth(chars.saturating_sub(1)) {
        Some((at, _)) => &text[at..],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sentence: &str) -> Vec<(Harm, f64)> {
        Facts::default().of_sentence(sentence).into_iter().filter(|f| f.counted).map(|f| (f.harm, f.value)).collect()
    }

    #[test]
    fn numbers_find_their_verbs() {
        use Harm::*;
        for (sentence, facts) in [
            ("造成3人死亡、12人受伤", vec![(Dead, 3.0), (Hurt, 12.0)]),
            ("死亡3人，重伤5人，轻伤12人", vec![(Dead, 3.0), (BadlyHurt, 5.0), (LightlyHurt, 12.0)]),
            ("死亡3人受伤5人", vec![(Dead, 3.0), (Hurt, 5.0)]),
            ("3人死亡5人受伤", vec![(Dead, 3.0), (Hurt, 5.0)]),
            ("致3死12伤", vec![(Dead, 3.0), (Hurt, 12.0)]),
            ("遇难人数上升至36人", vec![(Dead, 36.0)]),
            ("3名工人和1名司机不幸遇难", vec![(Dead, 4.0)]),
            ("110名学生呕吐腹泻就医", vec![(Ill, 110.0), (Ill, 110.0), (Ill, 110.0)]),
            ("疏散群众六千余人", vec![(Evacuated, 6000.0)]),
            ("直接经济损失约3000万元", vec![(Loss, 3e7)]),
            ("30人的大巴翻车致3人死亡", vec![(Dead, 3.0)]),
            ("2名医生抢救后称1人死亡", vec![(Dead, 1.0)]),
            ("造成3人以上10人以下死亡", vec![]),
            ("无人员死亡", vec![]),
            ("未造成人员伤亡", vec![]),
            ("夺走3条人命", vec![(Dead, 3.0)]),
            ("5个月内3人死亡", vec![(Dead, 3.0)]),
            ("第3人死亡赔偿", vec![]),
        ] {
            assert_eq!(found(sentence), facts, "{sentence}");
        }
    }
}
