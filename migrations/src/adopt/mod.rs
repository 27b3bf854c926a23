//! Taking over the tables of a school that other software made.

use crate::table::Table;
use sea_orm_migration::prelude::*;

/// Changes the existing tables so that Rollcall can work with them.
pub(crate) async fn prepare(
    _manager: &SchemaManager<'_>,
    existing: &[&'static Table],
) -> Result<(), DbErr> {
    if existing.is_empty() {
        return Ok(());
    }
    Err(refusal(existing.iter().map(|table| {
        format!("table {}: exists, and Rollcall did not make it", table.name)
    })))
}

/// Adds what needs all tables: foreign keys and indexes.
pub(crate) async fn complete(_manager: &SchemaManager<'_>, _table: &Table) -> Result<(), DbErr> {
    Ok(())
}

/// The error that lists what cannot be reconciled.
pub(crate) fn refusal(findings: impl IntoIterator<Item = String>) -> DbErr {
    let findings: Vec<_> = findings.into_iter().collect();
    DbErr::Migration(findings.join("\n"))
}
