//! Logs (`tracing`, to standard error) and numbers (Prometheus). Installed once by the command line; everything else
//! only emits.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Bounds of the histograms of durations, in seconds.
const DURATION_BOUNDS_S: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// As of now.
    Gauge,
    /// How often it was in which range.
    Histogram,
}

/// Every number that `/metrics` tells, with what it means. A test holds the code, the Grafana dashboard and the alert rules to
/// this table.
pub const NUMBERS: [(Kind, &str, &str); 26] = [
    (Kind::Counter, "huiying_mentions_received_total", "经推送接口收到的新信息条数"),
    (Kind::Counter, "huiying_mentions_collected_total", "采集到的新信息条数，按信源"),
    (Kind::Counter, "huiying_mentions_ingested_total", "完成研判入库的信息条数"),
    (Kind::Counter, "huiying_mentions_failed_total", "无法研判、已标记失败的信息条数"),
    (Kind::Gauge, "huiying_mentions_pending", "等待研判的信息条数"),
    (Kind::Histogram, "huiying_mention_lag_seconds", "一条信息从收到到研判入库所用的秒数"),
    (Kind::Counter, "huiying_collections_total", "采集次数，按信源与结果"),
    (Kind::Gauge, "huiying_sources", "信源个数，按状态"),
    (Kind::Gauge, "huiying_sources_blind", "盲区：已告警的失明信源个数"),
    (Kind::Gauge, "huiying_oldest_unfired_timer_seconds", "最早一个到期未触发的时限已迟的秒数"),
    (Kind::Gauge, "huiying_streams_stuck", "无法结算、等待重试的卷宗个数"),
    (Kind::Gauge, "huiying_alarm", "告警是否存在（1 为是），按名称"),
    (Kind::Counter, "huiying_deliveries_total", "通知投递次数，按渠道与结果"),
    (Kind::Gauge, "huiying_deliveries_waiting", "尚未送达的通知条数"),
    (Kind::Gauge, "huiying_delivery_oldest_seconds", "最早一条尚未送达的通知已等待的秒数"),
    (Kind::Gauge, "huiying_deliveries_given_up", "已放弃投递的通知条数"),
    (Kind::Counter, "huiying_http_requests_total", "页面与接口请求次数，按路径与状态码"),
    (Kind::Histogram, "huiying_http_request_seconds", "页面与接口请求所用的秒数，按路径"),
    (Kind::Gauge, "huiying_http_connections", "当前连接数"),
    (Kind::Counter, "huiying_http_connections_refused_total", "因连接过多被拒绝的次数"),
    (Kind::Gauge, "huiying_sse_listeners", "正在接收实时变化的页面数"),
    (Kind::Counter, "huiying_login_failures_total", "登录失败次数"),
    (Kind::Counter, "huiying_login_delays_total", "因多次失败而延迟的登录次数"),
    (Kind::Gauge, "huiying_database_bytes", "数据库大小（字节）"),
    (Kind::Gauge, "huiying_incidents_open", "在办事件数"),
    (Kind::Gauge, "huiying_clocks_open", "正在计时的时限个数"),
];

fn describe() {
    for (kind, name, meaning) in NUMBERS {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, meaning),
            Kind::Gauge => metrics::describe_gauge!(name, meaning),
            Kind::Histogram => metrics::describe_histogram!(name, meaning),
        }
    }
}

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
    let handle = builder().install_recorder().map_err(|error| TelemetryError::Twice(error.to_string()))?;
    describe();
    Ok(handle)
}

/// A recorder of its own that nothing writes to: for a service that is only built, not run (tests).
pub fn detached_metrics() -> PrometheusHandle {
    builder().build_recorder().handle()
}
