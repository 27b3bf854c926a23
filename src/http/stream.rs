//! A client's connection, read and written under the terms of its [`Seat`].
//!
//! Reads little at a time and nothing while a request is being worked on or answers are not taken: what is not read
//! waits in the kernel, and TCP makes the sender wait. A connection that has to end fails at its next turn.

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
