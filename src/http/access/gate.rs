//! Who sent a request: by a token, by the cookie of a session, or nobody; and how often they may try.

use super::{
    Caller, Keyring,
    guesses::Guesses,
    keyring::Bearer,
    request::{bearer, client, cookie, is_authorized, names_this_machine},
};
use crate::{
    clock,
    http::{SecurityLog, problem::Problem},
    store::access::{Digest, Role},
};
use actix_web::{HttpRequest, http::StatusCode};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// What looks at whoever comes; cheap to clone.
#[derive(Clone)]
pub(in crate::http) struct Gate {
    pub(super) keyring: Keyring,
    guesses: Arc<Mutex<Guesses>>,
    security: SecurityLog,
    /// A proxy of ours that ends TLS stands in front.
    pub(super) behind_tls: bool,
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is none.
    Wrong,
    /// Too many wrong ones came before: it is not looked at for so many seconds.
    Paused(i64),
}

impl Gate {
    /// Opened by what is on `keyring`.
    pub(in crate::http) fn new(keyring: Keyring, security: SecurityLog, behind_tls: bool) -> Self {
        Self {
            keyring,
            guesses: Arc::default(),
            security,
            behind_tls,
        }
    }

    /// Whether everybody on this machine may do everything: there is no token.
    pub(in crate::http) fn is_open(&self) -> bool {
        self.keyring.is_open()
    }

    /// Who sent the request; none if nobody knows.
    ///
    /// # Errors
    /// It brings a token that opens nothing: 401, or 429 where too many did.
    pub(super) fn caller(&self, request: &HttpRequest) -> Result<Option<Caller>, Problem> {
        if self.keyring.is_open() {
            return Ok(names_this_machine(request).then(|| by_token("local", Role::Admin)));
        }
        if is_authorized(request) {
            let admitted = match bearer(request) {
                Some(token) => self.admit(token, client(request, self.behind_tls)),
                None => return Err(unauthorized()),
            };
            let bearer = admitted.map_err(Problem::from)?;
            return Ok(Some(by_token(&bearer.name, bearer.role)));
        }
        let cookie = cookie(request, self.behind_tls);
        Ok(cookie.and_then(|cookie| self.keyring.session(cookie, clock::now())))
    }

    /// Whose token this is. Named tokens always open: with 256 random bits they are not guessed, and a flood of guesses keeps
    /// nobody out who has one. The configured one, which a person may have made up, has to wait with the guesses.
    pub(super) fn admit(&self, token: &str, from: IpAddr) -> Result<Bearer, Refused> {
        let (given, now) = (Digest::of(token), clock::now_ms());
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        let paused = guesses.pause(from, now);
        if let Some(bearer) = self.keyring.named(given) {
            guesses.known(from, now);
            return Ok(bearer);
        }
        let configured = self.keyring.configured(given);
        if let Some(bearer) = configured.filter(|_| paused.is_none()) {
            guesses.right(from, now);
            return Ok(bearer);
        }
        if paused.is_none() {
            guesses.wrong(from, given, now);
        }
        drop(guesses);
        let refused = paused.map_or(Refused::Wrong, Refused::Paused);
        self.security.bad_token(refused.reason());
        Err(refused)
    }
}

impl Refused {
    fn reason(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Paused(_) => "paused",
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wrong => unauthorized(),
            Refused::Paused(seconds) => {
                let detail = "too many wrong tokens: wait, then try again";
                Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
                    .with("retry-after", seconds.to_string())
            }
        }
    }
}

/// 401: nobody knows who it is.
pub(super) fn unauthorized() -> Problem {
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "a bearer token is needed");
    problem.with("www-authenticate", "Bearer realm=\"rollcall\"")
}

fn by_token(name: &str, role: Role) -> Caller {
    Caller {
        name: name.to_owned(),
        role,
        csrf: None,
    }
}
