//! `GET /api/v1/unmatched`: what a person has to look at.

use super::{
    list::{Item, List, View},
    participants::Stay,
    query::Parameters,
    refs::{Class, instant, text},
};
use crate::{
    http::problem::Problem,
    store::reports::{self, Reports},
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something to look at.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Unmatched {
    /// Somebody in a class's meeting who could not be tied to a user.
    Person(Person),
    /// Presence events of an occurrence that carried too little to count.
    Events(Events),
    /// A meeting that the school does not know.
    Meeting(Unknown),
}

/// Somebody in a class's meeting who could not be tied to a user.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "as the API names it")]
pub(super) struct Person {
    /// What the occurrence calls them: what they are confirmed by.
    #[schema(required)]
    person: Option<String>,
    /// The occurrence that they were in.
    occurrence_uuid: String,
    /// Its meeting's number.
    zoom_meeting_id: String,
    /// The date that it counts for.
    #[schema(format = Date)]
    date: String,
    /// The class that it counts for.
    class: Class,
    /// The latest display name.
    #[schema(required)]
    name: Option<String>,
    /// The latest e-mail.
    #[schema(required)]
    email: Option<String>,
    /// What would count.
    seconds: i64,
    /// First instant seen.
    #[schema(required, format = DateTime)]
    first_join: Option<String>,
    /// Last instant seen leaving.
    #[schema(required, format = DateTime)]
    last_leave: Option<String>,
    /// Their keys name different users.
    conflict: bool,
    /// Overlapping connections of one registrant under different names.
    shared_registrant: bool,
    /// Students whose names are like theirs, the most alike first, at most three: a hint and never more.
    suggested: Vec<Suggested>,
    /// What they came and went with, in order of time.
    stays: Vec<Stay>,
}

/// A student whose name is like somebody's.
#[derive(Serialize, ToSchema)]
pub(super) struct Suggested {
    /// The user's id.
    id: Uuid,
    /// OneRoster's id.
    #[schema(required)]
    sourced_id: Option<String>,
    /// As the roster gives it.
    full_name: String,
}

/// Presence events of an occurrence that carried neither a time nor a key of a person: they count for nobody.
#[derive(Serialize, ToSchema)]
pub(super) struct Events {
    /// The occurrence.
    occurrence_uuid: String,
    /// Its meeting's number.
    zoom_meeting_id: String,
    /// The date that it counts for.
    #[schema(format = Date)]
    date: String,
    /// The class that it counts for.
    #[schema(required)]
    class: Option<Class>,
    /// How many.
    count: i32,
}

/// A meeting that the school does not know.
#[derive(Serialize, ToSchema)]
pub(super) struct Unknown {
    /// Zoom's number.
    zoom_meeting_id: String,
    /// Zoom's latest topic.
    #[schema(required)]
    topic: Option<String>,
    /// How often it ran.
    occurrences: i64,
    /// The first start.
    #[schema(format = DateTime)]
    first_seen: String,
    /// The last instant of any of its events.
    #[schema(format = DateTime)]
    last_seen: String,
}

/// People first, then events that count for nobody, of both the latest date before the others; then meetings in order
/// of their number.
#[utoipa::path(
    get,
    path = "/api/v1/unmatched",
    params(
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Unmatched>, description = "A page; as CSV without limit and cursor the whole list"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &[])?;
    let view = View::of::<Unmatched>(&request, &parameters)?;
    view.answer::<Unmatched, _, _, _>(move |window| {
        let reports = reports.clone();
        async move { reports.unmatched(window).await }
    })
    .await
}

impl From<reports::Unmatched> for Unmatched {
    fn from(unmatched: reports::Unmatched) -> Self {
        match unmatched {
            reports::Unmatched::Person(person) => Self::Person(Person {
                person: person.person,
                suggested: person.suggested.into_iter().map(Into::into).collect(),
                stays: person.stays.into_iter().map(Into::into).collect(),
                occurrence_uuid: person.occurrence_uuid,
                zoom_meeting_id: person.zoom_meeting_id,
                date: person.date.to_string(),
                class: person.class.into(),
                name: person.name,
                email: person.email,
                seconds: person.seconds,
                first_join: person.first_join.map(instant),
                last_leave: person.last_leave.map(instant),
                conflict: person.conflict,
                shared_registrant: person.shared_registrant,
            }),
            reports::Unmatched::Events(events) => Self::Events(Events {
                occurrence_uuid: events.occurrence_uuid,
                zoom_meeting_id: events.zoom_meeting_id,
                date: events.date.to_string(),
                class: events.class.map(Into::into),
                count: events.count,
            }),
            reports::Unmatched::Meeting(meeting) => Self::Meeting(Unknown {
                zoom_meeting_id: meeting.zoom_meeting_id,
                topic: meeting.topic,
                occurrences: meeting.occurrences,
                first_seen: instant(meeting.first_seen),
                last_seen: instant(meeting.last_seen),
            }),
        }
    }
}

impl From<reports::Student> for Suggested {
    fn from(student: reports::Student) -> Self {
        Self {
            id: student.id,
            sourced_id: student.sourced_id,
            full_name: student.full_name,
        }
    }
}

impl Item for Unmatched {
    const LIST: &'static str = "unmatched";
    const COLUMNS: &'static [&'static str] = &[
        "kind",
        "zoom_meeting_id",
        "first_seen",
        "last_seen",
        "occurrence_uuid",
        "date",
        "class_id",
        "class_sourced_id",
        "class_name",
        "name",
        "email",
        "seconds",
        "conflict",
        "shared_registrant",
        "topic",
        "occurrences",
        "count",
        "person",
        "suggested",
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![match self {
            Self::Person(person) => person.cells(),
            Self::Events(events) => events.cells(),
            Self::Meeting(meeting) => meeting.cells(),
        }]
    }
}

impl Person {
    fn cells(&self) -> Vec<String> {
        let [id, sourced_id, class] = Class::cells(Some(&self.class));
        let suggested = self.suggested.iter().map(|student| student.id.to_string());
        vec![
            "person".to_owned(),
            self.zoom_meeting_id.clone(),
            text(self.first_join.as_ref()),
            text(self.last_leave.as_ref()),
            self.occurrence_uuid.clone(),
            self.date.clone(),
            id,
            sourced_id,
            class,
            text(self.name.as_ref()),
            text(self.email.as_ref()),
            self.seconds.to_string(),
            self.conflict.to_string(),
            self.shared_registrant.to_string(),
            String::new(),
            String::new(),
            String::new(),
            text(self.person.as_ref()),
            suggested.collect::<Vec<_>>().join(" "),
        ]
    }
}

impl Events {
    fn cells(&self) -> Vec<String> {
        let [id, sourced_id, class] = Class::cells(self.class.as_ref());
        let mut cells = vec![
            "events".to_owned(),
            self.zoom_meeting_id.clone(),
            String::new(),
            String::new(),
            self.occurrence_uuid.clone(),
            self.date.clone(),
            id,
            sourced_id,
            class,
        ];
        cells.resize(Unmatched::COLUMNS.len() - 3, String::new());
        cells.extend([self.count.to_string(), String::new(), String::new()]);
        cells
    }
}

impl Unknown {
    fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            "meeting".to_owned(),
            self.zoom_meeting_id.clone(),
            self.first_seen.clone(),
            self.last_seen.clone(),
        ];
        cells.resize(Unmatched::COLUMNS.len() - 5, String::new());
        cells.extend([text(self.topic.as_ref()), self.occurrences.to_string()]);
        cells.resize(Unmatched::COLUMNS.len(), String::new());
        cells
    }
}
