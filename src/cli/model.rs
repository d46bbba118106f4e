//! The model that a running service judges with: the shipped one, or the file of `analysis.model`, which is looked at
//! again and again, so that a newly trained one takes over without a restart.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Failure;
use crate::config::Config;
use crate::rules::live::SharedAnalyser;
use crate::text::Analyser;
use crate::text::model::Model;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The model that the configuration names; the shipped one where it names none.
pub fn configured(config: &Config) -> Result<Model, Failure> {
    config.analysis.model.as_deref().map_or_else(|| Ok(Model::shipped()), read)
}

/// A model of a file.
pub fn read(path: &Path) -> Result<Model, Failure> {
    let fault = |what: String| Failure::Usage(format!("模型文件 {}：{what}", path.display()));
    Model::read(std::fs::read(path).map_err(|error| fault(error.to_string()))?)
        .map_err(|error| fault(error.to_string()))
}

/// What tells that a file is another one: its length and when it was written.
type Stamp = Option<(u64, std::time::SystemTime)>;

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

/// A file that is looked at again and again.
struct Watched {
    path: PathBuf,
    known: Stamp,
}

impl Watched {
    fn new(path: PathBuf) -> Self {
        Self { known: stamp(&path), path }
    }

    /// Takes the model over if the file is another one than before; says whether it did. A file that is no model is told
    /// about once and changes nothing.
    fn look(&mut self, analyser: &Analyser) -> bool {
        let now = stamp(&self.path);
        if now.is_none() || now == self.known {
            return false;
        }
        self.known = now;
        renew(&self.path, analyser)
    }
}

/// Watches the file as long as the process lives.
pub async fn watch(path: PathBuf, analyser: SharedAnalyser) {
    let mut watched = Watched::new(path);
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        // The one of now: it is exchanged with the rules, and takes its model along.
        watched.look(&analyser.load());
    }
}

/// Takes the model of a file over, if it is one; says whether it did.
fn renew(path: &Path, analyser: &Analyser) -> bool {
    match read(path) {
        Ok(model) => {
            tracing::info!(version = model.version(), "judging with another model");
            analyser.set_model(model);
            true
        }
        Err(error) => {
            tracing::error!(%error, "the model file is not usable: judging goes on with the one before");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Vocabulary;
    use crate::text::model::{BUCKETS, Card, WIDTH, encode};

    #[test]
    fn a_new_file_takes_over_and_a_broken_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        let analyser = Analyser::new(Vocabulary::default());
        let shipped = analyser.model().version().to_owned();
        let mut watched = Watched::new(path.clone());
        assert!(!watched.look(&analyser), "no file yet");
        std::fs::write(&path, b"half a file").unwrap();
        assert!(!watched.look(&analyser));
        assert_eq!(analyser.model().version(), shipped);
        std::fs::write(&path, encode(&Card::default(), &vec![0; BUCKETS * WIDTH])).unwrap();
        assert!(watched.look(&analyser));
        assert!(!watched.look(&analyser), "taken over once");
        assert_ne!(analyser.model().version(), shipped);
        let judged =
            analyser.analyse(&crate::domain::mention::MentionInput { text: "停水".into(), ..Default::default() });
        assert_eq!(judged.model, analyser.model().version(), "each verdict keeps the version that made it");
    }
}
