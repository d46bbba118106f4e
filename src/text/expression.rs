//! The keyword language of topics (关键词表达式): words joined by `&` (both), `|` (either), `!` (not), `~N` (within N
//! characters of each other; `NEAR/N` means the same) and parentheses.
//!
//! `(自来水 | 供水) & (发黄 | 异味) & !演练`, `化工厂 ~20 (爆炸 | 起火)`. `!` binds tightest, then `~N`, `&`, `|`. The
//! full-width forms `＆ ｜ ！ （ ）` mean the same. A word that holds blanks or operators stands in double quotes.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::normalise::{normalise, stands_alone};

/// Deepest nesting of parentheses and `!`.
const EXPRESSION_DEPTH_MAX: usize = 32;
/// Most words in one expression.
const EXPRESSION_WORDS_MAX: usize = 20_000;
/// Largest N of `~N`, in characters.
const NEAR_CHARS_MAX: usize = 200;

/// A parsed expression; it keeps its source and prints it unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    source: String,
    root: Node,
    words: Vec<String>,
}

/// A part of an expression. Words are numbers into [`Expression::words`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Word(usize),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Near(Box<Node>, usize, Box<Node>),
}

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("第 {column} 列：{what}")]
pub struct ExpressionError {
    /// Column, counted in characters from 1.
    pub column: usize,
    /// What, and how to put it right.
    pub what: String,
}

/// Where a word stands: character offsets, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Expression {
    /// Whether a text satisfies it. The text is normalised first, as the words were.
    pub fn matches(&self, text: &str) -> bool {
        let text = normalise(text);
        let places: Vec<Vec<Place>> = self.words.iter().map(|word| find_all(&text, word)).collect();
        self.matches_where(|word| &places[word])
    }

    /// The same over places found beforehand (one scan for all topics): `places(n)` gives those of [`Self::words`]`[n]`.
    pub fn matches_where<'a>(&self, places: impl Fn(usize) -> &'a [Place]) -> bool {
        holds(&self.root, &places)
    }

    /// The words that can satisfy it and stand in a text: what a reason quotes.
    pub fn quoted(&self, text: &str) -> Vec<&str> {
        let text = normalise(text);
        let stands = |word: &usize| !find_all(&text, &self.words[*word]).is_empty();
        self.wanted().into_iter().filter(stands).map(|word| self.words[word].as_str()).collect()
    }

    /// Its words, normalised, in the order of their first appearance.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// A word of it that can never come about: a rule that holds one is a mistake of whoever wrote it.
    pub fn idle_word(&self) -> Option<String> {
        idle(&self.root, &self.words)
    }

    /// The words whose presence can satisfy it, that is, those not under an odd number of `!`: what a reason quotes.
    pub fn wanted(&self) -> Vec<usize> {
        let mut wanted = Vec::new();
        collect_wanted(&self.root, true, &mut wanted);
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

fn collect_wanted(node: &Node, positive: bool, into: &mut Vec<usize>) {
    match node {
        Node::Word(word) if positive => into.push(*word),
        Node::Word(_) => {}
        Node::Not(inner) => collect_wanted(inner, !positive, into),
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| collect_wanted(part, positive, into)),
        Node::Near(left, _, right) => {
            collect_wanted(left, positive, into);
            collect_wanted(right, positive, into);
        }
    }
}

fn find_all(text: &str, word: &str) -> Vec<Place> {
    let length = word.chars().count();
    let (mut at_byte, mut at_char, mut found) = (0, 0, Vec::new());
    for (byte, matched) in text.match_indices(word) {
        at_char += text[at_byte..byte].chars().count();
        at_byte = byte;
        if stands_alone(text, byte, byte + matched.len()) {
            found.push(Place { start: at_char, end: at_char + length });
        }
    }
    found
}

fn holds<'a>(node: &Node, places: &impl Fn(usize) -> &'a [Place]) -> bool {
    match node {
        Node::Word(word) => !places(*word).is_empty(),
        Node::Not(inner) => !holds(inner, places),
        Node::And(parts) => parts.iter().all(|part| holds(part, places)),
        Node::Or(parts) => parts.iter().any(|part| holds(part, places)),
        // Most texts lack one side: no places need be put together then.
        Node::Near(..) => stands(node, places) && !spots(node, places).is_empty(),
    }
}

/// Whether each side of a near pair stands in the text, wherever; without a list of places.
fn stands<'a>(node: &Node, places: &impl Fn(usize) -> &'a [Place]) -> bool {
    match node {
        Node::Word(word) => !places(*word).is_empty(),
        Node::Or(parts) => parts.iter().any(|part| stands(part, places)),
        Node::Near(left, _, right) => stands(left, places) && stands(right, places),
        Node::Not(_) | Node::And(_) => false,
    }
}

/// Places of a word, of a group of alternatives, or of a near pair (from its first to its last character).
fn spots<'a>(node: &Node, places: &impl Fn(usize) -> &'a [Place]) -> Vec<Place> {
    match node {
        Node::Word(word) => places(*word).to_vec(),
        Node::Or(parts) => parts.iter().flat_map(|part| spots(part, places)).collect(),
        Node::Near(left, gap, right) => near(&spots(left, places), *gap, spots(right, places)),
        // The parser lets neither into `~`.
        Node::Not(_) | Node::And(_) => Vec::new(),
    }
}

/// For each place on the left, the pair with the first place on the right that lies near enough: at most one result
/// a left place, so that a long text can't make the list grow with the product of both.
fn near(left: &[Place], gap: usize, mut right: Vec<Place>) -> Vec<Place> {
    right.sort_unstable_by_key(|place| (place.start, place.end));
    let longest = right.iter().map(|place| place.end - place.start).max().unwrap_or(0);
    left.iter()
        .filter_map(|a| {
            let from = right.partition_point(|b| b.start + longest + gap < a.start);
            right[from..]
                .iter()
                .take_while(|b| b.start <= a.end + gap)
                .find(|b| b.start >= a.end || b.end <= a.start && a.start - b.end <= gap)
                .map(|b| Place { start: a.start.min(b.start), end: a.end.max(b.end) })
        })
        .collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    And,
    Or,
    Not,
    Near(usize),
    Open,
    Close,
    Word(String),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::And => "&".into(),
            Self::Or => "|".into(),
            Self::Not => "!".into(),
            Self::Near(n) => format!("~{n}"),
            Self::Open => "(".into(),
            Self::Close => ")".into(),
            Self::Word(word) => word.clone(),
        }
    }
}

fn error<T>(column: usize, what: impl Into<String>) -> Result<T, ExpressionError> {
    Err(ExpressionError { column, what: what.into() })
}

fn is_operator(c: char) -> bool {
    matches!(c, '&' | '＆' | '|' | '｜' | '!' | '！' | '~' | '～' | '(' | '（' | ')' | '）' | '"' | '“' | '”')
}

/// Splits a source into tokens, each with its column.
fn tokens(source: &str) -> Result<Vec<(usize, Token)>, ExpressionError> {
    let chars: Vec<char> = source.chars().collect();
    let (mut at, mut out) = (0, Vec::new());
    while at < chars.len() {
        let (start, c) = (at, chars[at]);
        at += 1;
        let token = match c {
            c if c.is_whitespace() => continue,
            '&' | '＆' => Token::And,
            '|' | '｜' => Token::Or,
            '!' | '！' => Token::Not,
            '(' | '（' => Token::Open,
            ')' | '）' => Token::Close,
            '~' | '～' => {
                let digits: String = chars[at..].iter().take_while(|c| c.is_ascii_digit()).take(4).collect();
                at += digits.len();
                match digits.parse() {
                    Ok(n) if (1..=NEAR_CHARS_MAX).contains(&n) => Token::Near(n),
                    _ => return error(start + 1, format!("~ 后面应是 1 到 {NEAR_CHARS_MAX} 的字数，如 ~10")),
                }
            }
            '"' | '“' | '”' => {
                let Some(length) = chars[at..].iter().position(|c| matches!(c, '"' | '“' | '”')) else {
                    return error(start + 1, "引号没有闭合");
                };
                let word: String = chars[at..at + length].iter().collect();
                at += length + 1;
                Token::Word(word)
            }
            _ => {
                while at < chars.len() && !chars[at].is_whitespace() && !is_operator(chars[at]) {
                    at += 1;
                }
                let word: String = chars[start..at].iter().collect();
                match word.strip_prefix("NEAR/").or_else(|| word.strip_prefix("near/")) {
                    None => Token::Word(word),
                    Some(digits) => match digits.parse() {
                        Ok(n) if (1..=NEAR_CHARS_MAX).contains(&n) => Token::Near(n),
                        _ => {
                            let what = format!("NEAR/ 后面应是 1 到 {NEAR_CHARS_MAX} 的字数，如 NEAR/10");
                            return error(start + 1, what);
                        }
                    },
                }
            }
        };
        out.push((start + 1, token));
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end_column: usize,
    words: Vec<String>,
    known: HashMap<String, usize>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn column(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end_column, |(column, _)| *column)
    }

    fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let mut parts = vec![self.both(depth)?];
        while self.eat(&Token::Or) {
            parts.push(self.both(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn both(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let mut parts = vec![self.nearby(depth)?];
        while self.eat(&Token::And) {
            parts.push(self.nearby(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    fn nearby(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let start = self.column();
        let mut left = self.single(depth)?;
        while let Some(&Token::Near(gap)) = self.peek() {
            self.at += 1;
            let column = self.column();
            let right = self.single(depth)?;
            for (column, side) in [(start, &left), (column, &right)] {
                if !has_places(side) {
                    return error(column, "~ 两边只能是词，或用 | 连起来的词组");
                }
            }
            left = Node::Near(Box::new(left), gap, Box::new(right));
        }
        Ok(left)
    }

    fn single(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        let column = self.column();
        if depth >= EXPRESSION_DEPTH_MAX {
            return error(column, format!("嵌套超过 {EXPRESSION_DEPTH_MAX} 层"));
        }
        let Some((_, token)) = self.tokens.get(self.at).cloned() else {
            return error(column, "这里缺一个词");
        };
        self.at += 1;
        match token {
            Token::Not => Ok(Node::Not(Box::new(self.single(depth + 1)?))),
            Token::Open => {
                let inner = self.either(depth + 1)?;
                if !self.eat(&Token::Close) {
                    return error(self.column(), format!("第 {column} 列的括号没有闭合，或两个词之间缺 & 或 |"));
                }
                Ok(inner)
            }
            Token::Word(word) => self.word(column, &word),
            other => error(column, format!("这里缺一个词，却是“{}”", other.shown())),
        }
    }

    fn word(&mut self, column: usize, word: &str) -> Result<Node, ExpressionError> {
        let word = normalise(word);
        if word.is_empty() {
            return error(column, "词是空的");
        }
        if let Some(known) = self.known.get(&word) {
            return Ok(Node::Word(*known));
        }
        if self.words.len() == EXPRESSION_WORDS_MAX {
            return error(column, format!("超过 {EXPRESSION_WORDS_MAX} 个词"));
        }
        self.known.insert(word.clone(), self.words.len());
        self.words.push(word);
        Ok(Node::Word(self.words.len() - 1))
    }
}

/// What can never come about: a word beside a shorter one that matches first, or one that holds an excluded word.
fn idle(node: &Node, words: &[String]) -> Option<String> {
    match node {
        Node::Word(_) | Node::Near(..) => None,
        Node::Not(inner) => idle(inner, words),
        Node::Or(parts) => shadowed(parts, words).or_else(|| parts.iter().find_map(|part| idle(part, words))),
        Node::And(parts) => excluded(parts, words).or_else(|| parts.iter().find_map(|part| idle(part, words))),
    }
}

fn shadowed(parts: &[Node], words: &[String]) -> Option<String> {
    let plain: Vec<&str> = parts.iter().filter_map(|part| word_of(part, words)).collect();
    let known: std::collections::HashSet<&str> = plain.iter().copied().collect();
    plain.iter().find_map(|word| {
        let shorter = pieces(word).find(|piece| known.contains(piece) && holds_word(word, piece))?;
        Some(format!("词“{word}”永远轮不到：含有它的文本都含有“{shorter}”，删去其一"))
    })
}

fn excluded(parts: &[Node], words: &[String]) -> Option<String> {
    let mut without: Vec<&str> = Vec::new();
    for part in parts {
        match part {
            Node::Not(inner) => match &**inner {
                Node::Or(inner) => without.extend(inner.iter().filter_map(|part| word_of(part, words))),
                inner => without.extend(word_of(inner, words)),
            },
            _ => continue,
        }
    }
    let barred = |word: &str| without.iter().find(|excluded| holds_word(word, excluded));
    parts.iter().find_map(|part| {
        let alternatives: Vec<&str> = match part {
            Node::Or(inner) => inner.iter().filter_map(|part| word_of(part, words)).collect(),
            part => word_of(part, words).into_iter().collect(),
        };
        let word = alternatives.into_iter().find(|word| barred(word).is_some())?;
        Some(format!("词“{word}”永远匹配不到：含有它的文本都被“!{}”排除", barred(word)?))
    })
}

fn word_of<'a>(node: &Node, words: &'a [String]) -> Option<&'a str> {
    match node {
        Node::Word(word) => Some(&words[*word]),
        _ => None,
    }
}

/// Whether a text that holds `word` always holds `piece`; a word is no piece of itself unless the same is excluded.
fn holds_word(word: &str, piece: &str) -> bool {
    word.match_indices(piece).any(|(at, piece)| stands_alone(word, at, at + piece.len()))
}

/// All shorter pieces of a word.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
    let count = ends.len();
    (0..count).flat_map(move |from| {
        let ends = ends.clone();
        (from + 1..count).filter(move |to| to - from < count - 1).map(move |to| &word[ends[from]..ends[to]])
    })
}

fn has_places(node: &Node) -> bool {
    match node {
        Node::Word(_) | Node::Near(..) => true,
        Node::Or(parts) => parts.iter().all(has_places),
        Node::Not(_) | Node::And(_) => false,
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(source: &str) -> Result<Self, ExpressionError> {
        let tokens = tokens(source)?;
        let mut parser =
            Parser { tokens, at: 0, end_column: source.chars().count() + 1, words: Vec::new(), known: HashMap::new() };
        let root = parser.either(0)?;
        if let Some(token) = parser.peek() {
            let shown = token.shown();
            return match token {
                Token::Close => error(parser.column(), "多了一个右括号"),
                _ => error(parser.column(), format!("“{shown}”之前缺 & 或 |")),
            };
        }
        if holds(&root, &|_| &[]) {
            return error(1, "什么都没写的文本也会匹配：至少要有一个不带 ! 的词");
        }
        Ok(Self { source: source.to_owned(), root, words: parser.words })
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.source)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Expression {
        source.parse().unwrap()
    }

    fn fails(source: &str) -> (usize, String) {
        let error = source.parse::<Expression>().unwrap_err();
        (error.column, error.what)
    }

    #[test]
    fn groups_with_and_or_not() {
        let e = parse("(自来水 | 供水) & (发黄|异味) & !演练");
        assert!(e.matches("我家自来水发黄三天了"));
        assert!(e.matches("小区供水有异味"));
        assert!(!e.matches("自来水很清"));
        assert!(!e.matches("供水异味应急演练"));
    }

    #[test]
    fn and_binds_tighter_than_or_and_full_width_means_the_same() {
        let e = parse("甲 | 乙 & 丙");
        assert!(e.matches("甲") && e.matches("乙丙") && !e.matches("乙"));
        let wide = parse("（甲｜乙）＆！丙");
        assert!(wide.matches("乙") && !wide.matches("甲丙"));
    }

    #[test]
    fn nearness_counts_the_characters_between() {
        let e = parse("化工厂 ~4 (爆炸 | 起火)");
        assert!(e.matches("化工厂深夜突然爆炸"));
        assert!(!e.matches("化工厂深夜突然又爆炸"));
        assert!(e.matches("起火的是一家化工厂"), "either order");
        assert!(!parse("甲甲 ~5 甲甲甲").matches("甲甲甲"), "overlapping places are no pair");
        assert!(parse("甲 ~2 乙 ~2 丙").matches("甲1乙2丙"));
        assert!(parse("甲 NEAR/2 乙").matches("甲12乙") && !parse("甲 near/2 乙").matches("甲123乙"));
        assert_eq!(fails("甲 NEAR/0 乙").0, 3);
    }

    #[test]
    fn words_are_normalised_and_quoted_words_hold_anything() {
        assert!(parse("PM2.5").matches("ＰＭ２．５爆表"));
        assert!(parse("\"a & b\"").matches("x A & B y"));
        assert!(parse("app").matches("这个APP") && !parse("app").matches("apple"), "Latin words stand alone");
    }

    #[test]
    fn errors_name_the_column() {
        assert_eq!(fails("(甲 | 乙").0, 7);
        assert_eq!(fails("甲 乙"), (3, "“乙”之前缺 & 或 |".into()));
        assert_eq!(fails("甲 &").0, 4);
        assert_eq!(fails("甲)").0, 2);
        assert_eq!(fails("").0, 1);
        assert_eq!(fails("甲 ~ 乙").0, 3);
        assert_eq!(fails("甲 ~5 !乙").0, 6);
        assert_eq!(fails("\"甲").0, 1);
        assert_eq!(fails("!甲").0, 1);
        assert!(fails(&"(".repeat(100_000)).1.contains("嵌套"));
        assert!(fails(&"!".repeat(100_000)).1.contains("嵌套"));
    }

    #[test]
    fn what_can_never_come_about_is_an_error() {
        for (source, word) in
            [("欺凌 | 校园欺凌", "校园欺凌"), ("化工厂 & !工厂", "化工厂"), ("(停水 | 停电) & !停电", "停电")]
        {
            let idle = parse(source).idle_word().expect(source);
            assert!(idle.contains(&format!("“{word}”")), "{source}: {idle}");
        }
        for fine in ["app | apple", "化工厂 ~5 (爆炸 | 大爆炸)"] {
            assert_eq!(parse(fine).idle_word(), None);
        }
        assert!(fails("!甲 & !乙").1.contains("不带 !"));
    }

    #[test]
    fn ten_thousand_words_are_one_expression() {
        let letter =
            |n: usize, k: usize| char::from_u32(0x4e00 + ((n >> (4 * k)) & 15) as u32 + 16 * k as u32).unwrap();
        let words: Vec<String> = (0..10_000).map(|n| (0..4).map(|k| letter(n, k)).collect()).collect();
        let all = parse(&words.join(" | "));
        assert!(all.matches(&format!("前{}后", words[9_999])) && !all.matches("什么也没有"));
    }

    #[test]
    fn reasons_quote_only_wanted_words() {
        let e = parse("甲 & !(乙 | !丙)");
        let words: Vec<&str> = e.wanted().into_iter().map(|w| e.words()[w].as_str()).collect();
        assert_eq!(words, ["甲", "丙"]);
        assert_eq!(e.quoted("丙、乙"), ["丙"]);
        assert_eq!(parse("PM2.5 | 雾霾").quoted("ＰＭ２．５爆表"), ["pm2.5"]);
    }

    #[test]
    fn travels_through_serde_unchanged() {
        let e: Expression = serde_json::from_str("\"甲 & (乙|丙)\"").unwrap();
        assert_eq!(serde_json::to_string(&e).unwrap(), "\"甲 & (乙|丙)\"");
        assert!(serde_json::from_str::<Expression>("\"甲 &\"").unwrap_err().to_string().contains("第 4 列"));
    }

    proptest::proptest! {
        #[test]
        fn any_source_parses_or_says_where(source in "[甲乙丙&|!~()0-9\" ]{0,40}", text in "[甲乙丙丁]{0,30}") {
            match source.parse::<Expression>() {
                Ok(e) => { let _ = e.matches(&text); }
                Err(e) => proptest::prop_assert!(e.column >= 1 && e.column <= source.chars().count() + 1),
            }
        }

        #[test]
        fn nearness_agrees_with_its_definition(text in "[甲乙丙丁]{0,24}", gap in 1usize..6) {
            let e = parse(&format!("甲 ~{gap} 乙"));
            let chars: Vec<char> = text.chars().collect();
            let expected = chars.iter().enumerate().any(|(i, a)| {
                *a == '甲' && chars.iter().enumerate().any(|(j, b)| *b == '乙' && i.abs_diff(j) - 1 <= gap)
            });
            proptest::prop_assert_eq!(e.matches(&text), expected);
        }
    }
}
