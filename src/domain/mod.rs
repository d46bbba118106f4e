//! The pure core: what an office is bound to, as functions of facts and instants (no I/O, no clock of its own).
//!
//! *command → [`incident::decide`] → events → [`incident::evolve`]*; everything that happens to an incident passes
//! through these, so replay, verification, drill and crash recovery are the same code.

pub mod actor;
pub mod administration;
pub mod audit;
pub mod body;
pub mod calendar;
pub mod clock;
pub mod correlation;
pub mod digest;
pub mod errand;
pub mod grade;
pub mod ids;
pub mod incident;
pub mod instant;
pub mod json_words;
pub mod ledger;
pub mod mention;
pub mod notice;
pub mod office;
pub mod official_post;
pub mod policy;
pub mod prepared;
pub mod public_holiday;
pub mod routing;
pub mod seal;
pub mod signature;
pub mod spelling;
pub mod strict_json;
pub mod terms;
