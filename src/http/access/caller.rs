//! Who sent a request, for its handler: `caller: Caller` as a parameter. [`super::authorize`] has found out before the handler runs.

use crate::{http::problem::Problem, store::access::Role};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode};
use std::future::{Ready, ready};

/// Who sent a request, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct Caller {
    /// The token's name; what an audit event calls the actor.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What forms of this session send back in their hidden field `csrf`; none for callers that do not come by cookie.
    pub csrf: Option<String>,
}

/// Refused with 401 where nobody knows who it is: only routes that are open to everybody ask for `Option<Caller>`.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "sign in first")))
    }
}
