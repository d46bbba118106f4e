//! Traditional characters (繁体) to simplified ones: a text says the same in either script, so it is read in one.
//!
//! Character by character: of the few phrases that need more, none decides anything here.

use std::sync::LazyLock;

const PAIRS: &str = include_str!("../../models/traditional.tsv");
/// The basic block of Chinese characters; what lies beyond it is left alone.
const FIRST: u32 = 0x4e00;
const LAST: u32 = 0x9fff;

/// The simplified form of each character of the block, by its offset.
static SIMPLE: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut table: Vec<u16> = (FIRST..=LAST).map(|code| code as u16).collect();
    for pair in super::lexicon::lines(PAIRS).flatten() {
        let mut chars = pair.chars();
        if let (Some(from), Some(to)) = (chars.next(), chars.next()) {
            table[(u32::from(from) - FIRST) as usize] = u32::from(to) as u16;
        }
    }
    // Some traditional forms are written by way of another: each leads to the last.
    let once = table.clone();
    for code in &mut table {
        if let Some(last) = u32::from(*code).checked_sub(FIRST).and_then(|at| once.get(at as usize)) {
            *code = *last;
        }
    }
    table
});

/// The simplified form of a Chinese character of the basic block; any other character as it is.
pub fn simplified(c: char) -> char {
    let code = u32::from(c);
    if !(FIRST..=LAST).contains(&code) {
        return c;
    }
    char::from_u32(u32::from(SIMPLE[(code - FIRST) as usize])).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_scripts_become_one() {
        let simple = |text: &str| text.chars().map(simplified).collect::<String>();
        assert_eq!(simple("強烈投訴！小區門口的燒烤攤"), "强烈投诉！小区门口的烧烤摊");
        assert_eq!(simple("覆盖a🙂"), "覆盖a🙂");
        assert!(
            SIMPLE.iter().all(|code| simplified(char::from_u32(u32::from(*code)).unwrap()) as u32 == u32::from(*code))
        );
    }
}
