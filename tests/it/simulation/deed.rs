//! What people do, and the system by itself, at random. Unlike the histories of `model`, whose acts are those that its naive
//! twin knows, these hold every command to an incident in hand.

use huiying::domain::actor::Actor;
use huiying::domain::clock::{Clock, ClockKind};
use huiying::domain::grade::{Grade, Grading};
use huiying::domain::ids::{BodyId, RegionId};
use huiying::domain::incident::{
    Because, Command, Disposal, Incident, NewIncident, NewMention, RecordOrder, Role, SuggestedLead,
};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::{Channel, MentionInput};
use huiying::domain::office::Office;
use huiying::domain::official_post::NewPost;
use huiying::domain::policy::PublicationKind;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// What is done. Incidents and posts go by their number in the order of opening.
#[derive(Clone, Debug)]
pub enum Deed {
    Open {
        opened: Box<NewIncident>,
        post: Box<MentionInput>,
    },
    Join {
        on: usize,
        post: Box<MentionInput>,
        proposal: Grading,
    },
    Act {
        on: usize,
        by: Actor,
        command: Command,
    },
    /// So many of its mentions move to an incident of their own, from this one on.
    Split {
        on: usize,
        from: usize,
        count: usize,
    },
    Merge {
        from: usize,
        into: usize,
    },
    Publish {
        post: NewPost,
        effective_at: Instant,
    },
    Repost {
        on: usize,
        account: String,
        effective_at: Option<Instant>,
    },
}

impl Deed {
    /// Whether it tells of something that was done and so ends clocks, rather than changing which clocks there are.
    pub fn reports(&self) -> bool {
        match self {
            Self::Act { command, .. } => matches!(
                command,
                Command::Acknowledge {}
                    | Command::Answer { .. }
                    | Command::Respond { .. }
                    | Command::Consult { .. }
                    | Command::Conclude { .. }
            ),
            Self::Repost { .. } => true,
            Self::Open { .. } | Self::Publish { .. } => true,
            Self::Merge { .. } | Self::Join { .. } | Self::Split { .. } => false,
        }
    }
}

/// Two or three bodies and a policy.
#[derive(Clone, Debug)]
pub struct Scene {
    pub policy: String,
    pub bodies: Vec<BodyId>,
    regions: Vec<Option<RegionId>>,
}

/// What every mention says.
pub const TEXT: &str = "街上的事";
const GRADES: [Grade; 5] = [Grade::None, Grade::General, Grade::Large, Grade::Major, Grade::Extraordinary];
const CHANNELS: [Channel; 4] = [Channel::News, Channel::Weibo, Channel::Forum, Channel::Hotline];
const PUBLICATIONS: [PublicationKind; 5] = [
    PublicationKind::PressConference,
    PublicationKind::Response,
    PublicationKind::Statement,
    PublicationKind::Update,
    PublicationKind::DirectReply,
];
const RECORDS: [ClockKind; 4] =
    [ClockKind::Supervision, ClockKind::Instruction, ClockKind::Rectification, ClockKind::Order];

impl Scene {
    pub fn draw(random: &mut ChaCha8Rng, office: &Office) -> Self {
        let policies: Vec<&String> = office.policies.keys().collect();
        // The one that is in force as often as all the others.
        let policy = if random.random_bool(0.5) { "xuancheng-2016".into() } else { one(random, &policies).to_string() };
        let offices = [BodyId::OFFICE, BodyId::PUBLICITY];
        let others: Vec<&BodyId> = office.bodies.keys().filter(|body| !offices.contains(&body.as_str())).collect();
        let count = random.random_range(2..=3);
        let bodies = others.sample(random, count).map(|body| (*body).clone()).collect();
        let county = RegionId::from(one(random, &["langxi", "guangde", "jixi"]));
        Self { policy, bodies, regions: vec![None, Some(county), Some(RegionId::from("xuancheng"))] }
    }

    /// The next deed, where there are so many incidents and posts already.
    pub fn deed(&self, random: &mut ChaCha8Rng, incidents: usize, posts: usize, now: Instant) -> Deed {
        if incidents == 0 || (incidents < 5 && random.random_bool(0.14)) {
            return self.open(random, now);
        }
        let on = random.random_range(0..incidents);
        match random.random_range(0..100) {
            0..5 => self.publish(random, now),
            5..9 if posts > 0 => {
                let account = format!("{}.{}", one(random, &self.bodies), one(random, &["weibo", "wechat"]));
                let effective_at = random.random_bool(0.4).then(|| now - ago(random));
                Deed::Repost { on: random.random_range(0..posts), account, effective_at }
            }
            95..98 => {
                let post = Box::new(self.post(random, now));
                Deed::Join { on, post, proposal: grading(random) }
            }
            98..100 => {
                let (from, count) = (random.random_range(0..3), random.random_range(1..=2));
                Deed::Split { on, from, count }
            }
            9..15 if incidents > 1 => {
                let into = (on + random.random_range(1..incidents)) % incidents;
                Deed::Merge { from: on, into }
            }
            _ => {
                let (by, command) = self.act(random, now);
                Deed::Act { on, by, command }
            }
        }
    }

    fn open(&self, random: &mut ChaCha8Rng, now: Instant) -> Deed {
        // What is imported was found long ago.
        let detected_at = if random.random_bool(0.2) { now - ago(random) } else { now };
        let post = self.post(random, now);
        let opened = NewIncident {
            detected_at,
            occurred_at: None,
            policy: self.policy.clone(),
            mention: member(&post),
            approach: None,
            proposal: grading(random),
            label: None,
            by_hand: random.random_bool(0.1),
            shown: None,
            others: Vec::new(),
        };
        Deed::Open { opened: Box::new(opened), post: Box::new(post) }
    }

    fn post(&self, random: &mut ChaCha8Rng, now: Instant) -> MentionInput {
        MentionInput {
            id: Some(format!("{:032x}", random.random::<u128>())),
            text: TEXT.to_owned(),
            channel: one(random, &CHANNELS),
            region: one(random, &self.regions),
            published_at: random.random_bool(0.5).then(|| now - ago(random)),
            ..MentionInput::default()
        }
    }

    fn publish(&self, random: &mut ChaCha8Rng, now: Instant) -> Deed {
        let concerns = self.bodies.iter().filter(|_| random.random_bool(0.7)).cloned().collect();
        let post = NewPost { policy: self.policy.clone(), concerns, title: None, url: None, label: None };
        let effective_at = if random.random_bool(0.3) { now - ago(random) } else { now };
        Deed::Publish { post, effective_at }
    }

    fn act(&self, random: &mut ChaCha8Rng, now: Instant) -> (Actor, Command) {
        let office = || Actor::office("analyst");
        let second = || Actor::office("analyst2");
        let body = one(random, &self.bodies);
        let reason = || "据实".to_owned();
        let because = if random.random_bool(0.3) { Because::NewEvent } else { Because::Judgement };
        let evidence_at = random.random_bool(0.5).then(|| now - ago(random));
        match random.random_range(0..84) {
            0..9 => {
                let Grading { event_grade, opinion_grade, sensitive } = grading(random);
                let command = Command::Grade {
                    event_grade: Some(event_grade),
                    opinion_grade: random.random_bool(0.9).then_some(opinion_grade),
                    sensitive: random.random_bool(0.9).then_some(sensitive),
                    approach: None,
                    reason: reason(),
                    because,
                    evidence_at,
                };
                (office(), command)
            }
            9..18 => {
                let role = if random.random_bool(0.6) { Role::Lead } else { Role::Supporting };
                (office(), Command::Assign { department: body, role })
            }
            18..23 => (Actor::body(body), Command::Acknowledge {}),
            23..34 => {
                let by = match random.random_range(0..4) {
                    0 => office(),
                    1 => Actor::body(BodyId::PUBLICITY),
                    _ => Actor::body(body),
                };
                (by, respond(one(random, &PUBLICATIONS), self.effective(random, now)))
            }
            34..36 => {
                let effective_at = random.random_bool(0.3).then(|| now - ago(random));
                (office(), Command::ConfirmHeld { effective_at, kind: None })
            }
            36..41 => (second(), Command::Approve { what: None }),
            41 => (second(), Command::Reject { what: None }),
            42..45 => (office(), Command::Close { reason: reason() }),
            45..47 => (office(), Command::Reopen { reason: reason(), because, evidence_at }),
            47..49 => (office(), Command::Feedback { satisfied: random.random_bool(0.3) }),
            49 => (office(), Command::Dismiss { reason: reason() }),
            50 => {
                let how = if random.random_bool(0.5) { Disposal::Watch } else { Disposal::NoPublicResponse };
                let review_on = random.random_bool(0.7).then(|| now + Span::from_hours(random.random_range(1..90)));
                (office(), Command::Dispose { how, reason: reason(), review_on })
            }
            51..54 => (office(), Command::Restore { reason: reason() }),
            54..56 => (office(), consult()),
            56 => (office(), Command::Supervise { reason: reason() }),
            57..59 => {
                let what = one(random, &["instruct", "rectify", "order"]);
                let due_at = now + Span::from_minutes(random.random_range(-60..6_000));
                let department = random.random_bool(0.5).then_some(body);
                let order = json!({ "do": what, "text": reason(), "department": department, "due_at": due_at });
                (office(), serde_json::from_value(order).expect("a command"))
            }
            59..62 => (office(), conclude(one(random, &RECORDS))),
            62 => (office(), Command::Refer { to: vec![body], evidence: Vec::new() }),
            63 => (office(), Command::HandOver {}),
            64..66 => (Actor::body(body), Command::Return { reason: reason(), suggest: None }),
            66..68 => (Actor::body(body), Command::Answer { text: None }),
            68 => (office(), Command::Raise { reason: reason() }),
            69 => (office(), Command::Receipt {}),
            70 => (office(), Command::Instruct(undated(reason()))),
            71..73 => (office(), Command::Covers {}),
            73 => (office(), Command::Unmerge {}),
            74..78 => {
                let role = if random.random_bool(0.7) { Role::Lead } else { Role::Supporting };
                let suggested = SuggestedLead { department: body, role, score: 0.9, why: vec![reason()] };
                (Actor::System, Command::AutoAssign { bodies: vec![suggested] })
            }
            78 => (Actor::System, Command::ProposeSupervision { why: reason() }),
            79 => (office(), Command::LookAtReferral { id: "referral-1".to_owned() }),
            80 => (office(), Command::Circulate { department: body, reason: reason() }),
            81 => {
                let (about, result) = (reason(), reason());
                let effective_at = random.random_bool(0.5).then(|| now - ago(random));
                (office(), Command::Talk { department: body, about, result, effective_at })
            }
            _ => {
                let kind = one(random, &PUBLICATIONS);
                let effective_at = random.random_bool(0.5).then(|| now - ago(random));
                let review = json!({ "do": "review", "kind": kind, "department": body, "effective_at": effective_at });
                (office(), serde_json::from_value(review).expect("a command"))
            }
        }
    }

    fn effective(&self, random: &mut ChaCha8Rng, now: Instant) -> Option<Instant> {
        match random.random_range(0..10) {
            0..6 => None,
            6..9 => Some(now - ago(random)),
            _ => Some(now + ago(random)),
        }
    }
}

/// A mention as an incident knows it.
pub fn member(post: &MentionInput) -> NewMention {
    NewMention {
        id: post.identity(),
        content_hash: post.content_hash(),
        channel: post.channel,
        region: post.region.clone(),
        published_at: post.published_at,
        facts: None,
    }
}

fn undated(text: String) -> RecordOrder {
    RecordOrder { text, department: None, due_at: None, id: None, leader: None, given_at: None }
}

/// What is reported done just before a clock falls due, so that it meets it.
pub fn meets(clock: &Clock) -> Option<(Actor, Command)> {
    let office = || Actor::office("analyst");
    let department = || clock.plan.department.clone().map_or_else(office, Actor::body);
    Some(match clock.kind() {
        ClockKind::PressConference | ClockKind::Response => (office(), respond(PublicationKind::PressConference, None)),
        ClockKind::FirstStatement => (office(), respond(PublicationKind::Statement, None)),
        ClockKind::Update => (office(), respond(PublicationKind::Update, None)),
        ClockKind::Acknowledge => (department(), Command::Acknowledge {}),
        ClockKind::Part => (department(), Command::Answer { text: None }),
        ClockKind::Consultation => (office(), consult()),
        kind if RECORDS.contains(&kind) => (office(), conclude(kind)),
        _ => return None,
    })
}

/// The running clock of an incident that falls due next.
pub fn next_clock(incident: &Incident) -> Option<&Clock> {
    incident.clocks.iter().filter(|clock| clock.running()).min_by_key(|clock| clock.plan.due_at)
}

/// Until something is done: often short, sometimes beyond every due time, often on a round hour where timers meet.
pub fn wait(random: &mut ChaCha8Rng) -> Span {
    match random.random_range(0..9) {
        0..4 => Span::from_minutes(random.random_range(1..90)),
        4..7 => Span::from_hours(random.random_range(1..30)),
        7 => Span::from_hours(random.random_range(30..120)),
        _ => Span::from_ms(random.random_range(1..100_000_000)),
    }
}

pub fn one<T: Clone>(random: &mut ChaCha8Rng, of: &[T]) -> T {
    of.choose(random).expect("something to choose from").clone()
}

fn ago(random: &mut ChaCha8Rng) -> Span {
    Span::from_minutes(random.random_range(0..145) * 30)
}

fn grading(random: &mut ChaCha8Rng) -> Grading {
    let opinion_grade = one(random, &GRADES[1..]);
    Grading { event_grade: one(random, &GRADES), opinion_grade, sensitive: random.random_bool(0.5) }
}

fn respond(kind: PublicationKind, effective_at: Option<Instant>) -> Command {
    Command::Respond { kind, effective_at, url: None, text: None, review: true }
}

fn consult() -> Command {
    let text = || "会商".to_owned();
    Command::Consult { nature: text(), trend: text(), risk: text(), proposal: text() }
}

fn conclude(kind: ClockKind) -> Command {
    Command::Conclude { record: kind.id().to_owned(), id: None, result: "已办".to_owned(), published_url: None }
}
