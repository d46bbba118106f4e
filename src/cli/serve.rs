//! `huiying serve`: API, dashboards and workers in one process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::channels::{self, Told};
use super::user::CONSOLE;
use super::{Failure, Global, Outcome, drill, files, model, open, rule_files};
use crate::acts::administration::{AdminError, Credential, apply};
use crate::acts::author_key::AuthorKey;
use crate::acts::intake::Intake;
use crate::acts::rule_files::RuleFiles;
use crate::acts::{Acts, SharedRules};
use crate::config::collect::Collect;
use crate::config::{Config, Web};
use crate::domain::administration::{AdminCommand, AdminRefusal, Role};
use crate::domain::ids::UserId;
use crate::domain::office::Office;
use crate::engine::{CollectOptions, Engine, EngineOptions, Retention, jobs_file};
use crate::rules::Rules;
use crate::rules::live::{LiveRules, SharedAnalyser};
use crate::store::Store;
use crate::telemetry;
use crate::text::Analyser;
use crate::time::{SharedClock, SystemClock};
use crate::web::doors::Doors;
use crate::web::live::Live;
use crate::web::password::{self, Passwords};
use crate::web::room::Room;
use crate::web::{Parts, doors, router};

/// How long requests that are under way may take to end when the service stops.
pub(super) const GRACE: Duration = Duration::from_secs(10);
/// The first user.
const ADMIN: &str = "admin";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Address and port (default: web.listen, else 127.0.0.1:8080)
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Play a scenario on a throw-away database instead (default: the one that ships with the product)
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1)]
    drill: Option<Option<PathBuf>>,
    /// How much faster than the wall's clock a drill runs (600: a day in 2.4 minutes)
    #[arg(long, value_name = "N", default_value_t = 600.0, requires = "drill")]
    speed: f64,
}

impl Serve {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let dir = open::rules_dir(global, &config)?;
        open::runtime()?.block_on(self.serve(config, rules, dir))
    }

    async fn serve(self, config: Config, rules: Rules, dir: PathBuf) -> Outcome {
        // The port first: nothing is made or printed by a service that can't be reached.
        let listener = listen(self.listen.unwrap_or(config.web.listen)).await?;
        match &self.drill {
            Some(scenario) => drill::serve(listener, config, rules, scenario.as_deref(), self.speed).await,
            None => serve(listener, config, rules, dir).await,
        }
    }
}

async fn serve(listener: TcpListener, config: Config, rules: Rules, dir: PathBuf) -> Outcome {
    let store = open::store(&config).await?;
    let passwords = Passwords::new().map_err(anyhow::Error::new)?;
    let clock: SharedClock = Arc::new(SystemClock::default());
    first_admin(&store, &rules.office, &passwords, &clock, config.web.first_password_file.as_deref()).await?;
    super::contact::ask(&config, &store, &rules).await?;
    let jobs = jobs_file(&config.database.url);
    let service = Service::configured(store, rules, clock, &config).await?.following(dir, true);
    announce(&listener)?;
    run(listener, service.parts(&config, passwords, false).await?, service.engine.clone(), jobs, None).await?;
    service.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// How the engine collects, as configured.
async fn collect_options(config: &Config, store: &Store) -> Result<CollectOptions, Failure> {
    let Collect { enabled, allow_private_addresses, contact, proxy } = config.collect.clone();
    let contact = super::contact::known(contact, store).await?;
    Ok(CollectOptions { enabled, allow_private: allow_private_addresses, contact, proxy })
}

/// What a service and a drill are both made of.
pub(super) struct Service {
    pub store: Store,
    pub rules: SharedRules,
    pub analyser: SharedAnalyser,
    /// Rule files, where they may be changed: not in a drill.
    pub rule_files: Option<RuleFiles>,
    pub clock: SharedClock,
    pub acts: Acts,
    pub engine: Engine,
    /// The key of the author hashes.
    pub author_key: AuthorKey,
}

impl Service {
    /// Without a key in the options: with one that nobody else has, as for a throw-away database.
    pub fn new(
        store: Store,
        rules: Rules,
        clock: SharedClock,
        options: EngineOptions,
        told: Told,
    ) -> Result<Self, Failure> {
        let author_key = match &options.author_key {
            Some(key) => key.clone(),
            None => AuthorKey::random().map_err(anyhow::Error::new)?,
        };
        let options = EngineOptions { author_key: Some(author_key.clone()), ..options };
        let analyser = Arc::new(Analyser::new(rules.vocabulary()));
        let rules: SharedRules = Arc::new(ArcSwap::from_pointee(rules));
        let acts = Acts::new(store.clone(), rules.clone()).with_routes(told.routes);
        let engine = Engine::new(store.clone(), acts.clone(), rules.clone(), analyser.clone(), clock.clone(), options)
            .with_channels(told.channels);
        let analyser = Arc::new(ArcSwap::new(analyser));
        Ok(Self { store, rules, analyser, rule_files: None, clock, acts, engine, author_key })
    }

    /// As the configuration says: a node that does everything.
    pub async fn configured(store: Store, rules: Rules, clock: SharedClock, config: &Config) -> Result<Self, Failure> {
        let options = EngineOptions {
            collect: collect_options(config, &store).await?,
            retention: Retention::of(&config.retention),
            author_key: Some(open::author_key(config, &store).await?),
            ..EngineOptions::default()
        };
        let told = channels::all(config, &rules.office, &store)?;
        let service = Self::new(store, rules, clock, options, told)?;
        service.analyser.load().set_model(model::configured(config)?);
        if let Some(path) = config.analysis.model.clone() {
            tokio::spawn(model::watch(path, service.analyser.clone()));
        }
        let engine = service.engine.with_seals(open::seals_dir(config)).with_digests(config.notify.digest.times());
        Ok(Self { engine, ..service })
    }

    /// By the rules of a folder that is looked at as long as the process lives. One that serves pages also keeps what it finds
    /// there as editions.
    pub fn following(self, dir: PathBuf, keeps: bool) -> Self {
        let live = Arc::new(LiveRules::new(dir, self.rules.clone(), self.analyser.clone()));
        let engine = self.engine.following(&live);
        let files = RuleFiles::new(self.store.clone(), live);
        tokio::spawn(rule_files::follow(files.clone(), self.clock.clone(), keeps));
        Self { engine, rule_files: Some(files), ..self }
    }

    pub async fn parts(&self, config: &Config, passwords: Passwords, drill: bool) -> Result<Parts, Failure> {
        Ok(Parts {
            store: self.store.clone(),
            acts: self.acts.clone(),
            rules: self.rules.clone(),
            analyser: self.analyser.clone(),
            rule_files: self.rule_files.clone(),
            clock: self.clock.clone(),
            wall: Arc::new(SystemClock::default()),
            web: config.web.clone(),
            webhook: config.webhook.clone(),
            intake: Intake::new(&self.store, &self.author_key).map_err(anyhow::Error::new)?,
            passwords,
            metrics: telemetry::start_metrics().map_err(anyhow::Error::new)?,
            live: Live::default(),
            stop: CancellationToken::new(),
            seals: open::seals_dir(config),
            drill,
            body_within: crate::web::BODY_WITHIN,
        })
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let (why, fix) = match error.kind() {
            std::io::ErrorKind::AddrInUse => ("已被占用".to_owned(), "请停掉占用它的程序，或用 --listen 换一个端口"),
            std::io::ErrorKind::PermissionDenied => ("不允许使用".to_owned(), "1024 以下的端口需要特权，请换一个"),
            _ => (format!("不能监听：{error}"), "请检查 web.listen 或 --listen 的地址"),
        };
        Failure::Usage(format!("地址 {address} {why}；{fix}"))
    })
}

pub(super) fn announce(listener: &TcpListener) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(anyhow::Error::new)?;
    say!("服务地址：http://{address}");
    Ok(())
}

/// On the first start there is nobody yet: makes the administrator, and prints the password once, or writes it to a file.
async fn first_admin(
    store: &Store,
    office: &Office,
    passwords: &Passwords,
    clock: &SharedClock,
    file: Option<&Path>,
) -> Result<(), Failure> {
    if store.user_count().await.map_err(anyhow::Error::new)? > 0 {
        return Ok(());
    }
    let password = password::generate().map_err(anyhow::Error::new)?;
    let hash = passwords.hash(password.clone(), &[]).await.map_err(anyhow::Error::new)?;
    let command =
        AdminCommand::AddUser {
            user: UserId::from(ADMIN), name: "系统管理员".to_owned(), roles: vec![Role::Admin]
        };
    let credential = Credential { hash, must_change: true };
    // Written first: nobody can log in with a password that nobody was told.
    if let Some(file) = file {
        write_password(file, &password)?;
    }
    match apply(store, office, &[command], Some(&credential), CONSOLE, None, clock.now()).await {
        Ok(()) => {
            match file {
                Some(file) => say!(
                    "首次启动，已建立系统管理员：用户名 {ADMIN}，密码在文件 {} 中（仅本账户可读，登录修改后请删除该文件）",
                    file.display()
                ),
                None => {
                    say!("首次启动，已建立系统管理员：用户名 {ADMIN}，密码 {password}（只显示这一次，登录后请修改）")
                }
            }
            Ok(())
        }
        Err(error) => {
            // Of no use: this one was not taken.
            if let Some(file) = file {
                let _ = std::fs::remove_file(file);
            }
            match error {
                // Another node was faster and has told its password.
                AdminError::Refused(AdminRefusal::Exists(_)) => Ok(()),
                error => Err(Failure::Other(error.into())),
            }
        }
    }
}

/// Writes the first password to a new file that its owner alone can read.
fn write_password(file: &Path, password: &str) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut to| writeln!(to, "{password}").and_then(|()| to.sync_all()));
    written.map_err(|error| {
        Failure::Usage(format!(
            "首个密码写不进 {}：{error}；请检查目录与权限，或改 web.first_password_file",
            file.display()
        ))
    })
}

/// Something that plays beside the service: a drill.
pub(super) type Beside = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves until a signal, then lets what is under way end.
pub(super) async fn run(
    listener: TcpListener,
    parts: Parts,
    engine: Engine,
    jobs: PathBuf,
    beside: Option<Beside>,
) -> Result<(), Failure> {
    let stop = parts.stop.clone();
    let mut workers = JoinSet::new();
    workers.spawn({
        let stop = stop.clone();
        async move {
            if let Err(error) = engine.run(jobs, stop).await {
                tracing::error!(%error, "the engine ended");
            }
        }
    });
    if let Some(beside) = beside {
        workers.spawn(beside);
    }
    workers.spawn(parts.live.clone().follow(parts.store.clone(), stop.clone()));
    let doors = Doors { tls_only: parts.web.secure_cookie, ..Doors::new(room(&parts.web)) };
    let mut server = tokio::spawn(doors::serve(listener, router(parts.into_app()), doors, stop.clone()));
    tokio::select! {
        ended = &mut server => ended.map_err(anyhow::Error::new)?,
        signal = asked_to_stop() => {
            signal?;
            eprintln!("正在停止：等待进行中的请求完成（最多 {} 秒）", GRACE.as_secs());
            stop.cancel();
            if tokio::time::timeout(GRACE, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
    stop.cancel();
    let ended = tokio::time::timeout(GRACE, async { while workers.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!("workers did not end in time; what they had begun is taken up at the next start");
    }
    Ok(())
}

/// How many connections there may be: as configured, as far as the process may open so many files.
pub(super) fn room(web: &Web) -> Room {
    let files = files::raise_limit();
    let wanted = usize::try_from(web.connections_max).unwrap_or(usize::MAX);
    let connections_max = wanted.min(files.saturating_sub(files::KEPT).max(files::KEPT / 2));
    if connections_max < wanted {
        tracing::warn!(
            "本进程只能打开 {files} 个文件，最多同时接受 {connections_max} 个连接（web.connections_max 为 {wanted}）；\
             请调大文件数上限，如 systemd 的 LimitNOFILE=65536 或 ulimit -n 65536"
        );
    }
    let per_address_max = usize::try_from(web.connections_per_address_max).unwrap_or(usize::MAX);
    Room::new(connections_max, (!web.behind_proxy).then_some(per_address_max))
}

pub(super) async fn asked_to_stop() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(anyhow::Error::new)?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.map_err(anyhow::Error::new)?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
