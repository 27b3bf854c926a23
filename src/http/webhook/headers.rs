//! The two headers that Zoom signs with.

use actix_web::http::header::HeaderMap;

/// What a request says about its signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signing<'a> {
    /// `x-zm-signature`; none where absent or given more than once.
    pub signature: Option<&'a [u8]>,
    /// `x-zm-request-timestamp`; none where absent or given more than once.
    pub timestamp: Option<&'a [u8]>,
    /// At least one of the two is there, however often.
    pub present: bool,
}

impl<'a> Signing<'a> {
    /// Of a request with these headers.
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let [signature, timestamp] = ["x-zm-signature", "x-zm-request-timestamp"];
        Self {
            signature: once(headers, signature),
            timestamp: once(headers, timestamp),
            present: headers.contains_key(signature) || headers.contains_key(timestamp),
        }
    }
}

fn once<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers
    }

    #[test]
    fn one_of_each_is_what_zoom_sends() {
        let headers = headers(&[("x-zm-signature", "s"), ("x-zm-request-timestamp", "t")]);
        let signing = Signing::of(&headers);
        assert_eq!(signing.signature, Some(&b"s"[..]));
        assert_eq!(signing.timestamp, Some(&b"t"[..]));
        assert!(signing.present);
    }

    #[test]
    fn twice_is_as_bad_as_never_but_not_unsigned() {
        let headers = headers(&[("x-zm-signature", "s"), ("x-zm-signature", "s")]);
        let signing = Signing::of(&headers);
        assert_eq!((signing.signature, signing.timestamp), (None, None));
        assert!(signing.present);
        assert!(!Signing::of(&HeaderMap::new()).present);
    }
}
