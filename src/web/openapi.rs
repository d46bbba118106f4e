//! The interface description, generated from the handlers. What every operation of a kind can answer is added here once,
//! so that no status is undocumented.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ContentBuilder, PathItem, RefOr, Required, ResponseBuilder};

use super::problem::{PROBLEM_JSON, ProblemDocument};
use super::schema::reference;

#[derive(OpenApi)]
#[openapi(
    info(title = "回应 Huiying", description = "政务舆情监测与回应。时间为 RFC 3339；错误为 RFC 9457 problem 文档；列表用 cursor 翻页。"),
    components(schemas(ProblemDocument)),
    security(("session" = []))
)]
struct Base;

/// What the router's handlers are added to.
pub fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// The whole description.
pub fn document() -> utoipa::openapi::OpenApi {
    super::router::routes().into_openapi()
}

/// Adds what is common to all operations.
pub fn complete(mut api: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    if let Some(components) = &mut api.components {
        let cookie = ApiKey::Cookie(ApiKeyValue::new(super::session::COOKIE_NAME));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let header = ApiKey::Header(ApiKeyValue::with_description(
            "X-CSRF-Token",
            "csrf of GET /api/v1/session; needed by everything but GET",
        ));
        components.add_security_scheme("csrf", SecurityScheme::ApiKey(header));
    }
    for (path, item) in &mut api.paths.paths {
        let with_id = path.contains('{');
        for (method, operation) in operations(item) {
            // Handlers of one name stand in several files; an id is unique.
            operation.operation_id = Some(operation_id(method, path));
            complete_operation(operation, method != "get" && method != "head", with_id);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", item.get.as_mut()),
        ("head", item.head.as_mut()),
        ("post", item.post.as_mut()),
        ("put", item.put.as_mut()),
        ("patch", item.patch.as_mut()),
        ("delete", item.delete.as_mut()),
    ];
    all.into_iter().filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
}

/// `get /api/v1/incidents/{id}/acts` is `get_incidents_id_acts`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1");
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn complete_operation(operation: &mut Operation, changes: bool, with_id: bool) {
    let public = operation.security.is_some();
    let mut statuses = vec![
        (400, "The request can't be read"),
        (408, "Took too long"),
        (414, "Address too long"),
        (431, "Headers too large"),
        (500, "Failed inside"),
        (503, "The database is away; try again"),
    ];
    if !public {
        statuses.extend([(401, "Not logged in"), (403, "Not allowed, or the CSRF header is missing")]);
    }
    if with_id {
        statuses.push((404, "Not there, or not to be seen"));
    }
    if changes {
        statuses.push((409, "Somebody was faster"));
    }
    if operation.request_body.is_some() {
        let of_a_body = [(413, "Body above its cap"), (415, "Another media type"), (422, "Refused with a reason")];
        statuses.extend(of_a_body);
    }
    if changes && !public {
        let mut parameter = utoipa::openapi::path::ParameterBuilder::new()
            .name("X-CSRF-Token")
            .parameter_in(utoipa::openapi::path::ParameterIn::Header)
            .description(Some("csrf of GET /api/v1/session"))
            .schema(Some(utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String)))
            .build();
        parameter.required = Required::True;
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
    }
    for (status, description) in statuses {
        let content = ContentBuilder::new().schema(Some(reference("ProblemDocument"))).build();
        let response = ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build();
        operation.responses.responses.entry(status.to_string()).or_insert(RefOr::T(response));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_operations_have_one_id() {
        let mut api = document();
        let ids: Vec<String> = api
            .paths
            .paths
            .values_mut()
            .flat_map(|item| operations(item).filter_map(|(_, o)| o.operation_id.clone()).collect::<Vec<_>>())
            .collect();
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        assert!(unique.contains(&"get_incidents_id_history".to_owned()));
    }

    #[test]
    fn every_schema_that_is_pointed_at_is_there() {
        let text = document().to_json().unwrap();
        let described: serde_json::Value = serde_json::from_str(&text).unwrap();
        let known = described["components"]["schemas"].as_object().unwrap();
        let pointed: BTreeSet<&str> =
            text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!pointed.is_empty());
        let missing: Vec<&str> = pointed.into_iter().filter(|name| !known.contains_key(*name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
