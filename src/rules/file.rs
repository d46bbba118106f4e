//! One rule file as the screens handle it: its name, which never leads out of the rules folder, its text and hash, and how
//! it is written whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::RuleError;
use super::folder::{self, FILE_BYTES_MAX, FOLDERS};

/// Longest name of a file, in characters, its folder included.
const NAME_CHARS_MAX: usize = 120;
/// Deepest place of a file, in parts of its name.
const PARTS_MAX: usize = 4;

/// The name of a rule file, relative to the rules folder: `topics/collapse.yaml`. Only letters, digits, `_` and `-` stand in its
/// parts, so that no name leads out of the folder and none means something else to a shell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileName {
    path: String,
    kind: &'static str,
}

impl FileName {
    /// Checks a name.
    pub fn new(path: &str) -> Result<Self, RuleError> {
        let refuse = |what: &str| {
            let fix = format!("写作 {} 之一/名称.yaml，名称只用小写字母、数字、_ 和 -", FOLDERS.join("、"));
            Err(RuleError::new(path.chars().take(NAME_CHARS_MAX).collect::<String>(), 0, what, fix))
        };
        if path.chars().count() > NAME_CHARS_MAX {
            return refuse("文件名过长");
        }
        let stem = path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml"));
        let Some(stem) = stem else { return refuse("规则文件以 .yaml 结尾") };
        let parts: Vec<&str> = stem.split('/').collect();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let good = |part: &&str| part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(plain);
        let Some(kind) = FOLDERS.into_iter().find(|known| parts.first() == Some(known)) else {
            return refuse("没有这类规则");
        };
        if !(2..=PARTS_MAX).contains(&parts.len()) || !parts.iter().all(good) {
            return refuse("文件名不对");
        }
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Relative to the rules folder, with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its folder, one of [`FOLDERS`].
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Where it lies; refused where a link leads out of the rules folder.
    fn place(&self, dir: &Path) -> Result<PathBuf, RuleError> {
        let place = dir.join(&self.path);
        let inside = || -> std::io::Result<bool> {
            let root = dir.canonicalize()?;
            // A new file lies where its folder does.
            let there = if place.symlink_metadata().is_ok() { place.as_path() } else { place.parent().unwrap_or(dir) };
            // A link to nowhere may lead anywhere one day.
            Ok(match there.symlink_metadata() {
                Ok(meta) => (there.exists() || !meta.is_symlink()) && there.canonicalize()?.starts_with(&root),
                Err(_) => true,
            })
        };
        match inside() {
            Ok(true) => Ok(place),
            Ok(false) => Err(RuleError::new(&self.path, 0, "文件在规则目录之外（链接）", "把文件本身放进规则目录")),
            Err(error) => Err(RuleError::new(&self.path, 0, format!("读不出规则目录：{error}"), "检查路径与权限")),
        }
    }

    /// Its text; `None` if there is no such file.
    pub fn read(&self, dir: &Path) -> Result<Option<String>, RuleError> {
        let place = self.place(dir)?;
        if !place.exists() {
            return Ok(None);
        }
        folder::text_of(&place).map(Some).map_err(|(what, fix)| RuleError::new(&self.path, 0, what, fix))
    }

    /// Writes its text, or takes the file away (`None`): under another name first, so that whoever reads meanwhile finds the old
    /// text or the new one, and a machine that dies leaves one of them.
    pub fn write(&self, dir: &Path, text: Option<&str>) -> Result<(), RuleError> {
        let place = self.place(dir)?;
        let failed = |error: std::io::Error| {
            let what = format!("写不进规则目录：{error}");
            RuleError::new(&self.path, 0, what, unwritable_fix(dir))
        };
        let Some(text) = text else { return fs::remove_file(&place).map_err(failed) };
        if text.len() as u64 > FILE_BYTES_MAX {
            let fix = format!("规则文件不超过 {} KiB", FILE_BYTES_MAX / 1024);
            return Err(RuleError::new(&self.path, 0, "文件过大", fix));
        }
        let folder = place.parent().unwrap_or(dir);
        let written = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut temporary = tempfile::Builder::new().prefix(".").suffix("~").tempfile_in(folder)?;
            temporary.write_all(text.as_bytes())?;
            // As readable as the file that it replaces: another account may read the rules.
            let mode = fs::metadata(&place).map(|meta| meta.permissions()).ok();
            let mode = mode.unwrap_or_else(|| std::os::unix::fs::PermissionsExt::from_mode(0o644));
            temporary.as_file().set_permissions(mode)?;
            temporary.as_file().sync_all()?;
            temporary.persist(&place)?;
            // The new name lasts only once the folder does.
            fs::File::open(folder)?.sync_all()
        };
        written().map_err(failed)
    }
}

/// What an operator does where the service can't write its rules.
pub fn unwritable_fix(dir: &Path) -> String {
    format!("让运行服务的账户可写 {}（容器中请挂载可写的目录，不要 :ro），然后重试", dir.display())
}

/// Whether the service may write into a rules folder, else why not. Tried by a file that is gone again at once.
pub fn writable(dir: &Path) -> Result<(), String> {
    let tried = tempfile::Builder::new().prefix(".").suffix("~").tempfile_in(dir.join(FOLDERS[0]));
    tried.map(|_| ()).map_err(|error| format!("规则目录不可写：{error}。{}", unwritable_fix(dir)))
}

/// The hash by which two texts of a file are told apart.
pub fn hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// What a file says, as JSON, for a form; `None` where it can't be read.
pub fn value(text: &str) -> Option<serde_json::Value> {
    serde_saphyr::from_str(text).ok().filter(serde_json::Value::is_object)
}

/// Names of all rule files of a folder with the hash of each.
pub fn hashes(dir: &Path) -> Vec<(FileName, String)> {
    let files = folder::read(dir).files;
    files.into_iter().filter_map(|file| Some((FileName::new(&file.path).ok()?, hash(&file.text)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["topics/collapse.yaml", "sources/city-1.yml", "places/a/b.yaml"] {
            assert_eq!(FileName::new(name).unwrap().path(), name);
        }
        for name in [
            "../huiying.toml",
            "topics/../../x.yaml",
            "/etc/passwd.yaml",
            "topics/.hidden.yaml",
            "topics/a.txt",
            "topics//a.yaml",
            "topics/a b.yaml",
            "topics/a\\..\\b.yaml",
            "topics/a%2e.yaml",
            "nowhere/a.yaml",
            "topics.yaml",
            "",
        ] {
            assert!(FileName::new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_link_that_leads_out_is_refused_and_a_file_is_written_whole() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let dir = inside.path();
        std::fs::create_dir(dir.join("topics")).unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.join("topics/away")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("b.yaml"), dir.join("topics/b.yaml")).unwrap();
        for name in ["topics/away/a.yaml", "topics/b.yaml"] {
            let name = FileName::new(name).unwrap();
            assert!(name.write(dir, Some("x")).is_err(), "{name:?}");
        }
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
        let name = FileName::new("topics/a.yaml").unwrap();
        assert_eq!(name.read(dir), Ok(None));
        name.write(dir, Some("id: a")).unwrap();
        assert_eq!(name.read(dir).unwrap().as_deref(), Some("id: a"));
        assert_eq!(std::fs::read_dir(dir.join("topics")).unwrap().count(), 3, "nothing is left beside it");
        name.write(dir, None).unwrap();
        assert_eq!(name.read(dir), Ok(None));
    }
}
