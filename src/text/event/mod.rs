//! Sudden events (突发事件): the grade that a text proposes, by the published criteria of `domain.md` §2, each cited.
//!
//! A text is scanned once for the words of `models/event_words.tsv` ([`words`]). Each sentence gives facts ([`fact`]: what
//! happened to how many); for each fact it is asked whether it has happened ([`context`], [`when`], [`name`]) and where
//! ([`whose`]). What counts is added up ([`tally`]) and measured ([`criteria`]).

mod context;
mod criteria;
mod fact;
mod grammar;
mod group;
mod name;
mod noun;
mod person;
mod quantity;
mod reading;
mod tally;
mod when;
mod whose;
mod words;

use context::{Contexts, DENIAL, ELSEWHERE, Hedge, Spot};
use criteria::{NATURAL, Setting};
use fact::{Fact, Harm, cried, of_sentence};
use tally::Tally;
pub use whose::{Sender, Site};
use words::{Class, EventWords, Mark};

use super::analysis::Reason;
use super::normalise::clip;
use crate::domain::grade::Grade;
use crate::domain::instant::Instant;

/// Sentences with facts that are looked at; a text with more is a list or a law.
const SENTENCES_MAX: usize = 400;
/// A longer "sentence" is cut: no report strings a fact over this many characters.
const SENTENCE_CHARS_MAX: usize = 300;
/// Hedged facts that are told about.
const SOFT_REASONS_MAX: usize = 3;
const QUOTE_CHARS_MAX: usize = 24;
/// Harm to people, in whose light an event beside it has happened.
const HARMED: [Harm; 8] = [
    Harm::Dead,
    Harm::BadlyHurt,
    Harm::Hurt,
    Harm::LightlyHurt,
    Harm::Poisoned,
    Harm::Treated,
    Harm::Missing,
    Harm::Trapped,
];
/// Who mourns and names no place of ours mourns for others.
const MOURNED: [&str; 5] = ["祈福", "默哀", "哀悼", "致哀", "为逝者"];
/// How a text calls its event's grade.
const SEVERE: [&str; 7] = ["特别重大", "特大", "重特大", "重大", "较大", "认定为", "定性为"];

/// A text without blanks, and where it names which places.
#[derive(Clone, Copy, Default)]
pub struct Text<'a> {
    /// Title, line break, text.
    pub full: &'a str,
    /// Bytes of the title; 0 without one.
    pub title_end: usize,
    /// Places that say where something happens.
    pub sites: &'a [Site],
    /// What the sender says of where.
    pub sender: Sender,
    /// When it was published.
    pub published: Option<Instant>,
    /// Log-odds by which it reads as telling of an event that took place; a model without that column says nothing.
    pub told: Option<f32>,
}

/// What the event reader judges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventVerdict {
    /// The grade.
    pub grade: Grade,
    /// Criteria met, each with the words it rests on; then what was not counted, and why.
    pub reasons: Vec<Reason>,
    /// The words by which a report of an event is denied (辟谣), if one is.
    pub denied: Option<String>,
}

/// Reads sudden events out of texts. Built once.
pub struct EventReader {
    words: EventWords,
    missing_as_dead: f64,
}

impl EventReader {
    /// With the share of the missing that is graded as if dead.
    pub fn new(missing_as_dead: f64) -> Self {
        Self { words: EventWords::default(), missing_as_dead }
    }

    /// Judges a text.
    pub fn read(&self, text: &Text<'_>) -> EventVerdict {
        let marks = self.words.marks(text.full);
        let opens = |mark: &Mark| mark.class.is_harm() || mark.class.is_event() || mark.class == Class::WaterOff;
        let lifeless = ["命", "灵车", "捞", "烧", "赔进", "殡仪馆", "太平间", "火葬场"];
        let worded = marks.iter().any(opens);
        if !worded && !lifeless.iter().any(|word| text.full.contains(word)) && !reading::surely_tells(text) {
            return EventVerdict::default();
        }
        let sentences = sentences(text.full);
        let accident = marks.iter().any(|mark| {
            mark.class.is_event() && mark.class != Class::Outbreak
                || matches!(
                    mark.class,
                    Class::DeadOf | Class::HurtOf | Class::Hurt | Class::Poisoned | Class::FoodPoison
                )
        }) || mourned_in_anger(text.full, &marks)
            || reading::tells(text);
        let wide = wide(text, &marks);
        let mut pass = Pass { text, marks: &marks, sentences: &sentences, accident, wide, tally: Tally::default() };
        pass.run();
        let setting = pass.setting();
        self.verdict(text, &pass.tally, setting, worded)
    }

    fn verdict(&self, text: &Text<'_>, tally: &Tally, setting: Setting, worded: bool) -> EventVerdict {
        let mut verdicts = criteria::judge(tally, setting, self.missing_as_dead);
        reading::weigh(text, tally, worded, &mut verdicts);
        let grade = verdicts.0.first().map_or(Grade::None, |(grade, _)| *grade);
        let hard = verdicts.0.into_iter().map(|(_, why)| why);
        let soft = tally.soft.iter().take(SOFT_REASONS_MAX);
        let soft = soft.map(|(quote, hedge)| format!("“{quote}”不计：{}（“{}”）", hedge.kind, hedge.words));
        let reasons = hard.chain(soft).map(|why| Reason { of: "event_grade".to_owned(), why }).collect();
        let denied = tally.denied.as_ref().filter(|_| grade == Grade::None).map(|hedge| hedge.words.clone());
        EventVerdict { grade, reasons, denied }
    }
}

/// One pass over a text.
struct Pass<'a> {
    text: &'a Text<'a>,
    marks: &'a [Mark],
    sentences: &'a [(usize, usize)],
    /// It speaks of an event, or of somebody killed or hurt by somebody or something.
    accident: bool,
    /// The words by which it speaks of the whole country's epidemic, or mourns for others.
    wide: Option<String>,
    tally: Tally,
}

impl Pass<'_> {
    fn run(&mut self) {
        let setting = context::Setting {
            full: self.text.full,
            marks: self.marks,
            sentences: self.sentences,
            title_end: self.text.title_end,
            published: self.text.published,
            sites: self.text.sites,
            surely_told: reading::surely_tells(self.text),
            doubted: reading::doubted(self.text),
        };
        let mut contexts = Contexts::new(setting);
        let mut spoken_of = None;
        let mut seen = 0;
        for n in 0..self.sentences.len() {
            let (start, end) = self.sentences[n];
            let marks: Vec<Mark> = self.marks_of(n);
            let shifted: Vec<Mark> =
                marks.iter().map(|m| Mark { start: m.start - start, end: m.end - start, ..*m }).collect();
            let (facts, last) = of_sentence(&self.text.full[start..end], &shifted, spoken_of);
            spoken_of = last;
            let events: Vec<Mark> = marks.iter().filter(|mark| mark.class.is_event()).copied().collect();
            if facts.is_empty()
                && events.is_empty()
                && !reading::surely_tells(self.text)
                && !marks.iter().any(|mark| mark.class == Class::WaterOff)
            {
                contexts.pass(n);
                continue;
            }
            seen += 1;
            if seen > SENTENCES_MAX {
                break;
            }
            let other =
                |mark: &Mark| matches!(mark.class, Class::Crowd | Class::Trapped | Class::TrappedOf | Class::Rescued);
            let silent = !self.marks.iter().any(|mark| mark.class.is_harm() || other(mark));
            let facts = if facts.is_empty() && silent && reading::surely_tells(self.text) {
                cried(&self.text.full[start..end])
            } else {
                facts
            };
            for fact in facts {
                self.weigh(&mut contexts, n, fact);
            }
            self.events(&mut contexts, n, &events);
            self.named_grade(&mut contexts, n, &marks);
            self.water(&mut contexts, n, &marks);
        }
    }

    fn marks_of(&self, n: usize) -> Vec<Mark> {
        let (start, end) = self.sentences[n];
        let from = self.marks.partition_point(|mark| mark.start < start);
        self.marks[from..].iter().take_while(|mark| mark.end <= end).copied().collect()
    }

    fn quote(&self, start: usize, end: usize) -> String {
        clip(&self.text.full[start..end], QUOTE_CHARS_MAX).into_owned()
    }

    fn hedge(&self, contexts: &mut Contexts<'_>, spot: Spot) -> Option<Hedge> {
        contexts.of(spot).or_else(|| {
            let sentence = self.sentences[spot.sentence];
            if let Some(words) = self.wide(spot) {
                return Some(Hedge { kind: ELSEWHERE, words });
            }
            let words = whose::elsewhere(self.text.full, self.text.sites, self.text.sender, spot.end, sentence)?;
            Some(Hedge { kind: ELSEWHERE, words })
        })
    }

    /// An epidemic of the whole country, or mourning for others, where no place of ours is named before.
    fn wide(&self, spot: Spot) -> Option<String> {
        // 宣城手足口病疫情 behind the number is ours too; who mourns for others may well be ours.
        let mourns = self.wide.as_ref().is_some_and(|word| MOURNED.contains(&word.as_str()));
        let until = if mourns { spot.start } else { self.sentences[spot.sentence].1 };
        let (start, end) = self.sentences[spot.sentence];
        let here = |site: &&Site| site.start >= start && site.end <= end;
        // 死亡人数上升为32人，孙埠镇礼堂坍塌现场今晨默哀
        let events: Vec<Mark> = self.marks_of(spot.sentence).into_iter().filter(|mark| mark.class.is_event()).collect();
        let scene = |site: &Site| {
            let near =
                |mark: &Mark| self.text.full.get(site.end..mark.start).is_some_and(|gap| gap.chars().count() <= 6);
            site.ours && here(&site) && events.iter().any(near)
        };
        let ours_alone = self.text.sites.iter().all(|site| site.ours) && self.text.sites.iter().any(scene);
        // 全县为九位工友默哀
        let all_of_us = ["全县", "全市", "全区", "全镇", "全村", "我县", "我市", "全厂", "全校"];
        let own = mourns
            && !self.text.sites.iter().any(|site| !site.ours)
            && all_of_us.iter().any(|word| self.text.full[start..end].contains(word));
        let ours_before = own || ours_alone || self.text.sites.iter().any(|site| site.ours && site.end <= until);
        if ours_before || self.text.sender == Sender::Ours { None } else { self.wide.clone() }
    }

    fn weigh(&mut self, contexts: &mut Contexts<'_>, n: usize, fact: Fact) {
        let offset = self.sentences[n].0;
        let (start, end) = (fact.start + offset, fact.end + offset);
        let counted = fact.counted || fact.harm == Harm::LightlyHurt;
        let single = fact.harm == Harm::Dead && fact.value < 2.0;
        let spot = Spot {
            sentence: n,
            start,
            end,
            counted,
            bounded: fact.bounded,
            estimated: fact.harm == Harm::Loss,
            single,
        };
        let quote = self.quote(start, end);
        match self.hedge(contexts, spot) {
            Some(hedge) => self.tally.leave_out(quote, hedge),
            None if self.counts(n, &fact) => {
                let passed_on = contexts.passed_on(spot);
                self.tally.add(Fact { passed_on, ..fact }, quote);
            }
            None => {}
        }
    }

    /// Whether a fact without a number is reported as having taken place.
    fn counts(&self, n: usize, fact: &Fact) -> bool {
        let accident = self.accident;
        if fact.inferred {
            return accident;
        }
        if fact.counted || fact.harm == Harm::LightlyHurt {
            return true;
        }
        let (start, end) = self.sentences[n];
        let ours = self.text.sites.iter().any(|site| site.ours && site.start >= start && site.end <= end);
        let here = self.marks_of(n);
        let happening = || {
            here.iter()
                .any(|mark| matches!(mark.class, Class::Now | Class::Happening | Class::Rescued | Class::Treated))
        };
        let beside = here.iter().any(|mark| mark.class.is_event());
        match fact.harm {
            Harm::Dead if fact.bare => true,
            Harm::Dead => {
                accident
                    || self.struck_before(n, start + fact.start)
                    || (happening() || ours) && !fact.soft && !self.text.full[start + fact.start..].starts_with("牺牲")
            }
            Harm::Hurt if fact.bare => true,
            Harm::BadlyHurt | Harm::Hurt if reading::tells(self.text) => true,
            Harm::BadlyHurt | Harm::Hurt
                if accident && person::somebody(&self.text.full[start..start + fact.start]) =>
            {
                true
            }
            Harm::BadlyHurt | Harm::Hurt | Harm::Treated | Harm::Poisoned => beside || accident && happening(),
            Harm::Missing if fact.bare => true,
            Harm::Missing => accident || self.searched(n),
            Harm::Trapped => accident || happening(),
            _ => false,
        }
    }

    /// 骑三轮被水泥罐车卷到轮子底下，…断了气: what befell somebody stands before.
    fn struck_before(&self, n: usize, at: usize) -> bool {
        let before = &self.text.full[self.sentences[n].0..at];
        grammar::STRUCK.iter().any(|word| before.contains(word))
    }

    /// 老人一夜未归，救援队还在搜: somebody is looked for.
    fn searched(&self, n: usize) -> bool {
        let (start, end) = self.sentences[n];
        grammar::SEARCH.iter().any(|word| self.text.full[start..end].contains(word))
    }

    /// Events as such.
    fn events(&mut self, contexts: &mut Contexts<'_>, n: usize, events: &[Mark]) {
        let disaster = self.marks.iter().any(|m| matches!(m.class, Class::Disaster | Class::Flood | Class::Slide));
        for mark in events {
            if mark.class == Class::EventWeak && !self.struck(n)
                || matches!(mark.class, Class::Crowd | Class::Outbreak | Class::Disaster)
                || mark.class == Class::DisasterHarm && !disaster
            {
                continue;
            }
            let (start, end, word) = (mark.start, mark.end, &self.text.full[mark.start..mark.end]);
            let spot =
                Spot { sentence: n, start, end, counted: false, bounded: false, estimated: false, single: false };
            match self.hedge(contexts, spot) {
                Some(hedge) if hedge.kind == DENIAL || self.told(n, mark) => {
                    self.tally.leave_out(word.to_owned(), hedge);
                }
                None if self.told(n, mark) => self.tally.events.push((mark.class, word.to_owned())),
                _ => {}
            }
        }
    }

    /// Whether a sentence says what a blow, a fall or water did: 被撞, 掉进 and 进水 alone are nothing to speak of.
    fn struck(&self, n: usize) -> bool {
        self.marks_of(n).iter().any(|mark| matches!(mark.class, Class::Wrecked | Class::Rescued | Class::Light))
    }

    /// Whether an event is told as one that took place: 仓库起火，… is, 火灾隐患 is not.
    fn told(&self, n: usize, mark: &Mark) -> bool {
        let (start, end) = self.sentences[n];
        let full = self.text.full;
        let (before, word, after) = (&full[start..mark.start], &full[mark.start..mark.end], &full[mark.end..end]);
        let not = ["没有", "未", "没", "无", "未发生", "没有发生", "没发生", "未造成", "不"];
        let never = ["没有发生", "未发生", "没发生过"].iter().any(|never| before.contains(never));
        // 胶管老化易泄漏
        if never || before.ends_with('易') || not.iter().any(|not| before.ends_with(not)) {
            return false;
        }
        let aspect = word.ends_with('了') || after.starts_with(['了', '啦']) || word.ends_with("起来");
        let clause = before.rsplit(['，', ',', ':', '、']).next().unwrap_or("");
        let predicate = (clause.chars().count() >= 2 || word.chars().count() >= 4)
            && (after.is_empty() || after.starts_with(['，', ',', '致', '后', '、', '?']));
        let ours = self.text.sites.iter().any(|site| site.ours && site.start >= start && site.end <= end);
        let telling = |m: &Mark| matches!(m.class, Class::Now | Class::Happening | Class::Real | Class::Rescued);
        aspect
            || predicate
            || ours
            || mark.class == Class::DisasterHarm
            || self.marks_of(n).iter().any(telling)
            || self.tally.any(&HARMED)
    }

    /// 认定为较大事故: the grade by which a text calls its event.
    fn named_grade(&mut self, contexts: &mut Contexts<'_>, n: usize, marks: &[Mark]) {
        let (start, end) = self.sentences[n];
        let sentence = &self.text.full[start..end];
        if !SEVERE.iter().any(|word| sentence.contains(word)) {
            return;
        }
        let said = ["发生", "突发", "认定为", "定性为"]
            .iter()
            .filter_map(|word| sentence.find(word).map(|at| at + word.len()))
            .min();
        let Some(from) = said else { return };
        let rest = sentence[from..].trim_start_matches(['了', '一', '起']);
        let grade = [("特别重大", Grade::Extraordinary), ("重大", Grade::Major), ("较大", Grade::Large)];
        let Some((word, grade)) = grade.iter().find(|(word, _)| rest.starts_with(word)) else { return };
        let near: String = rest[word.len()..].chars().take(14).collect();
        let kinds = ["事故", "火灾", "突发环境事件", "突发事件", "食物中毒"];
        let Some((at, kind)) = kinds.iter().filter_map(|kind| near.find(kind).map(|at| (at, kind))).min() else {
            return;
        };
        let plain = !near[..at].contains(['，', '。', ';', '隐', '的']) && !near[at + kind.len()..].starts_with("隐患");
        let dated = marks.iter().any(|mark| matches!(mark.class, Class::Now))
            || sentence.contains(['日', '晚'])
            || ["认定", "定性", "通报"].iter().any(|word| sentence.contains(word));
        let begin = start + from;
        let stop = end - rest.len() + word.len() + at + kind.len();
        let spot = Spot {
            sentence: n,
            start: begin,
            end: stop,
            counted: false,
            bounded: false,
            estimated: false,
            single: false,
        };
        if plain && dated && self.hedge(contexts, spot).is_none() {
            let quote = self.quote(begin, stop);
            self.tally.named = self.tally.named.take().max(Some((*grade, quote)));
        }
    }

    /// Drinking water cut off by pollution, and how large a place drank it.
    fn water(&mut self, contexts: &mut Contexts<'_>, n: usize, marks: &[Mark]) {
        let Some(off) = marks.iter().find(|mark| mark.class == Class::WaterOff) else { return };
        let fouled = |mark: &Mark| matches!(mark.class, Class::Pollution | Class::Chemical | Class::Leak);
        let of_water = self.text.full[off.start..off.end].contains('水');
        if !of_water && !marks.iter().any(|mark| mark.class == Class::Water)
            || !(self.marks.iter().any(fouled)
                || ["投毒", "下毒", "遭了毒", "被毒"].iter().any(|word| self.text.full.contains(word)))
        {
            return;
        }
        let (start, end) = self.sentences[n];
        let clause = self.text.full[start..off.start].rfind(['，', ',', ':', ';']).map_or(start, |at| start + at);
        let scopes = [&self.text.full[clause..off.end], &self.text.full[start..end], self.text.full];
        let Some(grade) = scopes.into_iter().find_map(water_grade) else {
            return;
        };
        let spot = Spot {
            sentence: n,
            start: off.start,
            end: off.end,
            counted: true,
            bounded: false,
            estimated: false,
            single: false,
        };
        if self.hedge(contexts, spot).is_none() {
            let quote = self.quote(off.start, off.end);
            self.tally.water = self.tally.water.take().max(Some((grade, quote)));
        }
    }

    fn setting(&self) -> Setting {
        let has = |class: Class| self.marks.iter().any(|mark| mark.class == class);
        let chemical = self.marks.iter().any(|mark| {
            mark.class == Class::Leak
                || mark.class == Class::Chemical && !self.text.full[mark.end..].starts_with("管理")
        });
        let accident = self.marks.iter().any(|mark| {
            mark.class.is_event()
                && !NATURAL.contains(&mark.class)
                && !matches!(mark.class, Class::Outbreak | Class::Leak)
        });
        // 寿宴吃出事 is one word of an accident, and tells of a meal.
        let meal = |mark: &Mark| {
            mark.class == Class::Accident
                && self.text.full[mark.start..mark.end].contains(['宴', '席', '酒', '堂', '饭'])
        };
        let of_meal = self.marks.iter().any(meal);
        let words = ["当场", "抢救", "不幸", "遇难"];
        Setting {
            food: has(Class::Food) || has(Class::FoodPoison) || of_meal,
            told: reading::tells(self.text),
            food_poisoning: has(Class::FoodPoison) || has(Class::Food) && has(Class::Poisoned) && !chemical,
            group: has(Class::Group) || self.text.full.contains("集体中毒"),
            environment: chemical,
            struck: self.marks.iter().any(|mark| {
                use Class::*;
                matches!(mark.class, Fire | Blast | Collapse | Traffic)
            }),
            natural: NATURAL.iter().any(|class| has(*class)),
            accident: accident
                || reading::tells(self.text)
                || mourned_in_anger(self.text.full, self.marks)
                || has(Class::Funeral) && grammar::STRUCK.iter().any(|word| self.text.full.contains(word))
                || self.tally.any(&[Harm::Hurt, Harm::Poisoned, Harm::Missing])
                || words.iter().any(|word| self.text.full.contains(word)),
            epidemic: has(Class::Outbreak) || has(Class::Pandemic),
            funeral: has(Class::Funeral)
                || ["名单", "名字都", "遗像", "灵车"].iter().any(|word| self.text.full.contains(word)),
            gas: ["毒气", "氯气", "氨气", "光气", "有毒气体", "毒烟", "泄漏", "刺鼻", "投药", "熏蒸", "气味"]
                .iter()
                .any(|word| self.text.full.contains(word)),
            ill: has(Class::Ill),
        }
    }
}

/// 产妇没了，家属拉了横幅: whose family stands at a door did not die of old age.
fn mourned_in_anger(full: &str, marks: &[Mark]) -> bool {
    full.contains("家属") && marks.iter().any(|mark| mark.class == Class::Crowd)
}

/// The words by which a text speaks of an epidemic of the whole country, or mourns.
fn wide(text: &Text<'_>, marks: &[Mark]) -> Option<String> {
    let epidemic = marks.iter().find(|mark| mark.class == Class::Pandemic);
    let epidemic = epidemic.map(|mark| text.full[mark.start..mark.end].to_owned());
    epidemic.or_else(|| MOURNED.iter().find(|word| text.full.contains(**word)).map(|word| (*word).to_owned()))
}

/// How large a place went without drinking water.
fn water_grade(text: &str) -> Option<Grade> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["全市", "市区", "主城", "宣城市", "宣城城区", "宣城主城", "宣城全城", "全城", "地级"])
        && !has(&["全县", "县城", "县里"])
    {
        Some(Grade::Extraordinary)
    } else if has(&["县城", "全县", "全区", "县里", "县", "宁国市", "广德市", "宣州区", "城区"]) {
        Some(Grade::Major)
    } else if has(&["镇", "乡", "村", "街道"]) {
        Some(Grade::Large)
    } else {
        None
    }
}

/// Sentences of a text without blanks as byte spans, none longer than [`SENTENCE_CHARS_MAX`]; a question keeps its mark.
fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut start, mut chars) = (0, 0);
    for (at, c) in text.char_indices() {
        // 11万？不对，是1.1万: the doubt and the number that is right belong together.
        let doubted =
            c == '?' && ["不对", "错了", "说错", "不是,", "不是，"].iter().any(|word| text[at + 1..].starts_with(word));
        let ends = matches!(c, '。' | '!' | '?' | ';' | '\n' | '…') && !doubted;
        chars += 1;
        if ends || chars > SENTENCE_CHARS_MAX {
            let end = if c == '?' || !ends { at + c.len_utf8() } else { at };
            if end > start {
                found.push((start, end));
            }
            start = at + c.len_utf8();
            chars = 0;
        }
    }
    if start < text.len() {
        found.push((start, text.len()));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::text::lexicon::lines;

    static READER: LazyLock<EventReader> = LazyLock::new(|| EventReader::new(0.5));

    /// Any words of the lexicon, numbers and marks, however they stand together.
    fn piece() -> impl Strategy<Value = String> {
        let words: Vec<String> =
            lines(words::WORDS).flat_map(|line| line[1].split(' ')).flat_map(words::spelt_out).collect();
        let more = [
            "3人",
            "十几个",
            "一家三口",
            "2015年",
            "张某、王某",
            "由2人",
            "12",
            "《",
            "》",
            "，",
            "。",
            "?",
            "的",
            "一个都没",
        ];
        prop_oneof![
            proptest::sample::select(words),
            proptest::sample::select(more.map(str::to_owned).to_vec()),
            "[一二三人死伤个了0-9，、(): ]{1,3}",
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read(pieces in proptest::collection::vec(piece(), 0..24), title in 0usize..3) {
            let full = pieces.concat();
            let title_end = pieces.iter().take(title).map(String::len).sum();
            let sites = [Site { start: 0, end: pieces.first().map_or(0, String::len), ours: title == 0 }];
            let verdict = READER.read(&Text { full: &full, title_end, sites: &sites, ..Text::default() });
            prop_assert!(verdict.grade == Grade::None || !verdict.reasons.is_empty());
        }
    }
}
