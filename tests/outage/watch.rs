//! Who looks at the service all the while: Zoom validates its URL, a load balancer asks for life and readiness, Prometheus scrapes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rollcall::zoom::signature::SigningKeys;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::app::{App, SECRET, TOKEN, client};
use crate::support::zoom::{keys, now};

/// No answer may take longer: Zoom's own limit.
pub(crate) const ZOOM_WAITS: Duration = Duration::from_secs(3);
const PERIOD: Duration = Duration::from_millis(200);
/// A state that does not come about within this never does.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was seen since [`Watch::forget`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// `/readyz`: status, the journal's word, the database's word.
    pub(crate) readiness: BTreeSet<(u16, String, String)>,
    /// The latest of them.
    pub(crate) latest: Option<(u16, String, String)>,
    /// Gauges that were 0.
    pub(crate) zero: BTreeSet<&'static str>,
}

/// Gauges that tell of failing stores.
const GAUGES: [&str; 3] = [
    "rollcall_database_reachable",
    "rollcall_journal_ready",
    "rollcall_ready",
];

/// A task that asks, over and over.
pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Asks this application, which must stay where it is.
    pub(crate) fn over(app: &App) -> Self {
        let eye = Eye {
            client: client(),
            keys: keys(SECRET),
            webhook: app.public_url("/api/zoom/webhook"),
            live: app.public_url("/livez"),
            ready: app.public_url("/readyz"),
            metrics: app.admin_url("/metrics"),
        };
        let seen = Arc::<Mutex<Seen>>::default();
        let telling = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            loop {
                eye.look(&telling).await;
                tokio::time::sleep(PERIOD).await;
            }
        });
        Self { seen, task }
    }

    pub(crate) fn seen(&self) -> Seen {
        assert!(!self.task.is_finished(), "the watch has failed: see above");
        lock(&self.seen).clone()
    }

    pub(crate) fn forget(&self) {
        *lock(&self.seen) = Seen::default();
    }

    /// Waits until `enough` has been seen.
    pub(crate) async fn until(&self, what: &str, enough: impl Fn(&Seen) -> bool) -> Seen {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.seen();
            if enough(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "never {what}: {seen:?}");
            tokio::time::sleep(PERIOD / 4).await;
        }
    }

    /// Ends it; it must have liked all that it saw.
    pub(crate) async fn end(&mut self) {
        self.task.abort();
        let ended = (&mut self.task).await;
        assert!(
            ended.is_err_and(|error| error.is_cancelled()),
            "the watch has failed: see above"
        );
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Eye {
    client: reqwest::Client,
    keys: SigningKeys,
    webhook: String,
    live: String,
    ready: String,
    metrics: String,
}

impl Eye {
    async fn look(&self, seen: &Mutex<Seen>) {
        let all = async {
            tokio::join!(
                self.validate(),
                self.live(),
                self.readiness(),
                self.gauges()
            )
        };
        let waited = tokio::time::timeout(ZOOM_WAITS, all).await;
        let ((), (), readiness, zero) = waited.expect("every answer comes in time");
        let mut seen = lock(seen);
        seen.readiness.insert(readiness.clone());
        seen.latest = Some(readiness);
        seen.zero.extend(zero);
    }

    /// Zoom's validation of the URL: from memory, whatever the stores do.
    async fn validate(&self) {
        let token = uuid::Uuid::new_v4().simple().to_string();
        let body = json!({
            "event": "endpoint.url_validation",
            "payload": { "plainToken": token },
            "event_ts": 1_791_190_813_877_i64,
        });
        let body = serde_json::to_vec(&body).expect("JSON");
        let now = now();
        let request = self
            .client
            .post(&self.webhook)
            .header("x-zm-request-timestamp", now.to_string())
            .header("x-zm-signature", self.keys.sign(now, &body))
            .body(body);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["plainToken"], token.as_str());
        assert_eq!(answer["encryptedToken"].as_str().map(str::len), Some(64));
    }

    async fn live(&self) {
        let answer = self.client.get(&self.live).send().await;
        assert_eq!(answer.expect("an answer").status(), 200);
    }

    async fn readiness(&self) -> (u16, String, String) {
        let answer = self.client.get(&self.ready).send().await;
        let answer = answer.expect("an answer");
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["ready"], status == 200, "{body}");
        let word = |name: &str| body[name].as_str().expect("a word").to_owned();
        (status, word("journal"), word("database"))
    }

    async fn gauges(&self) -> Vec<&'static str> {
        let scrape = self.client.get(&self.metrics).bearer_auth(TOKEN).send();
        let text = scrape.await.expect("an answer").text().await.expect("text");
        let is_zero = |name: &&str| text.lines().any(|line| line == format!("{name} 0"));
        GAUGES.into_iter().filter(is_zero).collect()
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
