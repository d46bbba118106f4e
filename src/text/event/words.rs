//! The words of `models/event_words.tsv`: where each class of them stands in a text, the longest word at each place.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::text::lexicon::lines;

/// The file.
pub const WORDS: &str = include_str!("../../../models/event_words.tsv");

/// What a word says. The lexicon names each in snake case; see there for what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 死亡
    Dead,
    /// 出人命了: somebody died, nobody says how many.
    DeadBare,
    /// 撞死: what is counted may stand behind it.
    DeadOf,
    /// 死了, 没了, 走了: death only where a person is its subject.
    DeadWeak,
    /// 死者
    DeadNoun,
    /// 出殡: whoever is buried died, of what does not stand there.
    Funeral,
    /// 遗体
    Body,
    /// 无人生还: everybody spoken of.
    DeadAll,
    /// 死 in 死3伤2
    ShortDead,
    /// 伤 in 死3伤2
    ShortHurt,
    /// 重伤
    Badly,
    /// 轻伤, 无生命危险
    Light,
    /// 受伤
    Hurt,
    /// 砍伤: what is counted may stand behind it.
    HurtOf,
    /// 中毒
    Poisoned,
    /// 食物中毒
    FoodPoison,
    /// 腹泻
    Ill,
    /// 确诊
    Case,
    /// 送医
    Treated,
    /// 失联
    Missing,
    /// 被困
    Trapped,
    /// 困了, 关了: said of people in a lift, and of much else.
    TrappedOf,
    /// 获救
    Rescued,
    /// 疏散
    Evacuated,
    /// 损失
    Loss,
    /// 起火
    Fire,
    /// 爆炸
    Blast,
    /// 坍塌
    Collapse,
    /// 车祸
    Traffic,
    /// 泄漏
    Leak,
    /// 决口
    Flood,
    /// 滑坡
    Slide,
    /// 坠楼
    Fall,
    /// 械斗
    Violence,
    /// 堵路
    Crowd,
    /// 诺如
    Outbreak,
    /// 新冠: an epidemic of the whole country
    Pandemic,
    /// 冰雹
    Disaster,
    /// 绝收
    DisasterHarm,
    /// 事故
    Accident,
    /// 撞了, 断了: nothing to speak of unless somebody was hurt.
    EventWeak,
    /// 食堂
    Food,
    /// 学校
    Group,
    /// 氯气
    Chemical,
    /// 超标
    Pollution,
    /// 自来水
    Water,
    /// 停供
    WaterOff,
    /// 演练
    Drill,
    /// 不是演练
    Real,
    /// 电影里
    Fiction,
    /// 电影
    FictionWeak,
    /// 股市, 团灭
    Play,
    /// 考试
    PlayWeak,
    /// 谣言
    Denied,
    /// 不信谣
    NotDenied,
    /// 网传
    Rumoured,
    /// 实际
    Corrected,
    /// 如果
    Supposed,
    /// 防止
    Prevented,
    /// 会造成
    Feared,
    /// 可能
    FearedWeak,
    /// 隐患
    Routine,
    /// 每逢
    Ended,
    /// 报废, 压扁: what a blow or water did to things; beside a weak event it shows that something happened.
    Wrecked,
    /// 条例
    AboutLaw,
    /// 去年
    Past,
    /// 周年
    PastStrong,
    /// 宣判
    Court,
    /// 今天
    Now,
    /// 现场
    Happening,
    /// 上半年
    Period,
    /// 全国
    Wide,
    /// 因病
    Natural,
    /// 外省
    Far,
    /// Words that hold one of the others and mean something else.
    Neutral,
}

impl Class {
    fn named(name: &str) -> Option<Self> {
        use Class::*;
        Some(match name {
            "dead" => Dead,
            "dead_bare" => DeadBare,
            "dead_of" => DeadOf,
            "dead_weak" => DeadWeak,
            "dead_noun" => DeadNoun,
            "funeral" => Funeral,
            "body" => Body,
            "dead_all" => DeadAll,
            "short_dead" => ShortDead,
            "short_hurt" => ShortHurt,
            "badly" => Badly,
            "light" => Light,
            "hurt" => Hurt,
            "hurt_of" => HurtOf,
            "poisoned" => Poisoned,
            "food_poison" => FoodPoison,
            "ill" => Ill,
            "case" => Case,
            "treated" => Treated,
            "missing" => Missing,
            "trapped" => Trapped,
            "trapped_of" => TrappedOf,
            "rescued" => Rescued,
            "evacuated" => Evacuated,
            "loss" => Loss,
            "fire" => Fire,
            "blast" => Blast,
            "collapse" => Collapse,
            "traffic" => Traffic,
            "leak" => Leak,
            "flood" => Flood,
            "slide" => Slide,
            "fall" => Fall,
            "violence" => Violence,
            "crowd" => Crowd,
            "outbreak" => Outbreak,
            "pandemic" => Pandemic,
            "disaster" => Disaster,
            "disaster_harm" => DisasterHarm,
            "accident" => Accident,
            "event_weak" => EventWeak,
            "food" => Food,
            "group" => Group,
            "chemical" => Chemical,
            "pollution" => Pollution,
            "water" => Water,
            "water_off" => WaterOff,
            "drill" => Drill,
            "real" => Real,
            "fiction" => Fiction,
            "fiction_weak" => FictionWeak,
            "play" => Play,
            "play_weak" => PlayWeak,
            "denied" => Denied,
            "not_denied" => NotDenied,
            "rumoured" => Rumoured,
            "corrected" => Corrected,
            "supposed" => Supposed,
            "prevented" => Prevented,
            "feared" => Feared,
            "feared_weak" => FearedWeak,
            "routine" => Routine,
            "ended" => Ended,
            "wrecked" => Wrecked,
            "about_law" => AboutLaw,
            "past" => Past,
            "past_strong" => PastStrong,
            "court" => Court,
            "now" => Now,
            "happening" => Happening,
            "period" => Period,
            "wide" => Wide,
            "natural" => Natural,
            "far" => Far,
            "neutral" => Neutral,
            _ => return None,
        })
    }

    /// Words by which a person comes to harm.
    pub fn is_harm(self) -> bool {
        use Class::*;
        matches!(
            self,
            Dead | DeadBare
                | DeadOf
                | DeadWeak
                | DeadNoun
                | Funeral
                | Body
                | DeadAll
                | ShortDead
                | ShortHurt
                | Badly
                | Light
                | Hurt
                | HurtOf
                | Poisoned
                | FoodPoison
                | Ill
                | Case
                | Treated
                | Missing
                | Trapped
                | TrappedOf
                | Rescued
                | Evacuated
                | Loss
        )
    }

    /// Words for something that happens, whoever comes to harm.
    pub fn is_event(self) -> bool {
        use Class::*;
        matches!(
            self,
            Fire | Blast
                | Collapse
                | Traffic
                | Leak
                | Flood
                | Slide
                | Fall
                | Violence
                | Crowd
                | Outbreak
                | Disaster
                | DisasterHarm
                | Accident
                | EventWeak
        )
    }
}

/// A word of the lexicon in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it says.
    pub class: Class,
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// The lexicon, ready to scan.
pub struct EventWords {
    automaton: AhoCorasick,
    classes: Vec<Class>,
}

impl Default for EventWords {
    fn default() -> Self {
        let (mut words, mut classes): (Vec<String>, Vec<Class>) = (Vec::new(), Vec::new());
        for line in lines(WORDS) {
            let class = Class::named(line[0]).expect("a class of models/event_words.tsv");
            for word in line[1].split(' ').flat_map(spelt_out).filter(|word| !word.is_empty()) {
                // A word of two classes belongs to the one that stands first, as Aho-Corasick prefers the earlier.
                words.push(word);
                classes.push(class);
            }
        }
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::LeftmostLongest)
            .build(&words)
            .expect("a few thousand short words are far below the automaton's limits");
        Self { automaton, classes }
    }
}

/// What a pattern of the lexicon stands for: `{没|没能}救{活|回来}` is four words; an empty alternative leaves its place out.
pub fn spelt_out(pattern: &str) -> Vec<String> {
    let Some((head, rest)) = pattern.split_once('{') else { return vec![pattern.to_owned()] };
    let (inner, tail) = rest.split_once('}').expect("a closed brace in models/event_words.tsv");
    let tails = spelt_out(tail);
    inner.split('|').flat_map(|part| tails.iter().map(move |tail| format!("{head}{part}{tail}"))).collect()
}

impl EventWords {
    /// The words of a text in their order, none within another, and none of [`Class::Neutral`].
    pub fn marks(&self, text: &str) -> Vec<Mark> {
        self.automaton
            .find_iter(text)
            .map(|hit| Mark { class: self.classes[hit.pattern().as_usize()], start: hit.start(), end: hit.end() })
            .filter(|mark| mark.class != Class::Neutral && !within_number(text, mark))
            .collect()
    }
}

/// 一万一千人 holds no 万一.
fn within_number(text: &str, mark: &Mark) -> bool {
    const NUMERALS: &str = "一二两三四五六七八九十百千0123456789";
    &text[mark.start..mark.end] == "万一" && text[..mark.start].ends_with(|c| NUMERALS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_stand_for_every_combination() {
        assert_eq!(spelt_out("死亡"), ["死亡"]);
        assert_eq!(spelt_out("{没|没能}救{活|回来}了"), ["没救活了", "没救回来了", "没能救活了", "没能救回来了"]);
        assert_eq!(spelt_out("着{了|}火"), ["着了火", "着火"]);
    }

    #[test]
    fn the_longest_word_decides() {
        let words = EventWords::default();
        let classes = |text: &str| words.marks(text).into_iter().map(|mark| mark.class).collect::<Vec<_>>();
        assert_eq!(classes("死亡率"), []);
        assert_eq!(classes("食物中毒"), [Class::FoodPoison]);
        assert_eq!(classes("笑死我了"), []);
        assert_eq!(classes("一万一千多名群众"), []);
        assert_eq!(classes("死3伤2"), [Class::ShortDead, Class::ShortHurt]);
    }
}
