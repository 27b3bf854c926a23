//! SQLite's checkpoints, on a connection and a task of their own: no commit pays for one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::error::within;
use super::status::Status;

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(3);
/// A log file that has grown beyond this is cut, which lets commits wait for a moment.
const LARGE_BYTES: u64 = 64 * 1024 * 1024;
/// An idle log file of less is left as it is.
const SMALL_BYTES: u64 = 4 * 1024 * 1024;

/// How long a cut may wait for readers; commits wait with it.
const BUSY_MS: u32 = 200;
/// No look takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Keeps the log of the SQLite file at `file` short for as long as this process owns the journal.
pub(super) async fn run(connection: DatabaseConnection, file: PathBuf, status: Arc<Status>) {
    let mut log = file.into_os_string();
    log.push("-wal");
    let log = PathBuf::from(log);
    let mut before = Progress::default();
    loop {
        tokio::time::sleep(PERIOD).await;
        if !status.health(0).owner {
            continue;
        }
        match within(LIMIT, look(&connection, &log, before)).await {
            Ok(progress) => before = progress,
            Err(error) => {
                tracing::warn!(error.code = %error.code(), "journal checkpoint failed");
            }
        }
    }
}

/// How many pages the log holds, and how many of them are in the database file.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Progress {
    pages: i64,
    moved: i64,
}

/// Moves what can be moved without hindering anybody; cuts the log when it is large, or when nothing came since `before`.
async fn look(
    connection: &DatabaseConnection,
    log: &Path,
    before: Progress,
) -> Result<Progress, DbErr> {
    let progress = checkpoint(connection, "PASSIVE").await?;
    let bytes = std::fs::metadata(log).map_or(0, |file| file.len());
    let idle = progress == before && progress.moved == progress.pages;
    if bytes > LARGE_BYTES || (idle && bytes > SMALL_BYTES) {
        let busy = format!("PRAGMA busy_timeout = {BUSY_MS}");
        connection.execute_unprepared(&busy).await?;
        return checkpoint(connection, "TRUNCATE").await;
    }
    Ok(progress)
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
