//! Taking over the tables of a school that other software made, on PostgreSQL.
//!
//! First everything is looked at and every finding collected, then what is missing is added, then the tables are tried with rows such as Rollcall writes.
//! Rows are kept as they are, but for blank e-mails of users, which become NULL. All of it happens in the caller's transaction: with a single finding it
//! ends in an error, and nothing has been changed.

mod catalog;
mod columns;
mod keys;
mod rows;

use crate::shield;
use crate::table::Table;
use crate::tables;
use catalog::{Catalog, quote};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, RuntimeErr, Statement, TransactionTrait, sqlx};

/// The school's tables that exist; after this Rollcall can work with them. An error lists what cannot be reconciled.
pub(crate) async fn prepare(manager: &SchemaManager<'_>) -> Result<Vec<&'static Table>, DbErr> {
    let mut findings = Findings::default();
    let existing = existing(manager, &mut findings).await?;
    if existing.is_empty() {
        return findings.into_result().map(|()| existing);
    }
    for table in shield::hidden_tables(manager.get_connection()).await? {
        findings.add(shield::hidden(&table));
    }
    for &table in &existing {
        adopt(manager, table, &mut findings).await?;
    }
    findings.into_result().map(|()| existing)
}

/// Adds what needs the other tables too: foreign keys to Rollcall's own, and indexes.
pub(crate) async fn complete(
    manager: &SchemaManager<'_>,
    table: &'static Table,
) -> Result<(), DbErr> {
    let catalog = Catalog::read(manager, table.name).await?;
    for statement in keys::references(table, &catalog) {
        manager.create_foreign_key(statement).await?;
    }
    for index in keys::missing(table, &catalog) {
        let mut statement = index.create(table.name);
        if catalog.indexes.iter().any(|old| old.name == index.name) {
            statement.name(format!("rollcall_{}", index.name));
        }
        manager.create_index(statement).await?;
    }
    Ok(())
}

/// The error that lists what cannot be reconciled.
pub(crate) fn refusal(findings: impl IntoIterator<Item = String>) -> DbErr {
    let findings: Vec<_> = findings.into_iter().collect();
    DbErr::Migration(findings.join("\n"))
}

/// What cannot be reconciled, in the order found, each once.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, finding: String) {
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }

    fn into_result(self) -> Result<(), DbErr> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(refusal(self.0))
        }
    }
}

/// The school's tables that are there. Whatever else bears the name of one of ours is a finding.
async fn existing(
    manager: &SchemaManager<'_>,
    findings: &mut Findings,
) -> Result<Vec<&'static Table>, DbErr> {
    let mut existing = Vec::new();
    for table in tables::ALL {
        match catalog::relation(manager, table.name).await? {
            None => {}
            Some(kind) if !table.school => findings.add(format!(
                "{kind} {}: exists, and Rollcall did not make it",
                table.name
            )),
            Some("table") => existing.push(table),
            Some(kind) => findings.add(format!("{}: is a {kind}, must be a table", table.name)),
        }
    }
    Ok(existing)
}

async fn adopt(
    manager: &SchemaManager<'_>,
    table: &'static Table,
    findings: &mut Findings,
) -> Result<(), DbErr> {
    let catalog = Catalog::read(manager, table.name).await?;
    if let Some(owner) = &catalog.other_owner {
        findings.add(format!(
            "table {}: belongs to {owner}; connect as a role that may change it",
            table.name
        ));
        return Ok(());
    }
    if catalog.column("id").is_none() {
        findings.add(format!("{}.id: is missing", table.name));
        return Ok(());
    }
    let before = findings.0.len();
    let mut changes = columns::compare(manager, table, &catalog, findings).await?;
    changes.extend(keys::compare(manager, table, &catalog, findings).await?);
    for change in changes {
        if let Err(error) = attempt(manager, &change).await? {
            findings.add(format!("table {}: {}", table.name, said(&error)));
        }
    }
    if findings.0.len() == before {
        rows::try_out(manager, table, &catalog, findings).await?;
    }
    Ok(())
}

/// Runs a statement that may fail without spoiling the transaction.
async fn attempt(manager: &SchemaManager<'_>, sql: &str) -> Result<Result<(), DbErr>, DbErr> {
    let savepoint = manager.get_connection().begin().await?;
    match savepoint.execute_unprepared(sql).await {
        Ok(_) => savepoint.commit().await.map(Ok),
        Err(error) => {
            savepoint.rollback().await?;
            Ok(Err(error))
        }
    }
}

/// What the database says, without the driver's words around it and without values of rows.
fn said(error: &DbErr) -> String {
    database_error(error).map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

fn database_error(error: &DbErr) -> Option<&dyn sqlx::error::DatabaseError> {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) =
        error
    else {
        return None;
    };
    inner.as_database_error()
}

/// How many rows of a table a condition holds for, and the ids of up to three of them; `None` if there are none.
async fn offenders(
    manager: &SchemaManager<'_>,
    table: &str,
    condition: &str,
) -> Result<Option<String>, DbErr> {
    let table = quote(table);
    let sql = format!(
        "SELECT count(*) AS rows, \
         coalesce((SELECT string_agg(id, ', ') FROM (SELECT id::text AS id FROM {table} WHERE {condition} ORDER BY 1 LIMIT 3) few), '') AS ids \
         FROM {table} WHERE {condition}"
    );
    let row = manager
        .get_connection()
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("a count".to_owned()))?;
    let (rows, ids): (i64, String) = (row.try_get("", "rows")?, row.try_get("", "ids")?);
    Ok((rows > 0).then(|| format!("{rows} rows, such as {ids}")))
}
