//! A bell: every meeting of the school starts, fills, empties and ends at the same moments.

use crate::{cluster::Cluster, subject::Keeping, traffic};
use anyhow::{Context, Result, ensure};
use rollcall::replay::load::pace::Pace;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// As many as a burst makes Zoom open.
const CONNECTIONS: usize = 256;
/// The lesson's minute, and time to catch up.
const LONGEST: Duration = Duration::from_mins(3);
/// Marks of students who have left.
const MARKS: &str = "SELECT count(*) FROM attendance_records WHERE last_leave IS NOT NULL";
/// Meetings whose end is known.
const ENDED: &str = "SELECT count(*) FROM meeting_occurrences WHERE ended_at IS NOT NULL";

/// With each way to keep things that there is.
pub(crate) async fn run() -> Result<()> {
    let cluster = Cluster::find().await?;
    let (school, deliveries) = (traffic::school()?, Arc::new(traffic::short_day()?));
    println!(
        "{} meetings of {} students: {} events at their own pace, {CONNECTIONS} connections",
        traffic::MEETINGS,
        traffic::STUDENTS,
        deliveries.len()
    );
    for keeping in Keeping::ALL {
        if !keeping.takes(cluster.as_ref()) {
            println!("skipped, for there is no PostgreSQL: {}", keeping.name());
            continue;
        }
        let subject = keeping.start(&school, cluster.as_ref()).await?;
        let own = Pace::Own { speed: 1.0 };
        let measured = subject
            .load(Arc::clone(&deliveries), own, CONNECTIONS, LONGEST)
            .await?;
        let over = Instant::now();
        subject.until_applied().await?;
        let took = over.elapsed();
        let databases = subject.databases.as_ref().context("a store")?;
        let marks = databases.count(MARKS).await?;
        let ended = databases.count(ENDED).await?;
        let quantile = |q| Duration::from_micros(measured.latency.value_at_quantile(q));
        println!(
            "{}: all committed {:.2} s after the last answer: {marks} marks, {ended} meetings ended; {} of {} taken, \
             {} x 5xx, {} time-outs; from planned time p50 {:.1?}, p99 {:.1?}, longest {:.1?}",
            keeping.name(),
            took.as_secs_f64(),
            measured.taken,
            measured.planned,
            measured.unavailable,
            measured.timeouts,
            quantile(0.5),
            quantile(0.99),
            quantile(1.0)
        );
        subject.stop().await?;
        ensure!(
            (marks, ended) == (30_000, 1000),
            "marks or meetings are missing"
        );
    }
    Ok(())
}
