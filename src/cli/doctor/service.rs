//! The service on this machine: does one answer where `http.addr` says, and is it ready.

use super::report::Check;
use crate::{
    cli::health::near,
    config::Config,
    http::WEBHOOK,
    journal::Holder,
    outbound::{Client, Failure},
};
use hyper::{Request, Response, Uri, body::Bytes};
use serde_json::Value;
use std::time::Duration;

const NAME: &str = "service";
/// No readiness takes longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What there is to say, and its webhook, where there is one.
pub(super) async fn checks(config: &Config, holder: Holder) -> (Vec<Check>, Option<Uri>) {
    let listener = near(config.http.addr);
    if listener.port() == 0 {
        let found = "http.addr takes any free port: give --url to have the endpoint checked";
        return (vec![Check::note(NAME, found)], None);
    }
    let url = |path: &str| format!("http://{listener}{path}").parse::<Uri>().ok();
    let request = Request::get(url("/readyz").unwrap_or_default()).body(Bytes::new());
    let answer = match request {
        Ok(request) => Client::new(PATIENCE).send(request).await,
        Err(_) => Err(Failure::Url),
    };
    match answer {
        Ok(answer) => (vec![readiness(&answer)], url(WEBHOOK)),
        Err(why) => (vec![silence(&listener.to_string(), &why, &holder)], None),
    }
}

fn readiness(answer: &Response<Bytes>) -> Check {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let journal = body["journal"].as_str();
    match (answer.status().as_u16(), journal) {
        (200, Some(_)) if body["database"] == "ok" => Check::ok(NAME, "answers, and is ready"),
        (200, Some(_)) => Check::warning(
            NAME,
            "takes events, and does not reach its database",
            "events wait in the journal; see what the database says above",
        ),
        (503, Some(word)) => Check::wrong(
            NAME,
            format!("is not ready: journal {}", known(word)),
            mend(word),
        ),
        (status, _) => Check::wrong(
            NAME,
            format!("what answers at http.addr is not Rollcall: {status}"),
            "another program has the port: stop it, or set http.addr",
        ),
    }
}

/// What answers may be anything.
fn known(word: &str) -> &'static str {
    let words = ["draining", "not_owner", "failing"];
    words
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or("unknown")
}

fn mend(word: &str) -> &'static str {
    match word {
        "draining" => "it is about to stop: start it again",
        "not_owner" => {
            "another process has the journal: stop the one of the two that should not run"
        }
        _ => {
            "the journal's database refuses commits: see the disk and the journal above, and the service's log"
        }
    }
}

fn silence(listener: &str, why: &Failure, holder: &Holder) -> Check {
    let found = format!("none answers at {listener}: {why}");
    match (why, holder) {
        (Failure::Unreachable(_), Holder::Nobody | Holder::Untold) => {
            Check::note(NAME, format!("none runs at {listener}"))
        }
        (Failure::Unreachable(_), _) => Check::warning(
            NAME,
            format!("{found}, though the journal is owned"),
            "it runs elsewhere or with another http.addr: run this there, with its environment",
        ),
        _ => Check::wrong(
            NAME,
            found,
            "it hangs, or another program has the port: restart it, or set http.addr",
        ),
    }
}
