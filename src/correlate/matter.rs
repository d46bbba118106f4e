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
/// What these follow is a landmark, 幼儿园旁边的加油站; what they begin a clause with is a bystander, 附近学校停课.
const BESIDE: [&str; 7] = ["附近", "旁边", "隔壁", "对面", "边上", "周边", "旁"];
/// What follows these is a landmark: 离幼儿园一墙之隔.
const FROM: [&str; 2] = ["离", "距"];
/// Ends of the names of bodies.
const BODY_ENDINGS: [&str; 9] = ["局", "委", "政府", "部门", "大队", "支队", "派出所", "热线", "办公室"];
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
    first_events: Set,
    events: Set,
    /// What it says is wrong.
    problems: Set,
}

/// What a class says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClassKind {
    /// Whom or what it concerns.
    Subject,
    /// What is wrong.
    Problem,
    /// Which type of event it is; only to tell texts apart.
    Event,
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
    /// Of each class, its hash and what kind it is of.
    hashes: Vec<(u64, ClassKind)>,
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
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(kind), Some(id), Some(words)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            let of = match kind {
                "subject" => ClassKind::Subject,
                "problem" => ClassKind::Problem,
                "event" => ClassKind::Event,
                _ => {
                    common.extend(words.split(' '));
                    continue;
                }
            };
            let bit: Set = 1 << hashes.iter().filter(|(_, kind)| *kind == of).count();
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
            hashes.push((hash_of(&format!("#{kind}:{id}")), of));
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

    /// Whether a name is no name but what it is called after: 养老院, 菜市场.
    pub fn is_nameless(&self, name: &str) -> bool {
        self.automaton.find(name).is_some_and(|hit| hit.range() == (0..name.len()))
    }

    /// Whether a word names a body that answers for something: it is nothing that happened.
    pub fn names_body(&self, word: &str) -> bool {
        BODY_ENDINGS.iter().any(|ending| word.ends_with(ending))
    }

    /// Whether a word names a subject, alone or in part (养猪场).
    pub fn names_subject(&self, word: &str) -> bool {
        self.automaton
            .find_iter(word)
            .any(|hit| self.classes[hit.pattern()].iter().any(|class| self.hashes[*class].1 == ClassKind::Subject))
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
            let beside = is_beside(&text[..hit.start()], &text[hit.end()..]);
            for &class in &self.classes[hit.pattern()] {
                counts[class] += 1;
                if beside {
                    continue;
                }
                let bit = self.bits[class];
                let (all, firsts, first) = match self.hashes[class].1 {
                    ClassKind::Subject => (&mut about.subjects, &mut about.first_subjects, &mut first[0]),
                    ClassKind::Event => (&mut about.events, &mut about.first_events, &mut first[1]),
                    ClassKind::Problem => {
                        about.problems |= bit;
                        continue;
                    }
                };
                *all |= bit;
                if *first.get_or_insert(clause) == clause {
                    *firsts |= bit;
                }
            }
        }
        let named = |(class, count): (usize, u32)| {
            let (hash, kind) = self.hashes[class];
            (count > 0 && kind != ClassKind::Event).then_some(Class {
                hash,
                problem: kind == ClassKind::Problem,
                count,
            })
        };
        (about, counts.into_iter().enumerate().filter_map(named).collect())
    }

    /// Whether two texts are about different things.
    pub fn differ(&self, a: &About, b: &About, lengths: Lengths) -> bool {
        match lengths {
            // A short post names what it is about and little else.
            Lengths::Short => {
                apart_either(a.first_subjects, a.subjects, b.first_subjects, b.subjects)
                    || apart_both(a.first_events, a.events, b.first_events, b.events)
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
        self.subjects | self.events | self.problems != 0
    }

    /// How far two texts agree in what they say is wrong, and with whom.
    pub const fn agreement(&self, other: &Self) -> Agreement {
        if self.problems & other.problems != 0 {
            Agreement::Problem
        } else if self.problems != 0 && other.problems != 0 {
            Agreement::Apart
        } else if self.subjects & other.subjects != 0 {
            Agreement::Subject
        } else {
            Agreement::Nothing
        }
    }
}

/// How far two texts agree in what they are about, by the classes of `models/matters.tsv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The same is wrong.
    Problem,
    /// The same body or thing is concerned, and only one says what is wrong.
    Subject,
    /// Each says that something else is wrong.
    Apart,
    /// The classes say nothing of both.
    Nothing,
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

/// Whether what stands between the two says where, not what.
fn is_beside(before: &str, after: &str) -> bool {
    let bystander = || {
        BESIDE
            .iter()
            .filter_map(|word| before.strip_suffix(word))
            .any(|start| start.is_empty() || start.ends_with(CLAUSE_ENDS))
    };
    BESIDE.iter().any(|word| after.starts_with(word)) || FROM.iter().any(|word| before.ends_with(word)) || bystander()
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
        let known = ["subject", "problem", "event", "common"];
        assert!(lines.iter().all(|line| known.contains(&line.split('\t').next().unwrap())));
        for kind in [ClassKind::Subject, ClassKind::Problem, ClassKind::Event] {
            assert!(matters.hashes.iter().filter(|class| class.1 == kind).count() <= 128, "a set holds 128");
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
        assert!(!differ("自来水全停了，物业说是爆管", "小区又没水，谁来管"));
        assert!(!differ("出事了，大家小心", "又停水了，谁来管"), "who names nothing may mean anything");
    }

    #[test]
    fn what_it_stands_beside_is_not_what_it_is_about() {
        assert!(differ("幼儿园旁边的加油站起火", "幼儿园老师体罚孩子"), "the fire is the petrol station's");
        assert!(differ("黑作坊做烟花，离幼儿园一墙之隔", "幼儿园克扣伙食"));
        assert!(!differ("小区附近搅拌站噪音扰民", "搅拌厂太吵了"), "that is what it is about");
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
