//! Which mentions a list shows, and how it is read.

use super::STATUS_DONE;
use crate::domain::ids::{MentionId, RegionId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;
use crate::store::sql::{Engine, Filter, Sql, Value, args};
use crate::store::viewer::{all_seen, seen};

/// Which mentions a list shows.
#[derive(Clone, Debug, Default)]
pub struct MentionFilter {
    /// Region.
    pub region: Option<RegionId>,
    /// 渠道
    pub channel: Option<Channel>,
    /// 信源
    pub source: Option<String>,
    /// Comments on this mention.
    pub parent: Option<MentionId>,
    /// Letters that are past the time that their board promised, as of this instant.
    pub unanswered_at: Option<Instant>,
    /// Letters of a kind alone.
    pub letters: Option<Letters>,
    /// Only those of incidents that may be seen from there.
    pub visible_to: Option<Viewpoint>,
    /// `pending`, `done`, `failed`.
    pub status: Option<String>,
    /// Detected from.
    pub from: Option<Instant>,
    /// Detected before.
    pub until: Option<Instant>,
}

/// Which letters (来信).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letters {
    /// 已答复
    Answered,
    /// 反复问政: another letter is in the same case.
    Repeated,
}

/// Lists as they are asked for, for the test that asks the planner.
pub(in crate::store) fn lists(engine: Engine) -> Vec<(String, Sql)> {
    let (body, all) = (Viewpoint::of_body("water"), MentionFilter::default);
    let mut lists = Vec::new();
    for (name, filter) in [
        ("all", all()),
        ("region", MentionFilter { region: Some("jixi".into()), ..all() }),
        ("channel", MentionFilter { channel: Some(Channel::Weibo), ..all() }),
        ("source", MentionFilter { source: Some("s".to_owned()), ..all() }),
        ("comments", MentionFilter { parent: Some("p".into()), ..all() }),
        ("answered", MentionFilter { letters: Some(Letters::Answered), ..all() }),
        ("repeated", MentionFilter { letters: Some(Letters::Repeated), ..all() }),
        ("unanswered", MentionFilter { unanswered_at: Some(Instant::from_ms(0)), ..all() }),
        ("status", MentionFilter { status: Some(STATUS_DONE.to_owned()), ..all() }),
        ("from", MentionFilter { from: Some(Instant::from_ms(0)), ..all() }),
    ] {
        let seen = MentionFilter { visible_to: Some(body.clone()), ..filter.clone() };
        let search = Some(("x".to_owned(), engine));
        lists.push((name.to_owned(), list(&filter, None, None, Some(9), 50).0));
        lists.push((format!("{name} of much"), list(&seen, None, None, Some(9), 50).0));
        lists.push((format!("{name} of a part"), list(&seen, Some(&body), None, Some(9), 50).0));
        lists.push((format!("{name} found"), list(&filter, None, search, Some(9), 50).0));
    }
    lists
}

/// A list, with a full-text query in the language of its engine if there is one; of a viewer who sees a small part of the
/// whole (`part`) by incidents, else from the newest end of the whole. First which rows, then those whole.
pub(in crate::store) fn list(
    filter: &MentionFilter,
    part: Option<&Viewpoint>,
    search: Option<(String, Engine)>,
    before: Option<i64>,
    limit: i64,
) -> (Sql, Vec<Value>) {
    let mut query = match part.map(Viewpoint::keys) {
        None => Filter::new(concat!("SELECT ", columns!(), " FROM (SELECT k.n FROM mentions k")),
        Some([body, user]) => Filter::with(
            concat!("SELECT ", columns!(), " FROM (SELECT k.n FROM ", all_seen!(), " s CROSS JOIN mentions k"),
            args![body, user],
        ),
    };
    match part {
        Some(_) => query.and("k.incident = s.id", Vec::new()),
        None => query.and_seen(seen!("k.incident"), filter.visible_to.as_ref()),
    }
    match search {
        Some((words, Engine::Sqlite)) => query.and(
            "k.n IN (SELECT rowid FROM mention_words WHERE mention_words MATCH ? AND rowid < ? \
             ORDER BY rowid DESC LIMIT 10000)",
            args![words, before.unwrap_or(i64::MAX)],
        ),
        Some((words, Engine::Postgres)) => query.and("k.words @@ CAST(? AS tsquery)", args![words]),
        None => {}
    }
    query.and_if("k.region = ?", filter.region.as_ref());
    query.and_if("k.channel = ?", filter.channel);
    query.and_if("k.source = ?", filter.source.as_ref());
    query.and_if("k.parent = ?", filter.parent.as_ref());
    query.and_if("k.reply_due_at IS NOT NULL AND k.answered_at IS NULL AND k.reply_due_at < ?", filter.unanswered_at);
    match filter.letters {
        Some(Letters::Answered) => query.and("k.reply_due_at IS NOT NULL AND k.answered_at IS NOT NULL", Vec::new()),
        Some(Letters::Repeated) => query.and(
            "k.reply_due_at IS NOT NULL AND k.incident IS NOT NULL AND EXISTS (SELECT 1 FROM mentions o \
             WHERE o.incident = k.incident AND o.n <> k.n AND o.reply_due_at IS NOT NULL)",
            Vec::new(),
        ),
        None => {}
    }
    query.and_if("k.status = ?", filter.status.as_ref());
    query.and_if("k.detected_at >= ?", filter.from);
    query.and_if("k.detected_at < ?", filter.until);
    query.and_if("k.n < ?", before);
    query.then("ORDER BY k.n DESC LIMIT ?) p CROSS JOIN mentions m WHERE m.n = p.n ORDER BY m.n DESC", args![limit])
}
