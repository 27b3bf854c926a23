//! The authorization table: every route of the operators' listener and who may take it. What does not stand here is refused.
//!
//! To add a route: a line here, with its pattern as it is registered.

use crate::{
    http::head,
    store::access::Role::{self, Admin, Operator, Viewer},
};
use actix_web::http::Method;

/// Who may take a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::http) enum Access {
    /// Everybody: it says nothing about people.
    Open,
    /// Whoever has this role or a higher one.
    From(Role),
}

/// Every route: method, pattern, who may take it.
pub(in crate::http) const TABLE: &[(Method, &str, Access)] = &[
    (Method::GET, "/livez", Access::Open),
    (Method::HEAD, "/livez", Access::Open),
    (Method::GET, "/readyz", Access::Open),
    (Method::HEAD, "/readyz", Access::Open),
    (Method::GET, "/sign-in", Access::Open),
    (Method::POST, "/sign-in", Access::Open),
    (Method::POST, "/sign-out", Access::From(Viewer)),
    (Method::GET, "/assets/{name}", Access::Open),
    (Method::GET, "/metrics", Access::From(Viewer)),
    (Method::GET, "/", Access::From(Viewer)),
    (Method::GET, "/meetings", Access::From(Viewer)),
    (Method::GET, "/occurrences/{uuid}", Access::From(Viewer)),
    (Method::GET, "/classes", Access::From(Viewer)),
    (Method::GET, "/classes/{class}", Access::From(Viewer)),
    (Method::GET, "/students/{student}", Access::From(Viewer)),
    (Method::GET, "/unmatched", Access::From(Viewer)),
    (Method::GET, "/actors", Access::From(Viewer)),
    (Method::GET, "/dead-events", Access::From(Viewer)),
    (Method::GET, "/security", Access::From(Admin)),
    (Method::POST, "/unmatched/confirm", Access::From(Operator)),
    (
        Method::POST,
        "/matches/{id}/withdraw",
        Access::From(Operator),
    ),
    (
        Method::POST,
        "/classes/{class}/{date}/{student}/mark",
        Access::From(Operator),
    ),
    (
        Method::POST,
        "/classes/{class}/{date}/{student}/withdraw",
        Access::From(Operator),
    ),
    (
        Method::POST,
        "/dead-events/{seq}/redrive",
        Access::From(Operator),
    ),
    (
        Method::GET,
        "/dead-events/{seq}/dry-run",
        Access::From(Operator),
    ),
    (Method::GET, "/live/overview", Access::From(Viewer)),
    (Method::GET, "/live/meetings", Access::From(Viewer)),
    (
        Method::GET,
        "/live/occurrences/{uuid}",
        Access::From(Viewer),
    ),
    (Method::GET, "/api/v1/openapi.json", Access::From(Viewer)),
    (Method::GET, "/api/v1/meetings", Access::From(Viewer)),
    (
        Method::GET,
        "/api/v1/meetings/{zoom_meeting_id}",
        Access::From(Viewer),
    ),
    (
        Method::GET,
        "/api/v1/occurrences/{uuid}/participants",
        Access::From(Viewer),
    ),
    (
        Method::GET,
        "/api/v1/occurrences/{uuid}",
        Access::From(Viewer),
    ),
    (Method::GET, "/api/v1/attendance", Access::From(Viewer)),
    (Method::GET, "/api/v1/classes", Access::From(Viewer)),
    (Method::GET, "/api/v1/occurrences", Access::From(Viewer)),
    (Method::GET, "/api/v1/overview", Access::From(Viewer)),
    (Method::GET, "/api/v1/history", Access::From(Viewer)),
    (Method::GET, "/api/v1/actors", Access::From(Viewer)),
    (Method::GET, "/api/v1/me", Access::From(Viewer)),
    (Method::GET, "/api/v1/participation", Access::From(Viewer)),
    (Method::GET, "/api/v1/unmatched", Access::From(Viewer)),
    (
        Method::PUT,
        "/api/v1/attendance/{class}/{date}/{student}",
        Access::From(Operator),
    ),
    (
        Method::DELETE,
        "/api/v1/attendance/{class}/{date}/{student}",
        Access::From(Operator),
    ),
    (
        Method::POST,
        "/api/v1/unmatched/confirm",
        Access::From(Operator),
    ),
    (Method::GET, "/api/v1/matches", Access::From(Viewer)),
    (
        Method::DELETE,
        "/api/v1/matches/{id}",
        Access::From(Operator),
    ),
    (Method::GET, "/api/v1/dead-events", Access::From(Viewer)),
    (
        Method::POST,
        "/api/v1/dead-events/{seq}/redrive",
        Access::From(Operator),
    ),
    (Method::GET, "/api/v1/tokens", Access::From(Admin)),
    (Method::GET, "/api/v1/audit-events", Access::From(Admin)),
    (Method::GET, "/api/v1/security-events", Access::From(Admin)),
];

/// What the table says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) enum Verdict {
    /// It may be taken by these.
    Take(Access),
    /// The route has other methods, these; known to whom may take the most open of them.
    Other(Access, String),
    /// There is no such route.
    None,
}

/// Who may take this route; none where there is no such one.
pub(in crate::http) fn of(method: &Method, pattern: &str) -> Option<Access> {
    let mut routes = TABLE.iter();
    let route = routes.find(|(known, route, _)| known == method && *route == pattern);
    route.map(|(.., access)| *access)
}

/// What the table says about `method` on a route's pattern.
pub(super) fn look_up(method: &Method, pattern: &str) -> Verdict {
    if let Some(access) = of(method, pattern) {
        return Verdict::Take(access);
    }
    let route = || TABLE.iter().filter(|(_, route, _)| *route == pattern);
    let mut methods: Vec<_> = route().map(|(method, ..)| method.as_str()).collect();
    if methods == ["GET"] && head::is_answered(pattern) {
        methods.push("HEAD");
    }
    match route().map(|(_, _, access)| *access).min() {
        Some(least) => Verdict::Other(least, methods.join(", ")),
        None => Verdict::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_stands_once() {
        for (index, (method, pattern, _)) in TABLE.iter().enumerate() {
            let again = TABLE[..index]
                .iter()
                .any(|(m, p, _)| m == method && p == pattern);
            assert!(!again, "{method} {pattern}");
        }
    }

    #[test]
    fn nothing_but_the_open_is_open() {
        let open: Vec<_> = TABLE
            .iter()
            .filter(|(_, _, access)| *access == Access::Open)
            .map(|(method, pattern, _)| format!("{method} {pattern}"))
            .collect();
        assert_eq!(
            open,
            [
                "GET /livez",
                "HEAD /livez",
                "GET /readyz",
                "HEAD /readyz",
                "GET /sign-in",
                "POST /sign-in",
                "GET /assets/{name}"
            ]
        );
    }

    #[test]
    fn what_is_not_listed_is_refused() {
        assert_eq!(
            look_up(&Method::GET, "/metrics"),
            Verdict::Take(Access::From(Viewer))
        );
        assert_eq!(
            look_up(&Method::DELETE, "/livez"),
            Verdict::Other(Access::Open, "GET, HEAD".to_owned())
        );
        assert_eq!(look_up(&Method::GET, "/secret"), Verdict::None);
    }
}
