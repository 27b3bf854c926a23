//! The first migration of the journal.

use crate::adopt;
use crate::shield;
use sea_orm_migration::prelude::*;

/// The migrations' own table.
pub(crate) const LEDGER: &str = "rollcall_journal_migrations";
/// The journal's tables.
pub(crate) const TABLES: [&str; 2] = [EVENTS, STATE];

const EVENTS: &str = "webhook_events";
const STATE: &str = "journal_state";

#[derive(DeriveMigrationName)]
pub(crate) struct Initial;

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            if manager.has_table(table).await? {
                return Err(adopt::refusal([format!(
                    "table {table}: exists, and Rollcall did not make it"
                )]));
            }
        }
        manager.create_table(events()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        manager.create_table(state()).await?;
        shield::cover(manager, &TABLES, LEDGER).await
    }
}

/// The events, as they arrived. Rows are never updated, `seq` is never used again.
fn events() -> TableCreateStatement {
    Table::create()
        .table(EVENTS)
        .col(
            ColumnDef::new("seq")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new("event_ts").big_integer().not_null())
        .col(ColumnDef::new("body_hash").binary_len(32).not_null())
        .col(ColumnDef::new("folds").small_integer().not_null())
        .col(ColumnDef::new("received_at").big_integer().not_null())
        .col(ColumnDef::new("request_id").text())
        .col(ColumnDef::new("event").text().not_null())
        .col(ColumnDef::new("meeting").text())
        .col(ColumnDef::new("occurrence").text())
        .col(ColumnDef::new("body").blob().not_null())
        .take()
}

/// The key that tells a retry, and the way to an occurrence's events.
fn indexes() -> [IndexCreateStatement; 2] {
    [
        Index::create()
            .name("webhook_events_event_ts_body_hash_key")
            .table(EVENTS)
            .col("event_ts")
            .col("body_hash")
            .unique()
            .take(),
        Index::create()
            .name("webhook_events_occurrence_seq_idx")
            .table(EVENTS)
            .col("occurrence")
            .col("seq")
            .and_where(Expr::cust("folds <> 0"))
            .take(),
    ]
}

/// Small facts of the journal itself.
fn state() -> TableCreateStatement {
    Table::create()
        .table(STATE)
        .col(ColumnDef::new("key").text().not_null().primary_key())
        .col(ColumnDef::new("value").text().not_null())
        .take()
}
