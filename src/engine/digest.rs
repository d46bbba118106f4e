//! Digests (每日摘要): at fixed times each body is told what it has in hand, and the duty desk and the office's director what
//! the city has. They can wait: quiet hours hold them back, and only them.

use std::fmt::Write as _;

use super::tell::city_holders;
use super::{Engine, EngineError};
use crate::domain::body::Tier;
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::Instant;
use crate::domain::office::Office;
use crate::notify::{Content, DIGEST};
use crate::store::{IncidentFilter, IncidentRow, NewOutbox, View};

/// Cases that a digest lists; it counts the others. One robot takes 2,048 bytes.
const LISTED_MAX: i64 = 5;
/// Who is told of the whole city.
const TIERS: [Tier; 2] = [Tier::DutyDesk, Tier::OfficeDirector];
/// Where the time of the last digest is kept.
const LAST: &str = "digest.last_at";

impl Engine {
    /// Makes the digest whose time has come, once: one that was missed is made late, those before it are left out. Gives
    /// how many recipients get one. At the very first look nothing is due yet.
    ///
    /// # Errors
    /// The database's; nothing was made then.
    pub async fn digest(&self, now: Instant) -> Result<usize, EngineError> {
        let Some(times) = &self.digests else { return Ok(0) };
        let Some(due) = times.latest(now) else { return Ok(0) };
        let last = self.store.meta(LAST).await?.and_then(|last| last.parse::<Instant>().ok());
        // A clock that was wrong must not silence the digests until its time has come.
        let last = last.filter(|last| *last <= now);
        if last.is_some_and(|last| due <= last) || self.clock.jump().is_some() {
            return Ok(0);
        }
        let told = if last.is_some() { self.digests_of(due, now).await? } else { Vec::new() };
        let mut tx = self.store.write().await?;
        for rows in &told {
            tx.put_outbox(rows).await?;
        }
        tx.put_meta(LAST, &due.to_string()).await?;
        tx.commit().await?;
        Ok(told.len())
    }

    /// The rows of each recipient.
    async fn digests_of(&self, due: Instant, now: Instant) -> Result<Vec<Vec<NewOutbox>>, EngineError> {
        let rules = self.rules.load_full();
        let office = &rules.office;
        let mut told = Vec::new();
        let mut tell = |recipient: &str, text: String| {
            let content = Content { incident: None, kind: DIGEST.to_owned(), text, at: now, by: None };
            let key = format!("digest/{}", due.ms());
            told.push(self.rows_to(office, &key, recipient, &content));
        };
        for body in office.bodies.keys() {
            if let Some(text) = self.in_hand(office, Some(body), now).await? {
                tell(body.as_str(), text);
            }
        }
        // The desk is told also that there is nothing: then it knows that the service lives.
        let city = self.in_hand(office, None, now).await?.unwrap_or_else(|| heading(now, "没有在办的舆情事件"));
        for recipient in TIERS.into_iter().flat_map(|tier| city_holders(office, tier, now)) {
            tell(&recipient, city.clone());
        }
        Ok(told)
    }

    /// What a body, or the city, has in hand, in words; `None`: nothing.
    async fn in_hand(
        &self,
        office: &Office,
        body: Option<&BodyId>,
        now: Instant,
    ) -> Result<Option<String>, EngineError> {
        let from = body.cloned().map(Viewpoint::of_body);
        let counts = self.store.incident_counts(from.as_ref(), now).await?;
        if counts.active == 0 {
            return Ok(None);
        }
        let mut parts = vec![format!("在办 {} 件", counts.active)];
        for (number, words) in [(counts.overdue, "件已超时"), (counts.due_soon, "件 2 小时内到期")] {
            if number > 0 {
                parts.push(format!("{number} {words}"));
            }
        }
        if body.is_none() && counts.to_triage > 0 {
            parts.push(format!("{} 件待研判", counts.to_triage));
        }
        let filter = IncidentFilter { view: View::Open, visible_to: from, ..IncidentFilter::default() };
        let listed = self.store.incidents(&filter, None, LISTED_MAX).await?;
        let ids: Vec<IncidentId> = listed.iter().map(|row| row.id.clone()).collect();
        let provisional = self.store.provisional_among(&ids).await?;
        let mut text = heading(now, &parts.join("，"));
        for (n, row) in listed.iter().enumerate() {
            let _ = write!(text, "\n{}. {}", n + 1, line(office, row, provisional.contains(&row.id)));
        }
        let others = counts.active - i64::try_from(listed.len()).unwrap_or(0);
        if others > 0 {
            let _ = write!(text, "\n另有 {others} 件，请登录查看。");
        }
        Ok(Some(text))
    }
}

fn heading(now: Instant, words: &str) -> String {
    format!("每日摘要（{}）：{words}。", now.beijing().format("%-m月%-d日 %H:%M"))
}

/// A case in a line: how it stands, what it is, whose it is.
fn line(office: &Office, row: &IncidentRow, provisional: bool) -> String {
    let stands = match row.main_due_at {
        _ if row.overdue => "已超时".to_owned(),
        Some(due) => {
            let mark = if provisional { "（暂定）" } else { "" };
            format!("{}{mark} 前回应", due.beijing().format("%-m月%-d日 %H:%M"))
        }
        None => "在办".to_owned(),
    };
    let lead = row.lead.as_ref().map_or("未交办", |lead| office.bodies.get(lead).map_or(lead.as_str(), |b| &b.name));
    format!("{stands}：{}（{lead}，{}）", row.title, row.id)
}
