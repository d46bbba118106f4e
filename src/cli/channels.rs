//! The channels of an installation, made of its configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Failure;
use crate::config::Config;
use crate::config::notify::{Robots as RobotsConfig, Smtp as SmtpConfig, Tls};
use crate::domain::office::{CITY, Office};
use crate::domain::routing::{DINGTALK, FEISHU, Routes, SMTP, WEBHOOK, WECOM};
use crate::engine::deliver::{Channels, StorePaces};
use crate::notify::{
    Channel, ChannelError, DingTalk, Feishu, Mailer, Paces, Robot, Robots, Smtp, SmtpTls, WeCom, Webhook,
};
use crate::store::Store;

/// By which channels people are told, and who by which.
pub(super) struct Told {
    pub routes: Routes,
    pub channels: Channels,
}

impl Told {
    /// In-app alone.
    pub fn in_app(store: &Store) -> Self {
        Self { routes: Routes::default(), channels: Channels::in_app(store) }
    }
}

/// All that are configured.
pub(super) fn all(config: &Config, office: &Office, store: &Store) -> Result<Told, Failure> {
    let mut told = Told::in_app(store);
    for id in [SMTP, WEBHOOK, WECOM, DINGTALK, FEISHU] {
        let paces = Arc::new(StorePaces::new(store.clone()));
        if let Some(channel) = one(config, office, id, paces)? {
            told.channels = told.channels.with(channel);
        }
    }
    told.routes.smtp = config.notify.smtp.is_some();
    told.routes.webhook = config.notify.webhook.is_some();
    for (id, robots) in robots_of(config) {
        if let Some(robots) = robots {
            told.routes.robots.insert(id.to_owned(), places(robots).into_keys().collect());
        }
    }
    Ok(told)
}

/// One channel, if it is configured; robots keep their pace by those.
pub(super) fn one(
    config: &Config,
    office: &Office,
    id: &str,
    paces: Arc<dyn Paces>,
) -> Result<Option<Arc<dyn Channel>>, Failure> {
    let notify = &config.notify;
    let channel: Option<Arc<dyn Channel>> = match id {
        SMTP => match &notify.smtp {
            Some(smtp) => Some(Arc::new(mailer(smtp)?)),
            None => None,
        },
        WEBHOOK => match &notify.webhook {
            Some(to) => Some(Arc::new(Webhook::new(to.url.clone(), to.secret.clone()).map_err(|e| usage(id, &e))?)),
            None => None,
        },
        _ => match robots_of(config).into_iter().find(|(known, _)| *known == id) {
            Some((_, Some(robots))) => Some(group(id, robots, office, paces)?),
            _ => None,
        },
    };
    Ok(channel)
}

/// The bodies and jurisdictions whose group has a robot; the office's is the city's.
pub(super) fn places(robots: &RobotsConfig) -> BTreeMap<String, Robot> {
    let city = robots.city().map(|robot| (CITY.to_owned(), robot));
    let bodies = robots.bodies.iter().map(|(body, robot)| (body.clone(), robot.clone()));
    city.into_iter()
        .chain(bodies)
        .map(|(place, robot)| (place, Robot { url: robot.url, secret: robot.secret }))
        .collect()
}

/// The robots by channel, as configured.
pub(super) fn robots_of(config: &Config) -> [(&'static str, Option<&RobotsConfig>); 3] {
    let notify = &config.notify;
    [(WECOM, notify.wecom.as_ref()), (DINGTALK, notify.dingtalk.as_ref()), (FEISHU, notify.feishu.as_ref())]
}

fn group(id: &str, robots: &RobotsConfig, office: &Office, paces: Arc<dyn Paces>) -> Result<Arc<dyn Channel>, Failure> {
    if let Some(unknown) = robots.bodies.keys().find(|body| !office.bodies.contains_key(body.as_str())) {
        return Err(Failure::Usage(format!(
            "notify.{id}.bodies.{unknown}：没有单位 {unknown}；请改为 departments/ 中的编号，或删去这一节"
        )));
    }
    let robots = places(robots);
    let channel: Result<Arc<dyn Channel>, ChannelError> = match id {
        WECOM => Robots::<WeCom>::new(robots, paces).map(|channel| Arc::new(channel) as _),
        DINGTALK => Robots::<DingTalk>::new(robots, paces).map(|channel| Arc::new(channel) as _),
        _ => Robots::<Feishu>::new(robots, paces).map(|channel| Arc::new(channel) as _),
    };
    channel.map_err(|error| usage(id, &error))
}

fn mailer(smtp: &SmtpConfig) -> Result<Mailer, Failure> {
    let settings = Smtp {
        host: smtp.host.clone(),
        port: smtp.port(),
        tls: match smtp.tls {
            Tls::Starttls => SmtpTls::Starttls,
            Tls::Implicit => SmtpTls::Implicit,
            Tls::None => SmtpTls::None,
        },
        login: smtp.username.clone().filter(|name| !name.is_empty()).zip(smtp.password.clone()),
        from: smtp.from.clone(),
    };
    Mailer::new(&settings).map_err(|error| usage(SMTP, &error))
}

fn usage(id: &str, error: &ChannelError) -> Failure {
    Failure::Usage(format!("notify.{id}：{error}；请改正 huiying.toml 的这一节"))
}
