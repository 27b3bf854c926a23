//! The sweep: at the start and every second it wakes every occurrence that needs to look again.
//!
//! Needed is that where journaled events are in no projection after a while, where a due time has passed
//! (silence, a changed input), where a dead event was given back, where the school changed. What was missed for whatever reason is found
//! here; nothing else needs to be clever. It reads the journal from a stored watermark, never the whole.
//! A step that fails is told of, and the others go on.

use super::{registry::Registry, school::SchoolCache};
use crate::{
    clock, fault,
    journal::{Journal, JournalError, Pending},
    store::{
        StoreError,
        connect::Pools,
        dead::{self, Reason},
        error::within,
        occurrences::{self, Due},
        state,
    },
    vital,
};
use std::{collections::HashSet, time::Duration};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Journal entries that are looked at as one, occurrence by occurrence; a tick takes one such stretch, once all there was at the start has been
/// looked at.
const STRETCH: u64 = 20_000;
/// Journal entries a page, where one of a stretch is in no projection.
const PAGE: u64 = 1000;
/// Occurrences of one question to the database.
const OCCURRENCES: usize = 1000;

/// Sweeps until the service stops.
pub(super) async fn run(registry: Registry, journal: Journal, schools: SchoolCache, pools: Pools) {
    let settings = registry.settings();
    let mut sweep = Sweep {
        after_ms: i64::try_from(settings.sweep.after_seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000),
        roster_every: Duration::from_secs(settings.sweep.roster_seconds),
        due_a_tick: settings.actor.max_loading.try_into().unwrap_or(u64::MAX),
        due_after: None,
        patience: settings.patience,
        roster_read: Instant::now(),
        roster_version: None,
        scan: None,
        registry: registry.clone(),
        journal,
        schools,
        pools,
    };
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !registry.is_draining() {
        ticks.tick().await;
        // Without the journal's lock another process has the actors.
        if sweep.journal.health().owner {
            sweep.tick().await;
        }
    }
}

struct Sweep {
    after_ms: i64,
    roster_every: Duration,
    /// As many as the loader takes at once: what is live goes before what is due.
    due_a_tick: u64,
    /// Where the next tick goes on among those that are due; after the last, from the beginning again, so that those that
    /// stay due hide nobody.
    due_after: Option<Due>,
    patience: Duration,
    roster_read: Instant,
    roster_version: Option<String>,
    scan: Option<Scan>,
    registry: Registry,
    journal: Journal,
    schools: SchoolCache,
    pools: Pools,
}

/// How far the journal has been looked through.
#[derive(Clone, Copy)]
struct Scan {
    /// Every folding event up to this seq is in the projections; stored.
    watermark: i64,
    /// Where the next tick reads on; it begins again at the watermark when it has reached the end, so that one
    /// occurrence that cannot be applied hides nothing behind it.
    at: i64,
    /// It has been looked through to the end since the start.
    complete: bool,
    /// When the first that is behind arrived, Unix milliseconds; of those looked at since the watermark.
    oldest: Option<i64>,
}

impl Scan {
    /// All from where it reads on up to `seq` is in the projections.
    fn pass(&mut self, seq: i64) {
        if self.at == self.watermark {
            self.watermark = seq;
        }
        self.at = seq;
    }
}

impl Sweep {
    async fn tick(&mut self) {
        self.registry.make_room();
        report("school", guarded(Box::pin(self.follow_school())).await);
        report(
            "due times",
            guarded(Box::pin(self.follow_due_times())).await,
        );
        report(
            "dead events",
            guarded(Box::pin(self.follow_dead_events())).await,
        );
        report("journal", guarded(Box::pin(self.follow_journal())).await);
    }

    /// Looks at the school where an import has said so, and now and then for other hands' changes.
    async fn follow_school(&mut self) -> Result<(), SweepError> {
        let version = self.fact(state::ROSTER_VERSION).await?;
        if version != self.roster_version || self.roster_read.elapsed() >= self.roster_every {
            self.schools.refresh().await?;
            self.roster_version = version;
            self.roster_read = Instant::now();
        }
        Ok(())
    }

    async fn follow_due_times(&mut self) -> Result<(), SweepError> {
        let (now, after) = (clock::now_ms(), self.due_after.take());
        let due = occurrences::due(&self.pools, now, after, self.due_a_tick);
        for due in within(self.patience, due).await? {
            self.registry.wake(&due.occurrence);
            self.due_after = Some(due);
        }
        Ok(())
    }

    /// Wakes who is to try dead events again.
    async fn follow_dead_events(&self) -> Result<(), SweepError> {
        fault::point("sweep", "dead", |_| true);
        let dead = within(self.patience, dead::count(&self.pools)).await?;
        for reason in Reason::ALL.map(Reason::as_str) {
            let count = dead.get(reason).copied().unwrap_or(0);
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            metrics::gauge!("rollcall_dead_events", "reason" => reason).set(count);
        }
        let retried = dead::to_retry(&self.pools, self.due_a_tick);
        for occurrence in within(self.patience, retried).await? {
            self.registry.wake(&occurrence);
        }
        Ok(())
    }

    /// Wakes who has events beyond the projections, and moves the watermark over all that is applied.
    async fn follow_journal(&mut self) -> Result<(), SweepError> {
        let mut scan = self.scan().await?;
        // At the start, what a process before this one left behind is looked at however new it is, and all at once.
        let (age, stretches) = if scan.complete {
            (self.after_ms, 1)
        } else {
            (0, usize::MAX)
        };
        let now = clock::now_ms();
        let before = now.saturating_sub(age);
        let known = scan.watermark;
        for _ in 0..stretches {
            let stretch = self.journal.stretch(scan.at, before, STRETCH).await?;
            if let Some(end) = stretch.latest.iter().map(|(_, seq)| *seq).max() {
                if self.are_applied(&stretch.latest).await? {
                    scan.pass(end);
                } else {
                    self.look_closely(&mut scan, end, before).await?;
                }
            }
            if stretch.events < STRETCH {
                scan.at = scan.watermark;
                scan.complete = true;
                self.registry
                    .applied_until(scan.oldest.take().unwrap_or(now));
                break;
            }
        }
        if scan.watermark != known {
            let watermark = scan.watermark.to_string();
            let put = state::put(&self.pools.write, state::SWEEP_WATERMARK, &watermark);
            within(self.patience, put).await?;
        }
        self.scan = Some(scan);
        Ok(())
    }

    /// Whether the projections have all that these occurrences were told, each up to the `seq` beside it.
    async fn are_applied(&self, latest: &[(Box<str>, i64)]) -> Result<bool, SweepError> {
        for some in latest.chunks(OCCURRENCES) {
            let uuids: Vec<Box<str>> = some.iter().map(|(uuid, _)| uuid.clone()).collect();
            let applied = within(self.patience, occurrences::applied(&self.pools, &uuids)).await?;
            let is_applied = |(uuid, seq): &(Box<str>, i64)| applied.get(uuid) >= Some(seq);
            if !some.iter().all(is_applied) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Looks at each event up to `end`, or a few more.
    async fn look_closely(&self, scan: &mut Scan, end: i64, before: i64) -> Result<(), SweepError> {
        while scan.at < end {
            let page = self.journal.pending(scan.at, before, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            let behind = self.behind(&page).await?;
            let applied = page
                .iter()
                .take_while(|pending| !behind.contains(&pending.seq));
            if let Some(applied) = applied.last() {
                scan.pass(applied.seq);
            }
            scan.at = last.seq;
            let late = page.iter().filter(|pending| behind.contains(&pending.seq));
            scan.oldest = scan
                .oldest
                .or_else(|| late.clone().map(|pending| pending.received_at).next());
            if let Some(oldest) = scan.oldest {
                self.registry.applied_until(oldest);
            }
            for occurrence in late
                .map(|pending| &*pending.occurrence)
                .collect::<HashSet<_>>()
            {
                self.registry.wake(occurrence);
            }
        }
        Ok(())
    }

    async fn scan(&self) -> Result<Scan, SweepError> {
        if let Some(scan) = self.scan {
            return Ok(scan);
        }
        let stored = self.fact(state::SWEEP_WATERMARK).await?;
        let watermark = stored.and_then(|seq| seq.parse().ok()).unwrap_or(0);
        Ok(Scan {
            watermark,
            at: watermark,
            complete: false,
            oldest: None,
        })
    }

    /// Which of these are in no projection though they should be.
    async fn behind(&self, page: &[Pending]) -> Result<HashSet<i64>, SweepError> {
        let uuids: HashSet<&str> = page.iter().map(|pending| &*pending.occurrence).collect();
        let uuids: Vec<Box<str>> = uuids.into_iter().map(Into::into).collect();
        let applied = within(self.patience, occurrences::applied(&self.pools, &uuids)).await?;
        let dead = within(self.patience, dead::standing(&self.pools, &uuids)).await?;
        let is_behind = |pending: &&Pending| match applied.get(&pending.occurrence) {
            _ if dead.left_out.contains(&pending.seq) => false,
            Some(seq) => *seq < pending.seq,
            None => pending.brings_into_being(),
        };
        Ok(page
            .iter()
            .filter(is_behind)
            .map(|pending| pending.seq)
            .collect())
    }

    async fn fact(&self, key: &str) -> Result<Option<String>, SweepError> {
        Ok(within(self.patience, state::get(&self.pools.read, key)).await?)
    }
}

/// A step that panics has failed; at the next start it would again.
async fn guarded(step: impl Future<Output = Result<(), SweepError>>) -> Result<(), SweepError> {
    vital::attempt(step)
        .await
        .unwrap_or(Err(SweepError::Panicked))
}

fn report(step: &str, result: Result<(), SweepError>) {
    if let Err(error) = result {
        tracing::warn!(step, %error, "sweep did not finish a step; it tries again");
    }
}

/// Why a step did not finish.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error("store: {0}")]
    Store(#[from] StoreError),
    #[error("journal: {0}")]
    Journal(#[from] JournalError),
    #[error("a panic, see the line before")]
    Panicked,
}
