//! Where deliveries go, once it is sure that they may go there, and the run itself: shown, and stopped by a signal.

use std::pin::pin;
use std::time::Duration;

use anyhow::Context;

use super::progress::Progress;
use super::source::Sourced;
use super::{Args, interrupted, usage};
use crate::cli::signals::Signals;
use crate::cli::{Failure, files};
use crate::clock;
use crate::config::Config;
use crate::replay::load::Load;
use crate::replay::load::measured::Measured;
use crate::replay::load::target::Target;
use crate::zoom::signature::SigningKeys;

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(200);

/// How to send, and where to.
pub(super) async fn load(args: &Args, config: &Config) -> Result<Load, Failure> {
    config.check_for_serving()?;
    let keys = SigningKeys::new(&config.zoom.secrets()).context("zoom.webhook_secret is empty")?;
    let target = own(&args.target.url, "--url", args).await?;
    if args.verify.wanted {
        own(&args.verify.admin_url, "--admin-url", args).await?;
    }
    Ok(Load {
        target,
        keys,
        clock: clock::now_ms,
        pace: args.sending.pace(),
        connections: args.sending.connections(),
        retries: args.sending.retries(),
        longest: args.sending.longest(),
    })
}

/// The target of a URL, if it is this machine or the user has said that it may be another.
async fn own(url: &str, argument: &str, args: &Args) -> Result<Target, Failure> {
    let target = Target::find(url).await;
    let target = target.map_err(|error| usage(&format!("{argument} {error}")))?;
    match target.foreign() {
        Some(address) if !args.target.i_own_this_target => Err(usage(&format!(
            "{argument} leads to {address}, which is not this machine; add --i-own-this-target if you may send there"
        ))),
        _ => Ok(target),
    }
}

/// Sends all, and stops at the first signal; the second one ends it at once.
pub(super) async fn send(
    load: &Load,
    sourced: &Sourced,
    signals: &mut Signals,
    progress: &mut Progress,
) -> Result<Measured, Failure> {
    files::raise();
    let validated = load.validate().await.context("replay")?;
    if !validated {
        progress.note("the target answers Zoom's URL validation wrongly: Zoom would not accept it");
    }
    progress.begin(sourced.deliveries.len());
    let running = load.start(sourced.deliveries.clone(), Some(validated));
    let handle = running.handle();
    let mut finish = pin!(running.finish());
    let mut looks = tokio::time::interval(LOOK);
    let mut stopping = false;
    loop {
        tokio::select! {
            measured = &mut finish => {
                progress.finish();
                return Ok(measured);
            }
            () = signals.next() => {
                if stopping {
                    progress.finish();
                    return Err(interrupted());
                }
                stopping = true;
                handle.stop();
                progress.note("stopping: waiting for the answers under way");
            }
            _ = looks.tick() => progress.show(&handle.snapshot()),
        }
    }
}
