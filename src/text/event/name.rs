//! Names (名称): a word that belongs to the name of a place, a body or a person says nothing of what happened. 电影院 is no
//! film, 演练基地 no drill, 曾某 no past.

use super::words::{Class, Mark};

/// Ends of names of places and bodies, long ones first.
const SUFFIXES: [&str; 62] = [
    "有限公司",
    "公司",
    "中心",
    "基地",
    "学校",
    "学院",
    "小学",
    "中学",
    "幼儿园",
    "医院",
    "病区",
    "病房",
    "协会",
    "公园",
    "乐园",
    "花园",
    "家园",
    "广场",
    "陵园",
    "小区",
    "社区",
    "大厦",
    "旧址",
    "故居",
    "遗址",
    "俱乐部",
    "工作室",
    "指挥部",
    "支队",
    "大队",
    "大道",
    "银行",
    "院",
    "馆",
    "厅",
    "店",
    "城",
    "吧",
    "屋",
    "园",
    "厂",
    "网",
    "社",
    "室",
    "所",
    "站",
    "局",
    "楼",
    "塔",
    "碑",
    "路",
    "街",
    "巷",
    "村",
    "镇",
    "桥",
    "场",
    "舱",
    "器",
    "科",
    "班",
    "墓",
];
/// A verb is part of a name only where one of these stands right behind it: 模拟工厂爆炸 is a drill.
const SUFFIXES_OF_VERBS: [&str; 22] = [
    "体验馆",
    "体验中心",
    "训练馆",
    "科普馆",
    "教育馆",
    "教育基地",
    "基地",
    "中心",
    "馆",
    "舱",
    "器",
    "场",
    "室",
    "城",
    "店",
    "厅",
    "塔",
    "楼",
    "学校",
    "大厅",
    "车间",
    "设施",
];
/// Of the words that tell of the past, of routine or of the wide world, those that also begin names.
const NAME_WORDS: [&str; 22] = [
    "抗战",
    "抗日",
    "纪念",
    "烈士",
    "红军",
    "新四军",
    "起义",
    "战役",
    "保险",
    "培训",
    "教育",
    "科普",
    "知识",
    "建设",
    "平安",
    "学习",
    "讲座",
    "世界",
    "全球",
    "标准",
    "安全带",
    "检查",
];
/// Words that end a name before it has begun: 电影里工厂爆炸.
const FUNCTION: &str = "里中内的了在是有上下和与把被让等，。、:;!?致造死伤后前时说看";
/// How far behind a word a name that it begins may end, in characters.
const NAME_CHARS_MAX: usize = 5;

/// Whether a word of context is part of a name.
pub fn is_part_of_name(text: &str, mark: &Mark) -> bool {
    let after = &text[mark.end..];
    if called(text, mark) {
        return true;
    }
    match mark.class {
        Class::Drill => SUFFIXES_OF_VERBS.iter().any(|suffix| after.starts_with(suffix)),
        Class::FictionWeak | Class::Play | Class::PlayWeak | Class::Natural => begins_name(after),
        Class::PastStrong | Class::Routine | Class::Wide => {
            NAME_WORDS.contains(&&text[mark.start..mark.end]) && begins_name(after)
        }
        Class::Prevented => SUFFIXES_OF_VERBS.iter().any(|suffix| after.starts_with(suffix)) || begins_body(after),
        _ => false,
    }
}

/// 一家叫“最后一集”的书吧, “火焰山”烤肉店: what stands in quotation marks is what it is called.
fn called(text: &str, mark: &Mark) -> bool {
    const QUOTED_BYTES_MAX: usize = 36;
    let before = &text[..mark.start];
    let Some(open) = before.rfind('“').filter(|open| mark.start - open <= QUOTED_BYTES_MAX) else { return false };
    let Some(close) = text[mark.end..].find('”').filter(|close| *close <= QUOTED_BYTES_MAX) else { return false };
    if before[open..].contains('”') {
        return false;
    }
    let after = &text[mark.end + close + '”'.len_utf8()..];
    ["叫", "名为", "名叫", "取名", "店名", "招牌", "叫做", "名字是"].iter().any(|word| before[..open].ends_with(word))
        || SUFFIXES.iter().any(|suffix| after.starts_with(suffix)) && !after.starts_with(['里', '上'])
}

/// 康复中心, 放映厅: a name's end follows before any word that would end it.
fn begins_name(after: &str) -> bool {
    let mut rest = after;
    for _ in 0..NAME_CHARS_MAX {
        if SUFFIXES.iter().any(|suffix| rest.starts_with(suffix)) {
            return true;
        }
        match rest.chars().next() {
            Some(c) if !FUNCTION.contains(c) && !c.is_ascii_punctuation() => rest = &rest[c.len_utf8()..],
            _ => return false,
        }
    }
    false
}

/// 控制中心, 接种门诊 after 预防: a body, within a few characters.
fn begins_body(after: &str) -> bool {
    ["控制中心", "保健院", "保健所", "医学科", "医学会", "接种", "保健中心"].iter().any(|body| after.starts_with(body))
}

#[cfg(test)]
mod tests {
    use super::super::words::EventWords;
    use super::*;

    #[test]
    fn words_of_names_are_told_from_words_that_tell() {
        let words = EventWords::default();
        let named = |text: &str, class: Class| {
            words.marks(text).iter().filter(|m| m.class == class).all(|m| is_part_of_name(text, m))
        };
        for (text, class) in [
            ("电影放映厅起火", Class::FictionWeak),
            ("游戏体验馆起火", Class::FictionWeak),
            ("应急演练基地爆炸", Class::Drill),
            ("抗战老兵公寓楼着火", Class::PastStrong),
            ("股票交易大厅坍塌", Class::Play),
        ] {
            assert!(named(text, class), "{text}");
        }
        for (text, class) in [
            ("电影里工厂爆炸", Class::Fiction),
            ("演练中工厂爆炸", Class::Drill),
            ("模拟化工厂爆炸", Class::Drill),
            ("抗战时厂房被炸", Class::PastStrong),
        ] {
            assert!(!named(text, class), "{text}");
        }
    }
}
