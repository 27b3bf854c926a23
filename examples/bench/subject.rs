//! What is measured: the bare ceiling, and the service with each way to keep things. Each starts with nothing but a school.

use crate::{
    applied::Databases,
    ceiling,
    cluster::Cluster,
    process::Process,
    service::{Home, SECRET, Service},
};
use anyhow::{Context, Result};
use rollcall::{
    clock,
    replay::{
        load::{Load, measured::Measured, pace::Pace, retries::Retries, target::Target},
        school::School,
        traffic::Delivery,
    },
    zoom::signature::SigningKeys,
};
use secrecy::SecretString;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What keeps the events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Two SQLite files.
    Sqlite,
    /// PostgreSQL, the journal inside.
    Postgres,
    /// PostgreSQL, the journal in a SQLite file.
    LocalJournal,
}

/// Where a service's things are, and how to read them.
pub(crate) struct Site {
    pub(crate) home: Arc<Home>,
    store: String,
    journal: String,
}

/// A process that takes events.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) process: Process,
    url: String,
    /// The operators' listener; none for the ceiling.
    pub(crate) admin: Option<String>,
    /// None for the ceiling.
    pub(crate) databases: Option<Databases>,
    _home: Option<Arc<Home>>,
}

impl Keeping {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::LocalJournal];

    /// In words.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::LocalJournal => "PostgreSQL, local journal",
        }
    }

    /// Whether it takes a server, which may not be there.
    pub(crate) fn takes(self, cluster: Option<&Cluster>) -> bool {
        self == Self::Sqlite || cluster.is_some()
    }

    /// Makes fresh databases in which this school is known.
    pub(crate) async fn prepare(self, school: &School, cluster: Option<&Cluster>) -> Result<Site> {
        let server = match (self, cluster) {
            (Self::Sqlite, _) => None,
            (Self::Postgres, Some(cluster)) => Some(cluster.database("bench").await?),
            (Self::LocalJournal, Some(cluster)) => Some(cluster.database("bench_local").await?),
            (_, None) => anyhow::bail!("there is no PostgreSQL"),
        };
        let file = |name| format!("sqlite://{name}?mode=rwc");
        let url = server.clone().unwrap_or_else(|| file("rollcall.db"));
        let mut settings = vec![
            ("DATABASE_URL", url),
            // Events of long ago are to stay.
            ("ROLLCALL__JOURNAL__RETENTION_DAYS", "3650".to_owned()),
        ];
        if self == Self::LocalJournal {
            settings.push(("ROLLCALL__JOURNAL__URL", file("rollcall-journal.db")));
        }
        let home = Home::new(settings)?;
        home.import(school)?;
        let file = |name| format!("sqlite://{}", home.folder().join(name).display());
        let store = server.clone().unwrap_or_else(|| file("rollcall.db"));
        let journal = server.filter(|_| self == Self::Postgres);
        let journal = journal.unwrap_or_else(|| file("rollcall-journal.db"));
        Ok(Site {
            home,
            store,
            journal,
        })
    }

    /// A service that runs on fresh databases.
    pub(crate) async fn start(self, school: &School, cluster: Option<&Cluster>) -> Result<Subject> {
        let site = self.prepare(school, cluster).await?;
        let service = site.home.serve(&[]).await?;
        service.until_ready().await?;
        site.subject(self.name(), service).await
    }
}

impl Site {
    /// What runs there, measured.
    pub(crate) async fn subject(&self, name: &'static str, service: Service) -> Result<Subject> {
        Ok(Subject {
            name,
            url: service.url(),
            admin: Some(service.admin_url()),
            process: service.process,
            databases: Some(self.databases().await?),
            _home: Some(Arc::clone(&self.home)),
        })
    }

    /// What it keeps.
    pub(crate) async fn databases(&self) -> Result<Databases> {
        Databases::open(&self.store, &self.journal).await
    }
}

impl Subject {
    /// The bare ceiling.
    pub(crate) fn ceiling() -> Result<Self> {
        let (process, url) = ceiling::start()?;
        Ok(Self {
            name: "bare ceiling",
            process,
            url,
            admin: None,
            databases: None,
            _home: None,
        })
    }

    /// Sends the deliveries; nothing is sent a second time.
    pub(crate) async fn load(
        &self,
        deliveries: Arc<Vec<Delivery>>,
        pace: Pace,
        connections: usize,
        longest: Duration,
    ) -> Result<Measured> {
        let keys = SigningKeys::new(&[SecretString::from(SECRET)]).context("a secret")?;
        let load = Load {
            target: Target::find(&self.url).await?,
            keys,
            clock: clock::now_ms,
            pace,
            connections,
            // Never within a run: what is refused shows.
            retries: Retries { scale: 1.0 },
            longest,
        };
        Ok(load.start(deliveries, None).finish().await)
    }

    /// Waits until everything is applied; the seconds that it took.
    pub(crate) async fn until_applied(&self) -> Result<Option<Duration>> {
        let Some(databases) = &self.databases else {
            return Ok(None);
        };
        let begun = Instant::now();
        databases.until_applied().await?;
        Ok(Some(begun.elapsed()))
    }

    /// Stops it.
    pub(crate) async fn stop(self) -> Result<()> {
        if let Some(databases) = self.databases {
            databases.close().await?;
        }
        self.process.stop().await
    }
}
