//! Opening the journal: connections, tables, ownership where it can be had, and the tasks.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbBackend;
use secrecy::SecretString;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::AbortHandle;

use super::committer::{Committer, HandOver};
use super::error::JournalError;
use super::event::Committed;
use super::intake::Intake;
use super::owner::{Denied, Owner};
use super::purge::Purger;
use super::read::Reader;
use super::status::Status;
use super::thread::Thread;
use super::{Inner, Journal, ROOM_BYTES, checkpoint};
use crate::config;
use crate::store::connect::{Pools, Role, connect, sqlite_file};
use crate::vital;

/// Connections for reading back.
pub(super) const READERS: u32 = 4;
/// No read takes longer.
pub(super) const READ_LIMIT: Duration = Duration::from_secs(10);
/// A commit may take as long as a request waits, but not less than this.
const LEAST_LIMIT: Duration = Duration::from_millis(500);
/// Committed events that wait to be taken out of the receiver.
const HANDED_OVER: usize = 1024;
/// How long the owner of a journal may take to make it.
const MAKING: Duration = Duration::from_secs(10);

/// Opens it on the runtime that it runs on, which all connections and tasks will belong to but the committer's: they have `thread`.
pub(super) async fn open(
    settings: config::Journal,
    url: SecretString,
    runtime: Handle,
    thread: Thread,
) -> Result<(Journal, mpsc::Receiver<Arc<Committed>>), JournalError> {
    let ack_timeout = Duration::from_millis(settings.ack_timeout_ms);
    let pools = connections(&url, &thread).await?;
    let reader = Reader {
        connection: pools.read.clone(),
        limit: READ_LIMIT,
    };
    let mut owner = Owner::new(url.clone(), ack_timeout.max(LEAST_LIMIT));
    let acquiring = thread.tasks.spawn(async move {
        let first = Box::pin(owner.acquire()).await;
        (owner, first)
    });
    let (owner, first) = acquiring.await.map_err(|_| JournalError::Panicked)?;
    let first = match first {
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
    let (out, handed_over) = mpsc::channel(HANDED_OVER);
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
    vital::spawn(&thread.tasks.clone(), async move {
        committer.run(first).await;
        drop(alive);
        drop(thread);
    });
    let inner = Inner {
        queue,
        room: Arc::new(Semaphore::new(ROOM_BYTES as usize)),
        ack_timeout,
        stop,
        ended,
        reader,
        // PostgreSQL: the only connection that writes could be another's to wait for.
        purger: Purger {
            connection: match pools.backend {
                DbBackend::Postgres => pools.read.clone(),
                _ => pools.write.clone(),
            },
            limit: READ_LIMIT,
        },
        checkpoints: checkpoints(&url, pools, &status, &runtime),
        status,
        runtime,
        id,
    };
    let inner = Arc::new(inner);
    Ok((Journal { inner }, handed_over))
}

/// All connections but the committer's. On SQLite a commit waits for who else writes: that one's thread is started by the committer's,
/// whose priority it inherits.
async fn connections(url: &SecretString, thread: &Thread) -> Result<Pools, JournalError> {
    let pools = connect(url, READERS, READ_LIMIT, Role::Journal).await?;
    if pools.backend != DbBackend::Sqlite {
        return Ok(pools);
    }
    let url = url.clone();
    let opening = async move { connect(&url, 1, READ_LIMIT, Role::Journal).await };
    let opened = thread.tasks.spawn(opening).await;
    let write = opened.map_err(|_| JournalError::Panicked)??.write;
    Ok(Pools { write, ..pools })
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
    let file = sqlite_file(url)?;
    let task = checkpoint::run(pools.write, file, Arc::clone(status));
    Some(runtime.spawn(task).abort_handle())
}
