//! Scenarios played on the real engine under another clock: `huiying replay` as fast as it goes, a drill with the clock
//! running faster than the wall's.

mod drill;
mod player;
mod scenario;

pub use drill::{DRILL, play_live};
pub use player::{Outcome, Player, PlayerError, replay};
pub use scenario::{Deed, Line, Scenario, ScenarioError, Setup};
