//! The shared writer: the projections of many occurrences in one transaction.
//!
//! Actors hand in what they staged and wait; this task takes all that is there, commits it at once and
//! answers each. A batch that is refused for its data is split until the occurrence at fault stands alone. What a
//! transaction does is in [`batch`]; nothing else writes projections.

mod batch;
mod lesson;
mod meeting;
mod occurrence;
mod people;
mod put;
pub(in crate::store) mod record;
mod whose;

pub(super) use lesson::stored_parts;

use super::{
    StoreError,
    connect::Pools,
    dead::{self, Dead},
    error::{guarded, within},
    occurrences::{Basis, Neighbours},
    school::Snapshot,
};
use crate::{
    attendance::{report::Report, seal::Sealed},
    clock, vital,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// What an actor stages of its occurrence.
#[derive(Debug)]
pub struct Staged {
    /// Zoom's uuid of the occurrence.
    pub uuid: Arc<str>,
    /// Zoom's number of its meeting.
    pub meeting: Box<str>,
    /// The row that this replaces; none where the actor found none.
    pub basis: Option<Basis>,
    /// The threshold that it is judged by, seconds.
    pub present_after: i64,
    /// Every event up to this seq is in the report, or dead.
    pub applied_seq: i64,
    /// The places of events that were dead, and are in the report now.
    pub revived: Vec<i64>,
    /// All there is to say of it.
    pub report: Report,
    /// Which people are to be written.
    pub people: People,
    /// The meeting's other occurrences as the report was judged by; refused where they do not reach back far enough.
    pub neighbours: Neighbours,
    /// The school that the report was judged by; refused where the store knows another by now.
    pub school: Arc<Snapshot>,
    /// With this write its events are given up: what they said. It never comes with a later write.
    pub seal: Option<Sealed>,
}

/// Which people of a report are to be written.
#[derive(Debug)]
pub enum People {
    /// All; rows of others are removed.
    All,
    /// Only these: the rows of all others stand.
    Changed(Vec<Changed>),
}

/// A person whose rows are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The place in `report.people`.
    pub place: usize,
    /// So many of the first rows of stays stand.
    pub kept: usize,
    /// There are rows of more stays than the person has.
    pub shrunk: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Committed; the next write replaces this.
    Committed(Basis),
    /// Somebody changed its input, or the row: load again.
    Stale,
    /// The store refused it or is away: try again later.
    Failed,
}

/// What the writer itself is told.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many occurrences one transaction takes at most.
    pub batch: usize,
    /// A transaction that takes longer has failed.
    pub patience: Duration,
    /// Seconds after its end from which a lesson is final: later changes are audited.
    pub settle: i64,
    /// Seconds within which a restarted meeting belongs to the lesson before it.
    pub restart: i64,
}

struct Job {
    staged: Staged,
    answer: oneshot::Sender<Written>,
}

/// The handle of the shared writer.
#[derive(Clone, Debug)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    db: Pools,
    patience: Duration,
    runtime: Handle,
}

impl Writer {
    /// Starts the writer's task on `runtime`; it ends when the last handle is gone.
    pub fn start(db: Pools, settings: Settings, runtime: &Handle) -> Self {
        let (jobs, queue) = mpsc::channel(settings.batch.max(1) * 2);
        vital::spawn(runtime, run(db.clone(), settings, queue));
        Self {
            jobs,
            db,
            patience: settings.patience,
            runtime: runtime.clone(),
        }
    }

    /// Hands in one occurrence and waits for its commit; waits for room first, so nothing piles up here.
    pub async fn write(&self, staged: Staged) -> Written {
        let (answer, written) = oneshot::channel();
        if self.jobs.send(Job { staged, answer }).await.is_err() {
            return Written::Failed;
        }
        written.await.unwrap_or(Written::Failed)
    }

    /// Occurrences that wait for their transaction.
    pub fn queued(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Records dead events.
    pub fn bury(&self, dead: Vec<Dead>) -> impl Future<Output = Result<(), StoreError>> + use<> {
        let (db, patience) = (self.db.clone(), self.patience);
        let burying = self.runtime.spawn(async move {
            within(patience, dead::bury(&db, &dead, clock::now())).await?;
            for event in &dead {
                let reason = event.reason.as_str();
                metrics::counter!("rollcall_events_dead_total", "reason" => reason).increment(1);
            }
            Ok(())
        });
        async move { burying.await.unwrap_or(Err(StoreError::Panicked)) }
    }

    /// Notes that events which were dead are applied, though there is nothing to write of them.
    pub fn revive(&self, seqs: Vec<i64>) -> impl Future<Output = Result<(), StoreError>> + use<> {
        let (db, patience) = (self.db.clone(), self.patience);
        let reviving = self
            .runtime
            .spawn(async move { within(patience, dead::revive(&db.write, &seqs)).await });
        async move { reviving.await.unwrap_or(Err(StoreError::Panicked)) }
    }
}

async fn run(db: Pools, settings: Settings, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::new();
    while queue.recv_many(&mut jobs, settings.batch.max(1)).await > 0 {
        let (staged, answers): (Vec<_>, Vec<_>) =
            jobs.drain(..).map(|job| (job.staged, job.answer)).unzip();
        let outcome = commit_all(&db, settings, &staged).await;
        for (answer, written) in answers.into_iter().zip(outcome) {
            // An actor that died meanwhile is not there to hear it; its successor loads what was committed.
            let _ = answer.send(written);
        }
    }
}

/// Commits the batch; where it is refused for its data, or makes us panic, its halves, down to the occurrence at fault.
async fn commit_all(db: &Pools, settings: Settings, all: &[Staged]) -> Vec<Written> {
    let mut outcome = vec![Written::Failed; all.len()];
    let mut next = Some(0..all.len());
    let mut later = Vec::new();
    while let Some(part) = next.take().or_else(|| later.pop()) {
        let began = Instant::now();
        let commit = batch::commit(db, settings, &all[part.clone()]);
        let result = guarded(settings.patience, commit).await;
        metrics::histogram!("rollcall_flush_duration_seconds").record(began.elapsed());
        match result {
            Ok(written) => outcome[part].copy_from_slice(&written),
            Err(error) => {
                metrics::counter!("rollcall_flush_failures_total").increment(1);
                report_failure(&error, &all[part.clone()]);
                let middle = usize::midpoint(part.start, part.end);
                if part.len() > 1 && error.blames_data() {
                    later.extend([part.start..middle, middle..part.end]);
                }
            }
        }
    }
    outcome
}

fn report_failure(error: &StoreError, part: &[Staged]) {
    if let [staged] = part {
        tracing::error!(occurrence.uuid = %staged.uuid, %error, "projection was not written");
    } else {
        tracing::warn!(
            occurrences = part.len(),
            %error,
            "batch of projections was not written"
        );
    }
}
