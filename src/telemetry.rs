//! Logs (`tracing`, to standard error) and numbers (Prometheus). Installed once by the command line; everything else
//! only emits.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Bounds of the histograms of durations, in seconds.
const DURATION_BOUNDS_S: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Logs or numbers could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter can't be read.
    #[error("log.filter “{0}”读不懂；例：info 或 huiying=debug,sqlx=warn")]
    Filter(String),
    /// It was set up before in this process.
    #[error("日志或指标已初始化：{0}")]
    Twice(String),
}

/// Sends log lines to standard error, as configured.
pub fn start_log(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|_| TelemetryError::Filter(log.filter.clone()))?;
    let registry = tracing_subscriber::registry().with(filter);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    match log.format {
        LogFormat::Text => registry.with(lines.with_target(false)).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    }
    .map_err(|error| TelemetryError::Twice(error.to_string()))
}

fn builder() -> PrometheusBuilder {
    PrometheusBuilder::new().set_buckets(&DURATION_BOUNDS_S).expect("the bounds are not empty")
}

/// Installs the recorder that the `metrics` macros write to, and gives the handle that `/metrics` renders.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    builder().install_recorder().map_err(|error| TelemetryError::Twice(error.to_string()))
}

/// A recorder of its own that nothing writes to: for a service that is only built, not run (tests).
pub fn detached_metrics() -> PrometheusHandle {
    builder().build_recorder().handle()
}
