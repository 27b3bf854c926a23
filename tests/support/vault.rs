//! What lies beneath a running application: its database and its journal, looked into from outside.

use super::app::App;
use rollcall::store::connect::{Pools, Role, connect};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::time::{Duration, Instant};

/// Connections to an application's database and journal, of its own.
pub struct Vault {
    /// The database.
    pub main: Pools,
    /// The journal.
    pub journal: Pools,
}

impl Vault {
    /// Of this application; its journal is where it is by default.
    pub async fn open(app: &App) -> Self {
        let url = app.database_url().to_owned();
        let journal = if url.starts_with("sqlite:") {
            url.replace("rollcall.db", "rollcall-journal.db")
        } else {
            url.clone()
        };
        let patience = Duration::from_secs(20);
        let open = async |url: String, role| {
            let pools = connect(&url.into(), 2, patience, role).await;
            pools.expect("a connection")
        };
        Self {
            main: open(url, Role::Store).await,
            journal: open(journal, Role::Journal).await,
        }
    }

    /// A number from the database.
    pub async fn count(&self, sql: &str) -> i64 {
        number(&self.main, sql).await
    }

    /// A number from the journal.
    pub async fn journaled(&self, sql: &str) -> i64 {
        number(&self.journal, sql).await
    }

    /// Changes the database behind the application's back.
    pub async fn change(&self, sql: &str) {
        change(&self.main, sql).await;
    }

    /// Changes the journal behind the application's back.
    pub async fn change_journal(&self, sql: &str) {
        change(&self.journal, sql).await;
    }

    /// Asks again and again until the database's number is the expected one.
    pub async fn count_until(&self, sql: &str, expected: i64) {
        until(sql, expected, async || self.count(sql).await).await;
    }

    /// Asks again and again until the journal's number is the expected one.
    pub async fn journaled_until(&self, sql: &str, expected: i64) {
        until(sql, expected, async || self.journaled(sql).await).await;
    }

    /// Closes the connections.
    pub async fn close(self) {
        self.main.close().await.expect("closed");
        self.journal.close().await.expect("closed");
    }
}

async fn change(pools: &Pools, sql: &str) {
    let changed = pools.write.execute_unprepared(sql).await;
    changed.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn number(pools: &Pools, sql: &str) -> i64 {
    let sql = match pools.backend {
        DbBackend::Postgres => format!("SELECT ({sql})::bigint AS number"),
        _ => format!("SELECT CAST(({sql}) AS INTEGER) AS number"),
    };
    let row = pools
        .read
        .query_one_raw(Statement::from_string(pools.backend, sql.clone()))
        .await;
    let row = row.unwrap_or_else(|error| panic!("{sql}: {error}"));
    row.expect("a row").try_get("", "number").expect("a number")
}

async fn until(what: &str, expected: i64, mut ask: impl AsyncFnMut() -> i64) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let found = ask().await;
        if found == expected {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{what} is {found}, not {expected}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
