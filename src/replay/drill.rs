//! A drill (演练): the scenario's lines come at their instants on a clock that runs faster than the wall's, on the very
//! engine that serves the pages.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::time::SharedClock;

use super::player::{Player, PlayerError};
use super::scenario::Scenario;

/// The drill that ships with the product: a believable three days, written for it.
pub const DRILL: &str = include_str!("../../scenarios/drill.jsonl");
/// Longest wait between two looks at the clock.
const WAIT_MAX_S: f64 = 1.0;

/// Plays the lines as the clock reaches them, until the last or until told to stop. Refused lines are logged.
///
/// # Errors
/// [`PlayerError`]: nothing more can be played.
pub async fn play_live(
    scenario: &Scenario,
    player: &mut Player,
    clock: &SharedClock,
    stop: &CancellationToken,
) -> Result<(), PlayerError> {
    for line in &scenario.lines {
        loop {
            let left = (line.at - clock.now()).ms() as f64 / 1000.0 / clock.speed();
            if left <= 0.0 {
                break;
            }
            let wait = Duration::from_secs_f64(left.min(WAIT_MAX_S));
            if tokio::time::timeout(wait, stop.cancelled()).await.is_ok() {
                return Ok(());
            }
        }
        if let Some(why) = player.play(line, clock.now()).await? {
            tracing::info!(%why, "a line of the drill was refused");
        }
    }
    Ok(())
}
