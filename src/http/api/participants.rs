//! `GET /api/v1/occurrences/{uuid}/participants`: who was there, and why a second counts.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::{instant, text},
};
use crate::{
    http::problem::Problem,
    store::reports::{self, Reports},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A person of an occurrence.
#[derive(Serialize, ToSchema)]
pub(super) struct Participant {
    /// What the occurrence calls them: what they are confirmed by.
    #[schema(required)]
    person: Option<String>,
    /// The latest display name; only ever a label.
    #[schema(required)]
    name: Option<String>,
    /// The latest e-mail.
    #[schema(required)]
    email: Option<String>,
    /// The user that the person was tied to, student or not.
    #[schema(required)]
    user_id: Option<Uuid>,
    /// The same, if enrolled in the class on that date.
    #[schema(required)]
    student: Option<Enrolled>,
    /// `registrant`, `customer_key`, `zoom_user`, `email` or `confirmed`.
    #[schema(required)]
    matched_by: Option<String>,
    /// Their keys name different users, so they are tied to nobody.
    conflict: bool,
    /// Overlapping connections of one registrant under different names.
    shared_registrant: bool,
    /// What counts so far: the union of all stays.
    seconds: i64,
    /// `joined` or `left`.
    status: String,
    /// In order of time.
    stays: Vec<Stay>,
}

/// A student of the class.
#[derive(Serialize, ToSchema)]
struct Enrolled {
    /// The user's id.
    id: Uuid,
    /// OneRoster's id.
    #[schema(required)]
    sourced_id: Option<String>,
}

/// One stay.
#[derive(Serialize, ToSchema)]
pub(super) struct Stay {
    /// Zoom's connection, or what stands in for it.
    participant_uuid: String,
    /// Zoom's `user_id`: the seat.
    #[schema(required)]
    zoom_user_id: Option<String>,
    /// As Zoom gave it.
    #[schema(required, format = DateTime)]
    join_time: Option<String>,
    /// As Zoom gave it.
    #[schema(required, format = DateTime)]
    leave_time: Option<String>,
    /// `observed`, `closed_by_leave`, `closed_by_next_join`, `closed_by_end`, `closed_by_schedule`, `arrival_unknown`,
    /// `inverted` or `after_end`.
    evidence: String,
    /// The join's time is that of the event's sending.
    join_approximate: bool,
    /// The leave's time is that of the event's sending.
    leave_approximate: bool,
    /// The first second that counts.
    #[schema(required, format = DateTime)]
    counted_from: Option<String>,
    /// The first second that counts no more.
    #[schema(required, format = DateTime)]
    counted_until: Option<String>,
}

/// The people of an occurrence in order of their first join.
#[utoipa::path(
    get,
    path = "/api/v1/occurrences/{uuid}/participants",
    params(
        ("uuid" = String, Path, description = "Zoom's uuid, percent-encoded once"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Participant>, description = "A page; CSV has a line a stay"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such occurrence"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
    uuid: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &[])?;
    let view = View::of::<Participant>(&request, &parameters)?;
    let uuid = uuid.into_inner();
    if !reports.has_occurrence(uuid.clone()).await? {
        let detail = "there is no such occurrence";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    }
    view.answer::<Participant, _, _, _>(move |window| {
        let (reports, uuid) = (reports.clone(), uuid.clone());
        async move { reports.participants(uuid, window).await }
    })
    .await
}

impl From<reports::Participant> for Participant {
    fn from(person: reports::Participant) -> Self {
        Self {
            person: person.person,
            name: person.name,
            email: person.email,
            user_id: person.user_id,
            student: person.student.map(|student| Enrolled {
                id: student.id,
                sourced_id: student.sourced_id,
            }),
            matched_by: person.matched_by,
            conflict: person.conflict,
            shared_registrant: person.shared_registrant,
            seconds: person.seconds,
            status: person.status,
            stays: person.stays.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<reports::Stay> for Stay {
    fn from(stay: reports::Stay) -> Self {
        let (counted_from, counted_until) = stay.counted.unzip();
        Self {
            participant_uuid: stay.connection,
            zoom_user_id: stay.zoom_user_id,
            join_time: stay.join.map(instant),
            leave_time: stay.leave.map(instant),
            evidence: stay.evidence,
            join_approximate: stay.join_approximate,
            leave_approximate: stay.leave_approximate,
            counted_from: counted_from.map(instant),
            counted_until: counted_until.map(instant),
        }
    }
}

impl Item for Participant {
    const LIST: &'static str = "participants";
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "email",
        "user_id",
        "student_id",
        "student_sourced_id",
        "matched_by",
        "conflict",
        "shared_registrant",
        "seconds",
        "status",
        "participant_uuid",
        "zoom_user_id",
        "join_time",
        "leave_time",
        "evidence",
        "join_approximate",
        "leave_approximate",
        "counted_from",
        "counted_until",
    ];

    /// One line a stay; a person without any has one line.
    fn rows(&self) -> Vec<Vec<String>> {
        if self.stays.is_empty() {
            return vec![self.cells(Default::default())];
        }
        self.stays.iter().map(|s| self.cells(s.cells())).collect()
    }
}

impl Participant {
    fn cells(&self, stay: [String; 9]) -> Vec<String> {
        let student = self.student.as_ref();
        let person = [
            text(self.name.as_ref()),
            text(self.email.as_ref()),
            text(self.user_id),
            text(student.map(|student| student.id)),
            text(student.and_then(|student| student.sourced_id.as_ref())),
            text(self.matched_by.as_ref()),
            self.conflict.to_string(),
            self.shared_registrant.to_string(),
            self.seconds.to_string(),
            self.status.clone(),
        ];
        person.into_iter().chain(stay).collect()
    }
}

impl Stay {
    fn cells(&self) -> [String; 9] {
        [
            self.participant_uuid.clone(),
            text(self.zoom_user_id.as_ref()),
            text(self.join_time.as_ref()),
            text(self.leave_time.as_ref()),
            self.evidence.clone(),
            self.join_approximate.to_string(),
            self.leave_approximate.to_string(),
            text(self.counted_from.as_ref()),
            text(self.counted_until.as_ref()),
        ]
    }
}
