//! The event's grade (事件等级) that a text proposes, by the published criteria of `domain.md` §2, each cited.

use regex::Regex;

use super::analysis::Reason;
use super::document::Document;
use super::facts::{Fact, Facts, Harm};
use super::hedge::{Hedge, Hedges, Spot};
use super::normalise::clip;
use super::scan::{Hits, WordId, Words};
use crate::domain::grade::Grade;
use crate::domain::instant::Instant;

const ACCIDENTS: &str = "国务院令第493号《生产安全事故报告和调查处理条例》第三条";
const FOOD: &str = "国家突发公共卫生事件应急预案";
const ENVIRONMENT: &str = "国家突发环境事件应急预案";

/// From which number on the grades large, major and extraordinary begin.
type Steps = [f64; 3];
const DEAD: Steps = [3.0, 10.0, 30.0];
const BADLY_HURT: Steps = [10.0, 50.0, 100.0];
const ACCIDENT_LOSS_YUAN: Steps = [1e7, 5e7, 1e8];
const ENVIRONMENT_LOSS_YUAN: Steps = [5e6, 2e7, 1e8];
const EVACUATED: Steps = [5e3, 1e4, 5e4];
/// Fewer ill by food than this are below the lowest grade of the plan.
const FOOD_ILL_MIN: f64 = 30.0;
const FOOD_ILL_LARGE_MIN: f64 = 100.0;
const FOOD_DEAD_MAJOR_MIN: f64 = 10.0;
/// A smaller loss is somebody's trouble, not a sudden event.
const LOSS_MIN_YUAN: f64 = 1e6;

/// Sentences with facts that are looked at; a text with more is a list or a law.
const SENTENCES_MAX: usize = 400;
/// A longer "sentence" is cut: no report strings a fact over this many characters.
const SENTENCE_CHARS_MAX: usize = 300;
/// Hedged facts that are told about.
const SOFT_REASONS_MAX: usize = 3;
const QUOTE_CHARS_MAX: usize = 24;

/// Words of which a text with a sudden event holds at least one: the others are done after one look.
const GATE: [&str; 78] = [
    "死",
    "遇难",
    "身亡",
    "丧生",
    "罹难",
    "溺亡",
    "坠亡",
    "殒命",
    "丧命",
    "离世",
    "生命",
    "抢救无效",
    "不治",
    "遇害",
    "牺牲",
    "遗体",
    "尸体",
    "伤",
    "危重",
    "病危",
    "垂危",
    "中毒",
    "呕吐",
    "腹泻",
    "拉肚子",
    "上吐下泻",
    "不适",
    "发烧",
    "发热",
    "就医",
    "就诊",
    "住院",
    "送医",
    "入院",
    "腹痛",
    "肚子",
    "恶心",
    "头晕",
    "流鼻血",
    "发病",
    "感染",
    "失联",
    "失踪",
    "被困",
    "下落不明",
    "疏散",
    "转移",
    "撤离",
    "损失",
    "爆炸",
    "爆燃",
    "闪爆",
    "起火",
    "着火",
    "失火",
    "火灾",
    "大火",
    "坍塌",
    "垮塌",
    "倒塌",
    "塌陷",
    "塌方",
    "地陷",
    "泄漏",
    "侧翻",
    "翻车",
    "相撞",
    "车祸",
    "事故",
    "溺水",
    "触电",
    "坠楼",
    "坠落",
    "滑坡",
    "泥石流",
    "水源",
    "取水",
    "人命",
];
const GATE_MORE: [&str; 18] = [
    "决堤",
    "溃坝",
    "漫堤",
    "管涌",
    "山洪",
    "踩踏",
    "脱轨",
    "沉船",
    "翻船",
    "持刀",
    "砍人",
    "捅人",
    "投毒",
    "突发",
    "重大",
    "较大",
    "水厂",
    "饮用水",
];

/// What is known of where a text speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locality {
    /// It names a place of ours.
    Named,
    /// Only its sender says that it is ours.
    Stated,
    /// Nothing.
    Unknown,
}

/// What the event reader judges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventVerdict {
    /// The grade.
    pub grade: Grade,
    /// Criteria met, each with the words it rests on; then what was not counted, and why.
    pub reasons: Vec<Reason>,
    /// Somebody died or was hurt, now.
    pub casualties: bool,
}

/// Reads sudden events out of texts.
pub struct EventReader {
    gate: Vec<WordId>,
    facts: Facts,
    hedges: Hedges,
    food: Regex,
    food_poisoning: Regex,
    group: Regex,
    environment: Regex,
    other_disaster: Regex,
    happening: Regex,
    accident: Regex,
    named: Regex,
    dated: Regex,
    water_source: Regex,
    water_level: Regex,
    pollution: Regex,
}

/// The largest of each fact that counts, with the words that report it.
#[derive(Default)]
struct Tally {
    facts: Vec<(Fact, String)>,
    soft: Vec<(String, Hedge)>,
    named: Option<(Grade, String)>,
    water: Option<(Grade, String)>,
}

impl Tally {
    fn most(&self, harm: Harm) -> Option<&(Fact, String)> {
        self.facts.iter().filter(|(fact, _)| fact.harm == harm).max_by(|a, b| {
            (a.0.counted, a.0.value).partial_cmp(&(b.0.counted, b.0.value)).unwrap_or(std::cmp::Ordering::Equal)
        })
    }
}

/// Grades with what they rest on.
#[derive(Default)]
struct Verdicts(Vec<(Grade, String)>);

impl Verdicts {
    fn add(&mut self, grade: Grade, what: &str, quote: &str, criterion: &str) {
        self.0.push((grade, format!("{what}（“{quote}”）→ {}：{criterion}", grade.zh())));
    }
}

fn grade_of(value: f64, steps: Steps) -> Grade {
    match steps {
        [_, _, top] if value >= top => Grade::Extraordinary,
        [_, middle, _] if value >= middle => Grade::Major,
        [low, _, _] if value >= low => Grade::Large,
        _ => Grade::General,
    }
}

fn persons(value: f64) -> String {
    format!("{value:.0} 人")
}

impl EventReader {
    /// Takes the gate's words into the scanner's words and compiles the patterns.
    pub fn new(words: &mut Words) -> Self {
        let regex = |pattern: &str| Regex::new(pattern).expect("a constant pattern, compiled by every test");
        Self {
            gate: GATE.iter().chain(&GATE_MORE).filter_map(|word| words.add(word)).collect(),
            facts: Facts::default(),
            hedges: Hedges::default(),
            food: regex(
                "食堂|食物|食品|用餐|就餐|聚餐|餐厅|餐馆|饭店|饭菜|酒席|婚宴|宴席|外卖|配餐|营养餐|午餐|晚餐|早餐|中餐|盒饭|吃了|吃完|吃过|蛋糕|奶茶|蘑菇|豆角|学生餐|集体餐",
            ),
            food_poisoning: regex("食物中毒|食品中毒|食源性|(?:吃|喝|餐|饭|食)[^。！？]{0,30}中毒"),
            group: regex("学校|小学|中学|大学|学院|幼儿园|学生|幼儿|工地|公司|工厂|养老院|夏令营|旅行团|集体|聚集性"),
            environment: regex(
                "泄漏|污染|氯气|氨气|毒气|有毒|有害气体|危化品|危险化学品|化工|偷排|排污|硫化氢|苯|尾矿|刺鼻|废水|废液|重金属|甲醛|酸罐|油罐|槽罐",
            ),
            other_disaster: regex("洪|台风|暴雨|地震|内涝|防汛|汛|水库|滑坡|泥石流|雪灾|山火|森林火|景区|演唱会|大风"),
            happening: regex(
                "发生|突发|突然|刚刚|刚才|今[天日早晨晚]|昨[天日晚夜]|凌晨|救援|赶到|扑灭|扑救|正在|通报|现场|事发|当场",
            ),
            accident: regex(
                "事故|爆炸|爆燃|起火|着火|火灾|大火|坍塌|垮塌|倒塌|塌|泄漏|侧翻|翻车|相撞|车祸|撞|溺|触电|坠|滑坡|泥石流|洪|踩踏|脱轨|沉船|砍|捅|杀|刺|打死|当场|抢救|不幸|意外|遇难|身亡|被困|施工|井|矿|电梯",
            ),
            named: regex(
                "(?:发生|突发|认定为|定性为)了?(?:一?起)?(特别重大|重大|较大)[^，。;!?隐的]{0,10}?(?:事故|火灾|突发环境事件|突发事件|食物中毒)(隐患)?",
            ),
            dated: regex("[今昨]|凌晨|刚刚|[0-9一二三四五六七八九十]日|时许|上午|下午|晚|认定|定性|通报"),
            water_source: regex(
                "(?:水源地?|取水口?|水厂|自来水|饮用水|供水)[^。！？]{0,24}(?:中断|停止|暂停|停水|断水|停供|切断)|(?:中断|停止|暂停|切断)(?:取水|供水)",
            ),
            water_level: regex(
                "(?P<city>全市|市区|城区|主城|宣城市|地级)|(?P<county>县城|全县|[^，。全市]{1,3}县|全区|宣州区|宁国市|广德市)|(?P<town>[^，。]{1,4}[镇乡]|村|街道)",
            ),
            pollution: regex("污染|泄漏|超标|偷排|有毒|油污|死鱼|异味"),
        }
    }

    /// Judges a text; `published`: when, if known.
    pub fn read(&self, document: &Document, hits: &Hits, local: Locality, published: Option<Instant>) -> EventVerdict {
        if !self.gate.iter().any(|word| hits.has(*word)) {
            return EventVerdict::default();
        }
        let full: String = document.full.chars().filter(|c| *c != ' ').collect();
        let tally = self.tally(document.title(), &full, local, published);
        self.judge(&full, &tally)
    }

    fn tally(&self, title: &str, full: &str, local: Locality, published: Option<Instant>) -> Tally {
        let mut tally = Tally::default();
        let whole = self.hedges.of_document(title, full);
        let far_title = self.far_of_opening(full, local);
        let mut carried: Option<Hedge> = None;
        let mut seen = 0;
        for sentence in sentences(full) {
            let facts = self.facts.of_sentence(sentence);
            let named = self.named.captures(sentence);
            let water = self.water(full, sentence);
            if facts.is_empty() && named.is_none() && water.is_none() {
                // A sentence without facts may still set the scene: 2015年，该厂发生过事故。事故造成5人死亡。
                let spot = Spot { sentence, before: sentence, clause: sentence, counted: true };
                carried = self.hedges.of_fact(spot, published).filter(|hedge| hedge.kind == "历史");
                continue;
            }
            seen += 1;
            if seen > SENTENCES_MAX {
                break;
            }
            let far = match local {
                Locality::Named => None,
                Locality::Stated => far_title.clone(),
                Locality::Unknown => self.hedges.far_place(sentence).or_else(|| far_title.clone()),
            };
            let far = far.map(|words| Hedge { kind: "外地", words });
            let inherited = carried.take().filter(|_| self.hedges.carries_on(sentence));
            let mut history = None;
            let hedge_at = |start: usize, end: usize, counted: bool| {
                let clause_start = sentence[..start].rfind(['，', ',', ':']).map_or(0, |at| at);
                let spot = Spot { sentence, before: &sentence[..end], clause: &sentence[clause_start..end], counted };
                whole
                    .clone()
                    .or_else(|| inherited.clone())
                    .or_else(|| self.hedges.of_fact(spot, published))
                    .or_else(|| far.clone())
            };
            for fact in facts {
                let quote = clip(&sentence[fact.start..fact.end], QUOTE_CHARS_MAX).into_owned();
                let happened = fact.counted || self.happened(sentence, &fact);
                match hedge_at(fact.start, fact.end, fact.counted || fact.harm == Harm::LightlyHurt) {
                    Some(hedge) => {
                        if hedge.kind == "历史" {
                            history = Some(hedge.clone());
                        }
                        tally.soft.push((quote, hedge));
                    }
                    None if happened => tally.facts.push((fact, quote)),
                    None => {}
                }
            }
            if let Some(found) = named.filter(|found| found.get(2).is_none() && self.dated.is_match(sentence)) {
                let (start, end) = found.get(0).map_or((0, 0), |all| (all.start(), all.end()));
                if hedge_at(start, end, false).is_none() {
                    let grade = match &found[1] {
                        "特别重大" => Grade::Extraordinary,
                        "重大" => Grade::Major,
                        _ => Grade::Large,
                    };
                    let quote = clip(&found[0], QUOTE_CHARS_MAX).into_owned();
                    tally.named = tally.named.take().max(Some((grade, quote)));
                }
            }
            if let Some((grade, quote, end)) = water
                && hedge_at(0, end, true).is_none()
            {
                tally.water = tally.water.take().max(Some((grade, quote)));
            }
            carried = history;
        }
        tally
    }

    /// A far place in the title or the first sentence sets the scene for all that follows; against the sender's word
    /// that it is ours, only where the text begins with it.
    fn far_of_opening(&self, full: &str, local: Locality) -> Option<String> {
        match local {
            Locality::Named => None,
            Locality::Stated => self.hedges.far_opening(full),
            Locality::Unknown => sentences(full).take(2).find_map(|sentence| self.hedges.far_place(sentence)),
        }
    }

    /// Whether an event without a number is reported as having taken place.
    fn happened(&self, sentence: &str, fact: &Fact) -> bool {
        match fact.harm {
            Harm::LightlyHurt => true,
            Harm::Dead => self.accident.is_match(sentence),
            _ => sentence[fact.end..].starts_with('了') || self.happening.is_match(sentence),
        }
    }

    /// Drinking water cut off by pollution, and how large a place drank it.
    fn water(&self, full: &str, sentence: &str) -> Option<(Grade, String, usize)> {
        let found = self.water_source.find(sentence)?;
        if !self.pollution.is_match(full) {
            return None;
        }
        let level = self.water_level.captures(sentence).or_else(|| self.water_level.captures(full))?;
        let grade = if level.name("city").is_some() {
            Grade::Extraordinary
        } else if level.name("county").is_some() {
            Grade::Major
        } else {
            Grade::Large
        };
        Some((grade, clip(found.as_str(), QUOTE_CHARS_MAX).into_owned(), found.end()))
    }

    fn judge(&self, full: &str, tally: &Tally) -> EventVerdict {
        let mut verdicts = Verdicts::default();
        let environment = self.environment.is_match(full);
        // Who dies in an accident is counted by the accidents' criteria, also where the air is fouled by it.
        let of_environment = environment && !self.accident.is_match(full);
        let ill = tally
            .most(Harm::Ill)
            .into_iter()
            .chain(tally.most(Harm::Poisoned))
            .max_by(|a, b| a.0.value.total_cmp(&b.0.value));
        let food_poisoning = self.food_poisoning.is_match(full);
        let food = food_poisoning || self.food.is_match(full) || (!environment && self.group.is_match(full));
        let dead = tally.most(Harm::Dead);
        let by_food = ill.is_some() && food && (food_poisoning || !environment);
        if by_food {
            food_row(ill, dead, food_poisoning, &mut verdicts);
        }
        if let Some((fact, quote)) = dead {
            let what = if fact.counted { format!("死亡 {}", persons(fact.value)) } else { "有人死亡".to_owned() };
            let row = if of_environment { ENVIRONMENT } else { ACCIDENTS };
            if !by_food || grade_of(fact.value, DEAD) > Grade::Large {
                let criterion = format!("死亡 3 人以下一般、3–9 较大、10–29 重大、30 以上特别重大（{row}）");
                verdicts.add(grade_of(fact.value, DEAD), &what, quote, &criterion);
            }
        }
        hurt_row(tally, &mut verdicts);
        if let Some((fact, quote)) = tally.most(Harm::Poisoned).filter(|_| !by_food) {
            let row =
                if of_environment { ENVIRONMENT } else { "国务院令第493号：重伤包括急性工业中毒" };
            let criterion = format!("中毒 10 人以下一般、10–49 较大、50–99 重大、100 以上特别重大（{row}）");
            verdicts.add(grade_of(fact.value, BADLY_HURT), &format!("中毒 {}", persons(fact.value)), quote, &criterion);
        }
        if let Some((fact, quote)) =
            tally.most(Harm::Evacuated).filter(|_| environment || !self.other_disaster.is_match(full))
        {
            let criterion = format!("疏散 5000 人以上较大、1 万以上重大、5 万以上特别重大（{ENVIRONMENT}）");
            verdicts.add(grade_of(fact.value, EVACUATED), &format!("疏散 {}", persons(fact.value)), quote, &criterion);
        }
        if let Some((fact, quote)) = tally
            .most(Harm::Loss)
            .filter(|(fact, _)| fact.value >= LOSS_MIN_YUAN && (environment || self.accident.is_match(full)))
        {
            let (steps, row, words) = if environment {
                (
                    ENVIRONMENT_LOSS_YUAN,
                    ENVIRONMENT,
                    "500 万元以下一般、500–2000 万较大、2000 万–1 亿重大、1 亿以上特别重大",
                )
            } else {
                (
                    ACCIDENT_LOSS_YUAN,
                    ACCIDENTS,
                    "1000 万元以下一般、1000–5000 万较大、5000 万–1 亿重大、1 亿以上特别重大",
                )
            };
            let what = format!("损失 {:.0} 万元", fact.value / 1e4);
            verdicts.add(grade_of(fact.value, steps), &what, quote, &format!("{words}（{row}）"));
        }
        if let Some((grade, quote)) = &tally.water {
            let criterion = format!("污染致饮用水中断：乡镇较大、县级重大、地市级特别重大（{ENVIRONMENT}）");
            verdicts.add(*grade, "饮用水中断", quote, &criterion);
        }
        let counted = verdicts.0.iter().any(|(grade, _)| *grade > Grade::None);
        if let Some((grade, quote)) = tally.named.as_ref().filter(|_| !counted) {
            verdicts.add(*grade, "文中称其等级", quote, "按文中所称，待核实");
        }
        for harm in [Harm::Missing, Harm::Event] {
            if let Some((_, quote)) = tally.most(harm).filter(|_| verdicts.0.is_empty()) {
                let criterion = format!("有事件发生，未见伤亡或损失数字，按一般（{ACCIDENTS}）");
                verdicts.add(Grade::General, "发生突发事件", quote, &criterion);
            }
        }
        verdicts.0.sort_by_key(|(grade, _)| std::cmp::Reverse(*grade));
        let grade = verdicts.0.first().map_or(Grade::None, |(grade, _)| *grade);
        let casualties =
            [Harm::Dead, Harm::BadlyHurt, Harm::Hurt, Harm::Poisoned].iter().any(|harm| tally.most(*harm).is_some());
        let hard = verdicts.0.into_iter().map(|(_, why)| why);
        let soft = tally.soft.iter().take(SOFT_REASONS_MAX);
        let soft = soft.map(|(quote, hedge)| format!("“{quote}”不计：{}（“{}”）", hedge.kind, hedge.words));
        let reasons = hard.chain(soft).map(|why| Reason { of: "event_grade".to_owned(), why }).collect();
        EventVerdict { grade, reasons, casualties }
    }
}

/// Food poisoning, and other illness of a group by the same plan.
fn food_row(ill: Option<&(Fact, String)>, dead: Option<&(Fact, String)>, surely_food: bool, verdicts: &mut Verdicts) {
    let criterion = format!("30–99 人一般、100 人以上或有死亡较大、100 人以上且有死亡或死亡 10 人以上重大（{FOOD}）");
    let Some((fact, quote)) = ill else { return };
    let died = dead.map_or(0.0, |(fact, _)| fact.value);
    let grade = if died >= FOOD_DEAD_MAJOR_MIN || died >= 1.0 && fact.value >= FOOD_ILL_LARGE_MIN {
        Grade::Major
    } else if fact.value >= FOOD_ILL_LARGE_MIN || died >= 1.0 && surely_food {
        Grade::Large
    } else if fact.value >= FOOD_ILL_MIN {
        Grade::General
    } else {
        Grade::None
    };
    let mut what = format!("患病 {}", persons(fact.value));
    if died > 0.0 {
        what.push_str(&format!("、死亡 {}", persons(died)));
    }
    verdicts.add(grade, &what, quote, &criterion);
}

/// Badly hurt; where a text does not say how badly, all are taken as badly hurt, and the reason says so: a proposal that
/// is too high is put right by a person, one that is too low costs time.
fn hurt_row(tally: &Tally, verdicts: &mut Verdicts) {
    let criterion = "重伤 10 人以下一般、10–49 较大、50–99 重大、100 以上特别重大";
    if let Some((fact, quote)) = tally.most(Harm::BadlyHurt) {
        let what = format!("重伤 {}", persons(fact.value));
        verdicts.add(grade_of(fact.value, BADLY_HURT), &what, quote, &format!("{criterion}（{ACCIDENTS}）"));
    } else if let Some((fact, quote)) = tally.most(Harm::Hurt) {
        let (grade, note) = if tally.most(Harm::LightlyHurt).is_some() {
            (Grade::General, "文中称伤势较轻，不按重伤计")
        } else {
            (grade_of(fact.value, BADLY_HURT), "文中未分轻重，从高按重伤计")
        };
        let what = format!("受伤 {}", persons(fact.value));
        verdicts.add(grade, &what, quote, &format!("{criterion}；{note}（{ACCIDENTS}）"));
    } else if let Some((fact, quote)) = tally.most(Harm::LightlyHurt).filter(|(fact, _)| fact.counted) {
        let what = format!("轻伤 {}", persons(fact.value));
        verdicts.add(Grade::General, &what, quote, &format!("轻伤不计入重伤（{ACCIDENTS}）"));
    }
}

/// Sentences of a text without blanks, none longer than [`SENTENCE_CHARS_MAX`].
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['。', '!', '?', ';', '\n', '…']).flat_map(pieces).filter(|sentence| !sentence.is_empty())
}

fn pieces(sentence: &str) -> impl Iterator<Item = &str> {
    let mut rest = sentence;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.char_indices().nth(SENTENCE_CHARS_MAX).map_or(rest.len(), |(byte, _)| byte);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
