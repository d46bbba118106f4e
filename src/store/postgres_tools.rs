//! PostgreSQL's own tools for backup and restore: `pg_dump` and `pg_restore`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::error::StoreError;
use super::open::without_password;

/// Where Debian keeps the tools of each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// How to call them for one database.
pub(super) struct Tools {
    /// The URL without its password, which others could read in the list of processes.
    url: String,
    password: Option<String>,
}

impl Tools {
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        let invalid = |why: String| StoreError::Url {
            url: without_password(url),
            why,
            fix: "请写作 postgres://用户:密码@主机:5432/库名".into(),
        };
        let mut parsed = url::Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        let password = parsed
            .password()
            .map(|encoded| percent_decoded(encoded).ok_or_else(|| invalid("密码中的 %XX 不是 UTF-8".into())));
        let password = password.transpose()?;
        // Fails only for URLs without a host, which carry no password.
        let _ = parsed.set_password(None);
        Ok(Self { url: parsed.to_string(), password })
    }

    /// Writes all that the database holds into a file of PostgreSQL's own format.
    pub(super) async fn dump(&self, to: &Path) -> Result<(), StoreError> {
        let mut command = self.command("pg_dump")?;
        super::open::create_file(to).map_err(|error| StoreError::Backup(format!("{}：{error}", to.display())))?;
        for table in super::backup::LEFT_OUT {
            command.arg(format!("--exclude-table-data={table}"));
        }
        command.arg("--format=custom").arg("--no-owner").arg("--no-privileges").arg("--file").arg(to);
        command.arg("--dbname").arg(&self.url);
        run("pg_dump", command).await.map(|_| ())
    }

    /// Whether the file is an archive of ours: its list of contents names our events.
    pub(super) async fn check(&self, from: &Path) -> Result<(), StoreError> {
        let mut command = self.command("pg_restore")?;
        command.arg("--list").arg(from);
        let list = run("pg_restore", command).await?;
        if list.contains(" events ") && list.contains(" huiying_migrations ") {
            return Ok(());
        }
        Err(StoreError::Backup(format!("{}：不是 huiying 的备份；请指定 huiying backup 写出的文件", from.display())))
    }

    /// Reads an archive in, in one transaction: all or nothing. `replace` drops what is there.
    pub(super) async fn load(&self, from: &Path, replace: bool) -> Result<(), StoreError> {
        let mut command = self.command("pg_restore")?;
        command.arg("--single-transaction").arg("--exit-on-error").arg("--no-owner").arg("--no-privileges");
        if replace {
            command.arg("--clean").arg("--if-exists");
        }
        command.arg("--dbname").arg(&self.url).arg(from);
        run("pg_restore", command).await.map(|_| ())
    }

    fn command(&self, tool: &str) -> Result<tokio::process::Command, StoreError> {
        let path = find(tool).ok_or_else(|| {
            StoreError::Backup(format!(
                "找不到 {tool}。请安装 PostgreSQL 客户端（apt-get install postgresql-client），版本不低于服务器"
            ))
        })?;
        let mut command = tokio::process::Command::new(path);
        command.stdin(Stdio::null()).kill_on_drop(true);
        match &self.password {
            Some(password) => command.env("PGPASSWORD", password),
            None => command.env_remove("PGPASSWORD"),
        };
        Ok(command)
    }
}

async fn run(tool: &str, mut command: tokio::process::Command) -> Result<String, StoreError> {
    let output = command.output().await.map_err(|error| StoreError::Backup(format!("{tool} 无法运行：{error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    Err(StoreError::Backup(format!("{tool} 失败：{}", said.join("；"))))
}

/// On the path, else the newest of Debian's.
fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(found) = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| file.is_file()) {
        return Some(found);
    }
    let version = |path: &Path| -> u32 {
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let folders = std::fs::read_dir(DEBIAN).ok()?.flatten().map(|entry| entry.path());
    folders
        .filter(|folder| folder.join("bin").join(tool).is_file())
        .max_by_key(|folder| version(folder))
        .map(|folder| folder.join("bin").join(tool))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = if first == b'%' { tail.get(..2) } else { None };
        match digits.and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_kept_apart() {
        let tools = Tools::of("postgres://a:p%40ss%25%E5%AE%A3@127.0.0.1:5433/d?sslmode=disable").unwrap();
        assert_eq!(tools.url, "postgres://a@127.0.0.1:5433/d?sslmode=disable");
        assert_eq!(tools.password.as_deref(), Some("p@ss%宣"));
    }
}
