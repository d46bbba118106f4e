//! Incidents (舆情事件) as they stand in lists: a projection of their streams.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::search;
use super::sql::{Engine, Filter, Sql, Value, args, contains, statements};
use super::task::id_list;
use super::tx::Tx;
use super::types::Json;
use super::viewer::{all_seen, seen};
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, IncidentId, RegionId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::Channel;

/// The columns of [`IncidentRow`], so that a later migration's column breaks no prepared statement.
macro_rules! columns {
    () => {
        "i.id, i.title, i.summary, i.region, i.jurisdiction, i.state, i.active, i.event_grade, i.opinion_grade, \
         i.sensitive, i.graded, i.lead, i.opened_at, i.detected_at, i.updated_at, i.version, i.mention_count, \
         i.channels, i.main_due_at, NULLIF(i.due_order, 9223372036854775807) AS first_due_at, i.overdue, \
         i.pending_approvals, i.category, i.analysis"
    };
}

/// One of the two grades is among these.
macro_rules! graded {
    ($row:literal, $grades:literal) => {
        concat!($row, ".event_grade IN (", $grades, ") OR ", $row, ".opinion_grade IN (", $grades, ")")
    };
}

/// What the overview counts of the incidents in hand, up to the table.
macro_rules! counts {
    () => {
        concat!(
            "SELECT COUNT(*) AS active, \
             CAST(COALESCE(SUM(CASE WHEN i.overdue THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue, \
             CAST(COALESCE(SUM(CASE WHEN i.main_due_at >= $1 AND i.main_due_at <= $2 AND NOT i.overdue THEN 1 ELSE 0 END), \
             0) AS BIGINT) AS due_soon, \
             CAST(COALESCE(SUM(CASE WHEN ",
            graded!("i", "'major', 'extraordinary'"),
            " THEN 1 ELSE 0 END), 0) AS BIGINT) AS major, \
             CAST(COALESCE(SUM(CASE WHEN NOT i.graded OR i.lead IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS to_triage FROM "
        )
    };
}

statements! {
    PUT = "INSERT INTO incidents (id, title, summary, region, jurisdiction, state, active, event_grade, opinion_grade, \
        sensitive, graded, lead, opened_at, detected_at, updated_at, version, mention_count, channels, \
        main_due_at, due_order, overdue, pending_approvals, category, analysis, urgency) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
        $23, $24, $26) ON CONFLICT (id) DO UPDATE SET \
        title = CASE WHEN $25 THEN excluded.title ELSE incidents.title END, \
        summary = CASE WHEN $25 THEN excluded.summary ELSE incidents.summary END, \
        region = excluded.region, jurisdiction = excluded.jurisdiction, state = excluded.state, \
        active = excluded.active, event_grade = excluded.event_grade, opinion_grade = excluded.opinion_grade, \
        sensitive = excluded.sensitive, graded = excluded.graded, lead = excluded.lead, \
        opened_at = excluded.opened_at, detected_at = excluded.detected_at, updated_at = excluded.updated_at, \
        version = excluded.version, mention_count = excluded.mention_count, channels = excluded.channels, \
        main_due_at = excluded.main_due_at, due_order = excluded.due_order, overdue = excluded.overdue, \
        pending_approvals = excluded.pending_approvals, urgency = excluded.urgency, \
        category = CASE WHEN $25 THEN excluded.category ELSE incidents.category END, \
        analysis = CASE WHEN $25 THEN excluded.analysis ELSE incidents.analysis END";
    PUT_TITLE = "UPDATE incidents SET title = $2 WHERE id = $1";
    INCIDENT = concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id = $1");
    INCIDENTS_OF = concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id IN (SELECT value FROM json_each($1)) \
        ORDER BY i.id")
        => concat!("SELECT ", columns!(), " FROM incidents i \
        WHERE i.id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY i.id");
    INCIDENT_VISIBLE = concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id = $1 AND ", seen!("i.id", "$2", "$3"));
    /// `$1` is now, `$2` two hours on.
    COUNTS = concat!(counts!(), "incidents i WHERE i.active");
    /// `$3` and `$4` is who looks.
    COUNTS_SEEN = concat!(counts!(), all_seen!("$3", "$4", " AND v.active = TRUE"), " s CROSS JOIN incidents i \
        WHERE i.id = s.id");
    /// With something that waits for a second person, by number.
    WAITING = concat!("SELECT ", columns!(), " FROM incidents i WHERE i.pending_approvals > 0 ORDER BY i.id LIMIT $1");
    /// Incidents that a mention may still join, for keeping the correlator in step.
    ACTIVE_SINCE = "SELECT i.id, i.updated_at FROM incidents i \
        WHERE i.active AND (i.updated_at > $1 OR (i.updated_at = $1 AND i.id > $2)) \
        ORDER BY i.updated_at, i.id LIMIT $3";
}

/// What stands in [`IncidentRow`]'s place in the order of due times where no clock is open: last.
const NO_DUE: i64 = i64::MAX;
/// What a rank counts in an urgency: more than any instant within our bounds (to 2199) has milliseconds.
const RANK: i64 = 1 << 43;
/// How many ranks stand within the grave ones, and within the others.
const RANKS_OF_A_GRADE: i64 = 3;
/// What "soon" means on the overview.
const DUE_SOON: Span = Span::from_hours(2);

/// An incident as lists show it.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct IncidentRow {
    /// 编号
    pub id: IncidentId,
    /// 标题
    pub title: String,
    /// 摘要
    pub summary: String,
    /// Region, if known.
    pub region: Option<RegionId>,
    /// 管辖
    pub jurisdiction: BodyId,
    /// Derived state, as on the wire.
    pub state: String,
    /// In hand: neither closed, dismissed, disposed nor merged. Only these take mentions by likeness, and only these are
    /// in the views but `closed` and `all`.
    pub active: bool,
    /// 事件等级 in force (a person's, else the proposal).
    pub event_grade: Grade,
    /// 舆情等级 in force.
    pub opinion_grade: Grade,
    /// 敏感
    pub sensitive: bool,
    /// A person graded it.
    pub graded: bool,
    /// 主办
    pub lead: Option<BodyId>,
    /// When it was opened.
    pub opened_at: Instant,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// When anything last happened.
    pub updated_at: Instant,
    /// Number of the last event that a page has to know of: joins of mentions by the system do not count.
    pub version: i64,
    /// 条数
    pub mention_count: i64,
    /// 渠道
    pub channels: Json<Vec<Channel>>,
    /// When the main clock is due, while it is open.
    pub main_due_at: Option<Instant>,
    /// When the open clock is due that is due first, of whatever force: in the past where one is overdue.
    pub first_due_at: Option<Instant>,
    /// A clock has breached and is still open.
    pub overdue: bool,
    /// 待复核
    pub pending_approvals: i64,
    /// 领域
    pub category: Option<String>,
    /// Analysis of the mention that weighed most, JSON.
    pub analysis: Option<String>,
}

/// Which incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum View {
    /// 待研判: in hand, and not graded by a person or without a lead.
    Triage,
    /// 已交办: in hand, with a lead.
    Assigned,
    /// In hand.
    Open,
    /// 超时: in hand, with a breached clock that is still open.
    Overdue,
    /// 2小时内到期: in hand, none breached, the main clock due soon after [`IncidentFilter::now`].
    DueSoon,
    /// Not in hand any more.
    Closed,
    /// All.
    #[default]
    All,
}

impl View {
    /// All views.
    pub const ALL: [Self; 7] =
        [Self::Triage, Self::Assigned, Self::Open, Self::Overdue, Self::DueSoon, Self::Closed, Self::All];

    /// Of an incident in hand, what more it asks; of the others, whether it asks for any.
    const fn condition(self) -> Option<&'static str> {
        match self {
            Self::Triage => Some("NOT k.graded OR k.lead IS NULL"),
            Self::Assigned => Some("k.lead IS NOT NULL"),
            Self::Overdue => Some("k.overdue"),
            Self::DueSoon => Some("NOT k.overdue"),
            Self::Closed => Some("NOT k.active"),
            Self::Open | Self::All => None,
        }
    }

    /// Whether the most urgent come first; else the newest.
    pub const fn by_urgency(self) -> bool {
        !matches!(self, Self::Closed | Self::All)
    }
}

/// Which incidents a list shows.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// The view.
    pub view: View,
    /// From when on something is due soon.
    pub now: Instant,
    /// Only what may be seen from there.
    pub visible_to: Option<Viewpoint>,
    /// Region.
    pub region: Option<RegionId>,
    /// A body that has to do with it.
    pub department: Option<BodyId>,
    /// A channel that it was seen on.
    pub channel: Option<Channel>,
    /// Derived state.
    pub state: Option<String>,
    /// 领域
    pub category: Option<String>,
    /// 敏感
    pub sensitive: Option<bool>,
    /// Highest grade at least.
    pub at_least: Option<Grade>,
    /// Text in id or title, or words in one of its mentions (of those the newest that hold them).
    pub q: Option<String>,
    /// Detected then or later.
    pub from: Option<Instant>,
    /// Detected before.
    pub to: Option<Instant>,
    /// What came of the main clock by which it is judged.
    pub judged: Option<Judged>,
}

/// What came of the clock by which a case is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Judged {
    /// 按时
    OnTime,
    /// 逾期, ended or open
    Late,
    /// 补录
    Corrected,
    /// 计时中
    Running,
}

/// The main clock that a case is judged by: the latest that nothing replaced and nothing cancelled. One that breached and
/// is still open counts as breached.
macro_rules! judged {
    ($among:literal) => {
        concat!(
            "(SELECT CASE WHEN c.verdict IS NOT NULL THEN c.verdict WHEN c.breached THEN 'breached' ELSE 'running' END \
             FROM clocks c WHERE c.incident = k.id AND c.kind IN ('press_conference', 'response') \
             AND NOT c.operational AND (c.verdict IS NULL OR c.verdict NOT IN ('superseded', 'cancelled')) \
             ORDER BY c.id DESC LIMIT 1) IN (",
            $among,
            ")"
        )
    };
}

impl Judged {
    const fn condition(self) -> &'static str {
        match self {
            Self::OnTime => judged!("'met'"),
            Self::Late => judged!("'breached', 'ended_late'"),
            Self::Corrected => judged!("'corrected'"),
            Self::Running => judged!("'running'"),
        }
    }
}

/// Where the next page begins: after this row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentCursor {
    /// Urgency or instant of detection of the last row.
    pub key: i64,
    /// Its id.
    pub id: IncidentId,
}

impl IncidentCursor {
    /// After this row of a list of that view.
    pub fn after(row: &IncidentRow, view: View) -> Self {
        let key = if view.by_urgency() { row.urgency() } else { row.detected_at.ms() };
        Self { key, id: row.id.clone() }
    }
}

impl std::fmt::Display for IncidentCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.key, self.id)
    }
}

impl std::str::FromStr for IncidentCursor {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, id) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self { key: key.parse()?, id: IncidentId::from(id) })
    }
}

/// Numbers for the overview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, FromRow)]
pub struct IncidentCounts {
    /// In hand.
    pub active: i64,
    /// 超时
    pub overdue: i64,
    /// Main clock due within two hours, none breached.
    pub due_soon: i64,
    /// 重大 or higher.
    pub major: i64,
    /// 待研判
    pub to_triage: i64,
}

impl IncidentRow {
    fn due_order(&self) -> i64 {
        self.first_due_at.map_or(NO_DUE, Instant::ms)
    }

    /// The place in the queue, smallest first: what is major or above, then the rest; of these what has its main clock open,
    /// then what has another one, then what has none; of these by the clock's due time. An internal clock that is long overdue
    /// never stands before a statutory one.
    fn urgency(&self) -> i64 {
        let grave = self.event_grade.max(self.opinion_grade) >= Grade::Major;
        let (clock, due) = match (self.main_due_at, self.first_due_at) {
            (Some(main), _) => (0, main.ms()),
            (None, Some(first)) => (1, first.ms()),
            (None, None) => (2, self.detected_at.ms()),
        };
        ((if grave { 0 } else { RANKS_OF_A_GRADE }) + clock) * RANK + due
    }
}

impl Tx {
    /// Writes the row of an incident.
    pub async fn put_incident(&mut self, row: &IncidentRow) -> Result<(), StoreError> {
        self.write_incident(row, true).await
    }

    /// The same, but what was written of title, summary, category and analysis stays.
    pub async fn put_incident_state(&mut self, row: &IncidentRow) -> Result<(), StoreError> {
        self.write_incident(row, false).await
    }

    async fn write_incident(&mut self, row: &IncidentRow, about: bool) -> Result<(), StoreError> {
        let values = args![
            &row.id,
            &row.title,
            &row.summary,
            &row.region,
            &row.jurisdiction,
            &row.state,
            row.active,
            row.event_grade,
            row.opinion_grade,
            row.sensitive,
            row.graded,
            &row.lead,
            row.opened_at,
            row.detected_at,
            row.updated_at,
            row.version,
            row.mention_count,
            &row.channels,
            row.main_due_at,
            row.due_order(),
            row.overdue,
            row.pending_approvals,
            &row.category,
            &row.analysis,
            about,
            row.urgency(),
        ];
        self.run(PUT, values).await.map(|_| ())
    }

    /// Writes the title that a person gave.
    pub async fn put_title(&mut self, id: &IncidentId, title: &str) -> Result<(), StoreError> {
        self.run(PUT_TITLE, args![id, title]).await.map(|_| ())
    }

    /// The row of an incident as this transaction sees it.
    pub async fn incident(&mut self, id: &IncidentId) -> Result<Option<IncidentRow>, StoreError> {
        self.optional(INCIDENT, args![id]).await
    }

    /// The rows of several incidents, by id.
    pub async fn incidents_of(&mut self, ids: &[&str]) -> Result<Vec<IncidentRow>, StoreError> {
        self.all(INCIDENTS_OF, args![id_list(ids.iter().copied())]).await
    }
}

impl Store {
    /// Several incidents by id.
    pub async fn incidents_by_id(&self, ids: &[IncidentId]) -> Result<Vec<IncidentRow>, StoreError> {
        self.all(INCIDENTS_OF, args![id_list(ids.iter().map(IncidentId::as_str))]).await
    }

    /// The row of an incident.
    pub async fn incident(&self, id: &IncidentId) -> Result<Option<IncidentRow>, StoreError> {
        self.optional(INCIDENT, args![id]).await
    }

    /// The row of an incident, if it may be seen from there.
    pub async fn incident_visible(&self, id: &IncidentId, from: &Viewpoint) -> Result<Option<IncidentRow>, StoreError> {
        let [body, user] = from.keys();
        self.optional(INCIDENT_VISIBLE, args![id, body, user]).await
    }

    /// A page of incidents: the most urgent first in the views of what is in hand, else the newest first.
    pub async fn incidents(
        &self,
        filter: &IncidentFilter,
        after: Option<&IncidentCursor>,
        limit: i64,
    ) -> Result<Vec<IncidentRow>, StoreError> {
        let (sql, values) = list(self.engine(), filter, after, limit);
        self.all(sql, values).await
    }

    /// Incidents on which something waits for a second person, by number.
    pub async fn waiting_incidents(&self, limit: i64) -> Result<Vec<IncidentRow>, StoreError> {
        self.all(WAITING, args![limit]).await
    }

    /// Numbers for the overview, of all incidents in hand or of those that may be seen from there.
    pub async fn incident_counts(
        &self,
        visible_to: Option<&Viewpoint>,
        now: Instant,
    ) -> Result<IncidentCounts, StoreError> {
        match visible_to.map(Viewpoint::keys) {
            None => self.one(COUNTS, args![now, now + DUE_SOON]).await,
            Some([body, user]) => self.one(COUNTS_SEEN, args![now, now + DUE_SOON, body, user]).await,
        }
    }

    /// Incidents in hand that changed since, those that changed longest ago first, after one of that instant: what mentions
    /// may still join.
    pub async fn active_incidents(
        &self,
        (since, after): (Instant, &IncidentId),
        limit: i64,
    ) -> Result<Vec<(IncidentId, Instant)>, StoreError> {
        self.all(ACTIVE_SINCE, args![since, after, limit]).await
    }
}

/// What holds of an incident whose higher grade is that one at least.
const fn at_least(grade: Grade) -> Option<&'static str> {
    match grade {
        Grade::None => None,
        Grade::General => Some(graded!("k", "'general', 'large', 'major', 'extraordinary'")),
        Grade::Large => Some(graded!("k", "'large', 'major', 'extraordinary'")),
        Grade::Major => Some(graded!("k", "'major', 'extraordinary'")),
        Grade::Extraordinary => Some(graded!("k", "'extraordinary'")),
    }
}

/// The number or the title holds a text.
macro_rules! named {
    () => {
        "k.id LIKE ? ESCAPE '\\' OR lower(k.title) LIKE ? ESCAPE '\\'"
    };
}

/// One of its mentions is among those found, the newest of them.
macro_rules! told {
    ($found:literal) => {
        concat!("k.id IN (SELECT f.incident FROM mentions f WHERE f.incident IS NOT NULL AND ", $found, ")")
    };
}

/// Lists as they are asked for, for the test that asks the planner.
pub(super) fn lists(engine: Engine) -> Vec<(String, Sql)> {
    let body = || Some(Viewpoint::of_body("water"));
    let all = IncidentFilter::default;
    let mut filters: Vec<(String, IncidentFilter)> = Vec::new();
    for view in View::ALL {
        filters.push((format!("{view:?}"), IncidentFilter { view, ..all() }));
        filters.push((format!("{view:?} of a part"), IncidentFilter { view, visible_to: body(), ..all() }));
    }
    let open = || IncidentFilter { view: View::Open, ..all() };
    for (name, filter) in [
        ("region", IncidentFilter { region: Some("jixi".into()), ..open() }),
        ("department", IncidentFilter { department: Some("water".into()), ..open() }),
        ("department of a part", IncidentFilter { department: Some("water".into()), visible_to: body(), ..open() }),
        ("channel", IncidentFilter { channel: Some(Channel::Weibo), ..open() }),
        ("state", IncidentFilter { state: Some("assigned".into()), ..open() }),
        ("category", IncidentFilter { category: Some("housing".into()), ..open() }),
        ("sensitive", IncidentFilter { sensitive: Some(true), ..open() }),
        ("grade", IncidentFilter { at_least: Some(Grade::Major), ..open() }),
        ("words", IncidentFilter { q: Some("停水".to_owned()), ..open() }),
    ] {
        filters.push((name.to_owned(), filter));
    }
    let after = IncidentCursor { key: 1, id: IncidentId::from("1") };
    filters.into_iter().map(|(name, filter)| (name, list(engine, &filter, Some(&after), 50).0)).collect()
}

/// A list in two steps: which rows, by keys that stand in an index, then those rows whole. Whoever sees a part alone has an
/// index of their own; the whole is walked in the order of the list.
fn list(engine: Engine, filter: &IncidentFilter, after: Option<&IncidentCursor>, limit: i64) -> (Sql, Vec<Value>) {
    let by_urgency = filter.view.by_urgency();
    let department = filter.department.clone().map(Viewpoint::of_body);
    let (viewer, and_seen) = match (&department, &filter.visible_to) {
        (Some(department), visible_to) => (Some(department), visible_to.as_ref()),
        (None, visible_to) => (visible_to.as_ref(), None),
    };
    let mut query = match viewer.map(Viewpoint::keys) {
        None => Filter::new(concat!("SELECT ", columns!(), " FROM (SELECT k.id FROM incidents k")),
        Some([body, user]) if by_urgency => Filter::with(
            concat!(
                "SELECT ",
                columns!(),
                " FROM (SELECT k.id FROM ",
                all_seen!("?", "?", " AND v.active = TRUE"),
                " s CROSS JOIN incidents k"
            ),
            args![body, user],
        ),
        Some([body, user]) => Filter::with(
            concat!("SELECT ", columns!(), " FROM (SELECT k.id FROM ", all_seen!(), " s CROSS JOIN incidents k"),
            args![body, user],
        ),
    };
    if viewer.is_some() {
        query.and("k.id = s.id", Vec::new());
    }
    if by_urgency {
        query.and("k.active", Vec::new());
    }
    if let Some(condition) = filter.view.condition() {
        query.and(condition, Vec::new());
    }
    if filter.view == View::DueSoon {
        query.and("k.main_due_at >= ? AND k.main_due_at <= ?", args![filter.now, filter.now + DUE_SOON]);
    }
    query.and_seen(seen!("k.id"), and_seen);
    query.and_if("k.region = ?", filter.region.as_ref());
    // Channels are a JSON list of names without quotes in them.
    query.and_if("k.channels LIKE ?", filter.channel.map(|channel| format!("%\"{}\"%", channel.id())));
    query.and_if("k.state = ?", filter.state.as_ref());
    query.and_if("k.category = ?", filter.category.as_ref());
    query.and_if("k.sensitive = ?", filter.sensitive);
    if let Some(condition) = filter.at_least.and_then(at_least) {
        query.and(condition, Vec::new());
    }
    query.and_if("k.detected_at >= ?", filter.from);
    query.and_if("k.detected_at < ?", filter.to);
    if let Some(judged) = filter.judged {
        query.and(judged.condition(), Vec::new());
    }
    if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        let pattern = contains(q);
        match (search::query(&[q.to_owned()], engine), engine) {
            (Some(words), Engine::Sqlite) => query.and(
                concat!(
                    named!(),
                    " OR ",
                    told!(
                        "f.n IN (SELECT rowid FROM mention_words WHERE mention_words MATCH ? \
                 ORDER BY rowid DESC LIMIT 2000)"
                    )
                ),
                args![&pattern, &pattern, words],
            ),
            (Some(words), Engine::Postgres) => query.and(
                concat!(named!(), " OR ", told!("f.words @@ CAST(? AS tsquery) ORDER BY f.n DESC LIMIT 2000")),
                args![&pattern, &pattern, words],
            ),
            (None, _) => query.and(named!(), args![&pattern, &pattern]),
        }
    }
    if by_urgency {
        if let Some(after) = after {
            query.and("k.urgency > ? OR (k.urgency = ? AND k.id > ?)", args![after.key, after.key, &after.id]);
        }
        query.then(
            "ORDER BY k.urgency, k.id LIMIT ?) p CROSS JOIN incidents i WHERE i.id = p.id ORDER BY i.urgency, i.id",
            args![limit],
        )
    } else {
        if let Some(after) = after {
            query.and("k.detected_at < ? OR (k.detected_at = ? AND k.id < ?)", args![after.key, after.key, &after.id]);
        }
        query.then(
            "ORDER BY k.detected_at DESC, k.id DESC LIMIT ?) p CROSS JOIN incidents i WHERE i.id = p.id \
             ORDER BY i.detected_at DESC, i.id DESC",
            args![limit],
        )
    }
}
