//! The tally (汇总): what all sentences of a text together report, and what of it does not count.

use super::context::Hedge;
use super::fact::{Fact, Harm};
use super::words::Class;
use crate::domain::grade::Grade;

/// What does not count is kept to be told about; of a list of it a few are enough.
const SOFT_MAX: usize = 16;

/// So many who are buried at once did not die one by one.
const DIE_TOGETHER_MIN: f64 = 3.0;

/// A number with the words that report it.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// How many, at least.
    pub value: f64,
    /// Whether the text gives a number.
    pub counted: bool,
    /// The words.
    pub quote: String,
}

/// What a text reports.
#[derive(Default)]
pub struct Tally {
    facts: Vec<(Fact, String)>,
    /// Events as such, with their words.
    pub events: Vec<(Class, String)>,
    /// What does not count: its words, its kind of harm, and why.
    pub soft: Vec<(String, Hedge)>,
    /// The grade by which the text calls its event.
    pub named: Option<(Grade, String)>,
    /// How large a place went without drinking water.
    pub water: Option<(Grade, String)>,
    /// A denial took something back.
    pub denied: Option<Hedge>,
}

impl Tally {
    /// Adds a fact that counts.
    pub fn add(&mut self, fact: Fact, quote: String) {
        self.facts.push((fact, quote));
    }

    /// Adds what does not count.
    pub fn leave_out(&mut self, quote: String, hedge: Hedge) {
        if hedge.kind == super::context::DENIAL && self.denied.is_none() {
            self.denied = Some(hedge.clone());
        }
        if self.soft.len() < SOFT_MAX && !self.soft.iter().any(|(other, _)| *other == quote) {
            self.soft.push((quote, hedge));
        }
    }

    /// Whether nothing that counts has a number.
    pub fn uncounted(&self) -> bool {
        !self.facts.iter().any(|(fact, _)| fact.counted)
    }

    /// Whether anything of these kinds counts.
    pub fn any(&self, harms: &[Harm]) -> bool {
        self.facts.iter().any(|(fact, _)| harms.contains(&fact.harm))
    }

    /// How many came to this harm. Within one text the latest revision counts (死者增至3人); what came on top (又有1人) is
    /// added; else the largest number.
    pub fn of(&self, harm: Harm) -> Option<Counted> {
        let of_harm = || self.facts.iter().filter(|(fact, _)| fact.harm == harm);
        // 网传死了十几个，通报：3人死亡. A number of whoever knows takes the place of those that are passed on.
        let known = of_harm().any(|(fact, _)| fact.counted && !fact.passed_on);
        let facts: Vec<&(Fact, String)> = of_harm().filter(|(fact, _)| !(known && fact.passed_on)).collect();
        let revised = facts.iter().rposition(|(fact, _)| fact.revised && fact.counted);
        let mut total: Option<Counted> = None;
        for (n, (fact, quote)) in facts.iter().enumerate() {
            let taken_back =
                fact.earlier && facts[n + 1..].iter().any(|(later, _)| later.counted && !later.earlier && !later.more);
            if revised.is_some_and(|last| n < last) || taken_back {
                continue;
            }
            let found = Counted { value: fact.value, counted: fact.counted, quote: quote.clone() };
            total = Some(match total {
                None => found,
                Some(before) if fact.counted && before.counted && (fact.more || apart(&before.quote, quote)) => {
                    Counted {
                        value: before.value + fact.value,
                        counted: true,
                        quote: format!("{}…{quote}", before.quote),
                    }
                }
                // 司机没了，两个乘客也没了: whoever has no number is one.
                Some(before) if fact.counted && fact.more && harm == Harm::Dead => Counted {
                    value: before.value + fact.value,
                    counted: true,
                    quote: format!("{}…{quote}", before.quote),
                },
                Some(before) if (found.counted, found.value) > (before.counted, before.value) => found,
                Some(before) => before,
            });
        }
        total
    }

    /// The missing who have not been found since.
    pub fn missing(&self) -> Option<Counted> {
        if self.facts.iter().any(|(fact, _)| fact.found) {
            return None;
        }
        self.of(Harm::Missing)
    }

    /// The dead; where only a soft word says so (去世, 走了), an accident must stand beside it.
    pub fn dead(&self, accident: bool, funeral: bool) -> Option<Counted> {
        let hard = self.facts.iter().any(|(fact, _)| fact.harm == Harm::Dead && !fact.soft);
        // 老人走了十九个，家家挂白; 没了十一个，那场泥石流: several at once die of no age.
        let several = self
            .facts
            .iter()
            .any(|(fact, _)| fact.harm == Harm::Dead && fact.counted && fact.value >= DIE_TOGETHER_MIN)
            && funeral;
        if hard || accident || several { self.of(Harm::Dead) } else { None }
    }
}

/// 1人当场死亡，2人送医后不治: two groups, not one number said twice.
fn apart(a: &str, b: &str) -> bool {
    let later = |text: &str| {
        ["不治", "抢救无效", "送医", "医治无效", "没救", "救治无效"].iter().any(|word| text.contains(word))
    };
    let at_once = |text: &str| text.contains("当场") || text.contains("现场");
    at_once(a) && later(b) || later(a) && at_once(b)
}
