//! What was refused, whole (未导入文件): a file beside the input, of the same form, to be mended and imported again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file, made when the first record is refused.
#[derive(Debug)]
pub struct Rejects {
    place: PathBuf,
    header: Option<Vec<u8>>,
    file: Option<File>,
}

impl Rejects {
    /// Beside `input`: of a table, with its `header`. A run that goes on writes on; another one starts another file, since
    /// somebody may be mending the one that is there.
    pub fn beside(input: &Path, header: Option<&[u8]>, goes_on: bool) -> Self {
        let stem = input.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let ending = if header.is_some() { "csv" } else { "jsonl" };
        let numbered = |n: u32| match n {
            0 => input.with_file_name(format!("{stem}.rejects.{ending}")),
            n => input.with_file_name(format!("{stem}.rejects-{n}.{ending}")),
        };
        let free = (0..u32::MAX).find(|n| !numbered(*n).exists()).unwrap_or(0);
        let place = numbered(if goes_on { free.saturating_sub(1) } else { free });
        Self { place, header: header.map(<[u8]>::to_vec), file: None }
    }

    /// Puts a refused record there.
    pub fn put(&mut self, raw: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let is_new = !self.place.exists();
                // Whole posts, their authors included: for nobody else to read.
                let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.place)?;
                if let Some(header) = self.header.as_ref().filter(|_| is_new) {
                    file.write_all(header)?;
                    file.write_all(b"\n")?;
                }
                self.file.insert(file)
            }
        };
        // An item of a document may span lines; JSON has no other line breaks than those between its words.
        if self.header.is_none() && raw.contains(&b'\n') {
            let line: Vec<u8> = raw.iter().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { *b }).collect();
            file.write_all(&line)?;
        } else {
            file.write_all(raw)?;
        }
        file.write_all(b"\n")
    }

    /// Where it is, if anything was put there.
    pub fn place(&self) -> Option<&Path> {
        self.file.as_ref().map(|_| self.place.as_path())
    }
}
