//! The PostgreSQL server that `scripts/with-postgres` has started beside this process.

use crate::process;
use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use std::{fs, path::Path, time::Duration};

/// A server that makes databases.
pub(crate) struct Cluster {
    /// An administrator's.
    url: String,
    connection: DatabaseConnection,
}

impl Cluster {
    /// The one that the environment names; none where it names none.
    pub(crate) async fn find() -> Result<Option<Self>> {
        let Ok(url) = std::env::var("ROLLCALL_TEST_POSTGRES") else {
            return Ok(None);
        };
        let connection = Database::connect(&url).await?;
        Ok(Some(Self { url, connection }))
    }

    /// The URL of a new database.
    pub(crate) async fn database(&self, name: &str) -> Result<String> {
        for sql in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            self.connection
                .execute_unprepared(&format!("{sql} {name}"))
                .await?;
        }
        Ok(self.url.replace("/postgres?", &format!("/{name}?")))
    }

    /// Its version, and whether a commit waits for the disk.
    pub(crate) async fn describe(&self) -> Result<String> {
        let version = self.setting("server_version").await?;
        let fsync = self.setting("fsync").await?;
        Ok(format!("PostgreSQL {version} (fsync {fsync})"))
    }

    /// CPU time of all its processes, those that have ended included.
    pub(crate) async fn cpu(&self) -> Result<Duration> {
        let folder = self.setting("data_directory").await?;
        let file = fs::read_to_string(Path::new(&folder).join("postmaster.pid"))?;
        let id: u32 = file.lines().next().context("a process id")?.parse()?;
        let mut used = process::cpu(id, true)?;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(child) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // One that ends while we look is counted with its parent the next time.
            if parent(child) == Some(id) {
                used += process::cpu(child, false).unwrap_or_default();
            }
        }
        Ok(used)
    }

    async fn setting(&self, name: &str) -> Result<String> {
        let sql = Statement::from_string(DbBackend::Postgres, format!("SHOW {name}"));
        let row = self.connection.query_one_raw(sql).await?;
        Ok(row.context("a setting")?.try_get_by_index(0)?)
    }
}

fn parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}
