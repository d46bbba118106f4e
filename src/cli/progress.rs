//! How far long work has come: on standard error, and only where someone looks.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many things, with what is being done to them.
pub fn bar(what: &'static str, length: u64) -> ProgressBar {
    styled("{msg} {bar:40} {pos}/{len} 剩余 {eta}", length).with_message(what)
}

/// A bar over so many bytes.
pub fn bytes(length: u64) -> ProgressBar {
    styled("{bar:40} {percent}% {bytes}/{total_bytes} 剩余 {eta}", length)
}

fn styled(template: &str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
