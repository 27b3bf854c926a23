//! `GET /api/v1/attendance`: marks.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::{Class, instant, text},
};
use crate::{
    clock,
    http::problem::Problem,
    store::reports::{self, Finality, Marks, Reports},
};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The mark of a student in a lesson.
#[derive(Serialize, ToSchema)]
pub(super) struct Record {
    /// Who.
    student: Student,
    /// Of which class.
    class: Class,
    /// The lesson's local date.
    #[schema(format = Date)]
    date: String,
    /// `present`, `partial`, `absent`, or what another hand wrote.
    status: String,
    /// What was counted, in seconds.
    #[schema(required)]
    seconds: Option<i64>,
    /// First instant seen.
    #[schema(required, format = DateTime)]
    first_join: Option<String>,
    /// Last instant seen leaving.
    #[schema(required, format = DateTime)]
    last_leave: Option<String>,
    /// `zoom` or `manual`.
    source: String,
    /// What Rollcall computed, whoever set the status; null where nothing is.
    #[schema(required)]
    computed_status: Option<String>,
    /// Who set the status by hand; null where it is computed, or another program's.
    #[schema(required)]
    manual: Option<Manual>,
    /// `provisional` while a running meeting or a late delivery may still change it, else `final`.
    finality: &'static str,
}

/// A mark set by hand.
#[derive(Serialize, ToSchema)]
struct Manual {
    /// Why.
    reason: String,
    /// Who set it.
    by: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// A student.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Student {
    /// The user's id.
    id: Uuid,
    /// OneRoster's id.
    #[schema(required)]
    sourced_id: Option<String>,
    /// The address, if any.
    #[schema(required)]
    email: Option<String>,
    /// As the roster gives it.
    pub(in crate::http) full_name: String,
}

/// Marks in order of date, class and student.
#[utoipa::path(
    get,
    path = "/api/v1/attendance",
    params(
        ("class" = Option<String>, Query, description = "A class's id or sourced_id"),
        ("student" = Option<String>, Query, description = "A user's id or sourced_id; never an e-mail"),
        ("date" = Option<String>, Query, description = "That day only, YYYY-MM-DD"),
        ("from" = Option<String>, Query, description = "On or after, YYYY-MM-DD"),
        ("to" = Option<String>, Query, description = "On or before, YYYY-MM-DD"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Record>, description = "A page; as CSV without limit and cursor the whole list"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let known = ["class", "student", "date", "from", "to"];
    let parameters = Parameters::of_list(&request, &known)?;
    let view = View::of::<Record>(&request, &parameters)?;
    let which = which(&parameters)?;
    let now = Timestamp::from_millisecond(clock::now_ms()).unwrap_or(Timestamp::MAX);
    view.answer::<Record, _, _, _>(move |window| {
        let (reports, which) = (reports.clone(), which.clone());
        async move { reports.attendance(which, window, now).await }
    })
    .await
}

/// `date` narrows `from` and `to`.
pub(super) fn which(parameters: &Parameters) -> Result<Marks, Problem> {
    let date = parameters.date("date")?;
    let (from, to) = (parameters.date("from")?, parameters.date("to")?);
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Problem::parameter("to", "before from"));
    }
    Ok(Marks {
        class: parameters.text("class").map(ToOwned::to_owned),
        student: parameters.text("student").map(ToOwned::to_owned),
        from: from.max(date),
        to: [to, date].into_iter().flatten().min(),
    })
}

impl From<reports::Mark> for Record {
    fn from(mark: reports::Mark) -> Self {
        Self {
            student: mark.student.into(),
            class: mark.class.into(),
            date: mark.date.to_string(),
            status: mark.status,
            seconds: mark.seconds,
            first_join: mark.first_join.map(instant),
            last_leave: mark.last_leave.map(instant),
            source: mark.source,
            computed_status: mark.computed_status,
            manual: mark.manual.map(|manual| Manual {
                reason: manual.reason,
                by: manual.by,
                at: instant(manual.at),
            }),
            finality: match mark.finality {
                Finality::Provisional => "provisional",
                Finality::Final => "final",
            },
        }
    }
}

impl From<reports::Student> for Student {
    fn from(student: reports::Student) -> Self {
        Self {
            id: student.id,
            sourced_id: student.sourced_id,
            email: student.email,
            full_name: student.full_name,
        }
    }
}

impl Student {
    /// `student_id,student_sourced_id,student_email,student_full_name`.
    pub(super) fn cells(&self) -> [String; 4] {
        [
            self.id.to_string(),
            text(self.sourced_id.as_ref()),
            text(self.email.as_ref()),
            self.full_name.clone(),
        ]
    }
}

impl Item for Record {
    const LIST: &'static str = "attendance";
    const COLUMNS: &'static [&'static str] = &[
        "student_id",
        "student_sourced_id",
        "student_email",
        "student_full_name",
        "class_id",
        "class_sourced_id",
        "class_name",
        "date",
        "status",
        "seconds",
        "first_join",
        "last_leave",
        "source",
        "finality",
        "computed_status",
        "manual_reason",
        "manual_by",
        "manual_at",
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        let student = self.student.cells();
        let mark = [
            self.date.clone(),
            self.status.clone(),
            text(self.seconds),
            text(self.first_join.as_ref()),
            text(self.last_leave.as_ref()),
            self.source.clone(),
            self.finality.to_owned(),
            text(self.computed_status.as_ref()),
            text(self.manual.as_ref().map(|manual| &manual.reason)),
            text(self.manual.as_ref().map(|manual| &manual.by)),
            text(self.manual.as_ref().map(|manual| &manual.at)),
        ];
        let class = Class::cells(Some(&self.class));
        vec![student.into_iter().chain(class).chain(mark).collect()]
    }
}
