//! A store that takes no writes for a while, because somebody else has the lock: it hangs, as a slow disk or a
//! stuck transaction makes it hang.

use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use std::time::{Duration, Instant};

/// The lock is had within this.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tables of the journal.
const JOURNAL: &str = "webhook_events, journal_state";
/// Tables of the main database that every write of an actor touches.
const MAIN: &str = "meeting_occurrences, zoom_participants, attendance_records, rollcall_state";

/// Holds the lock until it is released; the process that holds it is the test's.
pub struct Hold {
    connection: DatabaseConnection,
    transaction: DatabaseTransaction,
}

impl Hold {
    /// Of the journal of the application on `database_url`.
    pub async fn journal(database_url: &str) -> Self {
        Self::take(&journal_url(database_url), JOURNAL).await
    }

    /// Of the main database.
    pub async fn main(database_url: &str) -> Self {
        Self::take(database_url, MAIN).await
    }

    /// SQLite: the whole file; PostgreSQL: these tables, which can still be read.
    async fn take(url: &str, tables: &str) -> Self {
        let connection = Database::connect(url).await.expect("a connection");
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Self::begin(&connection, tables).await {
                Ok(transaction) => {
                    return Self {
                        connection,
                        transaction,
                    };
                }
                // PostgreSQL locks one table after another, and so may meet a write that has them in another order.
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
        }
    }

    async fn begin(
        connection: &DatabaseConnection,
        tables: &str,
    ) -> Result<DatabaseTransaction, DbErr> {
        let exclusive = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Exclusive),
            ..TransactionOptions::default()
        };
        let transaction = connection.begin_with_options(exclusive).await?;
        if connection.get_database_backend() == DbBackend::Postgres {
            let sql = format!("LOCK TABLE {tables} IN EXCLUSIVE MODE");
            transaction.execute_unprepared(&sql).await?;
        }
        Ok(transaction)
    }

    /// Lets go.
    pub async fn release(self) {
        self.transaction.rollback().await.expect("released");
        self.connection.close().await.expect("closed");
    }
}

/// Where the journal lies by default: beside a SQLite database, inside a PostgreSQL one.
pub fn journal_url(database_url: &str) -> String {
    database_url.replace("rollcall.db", "rollcall-journal.db")
}

/// SHA-256 of every journaled body, in order.
pub async fn journaled(database_url: &str) -> Vec<Vec<u8>> {
    let url = journal_url(database_url);
    let connection = Database::connect(&url).await.expect("a connection");
    let sql = "SELECT body_hash FROM webhook_events";
    let backend = connection.get_database_backend();
    let rows = connection.query_all_raw(Statement::from_string(backend, sql));
    let rows = rows.await.expect("the journal");
    connection.close().await.expect("closed");
    let mut hashes: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| row.try_get("", "body_hash").expect("a hash"))
        .collect();
    hashes.sort();
    hashes
}
