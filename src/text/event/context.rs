//! Contexts (不作数的语境): whether what a sentence says has happened. A drill, a film, a denial, a law, a fear, a memory and
//! a sum over years all speak of dead although nobody has died here and now.

mod asked;
mod denial;
mod law;
mod voice;

use super::grammar::tail;
use super::name::is_part_of_name;
use super::quantity::{Unit, quantities};
use super::when;
use super::whose::Site;
use super::words::{Class, Mark};
use crate::domain::instant::Instant;
use crate::text::normalise::clip;

/// Why what a sentence says is not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hedge {
    /// Which context, in Chinese: 演练, 假设, 历史, …
    pub kind: &'static str,
    /// The words that show it.
    pub words: String,
}

/// Longest quotation of the words that show a context, in characters.
const WORDS_QUOTED_CHARS: usize = 12;
/// A denial: it is a signal of a rumour besides.
pub const DENIAL: &str = "辟谣";
/// It happened in another place.
pub const ELSEWHERE: &str = "外地";
const DRILL: &str = "演练";
const FICTION: &str = "虚构";
const FIGURE: &str = "比喻或竞技、行情用语";
const SUPPOSED: &str = "假设或防范";
const LAW: &str = "法规或定义";
const HISTORY: &str = "历史";
const SUM: &str = "统计";
const ILLNESS: &str = "非突发事件";
const GENERAL: &str = "泛指";

/// Ends of titles in 《》 that name no work of fiction.
const LAWS: [&str; 16] = [
    "法", "条例", "规定", "办法", "规范", "标准", "细则", "预案", "意见", "通知", "方案", "指南", "规程", "制度",
    "批复", "决定",
];
const PAPERS: [&str; 12] =
    ["报", "日报", "晚报", "晨报", "时报", "新闻", "周刊", "报告", "通报", "公告", "公报", "快讯"];
const WATCHED: [&str; 16] =
    ["看", "追", "刷", "读", "播", "演", "映", "剧", "书", "影", "集", "玩", "讲述", "里", "票房", "主角"];
/// Ends what a condition reaches: 万一…, 目前已有3人死亡.
const REPORTS: [&str; 8] = ["已造成", "已致", "已有", "已经", "目前", "截至", "确认", "共造成"];
/// Right behind a fate it makes it a condition: 死了人才管, 出人命的话.
const CONDITION_BEHIND: [&str; 12] =
    ["才", "的话", "怎么办", "谁负责", "之前", "谁来", "你们才", "再来", "再管", "再去", "再修", "为止"];
/// Behind a year: the year tells of something else than the event: 去年投产的厂.
const OTHER_DEED: [&str; 22] = [
    "建", "投产", "开业", "装修", "验收", "入住", "买", "搬", "交付", "修", "通车", "成立", "签", "办", "刚", "才",
    "新", "出生", "结婚", "毕业", "入职", "退休",
];
/// Words of routine that no date in the sentence outweighs.
const HARD_ROUTINE: [&str; 20] = [
    "锦旗",
    "鬼门关",
    "手术很成功",
    "手术成功",
    "妙手回春",
    "感谢信",
    "隐患",
    "风险",
    "培训",
    "讲座",
    "宣传",
    "科普",
    "预警",
    "警示",
    "经常",
    "时常",
    "频发",
    "请问",
    "咨询",
    "能领",
];

/// A text with its words.
pub struct Setting<'a> {
    /// Title, line break, text, without blanks.
    pub full: &'a str,
    /// Its words.
    pub marks: &'a [Mark],
    /// Where the sentences stand, in bytes.
    pub sentences: &'a [(usize, usize)],
    /// Bytes of the title; 0 without one.
    pub title_end: usize,
    /// When it was published.
    pub published: Option<Instant>,
    /// Places that it names.
    pub sites: &'a [Site],
    /// It reads as telling of what took place, whatever single words say.
    pub surely_told: bool,
    /// It reads like anything but a report.
    pub doubted: bool,
}

/// A fact's place in the text, in bytes of the whole.
#[derive(Clone, Copy)]
pub struct Spot {
    /// Number of its sentence.
    pub sentence: usize,
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether a number stands with it: a bare "爆炸" is taken back by more than "爆炸致3死" is.
    pub counted: bool,
    /// The number is bounded (以上, 以下), as laws write.
    pub bounded: bool,
    /// A loss: it is always estimated, 预计 takes nothing back.
    pub estimated: bool,
    /// It tells of one dead or of nobody counted: an illness may explain it.
    pub single: bool,
}

/// Reads the contexts of one text.
pub struct Contexts<'a> {
    setting: Setting<'a>,
    real: bool,
    /// It speaks of news, so that 虚假 is said of news.
    of_news: bool,
    denials: Vec<Mark>,
    whole: Option<Hedge>,
    /// The last history that a sentence set, and whether it goes on.
    carried: Option<(usize, Hedge, bool)>,
}

fn hedge(kind: &'static str, words: &str) -> Hedge {
    Hedge { kind, words: clip(words, WORDS_QUOTED_CHARS).into_owned() }
}

impl<'a> Contexts<'a> {
    /// Of a text.
    pub fn new(setting: Setting<'a>) -> Self {
        let real = setting.marks.iter().any(|mark| mark.class == Class::Real);
        let rumoured = setting.marks.iter().any(|mark| mark.class == Class::Rumoured);
        let of_news = rumoured || denial::NEWS.iter().any(|word| setting.full.contains(word));
        // 说是谣言？ doubts the denial.
        let doubted = |mark: &Mark| {
            setting.full[mark.end..].starts_with('?') && setting.full[..mark.start].ends_with(['是', '说'])
        };
        // 死亡5人，其余均为谣传: what was said stands.
        let of_others = |mark: &Mark| {
            let before = setting.full[..mark.start].trim_end_matches(['均', '都', '为', '是', '系', '皆']);
            ["其余", "其他", "其它", "别的"].iter().any(|word| before.ends_with(word))
        };
        let denied = |mark: &&Mark| mark.class == Class::Denied && !doubted(mark) && !of_others(mark);
        let mut denials: Vec<Mark> = setting.marks.iter().filter(denied).copied().collect();
        denials.extend(denial::unrelated(setting.full, setting.sites));
        denials.sort_by_key(|mark| mark.start);
        let mut contexts = Self { setting, real, of_news, denials, whole: None, carried: None };
        contexts.whole = contexts.of_whole();
        contexts
    }

    fn text(&self, mark: &Mark) -> &'a str {
        &self.setting.full[mark.start..mark.end]
    }

    fn in_sentence(&self, n: usize) -> impl Iterator<Item = &'a Mark> + use<'a> {
        let (start, end) = self.setting.sentences[n];
        let marks = self.setting.marks;
        let from = marks.partition_point(|mark| mark.start < start);
        marks[from..].iter().take_while(move |mark| mark.end <= end)
    }

    /// 今天 brings a sentence back to now; 五年前的今天 and 去年今日 do not.
    fn is_now(&self, mark: &Mark) -> bool {
        let before = tail(&self.setting.full[..mark.start], 3);
        let then = before.ends_with("前的") || before.ends_with('年') || before.ends_with("年的");
        mark.class == Class::Now && !(self.text(mark).starts_with('今') && then)
    }

    fn named(&self, mark: &Mark) -> bool {
        is_part_of_name(self.setting.full, mark)
    }

    /// A context that holds for the whole text: a drill or a work of fiction in the title, or said twice; a court.
    fn of_whole(&self) -> Option<Hedge> {
        let opening = self.setting.title_end.max(self.setting.sentences.first().map_or(0, |s| s.1));
        let of = |class: Class| self.setting.marks.iter().filter(move |m| m.class == class && !self.named(m));
        if !self.real
            && let Some(mark) = of(Class::Drill).find(|m| m.end <= opening || of(Class::Drill).nth(1).is_some())
            && !self.went_wrong(mark)
            && !self.lacking(mark)
        {
            return Some(hedge(DRILL, self.text(mark)));
        }
        let mut fiction = of(Class::Fiction);
        if let Some(mark) = fiction.next()
            && (mark.end <= self.setting.title_end || fiction.next().is_some())
        {
            return Some(hedge(FICTION, self.text(mark)));
        }
        of(Class::Court).next().map(|mark| hedge(HISTORY, self.text(mark)))
    }

    /// 演练中发生意外: what goes wrong in a drill has happened.
    fn went_wrong(&self, drill: &Mark) -> bool {
        let rest = &self.setting.full[drill.end..];
        let sentence = rest.split(['。', '!', '?', '\n']).next().unwrap_or("");
        let during = ["时", "中", "期间", "过程中", "途中", "现场", "结束后", "后", "的时候", "当中"]
            .iter()
            .any(|word| sentence.starts_with(word));
        let wrong = ["意外", "真的", "真火", "真正", "不慎", "突然", "失误", "失手", "走火", "假戏真做"];
        let scripted = ["模拟", "假设", "设定", "背景", "科目", "假定", "假想"];
        let back =
            ["途中", "返程", "归途", "回来路上", "返回途中", "结束后", "结束返", "结束回", "完毕返", "收队", "散场"]
                .iter()
                .any(|word| sentence.starts_with(word));
        (back || during && wrong.iter().any(|word| sentence.contains(word)))
            && !scripted.iter().any(|word| self.setting.full.contains(word))
    }

    /// 从未演练, 演练不到位: there was no drill.
    fn lacking(&self, drill: &Mark) -> bool {
        let before = tail(&self.setting.full[..drill.start], 6);
        let after = &self.setting.full[drill.end..];
        ["从未", "没有", "从没", "缺乏", "不", "未", "上次", "平时", "日常"].iter().any(|word| before.contains(word))
            || ["不到位", "流于形式", "走过场", "刚结束", "刚过"].iter().any(|word| after.starts_with(word))
    }

    /// Why a fact does not count; `None` if it does.
    pub fn of(&mut self, spot: Spot) -> Option<Hedge> {
        let found = self.judge(spot);
        // 还记得2016年那场洪水吗？ asks, and tells of then.
        let then = match &found {
            Some(found) if found.kind == HISTORY => Some(found.clone()),
            Some(_) => self.history(spot),
            None => None,
        };
        if let Some(then) = then {
            self.carried = Some((spot.sentence, then, true));
        }
        found
    }

    fn judge(&self, spot: Spot) -> Option<Hedge> {
        let now = self.in_sentence(spot.sentence).any(|mark| self.is_now(mark) && mark.start < spot.end);
        self.denied(spot)
            .or_else(|| self.answered(spot))
            .or_else(|| self.whole.clone().filter(|whole| whole.kind != HISTORY || !now))
            .or_else(|| self.in_its_sentence(spot))
            .or_else(|| self.titled(spot))
            .or_else(|| self.history(spot))
            .or_else(|| self.inherited(spot, now))
    }

    /// What the sentences before set goes on: 1998年发过大水。全市死亡23人。
    fn inherited(&self, spot: Spot, now: bool) -> Option<Hedge> {
        let (from, history, strong) = self.carried.as_ref()?;
        let near = spot.sentence == from + 1 || *strong && spot.sentence > *from && spot.sentence <= from + 3;
        (near && !now).then(|| history.clone())
    }

    /// A sentence without facts sets the scene for the next one.
    pub fn pass(&mut self, n: usize) {
        let (start, end) = self.setting.sentences[n];
        let spot =
            Spot { sentence: n, start: end, end, counted: true, bounded: false, estimated: false, single: false };
        let now = self.in_sentence(n).any(|mark| self.is_now(mark));
        if start < end && !now {
            self.carried = match self.history(spot) {
                Some(history) => Some((n, history, false)),
                None => self.carried.take().filter(|(from, _, _)| n <= from + 1),
            };
        } else if now {
            self.carried = None;
        }
    }

    /// The contexts of the fact's own sentence.
    fn in_its_sentence(&self, spot: Spot) -> Option<Hedge> {
        let full = self.setting.full;
        let (start, end) = self.setting.sentences[spot.sentence];
        let clause = full[start..spot.start].rfind(['，', ',', ':', '(', '“']).map_or(start, |at| start + at);
        let before = &full[start..spot.start];
        let after = &full[spot.end..end];
        let earlier = spot.sentence.checked_sub(1).map_or("", |n| &full[self.setting.sentences[n].0..start]);
        let asked = ["何为", "什么是", "是指", "标准", "规定", "条例"].iter().any(|word| earlier.contains(word));
        let bounds = || quantities(&full[start..end]).iter().filter(|q| q.bounded.is_some()).count();
        let graded =
            ["为特别重大", "为重大", "为较大", "为一般", "分级", "凡"].iter().any(|w| full[start..end].contains(w));
        let relative = after.starts_with('的');
        if spot.bounded && (graded || relative || law::is_law(&full[start..end]) || asked || bounds() > 1)
            || law::is_definition(&full[start..end])
        {
            return Some(hedge(LAW, if spot.bounded { &full[spot.start..spot.end] } else { "的，为" }));
        }
        let fact = &full[spot.start..spot.end];
        let behind: String = after.chars().take(1).collect();
        if (["死过", "亡过", "伤过", "炸过", "塌过", "烧过"].iter().any(|word| fact.contains(word)) || behind == "过")
            && !after.starts_with("过程")
        {
            return Some(hedge(HISTORY, fact));
        }
        // 一次死亡9人属于什么等级的事故？
        let grade_asked = ["什么等级", "哪个等级", "哪一级", "属于几级", "算几级", "怎么定级", "什么级别"];
        if grade_asked.iter().any(|word| full[start..end].contains(word)) {
            return Some(hedge(LAW, "什么等级"));
        }
        if let Some(hedge) = self.others_say(spot) {
            return Some(hedge);
        }
        if fact.starts_with("死几") {
            return Some(hedge(GENERAL, fact));
        }
        if let Some(hedge) = self.asked(spot).or_else(|| self.played(spot)) {
            return Some(hedge);
        }
        if let Some(rule) = law::rule(before, fact, after) {
            return Some(hedge(LAW, rule));
        }
        if ["几人", "几个", "多少"].iter().any(|word| fact.contains(word)) && full[..end].ends_with('?') {
            return Some(hedge(GENERAL, "?"));
        }
        let standard = ["标准", "量刑", "或者", "考试题"].iter().any(|word| full[start..end].contains(word));
        if standard && bounds() > 0 {
            return Some(hedge(LAW, fact));
        }
        if !spot.counted
            && let Some(word) =
                CONDITION_BEHIND.iter().find(|word| after.trim_start_matches(['了', '人']).starts_with(**word))
        {
            return Some(hedge(SUPPOSED, word));
        }
        let happened_since = |mark: &Mark| {
            let between = &full[mark.end..spot.start.max(mark.end)];
            between.contains(['，', ',']) && REPORTS.iter().any(|word| between.contains(word))
        };
        let now = self.in_sentence(spot.sentence).any(|mark| mark.class == Class::Now && mark.start < spot.start);
        for mark in self.in_sentence(spot.sentence) {
            let ahead = mark.start < spot.start;
            let within = mark.start < spot.end;
            let in_clause = within && mark.start >= clause;
            if matches!(mark.class, Class::Dead | Class::Happening) || self.named(mark) {
                continue;
            }
            let words = self.text(mark);
            let kind = match mark.class {
                Class::Drill if !self.real && !self.went_wrong(mark) && !self.lacking(mark) => Some(DRILL),
                Class::Fiction if !self.real => Some(FICTION),
                Class::FictionWeak if !spot.counted || self.setting.doubted || self.tells_story(mark) => Some(FICTION),
                Class::Play => Some(FIGURE),
                Class::PlayWeak if !spot.counted || self.setting.doubted => Some(FIGURE),
                Class::Supposed if within && !happened_since(mark) => Some(SUPPOSED),
                Class::Prevented if in_clause || ahead && !spot.counted && !happened_since(mark) => Some(SUPPOSED),
                Class::Feared if in_clause && !spot.estimated => Some(SUPPOSED),
                Class::FearedWeak if in_clause && !spot.counted => Some(SUPPOSED),
                Class::AboutLaw if spot.bounded || self.setting.doubted => Some(LAW),
                Class::Period
                    if ahead && !full.get(mark.end..spot.start).unwrap_or("").contains('最')
                        || ["同比", "环比", "平均"].contains(&words) =>
                {
                    Some(SUM)
                }
                Class::Wide if ahead && spot.counted => Some(ELSEWHERE),
                Class::Far if (ahead || full[..mark.start].ends_with('在')) && !from_there(&full[mark.end..]) => {
                    Some(ELSEWHERE)
                }
                Class::Natural if spot.single => Some(ILLNESS),
                Class::Routine if self.setting.surely_told || !spot.counted && self.of_person(mark) => None,
                // 宝宝平安 is no 平安建设.
                Class::Routine
                    if words == "平安" && !full[mark.end..].starts_with(['建', '宣', '校', '志', '社', '创']) =>
                {
                    None
                }
                Class::Routine
                    if ["纠纷", "矛盾"].contains(&words)
                        && self
                            .in_sentence(spot.sentence)
                            .any(|m| m.class == Class::Violence || self.text(m) == "殴打") =>
                {
                    None
                }
                Class::Routine if !spot.counted && (!now || words.contains("提") || HARD_ROUTINE.contains(&words)) => {
                    Some(GENERAL)
                }
                Class::Ended if !spot.counted && !now => Some(GENERAL),
                _ => None,
            };
            if let Some(kind) = kind {
                return Some(hedge(kind, words));
            }
        }
        self.summed(spot, before)
    }

    /// 值班工人, 检查员: what somebody does for a living says nothing of what happened.
    fn of_person(&self, mark: &Mark) -> bool {
        let after = &self.setting.full[mark.end..];
        ["工人", "员", "人员", "保安", "医生", "护士", "民警", "师傅", "电工", "干部", "室", "亭"]
            .iter()
            .any(|word| after.starts_with(word))
    }

    /// 发生事故12起，死亡5人
    fn summed(&self, spot: Spot, before: &str) -> Option<Hedge> {
        if !spot.counted {
            return self.event_summed(spot);
        }
        if !before.contains(['起', '宗', '件']) {
            return None;
        }
        let times = quantities(before)
            .into_iter()
            .find(|q| q.unit == Unit::Times && q.value >= 2.0 && !before[q.start..q.end].ends_with(['次', '场']))?;
        let now = self.in_sentence(spot.sentence).any(|mark| mark.class == Class::Now && mark.start < spot.start);
        (!now).then(|| hedge(SUM, &before[times.start..times.end]))
    }

    /// 发生火灾36起, 36起火灾: so many events are none of now.
    fn event_summed(&self, spot: Spot) -> Option<Hedge> {
        let (start, end) = self.setting.sentences[spot.sentence];
        let sentence = &self.setting.full[start..end];
        if !sentence.contains(['起', '宗', '件']) {
            return None;
        }
        let now = self.in_sentence(spot.sentence).any(|mark| self.is_now(mark) && mark.start < spot.start);
        let times = quantities(sentence)
            .into_iter()
            .find(|q| q.unit == Unit::Times && q.value >= 2.0 && !sentence[q.start..q.end].ends_with(['次', '场']))?;
        (!now).then(|| hedge(SUM, &sentence[times.start..times.end]))
    }

    /// 这部电影…, 电影的结局…: the work is spoken of, not the cinema.
    fn tells_story(&self, mark: &Mark) -> bool {
        let after = &self.setting.full[mark.end..];
        let before = tail(&self.setting.full[..mark.start], 4);
        let story = [
            "里",
            "中",
            "内",
            "《",
            "版",
            "情节",
            "场景",
            "桥段",
            "一样",
            "似的",
            "的剧",
            "的情",
            "的结",
            "的特",
            "都不敢",
        ];
        let told = ["部", "像", "如", "跟", "看了", "追", "刷", "堪比", "好像", "仿佛", "拍成", "是"];
        story.iter().any(|word| after.starts_with(word) && !after.starts_with("中心"))
            || told.iter().any(|word| before.ends_with(word))
    }

    /// 《流浪地球》 is a film, 《生产安全法》 a law, 《宣城日报》 a newspaper.
    fn titled(&self, spot: Spot) -> Option<Hedge> {
        let (start, end) = self.setting.sentences[spot.sentence];
        let sentence = &self.setting.full[start..end];
        let open = sentence.find('《')?;
        let close = open + sentence[open..].find('》')?;
        let title = &sentence[open + '《'.len_utf8()..close];
        if LAWS.iter().any(|law| title.ends_with(law)) {
            return (spot.bounded || sentence.contains("规定")).then(|| hedge(LAW, title));
        }
        let rest = format!("{}{}", &sentence[..open], &sentence[close..]);
        let watched = WATCHED.iter().any(|word| rest.contains(word));
        (!PAPERS.iter().any(|paper| title.ends_with(paper)) && watched).then(|| hedge(FICTION, title))
    }

    /// What was long ago, unless something said between it and the fact brings it back to now.
    fn history(&self, spot: Spot) -> Option<Hedge> {
        let (start, end) = self.setting.sentences[spot.sentence];
        let full = self.setting.full;
        let now_after = |from: usize| {
            self.in_sentence(spot.sentence).any(|m| self.is_now(m) && m.start >= from && m.start < spot.start)
        };
        for mark in self.in_sentence(spot.sentence) {
            let ahead = mark.start < spot.start;
            let counts = match mark.class {
                Class::PastStrong if !self.named(mark) => true,
                Class::Past => ahead && !other_deed(&full[mark.end..end]),
                _ => false,
            };
            // 本周取消文娱活动，悼念火灾中逝去的26位老人: mourned now.
            let mourned_now = ["悼念", "哀悼", "默哀"].contains(&self.text(mark))
                && (now_after(start) || self.setting.surely_told && mark.start >= spot.end);
            if counts && !now_after(mark.end) && !mourned_now {
                return Some(hedge(HISTORY, self.text(mark)));
            }
        }
        let (words, until) = when::past(&full[start..end], self.setting.published)?;
        let brought_back = now_after(start + until) || other_deed(&full[start + until..end]);
        (!brought_back).then(|| hedge(HISTORY, &words))
    }
}

/// 外地人, 外地车: somebody from there, here.
fn from_there(after: &str) -> bool {
    ["人", "车", "游客", "牌", "来", "务工", "司机", "老板", "口音", "民工", "货车", "客车", "户籍", "学生", "一?样"]
        .iter()
        .any(|word| after.starts_with(word))
}

fn other_deed(after: &str) -> bool {
    let near: String = after.chars().take(5).collect();
    let then = ["初期", "之初", "期间", "那会", "那年", "的时候", "当时", "那阵", "时"];
    OTHER_DEED.iter().any(|deed| {
        let Some(at) = near.find(deed) else { return false };
        let rest: String = after[at + deed.len()..].chars().take(5).collect();
        !then.iter().any(|word| rest.contains(word))
    }) && !near.starts_with('的')
}
