//! The marks that the service gave, held against the oracle's.

use anyhow::Context;

use super::arguments::Verify;
use super::progress::Progress;
use super::source::{Origin, Sourced};
use crate::cli::Failure;
use crate::cli::signals::Signals;
use crate::config::Config;
use crate::replay::api::Api;
use crate::replay::load::measured::{Ended, Measured};
use crate::replay::verify::{Sent, Verdict, verify};

/// What the marks are worth, or why nobody can say; `None` where nobody asked.
pub(super) type Marks = Option<Result<Verdict, String>>;

/// Waits until the service has counted everything, or a signal comes.
pub(super) async fn check(
    args: &Verify,
    config: &Config,
    sourced: &Sourced,
    measured: &Measured,
    signals: &mut Signals,
    progress: &mut Progress,
) -> Result<Marks, Failure> {
    let Origin::Generated(_, school) = &sourced.origin else {
        return Ok(None);
    };
    if !args.wanted {
        return Ok(None);
    }
    if measured.ended == Ended::Interrupted {
        return Ok(Some(Err("interrupted before they were looked at".into())));
    }
    let api = Api::new(&args.admin_url, config.admin.token.clone()).context("replay")?;
    let sent = Sent {
        deliveries: &sourced.deliveries,
        taken: &measured.bodies_taken,
    };
    let seen = |seen| progress.marks(seen);
    let marks = tokio::select! {
        verdict = verify(&api, school, sent, args.patience(), seen) => {
            verdict.map_err(|error| error.to_string())
        }
        () = signals.next() => Err(super::INTERRUPTED.to_owned()),
    };
    progress.finish();
    Ok(Some(marks))
}
