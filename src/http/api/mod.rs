//! The operators' API: `/api/v1/...`. A file an endpoint group; what they share: parameters ([`query`]), lists as JSON
//! or CSV ([`list`]), answers that need not be sent twice ([`tag`]), the description ([`openapi`]).
//!
//! Methods that a route does not have are refused before ([`access`](crate::http::access)).

mod actors;
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
mod me;
mod meetings;
mod occurrences;
mod openapi;
mod overview;
mod participants;
mod participation;
mod query;
mod refs;
pub(super) mod rehearsal;
mod tag;
mod tokens;
mod unmatched;

pub(super) use query::Parameters;

use actix_web::{middleware::from_fn, web};

/// The endpoints.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::scope("/api/v1")
            .wrap(from_fn(tag::tagged))
            .configure(reading)
            .configure(review)
            .configure(changes),
    );
}

/// What was counted, and what it was counted from.
fn reading(scope: &mut web::ServiceConfig) {
    scope
        .service(web::resource("/meetings").route(web::get().to(meetings::list)))
        .service(web::resource("/meetings/{zoom_meeting_id}").route(web::get().to(meetings::show)))
        .service(web::resource("/occurrences").route(web::get().to(occurrences::list)))
        .service(web::resource("/occurrences/{uuid}").route(web::get().to(occurrences::show)))
        .service(
            web::resource("/occurrences/{uuid}/participants")
                .route(web::get().to(participants::list)),
        )
        .service(web::resource("/classes").route(web::get().to(classes::list)))
        .service(web::resource("/attendance").route(web::get().to(attendance::list)))
        .service(web::resource("/participation").route(web::get().to(participation::list)))
        .service(web::resource("/me").route(web::get().to(me::show)))
        .service(web::resource("/openapi.json").route(web::get().to(openapi::show)));
}

/// What deserves a look, and who looked.
fn review(scope: &mut web::ServiceConfig) {
    scope
        .service(web::resource("/overview").route(web::get().to(overview::show)))
        .service(web::resource("/history").route(web::get().to(overview::hour)))
        .service(web::resource("/actors").route(web::get().to(actors::show)))
        .service(web::resource("/unmatched").route(web::get().to(unmatched::list)))
        .service(web::resource("/matches").route(web::get().to(matches::list)))
        .service(web::resource("/dead-events").route(web::get().to(dead_events::list)))
        .service(web::resource("/audit-events").route(web::get().to(events::audit)))
        .service(web::resource("/security-events").route(web::get().to(events::security)))
        .service(web::resource("/tokens").route(web::get().to(tokens::list)));
}

/// What people say.
fn changes(scope: &mut web::ServiceConfig) {
    scope
        .service(
            web::resource("/attendance/{class}/{date}/{student}")
                .route(web::put().to(marks::set))
                .route(web::delete().to(marks::withdraw)),
        )
        .service(web::resource("/unmatched/confirm").route(web::post().to(matches::confirm)))
        .service(web::resource("/matches/{id}").route(web::delete().to(matches::withdraw)))
        .service(
            web::resource("/dead-events/{seq}/redrive").route(web::post().to(dead_events::redrive)),
        );
}
