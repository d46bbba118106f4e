//! What is written of a record, and how it is read again. Nothing is appended that does not read back equal, the state
//! included: a record that can't be read would stop its case for good.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::{IncidentId, PostId};
use crate::domain::incident::{self, Event, Incident};
use crate::domain::instant::Instant;
use crate::domain::official_post::{self, OfficialPost, PostEvent};
use crate::store::{EventRow, StoredStream, Tx};

use super::{ActError, incident_of, post_of};

/// The JSON that is stored of a value.
///
/// # Errors
/// [`ActError::Unkept`] if it would not read back equal.
pub(super) fn kept<T: Serialize + DeserializeOwned + PartialEq>(stream: &str, value: &T) -> Result<String, ActError> {
    json_of(value).map_err(|why| {
        tracing::error!(stream, why, "what was decided does not read back equal; nothing was written");
        ActError::Unkept { stream: stream.to_owned(), why }
    })
}

/// The same, or why it would not read back.
pub(super) fn json_of<T: Serialize + DeserializeOwned + PartialEq>(value: &T) -> Result<String, String> {
    let json = serde_json::to_string(value).map_err(|error| error.to_string())?;
    match serde_json::from_str::<T>(&json) {
        Ok(read) if read == *value => Ok(json),
        Ok(_) => Err("写下的与读回的不同".to_owned()),
        Err(error) => Err(format!("写下后读不回：{error}")),
    }
}

/// Of a stored state, what is asked for.
pub(super) fn read_state<T: DeserializeOwned>(stream: &str, json: &str) -> Result<T, ActError> {
    serde_json::from_str(json).map_err(|error| unreadable(stream, error))
}

fn unreadable(stream: &str, why: impl std::fmt::Display) -> ActError {
    ActError::State { stream: stream.to_owned(), why: why.to_string() }
}

/// What a stream is the record of: its state as stored, or as it follows from its events where the stored one can't be read.
pub(super) trait Recorded: DeserializeOwned {
    /// After these events.
    fn folded(stream: &str, events: &[EventRow]) -> Result<Self, ActError>;

    /// The state, within a transaction.
    async fn of(tx: &mut Tx, stored: &StoredStream) -> Result<Self, ActError> {
        match serde_json::from_str(&stored.state) {
            Ok(state) => Ok(state),
            Err(error) => {
                tracing::warn!(stream = stored.stream, %error, "the stored state can't be read; it is made anew of the events");
                Self::folded(&stored.stream, &tx.events_of(&[&stored.stream]).await?)
            }
        }
    }
}

impl Recorded for Incident {
    fn folded(stream: &str, events: &[EventRow]) -> Result<Self, ActError> {
        let id = incident_of(stream).unwrap_or_else(|| IncidentId::from(stream));
        let begin = Self { id, ..Self::default() };
        fold(stream, events, begin, |state, at, event: Event| incident::evolve(state, at, &event))
    }
}

impl Recorded for OfficialPost {
    fn folded(stream: &str, events: &[EventRow]) -> Result<Self, ActError> {
        let id = post_of(stream).unwrap_or_else(|| PostId::from(stream));
        let begin = Self { id, ..Self::default() };
        fold(stream, events, begin, |state, at, event: PostEvent| official_post::evolve(state, at, &event))
    }
}

fn fold<S, E: DeserializeOwned>(
    stream: &str,
    events: &[EventRow],
    begin: S,
    evolve: impl Fn(S, Instant, E) -> S,
) -> Result<S, ActError> {
    events.iter().try_fold(begin, |state, row| {
        let event = serde_json::from_str(&row.body);
        event
            .map(|event| evolve(state, row.at, event))
            .map_err(|error| unreadable(stream, format!("第 {} 条：{error}", row.seq)))
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq)]
    struct Twice {
        watch: Option<Option<i64>>,
        score: f64,
    }

    #[test]
    fn what_does_not_read_back_equal_is_not_kept() {
        assert!(json_of(&Twice { watch: None, score: 0.1 }).is_ok());
        assert!(json_of(&Twice { watch: Some(Some(1)), score: 1.0 / 3.0 }).is_ok());
        assert_eq!(json_of(&Twice { watch: Some(None), score: 0.0 }), Err("写下的与读回的不同".to_owned()));
        assert!(json_of(&Twice { watch: None, score: f64::NAN }).unwrap_err().contains("读不回"));
        assert!(json_of(&Instant::from_ms(i64::MAX)).is_err(), "no calendar has that day");
    }
}
