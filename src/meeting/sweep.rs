//! The sweep: at the start and every second it wakes every occurrence that needs to look again.
//!
//! Needed is that where journaled events are in no projection after a while, where a due time has passed
//! (silence, a changed input), where the school changed. What was missed for whatever reason is found
//! here; nothing else needs to be clever. It reads from a stored watermark, never the whole journal.

use super::{registry::Registry, school::SchoolCache};
use crate::{
    clock,
    journal::{Journal, JournalError, Pending},
    store::{StoreError, connect::Pools, occurrences, state},
};
use std::{collections::HashSet, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Due occurrences a tick, and journal entries a page.
const PAGE: u64 = 1000;
/// Pages a tick.
const PAGES: usize = 20;

/// Sweeps until the service stops.
pub(super) async fn run(registry: Registry, journal: Journal, schools: SchoolCache, pools: Pools) {
    let settings = registry.sweep();
    let mut sweep = Sweep {
        after_ms: i64::try_from(settings.after_seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000),
        roster_every: Duration::from_secs(settings.roster_seconds),
        roster_read: Instant::now(),
        roster_version: None,
        watermark: None,
        registry,
        journal,
        schools,
        pools,
    };
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !sweep.registry.is_draining() {
        ticks.tick().await;
        if let Err(error) = sweep.tick().await {
            tracing::warn!(%error, "sweep did not finish; it tries again");
        }
    }
}

struct Sweep {
    after_ms: i64,
    roster_every: Duration,
    roster_read: Instant,
    roster_version: Option<String>,
    watermark: Option<i64>,
    registry: Registry,
    journal: Journal,
    schools: SchoolCache,
    pools: Pools,
}

impl Sweep {
    async fn tick(&mut self) -> Result<(), SweepError> {
        if !self.journal.health().owner {
            return Ok(()); // another process has the actors
        }
        self.registry.make_room();
        self.follow_school().await?;
        for occurrence in occurrences::due(&self.pools, clock::now_ms(), PAGE).await? {
            self.registry.wake(&occurrence);
        }
        self.follow_journal().await
    }

    /// Looks at the school where an import has said so, and now and then for other hands' changes.
    async fn follow_school(&mut self) -> Result<(), StoreError> {
        let version = state::get(&self.pools.read, state::ROSTER_VERSION).await?;
        if version != self.roster_version || self.roster_read.elapsed() >= self.roster_every {
            self.schools.refresh().await?;
            self.roster_version = version;
            self.roster_read = Instant::now();
        }
        Ok(())
    }

    /// Wakes who has events beyond the projections, and moves the watermark over all that is applied.
    async fn follow_journal(&mut self) -> Result<(), SweepError> {
        let before = clock::now_ms().saturating_sub(self.watermark.map_or(0, |_| self.after_ms));
        let known = self.watermark().await?;
        let (mut at, mut reached, mut blocked) = (known, known, false);
        for _ in 0..PAGES {
            let page = self.journal.pending(at, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            at = last.seq;
            let behind = self.behind(&page).await?;
            for pending in &page {
                blocked |= behind.contains(&pending.seq);
                if !blocked {
                    reached = pending.seq;
                }
            }
            let late = page.iter().filter(|pending| behind.contains(&pending.seq));
            for occurrence in late
                .map(|pending| &*pending.occurrence)
                .collect::<HashSet<_>>()
            {
                self.registry.wake(occurrence);
            }
        }
        if self.watermark != Some(reached) {
            state::put(
                &self.pools.write,
                state::SWEEP_WATERMARK,
                &reached.to_string(),
            )
            .await
            .map_err(StoreError::from)?;
        }
        self.watermark = Some(reached);
        Ok(())
    }

    async fn watermark(&self) -> Result<i64, StoreError> {
        if let Some(seq) = self.watermark {
            return Ok(seq);
        }
        let stored = state::get(&self.pools.read, state::SWEEP_WATERMARK).await?;
        Ok(stored.and_then(|seq| seq.parse().ok()).unwrap_or(0))
    }

    /// Which of these are in no projection though they should be.
    async fn behind(&self, page: &[Pending]) -> Result<HashSet<i64>, StoreError> {
        let uuids: HashSet<&str> = page.iter().map(|pending| &*pending.occurrence).collect();
        let uuids: Vec<Box<str>> = uuids.into_iter().map(Into::into).collect();
        let applied = occurrences::applied(&self.pools, &uuids).await?;
        let is_behind = |pending: &&Pending| match applied.get(&pending.occurrence) {
            Some(seq) => *seq < pending.seq,
            None => pending.brings_into_being(),
        };
        Ok(page
            .iter()
            .filter(is_behind)
            .map(|pending| pending.seq)
            .collect())
    }
}

/// Why a sweep did not finish; the next one tries again.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error("store: {0}")]
    Store(#[from] StoreError),
    #[error("journal: {0}")]
    Journal(#[from] JournalError),
}
