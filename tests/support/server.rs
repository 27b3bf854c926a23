//! A PostgreSQL of a test's own, which can be stopped and started again: same folder, same port.

use super::postgres::{Binaries, execute, free_port, quit};
use super::signal::{self, Signal};
use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);

/// How it is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Sessions are ended in order (`pg_ctl stop -m fast`).
    Fast,
    /// At once, without anything being written; the next start recovers (`-m immediate`).
    Immediate,
}

/// A cluster in a temporary folder; removed when dropped.
pub struct Server {
    binaries: Binaries,
    folder: TempDir,
    process: Option<Child>,
    /// Of this machine.
    pub port: u16,
}

impl Server {
    /// Makes it and starts it. Blocks.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let binaries = Binaries::find();
        let mut server = Self {
            binaries,
            folder,
            process: None,
            port: free_port(),
        };
        server.give(server.folder.path());
        server.binaries.init(server.folder.path());
        server.start_again();
        server
    }

    /// Starts it and waits until it answers. Blocks.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let folder = self.folder.path();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("server.log"))
            .expect("a log file");
        let process = self
            .binaries
            .command("postgres", folder)
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k"])
            .arg(folder)
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn();
        self.process = Some(process.expect("postgres starts"));
        self.wait();
    }

    /// Stops it and waits until it is gone. Blocks.
    pub fn stop(&mut self, how: Stop) {
        let mut process = self.process.take().expect("it runs");
        let order = match how {
            Stop::Fast => Signal::INT,
            Stop::Immediate => Signal::QUIT,
        };
        signal::send(&process, order);
        process.wait().expect("a child can be waited for");
    }

    /// The URL of a database, as the superuser; `port` is the server's own or a proxy's.
    pub fn url(port: u16, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// How many rows a statement gave or changed, as the superuser. Blocks.
    pub fn execute(&self, sql: &str) -> u64 {
        let done = execute(&Self::url(self.port, "postgres"), sql.to_owned());
        done.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a statement in one database. Blocks.
    pub fn execute_in(&self, database: &str, sql: &str) {
        let done = execute(&Self::url(self.port, database), sql.to_owned());
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Makes a folder one that only the server may use.
    pub fn give(&self, folder: &Path) {
        if let Some((user, group)) = self.binaries.user {
            chown(folder, Some(user), Some(group)).expect("root gives a folder away");
        }
        let private = Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, private).expect("permissions are set");
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own thread waits for a process"
    )]
    fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        let url = Self::url(self.port, "postgres");
        while let Err(error) = execute(&url, "SELECT 1".to_owned()) {
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
        if let Some(process) = &mut self.process {
            quit(process);
        }
    }
}
