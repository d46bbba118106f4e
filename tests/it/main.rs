//! Everything that needs the built binary, a database or a folder, in one test binary (one link, not twenty).

mod api;
mod calendar;
mod collect;
mod copied;
mod crash;
mod cut;
mod histories;
mod house;
mod integrity;
mod kills;
mod model;
mod nodes;
mod postgres;
mod private;
mod rebuilt;
mod record;
mod scenario;
mod simulation;
mod store;
mod verified;
