//! A batch, sorted by where its mentions belong.

use super::analyse::Analysed;
use crate::correlate::{Candidate, GroupId, Perhaps, Placement};
use crate::domain::grade::Grading;
use crate::domain::ids::{MentionId, RegionId};
use crate::domain::incident::NewMention;
use crate::store::MentionRow;

/// A mention of the batch, analysed.
pub(super) struct Item {
    pub row: MentionRow,
    pub analysed: Analysed,
    regions: Vec<RegionId>,
}

impl Item {
    pub fn new(row: MentionRow, analysed: Analysed) -> Self {
        let regions = analysed.region.iter().cloned().collect();
        Self { row, analysed, regions }
    }

    /// As correlation sees it.
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate {
            mention: &self.row.id,
            at: self.row.published_at.unwrap_or(self.row.detected_at),
            seen: self.row.detected_at,
            channel: self.row.channel,
            regions: &self.regions,
            engagement: self.row.engagement.as_ref().map(|json| &json.0),
            author: self.row.author_hash.as_deref(),
            answered: self.row.answered_at.is_some(),
            analysis: &self.analysed.analysis,
            features: &self.analysed.features,
        }
    }

    /// As an incident knows it: ids and hashes, never the text.
    pub fn member(&self) -> NewMention {
        NewMention { region: self.analysed.region.clone(), ..self.row.member() }
    }

    /// What a scenario says that analysis would have proposed (`contract.md`): missing keys, or no proposal at all, are
    /// the least; `null` opens nothing.
    pub fn scripted(&self) -> Option<Grading> {
        match self.row.proposal.as_deref().map(serde_json::from_str::<Option<Grading>>) {
            Some(Ok(proposal)) => proposal,
            Some(Err(_)) | None => Some(Grading::default()),
        }
    }
}

/// The mentions of a batch that belong together, in order of arrival.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The group that they belong to; `None` for those that open and join nothing.
    pub group: Option<GroupId>,
    /// The first of them opens the incident.
    pub opens: bool,
    /// Which mentions.
    pub members: Vec<Member>,
    /// Earlier letters or posts that join with the one that opens.
    pub with: Vec<MentionId>,
    /// Why a supervision is proposed with it, if one is: letters that repeat (反复问政).
    pub supervision: Option<String>,
}

/// A mention of a part.
#[derive(Debug)]
pub(super) struct Member {
    /// Its place in the batch.
    pub at: usize,
    /// What its incident proposes with it.
    pub proposal: Grading,
    /// Why it is here, in words.
    pub how: Option<String>,
    /// Another incident that it may belong to.
    pub perhaps: Option<Perhaps>,
}

/// Sorts mentions into parts; those that open and join nothing come first, since a letter of them may join an incident
/// that a later letter opens.
#[derive(Debug)]
pub(super) struct Parts(Vec<Part>);

impl Default for Parts {
    fn default() -> Self {
        Self(vec![Part::default()])
    }
}

impl Parts {
    /// Puts a mention where it belongs.
    pub fn put(&mut self, at: usize, placement: Placement) {
        let mut supervision = None;
        let (group, opens, with, member) = match placement {
            Placement::Noise { why, perhaps } => {
                (None, false, Vec::new(), Member { at, proposal: Grading::default(), how: why, perhaps })
            }
            Placement::Join(joined) => {
                let member = Member { at, proposal: joined.proposal, how: Some(joined.how), perhaps: joined.perhaps };
                (Some(joined.group), false, Vec::new(), member)
            }
            Placement::Open(opened) => {
                let how = opened.how;
                supervision = opened.supervision.then(|| how.clone());
                let member = Member { at, proposal: opened.proposal, how: Some(how), perhaps: opened.perhaps };
                (Some(opened.group), true, opened.with, member)
            }
        };
        match self.0.iter_mut().find(|part| part.group == group) {
            Some(part) => part.members.push(member),
            None => self.0.push(Part { group, opens, members: vec![member], with, supervision }),
        }
    }

    /// The parts, in order of their first mention.
    pub fn into_parts(self) -> impl Iterator<Item = Part> {
        self.0.into_iter().filter(|part| !part.members.is_empty())
    }
}
