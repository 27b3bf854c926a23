//! Who may use the operators' listener, and for what: whoever has a token (RFC 6750), as far as the [`table`] lets their role.
//!
//! [`Caller`] is what a handler is told of who asks.

mod caller;
mod table;

pub(super) use self::caller::Caller;

use self::table::{Access, Verdict};
use super::{problem::Problem, seats::Seat};
use crate::store::access::Role;
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
    web,
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::net::IpAddr;

/// What opens the listener; without a token it is bound to loopback, and open to who names it so. `Clone` shares nothing secret beyond
/// the token's MAC.
pub(super) struct Gate {
    token: Option<Hmac<Sha256>>,
}

impl Gate {
    /// Opened by `token`.
    pub(super) fn new(token: Option<&SecretString>) -> Self {
        Self {
            token: token.map(|token| mac(token.expose_secret().as_bytes())),
        }
    }

    /// Who sent the request. Compared are MACs, in constant time: neither the token nor its length can be felt out.
    fn caller(&self, request: &HttpRequest) -> Option<Caller> {
        let Some(token) = &self.token else {
            let host = request.headers().get(header::HOST); // as sent: no proxy's word for it
            return host
                .and_then(|host| host.to_str().ok())
                .is_some_and(is_loopback)
                .then(|| admin("local"));
        };
        let given = mac(bearer(request)?).finalize().into_bytes();
        token
            .clone()
            .verify_slice(&given)
            .is_ok()
            .then(|| admin("admin"))
    }
}

fn admin(name: &str) -> Caller {
    Caller {
        name: name.to_owned(),
        role: Role::Admin,
        csrf: None,
    }
}

/// Lets a request pass as the table says, or refuses it.
pub(super) async fn authorize(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if from_a_page(request.request()) {
        let problem = Problem::new(
            StatusCode::FORBIDDEN,
            "no web page may change anything here",
        );
        return Ok(request.error_response(problem).map_into_right_body());
    }
    let gate = request.app_data::<web::Data<Gate>>();
    let caller = gate.and_then(|gate| gate.caller(request.request()));
    if caller.is_some()
        && let Some(seat) = request.conn_data::<Seat>()
    {
        seat.vouch();
    }
    if let Err(problem) = judge(&request, caller.as_ref()) {
        return Ok(request.error_response(problem).map_into_right_body());
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    let response = next.call(request).await?;
    Ok(response.map_into_left_body())
}

/// Whether the table lets `caller` take this route.
fn judge(request: &ServiceRequest, caller: Option<&Caller>) -> Result<(), Problem> {
    // The very text that the router will match: a pattern found for another one could be another route's.
    let path = request.match_info().unprocessed();
    let pattern = request.resource_map().match_pattern(path);
    let verdict = pattern.map_or(Verdict::None, |pattern| {
        table::look_up(request.method(), &pattern)
    });
    match verdict {
        Verdict::Take(access) => may(access, caller),
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

fn may(access: Access, caller: Option<&Caller>) -> Result<(), Problem> {
    match (access, caller) {
        (Access::Open, _) => Ok(()),
        (Access::From(least), Some(caller)) if caller.role >= least => Ok(()),
        (Access::From(least), Some(_)) => {
            let detail = format!("this needs the role {least}");
            Err(Problem::new(StatusCode::FORBIDDEN, detail))
        }
        (Access::From(_), None) => {
            let problem = Problem::new(StatusCode::UNAUTHORIZED, "a bearer token is needed");
            Err(problem.with("www-authenticate", "Bearer realm=\"rollcall\""))
        }
    }
}

/// Whether a web page asks for a change. Browsers name the page's origin with every such request (Fetch standard, `Origin`), so that
/// a stranger's page cannot use a listener that this machine may reach without a token.
fn from_a_page(request: &HttpRequest) -> bool {
    !request.method().is_safe() && request.headers().contains_key(header::ORIGIN)
}

/// The token given: scheme in any case, exactly one header.
fn bearer(request: &HttpRequest) -> Option<&[u8]> {
    let mut given = request.headers().get_all(header::AUTHORIZATION);
    let (Some(value), None) = (given.next(), given.next()) else {
        return None;
    };
    let (scheme, token) = value.as_bytes().split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then_some(token.trim_ascii())
}

/// Whether the `Host` of a request names this machine. A page of a stranger whose name resolves to 127.0.0.1 (DNS
/// rebinding) sends its own.
fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// A MAC that tells equal tokens, keyed with the token itself.
fn mac(token: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(token)
        .expect("an HMAC takes keys of any length")
        .chain_update(b"rollcall bearer token")
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in [
            "localhost",
            "LOCALHOST:9090",
            "127.0.0.1:9090",
            "127.9.9.9",
            "[::1]:9090",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9090",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
