//! Row-level security for what Rollcall adds: a school that closed its tables to others must not find new ones open beside them.

use crate::{LEDGER, journal, tables};
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

/// The tables, the school's, Rollcall's and the journal's, of which row-level security hides rows from the connecting role. PostgreSQL only.
pub async fn hidden_tables(connection: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let names = tables::ALL.iter().map(|table| table.name);
    let names = names
        .chain(journal::TABLES)
        .chain([LEDGER, journal::LEDGER]);
    select(connection, names, "row_security_active(c.oid)").await
}

/// The finding for such a table.
pub fn hidden(table: &str) -> String {
    format!(
        "table {table}: row-level security applies to this role and hides rows from it; connect as the table's owner or as a role with BYPASSRLS"
    )
}

async fn school_is_closed(manager: &SchemaManager<'_>) -> Result<bool, DbErr> {
    let school = tables::ALL.iter().filter(|table| table.school);
    let names = school.map(|table| table.name);
    let closed = select(manager.get_connection(), names, "c.relrowsecurity").await?;
    Ok(!closed.is_empty())
}

/// Those tables of which a condition on `pg_class c` holds.
async fn select(
    connection: &impl ConnectionTrait,
    names: impl Iterator<Item = &'static str>,
    condition: &str,
) -> Result<Vec<String>, DbErr> {
    let names: Vec<_> = names.map(|name| format!("'{name}'")).collect();
    let sql = format!(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname IN ({}) AND {condition} ORDER BY 1",
        names.join(", ")
    );
    let rows = connection
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}
