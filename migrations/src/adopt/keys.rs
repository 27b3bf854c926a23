//! Keys and indexes: what must be unique, what must not be, what refers to what.

use super::catalog::{Catalog, IndexFacts, quote};
use super::{Findings, offenders};
use crate::table::{Index, Table};
use crate::tables;
use sea_orm_migration::prelude::*;

/// A unique key of a school that Rollcall's rows would break. Over the rows that Rollcall does not write it stays.
struct Narrowed {
    table: &'static str,
    columns: &'static [&'static str],
    /// Which rows it is kept for: the index that says so and stands in for it.
    index: Index,
}

/// Participants: one row a person *and occurrence*. Enrolments: one a student *and period*.
const NARROWED: &[Narrowed] = &[
    Narrowed {
        table: "zoom_participants",
        columns: &["meeting_id", "user_id"],
        index: crate::table::unique(
            "zoom_participants_invitation_key",
            &["meeting_id", "user_id"],
        )
        .only("occurrence_id IS NULL"),
    },
    Narrowed {
        table: "class_students",
        columns: &["class_id", "student_id"],
        index: crate::table::unique("class_students_undated_key", &["class_id", "student_id"])
            .only("begin_date IS NULL AND end_date IS NULL"),
    },
];

/// The statements that lift what stands in Rollcall's way; what cannot be lifted, and duplicates where there must be none, are findings.
pub(super) async fn compare(
    manager: &SchemaManager<'_>,
    table: &'static Table,
    catalog: &Catalog,
    findings: &mut Findings,
) -> Result<Vec<String>, DbErr> {
    wrong_references(table, catalog, findings);
    if !catalog
        .indexes
        .iter()
        .any(|index| index.unique && index.complete && index.is_over(table.key))
    {
        findings.add(format!("{}.id: is not the primary key", table.name));
    }
    for index in missing(table, catalog) {
        duplicates(manager, table, index, catalog, findings).await?;
    }
    let mut changes = Vec::new();
    for index in catalog.indexes.iter().filter(|index| index.unique) {
        match narrowed(table, index) {
            Some(narrowed) => changes.extend(narrow(table, index, narrowed)),
            None if stands_in_the_way(table, index) => findings.add(format!(
                "table {}: {} allows fewer rows than Rollcall writes",
                table.name, index.name
            )),
            None => {}
        }
    }
    Ok(changes)
}

/// Rollcall's indexes that no existing one stands in for. One over some rows only is not missed: it stands in for a key that the school had or had not.
pub(super) fn missing(
    table: &'static Table,
    catalog: &Catalog,
) -> impl Iterator<Item = &'static Index> {
    table.indexes.iter().filter(|wanted| {
        wanted.only.is_none() && !catalog.indexes.iter().any(|index| serves(index, wanted))
    })
}

/// Whether an existing index does what the wanted one would.
fn serves(index: &IndexFacts, wanted: &Index) -> bool {
    if !index.complete {
        return false;
    }
    if wanted.unique {
        return index.unique && index.is_over(wanted.columns);
    }
    let leading = index.columns().take(wanted.columns.len());
    leading.eq(wanted.columns.iter().copied())
}

/// Foreign keys to Rollcall's own tables. Between the school's tables they are the school's business.
pub(super) fn references(
    table: &Table,
    catalog: &Catalog,
) -> impl Iterator<Item = ForeignKeyCreateStatement> {
    table.columns.iter().filter_map(|column| {
        let to = column.refers?.table;
        let own = tables::ALL
            .iter()
            .any(|other| other.name == to && !other.school);
        let exists = catalog
            .references
            .iter()
            .any(|facts| facts.column == column.name);
        (own && !exists).then(|| table.reference(column)).flatten()
    })
}

fn wrong_references(table: &Table, catalog: &Catalog, findings: &mut Findings) {
    for column in table.columns {
        let Some(refers) = column.refers else {
            continue;
        };
        for facts in &catalog.references {
            if facts.column == column.name && !(facts.here && facts.table == refers.table) {
                findings.add(format!(
                    "{}.{}: refers to {}, must refer to {}",
                    table.name, column.name, facts.table, refers.table
                ));
            }
        }
    }
}

/// Rows that an index to be made would refuse.
async fn duplicates(
    manager: &SchemaManager<'_>,
    table: &Table,
    index: &Index,
    catalog: &Catalog,
    findings: &mut Findings,
) -> Result<(), DbErr> {
    let known = |column: &&str| catalog.column(column).is_some();
    if !index.unique || !index.columns.iter().all(known) {
        return Ok(());
    }
    let columns = index.columns.join(", ");
    let given: Vec<_> = index
        .columns
        .iter()
        .map(|column| format!("btrim({}::text) <> ''", quote(column)))
        .collect();
    let given = given.join(" AND ");
    let twice = format!(
        "({columns}) IN (SELECT {columns} FROM {} WHERE {given} GROUP BY {columns} HAVING count(*) > 1)",
        quote(table.name)
    );
    if let Some(rows) = offenders(manager, table.name, &twice).await? {
        findings.add(format!(
            "{}({columns}): must be unique, and is the same in {rows}",
            table.name
        ));
    }
    Ok(())
}

fn narrowed(table: &Table, index: &IndexFacts) -> Option<&'static Narrowed> {
    NARROWED
        .iter()
        .find(|narrowed| narrowed.table == table.name && index.is_over(narrowed.columns))
}

/// Takes the school's key away and puts the narrower one in its place; the columns that it names have been added by then.
fn narrow(table: &Table, index: &IndexFacts, narrowed: &Narrowed) -> Vec<String> {
    let drop = match &index.constraint {
        Some(constraint) => format!(
            "ALTER TABLE {} DROP CONSTRAINT {}",
            quote(table.name),
            quote(constraint)
        ),
        None => format!("DROP INDEX {}", quote(&index.name)),
    };
    let create = narrowed
        .index
        .create(table.name)
        .to_string(PostgresQueryBuilder);
    vec![drop, create]
}

/// Whether a unique key forbids rows that Rollcall writes: a participant in a second occurrence, a student's second lesson.
fn stands_in_the_way(table: &Table, index: &IndexFacts) -> bool {
    let harmless: &[&[&str]] = match table.name {
        "zoom_participants" => &[
            &["id"],
            &["occurrence_id", "person_key"],
            &["meeting_id", "user_id"],
        ],
        "attendance_records" => &[&["id"], &["student_id", "class_id", "date"]],
        "class_students" => &[&["id"], &["class_id", "student_id"]],
        _ => return false,
    };
    !harmless.iter().any(|columns| index.covers(columns))
}
