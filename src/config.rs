//! Configuration: `huiying.toml`, and every key also as environment variable `HUIYING_SECTION__KEY`. Parsed once; each
//! part of the program is given its own section.

pub mod authors;
pub mod collect;
pub mod notify;
pub mod retention;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Toml};
use serde::{Deserialize, Serialize};

/// The file that is read where none is named, if it is there.
pub const DEFAULT_FILE: &str = "huiying.toml";

/// What every environment variable of ours begins with.
const ENV_PREFIX: &str = "HUIYING_";

/// Everything that can be configured; one struct per section.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the data is.
    pub database: Database,
    /// The service's address and its sessions.
    pub web: Web,
    /// Where the rules are.
    pub rules: Rules,
    /// How texts are judged.
    pub analysis: Analysis,
    /// What is written to standard error.
    pub log: Log,
    /// Who may post mentions with a signature.
    pub webhook: Webhook,
    /// How sources are collected.
    pub collect: collect::Collect,
    /// By which channels people are told.
    pub notify: notify::Notify,
    /// Where the daily seals are written.
    pub seal: Seal,
    /// The key of the author hashes.
    pub authors: authors::Authors,
    /// How long things are kept.
    pub retention: retention::Retention,
}

/// `[database]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:huiying.db` (a file in the working directory) or `postgres://user:password@host/name`.
    pub url: String,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite:huiying.db".to_owned() }
    }
}

/// `[web]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Send the session cookie over TLS only. Set it wherever a TLS proxy stands in front.
    pub secure_cookie: bool,
    /// Take a client's address from the last entry of the last `X-Forwarded-For`. Only behind a proxy that sets it.
    pub behind_proxy: bool,
    /// What `/metrics` asks for as `Authorization: Bearer`, at least [`METRICS_TOKEN_BYTES_MIN`] long; without it only
    /// this machine itself is told.
    pub metrics_token: Option<String>,
    /// Connections at once; fewer where the process may open fewer files.
    pub connections_max: u32,
    /// Connections at once from one address; not kept behind a proxy, from which all come.
    pub connections_per_address_max: u32,
    /// A session ends after this time without use.
    pub session_idle_minutes: u32,
    /// A session ends after this time in any case.
    pub session_hours: u32,
    /// Where the first administrator's password is written, for its owner alone; without it it is printed, once. Set it
    /// wherever what is printed is kept: in a container.
    pub first_password_file: Option<PathBuf>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            secure_cookie: false,
            behind_proxy: false,
            metrics_token: None,
            connections_max: 4096,
            connections_per_address_max: 1024,
            session_idle_minutes: 120,
            session_hours: 12,
            first_password_file: None,
        }
    }
}

/// `[rules]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Folder of policies, departments, topics, sources, calendar and roster; without it they are looked for.
    pub dir: Option<PathBuf>,
}

/// `[analysis]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analysis {
    /// A model's file, as `huiying train` writes it; without it the one that the program was built with. A service takes a
    /// new file over by itself.
    pub model: Option<PathBuf>,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Levels, as `tracing` filters: `info`, `huiying=debug,sqlx=warn`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,sqlx=warn".to_owned(), format: LogFormat::Text }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `[webhook]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhook {
    /// Secrets by the name that a sender gives in `X-Huiying-Key`; at least [`WEBHOOK_SECRET_BYTES_MIN`] long.
    pub keys: BTreeMap<String, String>,
}

/// `[seal]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seal {
    /// Folder of the daily seals; without it `seals` beside the database.
    pub dir: Option<PathBuf>,
}

/// Shortest secret of a webhook, in bytes.
pub const WEBHOOK_SECRET_BYTES_MIN: usize = 16;
/// Shortest token of `/metrics`, in bytes.
pub const METRICS_TOKEN_BYTES_MIN: usize = 16;
/// Fewest connections that a service can work with: some pages, and whoever looks after it.
const CONNECTIONS_MIN: u32 = 16;

/// A configuration that can't be used: one line that names where, what and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}：{what}；{fix}")]
pub struct ConfigError {
    /// File and line, or environment variable.
    place: String,
    /// What is wrong.
    what: String,
    /// What to do.
    fix: String,
}

impl Config {
    /// Reads the named file (or [`DEFAULT_FILE`], if there is one), then the environment, which wins.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => String::new(),
            Err(error) => {
                return Err(ConfigError {
                    place: path.display().to_string(),
                    what: format!("配置文件读不出：{error}"),
                    fix: "请检查路径、权限，文件须为 UTF-8".to_owned(),
                });
            }
        };
        Self::from_parts(path, &text, Env::prefixed(ENV_PREFIX))
    }

    fn from_parts(path: &Path, text: &str, env: Env) -> Result<Self, ConfigError> {
        // Each source is read alone first, so that an error names the one that it comes from.
        let file = Figment::from(Toml::string(text));
        file.extract::<Self>().map_err(|error| in_file(path, text, &error))?;
        let env = Figment::from(env.filter(|key| key.as_str().contains("__")).split("__"));
        env.extract::<Self>().map_err(|error| in_environment(&error))?;
        let mut config: Self = file.merge(env).extract().map_err(|error| in_file(path, text, &error))?;
        // A variable that is set to nothing, as compose does, means none.
        config.web.metrics_token = config.web.metrics_token.filter(|token| !token.is_empty());
        config.check().map(|()| config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        for (name, secret) in &self.webhook.keys {
            if secret.len() < WEBHOOK_SECRET_BYTES_MIN {
                return Err(ConfigError {
                    place: format!("webhook.keys.{name}"),
                    what: "密钥太短".to_owned(),
                    fix: format!(
                        "请用至少 {WEBHOOK_SECRET_BYTES_MIN} 个字符的随机文本，如 openssl rand -hex 32 的输出"
                    ),
                });
            }
        }
        self.collect.check()?;
        self.notify.check()?;
        self.retention.check()?;
        if self.web.metrics_token.as_ref().is_some_and(|token| token.len() < METRICS_TOKEN_BYTES_MIN) {
            return Err(ConfigError {
                place: "web.metrics_token".to_owned(),
                what: "令牌太短".to_owned(),
                fix: format!("请用至少 {METRICS_TOKEN_BYTES_MIN} 个字符的随机文本，如 openssl rand -hex 32 的输出"),
            });
        }
        if self.web.connections_max.min(self.web.connections_per_address_max) < CONNECTIONS_MIN {
            return Err(ConfigError {
                place: "web.connections_max、web.connections_per_address_max".to_owned(),
                what: "连接数上限太小".to_owned(),
                fix: format!("请给出不小于 {CONNECTIONS_MIN} 的数"),
            });
        }
        if self.web.session_idle_minutes == 0 || self.web.session_hours == 0 {
            return Err(ConfigError {
                place: "web.session_idle_minutes、web.session_hours".to_owned(),
                what: "会话时长为 0，无人能登录".to_owned(),
                fix: "请给出大于 0 的数".to_owned(),
            });
        }
        Ok(())
    }
}

/// What went wrong, and what to do about it, without the place.
fn explain(kind: &Kind) -> (String, String) {
    match kind {
        Kind::UnknownField(key, known) => (format!("不认识的键“{key}”"), format!("可用的键：{}", known.join("、"))),
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => {
            (format!("值的类型不对：是 {found}，应为 {wanted}"), "请改正该值".to_owned())
        }
        Kind::UnknownVariant(value, known) => (format!("不认识的值“{value}”"), format!("可用：{}", known.join("、"))),
        other => (one_line(&other.to_string()), "请改正该值".to_owned()),
    }
}

fn in_file(path: &Path, text: &str, error: &figment::Error) -> ConfigError {
    let (what, fix) = explain(&error.kind);
    let mut keys = error.path.clone();
    if let Kind::UnknownField(key, _) = &error.kind
        && keys.last() != Some(key)
    {
        keys.push(key.clone());
    }
    let line = line_of(text, &keys).map(|line| format!(" 第 {line} 行")).unwrap_or_default();
    let key = if keys.is_empty() { String::new() } else { format!("（{}）", keys.join(".")) };
    ConfigError { place: format!("{}{line}{key}", path.display()), what, fix }
}

fn in_environment(error: &figment::Error) -> ConfigError {
    let (what, fix) = explain(&error.kind);
    let mut keys = error.path.clone();
    if let Kind::UnknownField(key, _) = &error.kind
        && keys.last() != Some(key)
    {
        keys.push(key.clone());
    }
    ConfigError { place: format!("环境变量 {ENV_PREFIX}{}", keys.join("__").to_uppercase()), what, fix }
}

/// The line (from 1) on which a key stands: the last part within its section, as far as plain TOML tells.
fn line_of(text: &str, keys: &[String]) -> Option<usize> {
    let (last, section) = keys.split_last()?;
    let section = section.join(".");
    let mut here = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            here = name.trim_end_matches(']').trim().to_owned();
            if section.is_empty() && here == *last {
                return Some(index + 1);
            }
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim().trim_matches('"');
            if (here == section && key == last) || (here.is_empty() && key == format!("{section}.{last}")) {
                return Some(index + 1);
            }
        }
    }
    None
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::from_parts(Path::new("huiying.toml"), text, Env::prefixed("HUIYING_TEST_NOTHING_"))
    }

    #[test]
    fn nothing_configured_is_the_default() {
        assert_eq!(read("").unwrap(), Config::default());
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let config = read("[web]\nlisten = \"0.0.0.0:9000\"\n[webhook.keys]\npartner = \"0123456789abcdef\"").unwrap();
        assert_eq!(config.web.listen.port(), 9000);
        assert_eq!(config.web.session_hours, Web::default().session_hours);
        assert_eq!(config.webhook.keys["partner"], "0123456789abcdef");
    }

    #[test]
    fn an_unknown_key_names_file_line_and_key() {
        let error = read("[database]\nurl = \"sqlite:a.db\"\n[web]\nport = 1\n").unwrap_err().to_string();
        assert!(error.contains("huiying.toml 第 4 行（web.port）"), "{error}");
        assert!(error.contains("不认识的键“port”") && error.contains("listen"), "{error}");
        let error = read("[wbe]\nlisten = \"0.0.0.0:9000\"\n").unwrap_err().to_string();
        assert!(error.contains("第 1 行（wbe）"), "{error}");
    }

    #[test]
    fn a_wrong_value_names_its_line() {
        let error = read("[web]\nsession_hours = \"long\"\n").unwrap_err().to_string();
        assert!(error.contains("第 2 行（web.session_hours）"), "{error}");
        assert!(!error.contains('\n'), "one line: {error}");
    }

    #[test]
    fn broken_toml_is_one_line() {
        let error = read("[web\nlisten").unwrap_err().to_string();
        assert!(error.starts_with("huiying.toml") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(read("[webhook.keys]\npartner = \"short\"").unwrap_err().to_string().contains("webhook.keys.partner"));
    }

    #[test]
    fn a_short_token_and_no_room_for_connections_are_refused() {
        for (text, key) in [
            ("[web]\nmetrics_token = \"short\"", "web.metrics_token"),
            ("[web]\nconnections_max = 3", "web.connections_max"),
            ("[web]\nconnections_per_address_max = 0", "web.connections_per_address_max"),
        ] {
            assert!(read(text).unwrap_err().to_string().contains(key), "{text}");
        }
    }

    #[test]
    fn digests_have_times_of_day() {
        let digest = |text: &str| read(&format!("[notify.digest]\n{text}")).map(|config| config.notify.digest.times());
        let time = |hour, minute| chrono::NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let usual = digest("").unwrap();
        assert_eq!((usual.at, usual.quiet), (vec![time(8, 30)], Some((time(22, 0), time(7, 0)))));
        let own = digest("at = [\"09:00\", \"17:30\"]\nquiet_from = \"07:00\"").unwrap();
        assert_eq!((own.at, own.quiet), (vec![time(9, 0), time(17, 30)], None), "the same time twice");
        assert!(digest("at = []").unwrap().at.is_empty());
        let error = digest("at = [\"25:00\"]").unwrap_err().to_string();
        assert!(error.contains("huiying.toml") && error.contains("notify.digest.at"), "{error}");
    }

    #[test]
    fn a_channel_that_is_half_configured_names_its_key() {
        let whole = "[notify.smtp]\nhost = \"mail.example.gov.cn\"\nfrom = \"回应 <hy@example.gov.cn>\"\n";
        assert_eq!(read(whole).unwrap().notify.smtp.unwrap().port(), 587);
        let feishu = "[notify.feishu]\nurl = \"https://open.feishu.cn/x\"\n";
        let dingtalk = "[notify.dingtalk.bodies.ecology]\nurl = \"https://oapi.dingtalk.com/x\"\nsecret = \"SEC\"\n";
        assert_eq!(read(dingtalk).unwrap().notify.dingtalk.unwrap().bodies.len(), 1);
        for (text, key) in [
            ("[notify.smtp]\n", "notify.smtp.host"),
            ("[notify.smtp]\nhost = \"mail\"\n", "notify.smtp.from"),
            (&format!("{whole}username = \"hy\"\n"), "notify.smtp.password"),
            (&format!("{whole}password = \"hy\"\n"), "notify.smtp.username"),
            ("[notify.webhook]\nurl = \"https://a\"\n", "notify.webhook.secret"),
            ("[notify.wecom]\n", "notify.wecom.url"),
            ("[notify.wecom]\nurl = \"qyapi\"\n", "notify.wecom.url"),
            ("[notify.wecom]\nurl = \"https://a\"\nsecret = \"x\"\n", "notify.wecom.secret"),
            (feishu, "notify.feishu.secret"),
            (&dingtalk.replace("secret", "# secret"), "notify.dingtalk.bodies.ecology.secret"),
            ("[notify.smtp]\nhots = \"a\"\n", "notify.smtp.hots"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(key), "{text}: {error}");
        }
    }

    #[test]
    fn a_missing_named_file_is_an_error() {
        let error = Config::load(Some(Path::new("/nowhere/huiying.toml"))).unwrap_err().to_string();
        assert!(error.contains("/nowhere/huiying.toml"), "{error}");
    }

    #[test]
    fn the_environment_is_named_by_its_variable() {
        let error = figment::Error::from(Kind::UnknownField("prot".into(), &["listen"])).with_path("web.prot");
        assert!(in_environment(&error).to_string().contains("HUIYING_WEB__PROT"));
    }
}
