//! Clocks (时限), the product's noun: their kinds and lengths, the plan that is frozen when one starts, what fires by itself
//! as time passes, how one stands, and what may become of it. Incidents and official posts have the same ones.

mod event;
mod kind;
mod length;
mod plan;
mod running;
mod timer;

pub use event::{ClockEvent, ClockRef, CustodyShare};
pub use kind::{ClockKind, Force};
pub use length::{Duration, Length, LengthError, parse_span, print_span};
pub use plan::{
    Cause, ClockPlan, Facts, PlanError, PlannedStep, Setting, Warning, called_for, cap, due, main_clock, operational,
    plan,
};
pub use running::{Clock, Verdict, clock_mut};
pub use timer::{Timer, timers};
