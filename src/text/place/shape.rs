//! Places by their form (通名): `香樟大道`, `幸福里小区`, `第十二小学` are names, also where no list has them.

use std::collections::{HashMap, HashSet};

use jieba_rs::{Jieba, Token};

use super::PlaceKind;
use crate::text::lexicon::lines;

const SHAPES: &str = include_str!("../../../models/place_shapes.tsv");
const STOPS: &str = include_str!("../../../models/place_stops.tsv");

/// Characters before the form's own at the most.
const CORE_CHARS_MAX: usize = 6;
/// Longest form, in characters.
const FORM_CHARS_MAX: usize = 8;
/// Forms of one character, of which language is full, need a name of so many characters before them.
const CORE_BEFORE_ONE_MIN: usize = 2;
const NUMERALS: &str = "一二三四五六七八九十0123456789";

/// The forms and what can't be part of a name.
pub struct Shapes {
    forms: HashMap<&'static str, PlaceKind>,
    /// Characters with which a form ends, in order: most words end with none of them and need no second look.
    ends: Vec<char>,
    /// Words that no name begins with or holds: function words, times, people, verbs of the way.
    stops: HashSet<&'static str>,
    /// Words that stand before a form and make no name of it: 老旧小区, 水泥路.
    common: HashSet<&'static str>,
    /// Verbs of which names are made: 建设路.
    verbs: HashSet<&'static str>,
}

/// A place found by its form: tokens and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shaped {
    /// First token.
    pub first: usize,
    /// One past the last.
    pub end: usize,
    /// What it is.
    pub kind: PlaceKind,
    /// It has no name of its own but the place's before it: 宣城路, 泾县人民医院.
    pub bare: bool,
    /// A school, a shop on the street that bears the place's name: 宁国路小学.
    pub on_street: bool,
    /// Bytes of its last token that are no part of it: the 上 of 绩溪路上.
    pub beyond: usize,
}

/// Words that begin with the form of the road named before them.
const WAYS: [&str; 7] = ["路上", "路口", "路边", "路段", "路旁", "街上", "街头"];
/// What a numbered place ends with: 第十二小学, 一中, 三幼, 第一人民医院.
const NUMBERED_ENDS: [char; 6] = ['学', '园', '幼', '中', '小', '院'];

/// 绩溪路 where the next word begins with its form: 绩溪 + 路上.
fn named_road(tokens: &[Token<'_>], taken: &[bool], last: usize) -> Option<Shaped> {
    let word = tokens[last].word;
    let placed = last > 0 && taken[last - 1] && tokens[last - 1].end == tokens[last].start;
    let kind = PlaceKind::Road;
    (placed && WAYS.contains(&word)).then_some(Shaped {
        first: last,
        end: last + 1,
        kind,
        bare: true,
        on_street: false,
        beyond: 3,
    })
}

fn kind_named(name: &str) -> PlaceKind {
    match name {
        "county" => PlaceKind::County,
        "town" => PlaceKind::Town,
        "village" => PlaceKind::Village,
        "zone" => PlaceKind::Zone,
        "road" => PlaceKind::Road,
        "estate" => PlaceKind::Estate,
        "school" => PlaceKind::School,
        "hospital" => PlaceKind::Hospital,
        "park" => PlaceKind::Park,
        "nature" => PlaceKind::Nature,
        "other" => PlaceKind::Other,
        _ => unreachable!("a kind of models/place_shapes.tsv; a test reads them all"),
    }
}

/// What is the same for the same place however it is written.
pub fn key(name: &str, kind: PlaceKind) -> String {
    let trimmed = match kind {
        PlaceKind::City | PlaceKind::County => name.strip_suffix(['市', '县', '区']).unwrap_or(name),
        PlaceKind::Town => name.trim_end_matches("街道办事处").trim_end_matches("街道").trim_end_matches(['镇', '乡']),
        PlaceKind::Village => name.trim_end_matches("社区").trim_end_matches("村"),
        PlaceKind::Estate => name.strip_suffix("小区").unwrap_or(name),
        PlaceKind::School => return school_key(name),
        _ => name,
    };
    if trimmed.chars().count() < 2 { name.to_owned() } else { trimmed.to_owned() }
}

/// `第十二小学`, `十二小`, `12小学` → `12小`.
fn school_key(name: &str) -> String {
    let name = name.replace("第", "").replace("小学", "小").replace("中学", "中").replace("幼儿园", "幼");
    let digits: String = name.chars().filter(|c| NUMERALS.contains(*c)).collect();
    match number(&digits) {
        Some(n) => name.replacen(&digits, &n.to_string(), 1),
        None => name,
    }
}

fn number(numerals: &str) -> Option<u32> {
    if numerals.is_empty() {
        return None;
    }
    if let Ok(number) = numerals.parse() {
        return Some(number);
    }
    let digit = |c: char| "一二三四五六七八九".chars().position(|d| d == c).map(|n| n as u32 + 1);
    let (tens, ones) = match numerals.split_once('十') {
        Some((tens, ones)) => (if tens.is_empty() { 1 } else { digit(tens.chars().next()?)? }, ones),
        None => (0, numerals),
    };
    if ones.chars().count() > 1 {
        return None;
    }
    Some(tens * 10 + ones.chars().next().map_or(Some(0), digit)?)
}

impl Default for Shapes {
    fn default() -> Self {
        let of = |kind: &str| lines(STOPS).filter(|l| l[0] == kind).flat_map(|l| l[1].split(' ')).collect();
        let forms: HashMap<&str, PlaceKind> = lines(SHAPES).map(|line| (line[0], kind_named(line[1]))).collect();
        let mut ends: Vec<char> = forms.keys().filter_map(|form| form.chars().next_back()).collect();
        ends.extend(NUMBERED_ENDS);
        ends.sort_unstable();
        ends.dedup();
        Self { forms, ends, stops: of("stop"), common: of("common"), verbs: of("verb") }
    }
}

impl Shapes {
    /// Places by their form among the tokens. `taken(i)`: token `i` belongs to a place that a list has, which no name runs
    /// over; `masked(i)`: to an account.
    pub fn find(&self, jieba: &Jieba, tokens: &[Token<'_>], taken: &[bool], masked: &[bool]) -> Vec<Shaped> {
        let mut found: Vec<Shaped> = Vec::new();
        let mut taken = taken.to_vec();
        for last in 0..tokens.len() {
            if taken[last] || masked[last] || !self.may_end(tokens[last].word) {
                continue;
            }
            let shaped =
                self.numbered(tokens, &taken, last).or_else(|| self.named(jieba, tokens, &taken, masked, last));
            let Some(shaped) = shaped else { continue };
            // A name that goes on takes the shorter one in (人民路小学), unless that is a place by itself (青山镇卫生院).
            while found.last().is_some_and(|before| before.first >= shaped.first) {
                found.pop();
            }
            if found.last().is_none_or(|before| before.end <= shaped.first) {
                if holds_others(shaped.kind) {
                    taken[shaped.first..shaped.end].fill(true);
                }
                found.push(shaped);
            }
        }
        found
    }

    /// Whether a place can end with this word.
    fn may_end(&self, word: &str) -> bool {
        word.chars().next_back().is_some_and(|c| self.ends.binary_search(&c).is_ok()) || WAYS.contains(&word)
    }

    /// The longest form with which tokens up to `last` end: its kind, its first token and, where it begins within that
    /// token, the characters before it.
    fn form(&self, tokens: &[Token<'_>], taken: &[bool], last: usize) -> Option<(PlaceKind, usize, usize, usize)> {
        let mut best = None;
        let mut text = String::new();
        for first in (last.saturating_sub(3)..=last).rev() {
            if taken[first] || first < last && tokens[first].end != tokens[first + 1].start {
                break;
            }
            text.insert_str(0, tokens[first].word);
            if let Some(kind) = self.forms.get(text.as_str()) {
                best = Some((*kind, first, 0, text.chars().count()));
            }
            let chars: Vec<char> = tokens[first].word.chars().collect();
            let rest = text.chars().count() - chars.len();
            for inside in 1..chars.len() {
                let length = chars.len() - inside + rest;
                if length > FORM_CHARS_MAX {
                    continue;
                }
                let form: String = text.chars().skip(inside).collect();
                let known = best.is_none_or(|(.., longest)| length > longest);
                if let Some(kind) = self.forms.get(form.as_str()).filter(|_| known) {
                    best = Some((*kind, first, inside, length));
                    break;
                }
            }
        }
        best
    }

    fn named(
        &self,
        jieba: &Jieba,
        tokens: &[Token<'_>],
        taken: &[bool],
        masked: &[bool],
        last: usize,
    ) -> Option<Shaped> {
        if let Some(road) = named_road(tokens, taken, last) {
            return Some(road);
        }
        let (kind, form, inside, form_chars) = self.form(tokens, taken, last)?;
        let word = tokens[form].word;
        if inside > 0 && form == last && !(kind == PlaceKind::Estate && has_owners(tokens, last)) {
            // The name and its form are one token: a word of the language is none, unless it is a place's.
            if self.common.contains(word) || !is_name(jieba, word) && jieba.has_word(word) {
                return None;
            }
        }
        let one = form_chars == 1;
        // Of these forms language is full: only a token that is no word is a name, or what has buildings and owners.
        let estate = kind == PlaceKind::Estate && has_owners(tokens, last);
        let weak = one && matches!(kind, PlaceKind::Estate | PlaceKind::Nature) && !estate;
        let unknown = inside >= 2 && !word.ends_with('里') && !holds_function(word) && !jieba.has_word(word);
        if weak && !unknown && !(inside >= 2 && is_name(jieba, word)) {
            return None;
        }
        let mut core = inside;
        if inside > 0 && self.stops.contains(word.chars().take(inside).collect::<String>().as_str()) {
            return None;
        }
        let (mut first, mut words) = (form, usize::from(inside >= 2));
        while first > 0 && !weak {
            let (at, word) = (first - 1, tokens[first - 1].word);
            let chars = word.chars().count();
            if tokens[at].end != tokens[first].start || taken[at] || masked[at] || core + chars > CORE_CHARS_MAX {
                break;
            }
            let extends = if core == 0 { self.begins(jieba, word) } else { self.goes_on(jieba, word, words) };
            if !extends {
                break;
            }
            core += chars;
            words += usize::from(chars >= 2);
            first = at;
        }
        // 健身房跑路: the form belongs to a word, not to a name.
        let behind = tokens[first..=last].iter().map(|token| token.word).collect::<String>();
        if kind == PlaceKind::Road
            && self.common.iter().any(|common| common.ends_with('路') && behind.ends_with(common))
        {
            return None;
        }
        let bare = core == 0;
        if bare {
            let after_place = first > 0 && taken[first - 1] && tokens[first - 1].end == tokens[first].start;
            let bears = !matches!(
                kind,
                PlaceKind::City | PlaceKind::County | PlaceKind::Town | PlaceKind::Village | PlaceKind::Nature
            );
            return (after_place && bears).then_some(Shaped {
                first,
                end: last + 1,
                kind,
                bare,
                on_street: false,
                beyond: 0,
            });
        }
        if one && core < CORE_BEFORE_ONE_MIN {
            return None;
        }
        let street = first > 0 && taken[first - 1] && ["路", "街", "大道", "大街", "巷"].contains(&tokens[first].word);
        let on_street = street && first < last && tokens[first - 1].end == tokens[first].start;
        Some(Shaped { first, end: last + 1, kind, bare, on_street, beyond: 0 })
    }

    /// Whether a word can stand right before a form and be its name.
    fn begins(&self, jieba: &Jieba, word: &str) -> bool {
        if !is_written(word) || self.stops.contains(word) || self.common.contains(word) {
            return false;
        }
        if word.chars().count() == 1 || self.verbs.contains(word) {
            return true;
        }
        if !jieba.has_word(word) {
            return !holds_function(word);
        }
        !tag(jieba, word).starts_with(['v', 'd', 'p', 'c', 'r', 'm', 't', 'f', 'u', 'y', 'e', 'o', 'q'])
    }

    /// Whether a word before what is already a name belongs to it.
    fn goes_on(&self, jieba: &Jieba, word: &str, words: usize) -> bool {
        if !is_written(word) || self.stops.contains(word) || self.common.contains(word) {
            return false;
        }
        if words == 0 {
            return self.begins(jieba, word);
        }
        if word.chars().count() == 1 {
            return !jieba.has_word(word);
        }
        !jieba.has_word(word) && !holds_function(word)
            || words < 2 && (is_name(jieba, word) || tag(jieba, word).starts_with(['a', 'b', 'i', 'l', 'z']))
    }

    /// 第十二小学, 一中, 3小: a number and what it counts.
    fn numbered(&self, tokens: &[Token<'_>], taken: &[bool], last: usize) -> Option<Shaped> {
        let mut text = String::new();
        for first in (last.saturating_sub(3)..=last).rev() {
            if taken[first] || first < last && tokens[first].end != tokens[first + 1].start {
                return None;
            }
            text.insert_str(0, tokens[first].word);
            let ordinal = text.strip_prefix('第').unwrap_or(&text);
            let counted = ordinal.trim_start_matches(|c| NUMERALS.contains(c));
            let kind = match counted {
                "小学" | "中学" | "幼儿园" | "幼" | "高中" | "初中" => PlaceKind::School,
                "小" | "中" => PlaceKind::School,
                "人民医院" | "医院" if text.starts_with('第') => PlaceKind::Hospital,
                _ => continue,
            };
            if counted.len() == ordinal.len() {
                continue;
            }
            let short = matches!(counted, "小" | "中" | "幼");
            if short && !self.short_school(tokens, taken, first, last) {
                continue;
            }
            // 第 may stand in a token before.
            let begins = first > 0 && !text.starts_with('第') && tokens[first - 1].word == "第" && !taken[first - 1];
            return Some(Shaped {
                first: first - usize::from(begins),
                end: last + 1,
                kind,
                bare: false,
                on_street: false,
                beyond: 0,
            });
        }
        None
    }

    /// 一中 and 二小 are schools beside a place or before what schools have; 三中全会 and 一小时 are none.
    fn short_school(&self, tokens: &[Token<'_>], taken: &[bool], first: usize, last: usize) -> bool {
        const SCHOOLS_HAVE: [&str; 16] = [
            "食堂",
            "学生",
            "家长",
            "学校",
            "校门口",
            "校长",
            "老师",
            "门口",
            "霸凌",
            "校区",
            "操场",
            "宿舍",
            "初中部",
            "高中部",
            "附近",
            "对面",
        ];
        let after = tokens.get(last + 1).map_or("", |token| token.word);
        let placed = first > 0 && taken[first - 1] && tokens[first - 1].end == tokens[first].start;
        let follows = SCHOOLS_HAVE.iter().any(|word| after.starts_with(word));
        let that = after == "那个"
            || after == "这个"
            || after == "的"
                && tokens.get(last + 2).is_some_and(|t| SCHOOLS_HAVE.iter().any(|word| t.word.starts_with(word)));
        let bounded = !matches!(after.chars().next(), Some('时' | '姐' | '孩' | '区' | '伙' | '全' | '国' | '央'));
        bounded && (placed || follows || that)
    }
}

/// What homes have: behind it stands an estate's name, whatever it ends with (幸福里业主).
fn has_owners(tokens: &[Token<'_>], last: usize) -> bool {
    const HOMES_HAVE: [&str; 14] = [
        "业主",
        "小区",
        "物业",
        "楼盘",
        "学区",
        "交房",
        "售楼部",
        "售楼处",
        "一期",
        "二期",
        "三期",
        "住户",
        "房子",
        "业委会",
    ];
    tokens.get(last + 1).is_some_and(|next| HOMES_HAVE.iter().any(|word| next.word.starts_with(word)))
}

/// Whether a word that no dictionary has was only glued together with a function word: 家进 of 全家进医院.
fn holds_function(word: &str) -> bool {
    const FUNCTION: &str = "进出到在去来的了是有被把给说看这那发和就";
    word.chars().any(|c| FUNCTION.contains(c))
}

/// Places that hold others, which then are named beside them.
fn holds_others(kind: PlaceKind) -> bool {
    use PlaceKind::{City, County, Estate, Town, Village, Zone};
    matches!(kind, City | County | Town | Village | Zone | Estate)
}

fn is_written(word: &str) -> bool {
    word.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c.is_ascii_digit())
}

fn is_name(jieba: &Jieba, word: &str) -> bool {
    tag(jieba, word).starts_with("n") && !matches!(tag(jieba, word), "n" | "ng" | "nt")
}

/// The dictionary's part of speech of a word; empty for one that it doesn't hold.
fn tag<'a>(jieba: &'a Jieba, word: &'a str) -> &'a str {
    if !jieba.has_word(word) {
        return "";
    }
    jieba.tag(word, false).first().map_or("", |tag| tag.tag)
}
