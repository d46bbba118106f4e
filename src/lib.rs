//! 回应 Huiying: collectors → Chinese text analysis → incidents → assignment → statutory clocks → escalation →
//! response → report, for a city government that must answer in time and be able to prove it.
//!
//! `ARCHITECTURE.md` is the map.

pub mod acts;
pub mod cli;
pub mod collect;
pub mod config;
pub mod correlate;
pub mod domain;
pub mod engine;
pub mod notify;
pub mod replay;
pub mod report;
pub mod rules;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod time;
pub mod web;
