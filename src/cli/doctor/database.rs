//! The main database: reachable, and with the tables of this release.

use super::report::Check;
use crate::{
    config::Config,
    store::{
        connect::{ConnectError, Tables, sqlite_file},
        inspect::Inspector,
    },
};
use std::time::Duration;

const NAME: &str = "database";
const MIGRATE: &str = "`rollcall serve` does that when it starts, `rollcall migrate` now";

/// What there is to say, and the database where there is more to ask it.
pub(super) async fn checks(config: &Config) -> (Vec<Check>, Option<Inspector>) {
    let url = &config.database.url;
    if let Some(file) = sqlite_file(url)
        && !file.exists()
    {
        let found = format!("{} is not there", file.display());
        let mend = format!("right for a new school ({MIGRATE}); else correct DATABASE_URL");
        return (vec![Check::warning(NAME, found, mend)], None);
    }
    let limit = Duration::from_secs(config.database.timeout_seconds);
    let inspector = match Inspector::open(url, limit).await {
        Ok(inspector) => inspector,
        Err(error) => return (vec![unreachable(NAME, &error)], None),
    };
    match inspector.tables().await {
        Ok(Tables::Pending { missing, of }) if missing == of => {
            (vec![empty(&inspector).await], None)
        }
        Ok(Tables::Current) => (vec![current(NAME)], Some(inspector)),
        Ok(tables) => (vec![outdated(NAME, tables)], None),
        Err(error) => (vec![failing(NAME, error.to_string())], None),
    }
}

async fn empty(inspector: &Inspector) -> Check {
    if inspector.holds_a_school().await {
        let found = "holds a school's own tables that are not adopted yet";
        let mend =
            format!("back it up; {MIGRATE}, keeps every row, and refuses what it cannot reconcile");
        return Check::warning(NAME, found, mend);
    }
    let mend = format!("{MIGRATE}; if there should be a school in it, correct DATABASE_URL");
    Check::warning(NAME, "is empty: its tables are still to be made", mend)
}

/// Tables as they should be.
pub(super) fn current(name: &'static str) -> Check {
    Check::ok(name, "answers, and its tables are up to date")
}

/// A database that does not answer.
pub(super) fn unreachable(name: &'static str, error: &ConnectError) -> Check {
    let mend = "see that the server runs and takes this user, that the file is a database, and that the URL is right";
    Check::wrong(name, error.to_string(), mend)
}

/// A database that answers, and not well.
pub(super) fn failing(name: &'static str, why: String) -> Check {
    Check::wrong(name, why, "look into the database's own log")
}

/// Tables that are not as they should be.
pub(super) fn outdated(name: &'static str, tables: Tables) -> Check {
    match tables {
        Tables::Current => current(name),
        Tables::Pending { missing, of } => Check::warning(
            name,
            format!("{missing} of {of} migrations are still to be made"),
            format!("back it up; {MIGRATE}"),
        ),
        Tables::Newer => Check::wrong(
            name,
            "a newer Rollcall has made its tables",
            "run that release, or put back the database from before",
        ),
        Tables::Hidden(tables) => Check::wrong(
            name,
            format!(
                "row-level security hides rows of {} from this role",
                tables.join(", ")
            ),
            "connect as the tables' owner or as a role with BYPASSRLS",
        ),
    }
}
