//! What a look from outside tells of the journal: nothing is made or changed there, and its lock is not asked for.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{major, minor};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use secrecy::SecretString;

use super::error::{JournalError, within};
use super::owner::{LOCK_KEY, lock_file};
use super::read::Reader;
use crate::store::connect::{ConnectError, Role, Tables, connect_glance, sqlite_file, tables};

/// Looks at one journal.
pub struct Inspector {
    url: SecretString,
    reader: Reader,
}

/// Who owns a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Of the operating system: the process with this id.
    Process(u32),
    /// Of PostgreSQL: the session with this id.
    Session(i32),
    /// As far as can be seen from here: nobody.
    Nobody,
    /// This system does not tell.
    Untold,
}

impl Inspector {
    /// Opens it for reading. No question takes longer than `limit`.
    pub async fn open(url: &SecretString, limit: Duration) -> Result<Self, ConnectError> {
        let connection = connect_glance(url, limit, Role::Journal).await?;
        Ok(Self {
            url: url.clone(),
            reader: Reader { connection, limit },
        })
    }

    /// How its tables are.
    pub async fn tables(&self) -> Result<Tables, JournalError> {
        let asked = tables(&self.reader.connection, Role::Journal);
        within(self.reader.limit, asked).await
    }

    /// Its own id; none where it has not been made yet.
    pub async fn id(&self) -> Result<Option<String>, JournalError> {
        self.reader.id().await
    }

    /// The highest `seq` ever given to an event.
    pub async fn last_issued(&self) -> Result<i64, JournalError> {
        self.reader.last_issued().await
    }

    /// Who owns it.
    pub async fn holder(&self) -> Result<Holder, JournalError> {
        match sqlite_file(&self.url) {
            Some(file) => Ok(of_lock(&lock_file(&file))),
            None => self.of_session().await,
        }
    }

    async fn of_session(&self) -> Result<Holder, JournalError> {
        let sql = format!(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND classid = (({LOCK_KEY} >> 32) & 4294967295)::oid \
             AND objid = ({LOCK_KEY} & 4294967295)::oid"
        );
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.reader.connection.query_one_raw(statement);
        let row = within(self.reader.limit, row).await?;
        let pid = row.map(|row| row.try_get("", "pid")).transpose()?;
        Ok(pid.map_or(Holder::Nobody, Holder::Session))
    }
}

/// Who holds a file's lock, as Linux lists it.
fn of_lock(file: &Path) -> Holder {
    let Ok(file) = fs::metadata(file) else {
        return Holder::Nobody;
    };
    let device = file.dev();
    let place = format!("{:02x}:{:02x}:{}", major(device), minor(device), file.ino());
    fs::read_to_string("/proc/locks").map_or(Holder::Untold, |locks| {
        let held = locks.lines().find_map(|line| holder(line, &place));
        held.map_or(Holder::Nobody, Holder::Process)
    })
}

/// `1: FLOCK ADVISORY WRITE 4711 fe:00:10010650 0 EOF`: 4711. Who waits for a lock has a `->` in front.
fn holder(line: &str, place: &str) -> Option<u32> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    match fields[..] {
        [_, "FLOCK", _, "WRITE", process, at, ..] if at == place => process.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_listed_and_who_waits_is_not() {
        let held = "4: FLOCK  ADVISORY  WRITE 3916 fe:00:10010778 0 EOF";
        let waiting = "4: -> FLOCK  ADVISORY  WRITE 7532 fe:00:10010778 0 EOF";
        let shared = "6: FLOCK  ADVISORY  READ 1869 fe:00:10010778 0 EOF";
        assert_eq!(holder(held, "fe:00:10010778"), Some(3916));
        assert_eq!(holder(held, "fe:00:1001077"), None);
        assert_eq!(holder(waiting, "fe:00:10010778"), None);
        assert_eq!(holder(shared, "fe:00:10010778"), None);
    }

    #[test]
    fn nobody_holds_a_lock_that_was_never_made() {
        assert_eq!(of_lock(Path::new("/no/such/file.lock")), Holder::Nobody);
    }
}
