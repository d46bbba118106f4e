//! The simulated office: one or two processes on one database, what people do there, and what befalls them.

mod telling;
mod unsteady;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use huiying::acts::{About, ActError, Acts, incident_of, post_of, verify};
use huiying::domain::actor::Actor;
use huiying::domain::grade::Grading;
use huiying::domain::ids::{IncidentId, PostId};
use huiying::domain::incident::Command;
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::MentionInput;
use huiying::domain::official_post::PostCommand;
use huiying::domain::routing::Routes;
use huiying::engine::deliver::Channels;
use huiying::engine::{Engine, EngineOptions};
use huiying::store::{NewMention, Store, StoreOptions};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::calm::Calm;
use super::deed::{Deed, Scene, meets, member, next_clock, one, wait};
use super::fate::{Fate, under};
use super::receiver::{Line, Receiver};
use super::record::{self, Outcome};
use super::time::{Hands, ProcessClock};
use super::{Entry, SHARED, START, Told};

/// What has to happen in at least one seed of a hundred.
pub const HAPPENS: [&str; 33] = [
    "met",
    "breached",
    "endedlate",
    "superseded",
    "cancelled",
    "corrected",
    "refuted",
    "press_conference",
    "response",
    "first_statement",
    "update",
    "acknowledge",
    "part",
    "consultation",
    "supervision",
    "weibo_repost",
    "wechat_repost",
    "referral",
    "killed in an act, done",
    "killed in an act, not done",
    "killed in a sweep",
    "killed while telling",
    "told twice",
    "two had the same in hand",
    "receiver busy",
    "clock put forward",
    "clock put back",
    "fired nothing while unsteady",
    "slow",
    "overtaken by a sweep",
    "verdict corrected at once",
    "merged",
    "split",
];

/// Things that happen in a history.
const TURNS: std::ops::Range<u32> = 24..60;
/// Steps within which a process that is to die dies.
const STEPS_MAX: u32 = 60;
/// Longer than every clock.
const AFTERWARDS: Span = Span::from_hours(1_000);

/// A process.
struct Node {
    store: Store,
    acts: Acts,
    engine: Engine,
    clock: Arc<ProcessClock>,
}

pub struct World {
    random: ChaCha8Rng,
    file: PathBuf,
    hands: Arc<Hands>,
    receiver: Arc<Receiver>,
    nodes: Vec<Node>,
    scene: Scene,
    incidents: Vec<IncidentId>,
    posts: Vec<PostId>,
    /// What was to be done when the process died.
    again: VecDeque<Deed>,
    history: Vec<Entry>,
    /// Up to where the record was read.
    position: i64,
    /// When all that was due before had last been fired in calm, too.
    swept: Instant,
    /// How often a process sweeps and delivers between two acts, of a hundred.
    diligence: u32,
    overtaken: BTreeSet<String>,
    wrong: Vec<String>,
    seen: BTreeMap<String, u32>,
}

/// A mention as it is stored when it comes in.
fn stored(post: &MentionInput, proposal: &Grading, detected_at: Instant) -> NewMention {
    let proposal = Some(serde_json::to_string(proposal).expect("JSON"));
    NewMention { proposal, ..NewMention::detected(post.clone(), detected_at) }
}

impl World {
    pub async fn begin(seed: u64, file: PathBuf) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let scene = Scene::draw(&mut random, super::office());
        let diligence = one(&mut random, &[5, 40, 100]);
        let mut world = Self {
            file,
            hands: Arc::new(Hands::new(START)),
            receiver: Arc::default(),
            nodes: Vec::new(),
            scene,
            incidents: Vec::new(),
            posts: Vec::new(),
            again: VecDeque::new(),
            history: Vec::new(),
            position: 0,
            swept: START,
            diligence,
            overtaken: BTreeSet::new(),
            wrong: Vec::new(),
            seen: BTreeMap::new(),
            random,
        };
        for _ in 0..world.random.random_range(1..=2) {
            let node = world.node().await;
            world.nodes.push(node);
        }
        world
    }

    /// A process that starts.
    async fn node(&self) -> Node {
        let store = Store::open(&StoreOptions::throw_away(&self.file)).await.expect("opening");
        let clock = Arc::new(ProcessClock::new(self.hands.clone()));
        let acts = Acts::new(store.clone(), SHARED.shared.clone());
        let acts = acts.with_routes(Routes { webhook: true, ..Routes::default() });
        let channels = Channels::in_app(&store).with(Arc::new(Line(self.receiver.clone())));
        let engine = Engine::new(
            store.clone(),
            acts.clone(),
            SHARED.shared.clone(),
            SHARED.analyser.clone(),
            clock.clone(),
            EngineOptions::default(),
        )
        .with_channels(channels);
        Node { store, acts, engine, clock }
    }

    fn saw(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    fn any_node(&mut self) -> usize {
        self.random.random_range(0..self.nodes.len())
    }

    /// A process died: what it held is gone, and after a while another one is started in its place.
    async fn dies(&mut self, n: usize) {
        let dead = self.nodes.remove(n);
        dead.store.close().await;
        drop(dead);
        if self.random.random_bool(0.5) {
            let down = Span::from_minutes(self.random.random_range(0..600));
            self.hands.pass(down);
        }
        if !self.nodes.is_empty() {
            self.sweep(0, Fate::Spared).await;
        }
        let node = self.node().await;
        self.nodes.push(node);
    }

    pub async fn live(&mut self) {
        for _ in 0..self.random.random_range(TURNS) {
            match self.random.random_range(0..100) {
                0..10 => self.act_just_in_time().await,
                10..14 => self.wrong_for_a_while().await,
                14..17 => self.put_right().await,
                17..25 => {
                    let fate = self.fate(0.6);
                    let n = self.any_node();
                    self.sweep(n, fate).await;
                }
                25..35 => {
                    let fate = self.fate(0.4);
                    self.deliver(fate).await;
                }
                _ => {
                    let span = wait(&mut self.random);
                    self.pass(span).await;
                    let fate = self.fate(0.12);
                    self.act(fate).await;
                }
            }
        }
    }

    /// Dies at random, or is slow.
    fn fate(&mut self, dies: f64) -> Fate {
        if self.random.random_bool(dies) {
            return Fate::Dies(self.random.random_range(1..=STEPS_MAX));
        }
        if self.random.random_bool(0.15) {
            self.saw("slow");
            let each = Span::from_ms(self.random.random_range(50..3_000));
            return Fate::Slow(self.hands.clone(), each);
        }
        Fate::Spared
    }

    /// Time passes; the processes look at what is due now and then, or don't.
    async fn pass(&mut self, span: Span) {
        let looks = self.random.random_range(1..=4_i64);
        for _ in 0..looks {
            self.hands.pass(Span::from_ms(span.ms() / looks));
            if self.random.random_range(0..100) < self.diligence {
                let n = self.any_node();
                self.sweep(n, Fate::Spared).await;
            }
            if self.random.random_range(0..200) < self.diligence {
                self.deliver(Fate::Spared).await;
            }
        }
    }

    /// A turn of the sweep.
    async fn sweep(&mut self, n: usize, fate: Fate) {
        let engine = self.nodes[n].engine.clone();
        match under(fate, engine.turn()).await {
            Some(turn) => drop(turn.expect("a turn of the sweep")),
            None => {
                drop(engine);
                self.saw("killed in a sweep");
                Box::pin(self.dies(n)).await;
            }
        }
    }

    /// Someone acts.
    async fn act(&mut self, fate: Fate) {
        let now = self.hands.shown();
        let deed = match self.again.pop_front() {
            Some(deed) => deed,
            None => self.scene.deed(&mut self.random, self.incidents.len(), self.posts.len(), now),
        };
        // Two lines of one process at the same instant may stand in either order: time goes on in between.
        self.hands.pass(Span::from_ms(1));
        if self.overtakes(&deed, now).await && !deed.reports() {
            // The clock shows less than a sweep knew: whoever judges waits until it has caught up.
            self.hands.pass(Span::from_minutes(2));
            self.again.push_back(deed);
            return;
        }
        self.attempt(deed, now, fate).await;
    }

    /// Whether a sweep was at work after `now`, of which the calm office knows nothing.
    async fn overtakes(&mut self, deed: &Deed, now: Instant) -> bool {
        let named: Vec<usize> = match deed {
            Deed::Act { on, .. } | Deed::Join { on, .. } | Deed::Split { on, .. } => vec![*on],
            Deed::Merge { from, into } => vec![*from, *into],
            Deed::Repost { on, .. } => {
                let stream = huiying::acts::post_stream(&self.posts[*on]);
                let stored = self.nodes[0].store.stream(&stream).await.expect("reading").expect("a post");
                let post: huiying::domain::official_post::OfficialPost =
                    serde_json::from_str(&stored.state).expect("a state");
                let ahead = post.settled_at > now && post.settled_at > self.swept;
                if ahead {
                    self.overtaken.insert(stream);
                    self.saw("overtaken by a sweep");
                }
                return ahead;
            }
            Deed::Open { .. } | Deed::Publish { .. } => return false,
        };
        let mut ahead = BTreeSet::new();
        for n in named {
            let state = self.nodes[0].acts.load(&self.incidents[n]).await.expect("loading");
            let members = state.group.map_or_else(|| vec![state.id.clone()], |group| group.members);
            let mut all = BTreeSet::new();
            let mut late = false;
            for member in members {
                let state = self.nodes[0].acts.load(&member).await.expect("loading");
                late |= state.settled_at > now && state.settled_at > self.swept;
                all.insert(huiying::acts::stream_of(&member));
            }
            if late {
                ahead.extend(all);
            }
        }
        let overtaken = !ahead.is_empty();
        if overtaken && deed.reports() {
            self.saw("overtaken by a sweep");
            self.overtaken.extend(ahead);
        }
        overtaken
    }

    async fn attempt(&mut self, deed: Deed, now: Instant, fate: Fate) {
        let n = self.any_node();
        let (before, position) = record::read(&self.nodes[n].store, self.position).await;
        drop(before);
        self.position = position;
        let acts = self.nodes[n].acts.clone();
        let done = under(fate, self.done(&acts, &deed, now)).await;
        drop(acts);
        let taken = match done {
            Some(Ok(())) => true,
            Some(Err(ActError::Refused(_))) => false,
            Some(Err(error)) => {
                self.wrong.push(format!("{now}: {error}: {deed:?}"));
                return;
            }
            None => {
                self.dies(n).await;
                let n = self.nodes.len() - 1;
                let (rows, _) = record::read(&self.nodes[n].store, self.position).await;
                // While it was down others may have swept; what was done carries the instant at which it was asked.
                let done = rows.iter().any(|row| row.at == now);
                self.saw(if done { "killed in an act, done" } else { "killed in an act, not done" });
                if !done {
                    // Whoever saw no answer looks, and asks again, or doesn't.
                    if self.random.random_bool(0.8) {
                        self.again.push_back(deed);
                    }
                    return;
                }
                true
            }
        };
        let (rows, _) = record::read(&self.nodes[0].store, self.position).await;
        for row in rows.iter().filter(|row| taken && row.at == now) {
            match row.event.as_str() {
                "incident_opened" => self.incidents.extend(incident_of(&row.stream)),
                "posted" => self.posts.extend(post_of(&row.stream)),
                "merged" | "split" => self.saw(&row.event),
                "verdict_corrected" if row.body.get("clock").is_some() => {
                    let approved = rows.iter().any(|row| row.event == "approved");
                    let post = post_of(&row.stream).is_some();
                    if !approved && !post {
                        self.saw("verdict corrected at once");
                    }
                }
                _ => {}
            }
        }
        self.history.push(Entry::Done { at: now, deed, taken });
    }

    async fn done(&self, acts: &Acts, deed: &Deed, now: Instant) -> Result<(), ActError> {
        let analyst = Actor::office("analyst");
        match deed {
            Deed::Open { opened, post } => {
                let mut tx = acts.store().write().await?;
                tx.insert_mentions(&[stored(post, &opened.proposal, opened.detected_at)]).await?;
                let acted = acts.open(&mut tx, (**opened).clone(), &About::default(), &Actor::System, now).await?;
                tx.move_mention(&post.identity(), Some(&acted.incident)).await?;
                tx.commit().await?;
            }
            Deed::Join { on, post, proposal } => {
                let mut tx = acts.store().write().await?;
                tx.insert_mentions(&[stored(post, proposal, now)]).await?;
                let command = Command::Join { mentions: vec![member(post)], proposal: *proposal, revised: false };
                // Merged or not, it joins its own incident (`domain.md` §5a s).
                let own = &self.incidents[*on];
                acts.act_in(&mut tx, own, &command, &Actor::System, None, now).await?;
                tx.move_mention(&post.identity(), Some(own)).await?;
                tx.commit().await?;
            }
            Deed::Split { on, from, count } => {
                let incident = &self.incidents[*on];
                let own = acts.store().mentions_of(incident, 0, 500).await?;
                let mentions = own.into_iter().skip(*from).take(*count).map(|row| row.id).collect();
                let command = Command::Split { mentions, label: None, found: None };
                acts.act(incident, &command, &analyst, None, now).await?;
            }
            Deed::Act { on, by, command } => drop(acts.act(&self.incidents[*on], command, by, None, now).await?),
            Deed::Merge { from, into } => {
                let command = Command::Merge { into: self.incidents[*into].clone() };
                acts.act(&self.incidents[*from], &command, &analyst, None, now).await?;
            }
            Deed::Publish { post, effective_at } => {
                acts.publish(post.clone(), *effective_at, &analyst, now).await?;
            }
            Deed::Repost { on, account, effective_at } => {
                let effective_at = effective_at.unwrap_or(now);
                let command = PostCommand::Repost { account: account.clone(), effective_at };
                acts.act_on_post(&self.posts[*on], &command, &analyst, now).await?;
            }
        }
        Ok(())
    }

    /// Someone reports at the last moment what meets a clock; the database is slow, and a sweep comes between.
    async fn act_just_in_time(&mut self) {
        let store = self.nodes[0].store.clone();
        let due = store.due_streams(Instant::from_ms(i64::MAX), 50).await.expect("reading");
        let mut deed = None;
        for due in due {
            let Some(id) = incident_of(&due.stream) else { continue };
            let state = self.nodes[0].acts.load(&id).await.expect("loading");
            let Some(clock) = next_clock(&state).filter(|clock| clock.plan.due_at > self.hands.shown()) else {
                continue;
            };
            let on = self.incidents.iter().position(|known| *known == id).expect("an incident");
            if let Some((by, command)) = meets(clock) {
                deed = Some((clock.plan.due_at, Deed::Act { on, by, command }));
                break;
            }
        }
        let Some((due_at, deed)) = deed else { return };
        let early = Span::from_ms(self.random.random_range(-2_000..20_000));
        self.hands.pass_until(due_at - early);
        let now = self.hands.shown();
        self.hands.pass(Span::from_ms(self.random.random_range(1..40_000)));
        for _ in 0..self.random.random_range(0..=2) {
            let n = self.any_node();
            self.sweep(n, Fate::Spared).await;
        }
        self.overtakes(&deed, now).await;
        self.attempt(deed, now, Fate::Spared).await;
    }

    /// The last sweep and the last delivery; then what came of it all.
    pub async fn end(mut self) -> Told {
        self.settle_down().await;
        self.hands.pass(AFTERWARDS);
        self.settle_down().await;
        let end = self.hands.shown();
        self.history.push(Entry::Swept(end));
        self.deliver_all().await;
        let store = self.nodes[0].store.clone();
        let (rows, _) = record::read(&store, 0).await;
        let (calm, otherwise) = Calm::live(&self.history, &self.overtaken);
        self.wrong.extend(otherwise);
        self.wrong.extend(record::faults(&rows, end));
        self.wrong.extend(record::differences(&rows, &calm.rows, &self.overtaken));
        self.wrong.extend(verify(&store, |_| ()).await.expect("verifying").broken);
        let outcome = Outcome::of(&rows);
        outcome.count(&mut self.seen);
        self.check_telling(&store, &outcome).await;
        for node in self.nodes.drain(..) {
            node.store.close().await;
        }
        Told { wrong: self.wrong, history: self.history, rows, seen: self.seen }
    }
}
