//! People who use a service that is measured: their accounts, and they themselves, logged in.

use std::net::SocketAddr;

use anyhow::anyhow;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::acts::administration::{Credential, apply};
use crate::cli::serve::Service;
use crate::cli::user::CONSOLE;
use crate::domain::administration::{AdminCommand, Role};
use crate::domain::ids::UserId;
use crate::web::password::Passwords;

const PASSWORD: &str = "bench password of a throw-away service";

/// Makes accounts, each with its roles.
pub async fn add(service: &Service, passwords: &Passwords, people: &[(&str, Vec<Role>)]) -> anyhow::Result<()> {
    let hash = passwords.hash(PASSWORD.to_owned(), &[]).await?;
    let office = &service.acts.rules().office;
    for (user, roles) in people {
        let command =
            AdminCommand::AddUser { user: UserId::from(*user), name: (*user).to_owned(), roles: roles.clone() };
        let credential = Credential { hash: hash.clone(), must_change: false };
        apply(&service.store, office, &[command], Some(&credential), CONSOLE, None, service.clock.now()).await?;
    }
    Ok(())
}

/// Someone who is logged in.
pub struct Person {
    client: Client,
    base: String,
    cookie: String,
    csrf: String,
}

impl Person {
    /// With the password of all who are made here.
    pub async fn log_in(address: SocketAddr, user: &str) -> anyhow::Result<Self> {
        let (client, base) = (Client::new(), format!("http://{address}/api/v1"));
        let body = json!({ "user": user, "password": PASSWORD }).to_string();
        let request = client.post(format!("{base}/session")).header("content-type", "application/json").body(body);
        let answer = request.send().await?.error_for_status()?;
        let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).ok_or_else(|| anyhow!("没有会话"))?.to_owned();
        let csrf = body_of(answer).await?["csrf"].as_str().unwrap_or_default().to_owned();
        Ok(Self { client, base, cookie, csrf })
    }

    /// What stands at a path of the API; an error where that is refused.
    pub async fn get(&self, path: &str) -> anyhow::Result<Response> {
        let request = self.client.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        Ok(request.send().await?.error_for_status()?)
    }

    /// Sends JSON, and gives what is answered.
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let request = request.header("x-csrf-token", &self.csrf).header("content-type", "application/json");
        body_of(request.body(body.to_string()).send().await?.error_for_status()?).await
    }
}

/// The JSON of an answer.
pub async fn body_of(answer: Response) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}
