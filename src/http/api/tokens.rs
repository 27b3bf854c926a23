//! `GET /api/v1/tokens`: who has access. Tokens are made and revoked by command.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::{instant, text},
};
use crate::{
    http::problem::Problem,
    store::reports::{self, Reports},
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A named token; the token itself is nowhere.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// Whose it is.
    name: String,
    /// `viewer`, `operator` or `admin`.
    role: String,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// Who made it.
    created_by: String,
    /// Since when it opens nothing.
    #[schema(required, format = DateTime)]
    revoked_at: Option<String>,
}

/// Tokens in the order in which they were made, revoked ones included.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    params(
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Token>, description = "A page"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &[])?;
    let view = View::of::<Token>(&request, &parameters)?;
    view.answer::<Token, _, _, _>(move |window| {
        let reports = reports.clone();
        async move { reports.tokens(window).await }
    })
    .await
}

impl From<reports::Token> for Token {
    fn from(token: reports::Token) -> Self {
        Self {
            name: token.name,
            role: token.role,
            created_at: instant(token.created_at),
            created_by: token.created_by,
            revoked_at: token.revoked_at.map(instant),
        }
    }
}

impl Item for Token {
    const LIST: &'static str = "tokens";
    const COLUMNS: &'static [&'static str] =
        &["name", "role", "created_at", "created_by", "revoked_at"];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![
            self.name.clone(),
            self.role.clone(),
            self.created_at.clone(),
            self.created_by.clone(),
            text(self.revoked_at.as_ref()),
        ]]
    }
}
