//! Test material that is not in the repository: `../shared/data/collect`, where it is there.

use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("HUIYING_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from).join("data/collect")
}

/// Unpacks one of its archives; says so and gives nothing where it is absent.
pub fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let file = folder().join(archive);
    if !file.exists() {
        eprintln!("left out: {} is not there", file.display());
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let status = Command::new("tar").arg("xzf").arg(&file).arg("-C").arg(dir.path()).status().unwrap();
    assert!(status.success(), "unpacking {}", file.display());
    Some(dir)
}
