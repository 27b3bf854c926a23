//! `GET /api/v1/meetings` and `/api/v1/meetings/{zoom_meeting_id}`: meetings with their occurrences.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::{Class, instant, text},
};
use crate::{
    http::problem::Problem,
    store::reports::{self, Meetings, Reports, Running},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What `status` may be.
pub(super) const STATUS: [&str; 4] = ["scheduled", "started", "ended", "cancelled"];

/// A meeting that the school knows.
#[derive(Serialize, ToSchema)]
pub(super) struct Meeting {
    /// Zoom's number.
    zoom_meeting_id: String,
    /// Its title.
    title: String,
    /// The class that it teaches.
    #[schema(required)]
    class: Option<Class>,
    /// `scheduled`, `started`, `ended` or `cancelled`.
    status: String,
    /// The series' first scheduled start.
    #[schema(required, format = DateTime)]
    start_time: Option<String>,
    /// Scheduled length in seconds.
    #[schema(required)]
    scheduled_seconds: Option<i64>,
    /// IANA name.
    #[schema(required)]
    timezone: Option<String>,
    /// The latest first.
    occurrences: Vec<Occurrence>,
}

/// One run of a meeting.
#[derive(Serialize, ToSchema)]
pub(super) struct Occurrence {
    /// Zoom's uuid; percent-encode it once in a path.
    uuid: String,
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
    /// To be reviewed: wholly outside the scheduled time of day.
    outside_schedule: bool,
    /// To be reviewed: presence events that carried too little to count, neither a time nor a key.
    unusable: i32,
}

/// Meetings in order of their number.
#[utoipa::path(
    get,
    path = "/api/v1/meetings",
    params(
        ("status" = Option<String>, Query, description = "scheduled, started, ended or cancelled"),
        ("class" = Option<String>, Query, description = "A class's id or sourced_id"),
        ("date" = Option<String>, Query, description = "With an occurrence on that date, YYYY-MM-DD; only those occurrences are shown"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Meeting>, description = "A page; CSV has a line an occurrence"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &["status", "class", "date"])?;
    let view = View::of::<Meeting>(&request, &parameters)?;
    let which = Meetings {
        status: parameters.word("status", &STATUS)?,
        class: parameters.text("class").map(ToOwned::to_owned),
        date: parameters.date("date")?,
    };
    view.answer::<Meeting, _, _, _>(move |window| {
        let (reports, which) = (reports.clone(), which.clone());
        async move { reports.meetings(which, window).await }
    })
    .await
}

/// One meeting.
#[utoipa::path(
    get,
    path = "/api/v1/meetings/{zoom_meeting_id}",
    params(("zoom_meeting_id" = String, Path, description = "Zoom's number")),
    responses(
        (status = 200, body = Meeting, description = "The meeting"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "Not known to the school"),
    ),
)]
pub(super) async fn show(
    request: HttpRequest,
    reports: web::Data<Reports>,
    number: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Parameters::of(&request, &[])?;
    match reports.meeting(number.into_inner()).await? {
        Some(meeting) => Ok(HttpResponse::Ok().json(Meeting::from(meeting))),
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "the school knows no such meeting",
        )),
    }
}

impl From<reports::Meeting> for Meeting {
    fn from(meeting: reports::Meeting) -> Self {
        Self {
            zoom_meeting_id: meeting.zoom_meeting_id,
            title: meeting.title,
            class: meeting.class.map(Into::into),
            status: meeting.status,
            start_time: meeting.start.map(instant),
            scheduled_seconds: meeting.scheduled_seconds,
            timezone: meeting.timezone,
            occurrences: meeting.occurrences.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<reports::Occurrence> for Occurrence {
    fn from(occurrence: reports::Occurrence) -> Self {
        let (ended_at, ended_by) = occurrence.ended.unzip();
        Self {
            uuid: occurrence.uuid,
            date: occurrence.date.to_string(),
            status: match occurrence.running {
                Running::Started => "started",
                Running::Ended => "ended",
            },
            started_at: instant(occurrence.started_at),
            ended_at: ended_at.map(instant),
            ended_by: ended_by.flatten(),
            outside_schedule: occurrence.outside_schedule,
            unusable: occurrence.unusable,
        }
    }
}

impl Item for Meeting {
    const LIST: &'static str = "meetings";
    const COLUMNS: &'static [&'static str] = &[
        "zoom_meeting_id",
        "title",
        "class_id",
        "class_sourced_id",
        "class_name",
        "status",
        "start_time",
        "scheduled_seconds",
        "timezone",
        "occurrence_uuid",
        "date",
        "occurrence_status",
        "started_at",
        "ended_at",
        "ended_by",
        "outside_schedule",
        "unusable",
    ];

    /// One line an occurrence; a meeting without any has one line.
    fn rows(&self) -> Vec<Vec<String>> {
        if self.occurrences.is_empty() {
            return vec![self.cells(Default::default())];
        }
        let occurrences = self.occurrences.iter();
        occurrences.map(|o| self.cells(o.cells())).collect()
    }
}

impl Meeting {
    fn cells(&self, occurrence: [String; 8]) -> Vec<String> {
        let [id, sourced_id, name] = Class::cells(self.class.as_ref());
        let meeting = [
            self.zoom_meeting_id.clone(),
            self.title.clone(),
            id,
            sourced_id,
            name,
            self.status.clone(),
            text(self.start_time.as_ref()),
            text(self.scheduled_seconds),
            text(self.timezone.as_ref()),
        ];
        meeting.into_iter().chain(occurrence).collect()
    }
}

impl Occurrence {
    fn cells(&self) -> [String; 8] {
        [
            self.uuid.clone(),
            self.date.clone(),
            self.status.to_owned(),
            self.started_at.clone(),
            text(self.ended_at.as_ref()),
            text(self.ended_by.as_ref()),
            self.outside_schedule.to_string(),
            self.unusable.to_string(),
        ]
    }
}
