//! One request and its answer (一次请求): the body is read as it comes, decoded, up to what the source allows, and large ones
//! within a room that all requests of the process share.

use std::sync::Arc;

use reqwest::header::{self, HeaderValue};
use reqwest::{Client, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::fetch::{Body, Fetched, Validators, Wanted};
use super::fetch_error::{FetchError, network, pause};

/// Longest validator (`ETag`, `Last-Modified`) that is remembered.
const VALIDATOR_BYTES_MAX: usize = 1_024;
/// Ways to compress that sites use; some write an encoding of text where these belong.
const COMPRESSIONS: [&str; 6] = ["gzip", "br", "zstd", "deflate", "compress", "lzma"];
/// A body up to this size is held without asking for room.
const SMALL_BYTES: usize = 256 * 1024;
/// Room for larger bodies, in KiB.
const ROOM_KIB: u32 = 48 * 1024;

/// What a request gave.
pub enum Hop {
    /// An answer.
    Answer(Fetched),
    /// Another address.
    Redirect(String),
}

/// The room for large bodies. It is taken whole before the body goes on, so that none waits for another's rest.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM_KIB as usize)))
    }
}

impl Room {
    async fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(ROOM_KIB).min(ROOM_KIB);
        self.0.clone().acquire_many_owned(kib).await.ok()
    }
}

/// Asks once, and reads the answer as far as it may be read.
pub async fn answer(client: &Client, url: &Url, wanted: Wanted<'_>, room: &Room) -> Result<Hop, FetchError> {
    let Wanted { known, posted, bytes_max } = wanted;
    let request = match posted {
        Some(posted) => {
            client.post(url.clone()).header(header::CONTENT_TYPE, posted.content_type).body(posted.body.clone())
        }
        None => client.get(url.clone()),
    };
    let known = known.filter(|_| posted.is_none());
    let mut request = request.header(
        header::ACCEPT,
        "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.8",
    );
    if let Some(etag) = known.and_then(|known| known.etag.as_ref()) {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    if let Some(last_modified) = known.and_then(|known| known.last_modified.as_ref()) {
        request = request.header(header::IF_MODIFIED_SINCE, last_modified);
    }
    let mut response = request.send().await.map_err(|error| network(&error, url))?;
    let status = response.status();
    let text =
        |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    if status == StatusCode::NOT_MODIFIED {
        return Ok(Hop::Answer(Fetched::NotModified));
    }
    if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        && let Some(location) = response.headers().get(header::LOCATION)
    {
        // Chinese sites write raw UTF-8 into it.
        return Ok(Hop::Redirect(String::from_utf8_lossy(location.as_bytes()).into_owned()));
    }
    if !status.is_success() {
        let date = text(header::DATE);
        let retry_after = text(header::RETRY_AFTER).and_then(|text| pause(&text, date.as_deref()));
        return Err(FetchError::Status { status: status.as_u16(), retry_after });
    }
    // What was decoded is announced no more; what still is would be read as noise.
    let is_compression = |text: &String| COMPRESSIONS.iter().any(|name| text.to_ascii_lowercase().contains(name));
    if let Some(encoding) = text(header::CONTENT_ENCODING).filter(is_compression) {
        return Err(FetchError::Encoding(encoding));
    }
    let announced = response.content_length();
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(FetchError::TooLarge(bytes_max));
    }
    let short = |text: &String| text.len() <= VALIDATOR_BYTES_MAX;
    let content_type = text(header::CONTENT_TYPE);
    let validators =
        Validators { etag: text(header::ETAG).filter(short), last_modified: text(header::LAST_MODIFIED).filter(short) };
    let (mut bytes, mut taken) = (Vec::new(), None);
    while let Some(chunk) = response.chunk().await.map_err(|error| network(&error, url))? {
        if (bytes.len() + chunk.len()) as u64 > bytes_max {
            return Err(FetchError::TooLarge(bytes_max));
        }
        if taken.is_none() && bytes.len() + chunk.len() > SMALL_BYTES {
            taken = room.take(announced.unwrap_or(bytes_max).min(bytes_max)).await;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Hop::Answer(Fetched::Body(Body { url: url.clone(), content_type, validators, bytes, room: taken })))
}
