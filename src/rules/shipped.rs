//! What tests of the shipped rules read by: one analyser for all of them, and `../shared/data`, where it is there.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::Rules;
use crate::text::Analyser;

/// Reads by the shipped rules.
pub static ANALYSER: LazyLock<Analyser> = LazyLock::new(|| {
    let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the shipped rules");
    Analyser::new(rules.vocabulary())
});

/// A file of the shared data; says so and gives nothing where it is absent.
pub fn shared(file: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found =
        ["../shared", "../../shared"].iter().map(|up| root.join(up).join("data").join(file)).find(|path| path.exists());
    if found.is_none() {
        println!("left out: ../shared/data/{file} is absent; it is never part of the repository");
    }
    found
}

/// The text of a file, packed or not.
pub fn text_of(path: &Path) -> String {
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    if path.extension().is_some_and(|end| end == "gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
    }
    text
}

/// Copies the shipped rules into a folder of a test's own.
pub fn copy_to(dir: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for folder in super::FOLDERS {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
        for file in std::fs::read_dir(from.join(folder)).unwrap().flatten() {
            std::fs::copy(file.path(), dir.join(folder).join(file.file_name())).unwrap();
        }
    }
}
