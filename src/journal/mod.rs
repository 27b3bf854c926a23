//! The journal: what Zoom sent is durable here before Zoom hears that we have it.
//!
//! Three verbs: [`Journal::append`], [`Journal::read`] an occurrence from a `seq` on, and the committed events that come out of
//! [`Journal::open`]'s receiver. Nobody else knows that a single task commits ([`committer`]), how it is made the only one
//! ([`owner`]), or what SQL it speaks ([`commit`], [`read`]). What an event means is decided in [`crate::zoom`].

mod batch;
mod checkpoint;
mod commit;
mod committer;
pub mod entity;
mod error;
mod event;
mod intake;
mod owner;
mod read;
mod status;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use crate::config;
use crate::store::connect::{Pools, Role, connect};
use commit::Key;
use committer::{Committer, HandOver};
use intake::{Intake, Job, Waiter};
use owner::{Denied, Owner};
use read::Reader;
use status::Status;

pub use error::JournalError;
pub use event::{Appended, Committed, Incoming, Pending, Unavailable};
pub use status::Health;

/// Connections for reading back.
const READERS: u32 = 4;
/// No read takes longer.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// A commit may take as long as a request waits, but not less than this.
const LEAST_LIMIT: Duration = Duration::from_millis(500);
/// Bodies that wait for a commit may fill this much memory; a larger one waits alone.
const ROOM_BYTES: u32 = 64 * 1024 * 1024;
/// Committed events that wait to be taken out of the receiver.
const HANDED_OVER: usize = 1024;
/// How long the owner of a journal may take to make it.
const MAKING: Duration = Duration::from_secs(10);

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
    runtime: Handle,
    id: String,
    checkpoints: Option<AbortHandle>,
}

impl Journal {
    /// Opens the journal at `url`, brings its tables up to date, and starts its committer on `runtime`, to which all
    /// connections belong. A second process opens it as well, but is not ready until the first has gone.
    ///
    /// Out of the receiver come the committed events that fold, each once, in `seq` order; the committer waits for room.
    /// They begin after what is in the journal now.
    pub async fn open(
        settings: &config::Journal,
        url: &SecretString,
        runtime: Handle,
    ) -> Result<(Self, mpsc::Receiver<Arc<Committed>>), JournalError> {
        let opening = open(settings.clone(), url.clone(), runtime.clone());
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

    /// All folding events of these occurrences beyond the `seq` beside each, in `seq` order. A body that is not
    /// understood is left out.
    pub async fn read(
        &self,
        occurrences: &[(Box<str>, i64)],
    ) -> Result<Vec<Committed>, JournalError> {
        let (reader, occurrences) = (self.inner.reader.clone(), occurrences.to_vec());
        self.spawn(async move { reader.read(&occurrences).await })
            .await
    }

    /// At most `limit` folding events beyond `after` that arrived before `before_ms` (Unix milliseconds), in `seq` order.
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
        self.inner
            .runtime
            .spawn(work)
            .await
            .map_err(|_| JournalError::Stopped)?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.abort();
        }
    }
}

async fn open(
    settings: config::Journal,
    url: SecretString,
    runtime: Handle,
) -> Result<(Journal, mpsc::Receiver<Arc<Committed>>), JournalError> {
    let ack_timeout = Duration::from_millis(settings.ack_timeout_ms);
    let pools = connect(&url, READERS, READ_LIMIT, Role::Journal).await?;
    let reader = Reader {
        connection: pools.read.clone(),
        limit: READ_LIMIT,
    };
    let mut owner = Owner::new(url.clone(), ack_timeout.max(LEAST_LIMIT));
    let first = match owner.acquire().await {
        Ok(session) => Some(session),
        Err(Denied::Taken) => None,
        Err(Denied::Failed(error)) => return Err(error),
    };
    let id = id(&reader).await?;
    let status = Arc::new(Status::default());
    if first.is_some() {
        status.set_ready();
    }
    let stop = Arc::new(Notify::new());
    let (queue, jobs) = mpsc::channel(settings.queue.max(1));
    let (out, committed) = mpsc::channel(HANDED_OVER);
    let (alive, ended) = watch::channel(());
    let committer = Committer {
        intake: Intake {
            queue: jobs,
            stop: Arc::clone(&stop),
            batch: settings.batch.max(1),
        },
        owner,
        hand_over: HandOver { out, passed: None },
        status: Arc::clone(&status),
    };
    runtime.spawn(async move {
        committer.run(first).await;
        drop(alive);
    });
    let inner = Inner {
        queue,
        room: Arc::new(Semaphore::new(ROOM_BYTES as usize)),
        ack_timeout,
        stop,
        ended,
        reader,
        checkpoints: checkpoints(&url, pools, &status, &runtime),
        status,
        runtime,
        id,
    };
    let inner = Arc::new(inner);
    Ok((Journal { inner }, committed))
}

/// The id; where another process is still making the journal, as soon as it has.
async fn id(reader: &Reader) -> Result<String, JournalError> {
    let asked = async {
        loop {
            // Where there is no table yet, asking for it fails.
            if let Ok(Some(id)) = reader.id().await {
                return id;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(MAKING, asked)
        .await
        .map_err(|_| JournalError::Unmade)
}

/// SQLite's checkpoints; PostgreSQL makes its own.
fn checkpoints(
    url: &SecretString,
    pools: Pools,
    status: &Arc<Status>,
    runtime: &Handle,
) -> Option<AbortHandle> {
    let file = owner::sqlite_file(url)?;
    let task = checkpoint::run(pools.write, file, Arc::clone(status));
    Some(runtime.spawn(task).abort_handle())
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
