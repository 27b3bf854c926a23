//! How many events a second are acknowledged, what they cost, and how long they take at half that rate.

use crate::{
    cluster::Cluster,
    process,
    subject::{Keeping, Subject},
    table, traffic,
};
use anyhow::{Result, ensure};
use rollcall::replay::{
    load::{measured::Measured, pace::Pace},
    traffic::Delivery,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// As many as Zoom keeps open towards a busy app.
const CONNECTIONS: usize = 64;
/// Events that there are for each second; a load that takes more is over sooner.
const ENOUGH: usize = 60_000;

/// What was found of one subject.
pub(crate) struct Found {
    pub(crate) name: &'static str,
    /// The closed loop.
    pub(crate) most: Measured,
    /// CPU time from its beginning until everything was applied: of the process, of the database, of the sender.
    pub(crate) cpu: [Duration; 3],
    /// Bytes of the process in RAM by then.
    pub(crate) resident: u64,
    /// From the last answer until everything was applied; none for the ceiling.
    pub(crate) applied: Option<Duration>,
    /// The open loop at half the rate.
    pub(crate) half: Measured,
    /// The same, after it.
    pub(crate) half_applied: Option<Duration>,
}

/// Measures all, one after the other, and prints the table.
pub(crate) async fn run(seconds: u32) -> Result<()> {
    let longest = Duration::from_secs(seconds.into());
    let begun = Instant::now();
    let deliveries = Arc::new(traffic::days(seconds as usize * ENOUGH)?);
    let school = traffic::school()?;
    let bytes: usize = deliveries.iter().map(|one| one.body.len()).sum();
    println!(
        "{} unique events of {} bytes, {} meetings of {} students a day, made in {:.1} s; {CONNECTIONS} connections, {seconds} s each\n",
        deliveries.len(),
        bytes / deliveries.len(),
        traffic::MEETINGS,
        traffic::STUDENTS,
        begun.elapsed().as_secs_f64()
    );
    let cluster = Cluster::find().await?;
    let mut all = Vec::new();
    let ceiling = Subject::ceiling()?;
    all.push(measure(ceiling, &deliveries, longest, None).await?);
    for keeping in Keeping::ALL {
        if keeping.takes(cluster.as_ref()) {
            let subject = keeping.start(&school, cluster.as_ref()).await?;
            all.push(measure(subject, &deliveries, longest, cluster.as_ref()).await?);
        } else {
            println!("skipped, for there is no PostgreSQL: {}", keeping.name());
        }
    }
    println!("{}", table::of(&all));
    Ok(())
}

async fn measure(
    subject: Subject,
    deliveries: &Arc<Vec<Delivery>>,
    longest: Duration,
    cluster: Option<&Cluster>,
) -> Result<Found> {
    let before = cpu(&subject, cluster).await?;
    let all = Arc::clone(deliveries);
    let most = subject.load(all, Pace::Free, CONNECTIONS, longest).await?;
    ensure!(most.taken > 0, "{} took nothing: {most:?}", subject.name);
    let applied = subject.until_applied().await?;
    let after = cpu(&subject, cluster).await?;
    let resident = subject.process.resident()?;

    // The ceiling does not know what came before.
    let again = subject.databases.is_none();
    let sent = deliveries.len() - usize::try_from(most.unsent)?;
    let rest = &deliveries[if again { 0 } else { sent }..];
    let rate = most.rate() / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of deliveries"
    )]
    let count = (rate * longest.as_secs_f64()) as usize;
    let rest = rest[..count.min(rest.len())].to_vec();
    let steady = Pace::Rate {
        rate,
        ramp: Duration::ZERO,
    };
    let half = subject
        .load(Arc::new(rest), steady, CONNECTIONS, longest * 2)
        .await?;
    let half_applied = subject.until_applied().await?;
    let name = subject.name;
    subject.stop().await?;
    Ok(Found {
        name,
        most,
        cpu: [0, 1, 2].map(|which| after[which].saturating_sub(before[which])),
        resident,
        applied,
        half,
        half_applied,
    })
}

/// Of the process, of the database's, of this one.
async fn cpu(subject: &Subject, cluster: Option<&Cluster>) -> Result<[Duration; 3]> {
    let database = match cluster {
        Some(cluster) => cluster.cpu().await?,
        None => Duration::ZERO,
    };
    let own = process::cpu(std::process::id(), false)?;
    Ok([subject.process.cpu()?, database, own])
}
