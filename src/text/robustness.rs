//! Whatever can be written is read: nothing at all, control characters, other directions, pictures.

use std::sync::OnceLock;

use super::analysis::Analysis;
use super::{Analyser, Vocabulary};
use crate::domain::mention::MentionInput;

fn analyser() -> &'static Analyser {
    static ANALYSER: OnceLock<Analyser> = OnceLock::new();
    ANALYSER.get_or_init(|| Analyser::new(Vocabulary::default()))
}

fn explain(text: &str) -> Analysis {
    analyser().explain(&MentionInput { text: text.to_owned(), ..MentionInput::default() })
}

#[test]
fn whatever_is_written_gets_a_verdict() {
    let texts = [
        "",
        " ",
        "\n\n\r\n\t",
        "\0",
        "\0\0停水\0",
        "\u{feff}",
        "🙂",
        "👨‍👩‍👧‍👦🏳️‍🌈",
        "\u{202e}水停\u{202c}",
        "السلام عليكم",
        "שלום עולם",
        "z̷̡̛a̶l̸g̷o̵",
        "﷽",
        "\u{10ffff}\u{e000}",
        "((((((((((",
        "！！！！",
        "@",
        "#",
        "http://",
        "3",
    ];
    for text in texts {
        let analysis = explain(text);
        assert!(analysis.sentiment_score != 0.0 && analysis.sentiment_score.abs() <= 1.0, "{text:?}");
        assert!((0.0..=1.0).contains(&analysis.rumour), "{text:?}");
        assert!(
            !analysis.emotion.is_empty() && !analysis.request.is_empty() && !analysis.category.is_empty(),
            "{text:?}"
        );
        assert_eq!(analysis, explain(text), "{text:?}");
    }
}

#[test]
fn what_shows_nothing_changes_nothing() {
    let plain = "小区停水三天了，投诉没人管，老人孩子怎么办";
    let hidden =
        ["停\0水", "\u{202e}停水\u{202c}", "停\u{200b}水", "停\u{ad}水", "\u{2066}停水\u{2069}", "停\u{fe0f}水"];
    let expected = explain(plain);
    for word in hidden {
        let found = explain(&plain.replace("停水", word));
        // Where a word stands in the text as it was written differs, what is said of it does not.
        assert_eq!(
            Analysis { evidence: vec![], ..found },
            Analysis { evidence: vec![], ..expected.clone() },
            "{word:?}"
        );
    }
}
