//! The rule files of a running service, looked at again and again: what somebody edits in the folder takes effect without a
//! restart, and a mistake there changes nothing.

use std::time::Duration;

use crate::acts::rule_files::{RuleFiles, SaveError};
use crate::rules::live::Look;
use crate::time::SharedClock;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Follows the files as long as the process lives; one that `keeps` writes what it finds down as editions.
pub async fn follow(files: RuleFiles, clock: SharedClock, keeps: bool) {
    if keeps && let Err(error) = files.begin(clock.now()).await {
        tracing::warn!(%error, "the rule files can't be kept as editions");
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        match seen(&files, &clock, keeps).await {
            Ok(Look::Same) => {}
            Ok(Look::Renewed) => tracing::info!(version = files.live().rules().version, "another edition of the rules"),
            Ok(Look::Wrong) => {
                for error in files.live().wrong().iter().take(5) {
                    tracing::error!("规则有误，仍按原规则办理：{error}");
                }
            }
            Err(error) => tracing::warn!(%error, "the rule files can't be looked at"),
        }
    }
}

async fn seen(files: &RuleFiles, clock: &SharedClock, keeps: bool) -> Result<Look, SaveError> {
    if keeps { files.follow(clock.now()).await } else { files.look().await }
}
