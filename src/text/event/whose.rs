//! Whose (属地): at which of the places that a text names something happens.

/// A place that says where something happens, in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// It is ours; else it lies elsewhere.
    pub ours: bool,
}

/// What is known of where a text speaks of, besides the places that it names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sender {
    /// Its sender says that it is ours.
    Ours,
    /// Nothing.
    #[default]
    Unknown,
}

/// Where what stands at `at` happens: the nearest place before it in its sentence, one with 在 before the others; else the
/// first behind it there, else the nearest in the sentences before. `sentence` is the sentence's span.
pub fn governing<'a>(full: &str, sites: &'a [Site], at: usize, sentence: (usize, usize)) -> Option<&'a Site> {
    let mut before = sites.iter().filter(|site| site.start >= sentence.0 && site.end <= at);
    let located = |site: &&Site| ["在", "于", "位于"].iter().any(|word| full[..site.start].ends_with(word));
    let inside = before.clone().rfind(located).or_else(|| before.next_back());
    inside
        .or_else(|| sites.iter().find(|site| site.start >= at && site.end <= sentence.1))
        .or_else(|| sites.iter().rfind(|site| site.end <= sentence.0))
}

/// Whether what stands at `at` happens elsewhere, and the words that say so. Against the sender's word that the text is
/// ours only a place in the same sentence or at the opening of the text counts.
pub fn elsewhere(full: &str, sites: &[Site], sender: Sender, at: usize, sentence: (usize, usize)) -> Option<String> {
    let site = governing(full, sites, at, sentence).or_else(|| {
        // Nothing before names a place: what the text names later is the scene, unless one of ours is among it.
        let later = sites.first()?;
        (!sites.iter().any(|site| site.ours)).then_some(later)
    })?;
    let near = site.start >= sentence.0 && site.end <= at || opens(full, site.start);
    let far = !site.ours && (sender == Sender::Unknown || near);
    far.then(|| full[site.start..site.end].to_owned())
}

fn opens(full: &str, start: usize) -> bool {
    start <= OPENING_CHARS * 4 && full[..start].chars().count() <= OPENING_CHARS
}

/// How far from the start a place still opens the text: behind brackets and a source's 据…报道.
const OPENING_CHARS: usize = 14;

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(text: &str) -> Vec<Site> {
        let mut found: Vec<Site> = [("宣城", true), ("宁国", true), ("南京", false), ("江苏", false)]
            .iter()
            .flat_map(|(name, ours)| {
                text.match_indices(name).map(|(at, word)| Site { start: at, end: at + word.len(), ours: *ours })
            })
            .collect();
        found.sort_by_key(|site| site.start);
        found
    }

    #[test]
    fn the_place_before_a_fact_says_where_it_happens() {
        for (text, far) in [
            ("南京一小区火灾致15人死亡后，宣城开展整治", true),
            ("宁国一工地坍塌致3人死亡，与江苏某公司有关", false),
            ("宣城一男子在南京坠楼，1人死亡", true),
            ("5人死亡，事发南京", true),
            ("5人死亡", false),
        ] {
            let at = text.find("死亡").unwrap();
            let found = elsewhere(text, &sites(text), Sender::Unknown, at, (0, text.len()));
            assert_eq!(found.is_some(), far, "{text}");
        }
    }
}
