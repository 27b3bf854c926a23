//! Later migrations of the service's database: a release that describes more tables or columns has one, which makes what an
//! older release did not know of.

use crate::LEDGER;
use crate::shield;
use crate::tables;
use sea_orm_migration::prelude::*;

/// `dead_events`, `occurrence_seals`, `meeting_occurrences.sealed_at`.
pub(crate) struct DeadAndSealed;

impl MigrationName for DeadAndSealed {
    fn name(&self) -> &'static str {
        "dead_and_sealed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for DeadAndSealed {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        complete(manager).await
    }
}

/// `manual_marks`, `confirmed_matches`.
pub(crate) struct MarksAndMatches;

impl MigrationName for MarksAndMatches {
    fn name(&self) -> &'static str {
        "marks_and_matches"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for MarksAndMatches {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        complete(manager).await
    }
}

/// `access_tokens`, `access_sessions`.
pub(crate) struct Access;

impl MigrationName for Access {
    fn name(&self) -> &'static str {
        "access"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Access {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        complete(manager).await
    }
}

/// `meeting_occurrences_started_at_idx`: the latest lessons, without a look at all there ever were.
pub(crate) struct Latest;

impl MigrationName for Latest {
    fn name(&self) -> &'static str {
        "latest"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Latest {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_indexes(manager).await
    }
}

/// `meeting_occurrences_zoom_meeting_id_last_at_idx` and `..._meeting_id_ended_at_idx`: a meeting's occurrences that are near, and those that run, without a
/// look at all it ever had.
pub(crate) struct Near;

impl MigrationName for Near {
    fn name(&self) -> &'static str {
        "near"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Near {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut replaced = Index::drop();
        replaced
            .if_exists()
            .name("meeting_occurrences_zoom_meeting_id_started_at_idx");
        manager.drop_index(replaced).await?;
        make_indexes(manager).await
    }
}

/// Makes the indexes of Rollcall's own tables that are described and not there.
async fn make_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in tables::ALL.iter().filter(|table| !table.school) {
        for index in table.indexes {
            if !manager.has_index(table.name, index.name).await? {
                manager.create_index(index.create(table.name)).await?;
            }
        }
    }
    Ok(())
}

/// Makes the tables, and the columns of Rollcall's own tables, that are described and not there.
async fn complete(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let mut added = Vec::new();
    for table in tables::ALL.iter().filter(|table| !table.school) {
        if !manager.has_table(table.name).await? {
            table.make(manager).await?;
            added.push(table.name);
            continue;
        }
        for column in table.columns {
            if !manager.has_column(table.name, column.name).await? {
                let mut alter = Table::alter();
                alter
                    .table(Alias::new(table.name))
                    .add_column(column.define(backend));
                manager.alter_table(alter).await?;
            }
        }
    }
    shield::cover(manager, &added, LEDGER).await
}
