//! `GET /api/v1/audit-events` and `GET /api/v1/security-events`: who changed what, and what was refused.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::{instant, text},
};
use crate::{
    http::problem::Problem,
    store::reports::{self, AuditEvents, Reports},
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A change that somebody may ask about later.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEvent {
    /// Its id.
    id: Uuid,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Who: a token's name, `admin` (the configured token), `local`, `command`, or `rollcall` itself.
    actor: String,
    /// What, such as `dead_event.redriven`.
    action: String,
    /// On what.
    target: String,
    /// Before and after.
    #[schema(required, value_type = Option<Object>)]
    detail: Option<serde_json::Value>,
}

/// Requests that were refused in a row for one reason.
#[derive(Serialize, ToSchema)]
pub(super) struct SecurityEvent {
    /// Its id.
    id: Uuid,
    /// When the first was refused.
    #[schema(format = DateTime)]
    at: String,
    /// Why: `bad_signature`, `clock_skew` or `bad_token`.
    kind: String,
    /// How many.
    count: i64,
}

/// Changes, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/audit-events",
    params(
        ("actor" = Option<String>, Query, description = "Those of this actor"),
        ("action" = Option<String>, Query, description = "Those of this kind"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<AuditEvent>, description = "A page"),
    ),
)]
pub(super) async fn audit(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &["actor", "action"])?;
    let view = View::of::<AuditEvent>(&request, &parameters)?;
    let which = AuditEvents {
        actor: parameters.text("actor").map(ToOwned::to_owned),
        action: parameters.text("action").map(ToOwned::to_owned),
    };
    view.answer::<AuditEvent, _, _, _>(move |window| {
        let (reports, which) = (reports.clone(), which.clone());
        async move { reports.audit_events(which, window).await }
    })
    .await
}

/// Refused requests, the latest first; a row a burst.
#[utoipa::path(
    get,
    path = "/api/v1/security-events",
    params(
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<SecurityEvent>, description = "A page"),
    ),
)]
pub(super) async fn security(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &[])?;
    let view = View::of::<SecurityEvent>(&request, &parameters)?;
    view.answer::<SecurityEvent, _, _, _>(move |window| {
        let reports = reports.clone();
        async move { reports.security_events(window).await }
    })
    .await
}

impl From<reports::AuditEvent> for AuditEvent {
    fn from(event: reports::AuditEvent) -> Self {
        Self {
            id: event.id,
            at: instant(event.at),
            actor: event.actor,
            action: event.action,
            target: event.target,
            detail: event.detail,
        }
    }
}

impl From<reports::SecurityEvent> for SecurityEvent {
    fn from(event: reports::SecurityEvent) -> Self {
        Self {
            id: event.id,
            at: instant(event.at),
            kind: event.kind,
            count: event.count,
        }
    }
}

impl Item for AuditEvent {
    const LIST: &'static str = "audit-events";
    const COLUMNS: &'static [&'static str] = &["id", "at", "actor", "action", "target", "detail"];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![
            self.id.to_string(),
            self.at.clone(),
            self.actor.clone(),
            self.action.clone(),
            self.target.clone(),
            text(self.detail.as_ref()),
        ]]
    }
}

impl Item for SecurityEvent {
    const LIST: &'static str = "security-events";
    const COLUMNS: &'static [&'static str] = &["id", "at", "kind", "count"];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![
            self.id.to_string(),
            self.at.clone(),
            self.kind.clone(),
            self.count.to_string(),
        ]]
    }
}
