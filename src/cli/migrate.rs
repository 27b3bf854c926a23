//! `rollcall migrate`.

use super::{Failure, print};
use crate::{
    config::Config,
    store::connect::{ConnectError, Pools, Role, connect, migrate},
};
use anyhow::Context;
use secrecy::SecretString;
use std::time::Duration;

/// Bring the database's tables up to date
///
/// Creates what is missing, in the database and in the journal, and keeps every row; a PostgreSQL that already holds a
/// school's own tables is adopted. Where something cannot be reconciled, nothing is changed. Running it again does nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Migrates the database, then the journal.
pub(super) async fn run(_: Args, config: Config) -> Result<(), Failure> {
    bring_up(&config, &config.database.url, Role::Store).await?;
    bring_up(&config, &config.journal_url(), Role::Journal).await?;
    print("The tables are up to date.\n")
}

/// Connects to a database and brings its tables up to date.
pub(super) async fn bring_up(
    config: &Config,
    url: &SecretString,
    role: Role,
) -> Result<Pools, Failure> {
    let timeout = Duration::from_secs(config.database.timeout_seconds);
    let pools = connect(url, 1, timeout, role).await.map_err(unconnected)?;
    migrate(&pools).await.context("migrate")?;
    Ok(pools)
}

/// A URL that cannot be used is the configuration's fault; a database that does not answer is not.
fn unconnected(error: ConnectError) -> Failure {
    match error {
        ConnectError::Url(_) => Failure::usage(&error),
        ConnectError::Unreachable { .. } => anyhow::Error::new(error).into(),
    }
}
