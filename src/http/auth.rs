//! Who may read: whoever has the bearer token (RFC 6750). Health checks need none.

use super::{problem::Problem, seats::Seat};
use actix_web::{
    Error, HttpRequest,
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

/// Open to everybody: they say nothing about people.
const OPEN: [&str; 2] = ["/livez", "/readyz"];

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

    /// Compared are MACs, in constant time: neither the token nor its length can be felt out.
    fn opens(&self, request: &HttpRequest) -> bool {
        let Some(token) = &self.token else {
            let host = request.headers().get(header::HOST); // as sent: no proxy's word for it
            return host
                .and_then(|host| host.to_str().ok())
                .is_some_and(is_loopback);
        };
        let Some(given) = bearer(request) else {
            return false;
        };
        let given = mac(given).finalize().into_bytes();
        token.clone().verify_slice(&given).is_ok()
    }
}

/// Lets a request pass, or answers 401.
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
    let open = OPEN.contains(&request.path());
    let gate = request.app_data::<web::Data<Gate>>();
    let opened = gate.is_some_and(|gate| gate.opens(request.request()));
    if opened && let Some(seat) = request.conn_data::<Seat>() {
        seat.vouch();
    }
    if open || opened {
        let response = next.call(request).await?;
        return Ok(response.map_into_left_body());
    }
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "a bearer token is needed");
    let problem = problem.with("www-authenticate", "Bearer realm=\"rollcall\"");
    let response = request.error_response(problem);
    Ok(response.map_into_right_body())
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
