//! Whom the owners of sites can turn to (采集联系方式): configured, or asked for at the first start and kept with the data.

use std::io::{BufRead, IsTerminal, Write};

use super::Failure;
use crate::config::Config;
use crate::config::collect::check_contact;
use crate::rules::Rules;
use crate::store::Store;
use crate::web::CONTACT;

/// Times that it is asked for.
const ASKED_MAX: usize = 3;

/// The contact as configured, else as it was answered once.
pub(super) async fn known(configured: Option<String>, store: &Store) -> Result<Option<String>, Failure> {
    match configured {
        Some(contact) => Ok(Some(contact)),
        None => Ok(store.meta(CONTACT).await.map_err(anyhow::Error::new)?),
    }
}

/// Keeps what is configured where pages can see that it is known; asks whoever starts a service without it at a terminal, and
/// says how to set it where nobody can be asked.
pub(super) async fn ask(config: &Config, store: &Store, rules: &Rules) -> Result<(), Failure> {
    let stored = store.meta(CONTACT).await.map_err(anyhow::Error::new)?;
    let contact = match (&config.collect.contact, stored) {
        (Some(contact), stored) if stored.as_ref() != Some(contact) => contact.clone(),
        (Some(_), _) | (None, Some(_)) => return Ok(()),
        (None, None) => {
            let fetches = rules.sources.iter().any(|source| source.enabled && source.kind.is_fetched());
            match (fetches && config.collect.enabled, at_terminal()) {
                (false, _) => return Ok(()),
                (true, Some(contact)) => contact,
                (true, None) => {
                    eprintln!(
                        "提醒：没有写明采集联系方式，网站方无从联系本单位；请在配置文件 [collect] 中写 contact = \"mailto:…\""
                    );
                    return Ok(());
                }
            }
        }
    };
    let mut tx = store.write().await.map_err(anyhow::Error::new)?;
    tx.put_meta(CONTACT, &contact).await.map_err(anyhow::Error::new)?;
    tx.commit().await.map_err(anyhow::Error::new)?;
    Ok(())
}

fn at_terminal() -> Option<String> {
    let (stdin, mut stderr) = (std::io::stdin(), std::io::stderr());
    if !stdin.is_terminal() || !stderr.is_terminal() {
        return None;
    }
    for _ in 0..ASKED_MAX {
        let _ = write!(stderr, "采集时向网站方表明身份的联系方式（单位邮箱、网址或电话，直接回车则以后再填）：");
        let _ = stderr.flush();
        let mut line = String::new();
        stdin.lock().read_line(&mut line).ok()?;
        let contact = line.trim();
        if contact.is_empty() {
            return None;
        }
        match check_contact(contact) {
            Ok(()) => return Some(contact.to_owned()),
            Err((what, fix)) => eprintln!("{what}；{fix}"),
        }
    }
    None
}
