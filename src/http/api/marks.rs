//! `PUT` and `DELETE /api/v1/attendance/{class}/{date}/{student}`: a mark set by hand, and withdrawn.

use super::body;
use crate::{
    clock,
    http::{access::Caller, problem::Problem},
    store::{
        StoreError,
        clerk::{Clerk, Lesson, Marked, NewMark, Status, Withdrawn, may_have_been},
        reports::{Place, Reports},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

/// Characters of a reason at most.
const LONGEST: usize = 500;

/// A mark to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "present", "reason": "was in the room, his connection was not" }))]
pub(in crate::http) struct Wanted {
    /// What counts from now on.
    pub(in crate::http) status: Word,
    /// Why: 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub(in crate::http) reason: String,
}

/// A status.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum Word {
    Present,
    Partial,
    Absent,
}

impl From<Word> for Status {
    fn from(word: Word) -> Self {
        match word {
            Word::Present => Self::Present,
            Word::Partial => Self::Partial,
            Word::Absent => Self::Absent,
        }
    }
}

/// Sets the mark of a student in a lesson, with or without a record. What is computed goes on being computed beside it,
/// and never overwrites it.
#[utoipa::path(
    put,
    path = "/api/v1/attendance/{class}/{date}/{student}",
    params(
        ("class" = String, Path, description = "The class's id or sourced_id"),
        ("date" = String, Path, description = "The lesson's date, YYYY-MM-DD"),
        ("student" = String, Path, description = "The user's id or sourced_id; never an e-mail"),
    ),
    request_body = Wanted,
    responses(
        (status = 204, description = "It counts"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad date, one to come or from before Zoom; a bad body"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such class or student"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too long"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "The body is not JSON"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A bad reason, or a student who is not enrolled"),
    ),
)]
pub(super) async fn set(
    request: HttpRequest,
    caller: Caller,
    reports: Data<Reports>,
    clerk: Data<Clerk>,
    path: Path<(String, String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let what = "{\"status\": \"present\", \"partial\" or \"absent\", \"reason\": text}";
    let wanted: Wanted = body::read(&request, payload, what).await?;
    mark(&reports, &clerk, &caller, path.into_inner(), &wanted).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Class, date and student, as a path names them.
pub(in crate::http) type Named = (String, String, String);

/// Sets a mark on behalf of `caller`.
pub(in crate::http) async fn mark(
    reports: &Reports,
    clerk: &Clerk,
    caller: &Caller,
    named: Named,
    wanted: &Wanted,
) -> Result<(), Problem> {
    let reason = wanted.reason.trim();
    let length = reason.chars().count();
    if length == 0 || length > LONGEST || reason.contains('\0') {
        let detail = "1 to 500 characters, none of them U+0000";
        return Err(Problem::member("reason", detail));
    }
    let lesson = find(reports, named).await?;
    if !may_have_been(lesson.date, clock::now()) {
        let detail = "a lesson's date: from 2011, when Zoom began, until today";
        return Err(Problem::parameter("date", detail));
    }
    let new = NewMark {
        status: wanted.status.into(),
        reason: reason.to_owned(),
        by: caller.name.clone(),
    };
    match clerk
        .mark(lesson, new)
        .await
        .map_err(|error| failed(&error))?
    {
        Marked::Yes => Ok(()),
        Marked::NotEnrolled => Err(Problem::member(
            "student",
            "not enrolled in the class on that date",
        )),
    }
}

/// Withdraws the mark that was set by hand: what is computed counts again, or what another program had written before.
#[utoipa::path(
    delete,
    path = "/api/v1/attendance/{class}/{date}/{student}",
    params(
        ("class" = String, Path, description = "The class's id or sourced_id"),
        ("date" = String, Path, description = "The lesson's date, YYYY-MM-DD"),
        ("student" = String, Path, description = "The user's id or sourced_id; never an e-mail"),
    ),
    responses(
        (status = 204, description = "It counts no more"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad date"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such class or student, or no manual mark"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Another program set it"),
    ),
)]
pub(super) async fn withdraw(
    caller: Caller,
    reports: Data<Reports>,
    clerk: Data<Clerk>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    unmark(&reports, &clerk, &caller, path.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Withdraws a mark on behalf of `caller`.
pub(in crate::http) async fn unmark(
    reports: &Reports,
    clerk: &Clerk,
    caller: &Caller,
    named: Named,
) -> Result<(), Problem> {
    let lesson = find(reports, named).await?;
    let withdrawn = clerk.withdraw_mark(lesson, &caller.name).await;
    match withdrawn.map_err(|error| failed(&error))? {
        Withdrawn::Yes => Ok(()),
        Withdrawn::Unknown => Err(missing("there is no manual mark")),
        Withdrawn::Foreign => Err(Problem::new(
            StatusCode::CONFLICT,
            "another program set this mark: set one over it, or take it back there",
        )),
    }
}

async fn find(
    reports: &Reports,
    (class, date, student): (String, String, String),
) -> Result<Lesson, Problem> {
    let plain = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = date.parse::<Date>().ok().filter(|_| plain);
    let Some(date) = date else {
        return Err(Problem::parameter("date", "a date as YYYY-MM-DD"));
    };
    match reports.place(class, date, student).await? {
        Place::Known(lesson) => Ok(lesson),
        Place::NoClass => Err(missing("there is no such class")),
        Place::NoStudent => Err(missing("there is no such student")),
    }
}

fn missing(detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, detail)
}

/// The one place where a failed change by hand is logged.
pub(super) fn failed(error: &StoreError) -> Problem {
    tracing::warn!(%error, "a change by hand failed");
    Problem::unavailable()
}
