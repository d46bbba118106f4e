//! `huiying serve --drill`: the service on a throw-away database, with a scenario playing on a clock that runs faster.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::channels::Told;
use super::replay::Scratch;
use super::serve::{Service, announce, run};
use super::user::CONSOLE;
use super::{Failure, Outcome, open};
use crate::acts::administration::{Credential, apply};
use crate::config::Config;
use crate::domain::administration::{AdminCommand, Role};
use crate::domain::ids::{BodyId, UserId};
use crate::domain::incident::Command;
use crate::domain::instant::Span;
use crate::engine::{CollectOptions, EngineOptions, jobs_file};
use crate::replay::{DRILL, Deed, Player, Scenario, play_live};
use crate::rules::Rules;
use crate::store::StoreOptions;
use crate::time::{DrillClock, SharedClock};
use crate::web::password::{self, Passwords};

/// The clock starts a little before the first line, so that one can log in and watch.
const LEAD_IN: Span = Span::from_minutes(5);
/// Fastest drill: a day in under nine seconds.
const SPEED_MAX: f64 = 10_000.0;

/// How long the clock goes on after the last line of the drill that ships: what it called for is still told.
const LEAD_OUT: Span = Span::from_hours(2);

/// Serves a drill until a signal.
pub(super) async fn serve(
    listener: TcpListener,
    config: Config,
    rules: Rules,
    file: Option<&Path>,
    speed: f64,
) -> Outcome {
    if !(1.0..=SPEED_MAX).contains(&speed) {
        return Err(Failure::Usage(format!("--speed {speed}：应在 1 到 {SPEED_MAX} 之间")));
    }
    let scenario = scenario(file)?;
    let Some(first) = scenario.lines.first() else {
        return Err(Failure::Usage("演练场景没有任何一行可执行".to_owned()));
    };
    let scratch = Scratch::new()?;
    let database = scratch.path.join("drill.db");
    let store = open::migrated(&StoreOptions::throw_away(&database)).await?;
    let passwords = Passwords::new().map_err(anyhow::Error::new)?;
    let clock = DrillClock::new(first.at - LEAD_IN, speed);
    // The drill that ships has an end; whoever plays a file of their own may go on by hand after its last line.
    let clock = match scenario.lines.last() {
        Some(last) if file.is_none() => clock.until(last.at + LEAD_OUT),
        _ => clock,
    };
    let clock: SharedClock = Arc::new(clock);
    let options = EngineOptions {
        auto_assign: scenario.setup.auto_assign.unwrap_or(true),
        policy: scenario.setup.policy.clone(),
        // A drill plays what its scenario says and reaches out to nobody.
        collect: CollectOptions { enabled: false, ..CollectOptions::default() },
        ..EngineOptions::default()
    };
    let told = Told::in_app(&store);
    let service = Service::new(store, rules, clock, options, told)?;
    users(&service, &scenario, &passwords).await?;
    eprintln!("演练：时钟快 {speed} 倍，从 {} 开始；数据在停止后清除", first.at - LEAD_IN);
    announce(&listener)?;
    let parts = service.parts(&config, passwords, true).await?;
    let policy = scenario.setup.policy.clone();
    let mut player = Player::new(service.engine.clone(), service.acts.clone(), policy.as_deref())
        .await
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let (clock, stop) = (service.clock.clone(), parts.stop.clone());
    let play = async move {
        if let Err(error) = play_live(&scenario, &mut player, &clock, &stop).await {
            tracing::error!(%error, "the drill can't go on");
        }
    };
    let jobs = jobs_file(&format!("sqlite:{}", database.display()));
    run(listener, parts, service.engine.clone(), jobs, Some(Box::pin(play))).await?;
    service.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn scenario(file: Option<&Path>) -> Result<Scenario, Failure> {
    let text = match file {
        None => DRILL.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("{}：读不了场景文件：{error}", path.display())))?,
    };
    let scenario = Scenario::read(&text);
    for error in &scenario.errors {
        eprintln!("{}：{error}", file.map_or("scenarios/drill.jsonl".into(), |path| path.display().to_string()));
    }
    Ok(scenario)
}

/// The users of `contract.md`, with their passwords printed.
async fn users(service: &Service, scenario: &Scenario, passwords: &Passwords) -> Result<(), Failure> {
    let office = &service.acts.rules().office;
    let body = department(scenario);
    let portfolio: Vec<BodyId> = office.bodies.keys().cloned().collect();
    let roles = [
        ("analyst", "研判员甲", Role::Analyst),
        ("analyst2", "研判员乙", Role::Analyst),
        ("department", "承办单位", Role::Department { body, head: true }),
        ("leader", "分管领导", Role::Leader { portfolio }),
        ("admin", "系统管理员", Role::Admin),
    ];
    say!("演练用户（用户名 姓名 密码）：");
    for (user, name, role) in roles {
        let password = password::generate().map_err(anyhow::Error::new)?;
        let hash = passwords.hash(password.clone(), &[]).await.map_err(anyhow::Error::new)?;
        let command = AdminCommand::AddUser { user: UserId::from(user), name: name.to_owned(), roles: vec![role] };
        let credential = Credential { hash, must_change: false };
        apply(&service.store, office, &[command], Some(&credential), CONSOLE, None, service.clock.now())
            .await
            .map_err(anyhow::Error::new)?;
        say!("  {user} {name} {password}");
    }
    Ok(())
}

/// The body for which the user `department` works: the first that the scenario gives a lead to.
fn department(scenario: &Scenario) -> BodyId {
    scenario
        .lines
        .iter()
        .find_map(|line| match &line.deed {
            Deed::Act { command, .. } => match &**command {
                Command::Assign { department, .. } => Some(department.clone()),
                _ => None,
            },
            _ => None,
        })
        .unwrap_or_else(|| BodyId::from("ecology"))
}
