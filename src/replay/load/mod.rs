//! Sends deliveries at a pace, as Zoom does, and measures what became of them.
//!
//! Decides nothing about attendance, and does not know where the deliveries come from.
//!
//! - [`pace`]: when each delivery is to be sent; [`retries`]: what comes again, and when.
//! - `queue`, `recorder`: what is next, what was; pure, the time is an argument.
//! - [`target`], `connection`, `request`, [`validation`]: HTTP as Zoom speaks it.
//! - [`run`]: puts them together. [`measured`] is the result, [`thresholds`] judges it.

mod connection;
pub mod measured;
pub mod pace;
mod queue;
mod recorder;
mod request;
pub mod retries;
pub mod run;
pub mod target;
pub mod thresholds;
pub mod validation;

use std::time::Duration;

use crate::zoom::signature::SigningKeys;
use pace::Pace;
use retries::Retries;
use target::Target;

pub use recorder::Snapshot;

/// How long Zoom waits for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a run is to be.
#[derive(Clone)]
pub struct Load {
    /// Where deliveries go.
    pub target: Target,
    /// The first of them signs.
    pub keys: SigningKeys,
    /// The time, in Unix milliseconds.
    pub clock: fn() -> i64,
    /// What decides when a delivery is sent.
    pub pace: Pace,
    /// How many at a time, at least one.
    pub connections: usize,
    /// What comes again.
    pub retries: Retries,
    /// Nothing is sent after this.
    pub longest: Duration,
}

#[cfg(test)]
mod tests;
