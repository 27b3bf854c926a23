//! A client's connection, read and written under the terms of its [`Seat`].
//!
//! Reads little at a time and nothing while a request is being worked on or answers are not taken: what is not read
//! waits in the kernel, and TCP makes the sender wait. A connection that has to end fails at its next turn; one that has to
//! for want of room goes on where a request has come that nobody has read yet.

use super::{
    limits::READ,
    seats::{Seat, Ticket},
};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A connection that has a seat.
pub(super) struct Seated {
    stream: TcpStream,
    ticket: Ticket,
    /// The reader had its share, and has to let others work first.
    served: bool,
}

impl Seated {
    /// `stream` on this seat.
    pub(super) fn new(stream: TcpStream, ticket: Ticket) -> Self {
        Self {
            stream,
            ticket,
            served: false,
        }
    }

    /// Its seat, for the requests that come over it.
    pub(super) fn seat(&self) -> Seat {
        self.ticket.seat().clone()
    }

    /// Goes on where it was about to end, and bytes have come.
    fn spare(&self, cx: &mut Context<'_>) {
        let seat = self.ticket.seat();
        if !seat.may_be_spared() {
            return;
        }
        let mut byte = [0];
        let come = self.stream.poll_peek(cx, &mut ReadBuf::new(&mut byte));
        if matches!(come, Poll::Ready(Ok(1..))) {
            seat.spare();
        }
    }

    fn refuse_closed(&self) -> io::Result<()> {
        if self.ticket.seat().is_closed() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    fn sent<T>(&self, sent: Poll<io::Result<T>>, cx: &Context<'_>) -> Poll<io::Result<T>> {
        self.ticket.seat().sent(sent.is_ready(), cx.waker());
        sent
    }
}

impl AsyncRead for Seated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.spare(cx);
        self.refuse_closed()?;
        if !self.ticket.seat().reads(cx.waker()) {
            return Poll::Pending;
        }
        if std::mem::take(&mut self.served) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut share = [0; READ];
        let mut share = ReadBuf::new(&mut share[..READ.min(buffer.remaining())]);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut share))?;
        if !share.filled().is_empty() {
            self.served = true;
            self.ticket.seat().heard();
        }
        buffer.put_slice(share.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Seated {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.refuse_closed()?;
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.sent(sent, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::seats::Seats, *};
    use std::{future::poll_fn, io::Write, time::Duration};

    /// A connection over which `sent` has come, and that has to end for want of room; and its other side.
    async fn crowded_out(seats: &Seats, sent: &[u8]) -> (Seated, std::net::TcpStream) {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let mut client = std::net::TcpStream::connect(addr).expect("a connection");
        let (stream, _) = listener.accept().await.expect("a connection");
        client.write_all(sent).expect("it is taken");
        if !sent.is_empty() {
            stream.readable().await.expect("it has come");
        }
        (Seated::new(stream, seats.take()), client)
    }

    fn no_seats() -> Seats {
        Seats::new("test", 0, Duration::MAX)
    }

    async fn closed(seated: &Seated) {
        let closed = async {
            while !seated.seat().is_closed() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let closed = tokio::time::timeout(Duration::from_secs(20), closed).await;
        closed.expect("there is no room");
    }

    async fn read(seated: &mut Seated) -> io::Result<Vec<u8>> {
        let mut bytes = [0; 16];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut *seated).poll_read(cx, &mut buffer)).await?;
        Ok(buffer.filled().to_vec())
    }

    #[actix_web::test]
    async fn a_request_that_has_come_is_read_before_the_connection_ends() {
        let seats = no_seats();
        let (mut seated, mut client) = crowded_out(&seats, b"GET").await;
        closed(&seated).await;
        assert_eq!(read(&mut seated).await.expect("it goes on"), b"GET");
        client.write_all(b" /").expect("it is taken");
        assert_eq!(read(&mut seated).await.expect("it goes on"), b" /");
        closed(&seated).await;
        let _ = client.write_all(b"livez");
        let end = read(&mut seated).await.expect_err("once is enough");
        assert_eq!(end.kind(), io::ErrorKind::ConnectionAborted);
    }

    #[actix_web::test]
    async fn where_nothing_has_come_the_connection_ends() {
        let seats = no_seats();
        let (mut seated, _client) = crowded_out(&seats, b"").await;
        closed(&seated).await;
        let end = read(&mut seated).await.expect_err("there is no room");
        assert_eq!(end.kind(), io::ErrorKind::ConnectionAborted);
    }
}
