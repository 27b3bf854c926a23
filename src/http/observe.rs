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
