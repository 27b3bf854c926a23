//! What only the inside can bring about: draining, and a database that goes away.

use super::{Heard, Public, Readiness, SecurityLog, public, public::WEBHOOK};
use crate::{
    clock, config,
    journal::Journal,
    store::{
        connect::{Pools, Role, connect, migrate},
        reports::Reports,
        security::Bursts,
    },
    telemetry::Traces,
    zoom::signature::SigningKeys,
};
use reqwest::Client;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Handle;

const BODY: &[u8] = br#"{"event":"meeting.started"}"#;

/// The public listener, running, on SQLite.
struct Service {
    pools: Pools,
    journal: Journal,
    keys: SigningKeys,
    url: String,
    client: Client,
    _folder: TempDir,
}

impl Service {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = |name: &str| {
            let file = folder.path().join(name);
            SecretString::from(format!("sqlite://{}?mode=rwc", file.display()))
        };
        let (limit, runtime) = (Duration::from_secs(5), Handle::current());
        let pools = connect(&url("main.db"), 1, limit, Role::Store).await;
        let pools = pools.expect("a database");
        migrate(&pools).await.expect("tables");
        let settings = config::Journal {
            url: None,
            ack_timeout_ms: 2000,
            queue: 10,
            batch: 10,
            retention_days: 30,
            retention_check_seconds: 300,
        };
        let journal = Journal::open(&settings, &url("journal.db"), runtime.clone()).await;
        let (journal, _) = journal.expect("a journal");
        let secret = SecretString::from("a secret");
        let keys = SigningKeys::new(&[secret]).expect("a key");
        let reports = Reports::new(pools.read.clone(), runtime.clone(), 0);
        let bursts = Bursts::new(pools.write.clone(), runtime.clone());
        let state = Public {
            keys: keys.clone(),
            tolerance: 600,
            journal: journal.clone(),
            readiness: Readiness::new(journal.clone(), reports),
            security: SecurityLog::new(bursts, &runtime),
            heard: Heard::start(pools.clone(), limit, &runtime)
                .await
                .expect("state"),
            traces: Traces::off(),
        };
        let listener = config::Http {
            addr: ([127, 0, 0, 1], 0).into(),
            max_body_bytes: 1024,
            workers: 1,
        };
        let (server, addr) = public(state, &listener).expect("a free port");
        tokio::spawn(server);
        Self {
            pools,
            journal,
            keys,
            url: format!("http://{addr}"),
            client: Client::builder().no_proxy().build().expect("a client"),
            _folder: folder,
        }
    }

    async fn ready(&self) -> (u16, Value) {
        let answer = self.client.get(format!("{}/readyz", self.url)).send();
        let answer = answer.await.expect("an answer");
        (
            answer.status().as_u16(),
            answer.json().await.expect("a body"),
        )
    }

    async fn deliver(&self) -> reqwest::Response {
        let now = clock::now().0;
        let request = self
            .client
            .post(format!("{}{WEBHOOK}", self.url))
            .header("x-zm-request-timestamp", now)
            .header("x-zm-signature", self.keys.sign(now, BODY))
            .body(BODY);
        request.send().await.expect("an answer")
    }
}

#[tokio::test]
async fn draining_is_not_ready_and_sends_zoom_away_for_a_while() {
    let service = Service::start().await;
    let ready = json!({ "ready": true, "journal": "ok", "database": "ok" });
    assert_eq!(service.ready().await, (200, ready));
    assert_eq!(service.deliver().await.status(), 200);
    service.journal.drain().await;
    let draining = json!({ "ready": false, "journal": "draining", "database": "ok" });
    assert_eq!(service.ready().await, (503, draining));
    let answer = service.deliver().await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "30");
    let body: Value = answer.json().await.expect("a body");
    assert_eq!(body, json!({ "error": "journal is draining" }));
}

#[tokio::test]
async fn without_the_database_it_is_ready_all_the_same() {
    let service = Service::start().await;
    service.pools.clone().close().await.expect("closed");
    let away = json!({ "ready": true, "journal": "ok", "database": "unreachable" });
    assert_eq!(service.ready().await, (200, away));
    assert_eq!(service.deliver().await.status(), 200);
}
