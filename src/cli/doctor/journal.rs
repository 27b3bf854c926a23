//! The journal: there, the database's own, not older than it, and whose at this moment.

use super::{
    database::{current, failing, outdated, unreachable},
    report::Check,
};
use crate::{
    config::Config,
    journal::{Holder, Inspector, JournalError},
    store::{
        self,
        connect::{Tables, sqlite_file},
    },
};
use std::time::Duration;

const NAME: &str = "journal";
const PUT_BACK: &str =
    "put back the one that belongs to this database, or see `rollcall journal adopt --help`";

/// What there is to say, and who owns it, where that can be told.
pub(super) async fn checks(
    config: &Config,
    database: Option<&store::inspect::Inspector>,
) -> (Vec<Check>, Holder) {
    let url = config.journal_url();
    if let Some(file) = sqlite_file(&url)
        && !file.exists()
    {
        return (
            vec![lost(&file.display().to_string(), database).await],
            Holder::Nobody,
        );
    }
    let limit = Duration::from_secs(config.database.timeout_seconds);
    let journal = match Inspector::open(&url, limit).await {
        Ok(journal) => journal,
        Err(error) => return (vec![unreachable(NAME, &error)], Holder::Untold),
    };
    let asked = examine(&journal, database).await;
    asked.unwrap_or_else(|why| (vec![failing(NAME, why)], Holder::Untold))
}

/// Where there is no journal: right for a new school only.
async fn lost(file: &str, database: Option<&store::inspect::Inspector>) -> Check {
    let paired = match database {
        Some(database) => matches!(database.journal().await, Ok(Some(_))),
        None => false,
    };
    if paired {
        let found = format!("{file} is not there, and the database belongs to one");
        return Check::wrong(NAME, found, PUT_BACK);
    }
    Check::note(
        NAME,
        format!("{file} is not there yet: `rollcall serve` makes it"),
    )
}

async fn examine(
    journal: &Inspector,
    database: Option<&store::inspect::Inspector>,
) -> Result<(Vec<Check>, Holder), String> {
    let told = |error: JournalError| error.to_string();
    let tables = journal.tables().await.map_err(told)?;
    if tables != Tables::Current {
        return Ok((vec![outdated(NAME, tables)], Holder::Nobody));
    }
    let holder = journal.holder().await.map_err(told)?;
    let mut checks = vec![match database {
        Some(database) => paired(journal, database).await?,
        None => current(NAME),
    }];
    checks.push(match holder {
        Holder::Process(id) => Check::ok(NAME, format!("is owned by process {id}")),
        Holder::Session(id) => Check::ok(NAME, format!("is owned by session {id} of PostgreSQL")),
        Holder::Nobody => Check::note(NAME, "is owned by nobody that can be seen from here"),
        Holder::Untold => Check::note(NAME, "this system does not tell who owns it"),
    });
    Ok((checks, holder))
}

/// As `serve` asks it; in this order, for an owner that works issues first and applies then.
async fn paired(
    journal: &Inspector,
    database: &store::inspect::Inspector,
) -> Result<Check, String> {
    let known = database
        .journal()
        .await
        .map_err(|error| error.to_string())?;
    let applied = database
        .furthest_applied()
        .await
        .map_err(|error| error.to_string())?;
    let id = journal.id().await.map_err(|error| error.to_string())?;
    let issued = journal
        .last_issued()
        .await
        .map_err(|error| error.to_string())?;
    Ok(match known {
        None => Check::note(
            NAME,
            "the database belongs to no journal yet: the first `rollcall serve` pairs them",
        ),
        Some(known) if Some(&known) != id.as_ref() => {
            Check::wrong(NAME, "is new or another database's", PUT_BACK)
        }
        Some(_) if issued < applied => Check::wrong(
            NAME,
            format!(
                "is older than the database: it ends at event {issued}, the database has seen {applied}"
            ),
            PUT_BACK,
        ),
        Some(_) => Check::ok(
            NAME,
            format!("belongs to this database; {issued} events so far"),
        ),
    })
}
