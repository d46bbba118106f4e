//! Who may see an incident: the projection of `domain/incident/viewers.rs` that every list, count and search joins.

use std::collections::BTreeSet;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::ids::{IncidentId, UserId};
use crate::domain::incident::{ViewReason, Viewer, Viewpoint};
use crate::domain::instant::Instant;

/// That an incident is seen by one of two viewers, which are the next two values of a [`super::sql::Filter`], or are named:
/// two look-ups a row, for lists that find what they show soon.
macro_rules! seen {
    ($incident:literal) => {
        $crate::store::viewer::seen!($incident, "?", "?")
    };
    ($incident:literal, $body:literal, $user:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM viewers v WHERE v.incident = ",
            $incident,
            " AND v.viewer IN (",
            $body,
            ", ",
            $user,
            ") AND v.until_at IS NULL)"
        )
    };
}
pub(super) use seen;

/// All that one of two viewers sees, each incident once, with the keys of the lists' orders: what a list starts from whose
/// viewer sees a small part of the whole. The keys are kept by triggers on `incidents`.
macro_rules! all_seen {
    () => {
        $crate::store::viewer::all_seen!("?", "?", "")
    };
    ($body:literal, $user:literal, $more:literal) => {
        concat!(
            "(SELECT DISTINCT v.incident AS id, v.urgency, v.detected_at FROM viewers v WHERE v.until_at IS NULL \
             AND v.viewer IN (",
            $body,
            ", ",
            $user,
            ")",
            $more,
            ")"
        )
    };
}
pub(super) use all_seen;

/// Who sees at least so many incidents sees much of everything: what is newest there is found sooner by walking the whole
/// from its newest end.
const MANY: i64 = 8_000;

/// What an incident's row says, or something else before it is written.
macro_rules! of {
    ($column:literal, $else:literal) => {
        concat!("COALESCE((SELECT ", $column, " FROM incidents WHERE id = $1), ", $else, ")")
    };
}

statements! {
    PUT = concat!("INSERT INTO viewers (incident, viewer, why, until_at, until_version, active, urgency, detected_at) \
        VALUES ($1, $2, $3, NULL, NULL, ", of!("active", "TRUE"), ", ", of!("urgency", "0"), ", ", of!("detected_at", "0"),
        ") ON CONFLICT (incident, viewer, why) DO UPDATE SET until_at = NULL, until_version = NULL");
    COUNT = "SELECT COUNT(*) FROM (SELECT 1 FROM viewers WHERE until_at IS NULL AND viewer IN ($1, $2) LIMIT $3) AS few";
    /// Standing rows that are not among these, a JSON list of `viewer why`.
    END = "UPDATE viewers SET until_at = $2, until_version = $3 WHERE incident = $1 AND until_at IS NULL \
        AND why <> 'told' AND viewer || ' ' || why NOT IN (SELECT value FROM json_each($4))"
        => "UPDATE viewers SET until_at = $2, until_version = $3 WHERE incident = $1 AND until_at IS NULL \
        AND why <> 'told' AND viewer || ' ' || why NOT IN (SELECT jsonb_array_elements_text(CAST($4 AS jsonb)))";
    STANDING = "SELECT incident, viewer, why FROM viewers WHERE until_at IS NULL \
        AND incident IN (SELECT value FROM json_each($1))"
        => "SELECT incident, viewer, why FROM viewers WHERE until_at IS NULL \
        AND incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))";
    DELETE = "DELETE FROM viewers WHERE incident = $1 AND until_at IS NULL";
    /// Those who see it, and those who still did at a version.
    AFTER = "SELECT viewer FROM viewers WHERE incident = $1 AND (until_at IS NULL OR until_version > $2)";
}

/// Who sees an incident, and why, as the table holds them.
pub type StandingViewers = BTreeSet<(String, String)>;

impl Tx {
    /// Writes who may see an incident from now on; those who were told stay.
    pub async fn put_viewers(
        &mut self,
        incident: &IncidentId,
        viewers: &BTreeSet<(Viewer, ViewReason)>,
        (version, now): (i64, Instant),
    ) -> Result<(), StoreError> {
        let keys: Vec<String> = viewers.iter().map(|(viewer, why)| format!("{viewer} {}", why.id())).collect();
        self.run(END, args![incident, now, version, id_list(keys.iter().map(String::as_str))]).await?;
        for (viewer, why) in viewers {
            self.put_viewer(incident, &viewer.to_string(), why.id()).await?;
        }
        Ok(())
    }

    /// Accounts that an escalation told.
    pub async fn put_told(&mut self, incident: &IncidentId, users: &[UserId]) -> Result<(), StoreError> {
        for user in users {
            self.put_viewer(incident, &Viewer::User(user.clone()).to_string(), ViewReason::Told.id()).await?;
        }
        Ok(())
    }

    async fn put_viewer(&mut self, incident: &IncidentId, viewer: &str, why: &str) -> Result<(), StoreError> {
        self.run(PUT, args![incident, viewer, why]).await.map(|_| ())
    }

    /// Writes all that may see an incident anew. Rows whose time is over stay as they are.
    pub async fn put_viewers_anew(
        &mut self,
        incident: &IncidentId,
        viewers: &StandingViewers,
    ) -> Result<(), StoreError> {
        self.run(DELETE, args![incident]).await?;
        for (viewer, why) in viewers {
            self.put_viewer(incident, viewer, why).await?;
        }
        Ok(())
    }

    /// Who may see these incidents, and why.
    pub async fn viewers_of(&mut self, incidents: &[&str]) -> Result<Vec<(IncidentId, String, String)>, StoreError> {
        self.all(STANDING, args![id_list(incidents.iter().copied())]).await
    }
}

impl Store {
    /// Whether it is much of everything that may be seen from there.
    pub(super) async fn sees_much(&self, from: &Viewpoint) -> Result<bool, StoreError> {
        let [body, user] = from.keys();
        Ok(self.one::<(i64,)>(COUNT, args![body, user, MANY]).await?.0 >= MANY)
    }

    /// Who may see an incident, and who could at that version and has lost it since, as `Viewpoint::keys` names them.
    pub async fn viewers_after(&self, id: &IncidentId, version: i64) -> Result<BTreeSet<String>, StoreError> {
        let rows: Vec<(String,)> = self.all(AFTER, args![id, version]).await?;
        Ok(rows.into_iter().map(|(viewer,)| viewer).collect())
    }
}
