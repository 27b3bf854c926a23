//! The real service as a process of its own, on free loopback ports, with everything it keeps in one folder.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::{Instant, sleep};

/// It starts within this, or the demo fails.
const START: Duration = Duration::from_secs(20);
/// It stops within this, or it is killed.
const STOP: Duration = Duration::from_secs(10);
/// Between two looks at a process.
const PAUSE: Duration = Duration::from_millis(20);

/// The running service. Dropped, it is killed: what it has acknowledged is on disk.
pub(super) struct Service {
    child: Child,
    settings: Settings,
}

/// What the service's commands are told.
struct Settings {
    folder: PathBuf,
    public: SocketAddr,
    admin: SocketAddr,
    secret: String,
    token: String,
}

impl Service {
    /// Starts `rollcall serve` in `folder` and waits until it is ready.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let (public, admin) = free_addresses().context("no free port on loopback")?;
        let settings = Settings {
            folder: folder.to_owned(),
            public,
            admin,
            secret: random(),
            token: random(),
        };
        let child = settings
            .command("serve")?
            .spawn()
            .context("the service does not start")?;
        let mut service = Self { child, settings };
        service.wait_until_ready().await?;
        Ok(service)
    }

    /// The webhook's address.
    pub(super) fn webhook(&self) -> String {
        format!("http://{}/api/zoom/webhook", self.settings.public)
    }

    /// The operators' listener.
    pub(super) fn operators(&self) -> String {
        format!("http://{}", self.settings.admin)
    }

    /// Its bearer token.
    pub(super) fn token(&self) -> &str {
        &self.settings.token
    }

    /// Zoom's secret.
    pub(super) fn secret(&self) -> &str {
        &self.settings.secret
    }

    /// Runs `rollcall import` on a folder.
    pub(super) async fn import(&self, roster: &Path) -> anyhow::Result<()> {
        let mut import = self.settings.command("import")?;
        let mut child = import
            .arg(roster)
            .spawn()
            .context("the import does not start")?;
        match ended(&mut child, START).await? {
            Some(status) if status.success() => Ok(()),
            _ => bail!("the import failed: {}", self.settings.last_words("import")),
        }
    }

    /// Waits for the process to end as it does after Ctrl-C, which reaches it too; kills it where it does not.
    pub(super) async fn stop(mut self, interrupted: bool) -> anyhow::Result<()> {
        if interrupted {
            ended(&mut self.child, STOP).await?;
        }
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let url = format!("http://{}/readyz", self.settings.public);
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(START)
            .build()?;
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if self.child.try_wait()?.is_some() {
                break;
            }
            let answer = client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
        bail!(
            "the service is not ready: {}",
            self.settings.last_words("serve")
        )
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Settings {
    /// This program with another command, in an environment of its own; what it logs goes to a file of the folder.
    fn command(&self, name: &str) -> anyhow::Result<Command> {
        let log = File::create(self.log(name))?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(name)
            .current_dir(&self.folder)
            .env_clear()
            .env(
                "DATABASE_URL",
                format!("sqlite://{}/rollcall.db?mode=rwc", self.folder.display()),
            )
            .env("ZOOM_WEBHOOK_SECRET", &self.secret)
            .env("ROLLCALL_ADMIN_TOKEN", &self.token)
            .env("ROLLCALL__HTTP__ADDR", self.public.to_string())
            .env("ROLLCALL__ADMIN__ADDR", self.admin.to_string())
            .env("ROLLCALL__LOG__FORMAT", "json")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    fn last_words(&self, name: &str) -> String {
        let log = std::fs::read_to_string(self.log(name)).unwrap_or_default();
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }
}

/// The status of a process that ends within `limit`.
async fn ended(child: &mut Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(PAUSE).await;
    }
    child.kill()?;
    Ok(None)
}

/// Two that nobody listened on just now.
fn free_addresses() -> std::io::Result<(SocketAddr, SocketAddr)> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (public, admin) = (bind()?, bind()?);
    Ok((public.local_addr()?, admin.local_addr()?))
}

fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
