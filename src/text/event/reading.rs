//! The learnt reading (行文): whether a text reads as telling of an event that took place, whichever words it uses. No list
//! holds all words in which people say that something happened; the learnt reader has seen how such texts are built.
//! It never counts: numbers and their grades are the rules' alone.
//!
//! The bounds are log-odds, chosen on the own sentences, everyday posts and letters.

use super::Text;
use super::context::{DENIAL, ELSEWHERE};
use super::criteria::Verdicts;
use super::tally::Tally;
use super::whose::Sender;
use crate::domain::grade::Grade;

/// From these on words of harm are told of an accident, though nobody names it.
const TOLD_MIN: f32 = -0.3;
/// From these on a text that holds words of harm or events tells of one, though no rule is met.
const ALONE_MIN: f32 = 0.0;
/// From these on it does so without any such word, and single words that speak against it (隐患, 危险) weigh nothing.
const SURELY_MIN: f32 = 0.8;
/// From these on it does so although a context was found in which something of it did not happen.
const AGAINST_MIN: f32 = 1.5;
/// Below these single words that speak against it (考试, 电影, 有期徒刑) weigh even against a number.
const DOUBTED_MAX: f32 = -0.5;
/// Below these an event without any number is none.
const UNTOLD_MAX: f32 = -2.0;
/// Below these neither is a general one with a number.
const UNTOLD_COUNTED_MAX: f32 = -2.5;

/// Whether harm that it speaks of came by an accident.
pub fn tells(text: &Text<'_>) -> bool {
    text.told.is_some_and(|told| told >= TOLD_MIN)
}

/// Whether it tells of an event, whatever its words.
pub fn surely_tells(text: &Text<'_>) -> bool {
    text.told.is_some_and(|told| told >= SURELY_MIN)
}

/// Whether it reads like anything but a report.
pub fn doubted(text: &Text<'_>) -> bool {
    text.told.is_some_and(|told| told < DOUBTED_MAX)
}

/// Adds what only the reading finds, and takes back what it finds untold. `worded`: the text holds words of harm or events.
pub fn weigh(text: &Text<'_>, tally: &Tally, worded: bool, verdicts: &mut Verdicts) {
    let Some(told) = text.told else { return };
    let here = text.sender == Sender::Ours || text.sites.is_empty() || text.sites.iter().any(|site| site.ours);
    let taken_back = tally.soft.iter().any(|(_, hedge)| [DENIAL, ELSEWHERE].contains(&hedge.kind));
    let least = match (tally.soft.is_empty(), worded) {
        (false, _) => AGAINST_MIN,
        (true, false) => SURELY_MIN,
        (true, true) => ALONE_MIN,
    };
    let general = verdicts.0.first().is_some_and(|(grade, _)| *grade == Grade::General);
    let untold = if tally.uncounted() { UNTOLD_MAX } else { UNTOLD_COUNTED_MAX };
    if verdicts.0.is_empty() && told >= least && here && !taken_back {
        verdicts.0.push((Grade::General, "行文在说已发生的事，未见伤亡或损失数字，按一般，请人工研判".to_owned()));
    } else if told < untold && general {
        verdicts.0.clear();
    }
}
