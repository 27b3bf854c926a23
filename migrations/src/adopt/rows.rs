//! Trying an adopted table with rows such as Rollcall writes: the database itself says which CHECK forbids them.
//!
//! The rows go into an empty copy of the table that has its CHECKs but no triggers, no foreign keys and no defaults (a default may draw on a sequence, and
//! that outlives a rollback). The copy is dropped again.

use super::catalog::{Catalog, quote};
use super::{Findings, attempt, database_error, said};
use crate::table::{Kind, Table};
use sea_orm_migration::prelude::*;

const COPY: &str = "rollcall_trial";

/// A row: what makes it special, in SQL. Columns that are not named are NULL where they may be, otherwise something harmless.
type Row = &'static [(&'static str, &'static str)];

/// Adds a finding for each CHECK that forbids a row that Rollcall writes.
pub(super) async fn try_out(
    manager: &SchemaManager<'_>,
    table: &Table,
    catalog: &Catalog,
    findings: &mut Findings,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let name = quote(table.name);
    let mut copy = vec![format!(
        "CREATE TABLE {COPY} (LIKE {name} INCLUDING CONSTRAINTS)"
    )];
    for facts in &catalog.columns {
        // Without a default there is nothing in it here.
        if !table.column(&facts.name).is_some_and(|column| column.used) {
            let column = quote(&facts.name);
            copy.push(format!(
                "ALTER TABLE {COPY} ALTER COLUMN {column} DROP NOT NULL"
            ));
        }
    }
    connection.execute_unprepared(&copy.join("; ")).await?;
    for row in rows(table.name) {
        if let Err(error) = attempt(manager, &insert(table, row)).await? {
            findings.add(finding(table, row, &error));
        }
    }
    connection
        .execute_unprepared(&format!("DROP TABLE {COPY}"))
        .await?;
    Ok(())
}

fn finding(table: &Table, row: Row, error: &DbErr) -> String {
    let row = row
        .iter()
        .map(|(column, value)| format!("{column} {value}"))
        .collect::<Vec<_>>()
        .join(", ");
    match database_error(error).and_then(|error| error.constraint()) {
        Some(constraint) => format!(
            "table {}: {constraint} forbids a row with {row}",
            table.name
        ),
        None => format!("table {}: a row with {row}: {}", table.name, said(error)),
    }
}

fn insert(table: &Table, row: Row) -> String {
    let used = table.columns.iter().filter(|column| column.used);
    let (names, values): (Vec<_>, Vec<_>) = used
        .map(|column| {
            let given = row.iter().find(|(name, _)| *name == column.name);
            let value = match given {
                Some((_, value)) => value,
                None if column.nullable => "NULL",
                None => harmless(column.name, column.kind),
            };
            (quote(column.name), value)
        })
        .unzip();
    format!(
        "INSERT INTO {COPY} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

fn harmless(name: &str, kind: Kind) -> &'static str {
    match kind {
        Kind::Uuid => "'8a7b1c9e-2f64-4d0a-9c55-3e1f7b6d2a10'",
        Kind::Text if name == "zoom_meeting_id" => "'98765432101'",
        Kind::Text if name == "source" => "'zoom'",
        Kind::Text => "'Rollcall'",
        Kind::Integer | Kind::BigInteger => "0",
        Kind::Boolean => "false",
        Kind::Date => "'2026-09-01'",
        Kind::Timestamp => "'2026-09-01T08:00:00Z'",
        Kind::Json => "'{}'",
    }
}

fn rows(table: &str) -> &'static [Row] {
    match table {
        "users" => &[
            &[("role", "'student'"), ("email", "'ana@example.org'")],
            &[("role", "'teacher'"), ("email", "'ben@example.org'")],
            &[("role", "'admin'"), ("email", "'eva@example.org'")],
            &[("role", "'student'"), ("email", "NULL")],
        ],
        "zoom_meetings" => &[
            &[("status", "'scheduled'")],
            &[("status", "'started'")],
            &[("status", "'ended'")],
        ],
        "zoom_participants" => &[
            &[
                ("status", "'joined'"),
                ("join_time", "'2026-09-01T08:00:00Z'"),
                ("leave_time", "NULL"),
                ("duration", "600"),
            ],
            // With an absence in between.
            &[
                ("status", "'left'"),
                ("join_time", "'2026-09-01T08:00:00Z'"),
                ("leave_time", "'2026-09-01T08:45:00Z'"),
                ("duration", "1800"),
            ],
            &[
                ("status", "'left'"),
                ("join_time", "'2026-09-01T08:45:00Z'"),
                ("leave_time", "'2026-09-01T08:45:00Z'"),
                ("duration", "0"),
            ],
            // The leave came before the join, or after the end.
            &[
                ("status", "'left'"),
                ("join_time", "'2026-09-01T08:45:00Z'"),
                ("leave_time", "NULL"),
                ("duration", "0"),
            ],
            // The join never came.
            &[
                ("status", "'left'"),
                ("join_time", "NULL"),
                ("leave_time", "'2026-09-01T08:45:00Z'"),
                ("duration", "0"),
            ],
        ],
        "attendance_records" => &[
            &[("status", "'present'"), ("seconds", "2700")],
            &[("status", "'partial'"), ("seconds", "0")],
            &[("status", "'absent'"), ("seconds", "0")],
        ],
        "meeting_registrants" => &[
            &[("status", "'approved'")],
            &[("status", "'pending'")],
            &[("status", "'denied'")],
            &[("status", "'cancelled'")],
        ],
        _ => &[],
    }
}
