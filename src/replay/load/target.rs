//! Where deliveries go: an address that was looked up once, and whether it is this machine.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use hyper::header::HeaderValue;
use reqwest::Url;

/// A webhook's address.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port, as the `host` header has them.
    pub(super) host: HeaderValue,
    /// Path and query.
    pub(super) path: Uri,
    /// What the host resolved to; never empty.
    pub(super) addresses: Vec<SocketAddr>,
}

/// Why nothing can be sent there.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not a URL at all, or one without a host.
    #[error("is no URL such as http://127.0.0.1:8080/api/zoom/webhook")]
    NotAUrl,
    /// TLS is left to others.
    #[error(
        "https is not spoken here: let a proxy on this machine do it (socat TCP-LISTEN:8081,bind=127.0.0.1,fork \
         OPENSSL:{host}:443) and send to http://127.0.0.1:8081"
    )]
    Https {
        /// Of the URL.
        host: String,
    },
    /// Neither.
    #[error("`{0}` is no scheme for a webhook; expected http")]
    Scheme(String),
    /// Secrets do not belong into URLs.
    #[error("carries a user name or a password, which Zoom never sends")]
    Credentials,
    /// The name does not resolve.
    #[error("`{host}` cannot be found")]
    Unknown {
        /// Of the URL.
        host: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Target {
    /// The target of a URL, its host looked up.
    pub async fn find(url: &str) -> Result<Self, TargetError> {
        let url = Url::parse(url).map_err(|_| TargetError::NotAUrl)?;
        let host = url.host_str().ok_or(TargetError::NotAUrl)?.to_owned();
        match url.scheme() {
            "http" => {}
            "https" => return Err(TargetError::Https { host }),
            other => return Err(TargetError::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await;
        let addresses = found.and_then(|found| {
            let addresses: Vec<_> = found.collect();
            let nothing = || std::io::Error::other("it has no address");
            (!addresses.is_empty())
                .then_some(addresses)
                .ok_or_else(nothing)
        });
        let query = url.query().map(|query| format!("?{query}"));
        let path = url.path().to_owned() + &query.unwrap_or_default();
        let named = url
            .port()
            .map_or(host.clone(), |port| format!("{host}:{port}"));
        Ok(Self {
            host: named.try_into().map_err(|_| TargetError::NotAUrl)?,
            path: path.try_into().map_err(|_| TargetError::NotAUrl)?,
            addresses: addresses.map_err(|source| TargetError::Unknown {
                host: host.clone(),
                source,
            })?,
        })
    }

    /// The first address that is not this machine's loopback.
    pub fn foreign(&self) -> Option<IpAddr> {
        let mut addresses = self.addresses.iter().map(SocketAddr::ip);
        addresses.find(|address| !address.to_canonical().is_loopback())
    }
}

/// Without the query, which may hold a token.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.to_str().unwrap_or_default();
        write!(f, "http://{host}{}", self.path.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn found(url: &str) -> Target {
        Target::find(url).await.expect("a target")
    }

    async fn refused(url: &str) -> String {
        Target::find(url).await.expect_err(url).to_string()
    }

    #[tokio::test]
    async fn a_target_has_a_host_a_path_and_addresses() {
        let target = found("http://127.0.0.1:8080/api/zoom/webhook?school=1#top").await;
        assert_eq!(target.host, "127.0.0.1:8080");
        assert_eq!(target.path, "/api/zoom/webhook?school=1");
        assert_eq!(target.addresses, [SocketAddr::from(([127, 0, 0, 1], 8080))]);
        assert_eq!(target.foreign(), None);
        let shown = "http://127.0.0.1:8080/api/zoom/webhook";
        assert_eq!(target.to_string(), shown, "a query may hold a token");
        let target = found("http://[::1]").await;
        assert_eq!(target.host, "[::1]");
        assert_eq!(target.path, "/");
        assert_eq!(target.addresses[0].port(), 80);
    }

    #[tokio::test]
    async fn only_loopback_is_this_machine() {
        for own in [
            "http://127.8.0.1",
            "http://[::1]",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(found(own).await.foreign(), None, "{own}");
        }
        for other in [
            "10.0.0.8",
            "0.0.0.0",
            "192.0.2.1",
            "2001:db8::1",
            "::ffff:192.0.2.1",
            "::",
        ] {
            let host = if other.contains(':') {
                format!("[{other}]")
            } else {
                other.to_owned()
            };
            let foreign = found(&format!("http://{host}:8080/")).await.foreign();
            assert_eq!(foreign, Some(other.parse().expect("an address")), "{other}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_sent_to_is_told_without_its_secrets() {
        assert_eq!(
            refused("127.0.0.1:8080").await,
            "is no URL such as http://127.0.0.1:8080/api/zoom/webhook"
        );
        assert_eq!(
            refused("ftp://127.0.0.1/").await,
            "`ftp` is no scheme for a webhook; expected http"
        );
        assert_eq!(
            refused("http://school:hunter2@127.0.0.1/").await,
            "carries a user name or a password, which Zoom never sends"
        );
        let https = refused("https://school.example/hook?token=hunter2").await;
        assert!(https.contains("OPENSSL:school.example:443"), "{https}");
        assert!(!https.contains("hunter2"), "{https}");
    }
}
