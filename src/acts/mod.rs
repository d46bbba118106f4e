//! Acts: load → decide → append → project → wake; the one way in for web, engine and replay.

pub mod administration;
