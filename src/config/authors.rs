//! `[authors]`: where the key of the author hashes lies.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// `[authors]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authors {
    /// The file; without it beside a SQLite database, else `huiying.author-key` in the working directory.
    pub key_file: Option<PathBuf>,
}

impl Authors {
    /// The file in force for a database.
    pub fn file(&self, database_url: &str) -> PathBuf {
        if let Some(file) = &self.key_file {
            return file.clone();
        }
        match database_url.trim().strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some(path) => Path::new(&format!("{}.author-key", path.split('?').next().unwrap_or(path))).to_owned(),
            None => PathBuf::from("huiying.author-key"),
        }
    }
}
