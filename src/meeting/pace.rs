//! How long an occurrence waits before its rows are written: `store.flush_interval_ms`, and several times that in a rush.
//!
//! A write costs much the same however many events are in it. While thousands arrive each second, fewer and fuller writes leave the
//! machine to the journal, for which Zoom waits. When the rush is over, nothing waits longer than the interval.

use super::registry::Inner;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval};

/// Events a second from which it is a rush.
const RUSH: u64 = 2000;
/// Events a second below which it is over.
const CALM: u64 = 1000;
/// So many intervals an occurrence waits in a rush.
const LONGER: u64 = 4;
/// So many times a second that is looked at.
const LOOKS: u32 = 5;

/// What arrives, and whether it is a rush.
#[derive(Debug, Default)]
pub(super) struct Pace {
    arrived: AtomicU64,
    rush: AtomicBool,
}

impl Pace {
    /// Counts an event.
    pub(super) fn count(&self) {
        self.arrived.fetch_add(1, Relaxed);
    }

    /// How long an occurrence waits now, where it waits `interval` at rest; by more than that never for longer than `most`.
    pub(super) fn stretched(&self, interval: u64, most: u64) -> u64 {
        if self.rush.load(Relaxed) {
            interval.saturating_mul(LONGER).min(most).max(interval)
        } else {
            interval
        }
    }

    /// Looks at what arrived since the look before; whether a rush has ended with it.
    fn look(&self) -> bool {
        let rate = self.arrived.swap(0, Relaxed) * u64::from(LOOKS);
        let was = self.rush.load(Relaxed);
        let is = rate >= if was { CALM } else { RUSH };
        self.rush.store(is, Relaxed);
        was && !is
    }
}

/// Looks until the service stops.
pub(super) async fn run(inner: Arc<Inner>) {
    let mut looks = interval(Duration::from_secs(1) / LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !inner.is_draining() {
        looks.tick().await;
        if inner.pace.look() {
            inner.hasten();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a rush has ended, and what becomes of an interval of 10.
    fn after(pace: &Pace, events: u64) -> (bool, u64) {
        for _ in 0..events {
            pace.count();
        }
        (pace.look(), pace.stretched(10, 100))
    }

    #[test]
    fn nobody_waits_for_so_long_that_the_sweep_would_look_for_them() {
        let pace = Pace::default();
        after(&pace, 400);
        assert_eq!(pace.stretched(10, 25), 25);
        assert_eq!(pace.stretched(10, 5), 10);
    }

    #[test]
    fn in_a_rush_one_waits_longer_until_it_is_over() {
        let pace = Pace::default();
        assert_eq!(after(&pace, 399), (false, 10));
        assert_eq!(after(&pace, 400), (false, 40), "2,000 a second");
        assert_eq!(after(&pace, 200), (false, 40), "1,000 a second");
        assert_eq!(after(&pace, 199), (true, 10));
        assert_eq!(after(&pace, 399), (false, 10));
        assert_eq!(after(&pace, 0), (false, 10));
    }
}
