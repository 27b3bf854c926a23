//! `POST /api/v1/unmatched/confirm`, `GET /api/v1/matches`, `DELETE /api/v1/matches/{id}`: who somebody is, as a person said.

use super::{
    body,
    list::{Item, List, View},
    marks::failed,
    query::Parameters,
    refs::{instant, text},
};
use crate::{
    http::{Identify, access::Caller, problem::Problem},
    store::{
        clerk::{self, Clerk, Confirmed, Identity},
        reports::{self, Reports},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path, Payload},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "occurrence": "/8+Tz1//WQ6qvR3sYpHdA==", "person": "connection:G1", "user": "s-ben" }))]
pub(in crate::http) struct Claim {
    /// The occurrence that they were in: Zoom's uuid.
    pub(in crate::http) occurrence: String,
    /// What it calls them: `person` of an unmatched item or of a participant.
    pub(in crate::http) person: String,
    /// The user that they are: an id or `sourced_id`.
    pub(in crate::http) user: String,
}

/// What is remembered from now on.
#[derive(Serialize, ToSchema)]
pub(super) struct Remembered {
    /// A match for each key.
    matches: Vec<Key>,
}

/// A remembered key.
#[derive(Serialize, ToSchema)]
struct Key {
    /// What it is withdrawn by.
    id: Uuid,
    /// `registrant`, `customer_key`, `zoom_user`, `email` or `connection`.
    kind: String,
}

impl From<clerk::Match> for Key {
    fn from(made: clerk::Match) -> Self {
        Self {
            id: made.id,
            kind: made.kind,
        }
    }
}

/// Confirms who a person is: remembered under the strongest key of each of their connections, and everything that it
/// touches is computed again.
#[utoipa::path(
    post,
    path = "/api/v1/unmatched/confirm",
    request_body = Claim,
    responses(
        (status = 200, body = Remembered, description = "It is remembered; marks follow within seconds"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad body"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The occurrence is never computed again"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too long"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "The body is not JSON"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "No such occurrence, person or user"),
    ),
)]
pub(super) async fn confirm(
    request: HttpRequest,
    caller: Caller,
    reports: Data<Reports>,
    clerk: Data<Clerk>,
    identify: Data<Identify>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let what = "{\"occurrence\": text, \"person\": text, \"user\": text}";
    let claim = body::read(&request, payload, what).await?;
    let matches = tie(&reports, &clerk, &identify, &caller, claim).await?;
    let matches = matches.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(Remembered { matches }))
}

/// Confirms who a person is on behalf of `caller`.
pub(in crate::http) async fn tie(
    reports: &Reports,
    clerk: &Clerk,
    identify: &Identify,
    caller: &Caller,
    claim: Claim,
) -> Result<Vec<clerk::Match>, Problem> {
    let Claim {
        occurrence,
        person,
        user,
    } = claim;
    for (member, text) in [
        ("occurrence", &occurrence),
        ("person", &person),
        ("user", &user),
    ] {
        if text.contains('\0') {
            return Err(Problem::member(member, "holds U+0000"));
        }
    }
    let nobody = || Problem::member("user", "there is no such user");
    let user = reports.user(user).await?.ok_or_else(nobody)?;
    let found = identify(occurrence.clone(), person).await;
    let keys = match found.ok_or_else(Problem::unavailable)? {
        Identity::Keys(keys) => keys,
        Identity::NoOccurrence => {
            return Err(Problem::member("occurrence", "there is no such occurrence"));
        }
        Identity::NoPerson => {
            return Err(Problem::member(
                "person",
                "the occurrence has no such person",
            ));
        }
        Identity::GivenUp => {
            let detail = "the events of this occurrence were given up: it is never computed again";
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        }
    };
    let outcome = clerk.confirm(keys, user, &occurrence, &caller.name).await;
    match outcome.map_err(|error| failed(&error))? {
        Confirmed::Yes(matches) => Ok(matches),
        Confirmed::NoUser => Err(nobody()),
    }
}

/// A key that a person said is a user's.
#[derive(Serialize, ToSchema)]
pub(super) struct Match {
    /// What it is withdrawn by.
    id: Uuid,
    /// `registrant`, `customer_key`, `zoom_user`, `email` or `connection`.
    kind: String,
    /// The key.
    key: String,
    /// A registrant's meeting number, a connection's occurrence.
    #[schema(required)]
    scope: Option<String>,
    /// Whose it is.
    user_id: Uuid,
    /// OneRoster's id of them.
    #[schema(required)]
    user_sourced_id: Option<String>,
    /// Their name.
    user_full_name: String,
    /// Who said so.
    confirmed_by: String,
    /// When.
    #[schema(format = DateTime)]
    confirmed_at: String,
}

/// Confirmed matches, the first first.
#[utoipa::path(
    get,
    path = "/api/v1/matches",
    params(
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Match>, description = "A page; as CSV without limit and cursor the whole list"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &[])?;
    let view = View::of::<Match>(&request, &parameters)?;
    view.answer::<Match, _, _, _>(move |window| {
        let reports = reports.clone();
        async move { reports.matches(window).await }
    })
    .await
}

/// Forgets a match: what it touched is computed again without it.
#[utoipa::path(
    delete,
    path = "/api/v1/matches/{id}",
    params(("id" = Uuid, Path, description = "The match's id")),
    responses(
        (status = 204, description = "It is forgotten"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such match"),
    ),
)]
pub(super) async fn withdraw(
    caller: Caller,
    clerk: Data<Clerk>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    forget(&clerk, &caller, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Withdraws a match on behalf of `caller`.
pub(in crate::http) async fn forget(
    clerk: &Clerk,
    caller: &Caller,
    id: &str,
) -> Result<(), Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such match");
    let id = Uuid::try_parse(id).map_err(|_| unknown())?;
    if clerk
        .withdraw_match(id, &caller.name)
        .await
        .map_err(|error| failed(&error))?
    {
        Ok(())
    } else {
        Err(unknown())
    }
}

impl From<reports::Match> for Match {
    fn from(known: reports::Match) -> Self {
        Self {
            id: known.id,
            kind: known.kind,
            key: known.key,
            scope: known.scope,
            user_id: known.user.id,
            user_sourced_id: known.user.sourced_id,
            user_full_name: known.user.full_name,
            confirmed_by: known.by,
            confirmed_at: instant(known.at),
        }
    }
}

impl Item for Match {
    const LIST: &'static str = "matches";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "key",
        "scope",
        "user_id",
        "user_sourced_id",
        "user_full_name",
        "confirmed_by",
        "confirmed_at",
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![
            self.id.to_string(),
            self.kind.clone(),
            self.key.clone(),
            text(self.scope.as_ref()),
            self.user_id.to_string(),
            text(self.user_sourced_id.as_ref()),
            self.user_full_name.clone(),
            self.confirmed_by.clone(),
            self.confirmed_at.clone(),
        ]]
    }
}
