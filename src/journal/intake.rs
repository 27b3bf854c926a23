//! The committer's end of the queue: what waits for a commit, and when nothing more will come.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};

use super::commit::Key;
use super::event::{Appended, Incoming, Unavailable};

/// An event and whoever waits for its fate. Its commit does not depend on anybody waiting.
pub(super) struct Job {
    pub(super) incoming: Incoming,
    pub(super) key: Key,
    pub(super) waiter: Waiter,
}

/// Hears of one event's fate, and holds its share of the queue's memory until then.
pub(super) struct Waiter {
    pub(super) reply: oneshot::Sender<Result<Appended, Unavailable>>,
    pub(super) _room: OwnedSemaphorePermit,
}

impl Waiter {
    pub(super) fn answer(self, fate: Result<Appended, Unavailable>) {
        // Nobody listens any more where the request timed out or its connection broke.
        let _ = self.reply.send(fate);
    }
}

/// What there is to do.
pub(super) enum Gathered {
    /// These, in the order in which they came.
    Batch(Vec<Job>),
    /// Nothing came for a while.
    Idle,
    /// Nothing will ever come again.
    Ended,
}

/// The receiving end. After `stop`, or when all handles are gone, it ends as soon as it is empty.
pub(super) struct Intake {
    pub(super) queue: mpsc::Receiver<Job>,
    pub(super) stop: Arc<Notify>,
    /// How many events one commit takes at most.
    pub(super) batch: usize,
}

impl Intake {
    /// Waits for one event, then takes what is there without waiting for more.
    pub(super) async fn gather(&mut self, patience: Duration) -> Gathered {
        let first = match tokio::time::timeout(patience, self.next()).await {
            Ok(Some(first)) => first,
            Ok(None) => return Gathered::Ended,
            Err(_) => return Gathered::Idle,
        };
        let mut jobs = vec![first];
        while jobs.len() < self.batch
            && let Ok(job) = self.queue.try_recv()
        {
            jobs.push(job);
        }
        Gathered::Batch(jobs)
    }

    /// Refuses what comes until `work` is done; none when nothing will come again.
    pub(super) async fn refuse_during<T>(
        &mut self,
        reason: Unavailable,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                job = self.next() => job?.waiter.answer(Err(reason)),
            }
        }
    }

    async fn next(&mut self) -> Option<Job> {
        loop {
            tokio::select! {
                biased;
                () = self.stop.notified() => self.queue.close(),
                job = self.queue.recv() => return job,
            }
        }
    }
}
