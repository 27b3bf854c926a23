//! `GET /api/v1/openapi.json`: the description of the API, made from the code that answers and from the authorization table. What is so
//! everywhere is added by [`everywhere`]. `docs/openapi.json` is a copy, which a test keeps true.

mod everywhere;
#[cfg(test)]
mod tests;

use super::{
    actors, attendance, classes, dead_events, events, marks, matches, me, meetings, occurrences,
    overview, participants, participation, query::Parameters, tokens, unmatched,
};
use crate::http::problem::Problem;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "Attendance from Zoom's webhooks. Times are RFC 3339 in UTC, durations whole seconds. Errors are \
            application/problem+json. HEAD is answered wherever GET is. What is read has an ETag where its size is known: with \
            If-None-Match it is 304 while nothing has changed."
    ),
    paths(
        overview::show,
        overview::hour,
        actors::show,
        me::show,
        meetings::list,
        meetings::show,
        occurrences::list,
        occurrences::show,
        participants::list,
        classes::list,
        participation::list,
        attendance::list,
        marks::set,
        marks::withdraw,
        unmatched::list,
        matches::confirm,
        matches::list,
        matches::withdraw,
        dead_events::list,
        dead_events::redrive,
        events::audit,
        events::security,
        tokens::list,
        show
    ),
    components(schemas(Problem)),
    security(("token" = []), ("session" = [])),
    modifiers(&Credentials),
)]
struct Description;

/// How callers show who they are: a bearer token, or the cookie of a browser's session.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            "rollcall_session",
            "Of /sign-in; with a prefix __Host- behind TLS. A change needs the header x-csrf-token too.",
        );
        let session = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", session);
    }
}

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let described = serde_json::to_value(Description::openapi());
    everywhere::complete(described.unwrap_or_default())
});

/// This description.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, body = Object, description = "OpenAPI")),
)]
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Parameters::of(&request, &[])?;
    Ok(HttpResponse::Ok().json(&*DESCRIPTION))
}
