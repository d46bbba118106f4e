//! What an office hands in (报表): 台账 and 成绩单, made of the record alone. One file per product; rows go out as they are
//! made, so that no year is too long for the memory.

mod case;
mod ledger;
mod listed;
mod scorecard;
mod table;

pub use case::{Case, outcome};
pub use ledger::Ledger;
pub use listed::{ListedCase, write_listed};
pub use scorecard::{BodyScore, Scorecard};
pub use table::{Format, ReportError};
