//! Reading back: an occurrence's events from a place on, what the sweep looks for, and facts of the journal itself.

use std::time::Duration;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

use super::entity::{journal_state, webhook_event};
use super::error::{JournalError, within};
use super::event::{Pending, Recalled, folds};

/// Occurrences of one SELECT: SQLite refuses an expression deeper than 1,000.
const OCCURRENCES: usize = 200;

/// Connections that only read.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) connection: DatabaseConnection,
    /// Bounds every call.
    pub(super) limit: Duration,
}

impl Reader {
    pub(super) async fn read(
        &self,
        occurrences: &[(Box<str>, i64)],
    ) -> Result<Recalled, JournalError> {
        let mut recalled = Recalled::default();
        for some in occurrences.chunks(OCCURRENCES) {
            let rows = webhook_event::Entity::find()
                .filter(folding())
                .filter(some.iter().fold(Condition::any(), |any, (uuid, after)| {
                    any.add(beyond(uuid, *after))
                }))
                .all(&self.connection);
            for row in within(self.limit, rows).await? {
                recalled.add(&row);
            }
        }
        recalled.sort();
        Ok(recalled)
    }

    pub(super) async fn pending(
        &self,
        after: i64,
        before_ms: i64,
        limit: u64,
    ) -> Result<Vec<Pending>, JournalError> {
        use webhook_event::Column::{Folds, Occurrence, ReceivedAt, Seq};
        let rows = webhook_event::Entity::find()
            .select_only()
            .columns([Seq, Occurrence, Folds, ReceivedAt])
            .filter(folding())
            .filter(webhook_event::COLUMN.seq.gt(after))
            .order_by_asc(Seq)
            .limit(limit)
            .into_tuple::<(i64, String, i16, i64)>()
            .all(&self.connection);
        let pending = |(seq, occurrence, column, received_at): (i64, String, i16, i64)| Pending {
            seq,
            occurrence: occurrence.into(),
            folds: folds(column),
            received_at,
        };
        let rows = within(self.limit, rows).await?;
        // Events are received in a slightly other order than they are committed: none is passed over.
        let old = rows
            .into_iter()
            .take_while(|(.., received_at)| *received_at < before_ms);
        Ok(old.map(pending).collect())
    }

    /// The highest `seq` ever given to an event, purged or not; 0 before the first.
    pub(super) async fn last_issued(&self) -> Result<i64, JournalError> {
        let backend = self.connection.get_database_backend();
        let sql = match backend {
            DbBackend::Postgres => {
                "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('webhook_events', 'seq')::regclass), 0) AS seq"
            }
            _ => {
                "SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'webhook_events'"
            }
        };
        let row = self
            .connection
            .query_one_raw(Statement::from_string(backend, sql));
        let row = within(self.limit, row).await?;
        let none = || DbErr::RecordNotFound("sequence".to_owned());
        Ok(row.ok_or_else(none)?.try_get("", "seq")?)
    }

    /// None in a journal that has not been made yet.
    pub(super) async fn id(&self) -> Result<Option<String>, JournalError> {
        let id = journal_state::Entity::find_by_id("journal_id".to_owned()).one(&self.connection);
        Ok(within(self.limit, id).await?.map(|state| state.value))
    }
}

/// As text and not as a value: so the database sees that the index over folding events applies.
pub(super) fn folding() -> Expr {
    Expr::cust("folds <> 0")
}

fn beyond(occurrence: &str, after: i64) -> Condition {
    Condition::all()
        .add(webhook_event::Column::Occurrence.eq(occurrence))
        .add(webhook_event::Column::Seq.gt(after))
}
