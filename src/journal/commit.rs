//! The session that commits: what it asks the database, and how it knows that it is still the one with the lock.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sha2::{Digest, Sha256};

use super::entity::{journal_state, webhook_event};
use super::error::{JournalError, within};
use super::event::Incoming;
use super::insert::{self, New};
use super::owner::session_name;

/// Rows of one page of what is caught up with.
const ROWS: u64 = 500;

/// What makes two events the same: `event_ts` (0 = none) and the SHA-256 of the raw body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    event_ts: i64,
    hash: [u8; 32],
}

impl Key {
    pub(super) fn of(incoming: &Incoming) -> Self {
        Self {
            event_ts: incoming.delivery.event_ts.unwrap_or(0),
            hash: Sha256::digest(&incoming.body).into(),
        }
    }

    /// As a row has it; none where the hash has not 32 bytes.
    pub(super) fn stored(event_ts: i64, hash: Vec<u8>) -> Option<Self> {
        let hash = hash.try_into().ok()?;
        Some(Self { event_ts, hash })
    }

    pub(super) fn event_ts(&self) -> i64 {
        self.event_ts
    }

    pub(super) fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

/// A connection that holds the journal's lock.
pub(super) struct Session {
    connection: DatabaseConnection,
    name: String,
    /// Bounds every call.
    limit: Duration,
    /// No `seq` is above it.
    highest: AtomicI64,
}

impl Session {
    /// A session over a connection that holds the lock.
    pub(super) async fn open(
        connection: DatabaseConnection,
        name: String,
        limit: Duration,
    ) -> Result<Self, JournalError> {
        let session = Self {
            connection,
            name,
            limit,
            highest: AtomicI64::new(0),
        };
        session.highest.store(session.highest().await?, Relaxed);
        Ok(session)
    }

    /// Commits what is not yet there; answers the `seq` of each event that was new. All of it or nothing.
    pub(super) async fn insert(&self, events: &[(Key, &Incoming)]) -> Result<New, JournalError> {
        let insert = async {
            match self.connection.get_database_backend() {
                DbBackend::Postgres => {
                    insert::postgres(&self.connection, events, &self.name).await
                }
                _ => {
                    self.check("")?;
                    insert::sqlite(&self.connection, events, self.highest.load(Relaxed)).await
                }
            }
        };
        let new = within(self.limit, insert).await?;
        if let Some(highest) = new.values().max() {
            self.highest.store(*highest, Relaxed);
        }
        if new.len() < events.len() {
            self.verify().await?; // duplicates, or another session
        }
        Ok(new)
    }

    /// A tiny write: whether the store takes commits. Where an older one of ours is still under way, this waits for its end.
    pub(super) async fn probe(&self) -> Result<(), JournalError> {
        let write = async {
            let transaction = self.connection.begin_with_options(writing()).await?;
            self.check(&self.ask_name(&transaction).await?)?;
            let probe = journal_state::ActiveModel {
                key: Set("probe".to_owned()),
                value: Set(uuid::Uuid::new_v4().to_string()),
            };
            journal_state::Entity::insert(probe)
                .on_conflict(
                    OnConflict::column(journal_state::Column::Key)
                        .update_column(journal_state::Column::Value)
                        .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
            transaction.commit().await
        };
        within(self.limit, write).await
    }

    /// Whether the connection lives and is still the one that took the lock.
    pub(super) async fn verify(&self) -> Result<(), JournalError> {
        let ask = async { self.check(&self.ask_name(&self.connection).await?) };
        within(self.limit, ask).await
    }

    /// The highest `seq` in the table; 0 in an empty one.
    pub(super) async fn highest(&self) -> Result<i64, JournalError> {
        let highest = webhook_event::Entity::find()
            .select_only()
            .column(webhook_event::Column::Seq)
            .order_by_desc(webhook_event::Column::Seq)
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.connection);
        Ok(within(self.limit, highest).await?.unwrap_or(0))
    }

    /// The next rows after `seq`, in order; none at the end.
    pub(super) async fn after(&self, seq: i64) -> Result<Vec<webhook_event::Model>, JournalError> {
        let rows = webhook_event::Entity::find()
            .filter(webhook_event::COLUMN.seq.gt(seq))
            .order_by_asc(webhook_event::Column::Seq)
            .limit(ROWS)
            .all(&self.connection);
        within(self.limit, rows).await
    }

    /// The next `seq` is above `seq`, which must not be below any that was ever given.
    pub(super) async fn advance(&self, seq: i64) -> Result<(), JournalError> {
        let backend = self.connection.get_database_backend();
        let statements: &[&str] = match backend {
            DbBackend::Postgres => {
                &["SELECT setval(pg_get_serial_sequence('webhook_events', 'seq'), $1)"]
            }
            // Before the first event there is no row.
            _ => &[
                "DELETE FROM sqlite_sequence WHERE name = 'webhook_events' AND seq < $1",
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'webhook_events', $1 \
                 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'webhook_events')",
            ],
        };
        let advance = async {
            let transaction = self.connection.begin_with_options(writing()).await?;
            self.check(&self.ask_name(&transaction).await?)?;
            for sql in statements {
                let statement = Statement::from_sql_and_values(backend, *sql, [seq.into()]);
                transaction.execute_raw(statement).await?;
            }
            transaction.commit().await
        };
        within(self.limit, advance).await
    }

    /// Gives the lock back.
    pub(super) async fn close(self) {
        let _ = within(self.limit, self.connection.close()).await;
    }

    async fn ask_name(&self, connection: &impl ConnectionTrait) -> Result<String, DbErr> {
        let backend = connection.get_database_backend();
        let sql = format!("SELECT {} AS session", session_name(backend));
        let row = connection
            .query_one_raw(Statement::from_string(backend, sql))
            .await?;
        row.ok_or_else(|| DbErr::RecordNotFound("session".to_owned()))?
            .try_get("", "session")
    }

    /// Fails in a session other than the one that took the lock, before anything of it is committed.
    fn check(&self, name: &str) -> Result<(), DbErr> {
        if name == self.name {
            return Ok(());
        }
        Err(DbErr::Custom(
            "the session with the lock is gone".to_owned(),
        ))
    }
}

/// A transaction that may write from its first statement on: SQLite refuses a lock that is asked for later.
fn writing() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connect::{Role, connect, migrate};
    use crate::zoom::envelope::Envelope;
    use crate::zoom::translate::translate;
    use sea_orm::PaginatorTrait;

    const LIMIT: Duration = Duration::from_secs(5);

    fn incoming(body: &str) -> Incoming {
        Incoming {
            delivery: translate(&Envelope::parse(body.as_bytes()).expect("an envelope")),
            received_at: 1,
            request_id: None,
            body: body.as_bytes().to_vec(),
        }
    }

    async fn session(folder: &tempfile::TempDir, name: &str) -> Session {
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("j.db").display());
        let pools = connect(&url.into(), 1, LIMIT, Role::Journal).await;
        let pools = pools.expect("a file is made");
        migrate(&pools).await.expect("tables are made");
        let session = Session::open(pools.write, name.to_owned(), LIMIT).await;
        session.expect("a session")
    }

    async fn rows(session: &Session) -> u64 {
        let count = webhook_event::Entity::find().count(&session.connection);
        count.await.expect("rows can be counted")
    }

    #[tokio::test]
    async fn a_session_other_than_the_one_with_the_lock_commits_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let session = session(&folder, "the one with the lock").await;
        let event = incoming(r#"{"event":"a"}"#);
        let refused = session.insert(&[(Key::of(&event), &event)]).await;
        assert!(refused.is_err_and(|error| !error.blames_data()));
        assert!(session.probe().await.is_err() && session.verify().await.is_err());
        assert_eq!(rows(&session).await, 0);
    }

    #[tokio::test]
    async fn more_rows_than_one_statement_takes_are_one_commit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let session = session(&folder, "").await;
        let events: Vec<_> = (0..1203)
            .map(|n| incoming(&format!(r#"{{"event":"a","event_ts":{n}}}"#)))
            .collect();
        let events: Vec<_> = events.iter().map(|event| (Key::of(event), event)).collect();
        let new = session.insert(&events[..703]).await.expect("committed");
        assert_eq!(new.len(), 703);
        let new = session.insert(&events).await.expect("committed");
        assert_eq!(new.len(), 500);
        assert!(events[703..].iter().all(|(key, _)| new.contains_key(key)));
        assert_eq!(rows(&session).await, 1203);
    }

    #[tokio::test]
    async fn a_refused_row_is_told_from_a_store_that_fails() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let session = session(&folder, "").await;
        let attempt = async |sql: &str| {
            let result = session.connection.execute_unprepared(sql).await;
            JournalError::from(result.expect_err("it fails"))
        };
        let sql = "INSERT INTO journal_state (key, value) VALUES ('a', NULL)";
        assert!(attempt(sql).await.blames_data());
        assert!(
            !attempt("INSERT INTO nowhere VALUES (1)")
                .await
                .blames_data()
        );
        assert!(!JournalError::TimedOut(LIMIT).blames_data());
    }
}
