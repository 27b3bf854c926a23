//! Who may use the operators' listener, and for what: whoever has a token (RFC 6750) or a session that was opened with one, as far as
//! the [`table`] lets their role.
//!
//! [`Gate`] finds out who asks, with what is on the [`Keyring`]; [`Caller`] is what a handler is told of it. What a session's browser
//! changes needs its CSRF token too, and no page of somebody else may change anything.

mod caller;
mod csrf;
mod gate;
mod guesses;
mod keyring;
mod lease;
mod request;
mod sign_in;
mod table;
#[cfg(test)]
mod tests;

pub use self::keyring::Keyring;
#[cfg(test)]
pub(super) use self::table::TABLE;
pub(super) use self::{
    caller::Caller,
    gate::Gate,
    request::takes_a_page,
    sign_in::routes,
    table::{Access, of},
};

use self::table::Verdict;
use super::{problem::Problem, seats::Seat};
use crate::store::access::Role;
use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    web,
};

/// Lets a request pass as the table says, or refuses it.
pub(super) async fn authorize(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let gate = request.app_data::<web::Data<Gate>>().cloned();
    let Some(gate) = gate else {
        let refusal = forbidden("nobody is let in");
        return Ok(request.into_response(refusal).map_into_right_body());
    };
    if let Err(refusal) = admit(&mut request, &gate).await {
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    let response = next.call(request).await?;
    if lease::is_endless(&response) {
        return Ok(lease::bind(response, &gate).map_into_right_body());
    }
    Ok(response.map_into_left_body())
}

async fn admit(request: &mut ServiceRequest, gate: &Gate) -> Result<(), HttpResponse> {
    if request::is_from_a_strange_page(request.request()) {
        return Err(forbidden("no other web page may change anything here"));
    }
    // What is open is open to whoever brings a wrong token, too.
    let caller = gate.caller(request.request());
    if matches!(caller, Ok(Some(_)))
        && let Some(seat) = request.conn_data::<Seat>()
    {
        seat.vouch();
    }
    let by_page = matches!(caller, Ok(None)) && request::wants_a_page(request.request());
    // Whoever is refused is told as who.
    if let Ok(Some(caller)) = &caller {
        request.extensions_mut().insert(caller.clone());
    }
    match judge(request, caller) {
        Ok((_, None)) => Ok(()),
        Ok((access, Some(caller))) => {
            // What is open is done for whoever asks, not for the session.
            let for_them = access != Access::Open && !request.method().is_safe();
            if for_them && !csrf::is_proven(request, &caller).await {
                return Err(forbidden(
                    "the form is of an older session: load the page again",
                ));
            }
            Ok(())
        }
        Err(problem) if by_page && problem.status_code() == StatusCode::UNAUTHORIZED => {
            Err(sign_in::redirect(request.request()))
        }
        Err(problem) => Err(problem.error_response()),
    }
}

/// Whether the table lets `caller` take this route.
fn judge(
    request: &ServiceRequest,
    caller: Result<Option<Caller>, Problem>,
) -> Result<(Access, Option<Caller>), Problem> {
    // The very text that the router will match: a pattern found for another one could be another route's.
    let path = request.match_info().unprocessed();
    // No database takes U+0000, so that nothing is called by it.
    let nameless = path.contains('\0') || path.contains("%00");
    let pattern = request.resource_map().match_pattern(path);
    let pattern = pattern.filter(|_| !nameless);
    let verdict = pattern.map_or(Verdict::None, |pattern| {
        table::look_up(request.method(), &pattern)
    });
    match verdict {
        Verdict::Take(access) => Ok((access, may(access, caller)?)),
        Verdict::Other(access, methods) => {
            may(access, caller)?;
            let detail = format!("only {methods} is answered here");
            Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).with("allow", methods))
        }
        Verdict::None => {
            may(Access::From(Role::Viewer), caller)?;
            Err(Problem::new(StatusCode::NOT_FOUND, "there is no such page"))
        }
    }
}

fn may(access: Access, caller: Result<Option<Caller>, Problem>) -> Result<Option<Caller>, Problem> {
    let Access::From(least) = access else {
        return Ok(caller.unwrap_or_default());
    };
    match caller? {
        Some(caller) if caller.role >= least => Ok(Some(caller)),
        Some(_) => {
            let detail = format!("this needs the role {least}");
            Err(Problem::new(StatusCode::FORBIDDEN, detail))
        }
        None => Err(gate::unauthorized()),
    }
}

fn forbidden(detail: &str) -> HttpResponse {
    Problem::new(StatusCode::FORBIDDEN, detail).error_response()
}
