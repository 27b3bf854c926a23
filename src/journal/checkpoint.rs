//! SQLite's checkpoints, on a connection and a task of their own: no commit pays for one.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::oneshot;

use super::error::within;
use super::status::Status;

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(250);
/// A log of more pages (256 MiB) is begun anew, for which commits wait a moment.
const LARGE_PAGES: i64 = 65_536;
/// One of more (1 GiB) is begun anew however long commits wait.
const HUGE_PAGES: i64 = 262_144;
/// A longer file is cut when its log has been idle from one look to the next. A shorter one is kept for the next burst: where a file has to
/// grow, each flush of a commit waits for the file system's own journal too.
const KEPT_BYTES: u64 = 512 * 1024 * 1024;
/// With so few pages left to move the moment is short.
const FEW_PAGES: i64 = 1024;
/// What comes during one pass is left to the next: less every time, unless the disk cannot keep up, or somebody reads what was there long ago.
const PASSES: u32 = 5;

/// How long a new beginning may wait for readers; commits wait with it. Somebody who reads for longer is let off until the next look.
const BRIEFLY_MS: u32 = 20;
/// The same of a log that is huge.
const AT_LENGTH_MS: u32 = 200;
/// No look takes longer.
const LIMIT: Duration = Duration::from_mins(1);

/// Keeps the log of the SQLite file at `file` short for as long as this process owns the journal.
pub(super) async fn run(connection: DatabaseConnection, file: PathBuf, status: Arc<Status>) {
    let mut files = Files::of(file);
    let mut before = Progress::default();
    loop {
        tokio::time::sleep(PERIOD).await;
        if !status.health(0).owner {
            continue;
        }
        match within(LIMIT, look(&connection, &mut files, before)).await {
            Ok(progress) => before = progress,
            Err(error) => {
                tracing::warn!(error.code = %error.code(), "journal checkpoint failed");
            }
        }
    }
}

/// The database's files.
struct Files {
    database: PathBuf,
    log: PathBuf,
    /// The database, once it was opened. Never closed: with it the whole process would lose its locks on the file
    /// (<https://sqlite.org/howtocorrupt.html>, 2.2).
    open: Option<&'static File>,
    /// A flush that has not ended yet.
    flushing: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Files {
    fn of(database: PathBuf) -> Self {
        let mut log = database.clone().into_os_string();
        log.push("-wal");
        Self {
            database,
            log: log.into(),
            open: None,
            flushing: None,
        }
    }

    /// Has the database file's pages written to disk, while commits go on; one flush at a time.
    async fn flush(&mut self) -> io::Result<()> {
        let flushing = match self.flushing.take() {
            Some(flushing) => flushing,
            None => self.begin_flush()?,
        };
        let flushed = self.flushing.insert(flushing).await;
        self.flushing = None;
        flushed.map_err(io::Error::other)?
    }

    /// On a thread that no stop waits for.
    fn begin_flush(&mut self) -> io::Result<oneshot::Receiver<io::Result<()>>> {
        let file = match self.open {
            Some(file) => file,
            None => &*Box::leak(Box::new(File::open(&self.database)?)),
        };
        self.open = Some(file);
        let (ended, flushing) = oneshot::channel();
        let flush = move || ended.send(file.sync_data());
        thread::Builder::new()
            .name("flush".to_owned())
            .spawn(flush)?;
        Ok(flushing)
    }
}

/// How many pages the log holds, and how many of them are in the database file.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    pages: i64,
    moved: i64,
}

impl Progress {
    fn left(self) -> i64 {
        self.pages - self.moved
    }
}

/// Moves what can be moved without hindering anybody; begins the log anew when it is large, and cuts a long file when nothing
/// came since `before`.
async fn look(
    connection: &DatabaseConnection,
    files: &mut Files,
    before: Progress,
) -> Result<Progress, DbErr> {
    let progress = pass(connection, files, before).await?;
    if progress == before && progress.left() == 0 {
        let bytes = fs::metadata(&files.log).map_or(0, |file| file.len());
        if bytes > KEPT_BYTES {
            return begin_anew(connection, "TRUNCATE", BRIEFLY_MS).await;
        }
    }
    if progress.pages > LARGE_PAGES {
        return shorten(connection, files, progress).await;
    }
    Ok(progress)
}

/// Begins a large log anew once little is left to move.
async fn shorten(
    connection: &DatabaseConnection,
    files: &mut Files,
    mut progress: Progress,
) -> Result<Progress, DbErr> {
    for _ in 0..PASSES {
        progress = pass(connection, files, progress).await?;
        if progress.left() <= FEW_PAGES {
            break;
        }
    }
    if progress.pages > HUGE_PAGES {
        return begin_anew(connection, "RESTART", AT_LENGTH_MS).await;
    }
    if progress.left() <= FEW_PAGES {
        return begin_anew(connection, "RESTART", BRIEFLY_MS).await;
    }
    Ok(progress)
}

/// Moves what can be moved without hindering anybody. A new beginning waits until all that was ever moved is on disk, and commits
/// wait with it: so it is brought there a little at a time.
async fn pass(
    connection: &DatabaseConnection,
    files: &mut Files,
    before: Progress,
) -> Result<Progress, DbErr> {
    let progress = checkpoint(connection, "PASSIVE").await?;
    if progress != before
        && progress.pages > FEW_PAGES
        && let Err(error) = files.flush().await
    {
        tracing::warn!(%error, "the journal's file was not flushed; commits may have to wait for that");
    }
    Ok(progress)
}

async fn begin_anew(
    connection: &DatabaseConnection,
    mode: &str,
    busy_ms: u32,
) -> Result<Progress, DbErr> {
    let busy = format!("PRAGMA busy_timeout = {busy_ms}");
    connection.execute_unprepared(&busy).await?;
    checkpoint(connection, mode).await
}

async fn checkpoint(connection: &DatabaseConnection, mode: &str) -> Result<Progress, DbErr> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let row = connection
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("checkpoint".to_owned()))?;
    // busy, pages in the log, pages moved
    Ok(Progress {
        pages: row.try_get_by_index(1)?,
        moved: row.try_get_by_index(2)?,
    })
}
