//! People whom a text names instead of counting them: 张某、李某和王某; 母子; 夫妻双双.

use super::quantity::{Quantity, Unit};

/// Family names before 某; a character that is none makes no person: 某某公司.
pub const FAMILY: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭\
    陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫柳梅盛童凌霍虞左阮翁苗包倪殷尤安常乔康毕詹季祝裴邢俞芮甘巫孔向汤葛章齐施柯洪查舒耿凤束";
/// Two people by one word.
const PAIRS: [&str; 14] =
    ["母子", "母女", "父子", "父女", "夫妻", "夫妇", "兄弟", "姐妹", "姐弟", "兄妹", "祖孙", "爷孙", "情侣", "婆媳"];
/// Between two names of a list, besides what says who they are.
const JOINS: [char; 4] = ['、', '和', '与', '及'];
/// Longest stretch between two names of one list, in characters: a bracket with age and home.
const BETWEEN_CHARS_MAX: usize = 60;

/// Between 遇难者 and the colon before their names, in characters.
const LEAD_CHARS_MAX: usize = 10;

/// Adds the groups of a sentence to its numbers, in their order.
pub fn groups(sentence: &str, numbers: &mut Vec<Quantity>) {
    let mut found = Vec::new();
    if sentence.contains('某') {
        named(&without_brackets(sentence), &mut found);
    }
    if let Some(list) = listed(sentence) {
        found.push(list);
    }
    by_sex(sentence, &mut found);
    for pair in PAIRS {
        for (at, word) in sentence.match_indices(pair) {
            // 一对老夫妻, 小两口: the pair begins there.
            let lead = ["一对年轻", "一对中年", "一对老", "一对小", "一对", "年轻", "老", "小"];
            let start = lead.iter().find_map(|lead| sentence[..at].strip_suffix(lead)).map_or(at, str::len);
            let rest = &sentence[at + word.len()..];
            let counted = rest.starts_with(['俩', '二', '两', '三', '四', '五', '仨', '2', '3', '4', '5']);
            let title = rest.starts_with(['们', '情', '关', '店', '档', '装', '矛', '吵', '打', '相', '间', '之']);
            let numbered =
                sentence[..start].ends_with(|c: char| c.is_ascii_digit() || "一二两三四五六七八九十几数".contains(c));
            if !counted && !title && !numbered {
                found.push(person(start, at + word.len(), 2.0));
            }
        }
    }
    if found.is_empty() {
        return;
    }
    numbers.extend(found);
    numbers.sort_by_key(|q| (q.start, std::cmp::Reverse(q.end)));
    let mut end = 0;
    numbers.retain(|q| {
        let apart = q.start >= end;
        end = end.max(q.end);
        apart
    });
}

fn person(start: usize, end: usize, value: f64) -> Quantity {
    Quantity { start, end, value, unit: Unit::Person, bounded: None }
}

/// 三男一女, 2男3女: how many together.
fn by_sex(sentence: &str, found: &mut Vec<Quantity>) {
    let digit =
        |c: char| c.to_digit(10).or_else(|| "零一二三四五六七八九".chars().position(|d| d == c).map(|n| n as u32));
    for (at, _) in sentence.match_indices(['男', '女']) {
        let (before, rest) = (&sentence[..at], &sentence[at + '男'.len_utf8()..]);
        let Some(first) = before.chars().next_back() else { continue };
        let mut behind = rest.chars();
        let (Some(second), Some(other)) = (behind.next(), behind.next()) else { continue };
        let first_count = digit(if first == '两' { '二' } else { first });
        let second_count = digit(if second == '两' { '二' } else { second });
        if let (Some(a), Some(b)) = (first_count, second_count)
            && matches!(other, '男' | '女')
            && !rest[second.len_utf8() + other.len_utf8()..].starts_with(['人', '生'])
        {
            let end = at + 3 + second.len_utf8() + other.len_utf8();
            found.push(person(at - first.len_utf8(), end, f64::from(a + b)));
        }
    }
}

/// The sentence with blanks for what stands in brackets, each as long as before: 陈某某(陈某之子)、王某.
fn without_brackets(sentence: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(sentence.len());
    for c in sentence.chars() {
        inside = inside && c != ')';
        if inside {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()))
        } else {
            out.push(c)
        }
        inside = inside || c == '(';
    }
    out
}

/// Runs of two names or more of the form 张某, 李某某.
fn named(sentence: &str, found: &mut Vec<Quantity>) {
    let mut names: Vec<(usize, usize)> = Vec::new();
    for (at, _) in sentence.match_indices('某') {
        let Some(family) = sentence[..at].chars().next_back().filter(|c| FAMILY.contains(*c)) else { continue };
        let mut end = at + '某'.len_utf8();
        while let Some(c) = sentence[end..].chars().next().filter(|c| matches!(c, '某' | '甲' | '乙' | '丙' | '丁'))
        {
            end += c.len_utf8();
        }
        names.push((at - family.len_utf8(), end));
    }
    let mut n = 0;
    while n < names.len() {
        let first = n;
        while n + 1 < names.len() && sentence.get(names[n].1..names[n + 1].0).is_some_and(joins) {
            n += 1;
        }
        if n > first {
            found.push(person(names[first].0, names[n].1, (n - first + 1) as f64));
        }
        n += 1;
    }
}

fn joins(between: &str) -> bool {
    let between = between.replace("副驾驶", "");
    between.chars().count() <= BETWEEN_CHARS_MAX
        && between.contains(JOINS)
        && !between.contains(['死', '伤', '亡', '撞', '砍', '捅', '驾', '将', '把'])
}

/// 遇难者分别是王建国、李秀英、张伟: a list of full names behind the word.
fn listed(sentence: &str) -> Option<Quantity> {
    let at = ["遇难者", "死者", "罹难者", "死难者", "遇难人员", "死亡人员", "遇难同胞", "遇难名单", "死亡名单"]
        .iter()
        .find_map(|word| sentence.find(word).map(|at| at + word.len()))?;
    // 遇难者名单出来了:…
    let colon = sentence[at..].find(':').filter(|colon| sentence[at..at + colon].chars().count() <= LEAD_CHARS_MAX);
    let named =
        colon.filter(|colon| sentence[..at + colon].contains("名单") || sentence[at..at + colon].contains("身份"));
    let at = named.map_or(at, |colon| at + colon);
    let rest = &sentence[at..];
    let link = [
        "分别是",
        "分别为",
        "分别系",
        "名单:",
        "名单公布:",
        "名单如下:",
        "名单为",
        "身份为",
        "身份公布:",
        "身份确认:",
        "身份已确认:",
        "为",
        "是",
        "系",
        ":",
    ]
    .iter()
    .find(|link| rest.starts_with(**link))?;
    let start = at + link.len();
    let list = sentence[start..].split(['，', ',', '(', ';', ':']).next()?;
    let items: Vec<&str> = list.split(JOINS).collect();
    let names = items.iter().all(|item| {
        let count = item.chars().count();
        let family = item.chars().next().is_some_and(|c| FAMILY.contains(c));
        (2..=4).contains(&count) && family && !item.contains('某')
    });
    (items.len() > 1 && names).then(|| person(start, start + list.len(), items.len() as f64))
}
