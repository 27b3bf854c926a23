//! The operators' API: `/api/v1/...`. A file an endpoint group; what they share: parameters ([`query`]), lists as JSON
//! or CSV ([`list`]), the description ([`openapi`]).

mod attendance;
mod body;
mod classes;
mod csv;
mod cursor;
pub(super) mod dead_events;
mod events;
mod format;
mod list;
pub(super) mod marks;
pub(super) mod matches;
mod meetings;
mod occurrences;
mod openapi;
mod participants;
mod participation;
mod query;
mod refs;
pub(super) mod rehearsal;
mod tokens;
mod unmatched;

pub(super) use query::Parameters;

use super::{admin::method_not_allowed, problem::Problem};
use actix_web::{HttpResponse, http::StatusCode, web};

/// The endpoints.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    let read_only = || web::to(method_not_allowed);
    app.service(
        web::scope("/api/v1")
            .service(
                web::resource("/meetings")
                    .route(web::get().to(meetings::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/meetings/{zoom_meeting_id}")
                    .route(web::get().to(meetings::show))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/classes")
                    .route(web::get().to(classes::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/participation")
                    .route(web::get().to(participation::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/occurrences/{uuid}")
                    .route(web::get().to(occurrences::show))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/occurrences/{uuid}/participants")
                    .route(web::get().to(participants::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/attendance")
                    .route(web::get().to(attendance::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/attendance/{class}/{date}/{student}")
                    .route(web::put().to(marks::set))
                    .route(web::delete().to(marks::withdraw))
                    .default_service(web::to(change_only)),
            )
            .service(
                web::resource("/unmatched/confirm")
                    .route(web::post().to(matches::confirm))
                    .default_service(web::to(post_only)),
            )
            .service(
                web::resource("/matches")
                    .route(web::get().to(matches::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/matches/{id}")
                    .route(web::delete().to(matches::withdraw))
                    .default_service(web::to(delete_only)),
            )
            .service(
                web::resource("/unmatched")
                    .route(web::get().to(unmatched::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/dead-events")
                    .route(web::get().to(dead_events::list))
                    .default_service(read_only()),
            )
            .service(
                web::resource("/dead-events/{seq}/redrive")
                    .route(web::post().to(dead_events::redrive))
                    .default_service(web::to(post_only)),
            )
            .service(web::resource("/audit-events").route(web::get().to(events::audit)))
            .service(web::resource("/security-events").route(web::get().to(events::security)))
            .service(web::resource("/tokens").route(web::get().to(tokens::list)))
            .service(
                web::resource("/openapi.json")
                    .route(web::get().to(openapi::show))
                    .default_service(read_only()),
            ),
    );
}

async fn post_only() -> Result<HttpResponse, Problem> {
    Err(only("POST"))
}

async fn change_only() -> Result<HttpResponse, Problem> {
    Err(only("PUT, DELETE"))
}

async fn delete_only() -> Result<HttpResponse, Problem> {
    Err(only("DELETE"))
}

fn only(methods: &'static str) -> Problem {
    let detail = format!("only {methods} is answered here");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).with("allow", methods)
}
