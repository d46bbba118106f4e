//! The conditions of a measurement: a rate without them says nothing.

use serde::Serialize;

/// What it was measured on.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    cores: usize,
    /// The processor's name, where the system tells it.
    processor: Option<String>,
    /// Load of the last minute, where the system tells it: above 0 others were working too.
    load_1m: Option<f64>,
    /// Operating system and architecture.
    system: String,
    /// `release` or `debug`.
    build: &'static str,
    /// Version of huiying.
    version: &'static str,
}

impl Machine {
    /// Reads what the system tells.
    pub fn read() -> Self {
        let processor = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
            let line = info.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let load_1m =
            std::fs::read_to_string("/proc/loadavg").ok().and_then(|load| load.split_whitespace().next()?.parse().ok());
        Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
            processor,
            load_1m,
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Memory of this process that lies in RAM, in MB, where the system tells it.
pub fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kb: f64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some((kb / 1024.0).round())
}
