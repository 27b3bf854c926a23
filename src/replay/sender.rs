//! Delivers like Zoom: signed with the time of sending, over connections that stay open, again where it was not taken.
//!
//! Decides nothing about attendance. With one connection the order is kept; with more it is not, as with Zoom.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::task::JoinSet;

use super::traffic::Delivery;
use crate::zoom::signature::SigningKeys;

/// No request waits longer; Zoom gives up after 3 s.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How often one delivery is tried.
const ATTEMPTS: u32 = 8;
/// The wait before the second try; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// Sends to one webhook address.
#[derive(Clone)]
pub struct Sender {
    client: reqwest::Client,
    url: String,
    keys: SigningKeys,
    clock: fn() -> i64,
}

/// What became of the deliveries.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Answered with 2xx.
    pub taken: usize,
    /// Answered with 3xx or 4xx: Zoom would not send them again.
    pub refused: usize,
    /// Neither, in all attempts.
    pub lost: usize,
    /// Tries beyond the first.
    pub retries: usize,
}

/// What became of one.
enum Outcome {
    Taken,
    Refused,
    Lost,
}

impl Sender {
    /// A sender to `url`, which signs with the first of `keys` and the time of `clock`, in Unix seconds.
    pub fn new(url: String, keys: SigningKeys, clock: fn() -> i64) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self {
            client,
            url,
            keys,
            clock,
        })
    }

    /// Sends all, over `connections` at a time, and calls `sent` after each one that is done with.
    ///
    /// Each delivery waits for its answer; the next free connection takes the next delivery.
    pub async fn send<F>(&self, deliveries: Vec<Delivery>, connections: usize, sent: F) -> Counts
    where
        F: Fn() + Clone + Send + 'static,
    {
        let work = std::sync::Arc::new((deliveries, AtomicUsize::new(0)));
        let mut workers = JoinSet::new();
        for _ in 0..connections.max(1) {
            let (sender, work, sent) = (self.clone(), work.clone(), sent.clone());
            workers.spawn(async move {
                let (deliveries, next) = &*work;
                let mut counts = Counts::default();
                while let Some(delivery) = deliveries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    counts.add(sender.deliver(delivery).await);
                    sent();
                }
                counts
            });
        }
        let each = workers.join_all().await;
        each.into_iter().fold(Counts::default(), Counts::plus)
    }

    /// One delivery, tried until it is answered with anything but 5xx; with the number of further tries.
    async fn deliver(&self, delivery: &Delivery) -> (Outcome, usize) {
        let mut pause = FIRST_PAUSE;
        for attempt in 0..ATTEMPTS {
            match self.attempt(delivery).await {
                Ok(status) if status.is_success() => return (Outcome::Taken, attempt as usize),
                Ok(status) if !status.is_server_error() => {
                    return (Outcome::Refused, attempt as usize);
                }
                Ok(_) | Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        (Outcome::Lost, ATTEMPTS as usize - 1)
    }

    async fn attempt(&self, delivery: &Delivery) -> reqwest::Result<StatusCode> {
        let now = (self.clock)();
        let body = delivery.body.clone();
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json; charset=utf-8")
            .header("user-agent", "Zoom Marketplace/1.0a")
            .header("x-zm-request-timestamp", now.to_string())
            .header("x-zm-signature", self.keys.sign(now, body.as_bytes()))
            .header("x-zm-request-id", &delivery.request_id)
            .body(body);
        let response = request.send().await?;
        let status = response.status();
        // Read to the end, or the connection cannot be used again.
        response.bytes().await?;
        Ok(status)
    }
}

impl Counts {
    fn add(&mut self, (outcome, retries): (Outcome, usize)) {
        self.retries += retries;
        match outcome {
            Outcome::Taken => self.taken += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Lost => self.lost += 1,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            taken: self.taken + other.taken,
            refused: self.refused + other.refused,
            lost: self.lost + other.lost,
            retries: self.retries + other.retries,
        }
    }
}

#[cfg(test)]
mod tests;
