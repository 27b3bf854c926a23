//! Ownership: at most one process commits to a journal.
//!
//! SQLite: an OS lock on `<file>.lock`, which dies with the process. PostgreSQL: a session advisory lock, held by the
//! very connection that commits, so that losing the one is losing the other. A connection pool may replace a
//! broken connection without a word; therefore the session that took the lock is given a name, and every commit
//! checks that name inside its transaction (see [`super::commit`]).

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    QueryResult, Statement, Value,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::commit::Session;
use super::entity::journal_state;
use super::error::{JournalError, within};
use crate::store::connect::{Role, connect, migrate, sqlite_file};

/// One journal a schema: several may share a database.
pub(super) const LOCK_KEY: &str =
    "hashtextextended('rollcall journal ' || coalesce(current_schema(), ''), 0)";
/// A new release may have to rebuild an index over all events.
const MIGRATION: Duration = Duration::from_mins(10);

/// Why there is no session to commit with.
pub(super) enum Denied {
    /// Another process has the lock.
    Taken,
    /// The store refused or did not answer.
    Failed(JournalError),
}

impl<E: Into<JournalError>> From<E> for Denied {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes the journal, and takes it again after its connection broke.
pub(super) struct Owner {
    url: SecretString,
    /// Bounds every call.
    limit: Duration,
    /// SQLite: held from the first session on until the journal ends.
    lock: Option<File>,
    /// PostgreSQL: the name of the session that we had last.
    last: Option<String>,
    /// Whether this process has brought the schema up to date.
    migrated: bool,
}

impl Owner {
    pub(super) fn new(url: SecretString, limit: Duration) -> Self {
        Self {
            url,
            limit,
            lock: None,
            last: None,
            migrated: false,
        }
    }

    /// A fresh connection that holds the lock and has the schema. Nothing is written before the lock is held.
    pub(super) async fn acquire(&mut self) -> Result<Session, Denied> {
        if let (None, Some(file)) = (&self.lock, sqlite_file(&self.url)) {
            self.lock = Some(lock(&file)?);
        }
        // A writer that waits for another's lock gives up well before the call does.
        let opening = Box::pin(connect(&self.url, 1, self.limit / 2, Role::Journal));
        let pools = within(self.limit * 2, opening).await?;
        let name = match pools.backend {
            DbBackend::Postgres => self.lock_session(&pools.write).await?,
            _ => String::new(),
        };
        if !self.migrated {
            within(MIGRATION, migrate(&pools)).await?;
            within(self.limit, name_journal(&pools.write)).await?;
            self.migrated = true;
        }
        within(self.limit, pools.read.close()).await?;
        Ok(Session::open(pools.write, name, self.limit).await?)
    }

    /// Our last session, if the server believes it alive, is ended first: it would keep the lock from us.
    async fn lock_session(&mut self, connection: &DatabaseConnection) -> Result<String, Denied> {
        if let Some(last) = &self.last {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
            within(self.limit, one(connection, sql, [last.as_str().into()])).await?;
        }
        let sql = format!("SELECT pg_try_advisory_lock({LOCK_KEY}) AS locked");
        let row = within(self.limit, one(connection, &sql, [])).await?;
        if row.map(|row| row.try_get("", "locked")).transpose()? != Some(true) {
            return Err(Denied::Taken);
        }
        let name = format!("rollcall-journal-{}", Uuid::new_v4().simple());
        // The server gives up before we do, so that its answer is heard and the session lives on.
        let limit = (self.limit * 3 / 4).as_millis().to_string();
        let settings = [name.as_str().into(), limit.into()];
        within(self.limit, one(connection, SETTINGS, settings)).await?;
        self.last = Some(name.clone());
        Ok(name)
    }
}

/// The session's name; durable commits whatever the role's default; and limits by which the server itself soon ends a
/// session whose client has vanished, because that session would keep the lock.
const SETTINGS: &str = "SELECT set_config('application_name', $1, false), \
    set_config('synchronous_commit', 'on', false), \
    set_config('statement_timeout', $2, false), \
    set_config('idle_in_transaction_session_timeout', $2, false), \
    set_config('tcp_keepalives_idle', '5', false), \
    set_config('tcp_keepalives_interval', '5', false), \
    set_config('tcp_keepalives_count', '3', false), \
    set_config('tcp_user_timeout', '20000', false)";

/// The name of the session that a statement runs in, as an expression; `''` in SQLite.
pub(super) fn session_name(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "current_setting('application_name')",
        _ => "''",
    }
}

/// The file whose lock the owner of a SQLite journal holds.
pub(super) fn lock_file(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

fn lock(database: &Path) -> Result<File, Denied> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(lock_file(database))
        .map_err(JournalError::LockFile)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Denied::Taken),
        Err(TryLockError::Error(error)) => Err(JournalError::LockFile(error).into()),
    }
}

/// Gives a new journal its id.
async fn name_journal(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let id = journal_state::ActiveModel {
        key: Set("journal_id".to_owned()),
        value: Set(Uuid::now_v7().to_string()),
    };
    journal_state::Entity::insert(id)
        .on_conflict_do_nothing()
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

async fn one(
    connection: &DatabaseConnection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    connection.query_one_raw(statement).await
}
