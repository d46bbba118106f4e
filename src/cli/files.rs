//! How many files the process may open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files kept for everything besides connections: databases, sources, mail, the binary's own.
pub const KEPT: usize = 512;
/// More than this is never needed.
const WANTED: u64 = 65_536;

/// Raises the limit as far as the system lets us, and gives what it is then.
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // None is no limit.
    let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
    let mut now = limit.current.unwrap_or(WANTED);
    if now < most {
        match setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: limit.maximum }) {
            Ok(()) => now = most,
            Err(error) => tracing::warn!(%error, "the limit of open files can't be raised"),
        }
    }
    usize::try_from(now).unwrap_or(usize::MAX)
}
