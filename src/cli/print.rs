//! Standard output. Whoever reads it may have gone (`| head`): that is neither an error nor a panic. Where it can't be written
//! otherwise (a full disk) the command goes on, and does not say in the end that all is well.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

static LOST: AtomicBool = AtomicBool::new(false);

/// Prints a line.
pub fn line(text: Arguments<'_>) {
    if let Err(error) = gone(writeln!(io::stdout().lock(), "{text}")) {
        LOST.store(true, Ordering::Relaxed);
        eprintln!("写标准输出：{error}");
    }
}

/// Whether a line could not be written.
pub fn is_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// The same result, but that a reader who has gone is no error.
pub fn gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
