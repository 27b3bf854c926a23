//! `GET /api/v1/openapi.json`: the description of the API, made from the code that answers.

use super::{attendance, dead_events, marks, matches, meetings, participants, unmatched};
use actix_web::HttpResponse;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
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
        participants::list,
        attendance::list,
        marks::set,
        marks::withdraw,
        unmatched::list,
        matches::confirm,
        matches::list,
        matches::withdraw,
        dead_events::list,
        dead_events::redrive
    ),
    security(("token" = [])),
    modifiers(&Token),
)]
struct Description;

/// The bearer token.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The description.
pub(super) async fn show() -> HttpResponse {
    HttpResponse::Ok().json(Description::openapi())
}
