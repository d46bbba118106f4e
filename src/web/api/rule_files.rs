//! Rule files (规则文件) as the screens change them: read, check, save, and the editions before.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::acts::rule_files::{Listed, RuleFiles, Save, SaveError};
use crate::domain::instant::Instant;
use crate::rules::RuleError;
use crate::rules::file::{self, FileName};
use crate::store::RuleVersionRow;
use crate::web::authorise::Permission;
use crate::web::extract::{Body, Path, Query};
use crate::web::page::{Page, Paging, page};
use crate::web::problem::{Problem, ProblemDocument};
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read, save))
        .routes(routes!(check))
        .routes(routes!(versions))
        .routes(routes!(version))
}

/// All rule files, and whether they can be changed here.
#[derive(Debug, Serialize, ToSchema)]
struct RuleFileList {
    /// Whether this service may write its rules folder.
    writable: bool,
    /// Why not, and what to do.
    why_not: Option<String>,
    /// What is wrong with the files as they stand, so that the edition before stays in force; empty if all is well.
    wrong: Vec<RuleError>,
    items: Vec<RuleFile>,
}

/// A rule file.
#[derive(Debug, Serialize, ToSchema)]
struct RuleFile {
    /// Relative to the rules folder: `topics/collapse.yaml`.
    file: String,
    /// Its folder: `policies`, `topics`, `sources` …
    folder: &'static str,
    /// Hash of its text; null where it is gone.
    hash: Option<String>,
    /// Another hand than a page's has changed it since it was last saved or seen.
    changed_outside: bool,
    /// What it was last known as.
    last: Option<RuleVersion>,
}

impl From<Listed> for RuleFile {
    fn from(listed: Listed) -> Self {
        Self {
            changed_outside: listed.changed_outside(),
            file: listed.file.path().to_owned(),
            folder: listed.file.kind(),
            hash: listed.hash,
            last: listed.last.map(RuleVersion::from),
        }
    }
}

/// An edition of a file.
#[derive(Debug, Serialize, ToSchema)]
struct RuleVersion {
    n: i64,
    file: String,
    /// Hash of its text; null where it was taken away.
    hash: Option<String>,
    at: Instant,
    /// `found` at the first look, changed `outside`, `saved`, `restored` or `removed` from a page.
    how: String,
    /// Who, if a page did it.
    by: Option<String>,
    /// Why.
    why: Option<String>,
    /// Its text, where this edition alone was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl From<RuleVersionRow> for RuleVersion {
    fn from(row: RuleVersionRow) -> Self {
        let RuleVersionRow { n, file, hash, text, at, how, by_user, why } = row;
        Self { n, file, hash, text, at, how, by: by_user, why }
    }
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Relative to the rules folder: `topics/collapse.yaml`.
    #[param(max_length = 120)]
    file: String,
}

fn files(app: &App) -> Result<&RuleFiles, Problem> {
    app.rule_files.as_ref().ok_or_else(|| Problem::forbidden(DRILL))
}

const DRILL: &str = "演练使用现有规则，不能在演练中修改；请在正式服务中修改";

fn named(path: &str) -> Result<FileName, Problem> {
    FileName::new(path).map_err(|error| Problem::bad_request(format!("{}；{}", error.what, error.fix)))
}

impl From<SaveError> for Problem {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Changed => Self::conflict(error.to_string()),
            SaveError::Why | SaveError::Wrong(_) => Self::refused(error.to_string()),
            SaveError::Unwritable(error) => Self::unavailable(format!("{}；{}", error.what, error.fix)),
            SaveError::Record(error) => error.into(),
            SaveError::Store(error) => error.into(),
            SaveError::Broken(why) => Self::internal(why),
        }
    }
}

/// All rule files
#[utoipa::path(get, path = "/api/v1/rule-files", tag = "rule files", responses((status = 200, description = "All", body = RuleFileList)))]
async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<RuleFileList>, Problem> {
    who.require(Permission::ReadRuleFiles)?;
    let Some(files) = &app.rule_files else {
        let why_not = Some(DRILL.to_owned());
        return Ok(Json(RuleFileList { writable: false, why_not, wrong: Vec::new(), items: Vec::new() }));
    };
    let dir = files.live().dir().to_owned();
    let writable = tokio::task::spawn_blocking(move || file::writable(&dir)).await.map_err(Problem::internal)?;
    let items = files.list().await?.into_iter().map(RuleFile::from).collect();
    let wrong = files.live().wrong();
    Ok(Json(RuleFileList { writable: writable.is_ok(), why_not: writable.err(), wrong, items }))
}

/// A file's text, and what it says for a form.
#[derive(Debug, Serialize, ToSchema)]
struct RuleText {
    file: String,
    text: String,
    /// To be given back when it is saved.
    hash: String,
    /// What it says, as JSON; null where it can't be read.
    value: Option<serde_json::Value>,
}

/// One file
#[utoipa::path(get, path = "/api/v1/rule-files/text", tag = "rule files", params(Which), responses(
    (status = 200, description = "Its text", body = RuleText),
    (status = 404, description = "No such file", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn read(
    State(app): State<App>,
    who: SignedIn,
    Query(Which { file }): Query<Which>,
) -> Result<Json<RuleText>, Problem> {
    who.require(Permission::ReadRuleFiles)?;
    let name = named(&file)?;
    let text = files(&app)?.read(&name).await?.ok_or_else(|| Problem::not_found("没有这个规则文件"))?;
    Ok(Json(RuleText { file, hash: file::hash(&text), value: file::value(&text), text }))
}

/// A text that is proposed for a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposedText {
    /// Relative to the rules folder.
    #[schema(max_length = 120)]
    file: String,
    /// Its text; none takes the file away.
    text: Option<String>,
}

/// What the loader says.
#[derive(Debug, Serialize, ToSchema)]
struct Checked {
    /// What would be wrong, with file, line and fix; empty if it can be saved.
    errors: Vec<RuleError>,
}

/// Check a text with the whole folder, its examples run; nothing is saved
#[utoipa::path(post, path = "/api/v1/rule-files/check", tag = "rule files", request_body = ProposedText, responses((status = 200, description = "What is wrong", body = Checked)))]
async fn check(
    State(app): State<App>,
    who: SignedIn,
    Body(ProposedText { file, text }): Body<ProposedText>,
) -> Result<Json<Checked>, Problem> {
    who.require(Permission::ManageRuleFiles)?;
    let errors = files(&app)?.check(&named(&file)?, text.as_deref()).await?;
    Ok(Json(Checked { errors }))
}

/// A text to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SaveText {
    /// Relative to the rules folder.
    #[schema(max_length = 120)]
    file: String,
    /// Its text; none takes the file away.
    text: Option<String>,
    /// `hash` of the text that was read; none for a new file.
    base: Option<String>,
    /// Why: stands in the record.
    #[schema(min_length = 1, max_length = 400)]
    why: String,
    /// It is an earlier edition again.
    #[serde(default)]
    restored: bool,
}

/// What was saved.
#[derive(Debug, Serialize, ToSchema)]
struct Saved {
    /// Hash of the text from now on; null where the file was taken away.
    hash: Option<String>,
    /// Whether it is in force: not while another file of the folder is wrong.
    in_force: bool,
    /// What is wrong with the others.
    wrong: Vec<RuleError>,
}

/// Save a file: refused where the check fails, and where it changed since it was read
#[utoipa::path(put, path = "/api/v1/rule-files/text", tag = "rule files", request_body = SaveText, responses((status = 200, description = "Saved", body = Saved)))]
async fn save(State(app): State<App>, who: SignedIn, Body(wanted): Body<SaveText>) -> Result<Json<Saved>, Problem> {
    who.require(Permission::ManageRuleFiles)?;
    let SaveText { file, text, base, why, restored } = wanted;
    let save = Save { file: named(&file)?, text, base, why, restored };
    let files = files(&app)?;
    let hash = files.save(save, who.user.as_str(), app.clock.now()).await?;
    let wrong = files.live().wrong();
    Ok(Json(Saved { hash, in_force: wrong.is_empty(), wrong }))
}

/// Editions of a file, the newest first
#[utoipa::path(get, path = "/api/v1/rule-files/versions", tag = "rule files", params(Which, Paging), responses((status = 200, description = "A page", body = Page<RuleVersion>)))]
async fn versions(
    State(app): State<App>,
    who: SignedIn,
    Query(Which { file }): Query<Which>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<RuleVersion>>, Problem> {
    who.require(Permission::ReadRuleFiles)?;
    let (name, limit, before) = (named(&file)?, paging.limit()?, paging.after()?);
    let rows = app.store.rule_versions(name.path(), before, limit + 1).await?;
    Ok(Json(page(rows, limit, |row| row.n.to_string(), RuleVersion::from)))
}

/// One edition with its text
#[utoipa::path(get, path = "/api/v1/rule-files/versions/{id}", tag = "rule files", params(("id" = i64, Path, description = "Its number")), responses((status = 200, description = "It", body = RuleVersion)))]
async fn version(State(app): State<App>, who: SignedIn, Path(id): Path<i64>) -> Result<Json<RuleVersion>, Problem> {
    who.require(Permission::ReadRuleFiles)?;
    let row = app.store.rule_version(id).await?.ok_or_else(|| Problem::not_found("没有这个版本，可能已超过保留数"))?;
    Ok(Json(row.into()))
}
