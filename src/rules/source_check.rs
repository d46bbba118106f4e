//! What a source definition must have to be usable, and reading the files of `rules/sources/`.

use std::collections::BTreeSet;

use super::error::RuleError;
use super::region::REGIONS;
use super::source::{BODY_MIB_MAX, CONNECTIONS_MAX, LIST_PAGES_MAX, SourceDefinition, SourceKind};
use super::source_field::FieldRule;
use super::yaml::{Parsed, parse};
use crate::domain::ids::RegionId;

/// What is wrong in a definition: at which key, what, and what to do.
struct Fault {
    at: &'static str,
    what: String,
    fix: String,
}

type Checked = Result<(), Fault>;

fn fault(at: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Fault {
    Fault { at, what: what.into(), fix: fix.into() }
}

/// Reads all source files; a wrong one is left out and told.
pub fn load(
    files: &[(&str, &str)],
    regions: &BTreeSet<RegionId>,
    errors: &mut Vec<RuleError>,
) -> Vec<SourceDefinition> {
    let mut sources: Vec<SourceDefinition> = Vec::new();
    for (path, text) in files {
        match read(path, text) {
            Ok(file) => {
                let source = &file.value;
                if sources.iter().any(|other| other.id == source.id) {
                    let what = format!("信源编号 {} 重复", source.id);
                    errors.push(file.error(&["id"], what, "换一个编号"));
                } else if let Some(region) = source.region.as_ref().filter(|region| !regions.contains(*region)) {
                    let known = super::error::suggest(region.as_str(), regions.iter().map(RegionId::as_str));
                    errors.push(file.error(&["region"], format!("没有地区 {region}"), known).lacking(REGIONS));
                } else {
                    sources.push(file.value);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    sources
}

fn read(path: &str, text: &str) -> Result<Parsed<SourceDefinition>, RuleError> {
    let file = parse::<SourceDefinition>(path, text)?;
    if let Some(error) = super::id::check(&file, &["id"], &file.value.id).into_iter().next() {
        return Err(error);
    }
    match file.value.check() {
        Ok(()) => Ok(file),
        Err(fault) => Err(file.error(&fault.at.split('.').collect::<Vec<_>>(), fault.what, fault.fix)),
    }
}

impl SourceDefinition {
    /// Reads one definition, apart from the folder of rules.
    pub fn from_yaml(path: &str, text: &str) -> Result<Self, RuleError> {
        read(path, text).map(|file| file.value)
    }

    /// What the types alone can't say.
    fn check(&self) -> Checked {
        if self.name.trim().is_empty() {
            return Err(fault("name", "name 是空的", "写上名称"));
        }
        if self.why.trim().is_empty() {
            return Err(fault("why", "why 是空的", "写明凭什么采集"));
        }
        if self.keep_author_because.as_ref().is_some_and(|why| why.trim().is_empty()) {
            return Err(fault("keep_author_because", "没有写明理由", "写明理由，或删去此项"));
        }
        self.check_address()?;
        self.check_bounds()?;
        self.check_parts()?;
        self.check_fields()
    }

    fn check_address(&self) -> Checked {
        let kind = kind_name(self.kind);
        match (&self.url, self.kind.is_fetched()) {
            (None, true) => Err(fault("", "缺少 url", "补上 url: https://…")),
            (Some(_), false) => Err(fault("url", format!("{kind} 不取网页"), "删去 url")),
            (None, false) => Ok(()),
            (Some(url), true) => match url::Url::parse(url) {
                Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.host().is_some() => {
                    if !parsed.username().is_empty() || parsed.password().is_some() {
                        return Err(fault("url", "url 里有用户名或密码", "只采集无需登录的公开页面，删去它们"));
                    }
                    Ok(())
                }
                _ => Err(fault("url", format!("url “{url}”不可用"), "写 http 或 https 的完整地址")),
            },
        }
    }

    fn check_bounds(&self) -> Checked {
        let s = &self.schedule;
        if !(s.at_most <= s.every && s.every <= s.at_least) {
            let what = format!("间隔次序不对：{} / {} / {}", s.at_most, s.every, s.at_least);
            return Err(fault("schedule", what, "须 at_most ≤ every ≤ at_least"));
        }
        if self.http.max_body.0 > BODY_MIB_MAX << 20 {
            return Err(fault("http.max_body", "页面上限过大", format!("不超过 {BODY_MIB_MAX}MiB")));
        }
        if !(1..=CONNECTIONS_MAX).contains(&self.http.connections) {
            return Err(fault("http.connections", "并发数超出范围", format!("写 1 到 {CONNECTIONS_MAX}")));
        }
        let charset = self.http.charset.as_str();
        if charset != "auto" && encoding_rs::Encoding::for_label(charset.as_bytes()).is_none() {
            return Err(fault("http.charset", format!("没有编码 {charset}"), "可写 auto、utf-8、gb18030、big5"));
        }
        let pages = 1..=LIST_PAGES_MAX;
        if self.list.as_ref().is_some_and(|l| !pages.contains(&l.max_pages)) {
            return Err(fault("list.max_pages", "页数超出范围", format!("写 1 到 {LIST_PAGES_MAX}")));
        }
        if self.json.as_ref().and_then(|j| j.pages.as_ref()).is_some_and(|p| !pages.contains(&p.max)) {
            return Err(fault("json.pages", "页数超出范围", format!("写 1 到 {LIST_PAGES_MAX}")));
        }
        if self.alert.empty_runs == 0 {
            return Err(fault("alert.empty_runs", "empty_runs 不能为 0", "至少写 1"));
        }
        Ok(())
    }

    fn check_parts(&self) -> Checked {
        use SourceKind::{Board, Feed, Html, Inbox, Json, Rsshub, Sitemap, Webhook};
        let parts: [(&'static str, bool, &[SourceKind], &[SourceKind]); 5] = [
            ("list", self.list.is_some(), &[Html, Board], &[Html, Board]),
            ("detail", self.detail.is_some(), &[], &[Feed, Rsshub, Sitemap, Html, Board, Json]),
            ("json", self.json.is_some(), &[Json], &[Json]),
            ("inbox", self.inbox.is_some(), &[Inbox], &[Inbox]),
            ("webhook", self.webhook.is_some(), &[Webhook], &[Webhook]),
        ];
        let kind = kind_name(self.kind);
        for (key, present, needed, allowed) in parts {
            if !present && needed.contains(&self.kind) {
                return Err(fault("kind", format!("kind 为 {kind} 时缺少 {key}"), format!("补上 {key}: …")));
            }
            if present && !allowed.contains(&self.kind) {
                return Err(fault(key, format!("kind 为 {kind} 时不用 {key}"), format!("删去 {key}")));
            }
        }
        if let Some(json) = &self.json {
            if json.title.is_none() && json.text.is_none() {
                return Err(fault("json", "没有 title 也没有 text", "补上其中之一"));
            }
            let posts_page = json.post.as_ref().is_some_and(|post| post.contains("{page}"));
            if let Some(pages) = &json.pages
                && pages.parameter.is_empty() != posts_page
            {
                let what = "页码写在一处：地址里（pages.parameter），或 post 里（{page}）";
                return Err(fault("json.pages", what, "只留其中之一"));
            }
            if self.detail.is_some() && json.url.is_none() {
                return Err(fault("json", "有 detail 而没有 json.url", "补上 url，或删去 detail"));
            }
        }
        if let Some(webhook) = &self.webhook
            && (webhook.key.trim().is_empty() || webhook.secret_env.trim().is_empty())
        {
            return Err(fault("webhook", "key 或 secret_env 是空的", "写上名称与环境变量名"));
        }
        Ok(())
    }

    fn check_fields(&self) -> Checked {
        for (key, rule) in self.fields() {
            let wants_pointer = key.starts_with("json.");
            if rule.is_pointer() != wants_pointer {
                let wanted = if wants_pointer { "写 JSON 指针（以 / 开头）" } else { "写 CSS 选择器" };
                return Err(fault(key, format!("{key} “{}”写法不对", rule.at), wanted));
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
                ("list.views", list.views.as_ref()),
                ("list.reposts", list.reposts.as_ref()),
                ("list.comments", list.comments.as_ref()),
                ("list.likes", list.likes.as_ref()),
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
                ("detail.views", detail.views.as_ref()),
                ("detail.reposts", detail.reposts.as_ref()),
                ("detail.comments", detail.comments.as_ref()),
                ("detail.likes", detail.likes.as_ref()),
            ]);
            if let Some(thread) = &detail.thread {
                all.extend([
                    ("detail.thread.items", Some(&thread.items)),
                    ("detail.thread.text", Some(&thread.text)),
                    ("detail.thread.id", thread.id.as_ref()),
                    ("detail.thread.author", thread.author.as_ref()),
                    ("detail.thread.published_at", thread.published_at.as_ref()),
                ]);
            }
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
        SourceKind::Rsshub => "rsshub",
        SourceKind::Sitemap => "sitemap",
        SourceKind::Json => "json",
        SourceKind::Inbox => "inbox",
        SourceKind::Webhook => "webhook",
    }
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

    fn read(text: &str) -> Result<SourceDefinition, RuleError> {
        SourceDefinition::from_yaml("sources/x.yaml", text)
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
    fn a_mistake_is_named_with_its_line() {
        for (from, to, line, word) in [
            ("channel: board", "chanel: board", 6, "chanel"),
            ("\"#zoom\"", "\"#\"", 13, "CSS"),
            ("kind: board", "kind: json", 12, "json"),
            ("url: https://www.example.gov.cn/ldxx/", "url: ftp://example.gov.cn/", 5, "url"),
            ("every: 10m", "every: 10h", 10, "间隔"),
            ("every: 10m", "every: soon", 10, "时长"),
            ("why: 公开栏目，robots 允许", "why: \" \"", 8, "why"),
            ("url: \"a@href\"", "url: \"/a\"", 12, "list.url"),
            ("charset: auto", "charset: gbx", 11, "gbx"),
            ("max_pages: 3", "max_pages: 99", 12, "页数"),
            ("id: xuancheng-mailbox", "id: 市长信箱", 2, "id"),
        ] {
            let error = read(&MAILBOX.replace(from, to)).unwrap_err();
            assert!(error.what.contains(word), "{from} → {to}: {error}");
            assert_eq!(error.line, line, "{from} → {to}: {error}");
        }
    }

    #[test]
    fn a_wrong_file_stops_no_other() {
        let elsewhere = MAILBOX.replace("region: xuancheng", "region: hefei").replace("id: xuan", "id: he");
        let files = [("a.yaml", MAILBOX), ("b.yaml", MAILBOX), ("c.yaml", "id: ["), ("d.yaml", elsewhere.as_str())];
        let mut errors = Vec::new();
        let sources = load(&files, &BTreeSet::from(["xuancheng".into()]), &mut errors);
        assert_eq!((sources.len(), errors.len()), (1, 3), "{errors:?}");
    }
}
