//! What was done to a case (过程), as rows of the ledger with the names of those who did it and their
//! number.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case::problem;
use super::incidents::visible;
use crate::acts::stream_of;
use crate::domain::ids::{BodyId, IncidentId, UserId};
use crate::domain::incident::Event;
use crate::domain::ledger;
use crate::domain::office::Office;
use crate::web::extract::Path;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(history))
}

/// Names of people and bodies, by the id that stands in an event.
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// The name, or the id of whom nobody knows any more.
    pub(super) fn of(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// Looks names up: of bodies, of holders of a tier, of users.
pub(super) async fn names(app: &App, office: &Office, ids: impl Iterator<Item = String>) -> Result<Names, Problem> {
    let ids: BTreeSet<String> = ids.collect();
    let mut names = BTreeMap::new();
    for id in ids {
        let body = office.bodies.get(&BodyId::from(id.as_str())).map(|body| body.name.clone());
        let name = match body.or_else(|| holder(office, &id)) {
            Some(name) => Some(name),
            None => app.store.user(&UserId::from(id.as_str())).await?.map(|user| user.name),
        };
        names.extend(name.map(|name| (id, name)));
    }
    Ok(Names(names))
}

fn holder(office: &Office, id: &str) -> Option<String> {
    office.holders().find(|holder| holder.id == id).map(|holder| holder.name.clone())
}

/// What was done to a case, as rows of the ledger (`contract.md`); `by_name` and `to_names` beside `by` and `to`
#[utoipa::path(get, path = "/api/v1/incidents/{id}/history", tag = "incidents", params(("id" = String, Path, description = "编号")), responses((status = 200, description = "Rows in order", body = Vec<Object>)))]
async fn history(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
) -> Result<Json<Vec<Value>>, Problem> {
    let row = visible(&app, &who, &id).await?;
    let mut events = app.store.events(&stream_of(&row.id)).await?;
    if let Some(from) = who.visible_to() {
        let state = app.acts.load(&row.id).await.map_err(problem)?;
        let readable = |event: &Event| state.may_read(&from.body, &row.jurisdiction, event);
        events.retain(|event| serde_json::from_str(&event.body).is_ok_and(|event| readable(&event)));
    }
    let mut rows: Vec<Value> = Vec::with_capacity(events.len());
    // What an incident has to know of its group is no history; what was told on the survivor reads as it does there.
    for event in events.into_iter().filter(|event| event.event != "grouped") {
        let mut stored: Value = serde_json::from_str(&event.body).unwrap_or_default();
        let mut name = event.event;
        if let Some(what) = stored.get_mut("what").filter(|_| name == "mirrored").map(Value::take) {
            name = what.get("event").and_then(Value::as_str).unwrap_or_default().to_owned();
            stored = what;
        }
        let mut row = ledger::row_of(event.at, id.as_str(), &name, stored);
        if let Some(keys) = row.as_object_mut() {
            keys.entry("by").or_insert_with(|| event.by.into());
            // By which a page tells what came after the version that it shows.
            keys.insert("seq".into(), event.seq.into());
        }
        rows.push(row);
    }
    let rules = app.rules.load_full();
    let names = names(&app, &rules.office, rows.iter().flat_map(people)).await?;
    for row in &mut rows {
        name_people(row, &names);
    }
    Ok(Json(rows))
}

/// Ids of those who did it and those whom it went to.
fn people(row: &Value) -> Vec<String> {
    let one = |key: &str| row.get(key).and_then(Value::as_str);
    let several = row.get("to").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one("by").into_iter().chain(one("to")).chain(several).map(str::to_owned).collect()
}

fn name_people(row: &mut Value, names: &Names) {
    let by = row.get("by").and_then(Value::as_str).map(|by| names.of(by));
    let to = match row.get("to") {
        Some(Value::String(to)) => Some(names.of(to)),
        Some(Value::Array(to)) => {
            Some(to.iter().filter_map(Value::as_str).map(|to| names.of(to)).collect::<Vec<_>>().join("、"))
        }
        _ => None,
    };
    let Some(keys) = row.as_object_mut() else { return };
    keys.extend(by.map(|by| ("by_name".to_owned(), Value::from(by))));
    keys.extend(to.map(|to| ("to_names".to_owned(), Value::from(to))));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_named_beside_their_ids() {
        let names = Names(
            [("xuancheng.deputy", "分管副市长"), ("wang", "王研判")].map(|(id, name)| (id.into(), name.into())).into(),
        );
        let mut row = json!({"event": "escalated", "by": "wang", "to": ["xuancheng.deputy", "gone"]});
        assert_eq!(people(&row), ["wang", "xuancheng.deputy", "gone"]);
        name_people(&mut row, &names);
        assert_eq!((row["by_name"].as_str(), row["to_names"].as_str()), (Some("王研判"), Some("分管副市长、gone")));
        let mut bare = json!({"event": "closed"});
        name_people(&mut bare, &names);
        assert_eq!(bare, json!({"event": "closed"}));
    }
}
