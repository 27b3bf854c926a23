//! What can go wrong with a database, told without any value of a row.

use sea_orm::{DbErr, RuntimeErr, SqlxError};
use std::{borrow::Cow, time::Duration};

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
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// Whether the store works and refused what it was given.
    pub fn blames_data(&self) -> bool {
        matches!(self, Self::Database(error) if blames_data(error))
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
