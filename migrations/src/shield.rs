//! Row-level security for what Rollcall adds: a school that closed its tables to others must not find new ones open beside them.

use crate::tables;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

/// Enables row-level security on `added` and `ledger` (the migrations' own table) if any of the school's tables has it. PostgreSQL only.
/// Their owner, which the service connects as, is not bound by it.
pub(crate) async fn cover(
    manager: &SchemaManager<'_>,
    added: &[&str],
    ledger: &str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres || !school_is_closed(manager).await? {
        return Ok(());
    }
    for table in added.iter().copied().chain([ledger]) {
        let sql = format!(r#"ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY"#);
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

async fn school_is_closed(manager: &SchemaManager<'_>) -> Result<bool, DbErr> {
    let names: Vec<_> = tables::ALL
        .iter()
        .filter(|table| table.school)
        .map(|table| format!("'{}'", table.name))
        .collect();
    let sql = format!(
        "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relrowsecurity AND c.relname IN ({})",
        names.join(", ")
    );
    let row = manager
        .get_connection()
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(row.is_some())
}
