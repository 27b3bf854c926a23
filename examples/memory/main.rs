//! How much memory the service takes: after a million events in two thousand occurrences that end, and for each meeting
//! and each participant that is live.
//!
//! `scripts/memory` builds and runs it; the release binary serves from SQLite in a temporary folder. It measures what
//! the process has in RAM, as the kernel counts it. `memory EVENTS` asks for another number of events.
#![allow(clippy::print_stdout, reason = "a command that prints its findings")]

#[path = "../shared/process.rs"]
#[expect(dead_code, reason = "each measurement uses a part")]
mod process;
#[path = "../shared/service.rs"]
#[expect(dead_code, reason = "each measurement uses a part")]
mod service;
mod traffic;

use anyhow::{Context, Result, ensure};
use jiff::{ToSpan, civil::date};
use rollcall::replay::{school::School, traffic::Delivery};
use service::{Home, Service};
use std::time::{Duration, Instant};

/// Connections that stay open, as Zoom's do.
const CONNECTIONS: usize = 32;
/// Classes of the school; each has one occurrence in every wave.
const CLASSES: usize = 50;
/// Students of a class.
const STUDENTS: usize = 30;
/// Events of one occurrence.
const EVENTS: usize = 500;
/// Meetings that live at once.
const LIVE: usize = 10_000;
/// As many as may live at once by default (`actor.max_live`).
const MOST: usize = 100_000;
/// Participants of each of them, the second time.
const PARTICIPANTS: usize = 30;
const SEED: u64 = 42;

#[tokio::main]
async fn main() -> Result<()> {
    let events = std::env::args().nth(1).map(|number| number.parse());
    let events = events.transpose().context("EVENTS")?.unwrap_or(1_000_000);
    waves(events).await?;
    live().await
}

/// Wave after wave of meetings that begin, run, end and are forgotten.
async fn waves(events: usize) -> Result<()> {
    let first = date(2026, 3, 2);
    let school = School::sample(CLASSES, STUDENTS, first, SEED);
    let service = start(Some(&school)).await?;
    let waves = events.div_ceil(CLASSES * EVENTS);
    let total = waves * CLASSES * EVENTS;
    println!(
        "{total} events, {} occurrences in {waves} waves",
        waves * CLASSES
    );
    println!(
        "{:>6} {:>9} {:>9} {:>11} {:>11}",
        "wave", "events", "events/s", "MiB after", "MiB peak"
    );
    println!(
        "{:>6} {:>9} {:>9} {:>11.1}",
        "-",
        0,
        "-",
        mebibytes(service.process.resident()?)
    );
    for wave in 0..waves {
        let date = first.checked_add(i64::try_from(wave)?.days())?;
        let deliveries = traffic::wave(&school, date, EVENTS);
        let (count, begun) = (deliveries.len(), Instant::now());
        deliver(&service, deliveries).await?;
        let rate = count * 1000 / usize::try_from(begun.elapsed().as_millis())?.max(1);
        service.until_live(0).await?;
        let (now, peak) = (
            mebibytes(service.process.resident()?),
            mebibytes(service.process.peak()?),
        );
        println!(
            "{:>6} {:>9} {rate:>9} {now:>11.1} {peak:>11.1}",
            wave + 1,
            (wave + 1) * count
        );
    }
    service.stop().await
}

/// What one live meeting takes with one participant, and what each further participant takes.
async fn live() -> Result<()> {
    let lone = live_meetings(LIVE, 1).await?;
    let full = live_meetings(LIVE, PARTICIPANTS).await?;
    let each = (full - lone) / to_i64((PARTICIPANTS - 1) * LIVE);
    let meeting = lone / to_i64(LIVE);
    println!(
        "a live meeting with one participant: {meeting} bytes; each further participant: {each} bytes"
    );
    live_meetings(MOST, 1).await?;
    Ok(())
}

/// How many bytes more the process has once so many meetings live, each with so many participants.
async fn live_meetings(meetings: usize, participants: usize) -> Result<i64> {
    let service = start(None).await?;
    // What a process keeps from its first load is no meeting's, nor are the databases' caches, which have a bound: as many come
    // and end before as fill them.
    let gone = traffic::strangers("gone", LIVE / 2, PARTICIPANTS, true);
    deliver(&service, gone).await?;
    service.until_live(0).await?;
    let before = settled(&service).await?;
    deliver(
        &service,
        traffic::strangers("live", meetings, participants, false),
    )
    .await?;
    service.until_live(meetings).await?;
    let after = settled(&service).await?;
    println!(
        "{meetings} live meetings of {participants}: {:.1} MiB, {:.1} MiB before",
        mebibytes(after),
        mebibytes(before)
    );
    service.stop().await?;
    Ok(to_i64(usize::try_from(after)?) - to_i64(usize::try_from(before)?))
}

/// A fresh service, with what it is to know. What has ended is soon forgotten.
async fn start(school: Option<&School>) -> Result<Service> {
    let home = Home::new(vec![("ROLLCALL__ACTOR__LINGER_SECONDS", "1".to_owned())])?;
    school.map_or(Ok(()), |school| home.import(school))?;
    home.serve(&[]).await
}

async fn deliver(service: &Service, deliveries: Vec<Delivery>) -> Result<()> {
    let count = deliveries.len();
    let sender = service.sender()?;
    let counts = sender.send(deliveries, CONNECTIONS, || ()).await;
    ensure!(counts.taken == count, "not all were taken: {counts:?}");
    Ok(())
}

/// What it has in RAM when that has not changed by a hundredth for three seconds.
async fn settled(service: &Service) -> Result<u64> {
    let mut last = service.process.resident()?;
    loop {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let now = service.process.resident()?;
        if now.abs_diff(last) * 100 <= last {
            return Ok(now);
        }
        last = now;
    }
}

fn to_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 bytes")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
