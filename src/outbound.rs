//! One HTTP request to somewhere else, on a connection of its own, with TLS where the URL says https.
//!
//! A certificate must lead to a public authority, by Mozilla's list, whatever this machine has installed. (Zoom wants a public authority, and
//! does not say by which list.) No redirect is followed and no proxy asked. What an answer means is decided by who asked.

use futures_util::future::{Either, select};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, Uri, Version,
    body::Bytes,
    client::conn::http1,
    header::{HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use rustls::{CertificateError, ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::TlsConnector;

/// A longer answer is no answer.
const LONGEST: usize = 64 * 1024;

/// Sends requests; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    tls: Arc<ClientConfig>,
    patience: Duration,
}

/// Why there is no answer. Told without the URL, which may hold a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nothing was tried.
    #[error("no http or https URL with a host, and no user name or password")]
    Url,
    /// The name does not resolve.
    #[error("its host name is not found")]
    Unknown(#[source] io::Error),
    /// Nobody listens, or nobody can be reached.
    #[error("no connection: {}", .0.kind())]
    Unreachable(io::Error),
    /// The handshake failed.
    #[error("{0}")]
    Tls(String),
    /// The connection ended first, or what came is no HTTP.
    #[error("no HTTP answer came")]
    Broken(#[source] hyper::Error),
    /// It is too long.
    #[error("the answer is longer than {LONGEST} bytes, or ends too early")]
    Endless,
    /// It takes too long.
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
}

/// Host, port, and whether by TLS.
struct Origin<'a> {
    host: &'a str,
    port: u16,
    tls: bool,
}

impl Client {
    /// One that waits so long for a whole answer.
    pub(crate) fn new(patience: Duration) -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::trusting(roots, patience)
    }

    fn trusting(roots: RootCertStore, patience: Duration) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            tls: Arc::new(tls),
            patience,
        }
    }

    /// Whether anything can be sent there at all.
    pub(crate) fn takes(url: &Uri) -> bool {
        Origin::of(url).is_ok()
    }

    /// Sends a request to its whole URL, and waits for the whole answer.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let exchange = tokio::time::timeout(self.patience, self.exchange(request)).await;
        exchange.unwrap_or(Err(Failure::Silent(self.patience)))
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let url = request.uri().clone();
        let origin = Origin::of(&url)?;
        let request = addressed(request, &url)?;
        let stream = origin.connect().await?;
        if !origin.tls {
            return talk(stream, request).await;
        }
        let name = ServerName::try_from(origin.host.to_owned()).map_err(|_| Failure::Url)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await;
        talk(stream.map_err(|error| tls(&error))?, request).await
    }
}

impl<'a> Origin<'a> {
    fn of(url: &'a Uri) -> Result<Self, Failure> {
        let tls = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(Failure::Url),
        };
        let authority = url.authority().ok_or(Failure::Url)?;
        if authority.as_str().contains('@') {
            return Err(Failure::Url);
        }
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            tls,
        })
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let found = lookup_host((self.host, self.port)).await;
        let found: Vec<SocketAddr> = found.map_err(Failure::Unknown)?.collect();
        let stream = TcpStream::connect(&*found).await;
        stream.map_err(Failure::Unreachable)
    }
}

/// The request as it goes over the wire: the path alone, and the host in its header.
fn addressed(mut request: Request<Bytes>, url: &Uri) -> Result<Request<Full<Bytes>>, Failure> {
    let host = url.authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(host).map_err(|_| Failure::Url)?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().map_err(|_| Failure::Url)?;
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().insert(HOST, host);
    Ok(request.map(Full::new))
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(Failure::Broken)?;
    let answer = pin!(async move {
        let answer = sender.send_request(request).await;
        let (head, body) = answer.map_err(Failure::Broken)?.into_parts();
        let body = Limited::new(body, LONGEST).collect().await;
        let body = body.map_err(|_| Failure::Endless)?.to_bytes();
        Ok(Response::from_parts(head, body))
    });
    match select(answer, pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        // The server closed it right behind the answer, or instead of one.
        Either::Right((_, answer)) => answer.await,
    }
}

/// What went wrong with a handshake, in words that lead to the remedy.
fn tls(error: &io::Error) -> Failure {
    let cause = error.get_ref();
    let cause = cause.and_then(|cause| cause.downcast_ref::<rustls::Error>());
    Failure::Tls(match cause {
        Some(rustls::Error::InvalidCertificate(why)) => certificate(why).to_owned(),
        Some(rustls::Error::InvalidMessage(_)) => "what answers there speaks no TLS".to_owned(),
        Some(rustls::Error::AlertReceived(alert)) => {
            format!("TLS is refused by the other side: {alert:?}")
        }
        Some(other) => format!("TLS fails: {other}"),
        None => "the connection ends before TLS is agreed upon".to_owned(),
    })
}

fn certificate(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name"
        }
        CertificateError::UnknownIssuer => {
            "the certificate leads to no known authority, or its intermediate certificates are not sent along"
        }
        _ => "the certificate is not acceptable",
    }
}

#[cfg(test)]
mod tests;
