//! The release binary as a process of its own.

use super::process::Process;
use anyhow::{Context, Result, bail, ensure};
use rollcall::{
    clock,
    replay::{school::School, sender::Sender},
    zoom::signature::SigningKeys,
};
use secrecy::SecretString;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const SECRET: &str = "a secret token for measuring";
/// Longer than this nothing takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);

/// What a service keeps, and how it is set up. It outlives the service.
pub(crate) struct Home {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

/// A service that runs; it ends with its handle.
pub(crate) struct Service {
    pub(crate) process: Process,
    public: String,
    admin: String,
    client: reqwest::Client,
    _home: Arc<Home>,
}

impl Home {
    /// A fresh one: SQLite in a temporary folder, from which relative paths start, unless `settings`, variables of the
    /// environment, say otherwise.
    pub(crate) fn new(settings: Vec<(&'static str, String)>) -> Result<Arc<Self>> {
        let folder = tempfile::tempdir()?;
        Ok(Arc::new(Self { folder, settings }))
    }

    /// Makes this school known.
    pub(crate) fn import(&self, school: &School) -> Result<()> {
        let roster = self.folder.path().join("roster");
        fs::create_dir(&roster)?;
        school.write_roster(&roster)?;
        let import = self.command()?.arg("import").arg(roster).output()?;
        let told = String::from_utf8_lossy(&import.stderr);
        ensure!(import.status.success(), "the import failed: {told}");
        Ok(())
    }

    /// Starts the service, with some more settings, and waits until it listens.
    pub(crate) async fn serve(self: &Arc<Self>, more: &[(&str, &str)]) -> Result<Service> {
        let log = File::create(self.log())?;
        let mut command = self.command()?;
        let command = command
            .arg("serve")
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut process = Process::start(command)?;
        let (public, admin) = self.settle(&mut process).await?;
        Ok(Service {
            process,
            public,
            admin,
            client: reqwest::Client::builder().no_proxy().build()?,
            _home: Arc::clone(self),
        })
    }

    /// Where everything is that is not in PostgreSQL.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn log(&self) -> PathBuf {
        self.folder().join("log")
    }

    /// Waits until its log has told of both listeners: the public one and the operators'.
    async fn settle(&self, process: &mut Process) -> Result<(String, String)> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = fs::read_to_string(self.log())?;
            if let Some(both) = address(&log, "public").zip(address(&log, "admin")) {
                return Ok(both);
            }
            if let Some(status) = process.ended()? {
                bail!("it ended with {status}: {log}");
            }
            ensure!(Instant::now() < deadline, "it does not get ready: {log}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The binary beside this example's folder, in an environment of its own.
    fn command(&self) -> Result<Command> {
        let mut binary: PathBuf = std::env::current_exe()?;
        binary.pop();
        binary.pop();
        binary.push("rollcall");
        ensure!(binary.exists(), "there is no {}", binary.display());
        let mut command = Command::new(binary);
        command
            .current_dir(self.folder())
            .env_clear()
            .env("ROLLCALL_ENV", "production")
            .env("ROLLCALL__HTTP__ADDR", "127.0.0.1:0")
            .env("ROLLCALL__ADMIN__ADDR", "127.0.0.1:0")
            .env("ROLLCALL__LOG__FORMAT", "json")
            .env("ZOOM_WEBHOOK_SECRET", SECRET)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}

impl Service {
    /// Where Zoom's webhooks go.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/api/zoom/webhook", self.public)
    }

    /// Where operators look.
    pub(crate) fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Sends to it as Zoom does.
    pub(crate) fn sender(&self) -> Result<Sender> {
        let keys = SigningKeys::new(&[SecretString::from(SECRET)]).context("a secret")?;
        Ok(Sender::new(self.url(), keys, || clock::now().0)?)
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

    /// Waits until it takes events.
    pub(crate) async fn until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let url = format!("http://{}/readyz", self.public);
            if self.client.get(url).send().await?.status().is_success() {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "it never is ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Stops it.
    pub(crate) async fn stop(self) -> Result<()> {
        self.process.stop().await
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
