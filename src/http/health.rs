//! Whether the process runs, and whether it can do its work.
//!
//! Ready means: an event that arrives now can be expected to become durable. The main database is told of, and does
//! not count: while it is away events are journaled, or Zoom is told to send them again.

use super::error::method_not_allowed;
use crate::{
    journal::{Health, Journal},
    store::reports::Reports,
};
use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// How long an answer about the database is good for.
const FRESH: Duration = Duration::from_secs(5);
/// How long a health check waits for the database; load balancers give up after a second or so.
const PATIENCE: Duration = Duration::from_millis(500);

/// Readiness, shared by both listeners; cheap to clone.
#[derive(Clone)]
pub struct Readiness {
    journal: Journal,
    reports: Reports,
    /// When the database was last asked, and whether it answered.
    seen: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Readiness {
    /// Of a process that journals into `journal` and reads through `reports`.
    pub fn new(journal: Journal, reports: Reports) -> Self {
        Self {
            journal,
            reports,
            seen: Arc::default(),
        }
    }

    /// Whether an event that arrives now can be expected to become durable.
    pub(super) fn is_ready(&self) -> bool {
        self.journal().ready()
    }

    /// Whether the service stops.
    pub(super) fn is_draining(&self) -> bool {
        self.journal.health().draining
    }

    /// Whether another process has the journal, and this one waits for it.
    pub(super) fn stands_by(&self) -> bool {
        let health = self.journal.health();
        !health.owner && !health.failing && !health.draining
    }

    /// How the journal is.
    fn journal(&self) -> Health {
        let health = self.journal.health();
        metrics::gauge!("rollcall_ready").set(f64::from(u8::from(health.ready())));
        health
    }

    /// Brings the gauges up to date, also where nobody asks for readiness.
    pub(super) async fn measure(&self) {
        self.journal();
        self.database().await;
    }

    /// Whether the main database answers: asked at most once in [`FRESH`], by one caller at a time.
    pub(super) async fn database(&self) -> bool {
        let mut seen = self.seen.lock().await;
        if let Some((at, reachable)) = *seen
            && at.elapsed() < FRESH
        {
            return reachable;
        }
        let reachable = self.reports.reachable(PATIENCE).await;
        *seen = Some((Instant::now(), reachable));
        metrics::gauge!("rollcall_database_reachable").set(f64::from(u8::from(reachable)));
        reachable
    }
}

/// `/livez` and `/readyz`, with `GET` and `HEAD`.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/livez")
            .route(web::get().to(live))
            .route(web::head().to(live))
            .default_service(web::to(|| method_not_allowed(&[Method::GET, Method::HEAD]))),
    )
    .service(
        web::resource("/readyz")
            .route(web::get().to(ready))
            .route(web::head().to(ready))
            .default_service(web::to(|| method_not_allowed(&[Method::GET, Method::HEAD]))),
    );
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "live": true }))
}

async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let health = readiness.journal();
    let database = readiness.database().await;
    let status = if health.ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status).json(json!({
        "ready": health.ready(),
        "journal": word(&health),
        "database": if database { "ok" } else { "unreachable" },
    }))
}

/// The journal's state in a word; the first that applies.
fn word(health: &Health) -> &'static str {
    if health.draining {
        "draining"
    } else if !health.owner {
        "not_owner"
    } else if health.failing {
        "failing"
    } else {
        "ok"
    }
}
