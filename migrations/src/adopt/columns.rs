//! Columns: types that must fit, columns that are missing, NULL where only one side knows it.

use super::catalog::{Catalog, ColumnFacts, quote};
use super::{Findings, offenders};
use crate::table::{Column, Kind, Table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Columns that take text from Zoom of any length.
const FROM_ZOOM: &[(&str, &str)] = &[
    ("zoom_participants", "zoom_participant_id"),
    ("zoom_participants", "name"),
    ("zoom_participants", "email"),
];

/// The statements that make the columns fit; what cannot be made to fit is a finding.
pub(super) async fn compare(
    manager: &SchemaManager<'_>,
    table: &Table,
    catalog: &Catalog,
    findings: &mut Findings,
) -> Result<Vec<String>, DbErr> {
    let mut changes = Vec::new();
    for column in table.columns {
        let statements = match catalog.column(column.name) {
            Some(facts) => existing(manager, table, column, facts, findings).await?,
            None => Vec::from_iter(missing(manager, table, column, findings).await?),
        };
        changes.extend(statements);
    }
    for facts in &catalog.columns {
        if table.column(&facts.name).is_none() && facts.required && !facts.filled {
            findings.add(format!(
                "{}.{}: every row needs a value, it has no default, and Rollcall does not know it",
                table.name, facts.name
            ));
        }
    }
    changes.extend(blank_emails(table, catalog));
    Ok(changes)
}

async fn missing(
    manager: &SchemaManager<'_>,
    table: &Table,
    column: &Column,
    findings: &mut Findings,
) -> Result<Option<String>, DbErr> {
    if !column.used {
        return Ok(None);
    }
    let can_fill = column.nullable || column.fill.is_some();
    if !can_fill && offenders(manager, table.name, "true").await?.is_some() {
        findings.add(format!("{}.{}: is missing", table.name, column.name));
        return Ok(None);
    }
    let statement = sea_query::Table::alter()
        .table(Alias::new(table.name))
        .add_column(column.define(DbBackend::Postgres))
        .to_string(PostgresQueryBuilder);
    Ok(Some(statement))
}

async fn existing(
    manager: &SchemaManager<'_>,
    table: &Table,
    column: &Column,
    facts: &ColumnFacts,
    findings: &mut Findings,
) -> Result<Vec<String>, DbErr> {
    let alter = format!(
        "ALTER TABLE {} ALTER COLUMN {}",
        quote(table.name),
        quote(column.name)
    );
    if !column.used {
        let must_go = facts.required && !facts.filled;
        return Ok(Vec::from_iter(
            must_go.then(|| format!("{alter} DROP NOT NULL")),
        ));
    }
    if let Some(finding) = misfit(table, column, facts) {
        findings.add(finding);
        return Ok(Vec::new());
    }
    let mut changes = Vec::new();
    if facts.limited && FROM_ZOOM.contains(&(table.name, column.name)) {
        changes.push(format!("{alter} TYPE text"));
    }
    if column.nullable && facts.required {
        changes.push(format!("{alter} DROP NOT NULL"));
    }
    if !column.nullable && !facts.required {
        let empty = format!("{} IS NULL", quote(column.name));
        if let Some(rows) = offenders(manager, table.name, &empty).await? {
            findings.add(format!(
                "{}.{}: is NULL in {rows}; Rollcall needs a value",
                table.name, column.name
            ));
        } else {
            let default = column.fill_sql(DbBackend::Postgres);
            if let Some(default) = default.filter(|_| !facts.filled) {
                changes.push(format!("{alter} SET DEFAULT {default}"));
            }
            changes.push(format!("{alter} SET NOT NULL"));
        }
    }
    if column.name == "source" {
        foreign_marks(manager, table, facts, findings).await?;
    }
    Ok(changes)
}

/// Why Rollcall can neither read nor write the column.
fn misfit(table: &Table, column: &Column, facts: &ColumnFacts) -> Option<String> {
    let place = format!("{}.{}", table.name, column.name);
    let (fits, wanted): (&[&str], _) = match column.kind {
        Kind::Uuid => (&["uuid"], "uuid"),
        Kind::Text => (&["text", "varchar", "citext"], "text"),
        Kind::Integer => (&["int4"], "integer"),
        Kind::BigInteger => (&["int8"], "bigint"),
        Kind::Boolean => (&["bool"], "boolean"),
        Kind::Date => (&["date"], "date"),
        Kind::Timestamp => (&["timestamptz"], "timestamp with time zone"),
        Kind::Json => (&["jsonb", "json"], "jsonb"),
    };
    if !fits.contains(&facts.type_name.as_str()) {
        return Some(format!(
            "{place}: is {}, must be {wanted}",
            facts.type_shown
        ));
    }
    facts
        .computed
        .then(|| format!("{place}: is computed by the database, Rollcall must write it"))
}

/// A `source` column that is not Rollcall's must not say `zoom`: such rows would be taken for Rollcall's own and overwritten.
async fn foreign_marks(
    manager: &SchemaManager<'_>,
    table: &Table,
    facts: &ColumnFacts,
    findings: &mut Findings,
) -> Result<(), DbErr> {
    let by_default = facts
        .default
        .as_deref()
        .is_some_and(|default| default.starts_with("'zoom'"));
    let rows = offenders(manager, table.name, "source = 'zoom'").await?;
    if let Some(rows) = rows.or_else(|| by_default.then(|| "new rows by default".to_owned())) {
        findings.add(format!(
            "{}.source: is 'zoom' in {rows}; only Rollcall's own rows may bear that",
            table.name
        ));
    }
    Ok(())
}

/// A missing e-mail is NULL: two blank ones would be the same person's.
fn blank_emails(table: &Table, catalog: &Catalog) -> Option<String> {
    let is_text = |facts: &ColumnFacts| matches!(&*facts.type_name, "text" | "varchar" | "citext");
    (table.name == "users" && catalog.column("email").is_some_and(is_text))
        .then(|| "UPDATE \"users\" SET email = NULL WHERE btrim(email::text) = ''".to_owned())
}
