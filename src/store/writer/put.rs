//! Rows put into a table: new ones, and those that take the place of rows with the same key.
//!
//! Thousands a second go this way, so the statements are written here and not by a builder: a few texts that are always the
//! same, each of which the database reads and plans only once. PostgreSQL takes an array for each column: however many the
//! rows, it is one text and one way there and back. SQLite knows no arrays and takes the rows.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, IdenStatic,
    Iterable, ModelTrait, Statement, Value, sea_query::ArrayType,
};
use std::iter;

/// Rows a statement on SQLite. The most stays well below its limit of variables, with up to 18 columns.
const SIZES: [usize; 3] = [128, 16, 1];
/// Rows a statement on PostgreSQL, at most.
const LENGTH: usize = 4096;
/// What PostgreSQL calls the array that says what is NULL.
const NULLS: &str = "nulls";

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

    fn text(&self) -> String {
        let key: Vec<String> = self.key.iter().map(quoted).collect();
        let replaced = self.replaced.iter().map(quoted);
        let replaced = replaced.map(|name| format!("{name}=excluded.{name}"));
        let set = self.set.iter();
        let set = set.map(|(column, word)| format!("{}='{word}'", quoted(column)));
        let changes: Vec<String> = replaced.chain(set).collect();
        let (key, changes) = (key.join(","), changes.join(","));
        format!("ON CONFLICT ({key}) DO UPDATE SET {changes}")
    }
}

/// Puts the rows into the entity's table.
pub(super) async fn put<E: EntityTrait>(
    db: &DatabaseTransaction,
    rows: &[E::Model],
    conflict: &Conflict<E::Column>,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let end = conflict.text();
    match db.get_database_backend() {
        DbBackend::Postgres => as_arrays::<E>(db, rows, &end).await,
        backend => as_rows::<E>(db, backend, rows, &end).await,
    }
}

async fn as_rows<E: EntityTrait>(
    db: &DatabaseTransaction,
    backend: DbBackend,
    mut rows: &[E::Model],
    end: &str,
) -> Result<(), DbErr> {
    let values =
        |row| <E::Column as Iterable>::iter().map(move |column| E::Model::get(row, column));
    for size in SIZES {
        if rows.len() < size {
            continue;
        }
        let row = format!("({})", list::<E::Column>(|_, _| "?".to_owned()));
        let all: Vec<&str> = iter::repeat_n(&*row, size).collect();
        let text = format!("{} VALUES {} {end}", start::<E>(), all.join(","));
        while let Some((some, rest)) = rows.split_at_checked(size) {
            let values = some.iter().flat_map(values);
            let statement = Statement::from_sql_and_values(backend, &text, values);
            db.execute_raw(statement).await?;
            rows = rest;
        }
    }
    Ok(())
}

async fn as_arrays<E: EntityTrait>(
    db: &DatabaseTransaction,
    rows: &[E::Model],
    end: &str,
) -> Result<(), DbErr> {
    let numbers = list::<E::Column>(|place, _| format!("${}", place + 2));
    let selected = list::<E::Column>(|place, column| {
        let name = quoted(&column);
        if column.def().is_null() {
            format!("CASE WHEN {NULLS} & {} = 0 THEN {name} END", bit(place))
        } else {
            name
        }
    });
    let text = format!(
        "{} SELECT {selected} FROM unnest($1,{numbers}) AS new({NULLS},{}) {end}",
        start::<E>(),
        list::<E::Column>(|_, column| quoted(&column))
    );
    for some in rows.chunks(LENGTH) {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, &text, arrays(some));
        db.execute_raw(statement).await?;
    }
    Ok(())
}

/// First a number a row whose bits say which columns of it are NULL, for arrays hold none as they are bound here; then an array of each column.
fn arrays<M: ModelTrait>(rows: &[M]) -> Vec<Value> {
    let mut nulls = vec![0_i64; rows.len()];
    let columns = <M::Entity as EntityTrait>::Column::iter();
    let columns = columns.enumerate().map(|(place, column)| {
        let values = rows.iter().zip(&mut nulls).map(|(row, nulls)| {
            let value = row.get(column);
            if value != value.as_null() {
                return value;
            }
            *nulls |= bit(place);
            value.dummy_value() // the database has to be able to read it, which of dates it is not
        });
        array(values.collect())
    });
    let columns: Vec<Value> = columns.collect();
    let nulls = array(nulls.into_iter().map(Value::from).collect());
    [nulls].into_iter().chain(columns).collect()
}

fn bit(place: usize) -> i64 {
    1 << place
}

fn array(values: Vec<Value>) -> Value {
    let kind = values.first().map_or(ArrayType::BigInt, Value::array_type);
    Value::Array(kind, Some(Box::new(values)))
}

/// Into which table and columns.
fn start<E: EntityTrait>() -> String {
    let table = E::default().table_name().to_owned();
    let columns = list::<E::Column>(|_, column| quoted(&column));
    format!("INSERT INTO \"{table}\" ({columns})")
}

/// Something of each column and its place.
fn list<C: Iterable>(form: impl Fn(usize, C) -> String) -> String {
    let forms = C::iter().enumerate();
    let forms = forms.map(|(place, column)| form(place, column));
    forms.collect::<Vec<_>>().join(",")
}

fn quoted(column: &impl IdenStatic) -> String {
    format!("\"{}\"", column.as_str())
}
