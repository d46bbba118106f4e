//! What follows from the events of one stream and from nothing else: whether its chain holds, its state, whom it told,
//! which mentions are its own.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::acts::{INCIDENT, POST, incident_of, post_of};
use crate::domain::administration::{self, ADMIN_STREAM, AdminEvent, Administration};
use crate::domain::audit::GENESIS;
use crate::domain::ids::{BodyId, MentionId, UserId};
use crate::domain::incident::{Event, Incident, JoinedMention, Shown, evolve};
use crate::domain::instant::{Instant, Span};
use crate::domain::official_post::{self, OfficialPost, PostEvent};
use crate::store::EventRow;

/// A stream while it is walked, and where the walk ended.
pub(super) struct Fold {
    /// Its name.
    pub stream: String,
    /// Number of its last event.
    pub seq: i64,
    /// Hash of its last event.
    pub head: String,
    /// Events walked.
    pub events: u64,
    /// Number and hash of the last event by the stream's own row, if it has one.
    registered: Option<(i64, String)>,
    /// What it is the record of.
    pub subject: Subject,
    /// Why the record can't be relied on, in words.
    pub broken: Vec<String>,
    /// What an older version took in and none would today, in words: read all the same.
    pub noted: Vec<String>,
}

/// What a stream is the record of.
pub(super) enum Subject {
    Incident(Box<IncidentRecord>),
    Post(Box<OfficialPost>),
    Administration(Box<Accounts>),
    /// A kind that this version does not know.
    Unknown,
}

#[derive(Default)]
pub(super) struct IncidentRecord {
    pub state: Incident,
    /// Escalations and receipts, in order.
    pub told: Vec<Told>,
    /// Mentions that belong to it.
    pub mentions: BTreeMap<MentionId, Named>,
    /// Referrals with what was sealed for each, in order.
    pub referrals: Vec<(String, Vec<JoinedMention>)>,
    /// The mention that it opened with.
    pub first: Option<MentionId>,
    /// What lists showed of it at first, unless an older version wrote it.
    pub shown: Option<Shown>,
}

/// A mention as the record names it.
pub(super) struct Named {
    /// When that was recorded.
    pub at: Instant,
    /// Of its title and text.
    pub content_hash: String,
    /// Of what else its row says, unless an older version wrote it.
    pub facts: Option<String>,
}

/// What an escalation's row follows from.
pub(super) enum Told {
    /// The event, its number and its time.
    Escalated(Box<Event>, u64, Instant),
    Received {
        by: UserId,
        body: BodyId,
        at: Instant,
    },
}

#[derive(Default)]
pub(super) struct Accounts {
    pub state: Administration,
    /// When each was made and last changed.
    pub times: BTreeMap<UserId, (Instant, Instant)>,
}

impl Fold {
    /// Before the first event.
    pub fn begin(stream: &str, registered: Option<(i64, String)>) -> Self {
        let subject = if let Some(id) = incident_of(stream) {
            let state = Incident { id, ..Incident::default() };
            Subject::Incident(Box::new(IncidentRecord { state, ..IncidentRecord::default() }))
        } else if let Some(id) = post_of(stream) {
            Subject::Post(Box::new(OfficialPost { id, ..OfficialPost::default() }))
        } else if stream == ADMIN_STREAM {
            Subject::Administration(Box::default())
        } else {
            Subject::Unknown
        };
        Self {
            stream: stream.to_owned(),
            seq: 0,
            head: GENESIS.to_owned(),
            events: 0,
            registered,
            subject,
            broken: Vec::new(),
            noted: Vec::new(),
        }
    }

    /// After the last event: a chain whose end was cut off holds, but the stream's row knows of more.
    pub fn end(&mut self) {
        if let Some((seq, _)) = self.registered.as_ref().filter(|(seq, _)| *seq > self.seq) {
            let (stream, walked) = (&self.stream, self.seq);
            self.broken.push(format!("{stream}：登记了 {seq} 条，记录只有 {walked} 条，末尾缺失"));
        }
    }

    /// The kind that a stream of its name has, if this version knows it.
    pub fn kind(&self) -> Option<&'static str> {
        match self.subject {
            Subject::Incident(_) => Some(INCIDENT),
            Subject::Post(_) => Some(POST),
            Subject::Administration(_) => Some(ADMIN_STREAM),
            Subject::Unknown => None,
        }
    }

    /// Takes the next event: checks its place in the chain, and lets the state follow.
    pub fn step(&mut self, row: &EventRow) {
        self.events += 1;
        if row.seq != self.seq + 1 {
            let due = self.seq + 1;
            self.broken.push(format!("{}：第 {} 条之后应为 {due}，却是 {}", row.stream, self.seq, row.seq));
        }
        if !row.holds(&self.head) {
            self.broken.push(format!("{} 第 {} 条：哈希与内容或前一条不符", row.stream, row.seq));
        }
        self.seq = row.seq;
        self.head.clone_from(&row.hash);
        if let Some((seq, head)) = self.registered.as_ref().filter(|(seq, _)| *seq == row.seq)
            && *head != row.hash
        {
            self.broken.push(format!("{} 第 {seq} 条与登记的链尾不符：记录或登记被改动过", row.stream));
        }
        let unreadable = match &mut self.subject {
            Subject::Incident(record) => read(row, |event| record.step(row.at, event)),
            Subject::Post(post) => read(row, |event: PostEvent| {
                **post = official_post::evolve(std::mem::take(post), row.at, &event);
            }),
            Subject::Administration(accounts) => read(row, |event| accounts.step(row.at, &event)),
            Subject::Unknown => None,
        };
        self.broken.extend(unreadable);
        if let Some(at) = beyond_bounds(&row.body) {
            let (stream, seq) = (&row.stream, row.seq);
            self.noted.push(format!("{stream} 第 {seq} 条含 1900–2199 年以外的时间 {at}，已照原样读出"));
        }
    }
}

/// The first instant of a stored event that would not come in any more. Instants are printed in Beijing time; the bounds
/// leave room for what is computed from one that came in at their very end.
fn beyond_bounds(body: &str) -> Option<Instant> {
    const END: &str = "+08:00\"";
    const LONGEST: usize = 32;
    const ROOM: Span = Span::from_days(366);
    body.match_indices(END).find_map(|(end, _)| {
        let text = &body[..end + END.len() - 1];
        let begin = text.rfind('"')? + 1;
        let text = text.get(begin..).filter(|text| text.len() <= LONGEST)?;
        let at = Instant::of_any_year(text).ok()?;
        (!(at - ROOM).is_bounded() && !(at + ROOM).is_bounded()).then_some(at)
    })
}

/// Takes in an event; gives why it can't be read.
fn read<E: DeserializeOwned>(row: &EventRow, take: impl FnOnce(E)) -> Option<String> {
    match serde_json::from_str(&row.body) {
        Ok(event) => {
            take(event);
            None
        }
        Err(error) => Some(format!("{} 第 {} 条读不出：{error}", row.stream, row.seq)),
    }
}

impl IncidentRecord {
    fn name(&mut self, at: Instant, mention: JoinedMention) {
        let JoinedMention { id, content_hash, facts, .. } = mention;
        self.mentions.insert(id, Named { at, content_hash, facts });
    }

    fn step(&mut self, at: Instant, event: Event) {
        self.state = evolve(std::mem::take(&mut self.state), at, &event);
        let told = match &event {
            Event::Mirrored { what } => what.as_ref(),
            other => other,
        };
        match told {
            Event::Receipt { by, body, .. } => {
                self.told.push(Told::Received { by: UserId::from(by.as_str()), body: body.clone(), at });
            }
            // What moves off a merged member is told on the survivor.
            Event::Split { mentions, .. } => self.mentions.retain(|mention, _| !mentions.contains(mention)),
            _ => {}
        }
        match &event {
            Event::IncidentOpened { opened, .. } => {
                self.first = Some(opened.mention.id.clone());
                self.shown.clone_from(&opened.shown);
                for mention in std::iter::once(&opened.mention).chain(&opened.others) {
                    self.name(at, mention.into());
                }
            }
            Event::MentionJoined { mentions, .. } => {
                for mention in mentions {
                    self.name(at, mention.clone());
                }
            }
            Event::ReferralProposed { record, evidence, .. } => {
                self.referrals.push((record.clone(), evidence.clone()));
            }
            Event::Escalated { .. } => self.told.push(Told::Escalated(Box::new(event), self.state.seq, at)),
            _ => {}
        }
    }
}

impl Accounts {
    fn step(&mut self, at: Instant, event: &AdminEvent) {
        self.state = administration::evolve(std::mem::take(&mut self.state), event);
        if let Some(user) = event.user() {
            self.times.entry(user.clone()).or_insert((at, at)).1 = at;
        }
    }
}
