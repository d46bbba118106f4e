//! The store: SQLite (the embedded default) or PostgreSQL (several nodes), chosen by `database.url`, with one SQL text
//! wherever possible. One file per aggregate; every statement is a constant that a test prepares on both databases.
//!
//! Reads go through [`Store`], writes through a [`Tx`]. The audit events are what is stored first
//! ([`Tx::append`]); the other tables are projections of them, written in the same transaction together with the outbox.
//! The store holds JSON of the layers above it (snapshots, analyses, plans) as text and does not look into it.

mod arrival;
mod backup;
mod clock;
mod copy;
mod correction;
mod counter;
mod delivery;
mod engagement;
mod errand;
mod error;
mod escalation;
mod evidence;
mod frontier;
mod host;
mod import;
mod incident;
mod mention;
mod migrate;
mod notification;
mod open;
mod open_read;
mod orphan;
mod outbox;
mod picture;
mod place;
mod postgres_tools;
mod reject;
mod retention;
mod rule_version;
mod same;
mod seal;
mod search;
mod session;
mod source;
mod sql;
mod stream;
mod stuck;
mod task;
mod tx;
mod types;
mod user;
mod version;
mod viewer;
mod watch;

pub use arrival::ArrivalRow;
pub use backup::{Backup, Contents, Restored, restore};
pub use clock::{ClockFilter, ClockRow, RunningClock};
pub use copy::{Copied, copy};
pub use correction::{CorrectionRow, TaughtRow};
pub use delivery::FaultRow;
pub use engagement::{LookRow, Together, together};
pub use errand::ErrandRow;
pub use error::StoreError;
pub use escalation::{EscalationFilter, EscalationRow, ToldRow};
pub use evidence::EvidenceRow;
pub use frontier::{SourceItemCounts, SourceItemRow};
pub use host::HostRow;
pub use import::ImportRow;
pub use incident::{IncidentCounts, IncidentCursor, IncidentFilter, IncidentRow, Judged, View};
pub use mention::{
    CorrelationRow, Finished, Inserted, LetterAnswer, Letters, MentionCounts, MentionFilter, MentionRow, NewMention,
    STATUS_DONE, STATUS_FAILED, STATUS_PENDING, TextRow,
};
pub use notification::{NewNotification, NotificationRow};
pub use open::{Store, StoreOptions};
pub use orphan::Orphan;
pub use outbox::{NewOutbox, OutboxRow};
pub use picture::{ClocksRow, CurveRow, HotRow, MemberRow, OpenRow, UndeliveredRow, VolumeRow, Window};
pub use place::PlaceRow;
pub use reject::{NewReject, RejectRow};
pub use rule_version::{NewRuleVersion, RuleVersionRow};
pub use same::{NewSuggestion, NotSameRow, SameRow, SuggestionRow};
pub use seal::SealRow;
pub use search::words;
pub use session::SessionRow;
pub use source::{SourcePage, SourceRow};
pub use sql::Engine;
pub use stream::{Append, DueStream, EventRow, NewEvent, RecordFilter, StoredStream, StreamHead};
pub use stuck::StuckRow;
pub use task::TaskRow;
pub use tx::{Savepoint, Tx};
pub use types::Json;
pub use user::{CredentialRow, UserRow};
pub use version::VersionRow;
pub use viewer::StandingViewers;
pub use watch::{Changes, Watch};

/// Every constant statement with the file and name it has, for the test that prepares them all.
#[doc(hidden)]
pub fn statements(engine: Engine) -> Vec<(String, String)> {
    let files: Vec<(&str, Vec<(&str, sql::Sql)>)> = vec![
        ("clock", clock::statements()),
        ("correction", correction::statements()),
        ("counter", counter::statements()),
        ("delivery", delivery::statements()),
        ("engagement", engagement::statements()),
        ("errand", errand::statements()),
        ("escalation", escalation::statements()),
        ("evidence", evidence::statements()),
        ("frontier", frontier::statements()),
        ("host", host::statements()),
        ("import", import::statements()),
        ("incident", incident::statements()),
        ("mention", mention::statements()),
        ("notification", notification::statements()),
        ("orphan", orphan::statements()),
        ("outbox", outbox::statements()),
        ("picture", picture::statements()),
        ("place", place::statements()),
        ("reject", reject::statements()),
        ("retention", retention::statements()),
        ("rule_version", rule_version::statements()),
        ("same", same::statements()),
        ("arrival", arrival::statements()),
        ("backup", backup::statements()),
        ("seal", seal::statements()),
        ("session", session::statements()),
        ("source", source::statements()),
        ("stream", stream::statements()),
        ("stuck", stuck::statements()),
        ("task", task::statements()),
        ("tx", tx::statements()),
        ("user", user::statements()),
        ("version", version::statements()),
        ("viewer", viewer::statements()),
        ("watch", watch::statements()),
    ];
    let mut all = Vec::new();
    for (file, statements) in files {
        for (name, sql) in statements {
            all.push((format!("{file}::{name}"), sql.text(engine).as_str().to_owned()));
        }
    }
    all
}

/// The statements of lists, which are put together by what is asked for: each filter alone, for those who see everything and
/// for those who see a part. For the tests that prepare them and ask the planner.
#[doc(hidden)]
pub fn lists(engine: Engine) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (file, lists) in [
        ("incident", incident::lists(engine)),
        ("mention", mention::lists(engine)),
        ("clock", clock::lists()),
        ("escalation", escalation::lists()),
    ] {
        let named = |(name, sql): (String, sql::Sql)| (format!("{file} {name}"), sql.text(engine).as_str().to_owned());
        all.extend(lists.into_iter().map(named));
    }
    all
}
