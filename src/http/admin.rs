//! The operators' listener: metrics and the reading API, behind a token; and the health checks, in front of it.

use super::{
    Keyring, Readiness, SecurityLog, access, api, head, health, limits,
    listener::{Place, listen},
    observe::observe,
    pages::{self, Pages},
    problem::Problem,
    waiting,
};
use crate::{
    config,
    meeting::Rehearsal,
    store::{
        clerk::{Clerk, Identity},
        dead::Redriver,
        reports::Reports,
    },
};
use actix_web::{
    App, HttpResponse,
    dev::Server,
    error::UrlencodedError,
    http::{StatusCode, header},
    middleware::{DefaultHeaders, from_fn},
    web,
};
use futures_util::future::BoxFuture;
use std::{io, net::SocketAddr, sync::Arc};

/// Gives the metrics in Prometheus' text format.
pub type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// By which keys a person of an occurrence is known: given the occurrence's uuid and what it calls the person; none where it
/// cannot be told now.
pub type Identify =
    Arc<dyn Fn(String, String) -> BoxFuture<'static, Option<Identity>> + Send + Sync>;
/// What would come of giving a dead event back: given its occurrence's uuid and its place in the journal; none where that cannot be told
/// now.
pub type Rehearse = Arc<dyn Fn(String, i64) -> BoxFuture<'static, Option<Rehearsal>> + Send + Sync>;
/// What a page may load and send: its own, and nothing of anybody else's. No script or style stands in a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the operators' listener works with; cheap to clone.
#[derive(Clone)]
pub struct Admin {
    /// What can be read.
    pub reports: Reports,
    /// Gives dead events another try.
    pub redriver: Redriver,
    /// Tells what would come of that.
    pub rehearse: Rehearse,
    /// Sets marks and confirms matches.
    pub clerk: Clerk,
    /// Tells who somebody is known as.
    pub identify: Identify,
    /// What opens the listener.
    pub keyring: Keyring,
    /// Where wrong tokens are noted.
    pub security: SecurityLog,
    /// Whether this process can do its work.
    pub readiness: Readiness,
    /// The metrics recorded so far.
    pub metrics: Render,
    /// What a partial lesson counts in a participation score, 0 to 1.
    pub partial_weight: f64,
    /// What the pages show beside.
    pub pages: Pages,
}

/// Binds the operators' listener; port 0 takes any free one. The server runs once it is polled, and ignores signals.
///
/// # Errors
/// The address is taken, or is not a loopback one while there is no token.
pub fn admin(state: Admin, config: &config::Admin) -> io::Result<(Server, SocketAddr)> {
    let (keyring, security) = (state.keyring.clone(), state.security.clone());
    let gate = access::Gate::new(keyring, security, config.behind_tls);
    if gate.is_open() && !config.addr.ip().to_canonical().is_loopback() {
        let reason = "without a token only a loopback address is open";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    let factory = move || {
        App::new()
            .wrap(from_fn(access::authorize))
            .wrap(from_fn(pages::tell))
            .wrap(
                DefaultHeaders::new()
                    .add(("X-Content-Type-Options", "nosniff"))
                    .add((header::CACHE_CONTROL, "no-store"))
                    .add((header::CONTENT_SECURITY_POLICY, POLICY))
                    .add((header::REFERRER_POLICY, "same-origin"))
                    .add(("Cross-Origin-Opener-Policy", "same-origin")),
            )
            .wrap(from_fn(waiting::for_body))
            .wrap(from_fn(observe))
            .wrap(from_fn(head::as_get))
            .configure(routes(state.clone(), gate.clone()))
    };
    let place = Place {
        name: "admin",
        addr: config.addr,
        workers: limits::ADMIN_WORKERS,
        connections: limits::ADMIN_CONNECTIONS,
        answer: limits::ADMIN_ANSWER,
    };
    listen(&place, factory)
}

/// The routes, and what they and [`access::authorize`] look at.
pub(super) fn routes(state: Admin, gate: access::Gate) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        app.app_data(web::Data::new(gate))
            .app_data(web::Data::new(state.readiness.clone()))
            .app_data(web::Data::new(state.reports.clone()))
            .app_data(web::Data::new(state.redriver.clone()))
            .app_data(web::Data::new(Rehearse::clone(&state.rehearse)))
            .app_data(web::Data::new(state.clerk.clone()))
            .app_data(web::Data::new(Identify::clone(&state.identify)))
            .app_data(web::Data::new(state.pages.clone()))
            .app_data(web::Data::new(state))
            .configure(health::routes)
            .configure(access::routes)
            .app_data(web::PathConfig::default().error_handler(|_, _| unreadable().into()))
            .app_data(web::QueryConfig::default().error_handler(|_, _| {
                Problem::new(StatusCode::BAD_REQUEST, "the query is not understood").into()
            }))
            .app_data(
                web::FormConfig::default().error_handler(|error, _| ill_filled(&error).into()),
            )
            .service(web::resource("/metrics").route(web::get().to(metrics)))
            .configure(api::routes)
            .configure(pages::routes)
            .default_service(web::to(not_found));
    }
}

async fn metrics(state: web::Data<Admin>) -> HttpResponse {
    state.readiness.measure().await;
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body((state.metrics)())
}

async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::new(StatusCode::NOT_FOUND, "there is no such page"))
}

/// 404: a path that is not text, or holds something else than an id where one belongs.
fn unreadable() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "nothing has this name")
}

/// A form that cannot be used. What stands in it is not repeated: it may be a token, or hold names.
fn ill_filled(error: &UrlencodedError) -> Problem {
    let (status, detail) = match error {
        UrlencodedError::Overflow { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "the form is too long"),
        UrlencodedError::ContentType => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the form must be application/x-www-form-urlencoded",
        ),
        _ => (
            StatusCode::BAD_REQUEST,
            "the form lacks a field, or one of them is not understood",
        ),
    };
    Problem::new(status, detail)
}
