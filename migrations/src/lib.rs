//! Rollcall's schema, for SQLite and PostgreSQL alike: the tables of the service (`Main`) and those of the journal (`Journal`), which may live in
//! one database or in two. What a table holds is described in `tables`, how a school's own older tables are taken over in `adopt`.
//!
//! Run a migrator inside one transaction and under a lock: neither takes one itself.

mod adopt;
mod grown;
mod initial;
mod journal;
mod shield;
mod table;
mod tables;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
pub use shield::{hidden, hidden_tables};

/// The migrations' own table.
const LEDGER: &str = "rollcall_migrations";

/// The tables of the service: the school's seven, and Rollcall's own.
#[derive(Debug)]
pub struct Main;

impl MigratorTrait for Main {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(initial::Initial),
            Box::new(grown::DeadAndSealed),
            Box::new(grown::MarksAndMatches),
            Box::new(grown::Access),
            Box::new(grown::Latest),
            Box::new(grown::Near),
        ]
    }

    /// A name of its own: other software in the same database may use the default one.
    fn migration_table_name() -> DynIden {
        LEDGER.into_iden()
    }
}

/// The tables of the journal.
#[derive(Debug)]
pub struct Journal;

impl MigratorTrait for Journal {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(journal::Initial)]
    }

    /// Not that of [`Main`]: both may live in one PostgreSQL.
    fn migration_table_name() -> DynIden {
        journal::LEDGER.into_iden()
    }
}
