//! The rate as the journal grows: at each mark the same load, on the very service that took all the events before it.

use crate::{
    cluster::Cluster,
    subject::{Keeping, Subject},
    traffic::Days,
};
use anyhow::{Result, ensure};
use rollcall::replay::load::{measured::Measured, pace::Pace};
use std::{sync::Arc, time::Duration};

const CONNECTIONS: usize = 64;
/// Events in the journal at which the rate is measured.
const MARKS: [usize; 3] = [100_000, 1_000_000, 5_000_000];
/// Events made and sent at once.
const PORTION: usize = 250_000;
/// A portion takes no longer.
const LONGEST: Duration = Duration::from_hours(1);

/// With each way to keep things that there is.
pub(crate) async fn run() -> Result<()> {
    let cluster = Cluster::find().await?;
    let school = crate::traffic::school()?;
    for keeping in Keeping::ALL {
        if !keeping.takes(cluster.as_ref()) {
            println!("skipped, for there is no PostgreSQL: {}", keeping.name());
            continue;
        }
        let subject = keeping.start(&school, cluster.as_ref()).await?;
        measure(&subject, cluster.as_ref()).await?;
        subject.stop().await?;
    }
    Ok(())
}

async fn measure(subject: &Subject, cluster: Option<&Cluster>) -> Result<()> {
    let mut days = Days::before_today()?;
    let mut journaled = 0;
    for mark in MARKS {
        while journaled < mark {
            journaled += send(subject, &mut days, PORTION.min(mark - journaled))
                .await?
                .1;
        }
        subject.until_applied().await?;
        let before = cpu(subject, cluster).await?;
        let (found, more) = send(subject, &mut days, MARKS[0]).await?;
        let applied = subject.until_applied().await?;
        let spent = cpu(subject, cluster).await?.saturating_sub(before);
        println!(
            "{}: {journaled} events in the journal: {:.0} events/s, p99 {:.1} ms, {} us of CPU an event, all applied after {:.1} s",
            subject.name,
            found.rate(),
            Duration::from_micros(found.latency.value_at_quantile(0.99)).as_secs_f64() * 1e3,
            (spent / u32::try_from(found.taken)?).as_micros(),
            applied.unwrap_or_default().as_secs_f64()
        );
        journaled += more;
    }
    Ok(())
}

/// Sends that many new events; how it went, and how many they were.
async fn send(subject: &Subject, days: &mut Days, events: usize) -> Result<(Measured, usize)> {
    let deliveries = days.next(events)?;
    let sent = deliveries.len();
    let measured = subject
        .load(Arc::new(deliveries), Pace::Free, CONNECTIONS, LONGEST)
        .await?;
    ensure!(measured.errors() == 0, "not all was taken: {measured:?}");
    Ok((measured, sent))
}

/// Of the service and its database.
async fn cpu(subject: &Subject, cluster: Option<&Cluster>) -> Result<Duration> {
    let database = match cluster {
        Some(cluster) => cluster.cpu().await?,
        None => Duration::ZERO,
    };
    Ok(subject.process.cpu()? + database)
}
