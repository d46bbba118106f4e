//! What a misspelt word was meant to be.

/// So many letters may differ: with more, a suggestion misleads more often than it helps.
const EDITS_MAX: usize = 2;

/// The one of `known` that `word` was most likely meant to be, if it is within two edits (insert, delete, replace, swap of
/// neighbours) and they have a letter in common.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters = word.chars().count();
    let edits = |candidate: &str| {
        let edits = strsim::osa_distance(word, candidate);
        (edits <= EDITS_MAX && edits < letters.min(candidate.chars().count())).then_some(edits)
    };
    let near = known.into_iter().filter_map(|candidate| edits(candidate).map(|edits| (edits, candidate)));
    near.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_edits_are_near_and_three_are_not() {
        for (word, expected) in [
            ("lenght", Some("length")),
            ("lengths", Some("length")),
            ("lentgth", Some("length")),
            ("ladle", Some("ladder")),
            ("lader", Some("ladder")),
            ("later", Some("ladder")),
            ("laters", None),
            ("zz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, ["length", "ladder", "id"]), expected, "{word}");
        }
        assert_eq!(nearest("宣洲", ["宣州", "泾县"]), Some("宣州"));
    }
}
