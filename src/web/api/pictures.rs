//! 值守总览 and the wall in pictures: what was said over a day or a week, and how what runs stands.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::clock::Force;
use crate::domain::ids::{IncidentId, RegionId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::Channel;
use crate::store::Window;
use crate::text::analysis::Keyword;
use crate::web::extract::Query;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Incidents of which the curve is drawn.
const HOT_MAX: i64 = 8;
/// Hot words that are shown.
const WORDS_MAX: usize = 40;
/// Latest mentions whose keywords are counted.
const WORDS_OF_MAX: i64 = 1_000;
/// Shorter ones say nothing by themselves.
const WORD_CHARS_MIN: usize = 2;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(volume)).routes(routes!(standing))
}

/// Over which time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Over {
    /// 24 hours, by hour, the present hour the last.
    #[default]
    Day,
    /// 7 days of Beijing, by day, today the last.
    Week,
}

impl Over {
    /// From when, in how many slots of which length.
    fn slots(self, now: Instant) -> (Instant, i64, Span) {
        match self {
            Self::Day => {
                let hour = Span::from_hours(1);
                let next = Instant::from_ms((now.ms().div_euclid(hour.ms()) + 1) * hour.ms());
                (next - Span::from_hours(24), 24, hour)
            }
            Self::Week => (Instant::start_of(now.date()) - Span::from_days(6), 7, Span::from_days(1)),
        }
    }
}

/// Over which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    #[param(inline)]
    over: Option<Over>,
}

/// How much was said, in slots of one length; a department's is what was said of its own cases. By the time of detection:
/// what is imported today was held from today on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Volume {
    from: Instant,
    /// Before.
    until: Instant,
    /// Length of a slot, ms.
    slot_ms: i64,
    /// Mentions by slot, by feeling.
    negative: Vec<i64>,
    neutral: Vec<i64>,
    positive: Vec<i64>,
    /// Not analysed yet, or not to be analysed.
    unjudged: Vec<i64>,
    /// Those of which anything was said, the loudest first.
    channels: Vec<ChannelCount>,
    /// Cases of which most was said.
    hot: Vec<HotMatter>,
    /// In how many of the latest mentions a keyword stands.
    words: Vec<WordCount>,
    /// How many mentions the words were counted in, the latest ones.
    words_of: usize,
}

/// How much was said where.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelCount {
    channel: Channel,
    count: i64,
}

/// A case with its curve.
#[derive(Debug, Serialize, ToSchema)]
struct HotMatter {
    incident: IncidentId,
    title: String,
    count: i64,
    /// By slot.
    curve: Vec<i64>,
}

/// A hot word.
#[derive(Debug, Serialize, ToSchema)]
struct WordCount {
    word: String,
    count: usize,
}

/// How what runs stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingNow {
    /// Cases in hand by region; null where nobody knows.
    regions: Vec<RegionCount>,
    /// Open clocks by force.
    clocks: Vec<ClockCount>,
    /// 盲区; null to a department, as are all numbers of the whole city.
    #[schema(required)]
    blind: Option<Vec<BlindSpot>>,
    /// Notices that no channel has accepted.
    #[schema(required)]
    undelivered: Option<Vec<Undelivered>>,
    /// The last seal of the record.
    #[schema(required)]
    seal: Option<LastSeal>,
}

/// Cases in hand in a region.
#[derive(Debug, Serialize, ToSchema)]
struct RegionCount {
    region: Option<RegionId>,
    open: i64,
    overdue: i64,
}

/// Open clocks of a force, by the share of their time that is used.
#[derive(Debug, Serialize, ToSchema)]
struct ClockCount {
    force: Force,
    /// Under 50 %.
    calm: i64,
    /// 50–75 %.
    half: i64,
    /// 75–90 %.
    near: i64,
    /// Over 90 %.
    urgent: i64,
    overdue: i64,
}

/// A source that sees nothing.
#[derive(Debug, Serialize, ToSchema)]
struct BlindSpot {
    source: String,
    name: String,
    since: Instant,
    why: Option<String>,
}

/// What a channel has not accepted.
#[derive(Debug, Serialize, ToSchema)]
struct Undelivered {
    /// As in deliveries.
    channel: String,
    waiting: i64,
    given_up: i64,
}

/// A seal.
#[derive(Debug, Serialize, ToSchema)]
struct LastSeal {
    /// Which day it covers.
    day: String,
    made_at: Instant,
    hash: String,
}

/// Who looks, as part of a question: two who see the same get the same answer.
fn viewer(from: Option<&Viewpoint>) -> String {
    from.map_or_else(String::new, |from| from.keys().join(" "))
}

/// What was said over a day or a week; counted anew every 5 seconds at most
#[utoipa::path(get, path = "/api/v1/overview/volume", tag = "overview", params(Wanted), responses((status = 200, description = "By hour or day", body = Volume)))]
async fn volume(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Arc<Volume>>, Problem> {
    let over = wanted.over.unwrap_or_default();
    let visible_to = who.visible_to();
    let question = format!("{over:?} {}", viewer(visible_to.as_ref()));
    app.volumes.get(question, said(&app, over, visible_to)).await.map(Json)
}

/// How what runs stands now; counted anew every 5 seconds at most
#[utoipa::path(get, path = "/api/v1/overview/standing", tag = "overview", responses((status = 200, description = "Now", body = StandingNow)))]
async fn standing(State(app): State<App>, who: SignedIn) -> Result<Json<Arc<StandingNow>>, Problem> {
    let visible_to = who.visible_to();
    let question = viewer(visible_to.as_ref());
    app.standings.get(question, stands(&app, visible_to)).await.map(Json)
}

async fn said(app: &App, over: Over, visible_to: Option<Viewpoint>) -> Result<Volume, Problem> {
    let (from, slots, slot) = over.slots(app.clock.now());
    let until = from + Span::from_ms(slot.ms() * slots);
    let window = Window { from, until, slot, visible_to };
    let rows = app.store.volume(&window).await?;
    let empty = || vec![0_i64; usize::try_from(slots).unwrap_or_default()];
    let (mut negative, mut neutral, mut positive, mut unjudged) = (empty(), empty(), empty(), empty());
    let mut channels: HashMap<Channel, i64> = HashMap::new();
    for row in rows {
        let feeling = match row.sentiment.as_deref() {
            Some("negative") => &mut negative,
            Some("neutral") => &mut neutral,
            Some("positive") => &mut positive,
            _ => &mut unjudged,
        };
        add(feeling, row.slot, row.count);
        *channels.entry(row.channel).or_default() += row.count;
    }
    let mut channels: Vec<ChannelCount> =
        channels.into_iter().map(|(channel, count)| ChannelCount { channel, count }).collect();
    channels.sort_by_key(|one| (-one.count, Channel::ALL.iter().position(|channel| *channel == one.channel)));
    let lists = app.store.keywords(&window, WORDS_OF_MAX).await?;
    Ok(Volume {
        from,
        until,
        slot_ms: slot.ms(),
        negative,
        neutral,
        positive,
        unjudged,
        channels,
        hot: hot(app, &window, &empty()).await?,
        words_of: lists.len(),
        words: hot_words(&lists),
    })
}

fn add(slots: &mut [i64], slot: i64, count: i64) {
    if let Some(held) = usize::try_from(slot).ok().and_then(|slot| slots.get_mut(slot)) {
        *held += count;
    }
}

async fn hot(app: &App, window: &Window, empty: &[i64]) -> Result<Vec<HotMatter>, Problem> {
    let rows = app.store.hot_incidents(window, HOT_MAX).await?;
    let ids: Vec<IncidentId> = rows.iter().map(|row| row.incident.clone()).collect();
    let titles: HashMap<IncidentId, String> =
        app.store.incidents_by_id(&ids).await?.into_iter().map(|row| (row.id, row.title)).collect();
    let mut curves: HashMap<IncidentId, Vec<i64>> = HashMap::new();
    for row in app.store.curves(window, &ids).await? {
        add(curves.entry(row.incident).or_insert_with(|| empty.to_vec()), row.slot, row.count);
    }
    let matter = |row: crate::store::HotRow| HotMatter {
        title: titles.get(&row.incident).cloned().unwrap_or_default(),
        curve: curves.remove(&row.incident).unwrap_or_default(),
        count: row.count,
        incident: row.incident,
    };
    Ok(rows.into_iter().map(matter).collect())
}

/// Words by the number of mentions in which they stand; the list of a later version that this one can't read counts for none.
fn hot_words(lists: &[String]) -> Vec<WordCount> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for list in lists {
        for keyword in serde_json::from_str::<Vec<Keyword>>(list).unwrap_or_default() {
            if keyword.word.chars().count() >= WORD_CHARS_MIN {
                *counts.entry(keyword.word).or_default() += 1;
            }
        }
    }
    let mut words: Vec<WordCount> = counts.into_iter().map(|(word, count)| WordCount { word, count }).collect();
    words.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
    words.truncate(WORDS_MAX);
    words
}

async fn stands(app: &App, visible_to: Option<Viewpoint>) -> Result<StandingNow, Problem> {
    let from = visible_to.as_ref();
    let regions = app.store.open_by_region(from).await?;
    let mut clocks: Vec<ClockCount> = [Force::Statutory, Force::Target, Force::Internal]
        .map(|force| ClockCount { force, calm: 0, half: 0, near: 0, urgent: 0, overdue: 0 })
        .into();
    for row in app.store.clocks_by_look(from, app.clock.now()).await? {
        let Some(of) = clocks.iter_mut().find(|of| of.force == row.force) else { continue };
        match row.look.as_str() {
            "overdue" => of.overdue += row.count,
            "urgent" => of.urgent += row.count,
            "near" => of.near += row.count,
            "half" => of.half += row.count,
            _ => of.calm += row.count,
        }
    }
    let city = from.is_none();
    Ok(StandingNow {
        regions: regions
            .into_iter()
            .map(|row| RegionCount { region: row.region, open: row.count, overdue: row.overdue })
            .collect(),
        clocks,
        blind: if city { Some(blind(app).await?) } else { None },
        undelivered: if city { Some(undelivered(app).await?) } else { None },
        seal: if city { app.store.last_seal().await?.map(LastSeal::of) } else { None },
    })
}

impl LastSeal {
    fn of(row: crate::store::SealRow) -> Self {
        Self { day: row.day, made_at: row.made_at, hash: row.hash }
    }
}

async fn blind(app: &App) -> Result<Vec<BlindSpot>, Problem> {
    let rules = app.rules.load_full();
    let mut spots: Vec<BlindSpot> = Vec::new();
    for state in app.store.sources().await? {
        let Some(since) = state.blind_since else { continue };
        let Some(source) = rules.sources.iter().find(|source| source.enabled && source.id == state.source) else {
            continue;
        };
        spots.push(BlindSpot { source: state.source, name: source.name.clone(), since, why: state.message });
    }
    spots.sort_by_key(|spot| spot.since);
    Ok(spots)
}

async fn undelivered(app: &App) -> Result<Vec<Undelivered>, Problem> {
    let mut channels: Vec<Undelivered> = Vec::new();
    for row in app.store.undelivered().await? {
        match channels.last_mut().filter(|last| last.channel == row.channel) {
            Some(last) => {
                last.waiting += row.count;
                last.given_up += row.given_up;
            }
            None => channels.push(Undelivered { channel: row.channel, waiting: row.count, given_up: row.given_up }),
        }
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_the_present_hour_and_a_week_with_today() {
        let now: Instant = "2026-05-11T09:20:00+08:00".parse().unwrap();
        let (from, slots, slot) = Over::Day.slots(now);
        assert_eq!(from.to_string(), "2026-05-10T10:00:00+08:00");
        assert_eq!((from + Span::from_ms(slot.ms() * slots)).to_string(), "2026-05-11T10:00:00+08:00");
        let (from, slots, slot) = Over::Week.slots(now);
        assert_eq!(from.to_string(), "2026-05-05T00:00:00+08:00");
        assert_eq!((from + Span::from_ms(slot.ms() * slots)).to_string(), "2026-05-12T00:00:00+08:00");
    }

    #[test]
    fn a_word_counts_once_for_each_mention_and_what_can_not_be_read_for_none() {
        let list = |words: &[&str]| {
            let keywords: Vec<_> =
                words.iter().map(|word| serde_json::json!({ "word": word, "weight": 1.0 })).collect();
            serde_json::Value::Array(keywords).to_string()
        };
        let words = hot_words(&[list(&["停水", "水"]), list(&["停水", "小区"]), "null".to_owned(), "{".to_owned()]);
        let found: Vec<(&str, usize)> = words.iter().map(|one| (one.word.as_str(), one.count)).collect();
        assert_eq!(found, [("停水", 2), ("小区", 1)]);
    }
}
