//! Taking mentions in by HTTP: one, a list or JSON Lines, from a page or signed by a sender that shares a secret.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::json_words::in_chinese;
use crate::domain::mention::MentionInput;
use crate::domain::strict_json;
use crate::rules::Rules;
use crate::rules::source::{SourceDefinition, SourceKind};
use crate::store::{ArrivalRow, NewMention, NewReject};
use crate::web::authorise::Permission;
use crate::web::extract::{announced, is_json};
use crate::web::problem::{Problem, ProblemDocument};
use crate::web::session::SignedIn;
use crate::web::signature::{Claim, claim};
use crate::web::state::App;
use crate::web::upload::{BODY_BYTES_MAX, too_large};

/// Most mentions of one body.
const MENTIONS_MAX: usize = 10_000;
/// Mentions stored in one transaction.
const BATCH_MENTIONS: usize = 1000;
/// Reasons told in the answer; all of them stand in the list of rejects.
const REASONS_MAX: usize = 100;
/// For so many mentions the answer says to how many incidents they belong already.
const LOOKED_UP_MAX: usize = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ingest))
}

/// What became of the mentions.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Receipt {
    /// Records read.
    read: u64,
    /// Stored now; analysis follows within moments.
    new: u64,
    /// There already.
    duplicate: u64,
    /// Refused.
    rejected: u64,
    /// Incidents that these mentions belong to so far; null where there are more than 200 mentions.
    #[schema(required)]
    incidents: Option<u64>,
    /// Why, of the first 100 that were refused.
    errors: Vec<Refused>,
}

/// A record that was refused.
#[derive(Debug, Serialize, ToSchema)]
struct Refused {
    /// Line, or place in the list, from 1.
    line: i64,
    /// Why.
    reason: String,
}

/// The two forms of a JSON body; JSON Lines come as `application/x-ndjson`.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[serde(untagged)]
#[allow(dead_code, reason = "stands for the body in the interface description; the body is read record by record")]
enum MentionsBody {
    /// One mention.
    One(Box<MentionInput>),
    /// Several.
    Many(Vec<MentionInput>),
}

/// Post mentions: with a session (analyst, admin), or signed with `X-Huiying-Key`, `X-Huiying-Timestamp` and
/// `X-Huiying-Signature`. A bad record is counted and told; the others are taken.
#[utoipa::path(post, path = "/api/v1/mentions", tag = "mentions",
    params(
        ("X-Huiying-Key" = Option<String>, Header, description = "Name of the shared secret"),
        ("X-Huiying-Timestamp" = Option<i64>, Header, description = "Unix seconds, within 5 minutes of ours"),
        ("X-Huiying-Signature" = Option<String>, Header, description = "sha256=hex(hmac(secret, timestamp + \".\" + body))"),
    ),
    request_body(content((MentionsBody = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "Taken, as counted", body = Receipt),
        (status = 429, description = "Too many at once", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
async fn ingest(State(app): State<App>, request: Request) -> Result<Json<Receipt>, Problem> {
    let (mut parts, body) = request.into_parts();
    let claim = claim(&parts.headers, &app.webhook, app.wall.now())?;
    let origin = match &claim {
        Some(claim) => Origin { name: format!("webhook:{}", claim.key), key: Some(claim.key.clone()) },
        None => {
            let who = SignedIn::from_request_parts(&mut parts, &app).await?;
            who.require(Permission::SendMentions)?;
            Origin { name: format!("user:{}", who.user), key: None }
        }
    };
    let json = check_kind(&parts.headers)?;
    // One that says that it is too large is refused before it is read.
    if announced(&parts.headers, &body) > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    let upload = app.uploads.read(&origin.name, body).await?;
    claim.as_ref().map_or(Ok(()), |claim: &Claim| claim.verify(&upload.bytes))?;
    let records = if json { read_json(&upload.bytes)? } else { read_lines(&upload.bytes)? };
    drop(upload);
    take(&app, records, &origin).await.map(Json)
}

/// Whether it is JSON (true) or JSON Lines.
fn check_kind(headers: &HeaderMap) -> Result<bool, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let plain = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match plain.as_str() {
        _ if is_json(kind) => Ok(true),
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Ok(false),
        _ => Err(Problem::unsupported_media("请以 application/json 或 application/x-ndjson（JSONL）发送")),
    }
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count > MENTIONS_MAX {
        return Err(Problem::too_large(format!("一次推送不超过 {MENTIONS_MAX} 条，请分批发送；这一批没有保存")));
    }
    Ok(())
}

/// An object or a list of them. What is no JSON at all is refused whole.
fn read_json(bytes: &[u8]) -> Result<Vec<Record>, Problem> {
    let not_json = |error: serde_json::Error| Problem::bad_request(format!("不是有效的 JSON：{}", in_chinese(error)));
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_slice(bytes).map_err(not_json)?;
            check_count(items.len())?;
            Ok(items.into_iter().map(|item| read_record(item.get().as_bytes())).collect())
        }
        Some(b'{') => {
            let item: &RawValue = serde_json::from_slice(bytes).map_err(not_json)?;
            let record = read_record(item.get().as_bytes()).map_err(Problem::refused)?;
            Ok(vec![Ok(record)])
        }
        _ => Err(Problem::refused("应为一条信息（对象）或多条信息（数组）；JSONL 请用 application/x-ndjson")),
    }
}

/// One object a line; empty lines are passed over, but counted.
fn read_lines(bytes: &[u8]) -> Result<Vec<Record>, Problem> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines: Vec<&[u8]> = lines.filter(|line| !line.trim_ascii().is_empty()).take(MENTIONS_MAX + 1).collect();
    check_count(lines.len())?;
    Ok(lines.into_iter().map(read_record).collect())
}

fn read_record(bytes: &[u8]) -> Record {
    let text = std::str::from_utf8(bytes).map_err(|_| "不是 UTF-8 文本".to_owned())?;
    let value = strict_json::parse(text.trim_start_matches('\u{feff}').as_bytes());
    value.map_err(|error| format!("读不出：{}", in_chinese(error))).and_then(MentionInput::read)
}

/// A record that was read, or why it could not be.
type Record = Result<MentionInput, String>;

/// Whose records they are.
struct Origin {
    /// For the list of rejects.
    name: String,
    /// The key that signed them: a source of the rules may say what its mentions have in common.
    key: Option<String>,
}

impl Origin {
    fn source<'r>(&self, rules: &'r Rules) -> Option<&'r SourceDefinition> {
        let key = self.key.as_deref()?;
        let signs = |source: &&SourceDefinition| {
            source.kind == SourceKind::Webhook && source.webhook.as_ref().is_some_and(|webhook| webhook.key == key)
        };
        rules.sources.iter().find(signs)
    }
}

async fn take(app: &App, records: Vec<Record>, origin: &Origin) -> Result<Receipt, Problem> {
    let mut receipt = Receipt::default();
    let mut mentions = Vec::new();
    let mut records = (1_i64..).zip(records).peekable();
    while records.peek().is_some() {
        let batch: Vec<(i64, Record)> = records.by_ref().take(BATCH_MENTIONS).collect();
        receipt.read += batch.len() as u64;
        let (new, rejects) = prepare(app, batch, origin);
        let mut tx = app.store.write().await?;
        let inserted = tx.insert_mentions(&new).await?;
        tx.insert_rejects(&rejects).await?;
        let fresh_count = inserted.iter().filter(|mention| mention.new).count();
        if let Some(source) = origin.source(&app.rules.load()) {
            let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            let arrived = ArrivalRow {
                source: source.id.clone(),
                received: count(inserted.len() + rejects.len()),
                new: count(fresh_count),
                refused: count(rejects.len()),
                why: rejects.last().map(|reject| reject.reason.clone()),
                last_at: app.clock.now(),
            };
            tx.add_arrivals(&arrived).await?;
        }
        tx.commit().await?;
        let fresh = fresh_count as u64;
        receipt.new += fresh;
        receipt.duplicate += inserted.len() as u64 - fresh;
        receipt.rejected += rejects.len() as u64;
        let room = REASONS_MAX.saturating_sub(receipt.errors.len());
        let told = rejects.into_iter().take(room);
        receipt.errors.extend(told.map(|reject| Refused { line: reject.line.unwrap_or(0), reason: reject.reason }));
        mentions.extend(inserted);
    }
    if mentions.len() <= LOOKED_UP_MAX {
        let mut incidents = BTreeSet::new();
        for mention in &mentions {
            incidents.extend(app.store.mention(&mention.id).await?.and_then(|row| row.incident));
        }
        receipt.incidents = Some(incidents.len() as u64);
    }
    metrics::counter!("huiying_mentions_received_total").increment(receipt.new);
    Ok(receipt)
}

/// The mentions to store, and what is wrong with the other records.
fn prepare(app: &App, batch: Vec<(i64, Record)>, origin: &Origin) -> (Vec<NewMention>, Vec<NewReject>) {
    let (rules, now) = (app.rules.load(), app.clock.now());
    let signed_source = origin.source(&rules);
    let (mut mentions, mut rejects) = (Vec::new(), Vec::new());
    for (line, record) in batch {
        let sample = record.as_ref().map(|input| input.text.clone()).unwrap_or_default();
        let prepared = record.and_then(|input| app.intake.accept(input, signed_source, &rules, now, false));
        match prepared {
            Ok(mention) => mentions.push(mention),
            Err(reason) => {
                rejects.push(NewReject { origin: origin.name.clone(), line: Some(line), reason, sample, at: now });
            }
        }
    }
    (mentions, rejects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_told_and_the_others_are_read() {
        let body = "{\"text\":\"一\"}\n\n{\"text\":\n\u{feff}{\"text\":\"二\"}\r\n";
        let records = read_lines(body.as_bytes()).unwrap();
        let texts: Vec<_> = records.iter().map(|record| record.as_ref().map(|input| input.text.as_str())).collect();
        assert_eq!((texts[0], texts[2]), (Ok("一"), Ok("二")));
        assert!(texts[1].is_err() && texts.len() == 3);
        assert_eq!(read_lines(b"\xff\xfe{}").unwrap()[0], Err("不是 UTF-8 文本".to_owned()));
    }

    #[test]
    fn an_object_or_a_list_is_read_and_anything_else_refused() {
        assert_eq!(read_json(br#" {"text":"a"} "#).unwrap().len(), 1);
        let list = read_json(br#"[{"text":"a"}, 5, {"txt":"b"}]"#).unwrap();
        assert!(list[0].is_ok() && list[1].is_err() && list[2].is_err());
        for bad in ["", "5", "\"a\"", "{\"text\":", "[{\"text\":\"a\"},", "{\"title\":\"a\"}", "{\"text\":\"a\"} x"] {
            assert!(read_json(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn too_many_are_refused_whole() {
        let body = "{\"text\":\"a\"}\n".repeat(MENTIONS_MAX + 1);
        assert_eq!(read_lines(body.as_bytes()).unwrap_err().status(), 413);
    }
}
