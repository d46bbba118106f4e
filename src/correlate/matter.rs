//! What a text is about (事项): whom or what it concerns, and what has happened, by the words of `models/matters.tsv`.
//!
//! Two posts on one street with the same template differ in nothing but this: a hospital that overcharges is no courier
//! that does. Only whole classes are compared, so that 停水 and 自来水 are one subject.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::features::hash_of;

/// Class, id, words.
const TABLE: &str = include_str!("../../models/matters.tsv");

/// Bodies that answer for a matter, and things that stand in nearly every letter about a home: in long texts they are
/// named beside what it is about.
const ACTORS: [&str; 7] = ["housing", "property", "official", "police", "chengguan", "guard", "siteworks"];
/// What stands behind one of these says where, not what.
const BESIDE: [&str; 7] = ["附近", "旁边", "隔壁", "对面", "边上", "旁", "离"];
/// Longest of [`BESIDE`], in bytes.
const BESIDE_BYTES_MAX: usize = 6;
/// Ends of a clause.
const CLAUSE_ENDS: [char; 10] = ['，', '。', '！', '？', '；', ',', '!', '?', ';', '\n'];

/// A set of classes.
type Set = u128;

/// What a text is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Subjects of the first clause that names one: what it is about, before it comes to who should see to it.
    first_subjects: Set,
    subjects: Set,
    first_problems: Set,
    problems: Set,
}

/// A class that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Hash, for the vector.
    pub hash: u64,
    /// What happened; else whom it concerns.
    pub problem: bool,
    /// How often.
    pub count: u32,
}

/// The table, ready to be looked up.
pub struct Matters {
    automaton: AhoCorasick,
    /// Of each pattern, its classes.
    classes: Vec<Vec<usize>>,
    /// Of each class, its hash and whether it is a problem.
    hashes: Vec<(u64, bool)>,
    /// Of each class, its bit within its kind.
    bits: Vec<Set>,
    actors: Set,
    common: HashSet<&'static str>,
}

impl std::fmt::Debug for Matters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matters").field("classes", &self.hashes.len()).finish_non_exhaustive()
    }
}

impl Matters {
    /// Reads the table that comes with the program.
    pub fn built_in() -> Self {
        let mut patterns: Vec<&'static str> = Vec::new();
        let mut classes: Vec<Vec<usize>> = Vec::new();
        let (mut hashes, mut bits, mut actors) = (Vec::new(), Vec::new(), 0);
        let mut common = HashSet::new();
        let (mut subjects, mut problems) = (0, 0);
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(kind), Some(id), Some(words)) = (columns.next(), columns.next(), columns.next()) else { continue };
            if kind == "common" {
                common.extend(words.split(' '));
                continue;
            }
            let problem = kind == "problem";
            let count = if problem { &mut problems } else { &mut subjects };
            let bit: Set = 1 << *count;
            *count += 1;
            if ACTORS.contains(&id) {
                actors |= bit;
            }
            for word in words.split(' ') {
                match patterns.iter().position(|known| *known == word) {
                    Some(at) => classes[at].push(hashes.len()),
                    None => {
                        patterns.push(word);
                        classes.push(vec![hashes.len()]);
                    }
                }
            }
            hashes.push((hash_of(&format!("#{kind}:{id}")), problem));
            bits.push(bit);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .expect("a few hundred short words are far below the automaton's limits");
        Self { automaton, classes, hashes, bits, actors, common }
    }

    /// Whether a word tells no matters apart: harm done, the forms of a letter, times of day.
    pub fn is_common(&self, word: &str) -> bool {
        self.common.contains(word)
    }

    /// Whether a word names a subject, alone or in part (养猪场).
    pub fn names_subject(&self, word: &str) -> bool {
        self.automaton.find_iter(word).any(|hit| self.classes[hit.pattern()].iter().any(|class| !self.hashes[*class].1))
    }

    /// What a normalised text is about, with its classes; names of places are blanked out, the title ends with a line
    /// break.
    pub fn read(&self, text: &str) -> (About, Vec<Class>) {
        let mut about = About::default();
        let mut counts = vec![0u32; self.hashes.len()];
        let (mut clause, mut read) = (0usize, 0usize);
        let mut first: [Option<usize>; 2] = [None, None];
        for hit in self.automaton.find_iter(text) {
            clause += text[read..hit.start()].matches(CLAUSE_ENDS).count();
            read = hit.start();
            let beside = is_beside(&text[..hit.start()]);
            for &class in &self.classes[hit.pattern()] {
                counts[class] += 1;
                if beside {
                    continue;
                }
                let (bit, problem) = (self.bits[class], self.hashes[class].1);
                let leads = *first[usize::from(problem)].get_or_insert(clause) == clause;
                let (all, firsts) = if problem {
                    (&mut about.problems, &mut about.first_problems)
                } else {
                    (&mut about.subjects, &mut about.first_subjects)
                };
                *all |= bit;
                if leads {
                    *firsts |= bit;
                }
            }
        }
        let named = |(class, count): (usize, u32)| {
            let (hash, problem) = self.hashes[class];
            (count > 0).then_some(Class { hash, problem, count })
        };
        (about, counts.into_iter().enumerate().filter_map(named).collect())
    }

    /// Whether two texts are about different things.
    pub fn differ(&self, a: &About, b: &About, lengths: Lengths) -> bool {
        match lengths {
            // A short post names what it is about and little else.
            Lengths::Short => {
                apart_either(a.first_subjects, a.subjects, b.first_subjects, b.subjects)
                    || apart_both(a.first_problems, a.problems, b.first_problems, b.problems)
            }
            Lengths::Long => {
                let without = !self.actors;
                apart_both(
                    a.first_subjects & without,
                    a.subjects & without,
                    b.first_subjects & without,
                    b.subjects & without,
                )
            }
        }
    }

    /// Whether two copies of one text are about different things: what came in front of a repost decides nothing.
    pub fn copies_differ(&self, a: &About, b: &About) -> bool {
        apart_both(a.first_subjects, a.subjects, b.first_subjects, b.subjects)
    }
}

impl About {
    /// Whether it names a subject or what happened.
    pub const fn is_something(&self) -> bool {
        self.subjects | self.problems != 0
    }
}

/// How long two texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lengths {
    /// One of them is short.
    Short,
    /// Both are long.
    Long,
}

/// Both name something, and what one begins with does not occur in the other.
const fn apart_either(first_a: Set, a: Set, first_b: Set, b: Set) -> bool {
    first_a != 0 && first_b != 0 && (first_a & b == 0 || first_b & a == 0)
}

/// The same in both directions.
const fn apart_both(first_a: Set, a: Set, first_b: Set, b: Set) -> bool {
    first_a != 0 && first_b != 0 && first_a & b == 0 && first_b & a == 0
}

fn is_beside(before: &str) -> bool {
    let mut from = before.len().saturating_sub(BESIDE_BYTES_MAX);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    BESIDE.iter().any(|word| before[from..].ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matters() -> Matters {
        Matters::built_in()
    }

    fn differ(a: &str, b: &str) -> bool {
        let matters = matters();
        matters.differ(&matters.read(a).0, &matters.read(b).0, Lengths::Short)
    }

    #[test]
    fn the_table_reads_whole_and_fits_its_sets() {
        let matters = matters();
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
        assert!(lines.iter().all(|line| line.split('\t').count() == 3), "kind, id, words");
        let known = ["subject", "problem", "common"];
        assert!(lines.iter().all(|line| known.contains(&line.split('\t').next().unwrap())));
        for problem in [false, true] {
            assert!(matters.hashes.iter().filter(|class| class.1 == problem).count() <= 128, "a set holds 128");
        }
        let mut hashes: Vec<u64> = matters.hashes.iter().map(|class| class.0).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), matters.hashes.len(), "each class once");
    }

    #[test]
    fn what_a_post_is_about_decides_not_how_it_is_told() {
        assert!(differ("的医院乱收费，输液一次八百", "快递站乱收费，不给钱不让取"));
        assert!(differ("城管打人，把卖水果的推倒", "养老院护工打老人"));
        assert!(!differ("自来水全停了，物业说是爆管", "又停水了，谁来管"));
        assert!(!differ("出事了，大家小心", "又停水了，谁来管"), "who names nothing may mean anything");
    }

    #[test]
    fn what_it_stands_beside_is_not_what_it_is_about() {
        assert!(differ("幼儿园旁边的加油站起火", "幼儿园老师体罚孩子"), "the fire is the petrol station's");
        assert!(differ("黑作坊做烟花，离幼儿园一墙之隔", "幼儿园克扣伙食"));
    }

    #[test]
    fn a_copy_with_a_word_in_front_is_still_a_copy() {
        let matters = matters();
        let about = |text: &str| matters.read(text).0;
        let (post, repost) = (about("化工厂爆炸，附近学校停课"), about("物业快看。化工厂爆炸，附近学校停课"));
        assert!(!matters.copies_differ(&post, &repost));
        assert!(matters.copies_differ(&post, &about("居民楼燃气爆炸，附近学校停课")));
    }
}
