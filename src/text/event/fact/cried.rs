//! Numbers of people that are cried out, with nothing said of them: `三十五个，官方报的，老天`.

use super::super::grammar::CLAUSE_END;
use super::super::noun::{begins_kin, is_person_noun};
use super::super::quantity::{Quantity, Unit, quantities};
use super::{Fact, Harm, Reading};

/// Fewest who are cried out: of one or two it is told what became of them.
const CRIED_MIN: f64 = 3.0;
/// Longest noun behind their number, in characters.
const CRIED_NOUN_CHARS_MAX: usize = 3;

/// 三十二个孩子，整整三十二个: a number of people that is cried out, of whom nothing is said. What it is said of is dead.
pub fn cried(sentence: &str) -> Vec<Fact> {
    let cry = |q: &Quantity| {
        let own = q.start == 0 || sentence[..q.start].ends_with(CLAUSE_END);
        let rest = &sentence[q.end..];
        let noun = &rest[..rest.find(CLAUSE_END).unwrap_or(rest.len())];
        matches!(q.unit, Unit::Person | Unit::Thing)
            && q.value >= CRIED_MIN
            && q.bounded.is_none()
            && own
            && (noun.is_empty()
                || noun.chars().count() <= CRIED_NOUN_CHARS_MAX && (is_person_noun(noun) || begins_kin(noun)))
            && rest.len() > noun.len()
    };
    let found = quantities(sentence).into_iter().find(cry);
    let mut reading = Reading {
        sentence,
        marks: Vec::new(),
        numbers: Vec::new(),
        claimed: Vec::new(),
        spoken_of: None,
        facts: Vec::new(),
    };
    if let Some(q) = found {
        reading.push(Harm::Dead, q.value, true, q.start, q.end);
        reading.facts.iter_mut().for_each(|fact| fact.inferred = true);
    }
    reading.facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_which_nothing_is_said_is_cried_out() {
        for (sentence, value) in [
            ("三十二个孩子，整整三十二个，一辆校车翻进水库", Some(32.0)),
            ("三十五个，官方报的", Some(35.0)),
            ("几百人跑下楼，有个小姑娘崴了脚", None),
            ("渡口小船翻了，3人上岸", None),
            ("两个，就在路边", None),
        ] {
            assert_eq!(cried(sentence).first().map(|fact| fact.value), value, "{sentence}");
        }
    }
}
