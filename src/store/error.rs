//! What can go wrong with a database, told without any value of a row.

use futures_util::FutureExt;
use sea_orm::{DbErr, RuntimeErr, SqlxError};
use std::{borrow::Cow, panic::AssertUnwindSafe, time::Duration};

/// Why the store did not do it. Its text may be logged; what the database says may quote values and is no
/// part of it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused, or is away.
    #[error("{}", error_kind(.0))]
    Database(DbErr),
    /// It did not answer.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// Our own code panicked on the way, or the runtime goes down; it may or may not have been done.
    #[error("a panic, see the line before, or a stop")]
    Panicked,
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// Whether what it was given is at fault: the store works and refused it, or it made us panic. Other rows may pass.
    pub fn blames_data(&self) -> bool {
        match self {
            Self::Database(error) => blames_data(error),
            Self::TimedOut(_) => false,
            Self::Panicked => true,
        }
    }
}

/// Runs a database call for at most `limit`: sqlx sets no time-out, and TCP none that is short enough.
pub async fn within<T, E: Into<StoreError>>(
    limit: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(StoreError::TimedOut(limit)),
    }
}

/// Runs a database call for at most `limit`, as [`within`] does; a panic in it is a failure like any other.
pub async fn guarded<T, E: Into<StoreError>>(
    limit: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, StoreError> {
    let call = AssertUnwindSafe(within(limit, call)).catch_unwind();
    call.await.unwrap_or(Err(StoreError::Panicked))
}

/// What kind of failure it is, in a few words.
pub fn error_kind(error: &DbErr) -> String {
    match error {
        DbErr::ConnectionAcquire(_) => "no connection in time".into(),
        DbErr::Type(what) => format!("corrupt: {what}"),
        _ => code(error).map_or_else(
            || "connection lost".into(),
            |code| format!("refused with code {code}"),
        ),
    }
}

/// `SQLSTATE` or SQLite result code; none where the database was not reached.
pub fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    match error.as_ref() {
        SqlxError::Database(error) => error.code().map(Cow::into_owned),
        _ => None,
    }
}

/// Whether the store works and refused what it was given: other rows may pass.
///
/// PostgreSQL: `SQLSTATE` classes 22 (data), 23 (constraint), 54 (limit). SQLite: `TOOBIG` 18,
/// `CONSTRAINT` 19, `MISMATCH` 20, under extended codes or not.
pub fn blames_data(error: &DbErr) -> bool {
    let Some(code) = code(error) else {
        return false;
    };
    match code.parse::<u32>() {
        Ok(result) if code.len() < 5 => matches!(result & 0xff, 18..=20),
        _ => ["22", "23", "54"]
            .iter()
            .any(|class| code.starts_with(class)),
    }
}
