//! The journal: what Zoom sent is durable here before Zoom hears that we have it.
//!
//! Three verbs: [`Journal::append`], [`Journal::read`] an occurrence from a `seq` on, and the committed events that come out of
//! [`Journal::open`]'s receiver. Nobody else knows that a single task commits ([`committer`]), how it is made the only one
//! ([`owner`]), or what SQL it speaks ([`commit`], [`read`]). What an event means is decided in [`crate::zoom`].

mod adopt;
mod batch;
mod checkpoint;
mod commit;
mod committer;
pub mod entity;
mod error;
mod event;
mod export;
mod insert;
mod inspect;
mod intake;
mod onlooker;
mod open;
mod owner;
mod purge;
mod read;
mod status;
mod thread;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use crate::config;
use commit::Key;
use intake::{Job, Waiter};
use purge::Purger;
use read::Reader;
use status::Status;
use thread::Thread;

pub use crate::zoom::translate::Folds;
pub use adopt::{AdoptError, Adopted};
pub use error::JournalError;
pub use event::{
    Appended, Committed, Incoming, Old, Pending, Recalled, Stretch, Unavailable, Unreadable,
};
pub use export::{Exporter, Raw};
pub use inspect::{Holder, Inspector};
pub use onlooker::Onlooker;
pub use status::Health;

/// Bodies that wait for a commit may fill this much memory; a larger one waits alone.
const ROOM_BYTES: u32 = 64 * 1024 * 1024;

/// A handle to the journal; clones share it. When the last one is dropped, what is queued is still committed.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    queue: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    ack_timeout: Duration,
    status: Arc<Status>,
    stop: Arc<Notify>,
    /// Closes when the committer has ended.
    ended: watch::Receiver<()>,
    reader: Reader,
    purger: Purger,
    runtime: Handle,
    id: String,
    checkpoints: Option<AbortHandle>,
}

impl Journal {
    /// Opens the journal at `url`, brings its tables up to date, and starts its committer on a thread of its own. All other
    /// connections belong to `runtime`, but for the one that writes besides on SQLite. A second process opens it as well, but is not ready until the first has gone.
    ///
    /// Out of the receiver come the committed events that fold, each once, in `seq` order; the committer waits for room.
    /// They begin after what is in the journal now.
    pub async fn open(
        settings: &config::Journal,
        url: &SecretString,
        runtime: Handle,
    ) -> Result<(Self, mpsc::Receiver<Arc<Committed>>), JournalError> {
        let thread = Thread::start()?; // by the caller, whose priority it inherits, and not by the runtime
        let opening = open::open(settings.clone(), url.clone(), runtime.clone(), thread);
        runtime
            .spawn(opening)
            .await
            .map_err(|_| JournalError::Stopped)?
    }

    /// Makes an event durable. Waits at most `journal.ack_timeout_ms`; may be dropped at any time, the commit goes on.
    pub async fn append(&self, incoming: Incoming) -> Result<Appended, Unavailable> {
        let fate = self.submit(incoming).await;
        metrics::counter!("rollcall_journal_appends_total", "outcome" => outcome(fate))
            .increment(1);
        fate
    }

    /// All folding events of these occurrences beyond the `seq` beside each.
    pub async fn read(&self, occurrences: &[(Box<str>, i64)]) -> Result<Recalled, JournalError> {
        let (reader, occurrences) = (self.inner.reader.clone(), occurrences.to_vec());
        self.spawn(async move { reader.read(&occurrences).await })
            .await
    }

    /// At most `limit` folding events beyond `after`, in `seq` order, up to the first that arrived at `before_ms` (Unix
    /// milliseconds) or later.
    pub async fn pending(
        &self,
        after: i64,
        before_ms: i64,
        limit: u64,
    ) -> Result<Vec<Pending>, JournalError> {
        let reader = self.inner.reader.clone();
        self.spawn(async move { reader.pending(after, before_ms, limit).await })
            .await
    }

    /// What [`Self::pending`] would give, by occurrence.
    pub async fn stretch(
        &self,
        after: i64,
        before_ms: i64,
        limit: u64,
    ) -> Result<Stretch, JournalError> {
        let reader = self.inner.reader.clone();
        self.spawn(async move { reader.stretch(after, before_ms, limit).await })
            .await
    }

    /// Deletes some of an occurrence's folding events up to `seq`, for ever. Whether any were left behind.
    pub async fn purge_occurrence(&self, occurrence: &str, seq: i64) -> Result<bool, JournalError> {
        let (purger, occurrence) = (self.inner.purger.clone(), Box::<str>::from(occurrence));
        let rows = self.spawn(async move { purger.occurrence(&occurrence, seq).await });
        Ok(rows.await? == purge::ROWS)
    }

    /// Those of these occurrences of which something arrived after `since_ms` (Unix milliseconds).
    pub async fn stirring(
        &self,
        occurrences: Vec<Box<str>>,
        since_ms: i64,
    ) -> Result<HashSet<Box<str>>, JournalError> {
        let purger = self.inner.purger.clone();
        self.spawn(async move { purger.stirring(occurrences, since_ms).await })
            .await
    }

    /// Deletes these events, for ever.
    pub async fn purge(&self, seqs: Vec<i64>) -> Result<(), JournalError> {
        let purger = self.inner.purger.clone();
        let rows = self.spawn(async move { purger.rows(seqs).await });
        rows.await.map(drop)
    }

    /// The next events beyond `after`, in `seq` order, up to the first that arrived at `before_ms` (Unix milliseconds) or
    /// later; none at the end.
    pub async fn old(&self, after: i64, before_ms: i64) -> Result<Vec<Old>, JournalError> {
        let purger = self.inner.purger.clone();
        self.spawn(async move { purger.old(after, before_ms).await })
            .await
    }

    /// How it is.
    pub fn health(&self) -> Health {
        let queue = &self.inner.queue;
        let queued = queue.max_capacity() - queue.capacity();
        self.inner.status.health(queued)
    }

    /// The journal's own id, made when it was.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The highest `seq` ever given to an event, purged or not; 0 before the first. None is ever given twice.
    pub async fn last_issued(&self) -> Result<i64, JournalError> {
        let reader = self.inner.reader.clone();
        self.spawn(async move { reader.last_issued().await }).await
    }

    /// Takes no more events; ends when everything queued has been committed, answered and handed over, and the journal given up.
    pub async fn drain(&self) {
        self.inner.status.set_draining();
        self.inner.stop.notify_one();
        let mut ended = self.inner.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    async fn submit(&self, incoming: Incoming) -> Result<Appended, Unavailable> {
        let inner = &self.inner;
        if inner.status.draining() {
            return Err(Unavailable::Draining);
        }
        let bytes = u32::try_from(incoming.body.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&inner.room)
            .try_acquire_many_owned(bytes.min(ROOM_BYTES))
            .map_err(|_| Unavailable::Full)?;
        let (reply, fate) = oneshot::channel();
        let job = Job {
            key: Key::of(&incoming),
            incoming,
            waiter: Waiter { reply, _room: room },
        };
        inner.queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Unavailable::Full,
            mpsc::error::TrySendError::Closed(_) => self.gone(),
        })?;
        match tokio::time::timeout(inner.ack_timeout, fate).await {
            Ok(Ok(fate)) => fate,
            Ok(Err(_)) => Err(self.gone()),
            Err(_) => Err(Unavailable::TimedOut),
        }
    }

    /// Why there is no committer.
    fn gone(&self) -> Unavailable {
        if self.inner.status.draining() {
            Unavailable::Draining
        } else {
            Unavailable::Failing
        }
    }

    /// On the runtime that the connections belong to, whichever runtime the caller is on.
    async fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, JournalError>> + Send + 'static,
    ) -> Result<T, JournalError> {
        let done = self.inner.runtime.spawn(work).await;
        done.unwrap_or_else(|ended| {
            Err(if ended.is_panic() {
                JournalError::Panicked
            } else {
                JournalError::Stopped
            })
        })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.abort();
        }
    }
}

/// The label of a metric.
fn outcome(fate: Result<Appended, Unavailable>) -> &'static str {
    match fate {
        Ok(Appended::New) => "new",
        Ok(Appended::Duplicate) => "duplicate",
        Err(Unavailable::Full) => "full",
        Err(Unavailable::Failing) => "failing",
        Err(Unavailable::Draining) => "draining",
        Err(Unavailable::NotOwner) => "not_owner",
        Err(Unavailable::TimedOut) => "timed_out",
    }
}
