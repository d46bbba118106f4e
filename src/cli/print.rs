//! Standard output. Whoever reads it may have gone (`| head`): that is neither an error nor a panic.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// Prints a line.
pub fn line(text: Arguments<'_>) {
    if let Err(error) = gone(writeln!(io::stdout().lock(), "{text}")) {
        eprintln!("写标准输出：{error}");
    }
}

/// The same result, but that a reader who has gone is no error.
pub fn gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
