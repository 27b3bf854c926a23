//! After `kill -9`: how soon the service takes events again, and how soon it is where it would have been.

use crate::{cluster::Cluster, subject::Keeping, traffic};
use anyhow::{Context, Result, ensure};
use rollcall::replay::{load::pace::Pace, school::School};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 64;
/// Events of meetings that go on.
const LIVE: usize = 100_000;
/// To fill the journal.
const LONGEST: Duration = Duration::from_hours(1);
/// Nothing is written before the kill: the most that can be left to do.
const UNWRITTEN: [(&str, &str); 1] = [("ROLLCALL__STORE__FLUSH_INTERVAL_MS", "60000")];

/// With each way to keep things that there is, and so many events in the journal.
pub(crate) async fn run(events: usize) -> Result<()> {
    let older = events
        .checked_sub(LIVE)
        .context("EVENTS: at least 100000")?;
    let cluster = Cluster::find().await?;
    let school = traffic::school()?;
    for keeping in Keeping::ALL {
        if keeping.takes(cluster.as_ref()) {
            measure(keeping, &school, older, cluster.as_ref()).await?;
        } else {
            println!("skipped, for there is no PostgreSQL: {}", keeping.name());
        }
    }
    Ok(())
}

async fn measure(
    keeping: Keeping,
    school: &School,
    older: usize,
    cluster: Option<&Cluster>,
) -> Result<()> {
    let site = keeping.prepare(school, cluster).await?;
    let begin = async |settings: &[(&str, &str)]| {
        let service = site.home.serve(settings).await?;
        service.until_ready().await?;
        site.subject(keeping.name(), service).await
    };

    let mut deliveries = traffic::days(older)?;
    deliveries.truncate(older);
    let subject = begin(&[]).await?;
    let filled = subject
        .load(Arc::new(deliveries), Pace::Free, CONNECTIONS, LONGEST)
        .await?;
    ensure!(filled.errors() == 0, "not all was taken: {filled:?}");
    subject.until_applied().await?;
    subject.stop().await?;

    let subject = begin(&UNWRITTEN).await?;
    let live = Arc::new(traffic::live(LIVE)?);
    let sent = subject.load(live, Pace::Free, CONNECTIONS, LONGEST).await?;
    ensure!(sent.errors() == 0, "not all was taken: {sent:?}");
    drop(subject); // kill -9

    let databases = site.databases().await?;
    let journaled = databases.journaled().await?;
    let behind = databases.behind(&journaled).await?;
    let restarted = Instant::now();
    let subject = begin(&[]).await?;
    let ready = restarted.elapsed();
    subject.until_applied().await?;
    println!(
        "{}: {} events, {behind} of {} occurrences not in the projections: ready after {:.2} s, caught up after {:.2} s",
        keeping.name(),
        older + LIVE,
        journaled.len(),
        ready.as_secs_f64(),
        restarted.elapsed().as_secs_f64()
    );
    databases.close().await?;
    subject.stop().await
}
