//! The daily seal (日封): one hash over where every stream stood that grew on a day, chained to the seal of the day before.
//! Kept off the machine, it shows what the chains alone can't: that a whole tail was cut off, or a chain written anew.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::audit::GENESIS;

/// Where a stream stood at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The stream.
    pub stream: String,
    /// Number of its last event of that day.
    pub seq: i64,
    /// That event's hash.
    pub hash: String,
}

/// The seal of one day; its JSON is the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The day in Beijing, `YYYY-MM-DD`.
    pub day: String,
    /// Hash of the seal before; zeros for the first.
    pub previous: String,
    /// Streams that grew on that day, by name.
    pub heads: Vec<Head>,
    /// Hash over all of that.
    pub hash: String,
}

impl Seal {
    /// Seals a day. The same heads after the same seal give the same seal, whoever makes it and whenever.
    pub fn new(day: String, previous: Option<&str>, heads: Vec<Head>) -> Self {
        let previous = previous.unwrap_or(GENESIS).to_owned();
        let hash = hash(&day, &previous, &heads);
        Self { day, previous, heads, hash }
    }

    /// Whether its hash is that of what it says.
    pub fn holds(&self) -> bool {
        self.hash == hash(&self.day, &self.previous, &self.heads)
    }
}

/// SHA-256 in hex over all parts, each with its length, so that no two different seals give the same input.
fn hash(day: &str, previous: &str, heads: &[Head]) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(day.as_bytes());
    part(previous.as_bytes());
    for head in heads {
        part(head.stream.as_bytes());
        part(&head.seq.to_be_bytes());
        part(head.hash.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(stream: &str, seq: i64) -> Head {
        Head { stream: stream.into(), seq, hash: "aa".into() }
    }

    #[test]
    fn every_part_matters() {
        let seal = Seal::new("2026-05-11".into(), None, vec![head("incident/1", 3)]);
        assert!(seal.holds());
        assert_eq!(seal.previous, GENESIS);
        let others = [
            Seal { day: "2026-05-12".into(), ..seal.clone() },
            Seal { previous: seal.hash.clone(), ..seal.clone() },
            Seal { heads: vec![head("incident/1", 2)], ..seal.clone() },
            Seal { heads: vec![head("incident/2", 3)], ..seal.clone() },
            Seal { heads: vec![], ..seal.clone() },
        ];
        for other in others {
            assert!(!other.holds(), "{other:?}");
        }
        let next = Seal::new("2026-05-12".into(), Some(&seal.hash), vec![]);
        assert!(next.holds() && next.hash != seal.hash);
    }
}
