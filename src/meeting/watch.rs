//! The watch: asks the actors' threads, every second, whether they still answer, and actors that are idle to leave.

use super::registry::Inner;
use actix::Arbiter;
use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, interval};

/// A process that has left so many threads to themselves is better started again.
const MOST: usize = 4;

/// A question to a thread.
struct Ping {
    at: Instant,
    answered: Arc<AtomicBool>,
}

impl Ping {
    fn send(arbiter: &Arbiter) -> Self {
        let answered = Arc::new(AtomicBool::new(false));
        let answer = Arc::clone(&answered);
        arbiter.spawn_fn(move || answer.store(true, Relaxed));
        Self {
            at: Instant::now(),
            answered,
        }
    }
}

/// Watches until the service stops, and counts who lives. Must run on a thread that has an actix system.
pub(super) async fn run(inner: Arc<Inner>) {
    let patience = Duration::from_secs(inner.settings.actor.hang_seconds);
    let mut pings: Vec<Option<Ping>> = Vec::new();
    let mut hung = 0;
    let mut ticks = interval(Duration::from_secs(1));
    while !inner.is_draining() {
        ticks.tick().await;
        inner.show_live();
        inner.dismiss_idle();
        for place in ask(&inner, &mut pings, patience) {
            hung += 1;
            metrics::counter!("rollcall_actor_threads_replaced_total").increment(1);
            if hung > MOST {
                tracing::error!("too many threads hang; the process ends, to be started again");
                std::process::exit(1);
            }
            inner.replace_arbiter(place);
            pings[place] = None;
        }
    }
}

/// Asks those who have answered; who has not for too long is returned.
fn ask(inner: &Inner, pings: &mut Vec<Option<Ping>>, patience: Duration) -> Vec<usize> {
    let arbiters = inner
        .arbiters
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    pings.resize_with(arbiters.len(), || None);
    let mut hung = Vec::new();
    for (place, (ping, arbiter)) in pings.iter_mut().zip(arbiters.iter()).enumerate() {
        match ping {
            Some(open) if !open.answered.load(Relaxed) => {
                if open.at.elapsed() > patience {
                    hung.push(place);
                }
            }
            _ => *ping = Some(Ping::send(arbiter)),
        }
    }
    hung
}
