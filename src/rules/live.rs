//! The rules of a running service: looked at again and again, and exchanged whole when their files change. What can't be used
//! changes nothing: judging goes on by the edition before, and what is wrong is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::{RuleError, Rules, folder};
use crate::text::Analyser;

/// The analyser as everything shares it: built anew with the rules.
pub type SharedAnalyser = Arc<ArcSwap<Analyser>>;

/// What a look at the files came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As before.
    Same,
    /// Another edition is in force.
    Renewed,
    /// They have changed and can't be used.
    Wrong,
}

/// The rules and what reads texts by them, with the folder that they come from.
pub struct LiveRules {
    dir: PathBuf,
    rules: Arc<ArcSwap<Rules>>,
    analyser: SharedAnalyser,
    seen: Mutex<Seen>,
}

/// The last look.
struct Seen {
    /// The files' hash, and how many can't be read.
    files: (String, usize),
    wrong: Vec<RuleError>,
}

impl std::fmt::Debug for LiveRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveRules").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl LiveRules {
    /// Of a folder whose rules were loaded.
    pub fn new(dir: PathBuf, rules: Arc<ArcSwap<Rules>>, analyser: SharedAnalyser) -> Self {
        let seen = Mutex::new(Seen { files: (rules.load().version.clone(), 0), wrong: Vec::new() });
        Self { dir, rules, analyser, seen }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What reads texts, as everything shares it.
    pub fn shared_analyser(&self) -> SharedAnalyser {
        self.analyser.clone()
    }

    /// What reads texts now.
    pub fn analyser(&self) -> Arc<Analyser> {
        self.analyser.load_full()
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// What is wrong with the files, so that they are not in force; empty if they are.
    pub fn wrong(&self) -> Vec<RuleError> {
        self.seen.lock().wrong.clone()
    }

    /// Looks at the files, and takes another edition over if it can be used. Reads files and, for another edition, builds an
    /// analyser: some 0.3 s.
    pub fn look(&self) -> Look {
        let mut seen = self.seen.lock();
        let folder = folder::read(&self.dir);
        let files = (folder.version.clone(), folder.errors.len());
        if files == seen.files {
            return Look::Same;
        }
        seen.files = files;
        let mut rules = Rules::read(folder).rules;
        seen.wrong.clone_from(&rules.errors);
        if !rules.errors.is_empty() {
            return Look::Wrong;
        }
        self.analyser.store(Arc::new(self.analyser.load().renewed(rules.vocabulary())));
        // What is known of the accounts is no rule and stays.
        rules.office.accounts.clone_from(&self.rules.load().office.accounts);
        self.rules.store(Arc::new(rules));
        Look::Renewed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mention::MentionInput;
    use crate::rules::file::FileName;

    #[test]
    fn another_edition_takes_over_and_a_broken_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        crate::rules::shipped::copy_to(folder.path());
        let rules = Rules::load(folder.path()).unwrap();
        let first = rules.version.clone();
        let analyser = Arc::new(ArcSwap::from_pointee(Analyser::new(rules.vocabulary())));
        let live = LiveRules::new(folder.path().into(), Arc::new(ArcSwap::from_pointee(rules)), analyser);
        assert_eq!(live.look(), Look::Same);

        let topic = FileName::new("topics/own.yaml").unwrap();
        let text = "id: own\nname: 羊群\nwhy: 试\nwhen: 白羊走失\nnoteworthy: true\n\
                    examples: { matches: [宣州有白羊走失], near_misses: [羊汤] }\n";
        topic.write(folder.path(), Some(&text.replace("羊汤", "白羊走失"))).unwrap();
        assert_eq!(live.look(), Look::Wrong);
        assert_eq!((live.rules().version == first, live.wrong()[0].line), (true, 6));
        assert_eq!(live.look(), Look::Same, "told once");

        topic.write(folder.path(), Some(text)).unwrap();
        assert_eq!(live.look(), Look::Renewed);
        assert!(live.wrong().is_empty() && live.rules().version != first);
        let mention = MentionInput { text: "昨晚白羊走失三只".into(), ..MentionInput::default() };
        assert_eq!(live.analyser().analyse(&mention).rules, ["own"]);
    }
}
