//! Connections: how SQLite and PostgreSQL are opened, for the service's tables and for the journal alike.
//!
//! SQLite: WAL, every commit flushed to disk (`synchronous = FULL`), one connection that writes and a pool that can only read. PostgreSQL: two pools,
//! so that reports never take the writers' connections; they belong to the runtime that opens them. What a statement does is not decided here.

mod fitness;

use super::migrate;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};
use std::{path::PathBuf, time::Duration};

pub use migrate::{MigrateError, Tables, migrate, tables};

/// PostgreSQL ends a session that leaves a transaction alone for so long: its client has vanished, and others wait for its locks.
const ABANDONED: Duration = Duration::from_secs(30);
/// Writers of the service's tables on PostgreSQL: the projections' writer, and operators' actions beside it.
const POSTGRES_WRITERS: u32 = 4;

/// What the connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The school's tables and the projections.
    Store,
    /// The journal. Its writer is one connection that is never closed for age or idleness, as it may hold a session's lock; on SQLite no commit of
    /// it pays for a checkpoint (`wal_autocheckpoint = 0`): whoever owns the journal runs `PRAGMA wal_checkpoint`.
    Journal,
}

impl Role {
    /// How much of a SQLite file its writer keeps in memory, in KiB (negative: not in pages): what is live, of the journal a page of its index by
    /// occurrence for each of them. Not more, for SQLite looks through all of it at most commits, and the journal commits often.
    fn cache(self) -> &'static str {
        match self {
            Self::Store => "-32768",
            Self::Journal => "-8192",
        }
    }

    /// Pages of SQLite's log after which a commit moves them into the database file. More would be moved seldomer, a page that was written
    /// many times once; but the journal's commits wait for the same disk. Never for the journal.
    fn checkpoint_pages(self) -> &'static str {
        match self {
            Self::Store => "2000",
            Self::Journal => "0",
        }
    }
}

/// The connections to one database. Clones share them.
#[derive(Clone, Debug)]
pub struct Pools {
    /// For writing. On SQLite a single connection.
    pub write: DatabaseConnection,
    /// For reading; on SQLite it cannot write.
    pub read: DatabaseConnection,
    /// Which database it is.
    pub backend: DbBackend,
    /// What it is for.
    pub role: Role,
}

/// Why there is no connection. One line, with the place, without a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be used; nothing was tried.
    #[error("database URL not usable: {0}")]
    Url(String),
    /// The database does not answer, or refuses.
    #[error("database unreachable: {place}: {reason}")]
    Unreachable {
        /// `host:port/database` or the file's path.
        place: String,
        /// What the operating system or the database says.
        reason: String,
    },
}

/// Opens `url` (`sqlite://path[?mode=rwc]` or `postgres://...`) with at most `reads` connections for reading. It is tried at once; `timeout` bounds the
/// attempt, later waits for a connection or a lock, and, on PostgreSQL, every statement.
pub async fn connect(
    url: &SecretString,
    reads: u32,
    timeout: Duration,
    role: Role,
) -> Result<Pools, ConnectError> {
    let url = url.expose_secret();
    let limits = Limits {
        reads: reads.max(1),
        timeout,
        role,
    };
    match backend(url)? {
        DbBackend::Sqlite => limits.sqlite(url).await,
        _ => limits.postgres(url).await,
    }
}

/// Opens `url` for reading alone, with one connection: nothing is made or changed there, and no lock of a service's is asked for.
pub async fn connect_reader(
    url: &SecretString,
    timeout: Duration,
    role: Role,
) -> Result<DatabaseConnection, ConnectError> {
    let (limits, url) = (Limits::of_one(timeout, role), url.expose_secret());
    match backend(url)? {
        DbBackend::Sqlite => limits.sqlite_reader(url).await,
        _ => limits.postgres_reader(url).await,
    }
}

/// As [`connect_reader`], for a glance: where nobody has a SQLite file open, not even the files are made beside it that SQLite gives to readers.
/// (Whoever opens it meanwhile is not disturbed; it is the glance that may then be out of focus.)
pub async fn connect_glance(
    url: &SecretString,
    timeout: Duration,
    role: Role,
) -> Result<DatabaseConnection, ConnectError> {
    let (limits, url) = (Limits::of_one(timeout, role), url.expose_secret());
    match backend(url)? {
        DbBackend::Sqlite => limits.sqlite_glance(url).await,
        _ => limits.postgres_reader(url).await,
    }
}

impl Pools {
    /// Begins a transaction that writes. On SQLite it takes the write lock at once: one that reads first and writes later fails when another process
    /// has written in between.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write.close().await
    }
}

/// What all pools of one call have in common.
#[derive(Clone, Copy)]
struct Limits {
    reads: u32,
    timeout: Duration,
    role: Role,
}

impl Limits {
    /// Of one connection, which reads.
    fn of_one(timeout: Duration, role: Role) -> Self {
        Self {
            reads: 1,
            timeout,
            role,
        }
    }

    async fn sqlite(self, url: &str) -> Result<Pools, ConnectError> {
        let file = self.file(url)?;
        let writer = file
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("cache_size", self.role.cache())
            .pragma("wal_autocheckpoint", self.role.checkpoint_pages());
        Ok(Pools {
            write: self.open_file(writer, 1).await?,
            read: self.open_file(reading(file), self.reads).await?,
            backend: DbBackend::Sqlite,
            role: self.role,
        })
    }

    async fn postgres(self, url: &str) -> Result<Pools, ConnectError> {
        let server = self.server(url)?;
        self.probe(&server, &postgres_place(&server)).await?;
        let writers = match self.role {
            Role::Store => POSTGRES_WRITERS,
            Role::Journal => 1,
        };
        Ok(Pools {
            write: self.open_server(&server, writers, true).await?,
            read: self.open_server(&server, self.reads, false).await?,
            backend: DbBackend::Postgres,
            role: self.role,
        })
    }

    async fn sqlite_reader(self, url: &str) -> Result<DatabaseConnection, ConnectError> {
        self.open_file(reading(self.file(url)?), self.reads).await
    }

    async fn sqlite_glance(self, url: &str) -> Result<DatabaseConnection, ConnectError> {
        let file = reading(self.file(url)?);
        let mut log = file.get_filename().as_os_str().to_owned();
        log.push("-wal");
        // Who has it open, or was killed, has left a log.
        let alone = !PathBuf::from(log).exists();
        self.open_file(file.immutable(alone), self.reads).await
    }

    async fn postgres_reader(self, url: &str) -> Result<DatabaseConnection, ConnectError> {
        let server = self
            .server(url)?
            .options([("default_transaction_read_only", "on")]);
        self.probe(&server, &postgres_place(&server)).await?;
        self.open_server(&server, self.reads, false).await
    }

    fn file(self, url: &str) -> Result<SqliteConnectOptions, ConnectError> {
        Ok(parse_sqlite(url)?
            .busy_timeout(self.timeout)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full))
    }

    async fn open_file(
        self,
        file: SqliteConnectOptions,
        connections: u32,
    ) -> Result<DatabaseConnection, ConnectError> {
        let place = file.get_filename().display().to_string();
        let mut options = self.options("sqlite://", connections);
        options.map_sqlx_sqlite_opts(move |_| quiet(&file));
        options
            .map_sqlx_sqlite_pool_opts(fitness::sqlite)
            .test_before_acquire(false)
            .idle_timeout(None::<Duration>)
            .max_lifetime(None::<Duration>);
        Database::connect(options)
            .await
            .map_err(|error| unreachable(&place, &error))
    }

    fn server(self, url: &str) -> Result<PgConnectOptions, ConnectError> {
        let server = parse_postgres(url)?.application_name(match self.role {
            Role::Store => "rollcall",
            Role::Journal => "rollcall-journal",
        });
        Ok(server.options([
            ("statement_timeout", self.timeout.as_millis().to_string()),
            (
                "idle_in_transaction_session_timeout",
                ABANDONED.as_millis().to_string(),
            ),
            ("timezone", "UTC".to_owned()),
        ]))
    }

    async fn open_server(
        self,
        server: &PgConnectOptions,
        connections: u32,
        writes: bool,
    ) -> Result<DatabaseConnection, ConnectError> {
        let place = postgres_place(server);
        let mut options = self.options("postgres://", connections);
        let server = server.clone();
        options.map_sqlx_postgres_opts(move |_| quiet(&server));
        options.connect_lazy(true).test_before_acquire(false);
        if writes && self.role == Role::Journal {
            options
                .idle_timeout(None::<Duration>)
                .max_lifetime(None::<Duration>);
        } else {
            options.map_sqlx_postgres_pool_opts(move |pool| fitness::postgres(pool, writes));
        }
        Database::connect(options)
            .await
            .map_err(|error| unreachable(&place, &error))
    }

    /// One connection, opened and closed: a pool hides why it gets none until its time is up.
    async fn probe(self, server: &PgConnectOptions, place: &str) -> Result<(), ConnectError> {
        let attempt = async {
            let connection = PgConnection::connect_with(server).await?;
            connection.close().await
        };
        match tokio::time::timeout(self.timeout, attempt).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(unreachable(place, &error)),
            Err(_) => Err(unreachable(place, &"no answer in time")),
        }
    }

    /// `scheme` stands in for the URL, which must not reach a log: the driver traces these options.
    fn options(self, scheme: &str, connections: u32) -> ConnectOptions {
        let mut options = ConnectOptions::new(scheme);
        options
            .max_connections(connections)
            .acquire_timeout(self.timeout)
            .sqlx_logging(false)
            .record_stmt_in_spans(false);
        options
    }
}

/// The file as a connection that reads opens it.
fn reading(file: SqliteConnectOptions) -> SqliteConnectOptions {
    file.create_if_missing(false).read_only(true)
}

/// No statement is logged: its values are people's.
fn quiet<O: sqlx::ConnectOptions + Clone>(options: &O) -> O {
    options.clone().disable_statement_logging()
}

/// Which database a URL is of.
fn backend(url: &str) -> Result<DbBackend, ConnectError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok(DbBackend::Sqlite),
        Some("postgres" | "postgresql") => Ok(DbBackend::Postgres),
        _ => Err(ConnectError::Url(
            "it begins with neither sqlite: nor postgres:".to_owned(),
        )),
    }
}

fn parse_sqlite(url: &str) -> Result<SqliteConnectOptions, ConnectError> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let asks = |value: &str| query.split('&').any(|pair| pair == value);
    if path.ends_with(":memory:") || asks("mode=memory") {
        return Err(ConnectError::Url(
            "a database in memory cannot be shared between connections; name a file".to_owned(),
        ));
    }
    if asks("mode=ro") || asks("immutable=1") || asks("immutable=true") {
        return Err(ConnectError::Url("it is read-only".to_owned()));
    }
    if matches!(path, "sqlite:" | "sqlite://") {
        return Err(ConnectError::Url("it names no file".to_owned()));
    }
    url.parse().map_err(|error| not_usable(&error))
}

/// The SQLite file that a url names, by one name, whichever path led to it; none in PostgreSQL.
pub fn sqlite_file(url: &SecretString) -> Option<PathBuf> {
    let url = url.expose_secret();
    if !url.starts_with("sqlite:") {
        return None;
    }
    let options: SqliteConnectOptions = url.parse().ok()?;
    let file = options.get_filename();
    Some(std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()))
}

fn parse_postgres(url: &str) -> Result<PgConnectOptions, ConnectError> {
    url.parse().map_err(|error| not_usable(&error))
}

fn postgres_place(server: &PgConnectOptions) -> String {
    let host = match server.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => server.get_host().to_owned(),
    };
    let database = server.get_database().unwrap_or(server.get_username());
    format!("{host}:{}/{database}", server.get_port())
}

fn not_usable(error: &sqlx::Error) -> ConnectError {
    ConnectError::Url(one_line(error))
}

fn unreachable(place: &str, error: &impl ToString) -> ConnectError {
    ConnectError::Unreachable {
        place: place.to_owned(),
        reason: one_line(error),
    }
}

fn one_line(error: &impl ToString) -> String {
    let text = error.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
