//! What a look from outside tells of the main database: nothing is made or changed there, and no lock is asked for.

use super::{
    StoreError,
    connect::{ConnectError, Role, Tables, connect_glance, tables},
    error::within,
    occurrences, state,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use secrecy::SecretString;
use std::time::Duration;

/// Looks at one database.
pub struct Inspector {
    connection: DatabaseConnection,
    limit: Duration,
}

impl Inspector {
    /// Opens it for reading. No question takes longer than `limit`.
    pub async fn open(url: &SecretString, limit: Duration) -> Result<Self, ConnectError> {
        let connection = connect_glance(url, limit, Role::Store).await?;
        Ok(Self { connection, limit })
    }

    /// How its tables are.
    pub async fn tables(&self) -> Result<Tables, StoreError> {
        within(self.limit, tables(&self.connection, Role::Store)).await
    }

    /// Whether a school's own tables are there, whoever made them.
    pub async fn holds_a_school(&self) -> bool {
        let backend = self.connection.get_database_backend();
        let statement = Statement::from_string(backend, "SELECT 1 FROM users LIMIT 1");
        // Where there is no such table the question fails.
        let answer = self.connection.query_one_raw(statement);
        within(self.limit, answer).await.is_ok()
    }

    /// The journal that it belongs to; none before its first service.
    pub async fn journal(&self) -> Result<Option<String>, StoreError> {
        within(self.limit, state::get(&self.connection, state::JOURNAL_ID)).await
    }

    /// The greatest seq that is in the projections.
    pub async fn furthest_applied(&self) -> Result<i64, StoreError> {
        within(self.limit, occurrences::furthest_applied(&self.connection)).await
    }

    /// What its server's clock says, Unix milliseconds; none where there is no server.
    pub async fn clock_ms(&self) -> Result<Option<i64>, StoreError> {
        if self.connection.get_database_backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms";
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = within(self.limit, self.connection.query_one_raw(statement)).await?;
        Ok(row.map(|row| row.try_get("", "ms")).transpose()?)
    }
}
