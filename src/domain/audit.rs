//! The audit chain (`domain.md` §5 item 18): every event's hash covers the one before it and the bytes that are stored.

use sha2::{Digest, Sha256};

use super::instant::Instant;

/// What the first event of a stream names as its predecessor.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What one stored event is made of. `body` is the exact stored text; hashing anything re-serialised would let a later
/// version's serialiser break old chains.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The stream that the event belongs to.
    pub stream: &'a str,
    /// Its number there, from 1 without gaps.
    pub seq: i64,
    /// When it was recorded.
    pub at: Instant,
    /// Who did it.
    pub by: &'a str,
    /// The stored JSON text.
    pub body: &'a str,
}

/// SHA-256 in hex over the previous hash and all parts of the link, each with its length, so that no two different
/// links give the same input.
pub fn chain(previous: &str, link: Link<'_>) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(previous.as_bytes());
    part(link.stream.as_bytes());
    part(&link.seq.to_be_bytes());
    part(&link.at.ms().to_be_bytes());
    part(link.by.as_bytes());
    part(link.body.as_bytes());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_matters() {
        let link = Link { stream: "incident/1", seq: 1, at: Instant::from_ms(5), by: "analyst", body: "{}" };
        let hash = chain(GENESIS, link);
        assert_eq!(hash, chain(GENESIS, link));
        for other in [
            Link { stream: "incident/2", ..link },
            Link { seq: 2, ..link },
            Link { at: Instant::from_ms(6), ..link },
            Link { by: "analyst2", ..link },
            Link { body: "{ }", ..link },
        ] {
            assert_ne!(hash, chain(GENESIS, other));
        }
        assert_ne!(hash, chain(&hash, link));
    }
}
