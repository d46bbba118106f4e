//! Notification channels (通知渠道): which are configured, whom they reach, and what they accepted.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::instant::Instant;
use crate::domain::routing::{CHANNELS, IN_APP, SMTP, TESTED, WEBHOOK, addressee};
use crate::web::authorise::Permission;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Receipts of a channel that are shown.
const RECEIPTS_MAX: i64 = 10;
/// Faults that are read.
const FAULTS_MAX: i64 = 1_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A notification channel.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelView {
    /// `in_app`, `smtp`, `webhook`, `wecom`, `dingtalk`, `feishu`
    id: &'static str,
    configured: bool,
    /// Bodies and jurisdictions whose group has a robot, by name.
    places: Vec<String>,
    /// Notices that it has not accepted yet.
    waiting: i64,
    /// Notices that were given up.
    failed: i64,
    /// When a test notice was last accepted.
    tested_at: Option<Instant>,
    /// What it accepted last.
    receipts: Vec<ChannelReceipt>,
    /// What refuses us, since when.
    faults: Vec<ChannelFault>,
}

/// A notice that a channel accepted.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelReceipt {
    /// Whom it was for, by name.
    to: String,
    at: Instant,
    /// How often it was tried.
    attempts: i64,
}

/// What refuses us.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelFault {
    why: String,
    since: Instant,
    /// Notices to it were given up; else they wait.
    given_up: bool,
}

/// All channels
#[utoipa::path(get, path = "/api/v1/channels", tag = "channels", responses((status = 200, description = "All", body = Page<ChannelView>)))]
async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<Page<ChannelView>>, Problem> {
    who.require(Permission::ReadDeliveries)?;
    let (rules, routes) = (app.rules.load_full(), app.acts.routes());
    let name = |id: &str| addressee(&rules.office, id).name;
    let waiting: BTreeMap<String, i64> = app.store.waiting_by_channel().await?.into_iter().collect();
    let failed: BTreeMap<String, i64> = app.store.failed_by_channel().await?.into_iter().collect();
    let faults = app.store.faults(FAULTS_MAX).await?;
    let mut items = Vec::new();
    for id in CHANNELS {
        let robots = routes.robots.get(id);
        let receipts = app.store.outbox_sent(id, RECEIPTS_MAX).await?;
        let tested = app.store.meta(&format!("{TESTED}{id}")).await?;
        items.push(ChannelView {
            id,
            configured: match id {
                IN_APP => true,
                SMTP => routes.smtp,
                WEBHOOK => routes.webhook,
                _ => robots.is_some(),
            },
            places: robots.into_iter().flatten().map(|place| name(place)).collect(),
            waiting: waiting.get(id).copied().unwrap_or(0),
            failed: failed.get(id).copied().unwrap_or(0),
            tested_at: tested.and_then(|at| at.parse().ok()),
            receipts: receipts
                .into_iter()
                .filter_map(|row| {
                    Some(ChannelReceipt { to: name(&row.recipient), at: row.sent_at?, attempts: row.attempts })
                })
                .collect(),
            faults: faults
                .iter()
                .filter(|fault| fault.channel == id)
                .map(|fault| ChannelFault { why: fault.why.clone(), since: fault.since, given_up: fault.given_up })
                .collect(),
        });
    }
    Ok(Json(Page { items, next: None }))
}
