//! `rollcall doctor`: what is wrong with an installation, and how to mend it.
//!
//! The checks are one file each, from the inside out: configuration, disk, database, journal, service, endpoint, clock. Nothing is made,
//! changed or locked. Here: their order, what they hand to one another, and the exit code.

mod clock;
mod database;
mod disk;
mod endpoint;
mod journal;
mod report;
mod service;
mod settings;

use super::Failure;
use crate::{config::Config, outbound::Client};
use hyper::Uri;
use report::Report;

/// Find out what is wrong, and how to mend it
///
/// Looks at the configuration, the disk, the database, the journal, the service on this machine and the clock, and prints a line for each
/// finding: ok, note, warning or wrong, and what to do. With --url it also asks the endpoint from outside what Zoom asks it. Nothing is
/// changed: databases are read only, no lock is taken. The endpoint records the two forged requests that it must refuse,
/// as it records any.
///
/// Run it where the service runs, as the user it runs as, with its environment. Exit code 0 when nothing is wrong, 1 when something is, 2 when
/// `serve` would not start with this configuration.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ask this endpoint as Zoom does, such as `https://your.host/api/zoom/webhook`; the listener on this machine by default
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Compare this machine's clock with the Date that this address answers with, such as `https://zoom.us`
    #[arg(long, value_name = "URL")]
    clock: Option<String>,
    /// Print one JSON document instead of lines
    #[arg(long)]
    json: bool,
}

/// Checks everything.
pub(super) async fn run(args: Args, config: Config) -> Result<(), Failure> {
    let given = args.url.map(|text| url("--url", &text)).transpose()?;
    let other = args.clock.map(|text| url("--clock", &text)).transpose()?;
    let mut report = Report::new(args.json);
    let unfit = config.check_for_serving().err();
    report.add(settings::checks(&config, unfit.as_ref()))?;
    report.add(disk::checks(&config))?;
    let (checks, database) = database::checks(&config).await;
    report.add(checks)?;
    let (checks, holder) = journal::checks(&config, database.as_ref()).await;
    report.add(checks)?;
    let (checks, near) = service::checks(&config, holder).await;
    report.add(checks)?;
    let outside = given.is_some();
    let mut date = None;
    if let Some(url) = given.or(near) {
        let (checks, told) = endpoint::checks(&config, &url, outside).await;
        report.add(checks)?;
        date = told.filter(|_| outside);
    }
    report.add(clock::checks(&config, database.as_ref(), date, other).await)?;
    report.end(unfit.map(Failure::from))
}

/// The URL that an option gives. It is not shown when it is refused: it may hold a secret.
fn url(option: &str, text: &str) -> Result<Uri, Failure> {
    let url = text.parse().ok().filter(Client::takes);
    let why = "expected http:// or https://, a host, and no user name or password";
    url.ok_or_else(|| Failure::Usage(format!("doctor: {option}: {why}")))
}
