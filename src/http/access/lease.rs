//! An answer that goes on and on, such as the live part of a page, ends when who asked for it may no longer: tokens are revoked
//! and sessions end while a page is open.

use super::{
    Gate,
    request::{bearer, cookie},
};
use crate::{clock, store::access::Digest};
use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::header,
    web::Bytes,
};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// What opened the listener for a request.
enum Lease {
    /// There was no token at all.
    Open,
    /// A token.
    Token(Digest),
    /// The cookie of a session.
    Cookie(String),
}

/// A body that ends with its lease.
struct Leased {
    body: BoxBody,
    gate: Gate,
    lease: Lease,
}

/// Whether an answer goes on for as long as somebody listens.
pub(super) fn is_endless<B>(response: &ServiceResponse<B>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The same answer, which ends when the request would be refused.
pub(super) fn bind<B>(response: ServiceResponse<B>, gate: &Gate) -> ServiceResponse<BoxBody>
where
    B: MessageBody + 'static,
{
    let Some(lease) = Lease::of(gate, response.request()) else {
        return response.into_response(HttpResponse::Unauthorized().finish());
    };
    let gate = gate.clone();
    response.map_body(|_, body| {
        let body = body.boxed();
        BoxBody::new(Leased { body, gate, lease })
    })
}

impl Lease {
    fn of(gate: &Gate, request: &HttpRequest) -> Option<Self> {
        if gate.is_open() {
            return Some(Self::Open);
        }
        if let Some(token) = bearer(request) {
            return Some(Self::Token(Digest::of(token)));
        }
        let cookie = cookie(request, gate.behind_tls)?;
        Some(Self::Cookie(cookie.to_owned()))
    }

    fn holds(&self, gate: &Gate) -> bool {
        match self {
            Self::Open => gate.is_open(),
            Self::Token(digest) => {
                gate.keyring.named(*digest).is_some() || gate.keyring.configured(*digest).is_some()
            }
            Self::Cookie(cookie) => gate.keyring.has_session(cookie, clock::now()),
        }
    }
}

impl MessageBody for Leased {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = Pin::new(&mut self.body).poll_next(cx);
        // Asked last: what took long to come about may have come too late.
        if self.lease.holds(&self.gate) {
            next
        } else {
            Poll::Ready(None)
        }
    }
}
