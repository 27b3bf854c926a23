//! Many senders at once, each of which does what Zoom does: it sends again what was not taken.

use super::zoom::{self, Zoom};
use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Zoom hangs up after this.
pub const ZOOM_WAITS: Duration = Duration::from_secs(3);
/// The pause of a sender before it sends again.
const PAUSE: Duration = Duration::from_millis(100);
/// The first answers that are not what they must be are told, not all.
const TOLD: usize = 5;

/// What one request came to.
pub struct Attempt {
    /// How it was answered; none where the connection was refused or broke.
    pub status: Option<StatusCode>,
    /// Whether the answer says when to come again.
    pub retry_after: bool,
    /// From the first byte sent to the last byte of the answer.
    pub took: Duration,
    /// When it was begun.
    pub begun: Instant,
}

/// What all requests came to.
#[derive(Default)]
pub struct Tally {
    /// Bodies that got 200.
    pub taken: Vec<Vec<u8>>,
    /// Every request.
    pub attempts: Vec<Attempt>,
}

/// How far senders have come, for whoever watches them.
#[derive(Clone, Default)]
pub struct Progress {
    /// Requests that got 200.
    pub taken: Arc<AtomicUsize>,
    /// Requests that got anything else.
    pub refused: Arc<AtomicUsize>,
}

impl Progress {
    /// Waits until `enough` of (taken, refused).
    pub async fn until(&self, what: &str, enough: impl Fn(usize, usize) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !enough(self.taken.load(Relaxed), self.refused.load(Relaxed)) {
            let (taken, refused) = (self.taken.load(Relaxed), self.refused.load(Relaxed));
            assert!(
                Instant::now() < deadline,
                "{what}: {taken} taken, {refused} refused"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// One request.
pub async fn attempt(zoom: &Zoom, body: &[u8]) -> Attempt {
    let (now, begun) = (zoom::now(), Instant::now());
    let request = zoom
        .request(body)
        .header("x-zm-request-timestamp", now.to_string())
        .header("x-zm-signature", zoom.sign(now, body));
    let answer = async {
        let response = request.send().await?;
        let status = response.status();
        let retry_after = response.headers().contains_key("retry-after");
        response.bytes().await?;
        Ok::<_, reqwest::Error>((status, retry_after))
    };
    let answer = answer.await.ok();
    Attempt {
        status: answer.map(|answer| answer.0),
        retry_after: answer.is_some_and(|answer| answer.1),
        took: begun.elapsed(),
        begun,
    }
}

/// Sends every body over `connections` at a time. One that is not taken is sent again until it is, or until
/// `give_up` says that it makes no sense any more.
pub async fn send(
    zoom: &Zoom,
    bodies: impl IntoIterator<Item = Vec<u8>, IntoIter: Send + 'static>,
    connections: usize,
    progress: &Progress,
    give_up: impl Fn() -> bool + Clone + Send + Sync + 'static,
) -> Tally {
    let bodies = Arc::new(Mutex::new(bodies.into_iter()));
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        let (zoom, bodies) = (zoom.clone(), Arc::clone(&bodies));
        let (progress, give_up) = (progress.clone(), give_up.clone());
        senders.spawn(async move {
            let next = || bodies.lock().expect("no panic").next();
            let mut tally = Tally::default();
            while let Some(body) = next() {
                if !insist(&zoom, body, &progress, &give_up, &mut tally).await {
                    break;
                }
            }
            tally
        });
    }
    let mut all = Tally::default();
    for tally in senders.join_all().await {
        all.taken.extend(tally.taken);
        all.attempts.extend(tally.attempts);
    }
    all
}

/// Whether the body was taken in the end.
async fn insist(
    zoom: &Zoom,
    body: Vec<u8>,
    progress: &Progress,
    give_up: &(impl Fn() -> bool + Sync),
    tally: &mut Tally,
) -> bool {
    loop {
        let attempt = attempt(zoom, &body).await;
        let taken = attempt.status == Some(StatusCode::OK);
        tally.attempts.push(attempt);
        if taken {
            tally.taken.push(body);
            progress.taken.fetch_add(1, Relaxed);
            return true;
        }
        progress.refused.fetch_add(1, Relaxed);
        if give_up() {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Tally {
    /// Every request was answered with 200 or with 503 that says when to come again, before Zoom would have hung up.
    pub fn assert_that_zoom_is_content(&self) {
        let wrong = |attempt: &&Attempt| match attempt.status {
            Some(StatusCode::OK) => attempt.took > ZOOM_WAITS,
            Some(StatusCode::SERVICE_UNAVAILABLE) => {
                attempt.took > ZOOM_WAITS || !attempt.retry_after
            }
            _ => true,
        };
        let wrong: Vec<_> = self.attempts.iter().filter(wrong).collect();
        let told: Vec<_> = wrong
            .iter()
            .take(TOLD)
            .map(|a| (a.status, a.took))
            .collect();
        let (count, of) = (wrong.len(), self.attempts.len());
        assert!(wrong.is_empty(), "{count} of {of}, such as {told:?}");
    }

    /// How many were answered so.
    pub fn count(&self, status: StatusCode) -> usize {
        let so = |attempt: &&Attempt| attempt.status == Some(status);
        self.attempts.iter().filter(so).count()
    }

    /// The longest that anybody waited.
    pub fn longest(&self) -> Duration {
        let took = self.attempts.iter().map(|attempt| attempt.took);
        took.max().unwrap_or_default()
    }
}

/// SHA-256 of each body, in order, each once.
pub fn hashes(bodies: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut hashes: Vec<Vec<u8>> = bodies
        .iter()
        .map(|body| Sha256::digest(body).to_vec())
        .collect();
    hashes.sort();
    hashes.dedup();
    hashes
}

/// How much memory a process has in RAM, in bytes.
pub fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    1024 * kilobytes
        .and_then(|n| n.trim().parse::<u64>().ok())
        .expect("VmRSS")
}
