//! The first migration of the service's database: what is missing is made, what a school already has is adopted.

use crate::LEDGER;
use crate::adopt;
use crate::shield;
use crate::tables;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Initial;

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// `DbErr::Migration` lists what cannot be reconciled; nothing has been changed then.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let existing = if manager.get_database_backend() == DbBackend::Postgres {
            adopt::prepare(manager).await?
        } else {
            refuse_existing(manager).await?;
            Vec::new()
        };
        let mut added = Vec::new();
        for table in tables::ALL {
            if existing.iter().any(|old| old.name == table.name) {
                adopt::complete(manager, table).await?;
            } else {
                table.make(manager).await?;
                added.push(table.name);
            }
        }
        shield::cover(manager, &added, LEDGER).await
    }
}

/// Only PostgreSQL is adopted: elsewhere the names must be free.
async fn refuse_existing(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut taken = Vec::new();
    for table in tables::ALL {
        if manager.has_table(table.name).await? {
            taken.push(format!(
                "table {}: exists, and Rollcall did not make it",
                table.name
            ));
        }
    }
    if taken.is_empty() {
        Ok(())
    } else {
        Err(adopt::refusal(taken))
    }
}
