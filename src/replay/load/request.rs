//! A request as Zoom makes it: its headers, and a signature of the moment it is sent.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};

use super::target::Target;
use crate::zoom::signature::SigningKeys;

const TIMESTAMP: HeaderName = HeaderName::from_static("x-zm-request-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-zm-signature");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-zm-request-id");

/// What all requests of a run have in common.
pub(super) struct Form {
    path: Uri,
    headers: HeaderMap,
    keys: SigningKeys,
    /// Unix milliseconds.
    clock: fn() -> i64,
}

impl Form {
    /// Of requests to `target`, signed with the first of `keys` and the time of `clock`, in Unix milliseconds.
    pub(super) fn new(target: &Target, keys: SigningKeys, clock: fn() -> i64) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, target.host.clone());
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(CONTENT_TYPE, json);
        let zoom = HeaderValue::from_static("Zoom Marketplace/1.0a");
        headers.insert(USER_AGENT, zoom);
        Self {
            path: target.path.clone(),
            headers,
            keys,
            clock,
        }
    }

    /// A request with this body, as of now. A request id that no header can carry is left out.
    pub(super) fn request(&self, body: &str, request_id: &str) -> Request<Full<Bytes>> {
        let now = (self.clock)().div_euclid(1000);
        let signature = HeaderValue::try_from(self.keys.sign(now, body.as_bytes()));
        let mut headers = self.headers.clone();
        headers.insert(TIMESTAMP, now.into());
        headers.insert(SIGNATURE, signature.expect("a signature is ASCII"));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert(REQUEST_ID, id);
        }
        let mut request = Request::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.path.clone();
        *request.headers_mut() = headers;
        request
    }
}
