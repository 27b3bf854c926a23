//! One test per way in which SQLite's files fail.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, Connection, Executor};

use crate::day::Day;
use crate::line::{Answers, Fault, Kept, Line};
use crate::support::app::{App, Database, Setup};
use crate::support::disk::{SURVIVES_LIMITS, SmallDisk, limit_files};

/// The journal cannot be written.
const REFUSING: Fault = Fault {
    answers: Answers::Some,
    journal_fails: true,
    ..Fault::PASSING
};

/// A service whose database is in `folder`, seen from its own; and its journal too, if it is not kept apart.
async fn open(setup: Setup, folder: &str, kept: Kept) -> Line {
    let beside = if kept == Kept::Apart { "." } else { folder };
    let setup = setup
        .with(
            "DATABASE_URL",
            &format!("sqlite://{folder}/rollcall.db?mode=rwc"),
        )
        .with(
            "ROLLCALL__JOURNAL__URL",
            &format!("sqlite://{beside}/rollcall-journal.db?mode=rwc"),
        );
    let app = setup.start().await;
    let journal = app.folder().join(beside).join("rollcall-journal.db");
    let journal = format!("sqlite://{}", journal.display());
    Line::open(app, kept, journal, Arc::new(Day::new(6, 12, 33))).await
}

/// The write lock of a SQLite file, held as another process would.
struct Lock(SqliteConnection);

impl Lock {
    async fn take(file: &Path) -> Self {
        Self::open(file).await.lock().await
    }

    /// Has all of its files open, and not yet the lock.
    async fn open(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file);
        let options = options.busy_timeout(Duration::from_secs(10));
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .expect("the file is opened");
        let read = connection.execute("SELECT count(*) FROM sqlite_schema");
        read.await.expect("the file is read");
        Self(connection)
    }

    async fn lock(mut self) -> Self {
        let locked = self.0.execute("BEGIN EXCLUSIVE").await;
        locked.expect("the lock is had");
        self
    }

    async fn release(mut self) {
        self.0.execute("ROLLBACK").await.expect("given back");
        self.0.close().await.expect("closed");
    }
}

/// Cuts a file's log: the room that it has is used again, for some hundred commits, however full the disk is.
async fn empty_log(file: &Path) {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .expect("the file is opened");
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let cut = sqlx::query_as::<_, (i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)");
        match cut.fetch_one(&mut connection).await {
            Ok((0, ..)) => break,
            busy => assert!(Instant::now() < deadline, "{}: {busy:?}", file.display()),
        }
    }
    connection.close().await.expect("closed");
}

/// Events go on; marks wait.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_database_locked_by_another_process() {
    let setup = Setup::new(Database::Sqlite).with("ROLLCALL__DATABASE__TIMEOUT_SECONDS", "1");
    let mut line = open(setup, ".", Kept::Apart).await;
    let lock = Lock::take(&line.app.folder().join("rollcall.db")).await;
    let failing = line.app.metric("rollcall_flush_failures_total").await;
    let lasts = Duration::from_secs(4);
    line.during(&Fault {
        lasts,
        ..Fault::PASSING
    })
    .await;
    let failures = line.app.metric("rollcall_flush_failures_total").await;
    assert!(failures > failing, "the lock was felt");
    lock.release().await;
    line.after().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_journal_locked_by_another_process() {
    let mut line = open(Setup::new(Database::Sqlite), ".", Kept::Inside).await;
    let lock = Lock::take(&line.app.folder().join("rollcall-journal.db")).await;
    line.during(&Fault {
        answers: Answers::AllRefused,
        ..REFUSING
    })
    .await;
    lock.release().await;
    line.after().await;
}

/// A small file system, for both files and for the database alone. Where none may be mounted, the limit on the size of files has to do.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_disk_full() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(disk) = SmallDisk::mount(folder.path(), 32) else {
        eprintln!("no file system may be mounted here: a limit on the size of files has to do");
        return files_at_their_limit().await;
    };
    let place = |name| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        folder.to_str().expect("a path of text").to_owned()
    };
    let (both, alone) = (place("both"), place("alone"));
    let (mut both, mut alone) = tokio::join!(
        open(Setup::new(Database::Sqlite), &both, Kept::Inside),
        open(Setup::new(Database::Sqlite), &alone, Kept::Apart)
    );
    for file in [
        "both/rollcall.db",
        "both/rollcall-journal.db",
        "alone/rollcall.db",
    ] {
        empty_log(&folder.path().join(file)).await;
    }
    disk.fill();
    tokio::join!(both.during(&REFUSING), alone.during(&REFUSING));
    let failures = alone.app.metric("rollcall_flush_failures_total").await;
    assert!(failures > Some(0.0), "the full disk was felt");
    disk.free();
    tokio::join!(both.after(), alone.after());
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_files_that_may_not_grow() {
    files_at_their_limit().await;
}

async fn files_at_their_limit() {
    let setup = Setup::new(Database::Sqlite).under(&SURVIVES_LIMITS);
    let mut line = open(setup, ".", Kept::Inside).await;
    limit_files(line.app.pid(), Some(64 * 1024));
    line.during(&REFUSING).await;
    limit_files(line.app.pid(), None);
    line.after().await;
}

/// Files that are open stay usable; a connection that must be made anew is refused, until the permissions are back. Who is restarted meanwhile says
/// why it cannot start, and ends.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_file_permissions_lost() {
    let setup = Setup::new(Database::Sqlite).under(bound_by_permissions());
    let mut line = open(setup, ".", Kept::Inside).await;
    let files = database_files(&line.app);
    let lock = Lock::open(&line.app.folder().join("rollcall-journal.db")).await;
    forbid(&files);
    line.during(&Fault {
        answers: Answers::AllTaken,
        events: 15,
        lasts: Duration::from_secs(2),
        ..Fault::PASSING
    })
    .await;
    // A commit that cannot be has it connect anew.
    let lock = lock.lock().await;
    line.during(&Fault {
        answers: Answers::AllRefused,
        events: 20,
        ..REFUSING
    })
    .await;
    // From here on the lost permissions alone keep it from committing.
    lock.release().await;
    line.during(&Fault {
        answers: Answers::AllRefused,
        events: 15,
        lasts: Duration::from_secs(3),
        ..REFUSING
    })
    .await;
    allow(&files);
    line.after().await;
}

/// Root without its right to pass over permissions; nothing for others, whom they bind.
fn bound_by_permissions() -> &'static [&'static str] {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        &["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    } else {
        &[]
    }
}

fn database_files(app: &App) -> Vec<PathBuf> {
    let files = fs::read_dir(app.folder()).expect("the folder");
    let files: Vec<_> = files
        .map(|file| file.expect("an entry").path())
        .filter(|file| file.to_string_lossy().contains("rollcall-journal.db"))
        .collect();
    assert!(
        files.len() >= 3,
        "the file, its log and its index: {files:?}"
    );
    files
}

fn forbid(files: &[PathBuf]) {
    set_mode(files, 0o000);
}

fn allow(files: &[PathBuf]) {
    set_mode(files, 0o600);
}

fn set_mode(files: &[PathBuf], mode: u32) {
    for file in files {
        fs::set_permissions(file, Permissions::from_mode(mode)).expect("permissions are set");
    }
}
