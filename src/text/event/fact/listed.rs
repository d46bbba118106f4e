//! The dead told as a list of people: `遇难的是老周、他老婆和孙子`; `爷爷、奶奶和两个孩子都没了`. Who stands in such a list is
//! counted, with whatever number stands within it.

use super::super::grammar::tail;
use super::super::group::FAMILY;
use super::super::person::kin;
use super::super::quantity::{Quantity, Unit};
use super::super::words::{Class, Mark};

/// Between two people of a list.
const JOINS: [&str; 10] = ["以及", "还有", "外加", "加上", "连同", "、", "和", "与", "及", "跟"];
/// A list goes on behind a comma where one of these follows.
const GOES_ON: [&str; 6] = ["还有", "以及", "外加", "加上", "连同", "另有"];
/// What links the word to the list behind it.
const LINKS: [&str; 17] = [
    "的分别是",
    "的分别为",
    "的包括",
    "分别是",
    "分别为",
    "的是",
    "的有",
    "的就是",
    "的为",
    "的:",
    "包括",
    "了",
    "的",
    "是",
    "为",
    "系",
    ":",
];
/// Between the list and the word behind it.
const FILLERS: [&str; 34] = [
    "当场",
    "现场",
    "双双",
    "不幸",
    "先后",
    "相继",
    "一起",
    "一同",
    "同时",
    "全部",
    "全都",
    "全",
    "都",
    "均",
    "皆",
    "也",
    "已经",
    "已",
    "就",
    "被埋",
    "被困",
    "被",
    "直接",
    "一块",
    "一块儿",
    "三人",
    "二人",
    "两人",
    "四人",
    "三个人",
    "两个人",
    "四个人",
    "三个",
    "人",
];
/// A name with one of these behind it.
const TITLES: [&str; 16] = [
    "师傅", "老师", "医生", "大爷", "大妈", "大叔", "主任", "队长", "经理", "老板", "工", "总", "姐", "哥", "叔", "姨",
];
/// Longest piece between two joins, in characters.
const PIECE_CHARS_MAX: usize = 14;
/// Longest word for a person that no list knows, in characters.
const SHORT_CHARS_MAX: usize = 3;
/// Characters that no name holds.
const NO_NAME: &str = "的了在是有和被把人个名位里中上下着过都也不没这那死伤亡";

/// The lists of dead and missing people of a sentence, as numbers, each in place of the numbers within it.
pub fn listed_people(sentence: &str, marks: &[Mark], numbers: &mut Vec<Quantity>) {
    let fates = |mark: &&Mark| {
        use Class::*;
        matches!(mark.class, Dead | DeadOf | DeadWeak | DeadNoun | DeadAll | DeadBare | Missing | Trapped)
    };
    for mark in marks.iter().filter(fates) {
        let found = behind(sentence, mark.end, numbers).or_else(|| before(sentence, mark.start, numbers));
        // 死亡2人、重伤1人: each has a fate of its own; and 陈某(陈某之子)、王某 is counted as names.
        let alone = |list: &Quantity| {
            !marks.iter().any(|other| other.start >= list.start && other.end <= list.end && fate_or_hurt(other))
                && !numbers.iter().any(|q| q.start < list.end && q.end > list.end)
        };
        if let Some(list) = found.filter(alone) {
            numbers.retain(|q| q.end <= list.start || q.start >= list.end);
            numbers.push(list);
            numbers.sort_by_key(|q| q.start);
        }
    }
}

fn fate_or_hurt(mark: &Mark) -> bool {
    use Class::*;
    mark.class.is_harm() && !matches!(mark.class, Treated | Funeral | Rescued)
}

/// 死的是老板、他老婆和女儿
fn behind(sentence: &str, from: usize, numbers: &[Quantity]) -> Option<Quantity> {
    let link = LINKS.iter().find(|link| sentence[from..].starts_with(**link)).map_or(0, |link| link.len());
    let start = from + link;
    let mut end = start;
    loop {
        let rest = &sentence[end..];
        let stop = rest.find(['，', ',', ';', ':', '(', '”', '?']).unwrap_or(rest.len());
        end += stop;
        let next = sentence[end..].strip_prefix(['，', ',']);
        match next {
            Some(next) if GOES_ON.iter().any(|word| next.starts_with(word)) => {
                end += sentence[end..].len() - next.len()
            }
            _ => break,
        }
    }
    let value = count(&sentence[start..end], start, numbers, false)?;
    Some(person(start, end, value))
}

/// 爷爷、奶奶和两个孩子都没了
fn before(sentence: &str, until: usize, numbers: &[Quantity]) -> Option<Quantity> {
    let mut end = until;
    while let Some(shorter) = FILLERS.iter().find_map(|filler| sentence[..end].strip_suffix(filler)) {
        end = shorter.len();
    }
    // 找到了老胡夫妇、他们的儿媳，都没有生命体征了: those of the clause before.
    let of_all = sentence[until..].starts_with(['都', '全', '均']);
    if (end < until || of_all) && sentence[..end].ends_with(['，', ',']) {
        end = sentence[..end].trim_end_matches(['，', ',']).len();
    }
    let start = sentence[..end]
        .rfind(['，', ',', ';', ':', ')', '“', '”', '?'])
        .map_or(0, |at| at + sentence[at..].chars().next().map_or(0, char::len_utf8));
    let value = count(&sentence[start..end], start, numbers, true)?;
    Some(person(start, end, value))
}

fn person(start: usize, end: usize, value: f64) -> Quantity {
    Quantity { start, end, value, unit: Unit::Person, bounded: None }
}

/// How many people a stretch lists, if it lists nothing else and two pieces at least. `open`: its first piece may begin
/// with other words.
fn count(stretch: &str, offset: usize, numbers: &[Quantity], open: bool) -> Option<f64> {
    let pieces = pieces(stretch);
    if pieces.len() < 2 {
        // 爸爸妈妈弟弟都不在了
        let kin = pieces.first().map_or(0, |(_, piece)| kin(piece));
        return (kin >= 2).then_some(kin as f64);
    }
    let mut sum = 0.0;
    let mut known = 0;
    for (n, (at, piece)) in pieces.iter().enumerate() {
        let first_open = open && n == 0;
        let piece = if first_open { tail(piece, PIECE_CHARS_MAX) } else { piece };
        if piece.chars().count() > PIECE_CHARS_MAX {
            return None;
        }
        let start = offset + at + (stretch[*at..].find(piece).unwrap_or(0));
        // 新娘、伴娘还有司机: a short word beside two who are known is one more.
        match people(piece, start, numbers) {
            Some(people) => {
                known += 1;
                sum += people;
            }
            None if piece.chars().count() <= SHORT_CHARS_MAX && !piece.contains(|c| NO_NAME.contains(c)) => sum += 1.0,
            None => return None,
        }
    }
    (known == pieces.len() || known >= 2).then_some(sum)
}

/// The pieces of a stretch between its joins, with their first bytes.
fn pieces(stretch: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < stretch.len() {
        let rest = &stretch[at..];
        if let Some(join) = JOINS.iter().find(|join| rest.starts_with(**join)) {
            pieces.push((from, &stretch[from..at]));
            at += join.len();
            from = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    pieces.push((from, &stretch[from..]));
    let ends = ['等', '，', ',', '都', '。'];
    pieces
        .into_iter()
        .map(|(at, piece)| (at, piece.trim_matches(ends)))
        .filter(|(_, piece)| !piece.is_empty())
        .collect()
}

/// How many people a piece is: the number that it holds, a pair, or one who is called by kinship, work or name.
fn people(piece: &str, start: usize, numbers: &[Quantity]) -> Option<f64> {
    let end = start + piece.len();
    let within = |q: &&Quantity| {
        matches!(q.unit, Unit::Person | Unit::Thing) && q.bounded.is_none() && q.start >= start && q.end <= end
    };
    if let Some(q) = numbers.iter().rfind(within) {
        return Some(q.value);
    }
    match kin(piece) {
        0 => (is_name(piece) || ends_in_name(piece)).then_some(1.0),
        kin => Some(kin as f64),
    }
}

/// 老周, 小王, 李师傅, 王某, 张建国.
fn is_name(piece: &str) -> bool {
    let piece = TITLES.iter().find_map(|title| piece.strip_suffix(title)).unwrap_or(piece);
    let called = piece.strip_prefix(['老', '小', '阿', '大']).unwrap_or(piece);
    let mut chars = called.chars();
    let family = chars.next().is_some_and(|c| FAMILY.contains(c));
    let given = chars.as_str();
    family && given.chars().count() <= 2 && !given.contains(|c| NO_NAME.contains(c))
}

/// …造成老周: behind other words only what is called 老 or 小 is surely a name.
fn ends_in_name(piece: &str) -> bool {
    let last = tail(piece, 2);
    last.starts_with(['老', '小']) && is_name(last) || tail(piece, 2).ends_with('某')
}

#[cfg(test)]
mod tests {
    use super::super::super::quantity::quantities;
    use super::super::super::words::EventWords;
    use super::*;

    fn listed(sentence: &str) -> Option<f64> {
        let mut numbers = quantities(sentence);
        listed_people(sentence, &EventWords::default().marks(sentence), &mut numbers);
        let list = numbers.iter().find(|q| {
            sentence[q.start..q.end].contains(['、', '和', '跟']) || sentence[q.start..q.end].contains("还有")
        });
        list.map(|q| q.value)
    }

    #[test]
    fn people_in_a_list_are_counted() {
        for (sentence, value) in [
            ("遇难的是老周、他老婆和刚满月的孙子", Some(3.0)),
            ("死的是店老板两口子和他们家十岁的女儿", Some(3.0)),
            ("撞死了爷爷、奶奶和刚上一年级的孩子", Some(3.0)),
            ("没了的有他爸、他妈、他姐，就剩他一个", Some(3.0)),
            ("遇难者是李师傅、他徒弟小王还有一个送货的司机", Some(3.0)),
            ("爷爷、奶奶和两个孩子都没了", Some(4.0)),
            ("司机和副驾驶上的妻子当场死亡", Some(2.0)),
            ("死的是猪、牛和羊", None),
            ("死亡原因和责任认定", None),
        ] {
            assert_eq!(listed(sentence), value, "{sentence}");
        }
    }
}
