//! How both listeners accept connections: every one on a seat, under the limits of [`super::limits`].
//!
//! This is what actix-web's own server does, but for the seats: its connections have no limit on a second request's
//! head, on a body that nobody reads any more, or on answers that are not taken.

use super::{limits, seats::Seats, stream::Seated};
use actix_http::{HttpService, Protocol, Request, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Response, Server, Service, ServiceFactory},
};
use std::{fmt::Debug, io, net::SocketAddr, time::Duration};
use tokio::net::{TcpSocket, TcpStream};

/// Where a listener listens, and how much it takes.
pub(super) struct Place {
    /// As the log calls it.
    pub name: &'static str,
    /// Port 0 takes any free one.
    pub addr: SocketAddr,
    /// Threads; 0 for one a core.
    pub workers: usize,
    /// Connections of one worker.
    pub connections: usize,
    /// How long a client may take nothing of an answer.
    pub answer: Duration,
}

/// Binds a listener. The server runs once it is polled, and ignores signals.
pub(super) fn listen<F, I, S, B>(place: &Place, app: F) -> io::Result<(Server, SocketAddr)>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let listener = bind(place.addr)?;
    let addr = listener.local_addr()?;
    let (name, most, answer) = (place.name, place.connections, place.answer);
    let server = Server::build()
        .max_concurrent_connections(most * limits::ROOM)
        .shutdown_timeout(limits::SHUTDOWN_SECONDS)
        .disable_signals();
    let server = match place.workers {
        0 => server,
        workers => server.workers(workers),
    };
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen(name, listener, move || {
        let stopping = stopping.clone();
        let app = app().into_factory();
        let app = app.map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(limits::KEEP_ALIVE)
            .client_request_timeout(limits::REQUEST_HEAD)
            .client_disconnect_timeout(limits::DISCONNECT)
            .h1_allow_half_closed(true)
            .local_addr(addr)
            .on_connect_ext(|stream: &Seated, data| {
                data.insert(stream.seat());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let seats = Seats::new(name, most, answer);
        fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            let seated = Seated::new(stream, seats.take());
            async move { Ok::<_, DispatchError>((seated, Protocol::Http1, peer)) }
        })
        .and_then(http)
    })?;
    tracing::info!(listener = name, %addr, "listening");
    Ok((server.run(), addr))
}

fn bind(addr: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(limits::BACKLOG)?.into_std()
}
