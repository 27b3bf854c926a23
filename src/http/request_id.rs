//! Zoom's `x-zm-request-id`, the same on every retry of a delivery (docs/zoom.md 1.3), made fit for logs.

use actix_web::http::header::HeaderMap;

/// The longest that is kept; Zoom's have 28 characters.
const LONGEST: usize = 64;

/// The request's id: of what was sent only letters, digits, `_` and `-`, at most 64 of them; none where nothing is
/// left. The header is a stranger's until the signature has been checked, and reaches the log before that.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get("x-zm-request-id")?.as_bytes();
    let kept = sent
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        .take(LONGEST)
        .map(|byte| char::from(*byte));
    Some(kept.collect()).filter(|id: &String| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn of(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(value).expect("a header value");
        headers.insert(HeaderName::from_static("x-zm-request-id"), value);
        request_id(&headers)
    }

    #[test]
    fn keeps_what_zoom_sends() {
        let sent = "12345678_abcd_ef01_2345_6789abcdef01";
        assert_eq!(of(sent.as_bytes()).as_deref(), Some(sent));
    }

    #[test]
    fn drops_what_could_forge_a_log_line() {
        let forged = of("a\t\"level\":\x20Éb".as_bytes());
        assert_eq!(forged.as_deref(), Some("alevelb"));
        assert_eq!(of(b"\"\" .."), None);
        assert_eq!(request_id(&HeaderMap::new()), None);
    }

    #[test]
    fn is_no_longer_than_64() {
        assert_eq!(of(&[b'x'; 1000]), Some("x".repeat(64)));
    }
}
