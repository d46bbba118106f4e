//! The HTTP side: router, log-in, problems, one file per noun of the API, live events, the embedded dashboards.

mod assets;
pub mod authorise;
mod extract;
mod headers;
pub mod password;
pub mod problem;
pub mod signature;
