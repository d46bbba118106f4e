//! The rules folder: finding it, listing its files, and the hash that names this edition of the rules.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::RuleError;

/// The kinds of rule file, each with its folder.
pub const FOLDERS: [&str; 10] = [
    "policies",
    "departments",
    "places",
    "topics",
    "plans",
    "assessments",
    "sources",
    "calendar",
    "roster",
    "correlation",
];

/// Names the folder of the rules for the whole process.
pub const ENV: &str = "HUIYING_RULES";

/// Where a package installs the rules.
const INSTALLED: &str = "/usr/share/huiying/rules";

/// A rule file is written by hand; larger ones are a mistake.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 20;
/// Files in a rules folder.
const FILES_MAX: usize = 5_000;
/// Folders inside folders.
const DEPTH_MAX: usize = 4;

/// A file that was read.
#[derive(Debug)]
pub struct RuleFile {
    /// Path relative to the rules folder, with `/`.
    pub path: String,
    /// Which of [`FOLDERS`] it is in.
    pub folder: &'static str,
    /// Its text.
    pub text: String,
}

/// The folder's files and what could not be read of it.
#[derive(Debug)]
pub struct Folder {
    /// Files in order of their path.
    pub files: Vec<RuleFile>,
    /// Hash of all paths and contents.
    pub version: String,
    /// What could not be read.
    pub errors: Vec<RuleError>,
}

/// Finds the folder: the flag, else [`ENV`], else `./rules`, else `rules` above the binary, else where a package
/// installs it. A folder that was named must be there.
pub fn locate(flag: Option<&Path>) -> Result<PathBuf, RuleError> {
    let named = flag.map(|dir| (dir.to_path_buf(), "--rules（或给出的路径）")).or_else(|| {
        std::env::var_os(ENV).filter(|dir| !dir.is_empty()).map(|dir| (PathBuf::from(dir), "环境变量 HUIYING_RULES"))
    });
    if let Some((dir, by)) = named {
        if dir.is_dir() {
            return Ok(dir);
        }
        return Err(RuleError::new(
            dir.display().to_string(),
            0,
            "找不到规则文件夹",
            format!("改正 {by}，指向含有 policies/ 等子文件夹的目录"),
        ));
    }
    let above_binary = std::env::current_exe()
        .ok()
        .into_iter()
        .flat_map(|exe| exe.ancestors().skip(1).map(|dir| dir.join("rules")).collect::<Vec<_>>());
    std::iter::once(PathBuf::from("rules"))
        .chain(above_binary)
        .chain(std::iter::once(PathBuf::from(INSTALLED)))
        .find(|dir| dir.join("policies").is_dir())
        .ok_or_else(|| {
            RuleError::new(
                "rules",
                0,
                "找不到规则文件夹",
                format!("在项目目录中运行，或用 --rules 目录（或环境变量 {ENV}）指明；安装包放在 {INSTALLED}"),
            )
        })
}

/// Reads every rule file under `dir`. What can't be read is an error of its own and stops nothing else.
pub fn read(dir: &Path) -> Folder {
    let mut folder = Folder { files: Vec::new(), version: String::new(), errors: Vec::new() };
    for name in names(dir, "", &mut folder.errors) {
        let path = dir.join(&name);
        if path.is_dir() {
            match FOLDERS.iter().find(|known| **known == name) {
                Some(kind) => walk(dir, kind, kind, 0, &mut folder),
                None => folder.errors.push(RuleError::new(
                    format!("{name}/"),
                    0,
                    "未知的规则文件夹",
                    super::error::suggest(&name, FOLDERS),
                )),
            }
        } else if !name.ends_with(".md") {
            folder.errors.push(RuleError::new(name, 0, "规则文件不能放在最上层", "移到 policies/ 等子文件夹中"));
        }
    }
    folder.version = version_of(&folder.files);
    folder
}

fn version_of(files: &[RuleFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [&file.path, &file.text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex::encode(hash.finalize())[..16].to_owned()
}

impl Folder {
    /// As it would be with one file's text exchanged, or without that file. `kind` is the file's folder.
    pub fn with(mut self, path: &str, kind: &'static str, text: Option<&str>) -> Self {
        self.files.retain(|file| file.path != path);
        self.errors.retain(|error| error.file != path);
        if let Some(text) = text {
            let at = self.files.partition_point(|file| file.path.as_str() < path);
            self.files.insert(at, RuleFile { path: path.to_owned(), folder: kind, text: text.to_owned() });
        }
        self.version = version_of(&self.files);
        self
    }
}

fn walk(dir: &Path, at: &str, kind: &'static str, depth: usize, folder: &mut Folder) {
    if depth > DEPTH_MAX {
        folder.errors.push(RuleError::new(at, 0, "文件夹嵌套过深", format!("不超过 {DEPTH_MAX} 层")));
        return;
    }
    for name in names(&dir.join(at), at, &mut folder.errors) {
        let relative = format!("{at}/{name}");
        let path = dir.join(&relative);
        if path.is_dir() {
            walk(dir, &relative, kind, depth + 1, folder);
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            if folder.files.len() >= FILES_MAX {
                folder.errors.push(RuleError::new(relative, 0, "规则文件过多", format!("不超过 {FILES_MAX} 个")));
                return;
            }
            match text_of(&path) {
                Ok(text) => folder.files.push(RuleFile { path: relative, folder: kind, text }),
                Err((what, fix)) => folder.errors.push(RuleError::new(relative, 0, what, fix)),
            }
        } else if !name.ends_with(".md") {
            folder.errors.push(RuleError::new(relative, 0, "不是规则文件", "规则文件以 .yaml 结尾；其余请移走"));
        }
    }
}

/// Names in a folder, sorted; hidden files and editors' copies are left out.
fn names(path: &Path, at: &str, errors: &mut Vec<RuleError>) -> Vec<String> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => {
            let shown = if at.is_empty() { path.display().to_string() } else { at.to_owned() };
            errors.push(RuleError::new(shown, 0, format!("读不出文件夹：{error}"), "检查路径与读取权限"));
            return Vec::new();
        }
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !name.ends_with('~'))
        .collect();
    names.sort();
    names
}

/// A file's text, or what is wrong with it and what to do.
pub(super) fn text_of(path: &Path) -> Result<String, (String, String)> {
    let unreadable = |error: std::io::Error| (format!("读不出文件：{error}"), "检查读取权限".to_owned());
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(("文件过大".to_owned(), format!("规则文件不超过 {} KiB", FILE_BYTES_MAX / 1024)));
    }
    let text = String::from_utf8(bytes).map_err(|_| ("不是 UTF-8 文本".to_owned(), "以 UTF-8 编码另存".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
