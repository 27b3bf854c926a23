//! Bringing a database's tables up to date: the migrations of the `migrations` crate, in one transaction, by one process at a time.

use super::connect::{Pools, Role};
use migrations::{Journal, Main, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
};

/// PostgreSQL's advisory lock that migrations hold: "rollcall" in ASCII.
const LOCK: i64 = 0x726f_6c6c_6361_6c6c;
/// How long to wait for another process's migration, or for its locks on a table.
const LOCK_TIMEOUT: &str = "60s";

/// Why the tables are not up to date. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// What is there cannot be reconciled with what Rollcall needs; one finding a line.
    #[error("the existing tables cannot be used, nothing was changed:\n{0}")]
    Refused(String),
    /// There are tables to be made, and this role may make none.
    #[error(
        "the tables must be brought up to date, but role {role} may not create tables in schema \"{schema}\""
    )]
    Rights {
        /// The connecting role.
        role: String,
        /// The first existing schema of its search path; empty if there is none.
        schema: String,
    },
    /// The tables were made by a newer Rollcall, or the database failed.
    #[error("the tables cannot be brought up to date: {0}")]
    Database(#[from] DbErr),
}

/// How the tables of a database are, told without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tables {
    /// As this release needs them.
    Current,
    /// Migrations are to be made: `missing` `of` all.
    Pending {
        /// Not made yet.
        missing: usize,
        /// There are.
        of: usize,
    },
    /// A newer Rollcall made them.
    Newer,
    /// Row-level security hides rows of these from the connecting role.
    Hidden(Vec<String>),
}

/// How the tables for `role` are.
pub async fn tables(connection: &DatabaseConnection, role: Role) -> Result<Tables, DbErr> {
    let hidden = hidden_tables(connection).await?;
    if !hidden.is_empty() {
        return Ok(Tables::Hidden(hidden));
    }
    match role {
        Role::Store => ledger::<Main>(connection).await,
        Role::Journal => ledger::<Journal>(connection).await,
    }
}

async fn ledger<M: MigratorTrait>(connection: &DatabaseConnection) -> Result<Tables, DbErr> {
    match M::get_pending_migrations_read_only(connection).await {
        Ok(pending) if pending.is_empty() => Ok(Tables::Current),
        Ok(pending) => Ok(Tables::Pending {
            missing: pending.len(),
            of: M::migrations().len(),
        }),
        // The ledger names what this release does not know.
        Err(DbErr::Custom(_)) => Ok(Tables::Newer),
        Err(other) => Err(other),
    }
}

/// Brings the tables of the pools' role up to date; does nothing, and needs no rights to change tables, where they are. Two processes at once: the second
/// waits. A PostgreSQL that holds a school's own tables is adopted.
pub async fn migrate(pools: &Pools) -> Result<(), MigrateError> {
    match pools.role {
        Role::Store => bring_up::<Main>(pools).await,
        Role::Journal => bring_up::<Journal>(pools).await,
    }
}

async fn bring_up<M: MigratorTrait>(pools: &Pools) -> Result<(), MigrateError> {
    let hidden = hidden_tables(&pools.read).await?;
    let ledger = M::migration_table_name().to_string();
    // Without its rows the ledger says nothing of what has been done.
    if hidden.contains(&ledger) {
        return Err(refuse_hidden(&hidden));
    }
    if !is_current::<M>(&pools.write).await? {
        return run::<M>(pools).await;
    }
    if hidden.is_empty() {
        Ok(())
    } else {
        Err(refuse_hidden(&hidden))
    }
}

async fn run<M: MigratorTrait>(pools: &Pools) -> Result<(), MigrateError> {
    let transaction = pools.begin().await?;
    refuse_without_rights(&transaction).await?;
    lock(&transaction).await?;
    // Where another process was faster this finds nothing left to do.
    M::up(&transaction, None).await.map_err(classify)?;
    transaction.commit().await?;
    Ok(())
}

async fn is_current<M: MigratorTrait>(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let pending = M::get_pending_migrations_read_only(connection).await?;
    Ok(pending.is_empty())
}

/// Another role than the one that migrated may be bound by row-level security: it would see no rows, and no error either.
async fn hidden_tables(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    migrations::hidden_tables(connection).await
}

fn refuse_hidden(tables: &[String]) -> MigrateError {
    let findings: Vec<_> = tables.iter().map(|name| migrations::hidden(name)).collect();
    MigrateError::Refused(findings.join("\n"))
}

/// Says in plain words what a failing `CREATE TABLE` would say less plainly.
async fn refuse_without_rights(transaction: &DatabaseTransaction) -> Result<(), MigrateError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT current_user::text AS role, coalesce(current_schema()::text, '') AS schema, \
               coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS allowed";
    let row = transaction
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the role's rights".to_owned()))?;
    if row.try_get("", "allowed")? {
        return Ok(());
    }
    let (role, schema): (String, String) = (row.try_get("", "role")?, row.try_get("", "schema")?);
    Err(MigrateError::Rights { role, schema })
}

/// SQLite needs nothing more: the transaction has begun with the write lock.
async fn lock(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // An index on a large table takes longer than any statement of the service may.
    let settings =
        format!("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'");
    transaction.execute_unprepared(&settings).await?;
    transaction
        .execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [LOCK.into()],
        ))
        .await?;
    Ok(())
}

fn classify(error: DbErr) -> MigrateError {
    match error {
        DbErr::Migration(findings) => MigrateError::Refused(findings),
        other => MigrateError::Database(other),
    }
}
