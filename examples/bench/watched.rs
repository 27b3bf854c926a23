//! What it costs that somebody watches: the rate while nobody looks at the pages, and while the overview is open and live.

use crate::{
    subject::{Keeping, Subject},
    traffic::{self, Days},
};
use anyhow::{Context, Result, ensure};
use rollcall::replay::load::pace::Pace;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

const CONNECTIONS: usize = 64;
/// Rounds, each with and without somebody who watches.
const ROUNDS: usize = 4;
/// Events that there are for each second; a load that takes more is over sooner.
const ENOUGH: usize = 30_000;

/// On SQLite, one service for all rounds.
pub(crate) async fn run(seconds: u32) -> Result<()> {
    let longest = Duration::from_secs(seconds.into());
    let subject = Keeping::Sqlite.start(&traffic::school()?, None).await?;
    let mut days = Days::before_today()?;
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // In turn first and second: what drifts hits both alike.
        for watched in [round % 2 == 1, round % 2 == 0] {
            let events = Arc::new(days.next(seconds as usize * ENOUGH)?);
            let watcher = if watched {
                Some(Watcher::begin(&subject).await?)
            } else {
                None
            };
            let load = subject.load(events, Pace::Free, CONNECTIONS, longest);
            let measured = load.await?;
            ensure!(measured.errors() == 0, "not all was taken: {measured:?}");
            let heard = watcher.map_or(0, Watcher::end);
            ensure!(watched == (heard > 0), "the page told {heard} times");
            println!(
                "{}: {:.0} events/s",
                if watched { "watched" } else { "alone  " },
                measured.rate()
            );
            rates[usize::from(watched)].push(measured.rate());
            subject.until_applied().await?;
        }
    }
    let [alone, watched] = rates.map(median);
    println!(
        "medians of {ROUNDS}: {alone:.0} events/s alone, {watched:.0} watched: {:.3} of it",
        watched / alone
    );
    subject.stop().await
}

/// Somebody with the overview open.
struct Watcher {
    heard: Arc<AtomicUsize>,
    reading: JoinHandle<()>,
}

impl Watcher {
    async fn begin(subject: &Subject) -> Result<Self> {
        let admin = subject.admin.as_ref().context("an operators' listener")?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let page = client.get(format!("{admin}/live/overview")).send().await?;
        let mut page = page.error_for_status()?;
        let heard = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&heard);
        let reading = tokio::spawn(async move {
            while let Ok(Some(_)) = page.chunk().await {
                count.fetch_add(1, Relaxed);
            }
        });
        Ok(Self { heard, reading })
    }

    /// How often the page told of something.
    fn end(self) -> usize {
        self.reading.abort();
        self.heard.load(Relaxed)
    }
}

/// Of an even number of rates: the mean of the two in the middle.
fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    f64::midpoint(rates[middle - 1], rates[middle])
}
