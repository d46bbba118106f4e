//! What a referral hands over (移交材料): sealed with its text when it is proposed, and never changed or deleted.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO referral_evidence (incident, record, n, mention, content_hash, sealed_at, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OF_RECORD = "SELECT incident, record, n, mention, content_hash, sealed_at, body FROM referral_evidence \
        WHERE incident = $1 AND record = $2 ORDER BY n";
    /// A handful: only an auditor asks.
    RECORDS = "SELECT DISTINCT incident, record FROM referral_evidence ORDER BY incident, record";
}

/// One mention as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EvidenceRow {
    /// Incident on which the referral stands.
    pub incident: IncidentId,
    /// Id of the referral there.
    pub record: String,
    /// Place, from 1.
    pub n: i64,
    /// Which mention.
    pub mention: MentionId,
    /// SHA-256 of title and text, as the event has it.
    pub content_hash: String,
    /// When it was sealed.
    pub sealed_at: Instant,
    /// What was sealed, JSON.
    pub body: String,
}

impl Tx {
    /// Seals one mention.
    pub async fn seal_evidence(&mut self, row: &EvidenceRow) -> Result<(), StoreError> {
        let values =
            args![&row.incident, &row.record, row.n, &row.mention, &row.content_hash, row.sealed_at, &row.body];
        self.run(PUT, values).await.map(|_| ())
    }
}

impl Store {
    /// What a referral hands over, in order.
    pub async fn evidence(&self, incident: &IncidentId, record: &str) -> Result<Vec<EvidenceRow>, StoreError> {
        self.all(OF_RECORD, args![incident, record]).await
    }

    /// Incidents and referrals for which something is sealed.
    pub async fn evidence_records(&self) -> Result<Vec<(IncidentId, String)>, StoreError> {
        self.all(RECORDS, Vec::new()).await
    }
}
