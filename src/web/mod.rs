//! The HTTP side: router, log-in, problems, one file per noun of the API, live events, the embedded dashboards.

mod address;
pub mod api;
mod assets;
pub mod authorise;
mod brief;
mod device;
pub mod doors;
mod extract;
mod headers;
mod health;
pub mod live;
mod login;
mod openapi;
mod page;
pub mod password;
mod presence;
pub mod problem;
pub mod room;
mod router;
mod schema;
pub mod session;
pub mod signature;
pub mod state;
mod streams;
mod turn;
mod unread;
mod upload;
mod verifying;

pub use extract::BODY_WITHIN;
pub use health::CONTACT;
pub use openapi::document;
pub use router::router;
pub use state::{App, Parts};
