//! Reading back: an occurrence's events from a place on, what the sweep looks for, and facts of the journal itself.

use std::time::Duration;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, Select, Statement,
};

use super::entity::{journal_state, webhook_event};
use super::error::{JournalError, within};
use super::event::{Pending, Recalled, Stretch, folds};

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
            let rows = events_of(some).all(&self.connection);
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

    /// What [`Self::pending`] would give, by occurrence.
    pub(super) async fn stretch(
        &self,
        after: i64,
        before_ms: i64,
        limit: u64,
    ) -> Result<Stretch, JournalError> {
        use webhook_event::Column::{Occurrence, ReceivedAt, Seq};
        let events = || {
            webhook_event::Entity::find()
                .select_only()
                .columns([Seq, Occurrence, ReceivedAt])
                .filter(folding())
                .filter(webhook_event::COLUMN.seq.gt(after))
                .order_by_asc(Seq)
                .limit(limit)
                .into_query()
        };
        let first_young = Query::select()
            .expr(Expr::col(Seq).min())
            .from_subquery(events(), "some")
            .and_where(Expr::col(ReceivedAt).gte(before_ms))
            .take();
        let by_occurrence = Query::select()
            .column(Occurrence)
            .expr_as(Expr::col(Seq).max(), "latest")
            .expr_as(Expr::col(Seq).count(), "events")
            .from_subquery(events(), "events")
            .and_where(Expr::col(Seq).lt(Func::coalesce([
                Expr::SubQuery(None, Box::new(first_young.into())),
                Expr::value(i64::MAX),
            ])))
            .group_by_col(Occurrence)
            .take();
        let rows = self.connection.query_all(&by_occurrence);
        let rows = within(self.limit, rows).await?;
        Ok(Stretch::of(&rows)?)
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

impl Stretch {
    /// Of rows of an occurrence, its last `seq`, and its events.
    fn of(rows: &[QueryResult]) -> Result<Self, DbErr> {
        let mut stretch = Self::default();
        for row in rows {
            let occurrence: String = row.try_get_by_index(0)?;
            let latest = row.try_get_by_index(1)?;
            stretch.latest.push((occurrence.into(), latest));
            let events: i64 = row.try_get_by_index(2)?;
            stretch.events += events.unsigned_abs();
        }
        Ok(stretch)
    }
}

/// As text and not as a value: so the database sees that the index over folding events applies.
pub(super) fn folding() -> Expr {
    Expr::cust("folds <> 0")
}

/// The folding events of each occurrence beyond its place.
fn events_of(occurrences: &[(Box<str>, i64)]) -> Select<webhook_event::Entity> {
    let any = occurrences
        .iter()
        .fold(Condition::any(), |any, (uuid, after)| {
            any.add(beyond(uuid, *after))
        });
    webhook_event::Entity::find().filter(any)
}

/// Each alternative says by itself that it is about folding events: else SQLite looks up none of them by the index, and reads it all.
fn beyond(occurrence: &str, after: i64) -> Condition {
    Condition::all()
        .add(folding())
        .add(webhook_event::Column::Occurrence.eq(occurrence))
        .add(webhook_event::Column::Seq.gt(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connect::Role;
    use crate::store::plan::{database, plan};

    #[tokio::test]
    async fn reading_back_costs_no_more_in_a_longer_journal() {
        let (_folder, db) = database(Role::Journal).await;
        for occurrences in [1, 2, 5, OCCURRENCES] {
            let wanted: Vec<_> = (0..occurrences)
                .map(|n| (n.to_string().into(), 5))
                .collect();
            let plan = plan(&db, &events_of(&wanted)).await;
            let lookups: Vec<_> = plan.iter().filter(|step| step.contains("SEARCH")).collect();
            assert_eq!(lookups.len(), occurrences, "{plan:#?}");
            let indexed = |step: &&String| step.contains("(occurrence=? AND seq>?)");
            assert!(lookups.iter().all(indexed), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("SCAN")), "{plan:#?}");
        }
    }
}
