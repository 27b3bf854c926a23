//! What PostgreSQL knows about an existing table of the current schema.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, FromQueryResult, QueryResult, Statement};

/// A table as it is.
pub(super) struct Catalog {
    /// Its owner, where that is a role that the connecting one is no member of.
    pub(super) other_owner: Option<String>,
    pub(super) columns: Vec<ColumnFacts>,
    pub(super) indexes: Vec<IndexFacts>,
    pub(super) references: Vec<ReferenceFacts>,
}

/// A column as it is.
#[derive(FromQueryResult)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as the catalogue gives them"
)]
pub(super) struct ColumnFacts {
    pub(super) name: String,
    /// PostgreSQL's short name of the type, such as `int4`; of a domain, the type below it.
    pub(super) type_name: String,
    /// The type as people write it.
    pub(super) type_shown: String,
    /// Longest text of a `varchar(n)`.
    pub(super) limited: bool,
    pub(super) required: bool,
    /// It has a default, or is an identity, or is computed.
    pub(super) filled: bool,
    /// Nobody may write it.
    pub(super) computed: bool,
    /// The default, as SQL.
    pub(super) default: Option<String>,
}

/// An index as it is.
#[derive(FromQueryResult)]
pub(super) struct IndexFacts {
    pub(super) name: String,
    /// The constraint that it serves.
    pub(super) constraint: Option<String>,
    pub(super) unique: bool,
    /// It holds for all rows, at once, and is in order.
    pub(super) complete: bool,
    /// In order, separated by commas; `?` stands for an expression.
    columns: String,
}

/// A foreign key of one column.
#[derive(FromQueryResult)]
pub(super) struct ReferenceFacts {
    pub(super) column: String,
    pub(super) table: String,
    /// Whether that table is in the current schema.
    pub(super) here: bool,
}

impl Catalog {
    pub(super) async fn read(manager: &SchemaManager<'_>, table: &str) -> Result<Self, DbErr> {
        Ok(Self {
            other_owner: owner(manager, table).await?,
            columns: all(manager, COLUMNS, table).await?,
            indexes: all(manager, INDEXES, table).await?,
            references: all(manager, REFERENCES, table).await?,
        })
    }

    pub(super) fn column(&self, name: &str) -> Option<&ColumnFacts> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl IndexFacts {
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.split(',')
    }

    /// Whether it is over these columns, in any order.
    pub(super) fn is_over(&self, columns: &[&str]) -> bool {
        self.columns().count() == columns.len() && self.covers(columns)
    }

    /// Whether these columns are among its own.
    pub(super) fn covers(&self, columns: &[&str]) -> bool {
        columns
            .iter()
            .all(|column| self.columns().any(|own| own == *column))
    }
}

/// What bears this name in the current schema: `table`, `view` or `foreign table`.
pub(super) async fn relation(
    manager: &SchemaManager<'_>,
    name: &str,
) -> Result<Option<&'static str>, DbErr> {
    let Some(row) = one(manager, RELATION, name).await? else {
        return Ok(None);
    };
    let kind: String = row.try_get("", "kind")?;
    Ok(Some(match kind.as_str() {
        "r" | "p" => "table",
        "f" => "foreign table",
        _ => "view",
    }))
}

/// A name as an SQL identifier.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn owner(manager: &SchemaManager<'_>, table: &str) -> Result<Option<String>, DbErr> {
    match one(manager, OTHER_OWNER, table).await? {
        Some(row) => row.try_get("", "owner").map(Some),
        None => Ok(None),
    }
}

async fn one(
    manager: &SchemaManager<'_>,
    sql: &str,
    table: &str,
) -> Result<Option<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [table.into()]);
    manager.get_connection().query_one_raw(statement).await
}

async fn all<T: FromQueryResult>(
    manager: &SchemaManager<'_>,
    sql: &str,
    table: &str,
) -> Result<Vec<T>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [table.into()]);
    let rows = manager.get_connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| T::from_query_result(row, ""))
        .collect()
}

const RELATION: &str = "
    SELECT c.relkind::text AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";

const OTHER_OWNER: &str = "
    SELECT pg_get_userbyid(c.relowner)::text AS owner
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind IN ('r', 'p')
      AND NOT pg_has_role(c.relowner, 'USAGE')";

const COLUMNS: &str = "
    SELECT a.attname::text AS name,
           coalesce(base.typname, t.typname)::text AS type_name,
           format_type(a.atttypid, a.atttypmod) AS type_shown,
           a.atttypmod > 0 AS limited,
           a.attnotnull AS required,
           a.atthasdef OR a.attidentity <> '' AS filled,
           a.attgenerated <> '' OR a.attidentity = 'a' AS computed,
           pg_get_expr(d.adbin, d.adrelid) AS \"default\"
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type base ON base.oid = t.typbasetype AND t.typtype = 'd'
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";

const INDEXES: &str = "
    SELECT i.relname::text AS name,
           (SELECT k.conname::text FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.conrelid = x.indrelid LIMIT 1) AS \"constraint\",
           x.indisunique AS \"unique\",
           x.indpred IS NULL AND x.indisvalid AND x.indimmediate AS complete,
           (SELECT string_agg(coalesce(a.attname::text, '?'), ',' ORDER BY key.position)
            FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS key(number, position)
            LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = key.number AND key.number > 0
            WHERE key.position <= x.indnkeyatts) AS columns
    FROM pg_index x
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class i ON i.oid = x.indexrelid
    WHERE n.nspname = current_schema() AND c.relname = $1
    ORDER BY 1";

const REFERENCES: &str = "
    SELECT a.attname::text AS \"column\", f.relname::text AS \"table\", fn.nspname = current_schema() AS here
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class f ON f.oid = k.confrelid
    JOIN pg_namespace fn ON fn.oid = f.relnamespace
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.contype = 'f' AND array_length(k.conkey, 1) = 1
      AND n.nspname = current_schema() AND c.relname = $1
    ORDER BY 1, 2";
