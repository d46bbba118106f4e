//! Quantities (数量) as Chinese texts write them: `3人`, `三十余名`, `数十人`, `1.2万余人`, `近百名学生`, `800余万元`.

use super::noun::{PERSONS, begins_kin, is_person_noun, names_person, tells_dead, who_does};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 人、名、位、口、例 and the like.
    Person,
    /// `七八个` with no noun behind it: persons, if a person's fate stands next to it.
    Thing,
    /// `死亡3，伤5`, `3死`: a number alone; persons, if a person's fate stands right next to it.
    Bare,
    /// 具 of bodies.
    Body,
    /// 户: those who live in so many homes.
    Household,
    /// 起、次: how often, so what is counted is no single event.
    Times,
    /// Yuan; the value is in yuan.
    Yuan,
    /// Anything else.
    Other,
}

/// A number with its unit, where it stands (byte offsets of the sentence) and what it is at least.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// First byte, a leading 近/不到 included.
    pub start: usize,
    /// One past the unit.
    pub end: usize,
    /// At least this much: `三十余` is 30, `数十` 20, `近百` 99.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// `N人以下`, `N人以上`: the language of criteria, not of reports.
    pub bounded: Option<Bound>,
}

/// 以上 or 以下 after a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// 以上
    AtLeast,
    /// 以下
    Below,
}

/// 多人、数人、几人: more than two, taken as three, since a report that calls one or two people 多人 is rare.
const VAGUE_PERSONS: f64 = 3.0;
/// 数十、几十: at least twenty, and so with hundreds and thousands.
const VAGUE_FACTOR: f64 = 2.0;
/// Longest number in characters; longer rows of digits are account and telephone numbers.
const NUMBER_CHARS_MAX: usize = 12;

/// All quantities of a sentence without blanks, in order.
pub fn quantities(sentence: &str) -> Vec<Quantity> {
    let chars: Vec<(usize, char)> = sentence.char_indices().collect();
    let (mut at, mut found) = (0, Vec::<Quantity>::new());
    while at < chars.len() {
        match number(&chars, at) {
            Some((next, value)) => {
                // 数, 几 and 多 alone are numbers only where they count people: not in 人数 or 很多.
                let vague = next == at + 1 && matches!(chars[at].1, '数' | '几' | '多');
                let counts = |q: &Quantity| matches!(q.unit, Unit::Person | Unit::Thing);
                found.extend(with_unit(&chars, sentence.len(), at, next, value).filter(|q| !vague || counts(q)));
                let end = found.last().map_or(0, |q: &Quantity| q.end);
                at = next;
                // 三十多名: what belongs to this number begins no other.
                while at < chars.len() && chars[at].0 < end {
                    at += 1;
                }
            }
            None => at += 1,
        }
    }
    found
}

fn digit(c: char) -> Option<f64> {
    Some(match c {
        '零' | '〇' => 0.0,
        '一' | '壹' => 1.0,
        '二' | '两' | '贰' => 2.0,
        '三' | '叁' => 3.0,
        '四' | '肆' => 4.0,
        '五' | '伍' => 5.0,
        '六' | '陆' => 6.0,
        '七' | '柒' => 7.0,
        '八' | '捌' => 8.0,
        '九' | '玖' => 9.0,
        _ => return None,
    })
}

fn scale(c: char) -> Option<f64> {
    Some(match c {
        '十' | '拾' => 10.0,
        '百' | '佰' => 100.0,
        '千' | '仟' => 1_000.0,
        '万' => 10_000.0,
        '亿' => 100_000_000.0,
        _ => return None,
    })
}

/// A number that starts at `at`: the index after it, and its value (the least that it can mean).
fn number(chars: &[(usize, char)], at: usize) -> Option<(usize, f64)> {
    let c = chars[at].1;
    if c.is_ascii_digit() {
        return arabic(chars, at);
    }
    match c {
        '俩' => Some((at + 1, 2.0)),
        '仨' => Some((at + 1, 3.0)),
        // 变成十一个 holds no 成十.
        '成' if at > 0 && chars[at - 1].1 == '变' => None,
        '数' | '几' | '多' | '上' | '成' => vague(chars, at),
        // 万余人, 万人: ten thousand by itself.
        '万' if chars.get(at + 1).is_some_and(|(_, c)| matches!(c, '余' | '名')) => chinese(chars, at),
        // 陆续, 伍某: a formal numeral alone is none.
        '肆' | '伍' | '陆' | '柒' | '捌' | '玖' | '壹' | '贰' | '叁'
            if chars.get(at + 1).is_none_or(|(_, c)| !"拾佰仟万亿人名位具个例".contains(*c)) =>
        {
            None
        }
        // 一共, 一直: no number.
        '一' if chars.get(at + 1).is_some_and(|(_, c)| "共直样定些切般旦度律同边旁".contains(*c)) => None,
        '廿' | '卅' => chinese(chars, at),
        _ if digit(c).is_some() || scale(c).is_some_and(|s| s < 10_000.0) => chinese(chars, at),
        _ => None,
    }
}

fn arabic(chars: &[(usize, char)], at: usize) -> Option<(usize, f64)> {
    let mut digits = String::new();
    let mut next = at;
    while next < chars.len() && next - at < 40 {
        let c = chars[next].1;
        let follows = |n: usize| chars.get(next + n).is_some_and(|(_, c)| c.is_ascii_digit());
        if c.is_ascii_digit() || (c == '.' && follows(1) && !digits.contains('.')) {
            digits.push(c);
        } else if !(c == ',' && follows(1) && follows(2) && follows(3) && !follows(4)) {
            break;
        }
        next += 1;
    }
    let mut value: f64 =
        if digits.len() <= NUMBER_CHARS_MAX { digits.parse().ok()? } else { return Some((next, 0.0)) };
    // `800余万`: the 余 may stand before the scale.
    let mut look = next + usize::from(chars.get(next).is_some_and(|(_, c)| matches!(c, '余' | '多')));
    while let Some(by) = chars.get(look).and_then(|(_, c)| scale(*c)) {
        value *= by;
        look += 1;
        next = look;
    }
    Some((next, value))
}

/// 数十, 几百, 上百, 成百上千, 多(人), 数(人).
fn vague(chars: &[(usize, char)], at: usize) -> Option<(usize, f64)> {
    let c = chars[at].1;
    let mut next = at + 1;
    let mut value = match c {
        '上' | '成' => 1.0,
        _ => VAGUE_FACTOR,
    };
    let mut scaled = false;
    while let Some(by) = chars.get(next).and_then(|(_, c)| scale(*c)) {
        value *= by;
        scaled = true;
        next += 1;
    }
    if c == '成' && scaled && chars.get(next).is_some_and(|(_, c)| *c == '上') {
        next += 1;
        next += usize::from(chars.get(next).is_some_and(|(_, c)| scale(*c).is_some()));
    }
    match (scaled, c) {
        (true, _) if c != '多' => Some((next, value)),
        (false, '数' | '几' | '多') => Some((next, VAGUE_PERSONS)),
        _ => None,
    }
}

/// 三十六, 一百零五, 两千三百, 三四十, 二〇一五.
fn chinese(chars: &[(usize, char)], at: usize) -> Option<(usize, f64)> {
    let (mut total, mut section, mut pending, mut next) = (0.0, 0.0, None::<f64>, at);
    let mut plain = Vec::new();
    while next < chars.len() && next - at < NUMBER_CHARS_MAX {
        let c = chars[next].1;
        if let Some(d) = digit(c) {
            plain.push(d);
            // 三四十, 三五个: the lower of two neighbours counts.
            pending = Some(pending.filter(|p| *p > 0.0 && (1.0..=2.0).contains(&(d - *p))).unwrap_or(d));
        } else if let Some(by) = scale(c) {
            plain.clear();
            if by >= 10_000.0 {
                section += pending.take().unwrap_or(0.0);
                total = (total + if section == 0.0 { 1.0 } else { section }) * by;
                section = 0.0;
            } else {
                section += pending.take().unwrap_or(1.0) * by;
            }
        } else if matches!(c, '余' | '多' | '几' | '来')
            && chars.get(next + 1).is_some_and(|(_, c)| scale(*c).is_some())
        {
            // 八百余万
        } else if let Some(n) = "廿卅".chars().position(|tens| tens == c) {
            section += [20.0, 30.0][n];
        } else if c == '又' && chars.get(next + 1).is_some_and(|(_, c)| digit(*c).is_some()) && plain.is_empty() {
            // 二十又三
        } else {
            break;
        }
        next += 1;
    }
    // 二〇一五 is read digit by digit.
    if plain.len() >= 3 && plain.len() == next - at {
        return Some((next, plain.iter().fold(0.0, |n, d| n * 10.0 + d)));
    }
    Some((next, total + section + pending.unwrap_or(0.0)))
}

/// What stands behind 个 without a noun: the end, or what is said of those counted.
const BEHIND_THING: &str = "里中昨今前到冲掉落沉飞烧淹困卡去拉住进盖蒙罩裹躺头了，。,.、;:!?)”…\n都全没当均也死伤已在被是就还不送重轻受抬遇中躺昏失埋压了走找再活晕没";
/// What may stand behind a number without any unit.
const BEHIND_BARE: &str = "涨升增变，。,.、;:!?)”…\n(死亡伤重轻失受遇没送";
/// Telephone numbers: 120送医 is no number of people.
const HOTLINES: [f64; 7] = [110.0, 119.0, 120.0, 122.0, 12345.0, 12315.0, 12369.0];
/// A number of these is no number of people, whatever stands behind.
const MEASURES: [&str; 12] =
    ["人次", "人间", "人份", "人座", "人制", "名额", "位数", "口井", "口锅", "口水", "口塘", "口鱼"];

fn with_unit(chars: &[(usize, char)], len: usize, from: usize, next: usize, value: f64) -> Option<Quantity> {
    let at = |n: usize| chars.get(n).map(|(_, c)| *c);
    let byte = |n: usize| chars.get(n).map_or(len, |(b, _)| *b);
    // 第3人, 二〇一五年: no count.
    // 老二, 二儿子: who, not how many.
    let single = next == from + 1 && matches!(at(from), Some('二' | '三' | '四' | '五'));
    let kin = ["儿", "女", "叔", "舅", "姨", "姑", "哥", "姐", "弟", "妹", "伯", "婶", "爷", "嫂"];
    let behind: String = chars[next.min(chars.len())..].iter().take(1).map(|(_, c)| *c).collect();
    if single && (from > 0 && at(from - 1) == Some('老') || kin.contains(&behind.as_str()) && at(from) != Some('两'))
    {
        let children = at(next) == Some('儿') && at(next + 1) != Some('子');
        if !children && at(next) != Some('女') {
            return None;
        }
    }
    let ordinal = from > 0 && at(from - 1) == Some('第');
    if ordinal && !tells_dead(&chars[next..]) {
        return None;
    }
    let mut end = next;
    while matches!(at(end), Some('余' | '多' | '来' | '几' | '好')) && end < next + 2 {
        end += 1;
    }
    let rest: String = chars[end.min(chars.len())..].iter().take(6).map(|(_, c)| *c).collect();
    // 一家三口: the number of the family is the next one.
    let family = at(from) == Some('一') && next == from + 1 && rest.starts_with('家');
    if family && rest.chars().nth(1).is_some_and(|c| digit(c).is_some() || c.is_ascii_digit()) {
        return None;
    }
    let one_of = |names: &[&str]| names.iter().find(|name| rest.starts_with(**name)).map(|name| name.chars().count());
    let pair = matches!(at(from), Some('俩' | '仨'));
    let mut value = value;
    let (unit, length) = if let Some(n) = one_of(&["万元", "亿元", "万余元", "亿余元", "千万元"]) {
        let by = if rest.starts_with('亿') {
            1e8
        } else if rest.starts_with('千') {
            1e7
        } else {
            1e4
        };
        value *= by;
        (Unit::Yuan, n)
    } else if let Some(n) = one_of(&["元", "块钱", "块", "人民币"]) {
        (Unit::Yuan, n)
    } else if let Some(n) = one_of(&MEASURES) {
        (Unit::Other, n)
    } else if let Some(n) =
        one_of(&["具遗体", "具尸体", "口棺材", "台棺材", "副棺材", "具棺材", "个灵堂", "处灵堂", "具"])
    {
        (Unit::Body, n)
    } else if let Some(n) = one_of(&["条人命", "条生命", "条鲜活", "条年轻", "条性命", "条命", "条汉子", "条好汉"])
    {
        (Unit::Person, n)
    } else if let Some(n) = one_of(&[
        "人",
        "名",
        "位",
        "口",
        "例",
        "个病例",
        "个人",
        "号人",
        "来号人",
        "号学生",
        "号工人",
        "号老人",
        "号孩子",
        "号娃",
        "号职工",
        "号员工",
        "号村民",
        "个名字",
    ]) {
        (Unit::Person, n)
    } else if rest.starts_with('个')
        && (PERSONS.iter().any(|person| rest['个'.len_utf8()..].starts_with(person))
            || begins_kin(&rest['个'.len_utf8()..]))
    {
        (Unit::Person, 1)
    } else if at(from) == Some('一')
        && next == from + 1
        && ["个都没", "个也没", "个没"].iter().any(|w| rest.starts_with(w))
        && !rest.starts_with("个没了")
    {
        // 一个都没出来: nobody, so whoever was spoken of.
        (Unit::Other, 1)
    } else if rest.starts_with('个') && names_person(&rest['个'.len_utf8()..]) {
        (Unit::Person, 1)
    } else if rest.starts_with('个')
        && (rest.chars().nth(1).is_none_or(|c| BEHIND_THING.contains(c))
            || at(from.wrapping_sub(1)) == Some('有')
                && ["个下午", "个上午", "个早上", "个晚上", "个半夜"].iter().any(|when| rest.starts_with(when))
            || who_does(&chars[end.min(chars.len())..]))
    {
        (Unit::Thing, 1)
    } else if let Some(n) = one_of(&["户人家", "户", "家人", "家"]) {
        (Unit::Household, n)
    } else if let Some(n) = one_of(&["起", "次", "场", "宗", "件"]) {
        (Unit::Times, n)
    } else if pair || is_person_noun(&rest) && !(1900.0..2100.0).contains(&value) {
        (Unit::Person, 0)
    } else if !(HOTLINES.contains(&value) && chars[from].1.is_ascii_digit())
        && (rest.is_empty() || rest.starts_with(|c| BEHIND_BARE.contains(c)))
    {
        (Unit::Bare, 0)
    } else {
        (Unit::Other, 0)
    };
    let before: String = chars[from.saturating_sub(2)..from].iter().map(|(_, c)| *c).collect();
    let near = ["将近", "接近", "不到", "不足", "少于"].iter().any(|w| before.ends_with(w)) || before.ends_with('近');
    if near && value > 1.0 {
        value -= 1.0;
    }
    end += length;
    let tail: String = chars[end.min(chars.len())..].iter().take(3).map(|(_, c)| *c).collect();
    let bounded = if tail.starts_with("以上") || tail.starts_with("及以上") {
        Some(Bound::AtLeast)
    } else if tail.starts_with("以下") || tail.starts_with("及以下") {
        Some(Bound::Below)
    } else {
        None
    };
    Some(Quantity { start: byte(from), end: byte(end), value, unit, bounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn persons(text: &str) -> f64 {
        let found = quantities(text);
        let Some(q) = found.iter().find(|q| q.unit == Unit::Person) else { panic!("{text}: {found:?}") };
        q.value
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (text, value) in [
            ("3人", 3.0),
            ("三十余人", 30.0),
            ("十余名", 10.0),
            ("十几人", 10.0),
            ("数十人", 20.0),
            ("几百名", 200.0),
            ("上百人", 100.0),
            ("成百上千人", 100.0),
            ("近百人", 99.0),
            ("近30人", 29.0),
            ("百余人", 100.0),
            ("一百零五人", 105.0),
            ("两千三百人", 2300.0),
            ("六千余人", 6000.0),
            ("1.2万余人", 12000.0),
            ("1,200人", 1200.0),
            ("两三人", 2.0),
            ("三四十人", 30.0),
            ("一家五口", 5.0),
            ("多名学生", 3.0),
            ("3个孩子", 3.0),
            ("母女俩", 2.0),
            ("一男子", 1.0),
            ("三十六名", 36.0),
            ("3万多人", 30000.0),
            ("变成十一人", 11.0),
        ] {
            assert_eq!(persons(text), value, "{text}");
        }
    }

    #[test]
    fn money_is_in_yuan() {
        for (text, value) in [
            ("3000万元", 3e7),
            ("1.2亿元", 1.2e8),
            ("800余万元", 8e6),
            ("八百余万元", 8e6),
            ("五千元", 5e3),
            ("一亿元", 1e8),
        ] {
            let found = quantities(text);
            assert!(found.iter().any(|q| q.unit == Unit::Yuan && q.value == value), "{text}: {found:?}");
        }
    }

    #[test]
    fn short_forms_and_non_counts() {
        let found = quantities("致3死12伤");
        assert_eq!((found[0].unit, found[0].value, found[1].unit, found[1].value), (Unit::Bare, 3.0, Unit::Bare, 12.0));
        assert_eq!(quantities("抬出来七八个")[0].value, 7.0);
        assert_eq!(quantities("伤了三五个")[0].value, 3.0);
        assert_eq!(quantities("又发生3起")[0].unit, Unit::Times);
        assert!(quantities("第3人").is_empty());
        assert!(quantities("3个月").iter().all(|q| q.unit == Unit::Other));
        assert_eq!(quantities("3人以上10人以下")[1].bounded, Some(Bound::Below));
        assert_eq!(quantities("二〇一五年")[0].value, 2015.0);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9,.一二两三十百千万亿余多几数上近人名死伤元个第\u{1f600}a]{0,40}") {
            for q in quantities(&text) {
                proptest::prop_assert!(q.value.is_finite() && q.value >= 0.0 && q.start <= q.end);
                let _ = &text[q.start..q.end];
            }
        }
    }
}
