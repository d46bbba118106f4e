//! What nodes share of their deliveries (投递): the pace of each robot, and what refuses us.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    INIT_PACE = "INSERT INTO robot_paces (robot, made) VALUES ($1, '[]') ON CONFLICT (robot) DO NOTHING";
    /// Locked, so that two nodes do not both take the last call of a minute.
    PACE = "SELECT made, paused_until FROM robot_paces WHERE robot = $1"
        => "SELECT made, paused_until FROM robot_paces WHERE robot = $1 FOR UPDATE";
    PUT_PACE = "UPDATE robot_paces SET made = $2, paused_until = $3 WHERE robot = $1";
    RAISE = "INSERT INTO delivery_faults (subject, channel, given_up, why, since) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (subject) DO NOTHING";
    END = "DELETE FROM delivery_faults WHERE subject = $1";
    OF_CHANNEL = "SELECT subject, channel, given_up, why, since FROM delivery_faults WHERE channel = $1 ORDER BY subject";
    ALL = "SELECT subject, channel, given_up, why, since FROM delivery_faults ORDER BY since, subject LIMIT $1";
    PRUNE = "DELETE FROM delivery_faults WHERE given_up AND since < $1";
}

/// Something that refuses us, since when.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FaultRow {
    /// A channel, a robot of it, or a recipient on it.
    pub subject: String,
    /// The channel.
    pub channel: String,
    /// Whether notices to it were given up; else they wait.
    pub given_up: bool,
    /// What it said when it was first noticed.
    pub why: String,
    /// When that was.
    pub since: Instant,
}

impl Tx {
    /// The pace of a robot, locked until the end of the transaction: its calls as a JSON list of milliseconds UTC, and until
    /// when it is paused.
    pub async fn robot_pace(&mut self, robot: &str) -> Result<(String, Option<Instant>), StoreError> {
        self.run(INIT_PACE, args![robot]).await?;
        self.one(PACE, args![robot]).await
    }

    /// Writes the pace of a robot.
    pub async fn put_robot_pace(
        &mut self,
        robot: &str,
        made: &str,
        paused_until: Option<Instant>,
    ) -> Result<(), StoreError> {
        self.run(PUT_PACE, args![robot, made, paused_until]).await.map(|_| ())
    }

    /// Raises an alarm about a delivery; false if it was raised already.
    pub async fn raise_fault(&mut self, fault: &FaultRow) -> Result<bool, StoreError> {
        let values = args![&fault.subject, &fault.channel, fault.given_up, &fault.why, fault.since];
        Ok(self.run(RAISE, values).await? > 0)
    }

    /// Ends one; false if none was raised.
    pub async fn end_fault(&mut self, subject: &str) -> Result<bool, StoreError> {
        Ok(self.run(END, args![subject]).await? > 0)
    }

    /// What is raised about a channel, as this transaction sees it.
    pub async fn faults_of(&mut self, channel: &str) -> Result<Vec<FaultRow>, StoreError> {
        self.all(OF_CHANNEL, args![channel]).await
    }

    /// Forgets given-up recipients from before an instant: who is told nothing any more is never accepted either.
    pub async fn prune_faults(&mut self, before: Instant) -> Result<u64, StoreError> {
        self.run(PRUNE, args![before]).await
    }
}

impl Store {
    /// What is raised, the oldest first.
    pub async fn faults(&self, limit: i64) -> Result<Vec<FaultRow>, StoreError> {
        self.all(ALL, args![limit]).await
    }
}
