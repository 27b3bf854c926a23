//! The operators' listener as a process of its own would run it, over a database of the test's.

use crate::support::{app::client, postgres};
use jiff::tz::TimeZone;
use reqwest::{Client, RequestBuilder};
use rollcall::{
    config,
    http::{
        self, Admin, Keyring, Readiness, SecurityLog,
        pages::{History, Pages},
    },
    journal::Journal,
    meeting::{Census, Rehearsal},
    store::{
        access::Accounts,
        clerk::{Clerk, Identity},
        connect::{Pools, Role, connect, migrate},
        dead::Redriver,
        reports::Reports,
        security::Bursts,
    },
};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel};
use secrecy::SecretString;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// The operators' token.
pub(crate) const TOKEN: &str = "reports-token";
/// Marks are final this many seconds after the end.
pub(crate) const SETTLE: i64 = 5400;

/// The operators' listener and the database behind it.
pub(crate) struct Desk {
    pub(crate) pools: Pools,
    pub(crate) url: String,
    pub(crate) client: Client,
    _folder: TempDir,
    _postgres: Option<postgres::Database>,
}

impl Desk {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reports.db");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        Self::on(folder, url, None).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = tokio::task::spawn_blocking(postgres::database);
        let database = database.await.unwrap();
        let url = database.url();
        Self::on(tempfile::tempdir().unwrap(), url, Some(database)).await
    }

    async fn on(folder: TempDir, url: String, postgres: Option<postgres::Database>) -> Self {
        let timeout = Duration::from_secs(10);
        let pools = connect(&SecretString::from(url), 4, timeout, Role::Store)
            .await
            .unwrap();
        migrate(&pools).await.unwrap();
        let reports = Reports::new(pools.read.clone(), Handle::current(), SETTLE);
        let journal = journal(&folder).await;
        let accounts = Accounts::new(pools.clone(), timeout, Handle::current());
        let state = Admin {
            readiness: Readiness::new(journal, reports.clone()),
            reports,
            keyring: Keyring::open(accounts, Some(&SecretString::from(TOKEN)))
                .await
                .unwrap(),
            security: SecurityLog::new(
                Bursts::new(pools.write.clone(), Handle::current()),
                &Handle::current(),
            ),
            redriver: Redriver::new(pools.clone(), timeout, Handle::current()),
            clerk: Clerk::new(pools.clone(), timeout, SETTLE, Handle::current()),
            identify: Arc::new(|_, _| Box::pin(async { Some(Identity::NoOccurrence) })),
            rehearse: Arc::new(|_, _| Box::pin(async { Some(Rehearsal::Gone) })),
            metrics: Arc::new(|| "rollcall_up 1\n".to_owned()),
            partial_weight: 0.5,
            pages: Pages {
                history: History::default(),
                census: Arc::new(|_| Census::default()),
                zone: TimeZone::UTC,
            },
        };
        let listener = config::Admin {
            addr: ([127, 0, 0, 1], 0).into(),
            token: Some(SecretString::from(TOKEN)),
            behind_tls: false,
        };
        let (server, addr) = http::admin(state, &listener).unwrap();
        tokio::spawn(server);
        Self {
            pools,
            url: format!("http://{addr}"),
            client: client(),
            _folder: folder,
            _postgres: postgres,
        }
    }

    pub(crate) fn request(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("{}{path}", self.url))
            .bearer_auth(TOKEN)
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.request(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "private, no-cache");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        response.json().await.unwrap()
    }

    pub(crate) async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.json(path).await;
        assert_eq!(page["next_cursor"], Value::Null, "{path}");
        page["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn csv(&self, path: &str) -> String {
        let response = self.request(path).header("accept", "text/csv").send();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let kind = &response.headers()["content-type"];
        assert_eq!(kind, "text/csv; charset=utf-8; header=present");
        response.text().await.unwrap()
    }

    pub(crate) async fn insert<A>(&self, row: impl IntoActiveModel<A>)
    where
        A: ActiveModelTrait + ActiveModelBehavior + Send,
    {
        let row = <A::Entity as EntityTrait>::insert(row.into_active_model());
        row.exec_without_returning(&self.pools.write).await.unwrap();
    }
}

async fn journal(folder: &TempDir) -> Journal {
    let settings = config::Journal {
        url: None,
        ack_timeout_ms: 1000,
        queue: 10,
        batch: 10,
        retention_days: 30,
        retention_check_seconds: 300,
    };
    let file = folder.path().join("journal.db");
    let url = SecretString::from(format!("sqlite://{}?mode=rwc", file.display()));
    let (journal, _) = Journal::open(&settings, &url, Handle::current())
        .await
        .unwrap();
    journal
}
