//! What was said of one case over time: where first, how much, and what is a copy of what.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::incidents::visible;
use crate::correlate::near_duplicate::{CopyIndex, Print};
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;
use crate::store::MemberRow;
use crate::text::normalise::clip;
use crate::web::extract::Path;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Mentions of a case that are looked at, in order of arrival.
const MEMBERS_MAX: i64 = 2_000;
/// Sets of copies that are told, the largest first.
const ALIKE_MAX: usize = 20;
/// Characters of a text that are shown.
const TEXT_CHARS_MAX: usize = 160;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(picture))
}

/// A case in pictures.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePicture {
    /// By time; the first 2000 that came.
    posts: Vec<Post>,
    /// There are more than were looked at.
    more: bool,
    /// Where it was first said.
    first: Option<FirstSeen>,
    /// The first of the news and sites.
    first_media: Option<FirstSeen>,
    /// 相似: what says the same in nearly the same words, the most repeated first.
    alike: Vec<Alike>,
}

/// A mention as a point in time.
#[derive(Debug, Serialize, ToSchema)]
struct Post {
    /// When it was published, or else detected.
    at: Instant,
    channel: Channel,
    negative: bool,
}

/// Who said it first.
#[derive(Debug, Serialize, ToSchema)]
struct FirstSeen {
    channel: Channel,
    /// 信源, as a person calls it.
    source: Option<String>,
    title: Option<String>,
    url: Option<String>,
    published_at: Option<Instant>,
    detected_at: Instant,
}

/// Near duplicates.
#[derive(Debug, Serialize, ToSchema)]
struct Alike {
    /// The first of them.
    mention: MentionId,
    title: Option<String>,
    /// Its beginning.
    text: String,
    count: usize,
    /// Platforms on which they stand.
    sources: Vec<String>,
    channels: Vec<Channel>,
    /// From the first to the last.
    from: Instant,
    to: Instant,
    /// All of them, in order of arrival.
    mentions: Vec<MentionId>,
}

/// A case in pictures
#[utoipa::path(get, path = "/api/v1/incidents/{id}/picture", tag = "incidents", params(("id" = String, Path, description = "编号")), responses((status = 200, description = "Over time", body = CasePicture)))]
async fn picture(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
) -> Result<Json<Arc<CasePicture>>, Problem> {
    // Who may see the case is asked each time; what is drawn of it is the same for all of them.
    let row = visible(&app, &who, &id).await?;
    let question = format!("{} {}", row.id, row.mention_count);
    app.case_pictures.get(question, drawn(&app, row.id)).await.map(Json)
}

async fn drawn(app: &App, id: IncidentId) -> Result<CasePicture, Problem> {
    let rows = app.store.members(&id, MEMBERS_MAX + 1).await?;
    let rules = app.rules.load_full();
    // What somebody imported may carry the name of a medium; an id of a tool says nothing to a reader.
    let name = move |id: &str| {
        let known = rules.sources.iter().find(|source| source.id == id).map(|source| source.name.clone());
        known.or_else(|| (!id.is_ascii()).then(|| id.to_owned()))
    };
    // Comparing two thousand texts takes the time of many requests.
    tokio::task::spawn_blocking(move || CasePicture::of(rows, &name)).await.map_err(Problem::internal)
}

impl CasePicture {
    fn of(mut rows: Vec<MemberRow>, name: &dyn Fn(&str) -> Option<String>) -> Self {
        let limit = usize::try_from(MEMBERS_MAX).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let mut posts: Vec<Post> = rows
            .iter()
            .map(|row| Post {
                at: said_at(row),
                channel: row.channel,
                negative: row.sentiment.as_deref() == Some("negative"),
            })
            .collect();
        posts.sort_by_key(|post| post.at);
        let media = |row: &&MemberRow| matches!(row.channel, Channel::News | Channel::Site);
        Self {
            posts,
            more,
            first: rows.iter().min_by_key(|row| said_at(row)).map(|row| first_seen(row, name)),
            first_media: rows.iter().filter(media).min_by_key(|row| said_at(row)).map(|row| first_seen(row, name)),
            alike: alike(&rows, name),
        }
    }
}

fn said_at(row: &MemberRow) -> Instant {
    row.published_at.unwrap_or(row.detected_at)
}

/// 来源 as the page names it, else the source that brought it.
fn source_of(row: &MemberRow, name: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    row.origin.clone().or_else(|| row.source.as_deref().and_then(name))
}

fn first_seen(row: &MemberRow, name: &dyn Fn(&str) -> Option<String>) -> FirstSeen {
    FirstSeen {
        channel: row.channel,
        source: source_of(row, name),
        title: row.title.clone(),
        url: row.url.clone(),
        published_at: row.published_at,
        detected_at: row.detected_at,
    }
}

/// Sets of at least two that are near duplicates of each other, found as the correlator finds them.
fn alike(rows: &[MemberRow], name: &dyn Fn(&str) -> Option<String>) -> Vec<Alike> {
    let mut index: CopyIndex<usize> = CopyIndex::default();
    let mut sets: Vec<Vec<&MemberRow>> = Vec::new();
    for row in rows {
        let print = Print::new(row.title.as_deref().unwrap_or(""), &row.text);
        let set = match index.find(&print, |_, ()| true) {
            Some(found) => found.of,
            None => {
                sets.push(Vec::new());
                sets.len() - 1
            }
        };
        index.insert(set, (), &print);
        sets[set].push(row);
    }
    sets.retain(|set| set.len() > 1);
    sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
    sets.truncate(ALIKE_MAX);
    sets.iter().filter_map(|set| alike_of(set, name)).collect()
}

fn alike_of(set: &[&MemberRow], name: &dyn Fn(&str) -> Option<String>) -> Option<Alike> {
    let first = set.iter().min_by_key(|row| said_at(row))?;
    let sources: BTreeSet<String> = set.iter().filter_map(|row| source_of(row, name)).collect();
    let channels = Channel::ALL.into_iter().filter(|channel| set.iter().any(|row| row.channel == *channel));
    Some(Alike {
        mention: first.id.clone(),
        title: first.title.clone(),
        text: clip(&first.text, TEXT_CHARS_MAX).into_owned(),
        count: set.len(),
        sources: sources.into_iter().collect(),
        channels: channels.collect(),
        from: said_at(first),
        to: set.iter().map(|row| said_at(row)).max()?,
        mentions: set.iter().map(|row| row.id.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATER: &str = "城东水厂停水三天没人管，小区里老人提着桶去隔壁打水，物业电话一直打不通，希望有人来看看";

    fn row(id: &str, channel: Channel, source: &str, text: &str, hour: i64) -> MemberRow {
        let at = Instant::from_ms(1_778_461_200_000 + hour * 3_600_000);
        MemberRow {
            id: id.into(),
            source: Some(source.to_owned()),
            origin: None,
            channel,
            title: None,
            text: text.to_owned(),
            url: None,
            published_at: Some(at),
            detected_at: at,
            sentiment: Some("negative".to_owned()),
        }
    }

    #[test]
    fn copies_fold_and_other_words_on_the_same_matter_do_not() {
        let rows = vec![
            row("2", Channel::Weibo, "weibo", &format!("转发：{WATER}！"), 2),
            row("1", Channel::Forum, "bbs", WATER, 1),
            row("3", Channel::News, "paper", "记者从供水公司获悉，抢修已经开始，预计今晚恢复，送水车停在小区门口", 5),
        ];
        let picture = CasePicture::of(rows, &|id| Some(format!("「{id}」")));
        assert_eq!(picture.posts.len(), 3);
        assert!(picture.posts.is_sorted_by_key(|post| post.at));
        assert_eq!(
            picture.first.as_ref().unwrap().source.as_deref(),
            Some("「bbs」"),
            "the earliest, not the first to come"
        );
        assert_eq!(picture.first_media.as_ref().unwrap().channel, Channel::News);
        assert_eq!(picture.alike.len(), 1);
        assert_eq!((picture.alike[0].count, picture.alike[0].sources.len()), (2, 2));
        assert_eq!(picture.alike[0].mention.as_str(), "1");
    }

    #[test]
    fn a_case_without_a_mention_draws_nothing() {
        let picture = CasePicture::of(Vec::new(), &|_| None);
        assert!(picture.posts.is_empty() && picture.first.is_none() && picture.alike.is_empty() && !picture.more);
    }
}
