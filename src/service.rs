//! The service as a whole: what starts in which order, and stops in the mirrored one.
//!
//! Start: database, journal, their pairing, actors, listeners. Stop: not ready and 503, a moment later the public
//! listener (what it has heard is answered), the journal's queue, the actors' last writes, the operators'
//! listener, the last traces, the connections; all within `shutdown.timeout_seconds`, for the journal has whatever is not
//! done by then.

use crate::{
    config::{self, Config},
    gauges::Gauges,
    http::{
        self, Admin, Heard, Identify, Keyring, Public, Readiness, Rehearse, SecurityLog,
        pages::{History, Pages, TakeCensus},
    },
    journal::{Journal, JournalError},
    meeting::{LoadError, Registry, Rehearser, Retention, Settings},
    store::{
        StoreError,
        access::Accounts,
        clerk::Clerk,
        connect::{ConnectError, MigrateError, Pools, Role, connect, migrate},
        dead::Redriver,
        occurrences,
        reports::Reports,
        security::Bursts,
        state,
    },
    telemetry::{Metrics, Traces},
    zoom::signature::SigningKeys,
};
use actix_web::dev::{Server, ServerHandle};
use futures_util::FutureExt;
use std::{io, net::SocketAddr, panic, sync::Arc, time::Duration};
use tokio::{runtime::Handle, time::Instant};

/// How long the public listener goes on after the journal takes no more: whatever had come by then is read, and answered.
/// A connection that is closed with an unread request in it would be reset instead.
const LAST_CALL: Duration = Duration::from_millis(500);

/// A collector may take so long to take the last traces.
const LAST_TRACES: Duration = Duration::from_secs(1);

/// Why the service does not start. One line each, without a secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No secret token to verify Zoom's signatures with.
    #[error("zoom.webhook_secret is missing")]
    NoSecret,
    /// The main database cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Its tables cannot be used.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The journal cannot be opened.
    #[error("journal: {0}")]
    Journal(#[from] JournalError),
    /// The journal and the database do not belong together.
    #[error("journal.url: {0}")]
    Pairing(&'static str),
    /// The main database failed while starting.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// The collector's endpoint cannot be used.
    #[error("telemetry.otlp_endpoint: {0}")]
    Traces(String),
    /// An address cannot be bound.
    #[error("{key}: cannot listen on {addr}: {source}")]
    Listen {
        /// The configuration key.
        key: &'static str,
        /// The address.
        addr: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
}

/// A service that runs.
pub struct Running {
    /// Where Zoom's requests arrive.
    pub public_addr: SocketAddr,
    /// Where operators' requests arrive.
    pub admin_addr: SocketAddr,
    public: ServerHandle,
    admin: ServerHandle,
    journal: Journal,
    registry: Registry,
    security: SecurityLog,
    heard: Heard,
    traces: Traces,
    pools: Pools,
    patience: Duration,
}

/// Starts everything. Must run on a thread with an actix system; database work runs on this runtime.
pub async fn start(config: &Config, metrics: Metrics) -> Result<Running, StartError> {
    let keys = SigningKeys::new(&config.zoom.secrets()).ok_or(StartError::NoSecret)?;
    for (key, addr) in [
        ("http.addr", config.http.addr),
        ("admin.addr", config.admin.addr),
    ] {
        // Told before anything is opened; the listeners themselves come last.
        std::net::TcpListener::bind(addr).map_err(listen(key, addr))?;
    }
    let runtime = Handle::current();
    let traces = Traces::open(&config.telemetry, &runtime)
        .map_err(|why| StartError::Traces(why.to_string()))?;
    let timeout = Duration::from_secs(config.database.timeout_seconds);
    let pools = open(&config.database, timeout, &runtime).await?;
    migrate(&pools).await?;
    let (journal, committed) =
        Journal::open(&config.journal, &config.journal_url(), runtime.clone()).await?;
    pair(&pools, &journal).await?;
    let registry = Registry::start(
        settings(config),
        journal.clone(),
        committed,
        pools.clone(),
        &runtime,
    )
    .await?;
    let reports = Reports::new(
        pools.read.clone(),
        runtime.clone(),
        config.attendance.rule().settle,
    );
    let readiness = Readiness::new(journal.clone(), reports.clone());
    let security = SecurityLog::new(Bursts::new(pools.write.clone(), runtime.clone()), &runtime);
    let heard = Heard::start(pools.clone(), timeout, &runtime).await?;
    let public = Public {
        keys,
        tolerance: config.zoom.timestamp_tolerance_seconds,
        journal: journal.clone(),
        readiness: readiness.clone(),
        security: security.clone(),
        heard: heard.clone(),
        traces: traces.clone(),
    };
    let accounts = Accounts::new(pools.clone(), timeout, runtime.clone());
    let gauges = Gauges::new(config, registry.clone(), journal.clone(), pools.clone());
    let recorded = metrics.clone();
    let admin = Admin {
        keyring: Keyring::open(accounts, config.admin.token.as_ref()).await?,
        security: security.clone(),
        partial_weight: config.attendance.partial_weight,
        pages: Pages {
            history: History::start(Arc::new(move || recorded.render()), &runtime),
            census: census(&registry),
            zone: config.attendance.rule().default_timezone,
        },
        reports,
        rehearse: rehearse(registry.rehearser(pools.clone(), runtime.clone())),
        redriver: Redriver::new(pools.clone(), timeout, runtime.clone()),
        clerk: Clerk::new(
            pools.clone(),
            timeout,
            config.attendance.rule().settle,
            runtime.clone(),
        ),
        identify: identify(&registry),
        readiness,
        metrics: render(gauges, heard.clone(), metrics),
    };
    let (admin, admin_addr) =
        http::admin(admin, &config.admin).map_err(listen("admin.addr", config.admin.addr))?;
    let (public, public_addr) =
        http::public(public, &config.http).map_err(listen("http.addr", config.http.addr))?;
    Ok(Running {
        public_addr,
        admin_addr,
        public: serve(public),
        admin: serve(admin),
        journal,
        registry,
        security,
        heard,
        traces,
        pools,
        patience: Duration::from_secs(config.shutdown.timeout_seconds),
    })
}

/// The main database. SQLite's threads are started by one of the runtime's, whose priority they inherit.
async fn open(
    database: &config::Database,
    timeout: Duration,
    runtime: &Handle,
) -> Result<Pools, ConnectError> {
    let (url, reads) = (database.url.clone(), database.max_connections);
    let opening = async move { connect(&url, reads, timeout, Role::Store).await };
    let opened = runtime.spawn(opening).await;
    opened.unwrap_or_else(|failed| panic::resume_unwind(failed.into_panic()))
}

/// What the actors go by.
fn settings(config: &Config) -> Settings {
    Settings {
        actor: config.actor.clone(),
        store: config.store.clone(),
        sweep: config.sweep.clone(),
        rule: config.attendance.rule(),
        retention: Retention {
            keep: config.journal.retention_days.saturating_mul(86_400),
            every: Duration::from_secs(config.journal.retention_check_seconds),
        },
        patience: Duration::from_secs(config.database.timeout_seconds),
    }
}

/// Gives the metrics as they are when somebody looks.
fn render(gauges: Gauges, heard: Heard, metrics: Metrics) -> http::admin::Render {
    Arc::new(move || {
        gauges.measure();
        heard.show();
        metrics.render()
    })
}

fn identify(registry: &Registry) -> Identify {
    let registry = registry.clone();
    Arc::new(move |occurrence, person| {
        let registry = registry.clone();
        async move { registry.identity(&occurrence, &person).await }.boxed()
    })
}

fn census(registry: &Registry) -> TakeCensus {
    let registry = registry.clone();
    Arc::new(move |most| registry.census(most))
}

fn rehearse(rehearser: Rehearser) -> Rehearse {
    Arc::new(move |occurrence, seq| {
        let rehearser = rehearser.clone();
        async move {
            let rehearsal = rehearser.rehearse(&occurrence, seq).await;
            let failed = |error: &LoadError| {
                tracing::warn!(occurrence.uuid = %occurrence, event.seq = seq, %error, "a redrive could not be rehearsed");
            };
            rehearsal.inspect_err(failed).ok()
        }
        .boxed()
    })
}

fn listen(key: &'static str, addr: SocketAddr) -> impl FnOnce(io::Error) -> StartError {
    move |source| StartError::Listen { key, addr, source }
}

fn serve(server: Server) -> ServerHandle {
    let handle = server.handle();
    actix_web::rt::spawn(server);
    handle
}

/// Refuses a journal that is not this database's, or that is older than what the projections have seen.
async fn pair(pools: &Pools, journal: &Journal) -> Result<(), StartError> {
    match state::get(&pools.read, state::JOURNAL_ID)
        .await
        .map_err(StoreError::from)?
    {
        None => state::put(&pools.write, state::JOURNAL_ID, journal.id())
            .await
            .map_err(StoreError::from)?,
        Some(known) if known == journal.id() => {}
        Some(_) => {
            return Err(StartError::Pairing(
                "this journal is new or another's: put back the one that belongs to this database, or see `rollcall journal adopt --help`",
            ));
        }
    }
    // In this order: an owner that still works issues first and applies then.
    let applied = occurrences::furthest_applied(&pools.read).await?;
    if journal.last_issued().await? < applied {
        return Err(StartError::Pairing(
            "this journal is older than the database, events are missing from it: put back a newer copy, or see `rollcall journal adopt --help`",
        ));
    }
    Ok(())
}

impl Running {
    /// Stops in order; what has no time left is in the journal.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.patience;
        // From here on: not ready, and 503 to what still comes; what was accepted is answered.
        let close = async {
            tokio::time::sleep(LAST_CALL).await;
            self.public.stop(true).await;
        };
        let taken = async { tokio::join!(self.journal.drain(), close) };
        if tokio::time::timeout_at(deadline, taken).await.is_err() {
            tracing::warn!("stopped before every request was answered; Zoom sends those again");
        }
        self.registry
            .drain(deadline.saturating_duration_since(Instant::now()))
            .await;
        self.admin.stop(false).await;
        let kept = async { tokio::join!(self.security.flush(), self.heard.keep()) };
        let _ = tokio::time::timeout_at(deadline, kept).await;
        let left = deadline.saturating_duration_since(Instant::now());
        self.traces.close(left.min(LAST_TRACES)).await;
        let _ = tokio::time::timeout_at(deadline, self.pools.close()).await;
        tracing::info!("stopped");
    }
}
