//! Live changes as Server-Sent Events: `{incident, version}` alone, and as events of the name `post` `{post, version}`; a
//! client fetches what it shows anew, also after it was cut off.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::ids::{IncidentId, PostId};
use crate::web::live::Moved;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// A comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream ends after this time; the browser comes back by itself, and whoever was logged out in the meantime doesn't.
const STREAM_LIFE: Duration = Duration::from_secs(10 * 60);
/// Streams at once.
const STREAMS_MAX: usize = 2000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// What changed: an incident, or in an event of the name `post` an official post, so that whoever listens to incidents
/// alone hears nothing of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Change {
    Incident { incident: IncidentId, version: i64 },
    Post { post: PostId, version: i64 },
}

fn told(moved: Moved) -> Option<Event> {
    let (event, change) = match moved {
        Moved::Incident { incident, version, .. } => (Event::default(), Change::Incident { incident, version }),
        Moved::Post { post, version } => (Event::default().event("post"), Change::Post { post, version }),
    };
    event.json_data(change).ok()
}

/// What changes from now on, of what the user may see
#[utoipa::path(get, path = "/api/v1/events", tag = "events", responses(
    (status = 200, description = "A stream of events, each a Change", body = Change, content_type = "text/event-stream"),
))]
async fn events(
    State(app): State<App>,
    who: SignedIn,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    if app.live.listeners() >= STREAMS_MAX {
        return Err(Problem::unavailable("在线页面太多，请稍后重试").retry_after_s(30));
    }
    let visible_to = who.visible_to();
    let moved = moved(&app).filter_map(move |moved| {
        let concerned = moved.concerns(visible_to.as_ref());
        std::future::ready(Some(moved).filter(|_| concerned).and_then(told).map(Ok))
    });
    // The first comment makes the browser see the stream as open at once.
    let hello = futures::stream::once(std::future::ready(Ok(Event::default().comment("open"))));
    Ok(Sse::new(hello.chain(moved)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Until the service stops, the stream has lived its time, or the reader has fallen behind.
fn moved(app: &App) -> impl Stream<Item = Moved> + use<> {
    let receiver = app.live.listen();
    let changes = futures::stream::unfold(receiver, |mut receiver| async move {
        match receiver.recv().await {
            Ok(moved) => Some((moved, receiver)),
            // What was missed is unknown: the stream ends, the client comes back and fetches everything.
            Err(RecvError::Lagged(_) | RecvError::Closed) => None,
        }
    });
    let stop = app.stop.clone();
    let end = async move {
        let _ = tokio::time::timeout(STREAM_LIFE, stop.cancelled()).await;
    };
    changes.take_until(Box::pin(end))
}
