//! The public listener: the webhook, and the health checks of whoever runs us.

use super::{
    Heard, Readiness, SecurityLog,
    error::{method_not_allowed, not_found},
    health, limits,
    listener::{Place, listen},
    observe::observe,
    webhook,
};
use crate::{config, journal::Journal, telemetry::Traces, zoom::signature::SigningKeys};
use actix_web::{
    App,
    dev::Server,
    http::Method,
    middleware::{DefaultHeaders, from_fn},
    web,
};
use std::{io, net::SocketAddr};

/// Where Zoom delivers.
pub const WEBHOOK: &str = "/api/zoom/webhook";
/// With this header a URL validation is our own look at the endpoint, and no sign of Zoom.
pub const PROBE: &str = "x-rollcall-probe";

/// What the public listener works with; cheap to clone.
#[derive(Clone)]
pub struct Public {
    /// The secret tokens that Zoom may sign with.
    pub keys: SigningKeys,
    /// How many seconds a signed timestamp may be from now, either way.
    pub tolerance: i64,
    /// Where events become durable.
    pub journal: Journal,
    /// Whether this process can do its work.
    pub readiness: Readiness,
    /// Where refused requests are noted.
    pub security: SecurityLog,
    /// When Zoom was last heard of.
    pub heard: Heard,
    /// Where webhooks are traced.
    pub traces: Traces,
}

/// Binds the public listener; port 0 takes any free one. The server runs once it is polled, and ignores signals.
pub fn public(state: Public, config: &config::Http) -> io::Result<(Server, SocketAddr)> {
    let max_body_bytes = config.max_body_bytes;
    let factory = move || {
        App::new()
            .wrap(DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff")))
            .wrap(from_fn(observe))
            .configure(routes(state.clone(), max_body_bytes))
    };
    let place = Place {
        name: "public",
        addr: config.addr,
        workers: config.workers,
        connections: limits::PUBLIC_CONNECTIONS,
        answer: limits::ANSWER,
    };
    listen(&place, factory)
}

/// The routes, for a webhook body of at most `max_body_bytes`.
pub(super) fn routes(state: Public, max_body_bytes: usize) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        app.app_data(web::Data::new(state.readiness.clone()))
            .app_data(web::Data::new(webhook::Receiver {
                state,
                max_body_bytes,
            }))
            .service(
                web::resource(WEBHOOK)
                    .route(web::post().to(webhook::receive))
                    .default_service(web::to(|| method_not_allowed(&[Method::POST]))),
            )
            .configure(health::routes)
            .default_service(web::to(not_found));
    }
}
