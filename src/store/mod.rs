//! The store: everything that speaks SQL outside the journal.
//!
//! [`writer`] is the one place that writes projections; [`occurrences`] and [`school`] are what actors load.

pub mod connect;
pub mod convert;
pub mod entity;
pub mod import;
pub mod migrate;
pub mod occurrences;
pub mod reports;
pub mod school;
pub mod security;
pub mod state;
pub mod writer;

use sea_orm::{DbErr, RuntimeErr};
use std::borrow::Cow;

/// Why the store did not do it. Told without any value of a row, so that it may be logged.
#[derive(Debug, thiserror::Error)]
#[error("{}", error_kind(.0))]
pub struct StoreError(#[from] DbErr);

/// What kind of failure it is, in a word that carries none of the row's values: for logs.
pub fn error_kind(error: &DbErr) -> String {
    match error {
        DbErr::Conn(_) => "connection failed".into(),
        DbErr::ConnectionAcquire(_) => "no connection in time".into(),
        DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => {
            let code = e
                .as_database_error()
                .and_then(|e| e.code().map(Cow::into_owned));
            code.map_or_else(
                || "connection lost".into(),
                |code| format!("refused with code {code}"),
            )
        }
        DbErr::Type(what) => format!("corrupt: {what}"),
        _ => "failed".into(),
    }
}
