//! The webhook from outside: asked what Zoom asks, and what Zoom would never send.

use super::{clock::Told, report::Check};
use crate::{
    clock,
    config::Config,
    http::PROBE,
    outbound::{Client, Failure},
    zoom::signature::{KeyIndex, SigningKeys},
};
use hyper::{Request, Response, StatusCode, Uri, body::Bytes};
use serde_json::{Value, json};
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};
use uuid::Uuid;

const NAME: &str = "endpoint";
/// Zoom gives up after this.
const ZOOM_WAITS: Duration = Duration::from_secs(3);
/// Longer than Zoom waits, to tell slow from silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// From here on it may be too slow on a worse day.
const SLOW: Duration = Duration::from_secs(1);

/// An endpoint, asked with our keys.
struct Endpoint<'a> {
    client: Client,
    url: &'a Uri,
    keys: SigningKeys,
}

/// How a request is signed.
#[derive(Clone, Copy)]
enum Signed {
    Rightly,
    Wrongly,
    Not,
}

/// What there is to say, and what its clock says.
pub(super) async fn checks(
    config: &Config,
    url: &Uri,
    outside: bool,
) -> (Vec<Check>, Option<Told>) {
    let mut checks = Vec::new();
    if outside && url.scheme_str() == Some("http") && !is_here(url) {
        checks.push(Check::warning(
            NAME,
            "is not https, and Zoom delivers to https alone",
            "give the URL that Zoom has",
        ));
    }
    let Some(keys) = SigningKeys::new(&config.zoom.secrets()) else {
        checks.push(Check::note(
            NAME,
            "not asked: without zoom.webhook_secret nothing can be signed",
        ));
        return (checks, None);
    };
    let endpoint = Endpoint {
        client: Client::new(PATIENCE),
        url,
        keys,
    };
    let (check, told, reached) = endpoint.validation().await;
    checks.push(check);
    if reached {
        checks.push(endpoint.forgery(Signed::Not, "an unsigned event").await);
        checks.push(
            endpoint
                .forgery(Signed::Wrongly, "a wrongly signed event")
                .await,
        );
    }
    (checks, told)
}

fn is_here(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let address: Option<IpAddr> = host.parse().ok();
    host == "localhost" || address.is_some_and(|address| address.to_canonical().is_loopback())
}

impl Endpoint<'_> {
    /// Zoom's own question; whether there is an answer at all.
    async fn validation(&self) -> (Check, Option<Told>, bool) {
        let token = Uuid::new_v4().simple().to_string();
        let question = json!({
            "payload": { "plainToken": token },
            "event_ts": clock::now_ms(),
            "event": "endpoint.url_validation",
        });
        let begun = Instant::now();
        let answer = match self.ask(&question.to_string(), Signed::Rightly).await {
            Ok(answer) => answer,
            Err(why) => return (unanswered(&why), None, false),
        };
        let took = begun.elapsed();
        let expected = json!({
            "plainToken": token,
            "encryptedToken": self.keys.answer(KeyIndex::FIRST, &token),
        });
        let told = Told::of(&answer, clock::now_ms(), took);
        (judged(&answer, &expected, took), told, true)
    }

    /// What must be refused.
    async fn forgery(&self, signed: Signed, what: &str) -> Check {
        let event =
            json!({ "event": "rollcall.doctor", "event_ts": clock::now_ms(), "payload": {} });
        match self.ask(&event.to_string(), signed).await {
            Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => {
                Check::ok(NAME, format!("refuses {what}"))
            }
            Ok(answer) if answer.status().is_success() => Check::wrong(
                NAME,
                format!("accepts {what}: {}", answer.status().as_u16()),
                "what answers there does not check signatures: have the proxy pass this path on to Rollcall, unchanged",
            ),
            Ok(answer) => Check::warning(
                NAME,
                format!(
                    "answers {what} with {} instead of 401",
                    answer.status().as_u16()
                ),
                "something in front of Rollcall answers for it: see what the proxy does with this path",
            ),
            Err(why) => unanswered(&why),
        }
    }

    async fn ask(&self, body: &str, signed: Signed) -> Result<Response<Bytes>, Failure> {
        let now = clock::now().0;
        let mut request = Request::post(self.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Zoom Marketplace/1.0a")
            .header(PROBE, "doctor");
        let signature = match signed {
            Signed::Rightly => Some(self.keys.sign(now, body.as_bytes())),
            Signed::Wrongly => Some(format!("v0={}", "0".repeat(64))),
            Signed::Not => None,
        };
        if let Some(signature) = signature {
            request = request
                .header("x-zm-request-timestamp", now)
                .header("x-zm-signature", signature);
        }
        let request = request.body(Bytes::copy_from_slice(body.as_bytes()));
        self.client.send(request.map_err(|_| Failure::Url)?).await
    }
}

fn judged(answer: &Response<Bytes>, expected: &Value, took: Duration) -> Check {
    let status = answer.status().as_u16();
    let milliseconds = took.as_millis();
    let right = serde_json::from_slice::<Value>(answer.body()).is_ok_and(|body| body == *expected);
    match status {
        200 if !right => Check::wrong(
            NAME,
            "answers Zoom's URL validation, and wrongly",
            "another program answers there, or one with another secret: zoom.webhook_secret must begin with Zoom's current one, here and there",
        ),
        200 if took >= ZOOM_WAITS => Check::wrong(
            NAME,
            format!("answers Zoom's URL validation after {milliseconds} ms; Zoom waits 3 s"),
            "see what is slow: the way, the proxy, or the machine",
        ),
        200 if took >= SLOW => Check::warning(
            NAME,
            format!("answers Zoom's URL validation after {milliseconds} ms; Zoom waits 3 s"),
            "see what is slow: the way, the proxy, or the machine",
        ),
        200 => Check::ok(
            NAME,
            format!("answers Zoom's URL validation in {milliseconds} ms"),
        ),
        status => refused(status),
    }
}

fn refused(status: u16) -> Check {
    let mend = match status {
        300..=399 => "Zoom follows no redirect: give Zoom, and this, the address that it leads to",
        401 => {
            "the endpoint has another secret than this configuration, its clock is far off, the proxy changes the body, or it leads to admin.addr instead of http.addr"
        }
        403 | 429 => {
            "something in front of Rollcall keeps Zoom out: let this path through, unlimited"
        }
        404 | 405 => {
            "the path is another one, or the proxy does not pass it on: it ends in /api/zoom/webhook"
        }
        502..=504 => "the proxy does not reach Rollcall, or Rollcall is not ready: see the service",
        _ => "see the proxy's log, and what listens there",
    };
    Check::wrong(
        NAME,
        format!("answers Zoom's URL validation with {status}"),
        mend,
    )
}

fn unanswered(why: &Failure) -> Check {
    let mend = match why {
        Failure::Url | Failure::Unknown(_) => "see that the URL is right and its name in the DNS",
        Failure::Unreachable(_) => {
            "see that the proxy runs, and that the firewall lets Zoom through"
        }
        Failure::Tls(_) => {
            "Zoom delivers to nobody whose TLS it does not trust: mend the certificate, with its whole chain"
        }
        Failure::Broken(_) | Failure::Endless => {
            "something else than Rollcall answers there: see the URL and the proxy"
        }
        Failure::Silent(_) => "Zoom waits 3 s: see the firewall, the proxy and the service",
    };
    Check::wrong(NAME, why.to_string(), mend)
}
