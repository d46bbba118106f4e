//! Test material that is not in the repository: `../shared/data`, where it is there.

use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("HUIYING_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from).join("data")
}

/// A folder of `data/field`; says so and gives nothing where it is absent.
pub fn field(name: &str) -> Option<PathBuf> {
    let folder = folder().join("field").join(name);
    if !folder.exists() {
        eprintln!("left out: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// Unpacks one of its archives; says so and gives nothing where it is absent.
pub fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let file = folder().join("collect").join(archive);
    if !file.exists() {
        eprintln!("left out: {} is not there", file.display());
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let status = Command::new("tar").arg("xzf").arg(&file).arg("-C").arg(dir.path()).status().unwrap();
    assert!(status.success(), "unpacking {}", file.display());
    Some(dir)
}
