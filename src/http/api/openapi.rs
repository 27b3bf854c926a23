//! `GET /api/v1/openapi.json`: the description of the API, made from the code that answers.

use super::{
    attendance, classes, dead_events, events, marks, matches, meetings, occurrences, participants,
    participation, tokens, unmatched,
};
use actix_web::HttpResponse;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "Attendance from Zoom's webhooks. Times are RFC 3339 in UTC, durations whole seconds."
    ),
    paths(
        meetings::list,
        meetings::show,
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
        tokens::list
    ),
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

/// The description.
pub(super) async fn show() -> HttpResponse {
    HttpResponse::Ok().json(Description::openapi())
}
