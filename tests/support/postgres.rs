//! A fresh PostgreSQL database for a test.
//!
//! `ROLLCALL_TEST_POSTGRES` names a server (an administrator's URL; `scripts/with-postgres` sets it). Without it a private one is started from the
//! installed binaries in a temporary folder, shared by the tests of this process and stopped after the last. Where that cannot be, the test fails: a
//! missing PostgreSQL is no reason to pass.

use rustix::process::{Pid, Signal, kill_process};
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor};
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_mins(1);

/// An empty database; removed when dropped.
pub(crate) struct Database {
    name: String,
    admin: String,
    /// Held so that it runs for as long as the database.
    _server: Option<Arc<Server>>,
}

/// Makes an empty database. May be called inside and outside of a runtime.
pub(crate) fn database() -> Database {
    let (admin, server) = if let Ok(admin) = std::env::var("ROLLCALL_TEST_POSTGRES") {
        (admin, None)
    } else {
        let server = shared_server();
        (server.url.clone(), Some(server))
    };
    let name = format!("rollcall_{}", Uuid::new_v4().simple());
    execute(&admin, format!("CREATE DATABASE {name}"))
        .expect("the test's PostgreSQL makes a database");
    Database {
        name,
        admin,
        _server: server,
    }
}

impl Database {
    /// Its URL, as the server's superuser.
    pub(crate) fn url(&self) -> String {
        let (url, query) = match self.admin.split_once('?') {
            Some((url, query)) => (url, format!("?{query}")),
            None => (self.admin.as_str(), String::new()),
        };
        let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
        format!("{server}/{}{query}", self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The connections of a failed test may still be open.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropped = execute(&self.admin, sql);
        if !std::thread::panicking() {
            dropped.expect("the test's database is removed");
        }
    }
}

/// How many rows a statement gave or changed, which runs on a thread and a runtime of its own, as the caller may be inside of one.
pub(crate) fn execute(url: &str, sql: String) -> Result<u64, sea_orm::sqlx::Error> {
    let run = async {
        let mut connection = PgConnection::connect(url).await?;
        let done = connection.execute(AssertSqlSafe(sql)).await?;
        connection.close().await?;
        Ok(done.rows_affected())
    };
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(run)
        });
        thread.join().expect("the thread does not panic")
    })
}

/// A private server in a temporary folder.
struct Server {
    url: String,
    process: Mutex<Child>,
    _folder: TempDir,
}

fn shared_server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

impl Server {
    fn start() -> Self {
        let binaries = Binaries::find();
        let folder = tempfile::tempdir().expect("a temporary folder");
        if let Some((user, group)) = binaries.user {
            chown(folder.path(), Some(user), Some(group)).expect("root gives its folder away");
        }
        binaries.init(folder.path());
        let port = free_port();
        let log = File::create(folder.path().join("server.log")).expect("a log file");
        let process = binaries
            .command("postgres", folder.path())
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "fsync=off", "-c", "max_connections=300", "-k"])
            .arg(folder.path())
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn()
            .expect("postgres starts");
        let server = Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"),
            process: Mutex::new(process),
            _folder: folder,
        };
        server.wait();
        server
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own thread waits for a process"
    )]
    fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = execute(&self.url, "SELECT 1".to_owned()) {
            assert!(
                Instant::now() < deadline,
                "PostgreSQL does not answer: {error}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = self
            .process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        quit(process);
    }
}

/// Ends a server at once, its children too, and never panics: for destructors.
pub(super) fn quit(process: &mut Child) {
    let sent = kill_process(Pid::from_child(process), Signal::QUIT);
    if sent.is_err() {
        let _ = process.kill();
    }
    let _ = process.wait();
}

/// PostgreSQL's programs, and who runs them.
pub(super) struct Binaries {
    folder: PathBuf,
    /// User and group; PostgreSQL refuses to run as root.
    pub(super) user: Option<(u32, u32)>,
}

impl Binaries {
    pub(super) fn find() -> Self {
        let folder = candidates()
            .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
            .expect(
                "PostgreSQL's initdb and postgres are needed (Debian: apt-get install postgresql), \
                 or ROLLCALL_TEST_POSTGRES; scripts/with-postgres sees to both",
            );
        Self {
            folder,
            user: unprivileged_user(),
        }
    }

    /// A program on the cluster of this folder.
    pub(super) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command
            .current_dir(folder)
            .arg("-D")
            .arg(folder.join("data"));
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    pub(super) fn init(&self, folder: &Path) {
        let output = self
            .command("initdb", folder)
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--locale=C", "--no-sync"])
            .output()
            .expect("initdb runs");
        assert!(
            output.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The distribution's folders, newest first, then the search path.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let mut installed: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    installed.sort();
    installed.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<_> = std::env::split_paths(&path).collect();
    installed.into_iter().chain(path)
}

/// For root: the user `postgres`, else `nobody`.
fn unprivileged_user() -> Option<(u32, u32)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    if ids.split_whitespace().nth(1) != Some("0") {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the system's users");
    let find = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody"))
}

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
