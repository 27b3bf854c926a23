//! The release binary as a process of its own, and what the kernel says of it.

use anyhow::{Context, Result, bail, ensure};
use rollcall::{
    clock,
    replay::{school::School, sender::Sender},
    zoom::signature::SigningKeys,
};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;
use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const SECRET: &str = "a secret token for measuring";
/// Longer than this nothing takes.
const PATIENCE: Duration = Duration::from_mins(10);

/// A service that runs; it ends with its handle.
pub(crate) struct Service {
    folder: TempDir,
    process: Child,
    public: String,
    admin: String,
    client: reqwest::Client,
}

impl Service {
    /// Starts it, with what it is to know.
    pub(crate) async fn start(school: Option<&School>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        if let Some(school) = school {
            let roster = folder.path().join("roster");
            fs::create_dir(&roster)?;
            school.write_roster(&roster)?;
            let import = command(&folder)?.arg("import").arg(roster).output()?;
            ensure!(import.status.success(), "the import failed");
        }
        let log = File::create(folder.path().join("log"))?;
        let process = command(&folder)?
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut service = Self {
            folder,
            process,
            public: String::new(),
            admin: String::new(),
            client: reqwest::Client::builder().no_proxy().build()?,
        };
        service.settle().await?;
        Ok(service)
    }

    /// Sends to it as Zoom does.
    pub(crate) fn sender(&self) -> Result<Sender> {
        let keys = SigningKeys::new(&[SecretString::from(SECRET.to_owned())]);
        let url = format!("http://{}/api/zoom/webhook", self.public);
        Ok(Sender::new(url, keys.context("a secret")?, || {
            clock::now().0
        })?)
    }

    /// Bytes in RAM.
    pub(crate) fn resident(&self) -> Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most bytes that it ever had in RAM.
    pub(crate) fn peak(&self) -> Result<u64> {
        self.memory("VmHWM:")
    }

    /// Waits until so many actors live.
    pub(crate) async fn until_live(&self, count: usize) -> Result<()> {
        let line = format!("rollcall_actors_live {count}");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let url = format!("http://{}/metrics", self.admin);
            let metrics = self.client.get(url).send().await?.text().await?;
            if metrics.lines().any(|told| told == line) {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "there never are {count} live actors"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Stops it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        let status = tokio::task::spawn_blocking(move || self.process.wait().map(|s| (s, self)));
        let (status, _service) = status.await??;
        ensure!(status.success(), "it ended with {status}");
        Ok(())
    }

    fn memory(&self, field: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kilobytes.context("a figure")?.trim().parse::<u64>()? * 1024)
    }

    /// Waits until its log has told of both listeners.
    async fn settle(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = fs::read_to_string(self.folder.path().join("log"))?;
            if let (Some(public), Some(admin)) = (address(&log, "public"), address(&log, "admin")) {
                (self.public, self.admin) = (public, admin);
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended with {status}: {log}");
            }
            ensure!(Instant::now() < deadline, "it does not get ready: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn address(log: &str, listener: &str) -> Option<String> {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut listening = lines.filter(|line| line["message"] == "listening");
    let line = listening.find(|line| line["listener"] == listener)?;
    line["addr"].as_str().map(str::to_owned)
}

/// The binary beside this example's folder, in an environment of its own.
fn command(folder: &TempDir) -> Result<Command> {
    let mut binary: PathBuf = std::env::current_exe()?;
    binary.pop();
    binary.pop();
    binary.push("rollcall");
    ensure!(binary.exists(), "there is no {}", binary.display());
    let database = folder.path().join("rollcall.db");
    let mut command = Command::new(binary);
    command
        .current_dir(folder.path())
        .env_clear()
        .env("ROLLCALL_ENV", "production")
        .env("ROLLCALL__HTTP__ADDR", "127.0.0.1:0")
        .env("ROLLCALL__ADMIN__ADDR", "127.0.0.1:0")
        .env("ROLLCALL__ACTOR__LINGER_SECONDS", "1")
        .env("ROLLCALL__LOG__FORMAT", "json")
        .env("ZOOM_WEBHOOK_SECRET", SECRET)
        .env(
            "DATABASE_URL",
            format!("sqlite://{}?mode=rwc", database.display()),
        );
    Ok(command)
}
