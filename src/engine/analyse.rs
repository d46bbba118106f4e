//! Analysis of a batch (pure), on all cores. A mention on which analysis fails hurts no other.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::correlate::{Features, Lexicon};
use crate::domain::ids::RegionId;
use crate::domain::mention::MentionInput;
use crate::text::Analyser;
use crate::text::analysis::Analysis;

/// Threads that analyse at a time, at most.
const THREADS_MAX: usize = 8;

/// A mention, analysed.
#[derive(Clone, Debug)]
pub struct Analysed {
    /// What it says.
    pub analysis: Analysis,
    /// Its words, for search.
    pub tokens: Vec<String>,
    /// What correlation compares.
    pub features: Features,
    /// The region that it touches: the most certain one, the sender's statement included.
    pub region: Option<RegionId>,
}

/// Analyses mentions.
pub struct Desk {
    analyser: Arc<Analyser>,
    lexicon: Arc<Lexicon>,
    common: HashSet<String>,
}

impl Desk {
    /// With the office's analyser.
    pub fn new(analyser: Arc<Analyser>, lexicon: Arc<Lexicon>) -> Self {
        // The city and its counties stand in nearly every mention of this office.
        let regions = &analyser.vocabulary().regions;
        let common = regions.iter().flat_map(|region| std::iter::once(&region.name).chain(&region.aliases));
        Self { common: common.cloned().collect(), analyser, lexicon }
    }

    /// One mention.
    pub fn analyse(&self, input: &MentionInput) -> Analysed {
        let analysis = self.analyser.explain(input);
        let region = analysis.regions.first().or(input.region.as_ref()).cloned();
        let (tokens, features) = self.compare(input);
        Analysed { analysis, tokens, features, region }
    }

    /// What correlation compares of a mention, and its words: the cheaper part of analysis.
    pub fn compare(&self, input: &MentionInput) -> (Vec<String>, Features) {
        let title = input.title.as_deref().unwrap_or("");
        Features::read(&self.lexicon, &self.analyser, title, &input.text, |word| self.common.contains(word))
    }

    /// What reads texts.
    pub fn analyser(&self) -> &Arc<Analyser> {
        &self.analyser
    }

    /// What tells words apart, for the correlator.
    pub fn lexicon(&self) -> Arc<Lexicon> {
        self.lexicon.clone()
    }

    /// Many, in their order; for one on which analysis panics, the reason.
    pub fn analyse_all(&self, inputs: &[MentionInput]) -> Vec<Result<Analysed, String>> {
        on_all_cores(inputs, |input| self.analyse(input))
    }

    /// Compares many, in the same way.
    pub fn compare_all(&self, inputs: &[MentionInput]) -> Vec<Result<Features, String>> {
        on_all_cores(inputs, |input| self.compare(input).1)
    }
}

/// Does something with each, in their order; where it panics, gives the reason.
fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<Result<R, String>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(items.len());
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, guarded(|| work(item))));
        }
    };
    let mut all: Vec<(usize, Result<R, String>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let mut all = share();
        // A thread can't have panicked: every item is guarded.
        all.extend(others.into_iter().filter_map(|thread| thread.join().ok()).flatten());
        all
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let what = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        format!("分析出错：{what}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Region, Vocabulary};

    #[test]
    fn a_batch_keeps_its_order_and_gives_what_one_by_one_gives() {
        let xuancheng = Region { id: "xuancheng".into(), name: "宣城市".into(), aliases: vec!["宣城".into()] };
        let vocabulary = Vocabulary { regions: vec![xuancheng], ..Vocabulary::default() };
        let desk = Desk::new(Arc::new(Analyser::new(vocabulary)), Arc::new(Lexicon::built_in()));
        let inputs: Vec<MentionInput> = (0..50)
            .map(|n| MentionInput {
                title: Some(format!("第{n}条")),
                text: format!("宣城{n}路积水，谁来管{n}"),
                ..MentionInput::default()
            })
            .collect();
        let all = desk.analyse_all(&inputs);
        assert_eq!(all.len(), inputs.len());
        for (input, result) in inputs.iter().zip(all) {
            let (alone, result) = (desk.analyse(input), result.unwrap());
            assert_eq!((alone.analysis, alone.tokens), (result.analysis, result.tokens));
            assert_eq!(result.region, Some("xuancheng".into()));
            assert!(result.features.words.values().all(|word| &**word != "宣城"), "it tells no matters apart");
        }
    }

    #[test]
    fn one_that_panics_is_told_and_hurts_no_other() {
        let results = on_all_cores(&[1, 2, 3], |n| {
            assert_ne!(*n, 2, "no twos");
            n * 10
        });
        assert_eq!((&results[0], &results[2]), (&Ok(10), &Ok(30)));
        assert!(results[1].as_ref().unwrap_err().contains("no twos"));
    }
}
