//! Zoom as a courier: several connections, and what was not taken comes again later, after newer events.
//!
//! Only a server error, a broken connection and silence of 3 seconds are tried again: the same body and request id,
//! signed anew. Zoom's pauses are kept, a minute shortened to [`MINUTE`]; but where Zoom gives up after the third, the
//! courier goes on, so that in the end every delivery has been acknowledged. Any other answer is a [`Refused`].

use reqwest::{Client, StatusCode};
use rollcall::{replay::traffic::Delivery, zoom::signature::SigningKeys};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinSet};

/// Zoom waits so long for an answer.
const TIMEOUT: Duration = Duration::from_secs(3);
/// What a minute of Zoom's pauses is here.
pub const MINUTE: Duration = Duration::from_millis(20);
/// Minutes before the second, third and fourth attempt, and before each further one.
const PAUSES: [u32; 3] = [5, 20, 60];
/// A connection that was refused is tried no sooner.
const RECONNECT: Duration = Duration::from_millis(100);

/// Delivers to one address; cheap to clone.
#[derive(Clone)]
pub struct Courier(Arc<Office>);

struct Office {
    client: Client,
    url: String,
    keys: SigningKeys,
    clock: fn() -> i64,
    post: Mutex<Post>,
    acknowledged: watch::Sender<usize>,
    unreachable: AtomicUsize,
    cut_off: AtomicUsize,
    silent: AtomicUsize,
    unavailable: AtomicUsize,
}

/// What is still to be delivered.
struct Post {
    deliveries: Vec<Delivery>,
    /// Not tried yet, in order.
    fresh: VecDeque<usize>,
    /// When to be tried again, which, after how many attempts.
    again: BinaryHeap<Reverse<(Instant, usize, usize)>>,
    unacknowledged: usize,
}

/// What a free connection does next.
enum Next {
    Deliver(usize, usize),
    Wait(Duration),
    Done,
}

/// How one attempt ended.
enum Outcome {
    Acknowledged,
    /// No connection.
    Unreachable,
    /// Anything else that Zoom tries again.
    Failed,
}

/// An answer that Zoom would never ask for again.
#[derive(Debug)]
pub struct Refused {
    status: StatusCode,
    body: String,
}

/// Attempts that were not acknowledged, by how they ended.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// Nobody listened.
    pub unreachable: usize,
    /// The connection broke before the whole answer.
    pub cut_off: usize,
    /// No answer within Zoom's patience.
    pub silent: usize,
    /// 5xx.
    pub unavailable: usize,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, body } = self;
        write!(f, "refused for good: {status} {body}")
    }
}

impl Courier {
    /// Will deliver these to `url`, in this order but for what must come again.
    pub fn new(
        url: String,
        keys: SigningKeys,
        clock: fn() -> i64,
        deliveries: Vec<Delivery>,
    ) -> Self {
        let client = Client::builder().no_proxy().timeout(TIMEOUT).build();
        let post = Post {
            fresh: (0..deliveries.len()).collect(),
            again: BinaryHeap::new(),
            unacknowledged: deliveries.len(),
            deliveries,
        };
        Self(Arc::new(Office {
            client: client.expect("a client"),
            url,
            keys,
            clock,
            post: Mutex::new(post),
            acknowledged: watch::Sender::new(0),
            unreachable: AtomicUsize::new(0),
            cut_off: AtomicUsize::new(0),
            silent: AtomicUsize::new(0),
            unavailable: AtomicUsize::new(0),
        }))
    }

    /// Delivers until everything is acknowledged, or one delivery is refused.
    pub async fn deliver(&self, connections: usize) -> Result<(), Refused> {
        let mut workers = JoinSet::new();
        for _ in 0..connections {
            let office = Arc::clone(&self.0);
            workers.spawn(async move { office.work().await });
        }
        while let Some(worker) = workers.join_next().await {
            worker.expect("a connection's task does not panic")?;
        }
        Ok(())
    }

    /// Waits until so many deliveries are acknowledged.
    pub async fn acknowledged(&self, least: usize) {
        let mut count = self.0.acknowledged.subscribe();
        let reached = count.wait_for(|count| *count >= least).await;
        reached.expect("the courier lives");
    }

    /// What went wrong so far.
    pub fn failures(&self) -> Failures {
        Failures {
            unreachable: self.0.unreachable.load(Relaxed),
            cut_off: self.0.cut_off.load(Relaxed),
            silent: self.0.silent.load(Relaxed),
            unavailable: self.0.unavailable.load(Relaxed),
        }
    }
}

impl Office {
    async fn work(&self) -> Result<(), Refused> {
        loop {
            let next = self.post.lock().unwrap().next(Instant::now());
            match next {
                Next::Done => return Ok(()),
                Next::Wait(pause) => tokio::time::sleep(pause).await,
                Next::Deliver(which, attempts) => self.try_once(which, attempts).await?,
            }
        }
    }

    async fn try_once(&self, which: usize, attempts: usize) -> Result<(), Refused> {
        let delivery = self.post.lock().unwrap().deliveries[which].clone();
        let outcome = self.send(delivery).await?;
        if matches!(outcome, Outcome::Acknowledged) {
            self.post.lock().unwrap().unacknowledged -= 1;
            self.acknowledged.send_modify(|count| *count += 1);
            return Ok(());
        }
        let minutes = PAUSES[attempts.min(PAUSES.len() - 1)];
        let due = Instant::now() + MINUTE * minutes;
        let retry = Reverse((due, which, attempts + 1));
        self.post.lock().unwrap().again.push(retry);
        if matches!(outcome, Outcome::Unreachable) {
            tokio::time::sleep(RECONNECT).await;
        }
        Ok(())
    }

    async fn send(&self, delivery: Delivery) -> Result<Outcome, Refused> {
        let now = (self.clock)();
        let signature = self.keys.sign(now, delivery.body.as_bytes());
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Zoom Marketplace/1.0a")
            .header("x-zm-request-timestamp", now.to_string())
            .header("x-zm-signature", signature)
            .header("x-zm-request-id", delivery.request_id)
            .body(delivery.body);
        let answer = async {
            let response = request.send().await?;
            let status = response.status();
            Ok((status, response.text().await?))
        };
        match answer.await {
            Ok((status, _)) if status.is_success() => Ok(Outcome::Acknowledged),
            Ok((status, _)) if status.is_server_error() => Ok(failed(&self.unavailable)),
            Ok((status, body)) => Err(Refused { status, body }),
            Err(error) => Ok(self.note_error(&error)),
        }
    }

    fn note_error(&self, error: &reqwest::Error) -> Outcome {
        if error.is_timeout() {
            return failed(&self.silent);
        }
        if error.is_connect() {
            self.unreachable.fetch_add(1, Relaxed);
            return Outcome::Unreachable;
        }
        failed(&self.cut_off)
    }
}

fn failed(count: &AtomicUsize) -> Outcome {
    count.fetch_add(1, Relaxed);
    Outcome::Failed
}

impl Post {
    fn next(&mut self, now: Instant) -> Next {
        if self.unacknowledged == 0 {
            return Next::Done;
        }
        if let Some(Reverse((due, which, attempts))) = self.again.peek().copied()
            && due <= now
        {
            self.again.pop();
            return Next::Deliver(which, attempts);
        }
        match self.fresh.pop_front() {
            Some(which) => Next::Deliver(which, 0),
            // Another connection's delivery may still fail and come again.
            None => Next::Wait(MINUTE / 4),
        }
    }
}
