//! `GET /api/v1/dead-events` and `POST /api/v1/dead-events/{seq}/redrive`: what could not be applied, and another try.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::instant,
    rehearsal::{Rehearsed, rehearse},
};
use crate::{
    clock,
    http::{Rehearse, access::Caller, problem::Problem},
    store::{
        dead::{Redriven, Redriver},
        reports::{self, DeadEvents, Reports},
    },
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What `reason` may be.
pub(super) const REASONS: [&str; 4] = ["read", "fold", "report", "sealed"];

/// An event that is in the journal and could not be applied.
#[derive(Serialize, ToSchema)]
pub(super) struct DeadEvent {
    /// Its place in the journal.
    seq: i64,
    /// Zoom's uuid of its occurrence.
    occurrence_uuid: String,
    /// Zoom's number of its meeting.
    zoom_meeting_id: String,
    /// `started`, `ended`, `joined`, `left`, `bound`, `unusable` or `unknown`.
    kind: String,
    /// Why: `read` (its bytes), `fold` (taking it in), `report` (judging the occurrence with it), `sealed` (it came too late).
    reason: String,
    /// How often it was tried.
    attempts: i32,
    /// When it arrived.
    #[schema(format = DateTime)]
    received_at: String,
    /// The last attempt.
    #[schema(format = DateTime)]
    died_at: String,
    /// Given back to its occurrence, which has not applied it yet.
    redriven: bool,
}

/// Dead events in order of their arrival.
#[utoipa::path(
    get,
    path = "/api/v1/dead-events",
    params(
        ("reason" = Option<String>, Query, description = "read, fold, report or sealed"),
        ("occurrence" = Option<String>, Query, description = "Zoom's uuid"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<DeadEvent>, description = "A page"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &["reason", "occurrence"])?;
    let view = View::of::<DeadEvent>(&request, &parameters)?;
    let which = DeadEvents {
        reason: parameters.word("reason", &REASONS)?,
        occurrence: parameters.text("occurrence").map(ToOwned::to_owned),
    };
    view.answer::<DeadEvent, _, _, _>(move |window| {
        let (reports, which) = (reports.clone(), which.clone());
        async move { reports.dead_events(which, window).await }
    })
    .await
}

/// What became of a redrive.
#[derive(Serialize, ToSchema)]
pub(super) struct Accepted {
    /// The event.
    seq: i64,
    /// Its occurrence tries it again; if it dies again, it is listed again.
    redriven: bool,
}

/// Gives a dead event back to its occurrence, which tries it again; or says what would come of that.
#[utoipa::path(
    post,
    path = "/api/v1/dead-events/{seq}/redrive",
    params(
        ("seq" = i64, Path, description = "Its place in the journal"),
        ("dry_run" = Option<bool>, Query, description = "true: only say what would come of it"),
    ),
    responses(
        (status = 200, body = Rehearsed, description = "With dry_run: what would come of it; nothing was done"),
        (status = 202, body = Accepted, description = "It will be tried again"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such dead event"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Its occurrence is sealed"),
    ),
)]
pub(super) async fn redrive(
    request: HttpRequest,
    caller: Caller,
    (reports, redriver, play): (web::Data<Reports>, web::Data<Redriver>, web::Data<Rehearse>),
    seq: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of(&request, &["dry_run"])?;
    let dry_run = parameters.word("dry_run", &["true", "false"])?;
    if dry_run.as_deref() == Some("true") {
        let rehearsed = rehearse(&reports, &play, &seq).await?;
        return Ok(HttpResponse::Ok().json(rehearsed));
    }
    let seq = retry(&redriver, &caller, &seq).await?;
    Ok(HttpResponse::Accepted().json(Accepted {
        seq,
        redriven: true,
    }))
}

/// Gives a dead event another try on behalf of `caller`.
pub(in crate::http) async fn retry(
    redriver: &Redriver,
    caller: &Caller,
    seq: &str,
) -> Result<i64, Problem> {
    let seq = place(seq)?;
    let outcome = redriver.redrive(seq, &caller.name, clock::now_ms()).await;
    let outcome = outcome.map_err(|error| {
        tracing::warn!(%error, "a redrive failed");
        Problem::unavailable()
    })?;
    match outcome {
        Redriven::Yes | Redriven::Already => Ok(seq),
        Redriven::Unknown => Err(unknown()),
        Redriven::Sealed => Err(sealed()),
    }
}

/// A place in the journal, as a path names it.
pub(super) fn place(seq: &str) -> Result<i64, Problem> {
    seq.parse().map_err(|_| unknown())
}

pub(super) fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such dead event")
}

pub(super) fn sealed() -> Problem {
    let detail = "its occurrence is sealed: no event is applied to it any more";
    Problem::new(StatusCode::CONFLICT, detail)
}

impl From<reports::DeadEvent> for DeadEvent {
    fn from(event: reports::DeadEvent) -> Self {
        Self {
            seq: event.seq,
            occurrence_uuid: event.occurrence,
            zoom_meeting_id: event.zoom_meeting_id,
            kind: event.kind,
            reason: event.reason,
            attempts: event.attempts,
            received_at: instant(event.received_at),
            died_at: instant(event.died_at),
            redriven: event.redriven,
        }
    }
}

impl Item for DeadEvent {
    const LIST: &'static str = "dead-events";
    const COLUMNS: &'static [&'static str] = &[
        "seq",
        "occurrence_uuid",
        "zoom_meeting_id",
        "kind",
        "reason",
        "attempts",
        "received_at",
        "died_at",
        "redriven",
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![
            self.seq.to_string(),
            self.occurrence_uuid.clone(),
            self.zoom_meeting_id.clone(),
            self.kind.clone(),
            self.reason.clone(),
            self.attempts.to_string(),
            self.received_at.clone(),
            self.died_at.clone(),
            self.redriven.to_string(),
        ]]
    }
}
