//! What every handler shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use super::api::case_picture::CasePicture;
use super::api::pictures::{StandingNow, Volume};
use super::brief::Brief;
use super::health::Writable;
use super::live::Live;
use super::password::Passwords;
use super::presence::Presence;
use super::streams::Streams;
use super::turn::Turns;
use super::upload::Uploads;
use super::verifying::Verifying;
use crate::acts::intake::Intake;
use crate::acts::rule_files::RuleFiles;
use crate::acts::{Acts, SharedRules};
use crate::config::{Web, Webhook};
use crate::rules::live::SharedAnalyser;
use crate::store::Store;
use crate::time::SharedClock;

/// What a service is made of.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The one way to change an incident.
    pub acts: Acts,
    /// The rules.
    pub rules: SharedRules,
    /// Text analysis, for the words of a search.
    pub analyser: SharedAnalyser,
    /// Rule files, where they may be changed: not in a drill.
    pub rule_files: Option<RuleFiles>,
    /// The office's time: a drill's runs faster.
    pub clock: SharedClock,
    /// The machine's time: sessions, limits and signatures go by it in a drill too.
    pub wall: SharedClock,
    /// `[web]`
    pub web: Web,
    /// `[webhook]`
    pub webhook: Webhook,
    /// Takes mentions in.
    pub intake: Intake,
    /// Password hashing.
    pub passwords: Passwords,
    /// What `/metrics` renders.
    pub metrics: PrometheusHandle,
    /// Live changes.
    pub live: Live,
    /// Ends streams when the service stops.
    pub stop: CancellationToken,
    /// Where the daily seals lie.
    pub seals: PathBuf,
    /// Whether this is a drill.
    pub drill: bool,
    /// How long the body of a request may take.
    pub body_within: Duration,
}

/// The service's state.
pub struct AppState {
    /// Its parts.
    pub parts: Parts,
    /// Bodies of mentions that are being read.
    pub uploads: Uploads,
    /// Live streams that are open.
    pub streams: Streams,
    /// Log-ins that wait for their turn.
    pub turns: Turns,
    /// Whether the database can be written.
    pub writable: Writable,
    /// Who has which case open.
    pub presence: Presence,
    /// The check of the record that an auditor asked for.
    pub verifying: Verifying,
    /// What was said, in pictures.
    pub volumes: Brief<Volume>,
    /// What runs, in pictures.
    pub standings: Brief<StandingNow>,
    /// Cases in pictures.
    pub case_pictures: Brief<CasePicture>,
}

impl std::ops::Deref for AppState {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// The state as handlers get it.
pub type App = Arc<AppState>;

impl Parts {
    /// Ready for handlers.
    pub fn into_app(self) -> App {
        Arc::new(AppState {
            parts: self,
            uploads: Uploads::default(),
            streams: Streams::default(),
            turns: Turns::default(),
            writable: Writable::default(),
            presence: Presence::default(),
            verifying: Verifying::default(),
            volumes: Brief::default(),
            standings: Brief::default(),
            case_pictures: Brief::default(),
        })
    }
}
