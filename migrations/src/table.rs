//! How a table is described, and the statements that make it on either database.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A table, its keys and its indexes.
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether other software may have made it before Rollcall came.
    pub(crate) school: bool,
    /// The columns, in order.
    pub(crate) columns: &'static [Column],
    /// The columns of the primary key.
    pub(crate) key: &'static [&'static str],
    /// Everything else that is indexed.
    pub(crate) indexes: &'static [Index],
}

/// A column. Made by [`uuid`], [`text`] and their like, refined by its methods.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// What the database fills in where nothing is given.
    pub(crate) fill: Option<Fill>,
    /// The row that it names.
    pub(crate) refers: Option<Reference>,
    /// The only values allowed; empty: any.
    pub(crate) values: &'static [&'static str],
    /// Whether Rollcall reads and writes it.
    pub(crate) used: bool,
}

/// What a column holds; one Rust type each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInteger,
    Boolean,
    Date,
    /// An instant.
    Timestamp,
    Json,
}

/// What the database fills in.
#[derive(Clone, Copy)]
pub(crate) enum Fill {
    /// A random UUID; on PostgreSQL only.
    RandomUuid,
    Now,
    Text(&'static str),
    False,
    Zero,
}

/// A foreign key to the `id` of another table.
#[derive(Clone, Copy)]
pub(crate) struct Reference {
    pub(crate) table: &'static str,
    /// Deleting the named row deletes this one too; otherwise it forgets it.
    pub(crate) cascade: bool,
}

/// An index.
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) unique: bool,
    /// Only rows of which this holds, as SQL.
    pub(crate) only: Option<&'static str>,
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        nullable: false,
        fill: None,
        refers: None,
        values: &[],
        used: true,
    }
}

/// A table that the school may have already, made by other software.
pub(crate) const fn school(
    name: &'static str,
    columns: &'static [Column],
    indexes: &'static [Index],
) -> Table {
    Table {
        name,
        school: true,
        columns,
        key: &["id"],
        indexes,
    }
}

/// A table of Rollcall's own.
pub(crate) const fn own(
    name: &'static str,
    columns: &'static [Column],
    key: &'static [&'static str],
    indexes: &'static [Index],
) -> Table {
    Table {
        name,
        school: false,
        columns,
        key,
        indexes,
    }
}

pub(crate) const fn uuid(name: &'static str) -> Column {
    column(name, Kind::Uuid)
}

pub(crate) const fn text(name: &'static str) -> Column {
    column(name, Kind::Text)
}

pub(crate) const fn integer(name: &'static str) -> Column {
    column(name, Kind::Integer)
}

pub(crate) const fn big_integer(name: &'static str) -> Column {
    column(name, Kind::BigInteger)
}

pub(crate) const fn boolean(name: &'static str) -> Column {
    column(name, Kind::Boolean)
}

pub(crate) const fn date(name: &'static str) -> Column {
    column(name, Kind::Date)
}

pub(crate) const fn timestamp(name: &'static str) -> Column {
    column(name, Kind::Timestamp)
}

pub(crate) const fn json(name: &'static str) -> Column {
    column(name, Kind::Json)
}

pub(crate) const fn index(name: &'static str, columns: &'static [&'static str]) -> Index {
    Index {
        name,
        columns,
        unique: false,
        only: None,
    }
}

pub(crate) const fn unique(name: &'static str, columns: &'static [&'static str]) -> Index {
    Index {
        name,
        columns,
        unique: true,
        only: None,
    }
}

impl Index {
    /// Only rows of which this holds.
    pub(crate) const fn only(mut self, condition: &'static str) -> Self {
        self.only = Some(condition);
        self
    }

    /// The statement that makes it.
    pub(crate) fn create(&self, table: &str) -> IndexCreateStatement {
        let mut statement = sea_query::Index::create();
        statement.name(self.name).table(Alias::new(table));
        for column in self.columns {
            statement.col(Alias::new(*column));
        }
        if self.unique {
            statement.unique();
        }
        if let Some(condition) = self.only {
            statement.and_where(Expr::cust(condition));
        }
        statement
    }
}

impl Column {
    /// It may be NULL.
    pub(crate) const fn null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The database fills it in where nothing is given.
    pub(crate) const fn or(mut self, fill: Fill) -> Self {
        self.fill = Some(fill);
        self
    }

    /// It names a row and forgets it when that is deleted.
    pub(crate) const fn names(mut self, table: &'static str) -> Self {
        self.refers = Some(Reference {
            table,
            cascade: false,
        });
        self
    }

    /// It belongs to a row and is deleted with it.
    pub(crate) const fn of(mut self, table: &'static str) -> Self {
        self.refers = Some(Reference {
            table,
            cascade: true,
        });
        self
    }

    /// Nothing else may stand in it.
    pub(crate) const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// Other software's: it exists, Rollcall leaves it alone.
    pub(crate) const fn unused(mut self) -> Self {
        self.used = false;
        self.nullable = true;
        self
    }

    /// Its definition within a `CREATE TABLE` or `ADD COLUMN`, without its reference.
    pub(crate) fn define(&self, backend: DbBackend) -> ColumnDef {
        let mut definition = ColumnDef::new(Alias::new(self.name));
        self.kind.apply(&mut definition);
        if !self.nullable {
            definition.not_null();
        }
        if let Some(default) = self.fill_sql(backend) {
            definition.default(Expr::cust(default));
        }
        if !self.values.is_empty() {
            definition.check(Expr::col(Alias::new(self.name)).is_in(self.values.iter().copied()));
        }
        definition
    }
}

impl Column {
    /// What the database fills in, as SQL.
    pub(crate) fn fill_sql(&self, backend: DbBackend) -> Option<String> {
        self.fill.and_then(|fill| fill.sql(backend))
    }
}

impl Kind {
    fn apply(self, definition: &mut ColumnDef) {
        match self {
            Self::Uuid => definition.uuid(),
            Self::Text => definition.text(),
            Self::Integer => definition.integer(),
            Self::BigInteger => definition.big_integer(),
            Self::Boolean => definition.boolean(),
            Self::Date => definition.date(),
            Self::Timestamp => definition.timestamp_with_time_zone(),
            Self::Json => definition.json_binary(),
        };
    }
}

impl Fill {
    /// As SQL; `None` where the database has no such thing.
    fn sql(self, backend: DbBackend) -> Option<String> {
        let sqlite = backend == DbBackend::Sqlite;
        Some(match self {
            Self::RandomUuid if sqlite => return None,
            Self::RandomUuid => "gen_random_uuid()".to_owned(),
            Self::Now if sqlite => "(strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))".to_owned(),
            Self::Now => "now()".to_owned(),
            Self::Text(value) => format!("'{value}'"),
            Self::False => "false".to_owned(),
            Self::Zero => "0".to_owned(),
        })
    }
}

impl Table {
    /// Its column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Makes it, with its indexes.
    pub(crate) async fn make(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(self.create(manager.get_database_backend()))
            .await?;
        for index in self.indexes {
            manager.create_index(index.create(self.name)).await?;
        }
        Ok(())
    }

    /// The statement that makes it, foreign keys included, indexes not.
    pub(crate) fn create(&self, backend: DbBackend) -> TableCreateStatement {
        let mut statement = sea_query::Table::create();
        statement.table(Alias::new(self.name));
        for column in self.columns {
            statement.col(column.define(backend));
        }
        let mut key = sea_query::Index::create();
        for column in self.key {
            key.col(Alias::new(*column));
        }
        statement.primary_key(&mut key);
        for column in self.columns {
            if let Some(mut reference) = self.reference(column) {
                statement.foreign_key(&mut reference);
            }
        }
        statement
    }

    /// The foreign key of a column.
    pub(crate) fn reference(&self, column: &Column) -> Option<ForeignKeyCreateStatement> {
        let refers = column.refers?;
        let mut statement = ForeignKey::create();
        statement
            .name(format!("{}_{}_fkey", self.name, column.name))
            .from(Alias::new(self.name), Alias::new(column.name))
            .to(Alias::new(refers.table), Alias::new("id"))
            .on_delete(if refers.cascade {
                ForeignKeyAction::Cascade
            } else {
                ForeignKeyAction::SetNull
            });
        Some(statement)
    }
}
