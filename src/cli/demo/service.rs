//! The real service in this process, on free loopback ports, with everything it keeps in one folder.

use std::path::Path;

use anyhow::Context;

use crate::cli::{ACTOR, Failure, migrate::bring_up};
use crate::config::{Config, Env};
use crate::service::{self, Running};
use crate::store::connect::Role;
use crate::store::import::import;
use crate::{roster, telemetry};

/// The running service.
pub(super) struct Service {
    running: Running,
    config: Config,
    secret: String,
    token: String,
}

impl Service {
    /// Starts what `rollcall serve` starts. Nothing of this process's environment counts; it logs errors only.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let (secret, token) = (random(), random());
        let database = format!("sqlite://{}?mode=rwc", folder.join("rollcall.db").display());
        let variables = [
            ("ZOOM_WEBHOOK_SECRET", secret.as_str()),
            ("ROLLCALL_ADMIN_TOKEN", &token),
            ("DATABASE_URL", &database),
            ("ROLLCALL__HTTP__ADDR", "127.0.0.1:0"),
            ("ROLLCALL__ADMIN__ADDR", "127.0.0.1:0"),
            ("RUST_LOG", "error"),
        ];
        let config = Config::load(&Env::new(folder, variables))?;
        let metrics = telemetry::init(&config.log)?;
        let running = service::start(&config, metrics).await?;
        Ok(Self {
            running,
            config,
            secret,
            token,
        })
    }

    /// What `rollcall import` does with a folder.
    pub(super) async fn import(&self, folder: &Path) -> Result<(), Failure> {
        let (roster, problems) = roster::read(folder).context("the sample roster")?;
        let pools = bring_up(&self.config, &self.config.database.url, Role::Store).await?;
        let stored = import(&pools, &roster, &problems, ACTOR).await;
        pools.close().await.context("the sample roster")?;
        stored.context("the sample roster")?;
        Ok(())
    }

    /// The webhook's address.
    pub(super) fn webhook(&self) -> String {
        format!("http://{}/api/zoom/webhook", self.running.public_addr)
    }

    /// The operators' listener.
    pub(super) fn operators(&self) -> String {
        format!("http://{}", self.running.admin_addr)
    }

    /// Its bearer token.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Zoom's secret.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// Stops it in order.
    pub(super) async fn stop(self) {
        self.running.stop().await;
    }
}

fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
