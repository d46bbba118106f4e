//! Correlation (归并): a mention joins the incident that it repeats, opens one, or is noise.
//!
//! Pure over its state in memory: near duplicates by MinHash ([`near_duplicate`]); the same matter where place and matter
//! agree ([`likeness`], by [`features`], [`site`], [`matter`] and [`group`]); letters by the rule of `domain.md` §1, posts
//! below the bar once several say the same; heat by [`spread`].
//! The same candidates in the same order give the same placements. What is in memory can be rebuilt from the store at any
//! time with [`Correlator::recall`].

pub mod correlator;
pub mod features;
pub mod frequency;
pub mod group;
mod index;
pub mod likeness;
pub mod matter;
pub mod near_duplicate;
pub mod noteworthy;
mod placing;
pub mod site;
pub mod spread;

pub use correlator::{Correlator, Past};
pub use features::{Features, Lexicon, Named, Text};
pub use group::GroupId;

use crate::domain::grade::Grading;
use crate::domain::ids::{IncidentId, MentionId, RegionId};
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement};
use crate::text::analysis::Analysis;

/// A mention to place.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Which.
    pub mention: &'a MentionId,
    /// When it was written, or else received: what the window is about.
    pub at: Instant,
    /// When it was received.
    pub seen: Instant,
    /// 渠道
    pub channel: Channel,
    /// Regions that it names, the sender's first.
    pub regions: &'a [RegionId],
    /// Reach.
    pub engagement: Option<&'a Engagement>,
    /// Keyed hash of its author.
    pub author: Option<&'a str>,
    /// A letter that its board shows as answered.
    pub answered: bool,
    /// What analysis says of it.
    pub analysis: &'a Analysis,
    /// What is compared.
    pub features: &'a Features,
}

/// Where a mention belongs.
#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// It joins an incident.
    Join(Joined),
    /// It opens one.
    Open(Opened),
    /// It opens and joins nothing.
    Noise {
        /// Why not, where that is worth saying.
        why: Option<String>,
        /// Where it may belong.
        perhaps: Option<Perhaps>,
    },
}

/// A mention that joins.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// Its group.
    pub group: GroupId,
    /// The incident; `None` while the one that opens it stands in the same batch.
    pub incident: Option<IncidentId>,
    /// What the incident proposes with it: the mention's own, and the spread reached.
    pub proposal: Grading,
    /// In words, in Chinese.
    pub how: String,
    /// Another incident that it is like as well: the two may be one.
    pub perhaps: Option<Perhaps>,
}

/// A mention that opens an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its group.
    pub group: GroupId,
    /// Earlier letters or posts about the same matter that join it.
    pub with: Vec<MentionId>,
    /// Letters by one author who was answered and asks again (反复问政): a supervision is proposed.
    pub supervision: bool,
    /// What the incident proposes.
    pub proposal: Grading,
    /// In words, in Chinese.
    pub how: String,
    /// Another incident that it may belong to.
    pub perhaps: Option<Perhaps>,
}

/// Where a mention that was left out may belong: a person decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Perhaps {
    /// The group.
    pub group: GroupId,
    /// How like, 0–1.
    pub likeness: f32,
    /// In words, in Chinese.
    pub how: String,
}

#[cfg(test)]
mod measured;
#[cfg(test)]
mod tests;
