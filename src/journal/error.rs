//! What can go wrong with the journal, and which of it is the fault of one row.

use std::time::Duration;

use sea_orm::DbErr;

use crate::store::connect::{ConnectError, MigrateError};
use crate::store::error::{self, code, error_kind};

/// The journal could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// `journal.url` cannot be used, or nobody answers there.
    #[error("journal cannot be opened: {0}")]
    Connect(#[from] ConnectError),
    /// Its tables are not what they must be.
    #[error("journal: {0}")]
    Migrate(#[from] MigrateError),
    /// The lock file beside the SQLite file cannot be made.
    #[error("journal lock file cannot be opened")]
    LockFile(#[source] std::io::Error),
    /// The operating system gives no thread to commit on.
    #[error("journal thread cannot be started")]
    Thread(#[source] std::io::Error),
    /// The store refused, or is away.
    #[error("journal store failed: {}", error_kind(.0))]
    Store(DbErr),
    /// The store did not answer.
    #[error("journal store did not answer within {0:?}")]
    TimedOut(Duration),
    /// Another process owns the journal and has not finished making it.
    #[error("journal is owned by another process that has not made it yet")]
    Unmade,
    /// Our own code panicked on the way.
    #[error("a panic in the journal, see the line before")]
    Panicked,
    /// The runtime it lives on is going down.
    #[error("journal runtime is shutting down")]
    Stopped,
}

impl JournalError {
    /// `SQLSTATE` or SQLite result code, for logs: unlike a database's message it never quotes data.
    pub(super) fn code(&self) -> String {
        match self {
            Self::Store(error) => code(error).unwrap_or_else(|| "connection".to_owned()),
            Self::TimedOut(_) => "timeout".to_owned(),
            Self::LockFile(error) | Self::Thread(error) => error.kind().to_string(),
            Self::Connect(_) => "connection".to_owned(),
            Self::Migrate(_) => "migration".to_owned(),
            Self::Panicked => "panic".to_owned(),
            Self::Unmade | Self::Stopped => "state".to_owned(),
        }
    }

    /// Whether the store works and refused what it was given: other rows may pass.
    pub(super) fn blames_data(&self) -> bool {
        matches!(self, Self::Store(error) if error::blames_data(error))
    }
}

/// What the database says may quote values: it is no source, so that no chain of causes tells it.
impl From<DbErr> for JournalError {
    fn from(error: DbErr) -> Self {
        Self::Store(error)
    }
}

/// Runs a database call for at most `limit`: sqlx sets no time-out, and TCP none that is short enough.
pub(super) async fn within<T, E: Into<JournalError>>(
    limit: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, JournalError> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(JournalError::TimedOut(limit)),
    }
}
