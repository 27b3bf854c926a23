//! The one task that commits.
//!
//! It waits for an event, takes what else is there, commits all of it at once, answers everybody, and hands on in `seq`
//! order what folds. While one commit runs the next batch gathers: the load makes the batches, no timer does.
//! After a failure it takes the journal anew and first hands on what was committed without our hearing of it. Until
//! that succeeds it refuses what comes.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::batch::Batch;
use super::commit::Session;
use super::error::JournalError;
use super::event::{Committed, Recalled, Unavailable};
use super::insert::New;
use super::intake::{Gathered, Intake};
use super::owner::{Denied, Owner};
use super::status::Status;
use crate::fault;

/// Between two attempts to take the journal.
const RETRY: Duration = Duration::from_secs(1);
/// An idle connection is looked after this often, so that the first event of the day does not find it broken.
const IDLE: Duration = Duration::from_secs(5);

/// The task and all that it owns.
pub(super) struct Committer {
    pub(super) intake: Intake,
    pub(super) owner: Owner,
    pub(super) hand_over: HandOver,
    pub(super) status: Arc<Status>,
}

/// Where committed events go: each once a process's life, in `seq` order, however long the receiver takes.
pub(super) struct HandOver {
    pub(super) out: mpsc::Sender<Arc<Committed>>,
    /// The last `seq` handed on, or passed over because it folds nothing; none until the journal was ours for the first time.
    pub(super) passed: Option<i64>,
}

/// Why a session came to its end.
enum End {
    /// Nothing will come again.
    Done,
    /// It does not work any more.
    Broken(JournalError),
}

impl Committer {
    /// Runs until nothing can come again and everybody has been answered. `first`: what opening the journal got.
    pub(super) async fn run(mut self, first: Option<Session>) {
        let mut next = first;
        while let Some(session) = Box::pin(self.hold(next.take())).await {
            self.status.set_ready();
            match self.serve(&session).await {
                End::Done => {
                    session.close().await;
                    break;
                }
                End::Broken(error) => self.note_failure(&error),
            }
        }
    }

    /// A session that has been caught up with: `given`, else a new one, as soon as there is one. None when nothing will come again.
    async fn hold(&mut self, given: Option<Session>) -> Option<Session> {
        // Those who wait already may be lucky; those who come later are not kept waiting for nothing.
        let mut attempt = match given {
            Some(session) => Ok(session),
            None => Box::pin(self.owner.acquire()).await,
        };
        loop {
            let failure = match attempt {
                Ok(session) => match self.catch_up(&session).await {
                    Ok(()) => return Some(session),
                    Err(error) => Denied::Failed(error),
                },
                Err(denied) => denied,
            };
            let reason = self.note(&failure);
            let Self { intake, owner, .. } = self;
            attempt = intake
                .refuse_during(reason, async {
                    tokio::time::sleep(RETRY).await;
                    Box::pin(owner.acquire()).await
                })
                .await?;
        }
    }

    fn note(&self, denied: &Denied) -> Unavailable {
        match denied {
            Denied::Taken => {
                if self.status.set_disowned() {
                    tracing::error!("journal is owned by another process now");
                }
                Unavailable::NotOwner
            }
            Denied::Failed(error) => {
                self.note_failure(error);
                Unavailable::Failing
            }
        }
    }

    /// Once an outage, not once an attempt.
    fn note_failure(&self, error: &JournalError) {
        if self.status.set_failing() {
            tracing::error!(error.code = %error.code(), "journal store fails");
        }
    }

    /// Sees that the store takes commits, then hands on what lies beyond the last event handed on. At the first time
    /// that is nothing: what is older is the sweep's business.
    async fn catch_up(&mut self, session: &Session) -> Result<(), JournalError> {
        session.probe().await?;
        let Some(mut passed) = self.hand_over.passed else {
            self.hand_over.passed = Some(session.highest().await?);
            return Ok(());
        };
        loop {
            let rows = session.after(passed).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            passed = last.seq;
            let mut recalled = Recalled::default();
            for row in &rows {
                recalled.add(row); // what is unreadable is the sweep's business
            }
            self.hand_over.pass(recalled.events, passed).await;
        }
    }

    async fn serve(&mut self, session: &Session) -> End {
        loop {
            let outcome = match self.intake.gather(IDLE).await {
                Gathered::Batch(jobs) => {
                    // Whoever waits for a commit that panics is refused; what of it was committed is caught up with.
                    let commit = AssertUnwindSafe(self.commit(session, Batch::of(jobs)));
                    let committed = commit.catch_unwind().await;
                    committed.unwrap_or(Err(JournalError::Panicked))
                }
                Gathered::Idle => session.verify().await,
                Gathered::Ended => return End::Done,
            };
            if let Err(error) = outcome {
                return End::Broken(error);
            }
        }
    }

    /// Commits a batch. One that is refused for its data is halved until the bad event stands alone; any other failure
    /// ends it all at once.
    async fn commit(&mut self, session: &Session, batch: Batch) -> Result<(), JournalError> {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            match timed(session, &part).await {
                Ok(new) => {
                    fault::point("commit", "after", |_| true);
                    let highest = new.values().copied().max();
                    let committed = part.conclude(&new);
                    if let Some(seq) = highest {
                        self.hand_over.pass(committed, seq).await;
                    }
                }
                Err(error) if error.blames_data() => match part.halve() {
                    Ok((earlier, later)) => parts.extend([later, earlier]),
                    Err(alone) => {
                        tracing::error!(error.code = %error.code(), "journal refused one event for its data");
                        alone.refuse(Unavailable::Failing);
                    }
                },
                Err(error) => {
                    parts.push(part);
                    for part in parts {
                        part.refuse(Unavailable::Failing);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// However it ends: nobody commits any more.
impl Drop for Committer {
    fn drop(&mut self) {
        self.status.set_disowned();
    }
}

impl HandOver {
    /// Waits for room. A receiver that is gone has no more use for events.
    async fn pass(&mut self, committed: Vec<Committed>, seq: i64) {
        for event in committed {
            let _ = self.out.send(Arc::new(event)).await;
        }
        self.passed = Some(seq);
    }
}

async fn timed(session: &Session, batch: &Batch) -> Result<New, JournalError> {
    fault::point("commit", "before", |_| true);
    let begun = Instant::now();
    let result = session.insert(&batch.events()).await;
    metrics::histogram!("rollcall_journal_commit_seconds").record(begun.elapsed());
    metrics::histogram!("rollcall_journal_batch_events").record(count(batch.len()));
    result
}

/// For a metric.
#[expect(
    clippy::cast_precision_loss,
    reason = "no queue or batch has 2^52 events"
)]
fn count(events: usize) -> f64 {
    events as f64
}
