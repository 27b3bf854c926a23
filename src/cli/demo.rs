//! `rollcall demo`: a school morning, played through the real service.
//!
//! The service keeps everything in a temporary folder and knows nothing of the demo. The marks come from
//! its read API and are held against those that a person works out by hand.

mod cast;
mod explain;
mod outcome;
mod people;
mod progress;
mod service;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::{Failure, print, signals::Signals};
use crate::clock;
use crate::replay::api::{self, Api};
use crate::replay::sender::Sender;
use crate::zoom::signature::SigningKeys;
use cast::Morning;
use outcome::Outcome;
use progress::Progress;
use service::Service;

/// The marks are right within this, or the demo fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at the marks.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two deliveries: two hours pass in two seconds.
const PACE: Duration = Duration::from_millis(40);

/// Play a school morning through the real service and show the attendance
///
/// Everything happens in a temporary folder and on loopback. Exit code 0 when every mark is the one that a person
/// works out by hand, else 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Stay up afterwards, to look around; Ctrl-C ends it
    #[arg(long)]
    serve: bool,
}

/// Plays the morning; the service is stopped and the folder gone afterwards, whatever happens.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("rollcall-demo-").tempdir();
    let folder = folder.context("no temporary folder")?;
    let mut signals = Signals::new().context("signals")?;
    let progress = Progress::new();
    progress.step("setting up a sample school on SQLite and starting the service");
    let service = Service::start(folder.path()).await?;
    let morning = Morning::on(last_school_day(now())?);
    let shown = tokio::select! {
        shown = show(&morning, &service, folder.path(), &progress) => shown,
        () = signals.next() => Err(Failure::Failed("interrupted".to_owned())),
    };
    progress.finish();
    if args.serve && shown.is_ok() && print(&look_around(&service, &morning)).is_ok() {
        signals.next().await;
    }
    service.stop().await;
    shown
}

async fn show(
    morning: &Morning,
    service: &Service,
    folder: &Path,
    progress: &Progress,
) -> Result<(), Failure> {
    let roster = folder.join("roster");
    let written = std::fs::create_dir(&roster).and_then(|()| morning.school.write_roster(&roster));
    written.context("the sample roster")?;
    service.import(&roster).await?;
    play(morning, service, progress).await?;
    progress.step("waiting for the marks");
    let token = SecretString::from(service.token());
    let api = Api::new(&service.operators(), Some(token)).context("no client")?;
    let (outcome, verdict) = settle(&api, morning).await?;
    progress.finish();
    print(&outcome.tables(morning))?;
    verdict?;
    print("\nEvery mark is the one that a person works out by hand.\n")
}

async fn play(morning: &Morning, service: &Service, progress: &Progress) -> anyhow::Result<()> {
    let keys = SigningKeys::new(&[SecretString::from(service.secret())]).context("no secret")?;
    let sender = Sender::new(service.webhook(), keys, now)?;
    let deliveries = morning.deliveries();
    progress.begin("playing the morning", deliveries.len());
    for delivery in deliveries {
        let counts = sender.send(vec![delivery], 1, || ()).await;
        ensure!(
            counts.taken == 1,
            "the service did not take a delivery: {counts:?}"
        );
        progress.advance();
        sleep(PACE).await;
    }
    Ok(())
}

/// The outcome as soon as it is right, or as it is when patience ends, with what is wrong.
async fn settle(api: &Api, morning: &Morning) -> anyhow::Result<(Outcome, anyhow::Result<()>)> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let read = Outcome::read(api, morning).await;
        let late = Instant::now() > deadline;
        match read {
            Ok(outcome) => {
                let verdict = outcome.check(morning);
                if verdict.is_ok() || late {
                    return Ok((outcome, verdict));
                }
            }
            Err(error) if late => return Err(error),
            Err(_) => {}
        }
        sleep(PAUSE).await;
    }
}

fn look_around(service: &Service, morning: &Morning) -> String {
    let (operators, token) = (service.operators(), service.token());
    let class = &morning.school.classes[0].sourced_id;
    let curl =
        |path: &str| format!("  curl -H 'Authorization: Bearer {token}' '{operators}{path}'\n");
    let records = api::attendance(class, morning.date, morning.date);
    format!(
        "\nThe service stays up; Ctrl-C ends it and removes its folder.\n  webhook    {}\n  operators  {operators}\n  \
         token      {token}\n\n{}{}{}",
        service.webhook(),
        curl(&records),
        curl(&format!("{records}&format=csv")),
        curl(api::UNMATCHED),
    )
}

fn now() -> i64 {
    clock::now_ms().div_euclid(1000)
}

/// The latest weekday before the local date of `now`, so that the morning is over for good.
fn last_school_day(now: i64) -> anyhow::Result<Date> {
    let zone = TimeZone::get(cast::ZONE)?;
    let mut date = Timestamp::from_second(now)?
        .to_zoned_datetime(zone)
        .date()
        .yesterday()?;
    while matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
        date = date.yesterday()?;
    }
    Ok(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_morning_is_a_weekday_before_today() {
        let day = |text: &str| {
            let at: Timestamp = text.parse().expect("an instant");
            last_school_day(at.as_second()).expect("a date")
        };
        assert_eq!(day("2026-11-24T10:00:00Z"), date(2026, 11, 23));
        assert_eq!(day("2026-11-23T10:00:00Z"), date(2026, 11, 20), "a Monday");
        assert_eq!(day("2026-11-22T10:00:00Z"), date(2026, 11, 20), "a Sunday");
    }
}
