//! Public concerns (公共事项): what in a text is worth an office's attention, by words and points of `models/concerns.tsv` and
//! by whether it reads like what citizens complain of.
//!
//! A matter is a danger, a harm, an abuse or something public that fails: the core. How many it strikes, how long, whether
//! anybody answered adds to it; what shows an advertisement, praise or fiction speaks against it. No list holds all words
//! in which people say it: a public thing beside something amiss is a hint (线索), which counts where the learnt reader
//! (letters and own posts against everyday posts) agrees. The learnt sentiment has no say: polite letters and calm reports
//! are not noise, and anger about a video game is.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::expression::{Expression, Place};
use super::lexicon::{lines, number};
use super::model::{Head, Model, Scores, column_of, gram_bucket, word_bucket};
use super::scan::{ByWord, Hits, Scanner, WordId, Words};

const CONCERNS: &str = include_str!("../../models/concerns.tsv");
/// Further kinds of core beside the heaviest count one point each, up to so many.
const FURTHER_CORE_MAX: i32 = 2;
/// What adds to a core counts up to so many points.
const ADDED_MAX: i32 = 3;
/// A core of so many points is needed at least.
const CORE_MIN: i32 = 2;
const WORDS_QUOTED_MAX: usize = 4;
/// Words of one class that are quoted, where an expression names several.
const CLASS_WORDS_QUOTED_MAX: usize = 2;
/// The learnt reader's score (log-odds) from which a text reads like a matter, from which it surely does, and below which
/// mere hints count for nothing. Chosen on own posts (`engine/stream.rs`).
const LIKE_MIN: f32 = 0.5;
const SURELY_MIN: f32 = 1.5;
const HINT_MIN: f32 = -1.2;
/// Kind of the learnt reader's evidence.
const READS_LIKE_ONE: &str = "行文似群众反映";
const READS_LIKE_ONE_POINTS: i32 = 2;
const SURELY: &str = "行文明确";

/// What a piece of evidence is to the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 事项本身
    Core,
    /// 加重
    Adds,
    /// 反证
    Against,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// What it is to the matter.
    pub part: Part,
    /// Its kind, in Chinese.
    pub kind: String,
    /// Points: 1–3, below 0 for what speaks against it.
    pub points: i32,
    /// The words found.
    pub words: Vec<String>,
}

/// A word of an expression, or a class of words, `@设施`.
enum Term {
    Word(WordId),
    Class(usize),
}

struct Line {
    part: Part,
    /// Counts only where the learnt reader agrees.
    hint: bool,
    kind: &'static str,
    points: i32,
    when: Expression,
    terms: Vec<Term>,
    /// Of its terms, those that can satisfy it.
    wanted: Vec<usize>,
}

/// The lines, ready to be looked up.
pub struct Concerns {
    lines: Vec<Line>,
    /// Lines that name a word, and lines that name a class.
    by_word: ByWord<usize>,
    by_class: Vec<Vec<usize>>,
    /// Classes that hold a word.
    classes: ByWord<usize>,
}

/// A class's words in one text.
#[derive(Clone, Default)]
struct Found {
    places: Vec<Place>,
    words: Vec<WordId>,
}

/// The learnt reader's view of one text.
pub struct Reader<'a> {
    model: &'a Model,
    words: &'a [&'a str],
    /// Log-odds; a model without the column has no view.
    score: Option<f32>,
}

impl<'a> Reader<'a> {
    /// Of a text's scores and words.
    pub fn new(model: &'a Model, scores: &Scores, words: &'a [&'a str]) -> Self {
        Self { model, words, score: scores.head(Head::Concern).first().copied() }
    }

    /// The words that speak loudest for a matter.
    fn telling(&self) -> Vec<String> {
        let column = column_of(Head::Concern, 0);
        let weight = |word: &str| {
            let chars: Vec<char> = word.chars().collect();
            let grams = (2..=3).flat_map(|n| chars.windows(n)).map(|gram| self.model.weight(gram_bucket(gram), column));
            self.model.weight(word_bucket(word), column) + grams.sum::<f32>()
        };
        let mut weighed: Vec<(f32, &str)> = Vec::new();
        let mut known = HashSet::new();
        for &word in self.words.iter().filter(|word| word.chars().nth(1).is_some()) {
            if known.insert(word) {
                weighed.push((weight(word), word));
            }
        }
        weighed.retain(|(weight, _)| *weight > 0.0);
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
        weighed.into_iter().take(WORDS_QUOTED_MAX).map(|(_, word)| word.to_owned()).collect()
    }
}

impl Concerns {
    /// Takes the words into the scanner's words. The expressions are part of the program; a test parses them all.
    pub fn new(words: &mut Words) -> Self {
        let mut names: HashMap<String, usize> = HashMap::new();
        let (mut of_class, mut of_line) = (Vec::new(), Vec::new());
        for line in lines(CONCERNS).filter(|line| line[0] == "class") {
            let class = names.len();
            names.insert(format!("@{}", line[1]), class);
            let members = line[3].split('|').filter_map(|word| words.add(word.trim()));
            of_class.extend(members.map(|word| (word, class)));
        }
        let mut by_class = vec![Vec::new(); names.len()];
        let mut all: Vec<Line> = Vec::new();
        for line in lines(CONCERNS).filter(|line| line[0] != "class") {
            let when: Expression = line[3].parse().expect("an expression of models/concerns.tsv");
            let term = |word: &String| match names.get(word) {
                Some(class) => Term::Class(*class),
                None => Term::Word(words.add(word).expect("no word of models/concerns.tsv is blank")),
            };
            let terms: Vec<Term> = when.words().iter().map(term).collect();
            for term in &terms {
                match term {
                    Term::Word(word) => of_line.push((*word, all.len())),
                    Term::Class(class) => by_class[*class].push(all.len()),
                }
            }
            let (part, hint) = match line[0] {
                "core" => (Part::Core, false),
                "hint" => (Part::Core, true),
                "adds" => (Part::Adds, false),
                _ => (Part::Against, false),
            };
            let wanted = when.wanted();
            all.push(Line { part, hint, kind: line[1], points: number(line[2]) as i32, when, terms, wanted });
        }
        Self { lines: all, by_word: ByWord::new(of_line), by_class, classes: ByWord::new(of_class) }
    }

    /// The evidence of a text, the heaviest line of each kind.
    pub fn find(&self, scanner: &Scanner, hits: &Hits, reader: &Reader<'_>) -> Vec<Evidence> {
        let mut classes = vec![Found::default(); self.by_class.len()];
        let mut touched = vec![false; self.lines.len()];
        for (word, places, class) in self.classes.found(hits) {
            if classes[*class].words.is_empty() {
                self.by_class[*class].iter().for_each(|line| touched[*line] = true);
            }
            classes[*class].places.extend_from_slice(places);
            classes[*class].words.push(word);
        }
        self.by_word.found(hits).for_each(|(_, _, line)| touched[*line] = true);
        let score = reader.score;
        let hints = score.is_some_and(|score| score >= HINT_MIN);
        let mut found: Vec<Evidence> = Vec::new();
        for (line, _) in self.lines.iter().zip(&touched).filter(|(line, touched)| **touched && (hints || !line.hint)) {
            let places = |term: usize| match line.terms[term] {
                Term::Word(word) => hits.of(word),
                Term::Class(class) => &classes[class].places[..],
            };
            if line.when.matches_where(places) {
                add(&mut found, line, line.quoted(scanner, hits, &classes));
            }
        }
        if score.is_some_and(|score| score >= LIKE_MIN) {
            let words = reader.telling();
            let evidence = |part, kind: &str, points, words| Evidence { part, kind: kind.to_owned(), points, words };
            if score.is_some_and(|score| score >= SURELY_MIN) {
                found.push(evidence(Part::Adds, SURELY, 1, words.first().into_iter().cloned().collect()));
            }
            found.push(evidence(Part::Core, READS_LIKE_ONE, READS_LIKE_ONE_POINTS, words));
        }
        found
    }
}

impl Line {
    /// The words by which it matched; 天 and 又 say little beside 三天.
    fn quoted(&self, scanner: &Scanner, hits: &Hits, classes: &[Found]) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for term in &self.wanted {
            let (ids, most) = match &self.terms[*term] {
                Term::Word(word) => (std::slice::from_ref(word), 1),
                Term::Class(class) => (&classes[*class].words[..], CLASS_WORDS_QUOTED_MAX),
            };
            let mut there: Vec<&str> = ids.iter().filter(|id| hits.has(**id)).map(|id| scanner.word(*id)).collect();
            there.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
            words.extend(there.into_iter().take(most).map(str::to_owned));
        }
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count().min(2)));
        words.dedup();
        words.truncate(WORDS_QUOTED_MAX);
        words
    }
}

fn add(found: &mut Vec<Evidence>, line: &Line, mut words: Vec<String>) {
    match found.iter_mut().find(|known| known.kind == line.kind && known.part == line.part) {
        Some(known) => {
            words.retain(|word| !known.words.contains(word));
            known.words.extend(words);
            known.words.truncate(WORDS_QUOTED_MAX);
            if line.points.abs() > known.points.abs() {
                known.points = line.points;
            }
        }
        None => {
            found.push(Evidence { part: line.part, kind: line.kind.to_owned(), points: line.points, words });
        }
    }
}

/// Whether the learnt reader takes a text for a matter.
pub fn reads_like_one(evidence: &[Evidence]) -> bool {
    evidence.iter().any(|evidence| evidence.kind == READS_LIKE_ONE)
}

/// Points of a text: 0 without a core. `placed`: it names the very place.
pub fn weight(evidence: &[Evidence], placed: bool) -> i32 {
    let of = |part: Part| evidence.iter().filter(move |e| e.part == part).map(|e| e.points);
    let core = of(Part::Core).max().unwrap_or(0);
    if core < CORE_MIN {
        return 0;
    }
    let further = (of(Part::Core).count() as i32 - 1).clamp(0, FURTHER_CORE_MAX);
    let added = (of(Part::Adds).sum::<i32>() + i32::from(placed)).min(ADDED_MAX);
    (core + further + added + of(Part::Against).sum::<i32>()).max(0)
}

/// What the evidence says, in words: `险情事故：起火、浓烟；波及多人：几百`.
pub fn told(evidence: &[Evidence], part: Part) -> String {
    let one = |e: &Evidence| format!("{}（{}）", e.kind, e.words.join("、"));
    evidence.iter().filter(|e| e.part == part).map(one).collect::<Vec<_>>().join("，")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Vec<Evidence> {
        static READ: std::sync::OnceLock<(Concerns, Scanner, Model)> = std::sync::OnceLock::new();
        let (concerns, scanner, model) = READ.get_or_init(|| {
            let mut words = Words::default();
            let concerns = Concerns::new(&mut words);
            (concerns, words.build(), Model::shipped())
        });
        let text = crate::text::normalise::normalise(text);
        // Without the reader: what is measured here is the table alone.
        concerns.find(scanner, &scanner.scan(&text), &Reader { model, words: &[], score: None })
    }

    #[test]
    fn a_core_is_needed_and_what_adds_to_it_is_capped() {
        assert_eq!(weight(&find("大家天天一直在等"), true), 0, "nothing is the matter");
        assert!(weight(&find("小区停水三天了，打电话没人管"), false) >= 3);
        assert!(weight(&find("路灯坏了一盏"), true) < 3);
        let all = find("停水三天了，几百户老人没人管，视频都在传，太可怕了");
        assert!(told(&all, Part::Core).contains("停水") && weight(&all, true) <= 3 + 3 + 2);
    }

    #[test]
    fn advertisements_praise_and_fiction_speak_against() {
        for text in [
            "健身房跑路价清仓，全场三折，电话同微信",
            "电视剧里那个贪污的书记演得真好",
            "感谢医生，把我父亲从死亡线上救回来，点赞",
            "考驾照，科目二一把过",
            "因大雪校车停运一天，请家长们自己接送",
            "麻将馆三缺一",
        ] {
            assert!(weight(&find(text), true) < 3, "{text}: {:?}", find(text));
        }
    }
}
