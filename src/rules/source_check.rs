//! What a source definition must have to be usable, and reading one from YAML.

use std::path::{Path, PathBuf};

use super::source::{BODY_MIB_MAX, LIST_PAGES_MAX, SourceDefinition, SourceKind};
use super::source_field::FieldRule;

/// Source files that one installation may have.
pub const SOURCES_MAX: usize = 10_000;
/// Largest source file.
const SOURCE_FILE_BYTES_MAX: u64 = 256 * 1024;

/// Why a source file can't be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{}：{message}", file.display(), line.map(|n| format!(":{n}")).unwrap_or_default())]
pub struct SourceError {
    /// The file.
    pub file: PathBuf,
    /// The line, where one can be named.
    pub line: Option<u64>,
    /// What is wrong and what to do.
    pub message: String,
}

impl SourceDefinition {
    /// Reads a definition and checks it; `file` is what errors name.
    pub fn from_yaml(file: &Path, text: &str) -> Result<Self, SourceError> {
        let error = |line, message| SourceError { file: file.to_owned(), line, message };
        let definition: Self = serde_saphyr::from_str(text)
            .map_err(|e| error(e.location().map(|at| at.line()), e.without_snippet().to_string()))?;
        definition.check().map_err(|message| error(None, message))?;
        Ok(definition)
    }

    /// What the types alone can't say. The message names the key and the fix.
    pub fn check(&self) -> Result<(), String> {
        let id_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(id_ok) {
            return Err(format!("id “{}”只能用小写字母、数字和 - _ .，不超过 64 个", self.id));
        }
        for (key, value) in [("name", &self.name), ("why", &self.why)] {
            if value.trim().is_empty() {
                return Err(format!("{key} 为空：{}", if key == "why" { "写明凭什么采集" } else { "写上名称" }));
            }
        }
        if self.keep_author_because.as_ref().is_some_and(|why| why.trim().is_empty()) {
            return Err("keep_author_because 为空：写明理由，或删去此项".into());
        }
        self.check_address()?;
        self.check_bounds()?;
        self.check_parts()
    }

    fn check_address(&self) -> Result<(), String> {
        match (&self.url, self.kind.is_fetched()) {
            (None, true) => Err("缺少 url".into()),
            (Some(_), false) => Err(format!("{} 不取网页，删去 url", kind_name(self.kind))),
            (None, false) => Ok(()),
            (Some(url), true) => match url::Url::parse(url) {
                Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.host().is_some() => {
                    if !parsed.username().is_empty() || parsed.password().is_some() {
                        return Err("url 里不能有用户名和密码".into());
                    }
                    Ok(())
                }
                _ => Err(format!("url “{url}”不是 http 或 https 地址")),
            },
        }
    }

    fn check_bounds(&self) -> Result<(), String> {
        let s = &self.schedule;
        if !(s.at_most <= s.every && s.every <= s.at_least) {
            return Err(format!(
                "schedule 须 at_most ≤ every ≤ at_least，现为 {} / {} / {}",
                s.at_most, s.every, s.at_least
            ));
        }
        if self.http.max_body.0 > BODY_MIB_MAX << 20 {
            return Err(format!("http.max_body 不超过 {BODY_MIB_MAX}MiB"));
        }
        let charset = self.http.charset.as_str();
        if charset != "auto" && encoding_rs::Encoding::for_label(charset.as_bytes()).is_none() {
            return Err(format!("http.charset “{charset}”不是已知编码；可写 auto、utf-8、gb18030、big5"));
        }
        let pages = self.list.as_ref().map_or(1, |l| l.max_pages);
        let pages = pages.max(self.json.as_ref().and_then(|j| j.pages.as_ref()).map_or(1, |p| p.max));
        if pages > LIST_PAGES_MAX || self.list.as_ref().is_some_and(|l| l.max_pages == 0) {
            return Err(format!("页数须为 1 到 {LIST_PAGES_MAX}"));
        }
        if self.alert.empty_runs == 0 {
            return Err("alert.empty_runs 至少为 1".into());
        }
        Ok(())
    }

    fn check_parts(&self) -> Result<(), String> {
        use SourceKind::{Board, Feed, Html, Inbox, Json, Webhook};
        let parts: [(&str, bool, &[SourceKind], &[SourceKind]); 5] = [
            ("list", self.list.is_some(), &[Html, Board], &[Html, Board]),
            ("detail", self.detail.is_some(), &[], &[Feed, Html, Board, Json]),
            ("json", self.json.is_some(), &[Json], &[Json]),
            ("inbox", self.inbox.is_some(), &[Inbox], &[Inbox]),
            ("webhook", self.webhook.is_some(), &[Webhook], &[Webhook]),
        ];
        for (key, present, needed, allowed) in parts {
            if !present && needed.contains(&self.kind) {
                return Err(format!("kind 为 {} 时须有 {key}", kind_name(self.kind)));
            }
            if present && !allowed.contains(&self.kind) {
                return Err(format!("kind 为 {} 时不用 {key}，删去它", kind_name(self.kind)));
            }
        }
        if let Some(json) = &self.json {
            if json.title.is_none() && json.text.is_none() {
                return Err("json 须有 title 或 text".into());
            }
            if json.text.is_none() && self.detail.is_some() && json.url.is_none() {
                return Err("有 detail 时 json 须有 url".into());
            }
        }
        if let Some(webhook) = &self.webhook
            && (webhook.key.trim().is_empty() || webhook.secret_env.trim().is_empty())
        {
            return Err("webhook.key 和 webhook.secret_env 不能为空".into());
        }
        for (key, rule) in self.fields() {
            let wants_pointer = key.starts_with("json.");
            if rule.is_pointer() != wants_pointer {
                let wanted = if wants_pointer { "JSON 指针（以 / 开头）" } else { "CSS 选择器" };
                return Err(format!("{key} 须为 {wanted}，现为 “{}”", rule.at));
            }
        }
        Ok(())
    }

    fn fields(&self) -> Vec<(&'static str, &FieldRule)> {
        let mut all: Vec<(&'static str, Option<&FieldRule>)> = Vec::new();
        if let Some(list) = &self.list {
            all.extend([
                ("list.items", Some(&list.items)),
                ("list.next", list.next.as_ref()),
                ("list.title", list.title.as_ref()),
                ("list.url", Some(&list.url)),
                ("list.published_at", list.published_at.as_ref()),
                ("list.author", list.author.as_ref()),
                ("list.text", list.text.as_ref()),
            ]);
        }
        if let Some(detail) = &self.detail {
            all.extend(detail.remove.iter().map(|rule| ("detail.remove", Some(rule))));
            all.extend([
                ("detail.title", detail.title.as_ref()),
                ("detail.text", detail.text.as_ref()),
                ("detail.published_at", detail.published_at.as_ref()),
                ("detail.author", detail.author.as_ref()),
                ("detail.source", detail.source.as_ref()),
                ("detail.reply", detail.reply.as_ref()),
                ("detail.reply_at", detail.reply_at.as_ref()),
                ("detail.reply_by", detail.reply_by.as_ref()),
            ]);
        }
        if let Some(json) = &self.json {
            all.extend([
                ("json.items", Some(&json.items)),
                ("json.id", json.id.as_ref()),
                ("json.url", json.url.as_ref()),
                ("json.title", json.title.as_ref()),
                ("json.text", json.text.as_ref()),
                ("json.published_at", json.published_at.as_ref()),
                ("json.author", json.author.as_ref()),
                ("json.views", json.views.as_ref()),
                ("json.reposts", json.reposts.as_ref()),
                ("json.comments", json.comments.as_ref()),
                ("json.likes", json.likes.as_ref()),
            ]);
        }
        all.into_iter().filter_map(|(key, rule)| Some((key, rule?))).collect()
    }
}

fn kind_name(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Feed => "feed",
        SourceKind::Html => "html",
        SourceKind::Board => "board",
        SourceKind::Json => "json",
        SourceKind::Inbox => "inbox",
        SourceKind::Webhook => "webhook",
    }
}

/// Loads every `*.yaml` of a folder, by name. A missing folder has no sources; everything that is wrong is returned, so
/// that one run of `huiying rules check` shows all of it.
pub fn load_sources(folder: &Path) -> Result<Vec<SourceDefinition>, Vec<SourceError>> {
    let error = |file: &Path, message: String| SourceError { file: file.to_owned(), line: None, message };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(vec![error(folder, format!("不能读取文件夹：{e}"))]),
    };
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_yaml).collect();
    files.sort();
    if files.len() > SOURCES_MAX {
        return Err(vec![error(folder, format!("信源文件超过 {SOURCES_MAX} 个"))]);
    }
    let (mut loaded, mut faults): (Vec<SourceDefinition>, Vec<SourceError>) = (Vec::new(), Vec::new());
    for file in files {
        let definition = read_bounded(&file)
            .map_err(|message| error(&file, message))
            .and_then(|text| SourceDefinition::from_yaml(&file, &text));
        match definition {
            Ok(definition) if loaded.iter().any(|other| other.id == definition.id) => {
                faults.push(error(&file, format!("id “{}”与另一个信源重复", definition.id)));
            }
            Ok(definition) => loaded.push(definition),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(loaded) } else { Err(faults) }
}

fn read_bounded(file: &Path) -> Result<String, String> {
    let size = std::fs::metadata(file).map_err(|e| format!("不能读取：{e}"))?.len();
    if size > SOURCE_FILE_BYTES_MAX {
        return Err(format!("文件 {size} 字节，超过上限 256 KiB"));
    }
    std::fs::read_to_string(file).map_err(|e| format!("不能读取：{e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAILBOX: &str = r##"
id: xuancheng-mailbox
kind: board
name: 市长信箱
url: https://www.example.gov.cn/ldxx/
channel: board
region: xuancheng
why: 公开栏目，robots 允许
reply_within: 10wd
schedule: { every: 10m, at_most: 2m, at_least: 6h, jitter: 20% }
http: { rate: 1/3s, timeout: 20s, max_body: 8MiB, charset: auto }
list: { items: "ul.list > li", next: "a.next@href", max_pages: 3, title: "a", url: "a@href", published_at: ".date" }
detail: { text: "#zoom", remove: [".share"], source: { at: ".ly", match: "来源[：:]\\s*(\\S+)" }, reply: ".hf", reply_at: ".hfsj", reply_by: ".hfdw" }
alert: { empty_runs: 3, stale_after: 24h }
"##;

    fn read(text: &str) -> Result<SourceDefinition, SourceError> {
        SourceDefinition::from_yaml(Path::new("rules/sources/x.yaml"), text)
    }

    #[test]
    fn the_sketch_of_the_design_is_a_definition() {
        let source = read(MAILBOX).unwrap();
        assert_eq!(source.kind, SourceKind::Board);
        assert_eq!(source.list.as_ref().unwrap().url, FieldRule::parse("a@href").unwrap());
        let again: SourceDefinition = serde_json::from_str(&serde_json::to_string(&source).unwrap()).unwrap();
        assert_eq!(again, source, "what the API prints can be read again");
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let fault = read(&MAILBOX.replace("channel: board", "chanel: board")).unwrap_err();
        assert!(fault.message.contains("chanel"), "{fault}");
        assert_eq!(fault.line, Some(6), "{fault}");
        let fault = read(&MAILBOX.replace("\"#zoom\"", "\"#\"")).unwrap_err();
        assert!(fault.message.contains("CSS") && fault.line == Some(13), "{fault}");
    }

    #[test]
    fn refuses_what_does_not_fit_together() {
        for (from, to, word) in [
            ("kind: board", "kind: json", "json"),
            ("url: https://www.example.gov.cn/ldxx/", "url: ftp://example.gov.cn/", "url"),
            ("every: 10m", "every: 10h", "schedule"),
            ("why: 公开栏目，robots 允许", "why: \" \"", "why"),
            ("url: \"a@href\"", "url: \"/a\"", "list.url"),
            ("charset: auto", "charset: gbx", "charset"),
            ("max_pages: 3", "max_pages: 99", "页数"),
            ("id: xuancheng-mailbox", "id: 市长信箱", "id"),
        ] {
            let fault = read(&MAILBOX.replace(from, to)).unwrap_err();
            assert!(fault.message.contains(word), "{from} → {to}: {fault}");
        }
    }

    #[test]
    fn a_folder_shows_all_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load_sources(&folder.path().join("none")).unwrap(), []);
        std::fs::write(folder.path().join("a.yaml"), MAILBOX).unwrap();
        assert_eq!(load_sources(folder.path()).unwrap().len(), 1);
        std::fs::write(folder.path().join("b.yaml"), MAILBOX).unwrap();
        std::fs::write(folder.path().join("c.yaml"), "id: [").unwrap();
        assert_eq!(load_sources(folder.path()).unwrap_err().len(), 2);
    }
}
