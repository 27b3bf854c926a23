//! `POST /api/zoom/webhook`: read the bytes, decide, make durable, answer.
//!
//! The order of the questions is the contract's: size, JSON, URL validation, signature, journal. Headers about the
//! body (`Content-Type`, `Content-Encoding`) are not looked at: what was signed are the bytes as they came. Nothing
//! after the commit changes the answer.

mod answer;
mod body;
mod headers;
mod kind;
mod trail;

use super::{PROBE, Public, heard::What, request_id::request_id, seats::Seat};
use crate::{
    clock,
    journal::{Appended, Incoming},
    zoom::{
        challenge::{self, Challenge},
        envelope::Envelope,
        signature::Refusal,
        translate::{Folds, translate},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use answer::Answer;
use headers::Signing;
use kind::Kind;
use std::time::Instant;
use tracing::Instrument;
use trail::{End, Trail};

/// What the webhook works with.
pub(super) struct Receiver {
    /// The listener's state.
    pub state: Public,
    /// A larger body is refused.
    pub max_body_bytes: usize,
}

/// Receives one webhook.
pub(super) async fn receive(
    request: HttpRequest,
    payload: web::Payload,
    receiver: web::Data<Receiver>,
) -> HttpResponse {
    let id = request_id(request.headers());
    let span = tracing::debug_span!("webhook", request.id = id.as_deref());
    let trail = Trail::begin(&receiver.state.traces, request.headers());
    let answer = async {
        match body::read(payload, &request, receiver.max_body_bytes).await {
            Ok(body) => receiver.judge(body, &request, id.clone(), trail).await,
            Err(answer) => answer,
        }
    };
    answer.instrument(span).await.into_response()
}

impl Receiver {
    async fn judge(
        &self,
        body: Vec<u8>,
        request: &HttpRequest,
        request_id: Option<String>,
        trail: Option<Trail<'_>>,
    ) -> Answer {
        let Ok(envelope) = Envelope::parse(&body) else {
            return Answer::InvalidJson;
        };
        let now = clock::now_ms();
        let state = &self.state;
        let signing = Signing::of(request.headers());
        let verified = state.keys.verify(
            signing.signature,
            signing.timestamp,
            &body,
            now.div_euclid(1000),
            state.tolerance,
        );
        if let (Ok(_), Some(seat)) = (verified, request.conn_data::<Seat>()) {
            seat.vouch();
        }
        if let Some(challenge) = challenge::decide(&envelope, signing.present, verified) {
            let own = request.headers().contains_key(PROBE);
            return self.validate(challenge, verified.err(), own, now);
        }
        if let Err(refusal) = verified {
            state.security.refused(refusal);
            return Answer::InvalidSignature;
        }
        self.journal(&envelope, body, request_id, trail, now).await
    }

    /// Answers a URL validation, from memory alone.
    fn validate(
        &self,
        challenge: Challenge,
        refusal: Option<Refusal>,
        own: bool,
        now: i64,
    ) -> Answer {
        let (outcome, answer) = match challenge {
            Challenge::Answer { plain_token, key } => {
                // Neither anybody's nor our own may hide that Zoom's no longer come.
                if refusal.is_none() && !own {
                    self.state.heard.hear(What::Validation, now);
                }
                let encrypted_token = self.state.keys.answer(key, &plain_token);
                let answer = Answer::Validated {
                    plain_token,
                    encrypted_token,
                };
                ("answered", answer)
            }
            Challenge::MissingToken => ("missing_token", Answer::MissingToken),
            Challenge::Refused => {
                self.state
                    .security
                    .refused(refusal.unwrap_or(Refusal::Wrong));
                ("refused", Answer::InvalidSignature)
            }
        };
        Kind::UrlValidation.count(outcome);
        tracing::debug!(event.kind = challenge::URL_VALIDATION, outcome, "webhook");
        answer
    }

    /// Makes an authentic event durable.
    async fn journal(
        &self,
        envelope: &Envelope,
        body: Vec<u8>,
        request_id: Option<String>,
        trail: Option<Trail<'_>>,
        now: i64,
    ) -> Answer {
        let begun = Instant::now();
        let delivery = translate(envelope);
        let kind = Kind::of(&delivery.event);
        let understood = kind == Kind::Other || delivery.folds != Folds::No;
        let (event, meeting) = (delivery.event.clone(), delivery.meeting.clone());
        let occurrence = delivery.occurrence.clone();
        self.state.heard.hear(What::Event, now);
        let appended = self
            .state
            .journal
            .append(Incoming {
                delivery,
                received_at: now,
                request_id,
                body,
            })
            .await;
        let outcome = match appended {
            Ok(Appended::New) if understood => "new",
            Ok(Appended::New) => "not_understood",
            Ok(Appended::Duplicate) => "duplicate",
            Err(_) => "unavailable",
        };
        kind.count(outcome);
        tracing::debug!(
            event.kind = event.as_str(),
            meeting.id = meeting.as_deref(),
            meeting.uuid = occurrence.as_deref(),
            outcome,
            took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "webhook"
        );
        if let Some(trail) = trail {
            trail.end(&End {
                committing: begun,
                event: &event,
                meeting: meeting.as_deref(),
                occurrence: occurrence.as_deref(),
                outcome,
                status: if appended.is_ok() { 200 } else { 503 },
            });
        }
        match appended {
            Ok(_) => Answer::Received,
            Err(unavailable) => Answer::Unavailable(unavailable),
        }
    }
}
