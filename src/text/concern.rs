//! Public concerns (公共事项): what in a text is worth an office's attention, by words and points of `models/concerns.tsv`.
//!
//! A matter is a danger, a harm, an abuse or something public that fails: the core. How many it strikes, how long, whether
//! anybody answered adds to it; what shows an advertisement, praise or fiction speaks against it. The learnt sentiment has no
//! say: polite letters and calm reports are not noise, and anger about a video game is.

use serde::{Deserialize, Serialize};

use super::expression::Expression;
use super::lexicon::{lines, number};
use super::scan::{ByWord, Hits, Scanner, WordId, Words};

const CONCERNS: &str = include_str!("../../models/concerns.tsv");
/// Further kinds of core beside the heaviest count one point each, up to so many.
const FURTHER_CORE_MAX: i32 = 2;
/// What adds to a core counts up to so many points.
const ADDED_MAX: i32 = 3;
/// A core of so many points is needed at least.
const CORE_MIN: i32 = 2;
const WORDS_QUOTED_MAX: usize = 4;

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

struct Line {
    part: Part,
    kind: &'static str,
    points: i32,
    when: Expression,
    ids: Vec<WordId>,
}

/// The lines, ready to be looked up.
pub struct Concerns {
    lines: Vec<Line>,
    /// Lines by the words that can satisfy them: only these are tried.
    wanting: ByWord<usize>,
}

impl Concerns {
    /// Takes the words into the scanner's words. The expressions are part of the program; a test parses them all.
    pub fn new(words: &mut Words) -> Self {
        let concerns = lines(CONCERNS).map(|line| {
            let when: Expression = line[3].parse().expect("an expression of models/concerns.tsv");
            let ids = when.words().iter().filter_map(|word| words.add(word)).collect();
            let part = match line[0] {
                "core" => Part::Core,
                "adds" => Part::Adds,
                _ => Part::Against,
            };
            Line { part, kind: line[1], points: number(line[2]) as i32, when, ids }
        });
        let lines: Vec<Line> = concerns.collect();
        let wanted = lines
            .iter()
            .enumerate()
            .flat_map(|(n, line)| line.when.wanted().into_iter().map(move |word| (line.ids[word], n)));
        Self { wanting: ByWord::new(wanted.collect()), lines }
    }

    /// The evidence of a text, the heaviest line of each kind.
    pub fn find(&self, scanner: &Scanner, hits: &Hits) -> Vec<Evidence> {
        let mut found: Vec<Evidence> = Vec::new();
        let mut tried: Vec<usize> = self.wanting.found(hits).map(|(_, _, line)| *line).collect();
        tried.sort_unstable();
        tried.dedup();
        let tried = tried.into_iter().map(|n| &self.lines[n]);
        let matching = tried.filter(|line| line.when.matches_where(|word| hits.of(line.ids[word])));
        for line in matching {
            let wanted = line.when.wanted().into_iter().map(|word| line.ids[word]);
            let mut words: Vec<String> =
                wanted.filter(|id| hits.has(*id)).map(|id| scanner.word(id).to_owned()).collect();
            // 天 and 又 say little beside 三天.
            words.sort_by_key(|word| std::cmp::Reverse(word.chars().count().min(2)));
            words.truncate(WORDS_QUOTED_MAX);
            match found.iter_mut().find(|known| known.kind == line.kind) {
                Some(known) => {
                    words.retain(|word| !known.words.contains(word));
                    known.words.extend(words);
                    known.words.truncate(WORDS_QUOTED_MAX);
                    if line.points.abs() > known.points.abs() {
                        known.points = line.points;
                    }
                }
                None => {
                    found.push(Evidence { part: line.part, kind: line.kind.to_owned(), points: line.points, words })
                }
            }
        }
        found
    }
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
        let mut words = Words::default();
        let concerns = Concerns::new(&mut words);
        let scanner = words.build();
        let text = crate::text::normalise::normalise(text);
        concerns.find(&scanner, &scanner.scan(&text))
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
