//! What a request says of who sent it: a token, a cookie, an address, the page that it comes from. As sent; nothing is believed yet.

use actix_web::{
    HttpRequest,
    http::{Uri, header},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What the cookie is called; with the prefix browsers keep it from other hosts and from plain HTTP.
pub(super) fn cookie_name(behind_tls: bool) -> &'static str {
    if behind_tls {
        "__Host-rollcall_session"
    } else {
        "rollcall_session"
    }
}

/// The cookie of a session. Two of them: none, for one is not ours.
pub(super) fn cookie(request: &HttpRequest, behind_tls: bool) -> Option<&str> {
    let lines = request.headers().get_all(header::COOKIE);
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut ours = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == cookie_name(behind_tls));
    match (ours.next(), ours.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// Whether it brings credentials in `Authorization`, be they any good or not.
pub(super) fn is_authorized(request: &HttpRequest) -> bool {
    request.headers().contains_key(header::AUTHORIZATION)
}

/// The token given: scheme in any case, exactly one header.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut given = request.headers().get_all(header::AUTHORIZATION);
    let (Some(value), None) = (given.next(), given.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case("bearer ")
        .then_some(token.trim_ascii())
}

/// Who sent it. Behind a proxy of ours that is what the proxy says: the last address of `X-Forwarded-For`, which it added itself.
pub(super) fn client(request: &HttpRequest, behind_tls: bool) -> IpAddr {
    let lines = request.headers().get_all("x-forwarded-for");
    let forwarded = lines.last().and_then(|line| line.to_str().ok());
    let forwarded = forwarded.and_then(|line| address(line.rsplit(',').next()?.trim()));
    let peer = request.peer_addr().map(|peer| peer.ip());
    let peer = peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    forwarded.filter(|_| behind_tls).unwrap_or(peer)
}

/// An address, which some proxies (Azure's gateway) write with its port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = |text: &str| Some(text.parse::<SocketAddr>().ok()?.ip());
    text.parse().ok().or_else(|| with_port(text))
}

/// Whether a page of somebody else asks for a change. Browsers say so themselves (Fetch Metadata, `Sec-Fetch-Site`), or name the page's
/// origin with every such request (Fetch standard, `Origin`); whoever says neither is no browser.
pub(super) fn is_from_a_strange_page(request: &HttpRequest) -> bool {
    let headers = request.headers();
    if request.method().is_safe() {
        return false;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let origin: Option<Uri> = origin.to_str().ok().and_then(|text| text.parse().ok());
    let origin = origin.and_then(|origin| Some(origin.authority()?.as_str().to_owned()));
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match (origin, host) {
        (Some(origin), Some(host)) => !origin.eq_ignore_ascii_case(host),
        _ => true,
    }
}

/// Whether a person with a browser asks to see a page.
pub(super) fn wants_a_page(request: &HttpRequest) -> bool {
    request.method().is_safe() && takes_a_page(request)
}

/// Whether the answer is for a person with a browser.
pub(in crate::http) fn takes_a_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the `Host` of a request, as sent, names this machine. A page of a stranger whose name resolves to 127.0.0.1 (DNS
/// rebinding) sends its own.
pub(super) fn names_this_machine(request: &HttpRequest) -> bool {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    host.is_some_and(is_loopback)
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{http::Method, test::TestRequest};

    fn with(headers: &[(&'static str, &str)]) -> HttpRequest {
        let start = TestRequest::default()
            .method(Method::POST)
            .peer_addr(([127, 0, 0, 1], 5000).into());
        let request = headers.iter().fold(start, |request, header| {
            request.append_header((header.0, header.1))
        });
        request.to_http_request()
    }

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

    #[test]
    fn one_cookie_is_ours_and_two_are_nobodys() {
        let plain = with(&[("cookie", "a=b; rollcall_session=x1; c=d")]);
        assert_eq!(cookie(&plain, false), Some("x1"));
        assert_eq!(cookie(&plain, true), None, "not the one of TLS");
        let twice = with(&[
            ("cookie", "rollcall_session=x1"),
            ("cookie", "rollcall_session=x2"),
        ]);
        assert_eq!(cookie(&twice, false), None);
        let tls = with(&[("cookie", "__Host-rollcall_session=x3")]);
        assert_eq!(cookie(&tls, true), Some("x3"));
    }

    #[test]
    fn forwarded_addresses_count_behind_our_proxy_alone() {
        let forwarded = with(&[("x-forwarded-for", "1.1.1.1, 192.0.2.7")]);
        assert_eq!(client(&forwarded, false), IpAddr::from([127, 0, 0, 1]));
        assert_eq!(client(&forwarded, true), IpAddr::from([192, 0, 2, 7]));
        for (text, ip) in [
            ("192.0.2.7:50312", "192.0.2.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:50312", "2001:db8::7"),
        ] {
            let forwarded = with(&[("x-forwarded-for", text)]);
            assert_eq!(
                client(&forwarded, true),
                ip.parse::<IpAddr>().expect("an address")
            );
        }
        let bare = with(&[("x-forwarded-for", "unknown")]);
        assert_eq!(client(&bare, true), IpAddr::from([127, 0, 0, 1]));
    }

    #[test]
    fn strange_pages_change_nothing() {
        let own = ("host", "rollcall.example:9090");
        for strange in [
            [own, ("origin", "https://evil.example")].as_slice(),
            &[own, ("origin", "null")],
            &[own, ("origin", "http://rollcall.example")],
            &[own, ("origin", "not a url")],
            &[own, ("sec-fetch-site", "cross-site")],
            &[own, ("sec-fetch-site", "same-site")],
            &[
                own,
                ("origin", "http://rollcall.example:9090"),
                ("sec-fetch-site", "cross-site"),
            ],
        ] {
            assert!(is_from_a_strange_page(&with(strange)), "{strange:?}");
        }
        for fine in [
            [own].as_slice(),
            &[own, ("origin", "http://rollcall.example:9090")],
            &[own, ("sec-fetch-site", "same-origin")],
            &[
                own,
                ("origin", "https://school.example"),
                ("sec-fetch-site", "same-origin"),
            ],
        ] {
            assert!(!is_from_a_strange_page(&with(fine)), "{fine:?}");
        }
    }
}
