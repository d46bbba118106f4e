//! A throw-away PostgreSQL for the tests: one server for the test binary, one fresh database for each test.
//!
//! `HUIYING_TEST_POSTGRES=postgres://user:password@host/postgres` names a server to use instead; its user must be allowed to
//! create databases. Without either, tests fail and say what to install; none is left out.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

const INSTALLED: &str = "/usr/lib/postgresql";
const INSTALL: &str = "the tests need PostgreSQL 14 or later: apt-get install -y postgresql, or set \
    HUIYING_TEST_POSTGRES=postgres://user:password@host/postgres";
const PASSWORD: &str = "throw away/%宣";
const START_TIMEOUT: Duration = Duration::from_secs(60);
const START_ATTEMPTS_MAX: u32 = 5;
const RESTART_ATTEMPTS_MAX: u32 = 50;
/// What makes the shared server fast: it is never killed.
const CARELESS: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off";
const QUERY: &str = "sslmode=disable";

/// The server of this test binary.
pub struct Server {
    /// URL up to the database's name.
    base: String,
    /// What follows it.
    query: String,
    ours: bool,
    _watchdog: Option<Watchdog>,
}

/// Held as long as this process lives: the server's watchdog stops it when our end of the pipe closes, however we end.
struct Watchdog {
    stdin: ChildStdin,
    /// Ends with it.
    log: thread::JoinHandle<()>,
}

/// A server of a test's own that can be killed: unlike the shared one it writes as a real one does.
pub struct Killable {
    bin: PathBuf,
    user: Option<(u32, u32)>,
    folder: PathBuf,
    port: u16,
    watchdog: Watchdog,
}

/// A fresh database.
pub struct Database {
    /// Its URL.
    pub url: String,
    name: String,
    server: &'static Server,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(1);

/// For a process of a test that works on `database_url`: the server that it lies on, so that the process starts none.
pub fn for_child(command: &mut Command, database_url: &str) {
    if database_url.starts_with("postgres") {
        let (base, rest) = database_url.rsplit_once('/').expect("a database's URL");
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        command.env("HUIYING_TEST_POSTGRES", format!("{base}/postgres?{query}"));
    }
}

/// The server, started by the first call.
pub fn server() -> &'static Server {
    SERVER.get_or_init(|| match std::env::var("HUIYING_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Server::given(&url),
        _ => Server::start(),
    })
}

impl Server {
    fn given(url: &str) -> Self {
        let (url, query) = url.split_once('?').unwrap_or((url, ""));
        let (base, name) = url.rsplit_once('/').unwrap_or((url, ""));
        assert!(
            base.contains("://") && base.len() > base.find("://").unwrap_or(0) + 3 && !name.is_empty(),
            "HUIYING_TEST_POSTGRES must look like postgres://user:password@host/postgres"
        );
        Self { base: base.to_owned(), query: query.to_owned(), ours: false, _watchdog: None }
    }

    fn start() -> Self {
        let (bin, user) = (binaries(), unprivileged());
        let folder = initialised(&bin, user.as_ref());
        let (port, watchdog) = serve_somewhere(&bin, user.as_ref(), &folder, CARELESS);
        Self { base: base(port), query: QUERY.into(), ours: true, _watchdog: Some(watchdog) }
    }

    fn url(&self, database: &str) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}/{database}{mark}{}", self.base, self.query)
    }

    async fn run(&self, sql: String) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap_or_else(|error| {
            panic!("the test's PostgreSQL does not answer: {error}; {INSTALL}");
        });
        sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await.unwrap_or_else(|error| {
            panic!("{sql}: {error}");
        });
        connection.close().await.expect("closing");
    }
}

impl Killable {
    /// Starts it.
    pub fn start() -> Self {
        let (bin, user) = (binaries(), unprivileged());
        let folder = initialised(&bin, user.as_ref());
        let (port, watchdog) = serve_somewhere(&bin, user.as_ref(), &folder, "");
        Self { bin, user, folder, port, watchdog }
    }

    /// URL of an empty database on it.
    pub async fn database(&self) -> String {
        let server = Server { base: base(self.port), query: QUERY.into(), ours: true, _watchdog: None };
        server.run("CREATE DATABASE killed ENCODING 'UTF8' TEMPLATE template0".to_owned()).await;
        server.url("killed")
    }

    /// Kills all its processes at once, and starts it again on the same port; it has recovered when this returns.
    pub async fn kill(self) -> Self {
        tokio::task::spawn_blocking(move || self.killed_and_started()).await.expect("PostgreSQL again")
    }

    fn killed_and_started(self) -> Self {
        let Self { bin, user, folder, port, mut watchdog } = self;
        let file = fs::read_to_string(folder.join("data/postmaster.pid")).expect("its pid file");
        let pid = file.lines().next().expect("a pid").trim().to_owned();
        let of_it = |stat: &str| stat.rsplit_once(')').and_then(|(_, rest)| rest.split(' ').nth(2)) == Some(&pid);
        let children = fs::read_dir("/proc").expect("/proc").flatten().filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            of_it(&stat).then(|| entry.file_name().to_string_lossy().into_owned())
        });
        // The children too: else they go on until they notice.
        let pids: Vec<String> = std::iter::once(pid.clone()).chain(children).collect();
        let kill = Command::new("sh").args(["-c", "kill -KILL \"$@\" 2>/dev/null", "kill"]).args(&pids).status();
        kill.expect("killing");
        writeln!(watchdog.stdin, "keep").expect("telling the watchdog");
        watchdog.log.join().expect("the watchdog");
        let again = (0..RESTART_ATTEMPTS_MAX).find_map(|_| serve(&bin, user.as_ref(), &folder, port, ""));
        let watchdog = again.expect("PostgreSQL does not start again");
        Self { bin, user, folder, port, watchdog }
    }
}

impl Database {
    /// Makes an empty database.
    pub async fn fresh() -> Self {
        let server = tokio::task::spawn_blocking(server).await.expect("the launcher");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("huiying_test_{}_{number}", std::process::id());
        server.run(format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")).await;
        Self { url: server.url(&name), name, server }
    }

    /// Runs statements beside the product.
    pub async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect(&self.url).await?;
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.map(|_| ());
        connection.close().await?;
        done
    }
}

impl Drop for Database {
    /// A server of ours goes as a whole; on a given one nothing is left behind.
    fn drop(&mut self) {
        if self.server.ours {
            return;
        }
        let (server, name) = (self.server, self.name.clone());
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(server.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        if dropped.join().is_err() {
            eprintln!("database {} was left on the given server", self.name);
        }
    }
}

/// A new data folder.
fn initialised(bin: &Path, user: Option<&(u32, u32)>) -> PathBuf {
    let folder = folder(user);
    let password = folder.join("password");
    fs::write(&password, PASSWORD).expect("the password file");
    own(&password, user);
    let mut init = as_user(user, &bin.join("initdb"));
    init.args(["--username=tester", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--locale=C"]);
    // A collation that sorts unlike bytes shows whether a query relies on the order of bytes without saying so.
    if version(bin) >= 15 {
        init.args(["--locale-provider=icu", "--icu-locale=zh"]);
    }
    let data = folder.join("data");
    let init = init.arg("--pwfile").arg(&password).arg("--pgdata").arg(&data).current_dir(&folder).output();
    let init = init.unwrap_or_else(|error| panic!("initdb can't be run: {error}; {INSTALL}"));
    assert!(init.status.success(), "initdb failed: {}", String::from_utf8_lossy(&init.stderr));
    folder
}

fn base(port: u16) -> String {
    let password = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect::<String>();
    format!("postgres://tester:{}@127.0.0.1:{port}", password.replace('+', "%20"))
}

/// On a port that is free.
fn serve_somewhere(bin: &Path, user: Option<&(u32, u32)>, folder: &Path, settings: &str) -> (u16, Watchdog) {
    let started = (0..START_ATTEMPTS_MAX).find_map(|_| {
        let port = free_port();
        serve(bin, user, folder, port, settings).map(|watchdog| (port, watchdog))
    });
    started.unwrap_or_else(|| panic!("PostgreSQL in {} did not start in {START_ATTEMPTS_MAX} attempts", bin.display()))
}

/// The folder with the newest server's binaries.
fn binaries() -> PathBuf {
    let folders = fs::read_dir(INSTALLED).map(|entries| entries.flatten().map(|entry| entry.path().join("bin")));
    let newest = folders
        .into_iter()
        .flatten()
        .filter(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .max_by_key(|bin| version(bin));
    newest.unwrap_or_else(|| panic!("no PostgreSQL server below {INSTALLED}; {INSTALL}"))
}

fn version(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or(0)
}

/// PostgreSQL refuses to run as root: then the user that Debian's package makes.
fn unprivileged() -> Option<(u32, u32)> {
    let me = fs::metadata("/proc/self").expect("/proc").uid();
    if me != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let line = passwd.lines().find(|line| line.starts_with("postgres:"));
    let line = line.unwrap_or_else(|| panic!("there is no user postgres to run the server as; {INSTALL}"));
    let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
    Some((numbers.next().expect("a uid"), numbers.next().expect("a gid")))
}

fn as_user(user: Option<&(u32, u32)>, program: &Path) -> Command {
    let mut command = match user {
        Some((uid, gid)) => {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into(), "--".into()]);
            command.arg(program);
            command
        }
        None => Command::new(program),
    };
    // The settings of a developer's own PostgreSQL are not ours.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command
}

fn folder(user: Option<&(u32, u32)>) -> PathBuf {
    let folder =
        tempfile::Builder::new().prefix("huiying-postgres-").tempdir().expect("a folder for PostgreSQL").keep();
    own(&folder, user);
    folder
}

fn own(path: &Path, user: Option<&(u32, u32)>) {
    if let Some((uid, gid)) = user {
        std::os::unix::fs::chown(path, Some(*uid), Some(*gid)).expect("handing over to the user postgres");
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Starts the server under a watchdog that stops it and removes its folder when our end of the pipe closes, unless it was
/// told to keep it. `None` if it ended before it was ready, as when another process took the port.
fn serve(bin: &Path, user: Option<&(u32, u32)>, folder: &Path, port: u16, settings: &str) -> Option<Watchdog> {
    const WATCHDOG: &str = r#"
        "$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c max_connections=400 \
            -c shared_buffers=64MB $4 </dev/null 2>&1 &
        server=$!
        read word || true
        kill -QUIT "$server" 2>/dev/null
        wait "$server"
        [ "$word" = keep ] || rm -rf "$2"
    "#;
    let mut command = as_user(user, Path::new("/bin/sh"));
    command.args(["-c", WATCHDOG, "watchdog"]).arg(bin).arg(folder).arg(port.to_string()).arg(settings);
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child: Child = command.spawn().unwrap_or_else(|error| panic!("sh or setpriv can't be run: {error}"));
    let mut stdin = child.stdin.take().expect("its standard input");
    let log = child.stdout.take().expect("its log");
    let (ready, wait) = mpsc::channel();
    // Reads on after the start, so that the server never waits for room in the pipe.
    let log = thread::spawn(move || {
        let mut early = Vec::new();
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if line.contains("database system is ready to accept connections") {
                let _ = ready.send(Ok(()));
            } else if line.contains("could not create any TCP/IP sockets") {
                let _ = ready.send(Err(line));
            } else if early.len() < 50 {
                early.push(line);
            }
        }
        let _ = ready.send(Err(early.join("\n")));
        child.wait().expect("the end of the watchdog");
    });
    match wait.recv_timeout(START_TIMEOUT) {
        Ok(Ok(())) => Some(Watchdog { stdin, log }),
        Ok(Err(log)) => {
            eprintln!("PostgreSQL did not start on port {port}: {log}");
            // The next attempt needs the folder.
            let _ = writeln!(stdin, "keep");
            None
        }
        Err(_) => panic!("PostgreSQL was not ready after {} s", START_TIMEOUT.as_secs()),
    }
}
