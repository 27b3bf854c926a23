//! What the pages' forms do: the same as the API, and then back to the page. That a form was meant is made sure of before
//! ([`access`](crate::http::access)).

use super::answer::Failure;
use crate::{
    http::{
        Identify,
        access::Caller,
        api::{
            dead_events,
            marks::{self, Named, Wanted, Word},
            matches::{self, Claim},
        },
    },
    store::{clerk::Clerk, dead::Redriver, reports::Reports},
};
use actix_web::{
    HttpResponse,
    http::header,
    web::{Data, Form, Path},
};
use serde::Deserialize;
use uuid::Uuid;

/// A mark by hand.
#[derive(Deserialize)]
pub(super) struct Mark {
    status: Word,
    reason: String,
}

/// Who somebody is.
#[derive(Deserialize)]
pub(super) struct Recognized {
    occurrence: String,
    /// The row of `zoom_participants`.
    person: Uuid,
    user: String,
}

pub(super) async fn mark(
    caller: Caller,
    (reports, clerk): (Data<Reports>, Data<Clerk>),
    path: Path<Named>,
    form: Form<Mark>,
) -> Result<HttpResponse, Failure> {
    let (named, form) = (path.into_inner(), form.into_inner());
    let lesson = lesson(&named);
    let wanted = Wanted {
        status: form.status,
        reason: form.reason,
    };
    marks::mark(&reports, &clerk, &caller, named, &wanted).await?;
    Ok(back(&lesson))
}

pub(super) async fn unmark(
    caller: Caller,
    (reports, clerk): (Data<Reports>, Data<Clerk>),
    path: Path<Named>,
) -> Result<HttpResponse, Failure> {
    let named = path.into_inner();
    let lesson = lesson(&named);
    marks::unmark(&reports, &clerk, &caller, named).await?;
    Ok(back(&lesson))
}

pub(super) async fn confirm(
    caller: Caller,
    (reports, clerk, identify): (Data<Reports>, Data<Clerk>, Data<Identify>),
    form: Form<Recognized>,
) -> Result<HttpResponse, Failure> {
    let Recognized {
        occurrence,
        person,
        user,
    } = form.into_inner();
    // A row that has gone is nobody.
    let person = reports.person(occurrence.clone(), person).await?;
    let person = person.unwrap_or_default();
    let claim = Claim {
        occurrence,
        person,
        user,
    };
    matches::tie(&reports, &clerk, &identify, &caller, claim).await?;
    Ok(back("/unmatched"))
}

pub(super) async fn forget(
    caller: Caller,
    clerk: Data<Clerk>,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    matches::forget(&clerk, &caller, &id).await?;
    Ok(back("/unmatched"))
}

pub(super) async fn redrive(
    caller: Caller,
    redriver: Data<Redriver>,
    seq: Path<String>,
) -> Result<HttpResponse, Failure> {
    dead_events::retry(&redriver, &caller, &seq).await?;
    Ok(back("/dead-events"))
}

/// The page of one lesson's marks. Whoever names the class by anything but its id is sent to the list.
fn lesson((class, date, _): &Named) -> String {
    match (Uuid::try_parse(class), date.parse::<jiff::civil::Date>()) {
        (Ok(class), Ok(date)) => format!("/classes/{class}?from={date}&to={date}"),
        _ => "/classes".to_owned(),
    }
}

/// 303: the page is loaded anew, and a reload sends nothing again.
fn back(page: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, page))
        .finish()
}
