//! One HTTP/1.1 connection that stays open, one request at a time.
//!
//! The task that sends drives the connection too: an answer wakes one task, not two on two threads.

use std::io;
use std::pin::{Pin, pin};

use futures_util::FutureExt;
use futures_util::future::{Either, Fuse, FusedFuture, select};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::target::Target;

/// Bytes of an answer's body that are kept; the rest is read and forgotten.
const KEPT: usize = 4096;

/// Reads and writes, as long as it is polled.
type Driver = http1::Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// To one target.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Pin<Box<Fuse<Driver>>>,
}

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Nobody listens.
    #[error("no connection")]
    Unreachable(#[from] io::Error),
    /// The connection ended before the whole answer.
    #[error("the connection broke")]
    Cut(#[from] hyper::Error),
}

/// A whole answer.
pub(super) struct Answer {
    /// Of HTTP.
    pub(super) status: u16,
    /// Its beginning.
    pub(super) body: Vec<u8>,
}

impl Connection {
    /// Opens one.
    pub(super) async fn open(target: &Target) -> Result<Self, Failure> {
        let stream = TcpStream::connect(&*target.addresses).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self {
            sender,
            driver: Box::pin(driver.fuse()),
        })
    }

    /// Waits until it can take a request. False where the server has closed it, which is its right between requests.
    pub(super) async fn ready(&mut self) -> bool {
        let Self { sender, driver } = self;
        match select(pin!(sender.ready()), driver).await {
            Either::Left((ready, _)) => ready.is_ok(),
            Either::Right((_, ready)) => ready.await.is_ok(),
        }
    }

    /// Waits until the server closes it.
    pub(super) async fn closed(&mut self) {
        if !self.driver.is_terminated() {
            // However it ended, it can carry no request any more.
            let _ = (&mut self.driver).await;
        }
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Failure> {
        let Self { sender, driver } = self;
        let answer = pin!(async move {
            let response = sender.send_request(request).await?;
            let (status, mut frames) = (response.status().as_u16(), response.into_body());
            let mut body = Vec::new();
            while let Some(frame) = frames.frame().await {
                if let Some(data) = frame?.data_ref()
                    && body.len() < KEPT
                {
                    body.extend_from_slice(data);
                }
            }
            Ok(Answer { status, body })
        });
        match select(answer, driver).await {
            Either::Left((answer, _)) => answer,
            // The server closed it right behind the answer, or instead of one.
            Either::Right((_, answer)) => answer.await,
        }
    }
}
