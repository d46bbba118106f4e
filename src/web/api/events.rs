//! Live changes as Server-Sent Events: `{incident, version}` alone, and as events of the name `post` `{post, version}`; a
//! client fetches what it shows anew, also after it was cut off.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::ids::{IncidentId, PostId};
use crate::domain::incident::Viewpoint;
use crate::web::live::Moved;
use crate::web::presence::Present;
use crate::web::problem::{Problem, ProblemDocument};
use crate::web::session::{SignedIn, still};
use crate::web::state::App;
use crate::web::streams::OpenStream;

/// A comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream ends after this time; the browser comes back by itself, and whoever was logged out in the meantime doesn't.
const STREAM_LIFE: Duration = Duration::from_secs(10 * 60);
/// Streams at once.
const STREAMS_MAX: usize = 2000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// What changed: an incident; in an event of the name `post` an official post, and in one of the name `presence` who has an
/// incident open, so that whoever listens to incidents alone hears nothing of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Change {
    Incident { incident: IncidentId, version: i64 },
    Post { post: PostId, version: i64 },
    Presence { incident: IncidentId, people: Vec<Present> },
}

/// What changes from now on, of what the user may see. The stream ends with the user's session or rights, and where they
/// have as many open as they may it does not begin
#[utoipa::path(get, path = "/api/v1/events", tag = "events", responses(
    (status = 200, description = "A stream of events, each a Change", body = Change, content_type = "text/event-stream"),
    (status = 429, description = "Too many open", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn events(State(app): State<App>, who: SignedIn) -> Result<impl IntoResponse, Problem> {
    if app.live.listeners() >= STREAMS_MAX {
        return Err(Problem::unavailable("在线页面太多，请稍后重试").retry_after_s(30));
    }
    let full = || Problem::too_many("您打开的页面太多，这一页不会自动更新；请关掉一些").retry_after_s(30);
    let open = app.streams.open(&who.user, &who.token_hash).ok_or_else(full)?;
    let reader = Reader { receiver: app.live.listen(), app: app.clone(), who, _open: open };
    // The first comment makes the browser see the stream as open at once.
    let hello = futures::stream::once(std::future::ready(Event::default().comment("open")));
    let events = hello.chain(changes(reader)).map(Ok::<_, Infallible>);
    // A proxy that gathers an answer before it passes it on would hold every change back.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
    Ok((unbuffered, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

/// A page that listens.
struct Reader {
    receiver: Receiver<Moved>,
    app: App,
    who: SignedIn,
    _open: OpenStream,
}

/// Until the service stops, the stream has lived its time, the reader has fallen behind, or they may not go on.
fn changes(reader: Reader) -> impl Stream<Item = Event> + use<> {
    let stop = reader.app.stop.clone();
    let end = async move {
        let _ = tokio::time::timeout(STREAM_LIFE, stop.cancelled()).await;
    };
    let changes = futures::stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((event, reader))
    });
    changes.take_until(Box::pin(end))
}

impl Reader {
    /// The next change that the user may see; none where the stream ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let (event, change) = match self.receiver.recv().await {
                Ok(Moved::Incident { incident, version, viewers }) => {
                    let sees = |from: Viewpoint| from.keys().iter().any(|key| viewers.contains(key));
                    if !self.who.visible_to().is_none_or(sees) {
                        continue;
                    }
                    (Event::default(), Change::Incident { incident, version })
                }
                Ok(Moved::Post { post, version }) => (Event::default().event("post"), Change::Post { post, version }),
                // Of colleagues alone: a department is not told who at the office looks at its case.
                Ok(Moved::Presence { .. }) if self.who.visible_to().is_some() => continue,
                Ok(Moved::Presence { incident, people }) => {
                    (Event::default().event("presence"), Change::Presence { incident, people: people.to_vec() })
                }
                Ok(Moved::Access(users)) => {
                    if users.contains(&self.who.user) {
                        // A database that does not answer ends it too: the client comes back and asks.
                        self.who = still(&self.app, &self.who).await.ok()?;
                    }
                    continue;
                }
                // What was missed is unknown: the stream ends, the client comes back and fetches everything.
                Ok(Moved::Unknown) | Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            };
            if let Ok(event) = event.json_data(change) {
                return Some(event);
            }
        }
    }
}
