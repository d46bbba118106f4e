//! Keyword lists of other tools, as expressions of ours: TrendRadar's `frequency_words.txt` and the `(甲|乙)+丙` of 思通舆情.

use crate::text::expression::Expression;

/// A group of another tool, as a topic's expression with texts that show what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Line on which it begins.
    pub line: usize,
    /// Its name, or its first words.
    pub name: String,
    /// When a text is about it.
    pub when: String,
    /// A text that it matches.
    pub matches: String,
    /// A text that it does not.
    pub near_miss: String,
}

/// Why a group was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line.
    pub line: usize,
    /// What, and what to do.
    pub what: String,
}

/// What a list gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Groups that can be used.
    pub groups: Vec<Group>,
    /// What could not.
    pub faults: Vec<Fault>,
}

/// Characters of a name that is made of words.
const NAME_CHARS_MAX: usize = 24;

/// Words of one TrendRadar group.
#[derive(Default)]
struct Words {
    line: usize,
    name: Option<String>,
    any: Vec<String>,
    must: Vec<String>,
    not: Vec<String>,
    spoilt: bool,
}

/// Reads `frequency_words.txt`: groups between blank lines; in them `词` (any), `+词` (must), `!词` (not), `/甲|乙/`, `词 => 别名`,
/// `[组名]`, `@N` (how many are shown: nothing here); before them words that exclude everywhere.
pub fn trend_radar(text: &str) -> Read {
    let mut read = Read::default();
    let mut everywhere: Vec<String> = Vec::new();
    let mut global = false;
    let mut group = Words::default();
    for (n, line) in text.lines().chain([""]).enumerate() {
        let (line, number) = (line.trim().trim_start_matches('\u{feff}'), n + 1);
        if line.starts_with('#') {
            continue;
        }
        if line.is_empty() {
            finish(std::mem::take(&mut group), &everywhere, &mut read);
            continue;
        }
        match line {
            "[GLOBAL_FILTER]" => global = true,
            "[WORD_GROUPS]" => global = false,
            _ if global => match words(line) {
                Ok(found) => everywhere.extend(found),
                Err(what) => read.faults.push(Fault { line: number, what }),
            },
            _ => add(&mut group, line, number, &mut read),
        }
    }
    read
}

fn add(group: &mut Words, line: &str, number: usize, read: &mut Read) {
    if group.line == 0 {
        group.line = number;
    }
    if line.starts_with('@') {
        return;
    }
    if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
        group.name = Some(name.to_owned());
        return;
    }
    let (line, alias) = line.split_once("=>").map_or((line, None), |(line, alias)| (line.trim(), Some(alias.trim())));
    let (into, rest) = match line.chars().next() {
        Some('+') => (&mut group.must, &line[1..]),
        Some('!') => (&mut group.not, &line[1..]),
        _ => (&mut group.any, line),
    };
    match words(rest.trim()) {
        Ok(found) if found.len() == 1 => into.extend(found),
        Ok(found) => into.push(format!("({})", found.join(" | "))),
        Err(what) => {
            read.faults.push(Fault { line: number, what });
            group.spoilt = true;
        }
    }
    if group.name.is_none() {
        group.name = alias.map(str::to_owned);
    }
}

/// A word, or those of `/甲|乙/`; any other regular expression has no counterpart.
fn words(text: &str) -> Result<Vec<String>, String> {
    let inner = text.strip_prefix('/').and_then(|text| text.rsplit_once('/'));
    let Some((inner, _)) = inner else { return quoted(text).map(|word| vec![word]) };
    if inner.contains(['.', '*', '+', '?', '[', ']', '(', ')', '{', '}', '^', '$', '\\']) {
        return Err(format!("正则“{text}”不能换成关键词：改写成用 | 分开的词"));
    }
    inner.split('|').filter(|word| !word.trim().is_empty()).map(quoted).collect()
}

/// A word as our language writes it.
fn quoted(word: &str) -> Result<String, String> {
    let word = word.trim();
    if word.is_empty() {
        return Err("这里缺一个词".to_owned());
    }
    if word.contains(['"', '“', '”']) {
        return Err(format!("词“{word}”含有引号"));
    }
    Ok(format!("\"{word}\""))
}

fn finish(group: Words, everywhere: &[String], read: &mut Read) {
    if group.line == 0 || group.spoilt {
        return;
    }
    if group.any.is_empty() && group.must.is_empty() {
        let what = "这一组只有排除词（!），永远匹配不到：加上要找的词，或放进 [GLOBAL_FILTER]".to_owned();
        read.faults.push(Fault { line: group.line, what });
        return;
    }
    let either = |words: &[String]| match words {
        [one] => one.clone(),
        more => format!("({})", more.join(" | ")),
    };
    let mut parts: Vec<String> = Vec::new();
    if !group.any.is_empty() {
        parts.push(either(&group.any));
    }
    parts.extend(group.must.iter().cloned());
    let not: Vec<String> = group.not.iter().chain(everywhere).cloned().collect();
    if !not.is_empty() {
        parts.push(format!("!{}", either(&not)));
    }
    let bare = |word: &String| word.split('|').next().unwrap_or(word).trim_matches(['(', ')', ' ', '"']).to_owned();
    let shown: Vec<String> = group.any.iter().take(1).chain(&group.must).map(bare).collect();
    let near_miss = match group.not.first() {
        Some(not) => format!("{}，{}", shown.join("，"), bare(not)),
        None => "与此无关的一句话".to_owned(),
    };
    let name = group.name.unwrap_or_else(|| shown.join("、"));
    push(Group { line: group.line, name, when: parts.join(" & "), matches: shown.join("，"), near_miss }, read);
}

/// Reads lines of `(甲|乙)+丙`: `+` is both, `|` either; a name may stand before a tab or `：`.
pub fn stone_dt(text: &str) -> Read {
    let mut read = Read::default();
    for (n, line) in text.lines().enumerate() {
        let (line, number) = (line.trim().trim_start_matches('\u{feff}'), n + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, source) =
            line.split_once('\t').or_else(|| line.split_once('：')).map_or((None, line), |(a, b)| (Some(a), b));
        match translated(source) {
            Ok((when, shown)) => {
                let name = name.map_or_else(|| shown.join("、"), |name| name.trim().to_owned());
                let near_miss = "与此无关的一句话".to_owned();
                push(Group { line: number, name, when, matches: shown.join("，"), near_miss }, &mut read);
            }
            Err(what) => read.faults.push(Fault { line: number, what }),
        }
    }
    read
}

/// The expression, and one word of each part that has to be there.
fn translated(source: &str) -> Result<(String, Vec<String>), String> {
    let (mut when, mut shown, mut word) = (String::new(), Vec::new(), String::new());
    let (mut depth, mut wanted) = (0usize, true);
    for c in source.chars().chain(['\n']) {
        let c = match c {
            '（' => '(',
            '）' => ')',
            '｜' => '|',
            '＋' => '+',
            c => c,
        };
        if !matches!(c, '(' | ')' | '|' | '+' | '\n') {
            word.push(c);
            continue;
        }
        if !word.trim().is_empty() {
            if wanted {
                shown.push(word.trim().to_owned());
                wanted = false;
            }
            when.push_str(&quoted(&word)?);
        }
        word.clear();
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Err("多了一个右括号".to_owned()),
            ')' => depth -= 1,
            '+' => wanted = true,
            _ => {}
        }
        when.push_str(match c {
            '(' => "(",
            ')' => ")",
            '|' => " | ",
            '+' => " & ",
            _ => "",
        });
    }
    if depth > 0 { Err("括号没有闭合".to_owned()) } else { Ok((when, shown)) }
}

fn push(mut group: Group, read: &mut Read) {
    match group.when.parse::<Expression>() {
        Err(error) => read.faults.push(Fault { line: group.line, what: error.what }),
        Ok(when) if when.idle_word().is_some() => {
            let what = when.idle_word().unwrap_or_default();
            read.faults.push(Fault { line: group.line, what });
        }
        Ok(when) if !when.matches(&group.matches) || when.matches(&group.near_miss) => {
            let what = format!("“{}”与它自己的词不符：请手工改写", group.name);
            read.faults.push(Fault { line: group.line, what });
        }
        Ok(_) => {
            group.name = crate::text::normalise::clip(&group.name, NAME_CHARS_MAX).into_owned();
            read.groups.push(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_trend_radar_become_expressions() {
        let text = "# 说明\n[GLOBAL_FILTER]\n震惊\n\n[WORD_GROUPS]\n[供水]\n停水\n/断水|水压低/ => 断水\n+小区\n!演练\n@5\n\n!只有排除\n\n/a.*b/\n\n单词\n";
        let read = trend_radar(text);
        assert_eq!(read.groups.len(), 2, "{read:?}");
        let water = &read.groups[0];
        assert_eq!((water.name.as_str(), water.line), ("供水", 6));
        let when: Expression = water.when.parse().unwrap();
        assert!(when.matches("小区水压低") && !when.matches("小区停水演练") && !when.matches("震惊，小区停水"));
        assert_eq!(read.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [13, 15]);
    }

    #[test]
    fn plus_and_bar_of_stone_dt() {
        let read = stone_dt("供水\t(停水|断水)+(小区|村)\n（甲｜乙）＋丙\n甲)+乙\n");
        assert_eq!((read.groups.len(), read.faults.len()), (2, 1), "{read:?}");
        let when: Expression = read.groups[0].when.parse().unwrap();
        assert!(when.matches("村里断水") && !when.matches("停水了"));
        assert!(read.groups[1].when.parse::<Expression>().unwrap().matches("乙丙"));
    }
}
