//! `rollcall config`.

use super::{Failure, print};
use crate::config::Settings;

/// Print the effective configuration
///
/// Every key as TOML, with the layer that its value came from; secrets and passwords are shown as "***".
/// A configuration that `serve` would refuse is refused, except that Zoom's secret may be missing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Checks the configuration and prints it.
pub(super) fn run(_: &Args, settings: &Settings) -> Result<(), Failure> {
    settings.config()?;
    print(&settings.to_toml())
}
