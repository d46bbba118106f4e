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
        for (changes, operation) in operations(item) {
            complete_operation(operation, changes, with_id);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let reads = [item.get.as_mut(), item.head.as_mut()].into_iter().flatten().map(|operation| (false, operation));
    let changes = [item.post.as_mut(), item.put.as_mut(), item.patch.as_mut(), item.delete.as_mut()];
    reads.chain(changes.into_iter().flatten().map(|operation| (true, operation)))
}

fn complete_operation(operation: &mut Operation, changes: bool, with_id: bool) {
    let public = operation.security.is_some();
    let mut statuses = vec![(400, "The request can't be read"), (408, "Took too long"), (500, "Failed inside")];
    statuses.push((503, "The database is away; try again"));
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
