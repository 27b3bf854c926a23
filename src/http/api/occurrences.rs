//! `GET /api/v1/occurrences/{uuid}`: one run of a meeting, and how many are there.

use super::{
    query::Parameters,
    refs::{Class, instant},
};
use crate::{
    http::problem::Problem,
    store::reports::{Attended, Finality, Reports, Run},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;

/// One run of a meeting.
#[derive(Serialize, ToSchema)]
pub(super) struct Lesson {
    /// Zoom's uuid.
    uuid: String,
    /// Zoom's number of the meeting.
    zoom_meeting_id: String,
    /// The meeting's title; Zoom's topic where the school does not know the meeting.
    title: String,
    /// The class that it counts for.
    #[schema(required)]
    class: Option<Class>,
    /// The local date that it counts for.
    #[schema(format = Date)]
    date: String,
    /// `started` while it runs, else `ended`.
    status: &'static str,
    /// Actual start.
    #[schema(format = DateTime)]
    started_at: String,
    /// Actual end.
    #[schema(required, format = DateTime)]
    ended_at: Option<String>,
    /// `event`: Zoom said so. `schedule`: after long silence.
    #[schema(required)]
    ended_by: Option<String>,
    /// IANA name of the meeting's zone.
    #[schema(required)]
    timezone: Option<String>,
    /// The rule: seconds that make a student present.
    present_after_seconds: i64,
    /// Wholly outside the scheduled time of day.
    outside_schedule: bool,
    /// People who ever joined.
    people: u64,
    /// People who are there now.
    here: u64,
    /// `provisional` while a late delivery may still change it, else `final`.
    finality: &'static str,
}

/// One occurrence; its people stand under `/participants`.
#[utoipa::path(
    get,
    path = "/api/v1/occurrences/{uuid}",
    params(("uuid" = String, Path, description = "Zoom's uuid, percent-encoded once")),
    responses(
        (status = 200, body = Lesson),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad parameter"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "No token"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such occurrence"),
    ),
)]
pub(super) async fn show(
    request: HttpRequest,
    reports: web::Data<Reports>,
    uuid: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Parameters::of(&request, &[])?;
    let run = reports.occurrence(uuid.clone()).await?;
    let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no such occurrence");
    let run = run.ok_or_else(missing)?;
    let attended = reports.attended(uuid.into_inner()).await?;
    Ok(HttpResponse::Ok().json(Lesson::of(run, attended)))
}

impl Lesson {
    fn of(run: Run, attended: Attended) -> Self {
        let (ended_at, ended_by) = run.ended.map_or((None, None), |(at, by)| (Some(at), by));
        Self {
            uuid: run.uuid,
            zoom_meeting_id: run.zoom_meeting_id,
            title: run.title,
            class: run.class.map(Into::into),
            date: run.date.to_string(),
            status: if ended_at.is_some() {
                "ended"
            } else {
                "started"
            },
            started_at: instant(run.started_at),
            ended_at: ended_at.map(instant),
            ended_by,
            timezone: run.timezone,
            present_after_seconds: run.present_after,
            outside_schedule: run.outside_schedule,
            people: attended.people,
            here: attended.here,
            finality: match run.finality {
                Finality::Provisional => "provisional",
                Finality::Final => "final",
            },
        }
    }
}
