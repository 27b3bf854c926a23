//! `GET /api/v1/occurrences` and `/api/v1/occurrences/{uuid}`: runs of meetings, and how many are there.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::{Class, instant, text},
};
use crate::{
    http::problem::Problem,
    store::reports::{Attended, Finality, Occurrences, Reports, Run},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What `status` may be.
pub(super) const STATUS: [&str; 2] = ["started", "ended"];

/// One run of a meeting.
#[derive(Serialize, ToSchema)]
pub(super) struct Ran {
    /// Zoom's uuid; percent-encode it once in a path.
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
    /// To be reviewed: wholly outside the scheduled time of day.
    outside_schedule: bool,
    /// `provisional` while a late delivery may still change it, else `final`.
    finality: &'static str,
}

/// One run of a meeting, and its people.
#[derive(Serialize, ToSchema)]
pub(super) struct Lesson {
    #[serde(flatten)]
    run: Ran,
    /// People who ever joined.
    people: u64,
    /// People who are there now.
    here: u64,
}

/// Occurrences, the latest start first.
#[utoipa::path(
    get,
    path = "/api/v1/occurrences",
    params(
        ("status" = Option<String>, Query, description = "started or ended"),
        ("class" = Option<String>, Query, description = "A class's id or sourced_id"),
        ("date" = Option<String>, Query, description = "Those that count for that day, YYYY-MM-DD"),
        ("outside_schedule" = Option<bool>, Query, description = "true: those to be reviewed, wholly outside the scheduled time of day"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Ran>, description = "A page; as CSV without limit and cursor the whole list"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let known = ["status", "class", "date", "outside_schedule"];
    let parameters = Parameters::of_list(&request, &known)?;
    let view = View::of::<Ran>(&request, &parameters)?;
    let status = parameters.word("status", &STATUS)?;
    let outside = parameters.word("outside_schedule", &["true", "false"])?;
    let which = Occurrences {
        running: status.map(|status| status == "started"),
        class: parameters.text("class").map(ToOwned::to_owned),
        date: parameters.date("date")?,
        outside_schedule: outside.map(|outside| outside == "true"),
    };
    view.answer::<Ran, _, _, _>(move |window| {
        let (reports, which) = (reports.clone(), which.clone());
        async move { reports.occurrences(which, window).await }
    })
    .await
}

/// One occurrence; its people stand under `/participants`.
#[utoipa::path(
    get,
    path = "/api/v1/occurrences/{uuid}",
    params(("uuid" = String, Path, description = "Zoom's uuid, percent-encoded once")),
    responses(
        (status = 200, body = Lesson),
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
    let run = run.ok_or_else(missing)?.into();
    let Attended { people, here } = reports.attended(uuid.into_inner()).await?;
    Ok(HttpResponse::Ok().json(Lesson { run, people, here }))
}

impl From<Run> for Ran {
    fn from(run: Run) -> Self {
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
            finality: match run.finality {
                Finality::Provisional => "provisional",
                Finality::Final => "final",
            },
        }
    }
}

impl Item for Ran {
    const LIST: &'static str = "occurrences";
    const COLUMNS: &'static [&'static str] = &[
        "uuid",
        "zoom_meeting_id",
        "title",
        "class_id",
        "class_sourced_id",
        "class_name",
        "date",
        "status",
        "started_at",
        "ended_at",
        "ended_by",
        "timezone",
        "present_after_seconds",
        "outside_schedule",
        "finality",
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        let [id, sourced_id, class] = Class::cells(self.class.as_ref());
        vec![vec![
            self.uuid.clone(),
            self.zoom_meeting_id.clone(),
            self.title.clone(),
            id,
            sourced_id,
            class,
            self.date.clone(),
            self.status.to_owned(),
            self.started_at.clone(),
            text(self.ended_at.as_ref()),
            text(self.ended_by.as_ref()),
            text(self.timezone.as_ref()),
            self.present_after_seconds.to_string(),
            self.outside_schedule.to_string(),
            self.finality.to_owned(),
        ]]
    }
}
