//! Rate, errors and duration of every request, by route. The labels are our routes and status codes: few, whatever
//! strangers ask for.

use super::{public::WEBHOOK, seats::Seat};
use actix_web::{
    Error, HttpRequest,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    web::Bytes,
};
use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

/// Every metric of the listeners, and what it says.
const METRICS: [(&str, Describe, &str); 13] = [
    (
        "rollcall_http_requests_total",
        counter,
        "Requests answered, by route and status",
    ),
    (
        "rollcall_http_request_duration_seconds",
        histogram,
        "How long an answer took, by route",
    ),
    (
        "rollcall_http_connections",
        gauge,
        "Open connections, by listener",
    ),
    (
        "rollcall_http_connections_closed_total",
        counter,
        "Connections closed because they were slow, or the slowest of too many, by reason",
    ),
    (
        "rollcall_webhook_events_total",
        counter,
        "Authentic webhooks, by kind and outcome",
    ),
    (
        "rollcall_signature_refused_total",
        counter,
        "Webhooks refused for their signature, by reason",
    ),
    (
        "rollcall_token_refused_total",
        counter,
        "Tokens refused at the operators' listener, by reason: wrong, or paused after too many",
    ),
    (
        "rollcall_refusal_burst_requests",
        gauge,
        "Requests refused in the burst that goes on, by kind; 0 after a minute without any",
    ),
    (
        "rollcall_clock_skew_total",
        counter,
        "Webhooks refused for a right signature with a wrong time",
    ),
    (
        "rollcall_last_event_timestamp_seconds",
        gauge,
        "When the last authentic webhook came, Unix time",
    ),
    (
        "rollcall_last_url_validation_timestamp_seconds",
        gauge,
        "When Zoom last validated the URL, Unix time; it does every 72 hours",
    ),
    (
        "rollcall_database_reachable",
        gauge,
        "1 if the main database answers, else 0",
    ),
    (
        "rollcall_ready",
        gauge,
        "1 if this process takes webhooks, else 0",
    ),
];

type Describe = fn(&'static str, &'static str);

/// Tells the recorder what the metrics mean.
pub(super) fn describe() {
    for (name, describe, text) in METRICS {
        describe(name, text);
    }
}

fn counter(name: &'static str, text: &'static str) {
    metrics::describe_counter!(name, text);
}

fn gauge(name: &'static str, text: &'static str) {
    metrics::describe_gauge!(name, text);
}

fn histogram(name: &'static str, text: &'static str) {
    metrics::describe_histogram!(name, metrics::Unit::Seconds, text);
}

/// Our turn on a connection, until it is dropped.
struct Turn(Option<Seat>);

impl Turn {
    fn begin(seat: Option<Seat>) -> Self {
        if let Some(seat) = &seat {
            seat.work();
        }
        Self(seat)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(seat) = &self.0 {
            seat.answered();
        }
    }
}

/// A body that is our turn to send until it is sent or given up, however long it takes to come about.
struct Answer<B> {
    body: B,
    _turn: Turn,
}

impl<B: MessageBody + Unpin> MessageBody for Answer<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

/// Counts and times a request, and tells its connection's seat whose turn it is.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + Unpin>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let turn = Turn::begin(request.conn_data::<Seat>().cloned());
    let response = next.call(request).await?;
    let (route, status) = (route(response.request()), status(response.status()));
    metrics::histogram!("rollcall_http_request_duration_seconds", "route" => route.clone())
        .record(begun.elapsed());
    metrics::counter!("rollcall_http_requests_total", "route" => route, "status" => status)
        .increment(1);
    Ok(response.map_body(|_, body| Answer { body, _turn: turn }))
}

/// The pattern that the request took; the one that nearly all take is not looked for.
fn route(request: &HttpRequest) -> Cow<'static, str> {
    if request.path() == WEBHOOK {
        return WEBHOOK.into();
    }
    let pattern = request.match_pattern();
    pattern.map_or("none".into(), Cow::Owned)
}

fn status(status: StatusCode) -> Cow<'static, str> {
    match status {
        StatusCode::OK => "200".into(),
        other => other.as_str().to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::task::noop_waker;

    /// A body of two pieces.
    struct Pieces(u32);

    impl MessageBody for Pieces {
        type Error = std::convert::Infallible;

        fn size(&self) -> BodySize {
            BodySize::Stream
        }

        fn poll_next(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, Self::Error>>> {
            self.0 += 1;
            Poll::Ready((self.0 <= 2).then(|| Ok(Bytes::from_static(b"piece"))))
        }
    }

    #[test]
    fn an_answer_is_work_until_its_last_piece_is_gone() {
        let seat = Seat::new(Instant::now());
        let waker = noop_waker();
        let mut cx = Context::from_waker(&waker);
        let turn = Turn::begin(Some(seat.clone()));
        let mut answer = Answer {
            body: Pieces(0),
            _turn: turn,
        };
        assert!(matches!(answer.size(), BodySize::Stream));
        for more in [true, true, false] {
            let piece = Pin::new(&mut answer).poll_next(&mut cx);
            assert_eq!(matches!(piece, Poll::Ready(Some(Ok(_)))), more);
            assert!(!seat.reads(&waker), "it is our turn");
        }
        drop(answer);
        assert!(seat.reads(&waker), "it is the client's");
    }

    #[test]
    fn a_request_that_is_given_up_is_no_work() {
        let seat = Seat::new(Instant::now());
        drop(Turn::begin(Some(seat.clone())));
        assert!(seat.reads(&noop_waker()));
    }
}
