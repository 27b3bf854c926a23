//! Whose turn it is while a handler reads a request's body: the client's, for as long as the next piece has not come. Without that nothing
//! more would be read of a connection whose request is being worked on, and a body that comes after its head never.

use super::seats::Seat;
use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    middleware::Next,
    web::Bytes,
};
use futures_util::Stream;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A body that tells its connection's seat whose turn it is.
struct Awaited {
    body: Payload,
    seat: Seat,
}

impl Stream for Awaited {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = Pin::new(&mut self.body).poll_next(cx);
        if piece.is_pending() {
            self.seat.wait();
        } else {
            self.seat.work();
        }
        piece
    }
}

/// Lets handlers wait for bodies.
pub(super) async fn for_body(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let body = request.take_payload();
    let seat = request.conn_data::<Seat>().cloned();
    request.set_payload(match (body, seat) {
        (Payload::None, _) => Payload::None,
        (body, None) => body,
        (body, Some(seat)) => Payload::Stream {
            payload: Box::pin(Awaited { body, seat }),
        },
    });
    next.call(request).await
}
