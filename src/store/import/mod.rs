//! Storing a roster: one transaction, all of the set or nothing.
//!
//! Every table is read, edited in memory and compared with what is stored, so that only what differs is written and the
//! same set twice writes nothing. What is to become of each table is decided in a file of its own, without the database:
//! `users` (with `clashes`), `classes`, `enrolments`, `meetings`, `registrants`. Here: the transaction around it.
//!
//! What the set does not name stays as it is. Attendance is not computed here: a running service sees the new
//! `roster_version` and does it.

mod clashes;
mod classes;
mod draft;
mod enrolments;
mod meetings;
mod plan;
mod registrants;
mod stored;
mod users;
mod write;

use super::{
    audit::{self, Entry},
    connect::Pools,
    convert::utc,
    error_kind,
    state::raise_version,
};
use crate::{
    clock,
    roster::{Problems, Roster},
};
use draft::Changes;
use plan::{Plan, plan};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, Statement,
    sqlx::error::DatabaseError,
};
use serde_json::json;
use stored::Stored;

/// PostgreSQL's advisory lock that imports hold: "roster" in ASCII.
const LOCK: i64 = 0x726f_7374_6572;
/// How often a set is tried in all when somebody else keeps writing what it writes.
const ATTEMPTS: usize = 3;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// `users`.
    pub users: Counts,
    /// `classes`.
    pub classes: Counts,
    /// `class_students`.
    pub enrolments: Counts,
    /// `zoom_meetings`.
    pub meetings: Counts,
    /// `meeting_registrants`.
    pub registrants: Counts,
}

/// Rows of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Were not there.
    pub added: usize,
    /// Were there and are different now.
    pub changed: usize,
    /// Are no longer there; of enrolments only.
    pub removed: usize,
}

impl Summary {
    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For the audit: how many rows of which tables, and nobody's name.
    fn entry<'a>(&self, actor: &'a str) -> Entry<'a> {
        let tables = [
            ("users", self.users),
            ("classes", self.classes),
            ("enrolments", self.enrolments),
            ("meetings", self.meetings),
            ("registrants", self.registrants),
        ];
        let touched = tables
            .into_iter()
            .filter(|(_, counts)| *counts != Counts::default());
        let told = touched.map(|(table, counts)| {
            let Counts {
                added,
                changed,
                removed,
            } = counts;
            let counts = json!({ "added": added, "changed": changed, "removed": removed });
            (table.to_owned(), counts)
        });
        Entry {
            actor,
            action: "roster.imported",
            target: "roster".to_owned(),
            detail: Some(told.collect()),
        }
    }
}

/// Why a set was not stored. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is wrong in itself, names what is nowhere, or contradicts what is stored.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed; told without the values of any row.
    #[error("the roster was not stored: {}", told(.0))]
    Database(DbErr),
}

impl From<DbErr> for ImportError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// Stores `roster` by the hand of `actor` in the service's database, whose tables must be up to date; a service may be running on it, and other
/// imports wait.
/// If reading it found `problems`, it is only compared with what is stored, so that one import names all that is wrong.
///
/// # Errors
/// [`ImportError::Invalid`] with everything that is wrong, [`ImportError::Database`] if the database fails; either way nothing is changed.
pub async fn import(
    pools: &Pools,
    roster: &Roster,
    problems: &Problems,
    actor: &str,
) -> Result<Summary, ImportError> {
    for _ in 1..ATTEMPTS {
        match attempt(pools, roster, problems, actor).await {
            Err(ImportError::Database(error)) if is_interference(&error) => {
                tracing::warn!(
                    error = error_kind(&error),
                    "somebody else wrote the same rows, importing again"
                );
            }
            outcome => return outcome,
        }
    }
    attempt(pools, roster, problems, actor).await
}

async fn attempt(
    pools: &Pools,
    roster: &Roster,
    problems: &Problems,
    actor: &str,
) -> Result<Summary, ImportError> {
    let transaction = pools.begin().await?;
    lock(&transaction).await?;
    let stored = Stored::read(&transaction).await?;
    let now = clock::now();
    let plan = plan(stored, roster, problems.clone(), utc(now))?;
    let summary = plan.summary();
    if !summary.is_empty() {
        write::write(&transaction, plan).await?;
        raise_version(&transaction).await?;
        audit::record(&transaction, summary.entry(actor), now).await?;
    }
    transaction.commit().await?;
    Ok(summary)
}

/// One import at a time. SQLite needs nothing more: the transaction has begun with the write lock.
async fn lock(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // Waiting for another import takes longer than any statement of the service may.
    transaction
        .execute_unprepared("SET LOCAL statement_timeout = '60s'")
        .await?;
    let lock = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_advisory_xact_lock($1)",
        [LOCK.into()],
    );
    transaction.execute_raw(lock).await?;
    Ok(())
}

impl Plan {
    fn summary(&self) -> Summary {
        Summary {
            users: self.users.counts(),
            classes: self.classes.counts(),
            enrolments: self.enrolments.counts(),
            meetings: self.meetings.counts(),
            registrants: self.registrants.counts(),
        }
    }
}

impl<M> Changes<M> {
    fn counts(&self) -> Counts {
        Counts {
            added: self.added.len(),
            changed: self.changed.len(),
            removed: self.removed.len(),
        }
    }
}

/// Whether another transaction came in between: PostgreSQL's serialization failure, deadlock, unique and foreign key violation.
fn is_interference(error: &DbErr) -> bool {
    let code = database_error(error).and_then(DatabaseError::code);
    code.is_some_and(|code| ["40001", "40P01", "23505", "23503"].contains(&&*code))
}

fn told(error: &DbErr) -> String {
    let constraint = database_error(error).and_then(|error| error.constraint());
    let constraint = constraint.map(|name| format!(" by {name}"));
    error_kind(error) + &constraint.unwrap_or_default()
}

fn database_error(error: &DbErr) -> Option<&dyn DatabaseError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error()
        }
        _ => None,
    }
}
