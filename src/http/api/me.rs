//! `GET /api/v1/me`: who is asking.

use super::query::Parameters;
use crate::http::{access::Caller, problem::Problem};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// Who is asking.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The token's name; `admin` for the configured one, `local` where there is no token.
    name: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
}

/// Who the caller is, and so what they may do.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    responses((status = 200, body = Me, description = "The caller")),
)]
pub(super) async fn show(request: HttpRequest, caller: Caller) -> Result<HttpResponse, Problem> {
    Parameters::of(&request, &[])?;
    let role = caller.role.as_str();
    let name = caller.name;
    Ok(HttpResponse::Ok().json(Me { name, role }))
}
