//! Rows put into a table: new ones, and those that take the place of rows with the same key.
//!
//! Thousands a second go this way, so the statements are written here and not by a builder: a few texts that are always the
//! same, each of which the database reads and plans only once.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable,
    ModelTrait, Statement, Value,
};
use std::fmt::Write;

/// Rows a statement. The most stays well below both databases' limits of variables, with up to 18 columns.
const SIZES: [usize; 3] = [128, 16, 1];

/// What happens to a row whose key is there already.
pub(super) struct Conflict<C: 'static> {
    key: &'static [C],
    replaced: Vec<C>,
    /// A column that becomes this, a word of ours.
    set: Option<(C, &'static str)>,
}

impl<C: Iterable + IdenStatic> Conflict<C> {
    /// These are replaced.
    pub(super) fn replace(key: &'static [C], replaced: &[C]) -> Self
    where
        C: Copy,
    {
        Self {
            key,
            replaced: replaced.to_vec(),
            set: None,
        }
    }

    /// And this column becomes `word`.
    pub(super) fn and_set(self, column: C, word: &'static str) -> Self {
        let set = Some((column, word));
        Self { set, ..self }
    }

    /// All of it is replaced but its key and these. What an index or another table hangs on costs most, even where it stays the same.
    pub(super) fn replace_but(key: &'static [C], kept: &[C]) -> Self {
        let is_kept = |column: &C| {
            let mut all = key.iter().chain(kept);
            all.any(|kept| kept.as_str() == column.as_str())
        };
        let replaced = C::iter().filter(|column| !is_kept(column)).collect();
        Self {
            key,
            replaced,
            set: None,
        }
    }
}

/// Puts the rows into the entity's table.
pub(super) async fn put<E: EntityTrait>(
    db: &DatabaseTransaction,
    mut rows: &[E::Model],
    conflict: &Conflict<E::Column>,
) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    for size in SIZES {
        if rows.len() < size {
            continue;
        }
        let text = text::<E>(backend, size, conflict);
        while let Some((some, rest)) = rows.split_at_checked(size) {
            let values = some.iter().flat_map(values);
            let statement = Statement::from_sql_and_values(backend, &text, values);
            db.execute_raw(statement).await?;
            rows = rest;
        }
    }
    Ok(())
}

fn values<M: ModelTrait>(row: &M) -> impl Iterator<Item = Value> {
    <M::Entity as EntityTrait>::Column::iter().map(|column| row.get(column))
}

/// The statement for so many rows.
fn text<E: EntityTrait>(backend: DbBackend, rows: usize, conflict: &Conflict<E::Column>) -> String {
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let names = list(&columns, |name| format!("\"{name}\""));
    let table = E::default().table_name().to_owned();
    let mut sql = format!("INSERT INTO \"{table}\" ({names}) VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for place in 0..columns.len() {
            let comma = if place == 0 { "" } else { "," };
            let _ = match backend {
                DbBackend::Postgres => write!(sql, "{comma}${}", row * columns.len() + place + 1),
                _ => write!(sql, "{comma}?"),
            };
        }
        sql.push(')');
    }
    let key = list(conflict.key, |name| format!("\"{name}\""));
    let replaced = list(&conflict.replaced, |name| {
        format!("\"{name}\"=excluded.\"{name}\"")
    });
    let _ = write!(sql, " ON CONFLICT ({key}) DO UPDATE SET {replaced}");
    if let Some((column, word)) = &conflict.set {
        let _ = write!(sql, ",\"{}\"='{word}'", column.as_str());
    }
    sql
}

fn list<C: IdenStatic>(columns: &[C], form: impl Fn(&str) -> String) -> String {
    let names = columns.iter().map(|column| form(column.as_str()));
    names.collect::<Vec<_>>().join(",")
}
