//! The API from the outside: requests into the router, as a browser or another system sends them.

mod acts;
mod doors;
mod groups;
mod ingest;
mod live;
mod login;
mod matrix;
mod openapi;
mod robust;
pub mod service;
mod users;
mod visibility;
