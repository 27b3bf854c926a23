//! Whether everything that is journaled is in the projections, as the databases themselves tell it.

use crate::service::PATIENCE;
use anyhow::{Context, Result, ensure};
use rollcall::store::connect::{Role, connect_reader};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult, Statement};
use secrecy::SecretString;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// No statement takes longer.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// A service's databases, to be read.
pub(crate) struct Databases {
    store: DatabaseConnection,
    journal: DatabaseConnection,
}

#[derive(FromQueryResult)]
struct Place {
    uuid: String,
    seq: i64,
}

impl Databases {
    /// Opens both; they are there already.
    pub(crate) async fn open(store: &str, journal: &str) -> Result<Self> {
        let open =
            async |url: &str, role| connect_reader(&SecretString::from(url), TIMEOUT, role).await;
        Ok(Self {
            store: open(store, Role::Store).await?,
            journal: open(journal, Role::Journal).await?,
        })
    }

    /// The place of the last event of each occurrence.
    pub(crate) async fn journaled(&self) -> Result<HashMap<String, i64>> {
        places(
            &self.journal,
            "SELECT occurrence AS uuid, max(seq) AS seq FROM webhook_events \
             WHERE folds <> 0 AND occurrence IS NOT NULL GROUP BY occurrence",
        )
        .await
    }

    /// How many occurrences do not hold all that is journaled of them.
    pub(crate) async fn behind(&self, journaled: &HashMap<String, i64>) -> Result<usize> {
        let sql = "SELECT uuid, applied_seq AS seq FROM meeting_occurrences";
        let applied = places(&self.store, sql).await?;
        let is_behind =
            |(uuid, seq): &(&String, &i64)| applied.get(*uuid).is_none_or(|done| done < *seq);
        Ok(journaled.iter().filter(is_behind).count())
    }

    /// Waits until no occurrence is behind.
    pub(crate) async fn until_applied(&self) -> Result<()> {
        let journaled = self.journaled().await?;
        let deadline = Instant::now() + PATIENCE;
        while self.behind(&journaled).await? > 0 {
            ensure!(Instant::now() < deadline, "not everything is ever applied");
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// A number that the store is asked for.
    pub(crate) async fn count(&self, sql: &str) -> Result<i64> {
        let row = self
            .store
            .query_one_raw(statement(&self.store, sql))
            .await?;
        Ok(row.context("a number")?.try_get_by_index(0)?)
    }

    /// Closes both.
    pub(crate) async fn close(self) -> Result<()> {
        self.store.close().await?;
        Ok(self.journal.close().await?)
    }
}

async fn places(database: &DatabaseConnection, sql: &str) -> Result<HashMap<String, i64>> {
    let places = Place::find_by_statement(statement(database, sql));
    let places = places.all(database).await?;
    Ok(places.into_iter().map(|one| (one.uuid, one.seq)).collect())
}

fn statement(database: &DatabaseConnection, sql: &str) -> Statement {
    Statement::from_string(database.get_database_backend(), sql)
}
