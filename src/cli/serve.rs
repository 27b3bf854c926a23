//! `rollcall serve`.

use super::{Failure, files, signals::Signals};
use crate::{
    config::Config,
    fault,
    service::{self, StartError},
    store::connect::ConnectError,
    telemetry,
};
use anyhow::Context;

/// Receive Zoom's webhooks and keep attendance
///
/// Runs until it is told to stop (SIGTERM, SIGINT, SIGHUP): it then answers what it has accepted, writes what it has staged, and
/// ends. A second signal ends it at once; nothing that was acknowledged is lost either way.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Serves until a signal comes.
pub(super) async fn run(_: Args, config: Config) -> Result<(), Failure> {
    config.check_for_serving()?;
    let _faults = fault::plan();
    let metrics = telemetry::init(&config.log)?;
    files::allow(config.http.workers);
    let mut signals = Signals::new().context("signals")?;
    let running = tokio::select! {
        running = service::start(&config, metrics) => running.map_err(failure)?,
        () = signals.next() => return Ok(()), // nothing was accepted yet
    };
    signals.next().await;
    tracing::info!("stopping");
    tokio::select! {
        () = running.stop() => Ok(()),
        () = signals.next() => Err(Failure::Failed("stopped at once by a second signal".into())),
    }
}

/// What trying again does not mend is the configuration's fault.
fn failure(error: StartError) -> Failure {
    match error {
        StartError::NoSecret
        | StartError::Traces(_)
        | StartError::Pairing(_)
        | StartError::Connect(ConnectError::Url(_)) => Failure::usage(&error),
        _ => anyhow::Error::new(error).into(),
    }
}
