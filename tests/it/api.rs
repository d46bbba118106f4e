//! The API from the outside: requests into the router, as a browser or another system sends them.

mod acts;
mod blind;
mod doors;
mod groups;
mod homes;
mod ingest;
mod live;
mod login;
mod matrix;
mod openapi;
mod pictures;
mod robust;
mod rule_files;
pub mod service;
mod setup;
mod users;
mod visibility;
