//! Texts that measurements run on: of a file, or made up, the same in every run.

use std::path::Path;

use crate::cli::Failure;
use crate::domain::mention::MentionInput;

/// Clauses that the made-up texts are put together from: complaints, news, praise and questions in the proportion that
/// a city's posts and letters have.
const CLAUSES: &str = include_str!("clauses.txt");
/// Seed of the texts: every run measures the same.
const SEED: u64 = 20_161_213;
/// Sentences of the shortest and the longest text.
const SENTENCES_MIN: u64 = 2;
const SENTENCES_MAX: u64 = 30;

/// Mentions of a file.
pub fn read(path: &Path) -> Result<Vec<MentionInput>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}：{error}；应是 UTF-8 的 mentions JSONL", path.display())))?;
    let mentions: Result<Vec<MentionInput>, Failure> = text
        .lines()
        .enumerate()
        .map(|(n, line)| {
            serde_json::from_str(line)
                .map_err(|error| Failure::Usage(format!("{} 第 {} 行：{error}", path.display(), n + 1)))
        })
        .collect();
    let mentions = mentions?;
    if mentions.is_empty() {
        return Err(Failure::Usage(format!("{} 中没有一行", path.display())));
    }
    Ok(mentions)
}

fn clauses() -> Vec<&'static str> {
    CLAUSES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Numbers below what is asked: Knuth's linear congruential generator, enough to shuffle sentences, and the same on every
/// machine for ever.
pub fn chance() -> impl FnMut(u64) -> u64 {
    let mut state = SEED;
    move |n| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    }
}

/// Words of so many characters, no two alike, written with the characters of the texts: their beginnings stand there often,
/// themselves hardly ever.
pub fn words(count: usize, chars: usize) -> Vec<String> {
    let letters: Vec<char> = clauses().concat().chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
    let mut below = chance();
    let mut known = std::collections::HashSet::new();
    let made = std::iter::repeat_with(|| {
        (0..chars).map(|_| letters[below(letters.len() as u64) as usize]).collect::<String>()
    });
    made.filter(|word| known.insert(word.clone())).take(count).collect()
}

/// Texts of 40 to 1,000 characters, the same in every run.
pub fn made_up(count: usize) -> Vec<MentionInput> {
    let clauses = clauses();
    let mut below = chance();
    let mut pick = |n: u64| -> String {
        (0..n).map(|_| format!("{}。", clauses[below(clauses.len() as u64) as usize])).collect()
    };
    (0..count)
        .map(|n| MentionInput {
            id: Some(n.to_string()),
            title: (n % 2 == 0).then(|| pick(1)),
            text: pick(SENTENCES_MIN + n as u64 * 7 % (SENTENCES_MAX - SENTENCES_MIN)),
            ..MentionInput::default()
        })
        .collect()
}

/// Posts as people write them on Weibo: 163 bytes on average, without a title, the same in every run.
pub fn posts(count: usize) -> Vec<MentionInput> {
    let cut = |mention: MentionInput, n: usize| {
        // Between 20 and 88 characters: 54, or 163 bytes, in the middle.
        let chars = 20 + n * 37 % 69;
        MentionInput { title: None, text: mention.text.chars().take(chars).collect(), ..mention }
    };
    made_up(count).into_iter().enumerate().map(|(n, mention)| cut(mention, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_the_same_every_time_and_of_believable_length() {
        let texts = made_up(2_000);
        assert_eq!(texts, made_up(2_000));
        let mean = texts.iter().map(|m| m.text.chars().count()).sum::<usize>() / texts.len();
        assert!((100..600).contains(&mean), "{mean} characters");
        let known: std::collections::HashSet<String> = words(1_000, 4).into_iter().collect();
        assert!(known.len() == 1_000 && known.iter().all(|word| word.chars().count() == 4));
        let mean = posts(2_000).iter().map(|m| m.text.len()).sum::<usize>() / 2_000;
        assert!((150..176).contains(&mean), "{mean} bytes a post");
    }
}
