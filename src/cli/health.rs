//! `rollcall health`: what a container's health check runs, so that the image needs no other program.

use super::{Failure, print};
use crate::config::{Config, Env};
use anyhow::{Context, anyhow};
use std::{net::SocketAddr, time::Duration};

/// No health check waits longer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Ask a running service whether it is ready
///
/// GETs /readyz of the public listener on this machine, or another address. Exit code 0 when it answers 200, else 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ask here instead, such as `http://127.0.0.1:9090/livez`
    #[arg(long)]
    url: Option<String>,
}

/// Asks once.
pub(super) async fn run(args: Args, env: &Env) -> Result<(), Failure> {
    let url = match args.url {
        Some(url) => url,
        None => ready(Config::load(env)?.http.addr),
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build()
        .context("health")?;
    let answer = client.get(url).send().await;
    let status = answer
        .map_err(reqwest::Error::without_url)
        .context("health: no answer")?
        .status();
    if !status.is_success() {
        return Err(anyhow!("health: answered {status}").into());
    }
    print("ready\n")
}

fn ready(listener: SocketAddr) -> String {
    format!("http://{}/readyz", near(listener))
}

/// The listener as this machine reaches it: `0.0.0.0` listens on loopback too.
pub(super) fn near(mut listener: SocketAddr) -> SocketAddr {
    if listener.ip().is_unspecified() {
        let loopback: std::net::IpAddr = match listener {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        listener.set_ip(loopback);
    }
    listener
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_asked_on_loopback() {
        for (listener, url) in [
            ("0.0.0.0:8080", "http://127.0.0.1:8080/readyz"),
            ("[::]:8080", "http://[::1]:8080/readyz"),
            ("10.1.2.3:80", "http://10.1.2.3:80/readyz"),
        ] {
            assert_eq!(ready(listener.parse().unwrap()), url);
        }
    }
}
