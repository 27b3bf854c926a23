//! Counts requests into a [`Measured`], and what of it is shown while the run goes on.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::measured::{Ended, Measured, Second, histogram, micros};
use super::queue::Turn;
use super::retries::{Fate, Outcome};

/// A request that was sent later than this after its plan was not sent in time.
const BEHIND: Duration = Duration::from_millis(10);

/// What has been measured so far.
pub(super) struct Recorder {
    measured: Measured,
    /// Whether sending is planned: an open loop.
    planned: bool,
    /// Latencies of the second that goes on, the one of this index.
    latency: Histogram<u64>,
    second: usize,
}

/// One request that is over; times since the run has begun.
pub(super) struct Request {
    pub(super) turn: Turn,
    pub(super) sent: Duration,
    pub(super) over: Duration,
    pub(super) outcome: Outcome,
    pub(super) fate: Fate,
}

/// How far a run is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// Deliveries taken, refused or lost.
    pub settled: u64,
    /// Deliveries there are.
    pub planned: u64,
    /// Requests that came to anything but 2xx.
    pub errors: u64,
    /// The last whole second.
    pub second: Second,
}

impl Recorder {
    /// Of `count` deliveries; `planned` in an open loop.
    pub(super) fn new(
        begun_ms: i64,
        count: usize,
        planned: bool,
        validation: Option<bool>,
    ) -> Self {
        Self {
            measured: Measured {
                validation,
                ..Measured::nothing(begun_ms, count)
            },
            planned,
            latency: histogram(),
            second: 0,
        }
    }

    /// A connection has taken a delivery from the queue.
    pub(super) fn taken_out(&mut self, turn: Turn) {
        if turn.attempt == 0 {
            self.at(turn.planned).planned += 1;
        }
    }

    /// A request is over.
    pub(super) fn request(&mut self, request: &Request) {
        let Request { turn, fate, .. } = request;
        self.measured.requests += 1;
        self.measured.retries += u64::from(turn.attempt > 0);
        let behind = request.sent.saturating_sub(turn.planned) > BEHIND;
        self.measured.behind += u64::from(self.planned && behind);
        match request.outcome {
            Outcome::Answered(500..) => self.measured.unavailable += 1,
            Outcome::Answered(_) => {}
            Outcome::TimedOut => self.measured.timeouts += 1,
            Outcome::Broken => self.measured.broken += 1,
        }
        match fate {
            Fate::Taken => {
                self.measured.taken += 1;
                self.measured.bodies_taken[turn.index] = true;
            }
            Fate::Refused => self.measured.refused += 1,
            Fate::Lost => self.measured.lost += 1,
            Fate::Again(_) => {}
        }
        self.latencies(request);
    }

    fn latencies(&mut self, request: &Request) {
        self.measured.took = self.measured.took.max(request.over);
        self.turn_to(whole_seconds(request.over));
        let second = self.at(request.over);
        match request.fate {
            Fate::Taken => second.taken += 1,
            _ => second.errors += 1,
        }
        if request.outcome != Outcome::Broken {
            let latency = micros(request.over.saturating_sub(request.turn.planned));
            let service = micros(request.over.saturating_sub(request.sent));
            self.latency.saturating_record(latency);
            self.measured.latency.saturating_record(latency);
            self.measured.service.saturating_record(service);
        }
    }

    /// Sums up the second that went on, once a later one has begun.
    fn turn_to(&mut self, second: usize) {
        if second <= self.second {
            return;
        }
        self.sum_up();
        self.second = second;
        self.latency.reset();
    }

    fn sum_up(&mut self) {
        if self.latency.is_empty() {
            return;
        }
        let (p50, p99, max) = (
            self.latency.value_at_quantile(0.5),
            self.latency.value_at_quantile(0.99),
            self.latency.max(),
        );
        let second = self.second_at(self.second);
        (second.p50, second.p99, second.max) = (p50, p99, max);
    }

    fn at(&mut self, time: Duration) -> &mut Second {
        self.second_at(whole_seconds(time))
    }

    fn second_at(&mut self, index: usize) -> &mut Second {
        let seconds = &mut self.measured.seconds;
        if seconds.len() <= index {
            seconds.resize(index + 1, Second::default());
        }
        &mut seconds[index]
    }

    /// How far it is.
    pub(super) fn snapshot(&mut self, now: Duration) -> Snapshot {
        let now = whole_seconds(now);
        self.turn_to(now);
        let last = now.checked_sub(1);
        let second = last.and_then(|last| self.measured.seconds.get(last));
        Snapshot {
            settled: self.measured.taken + self.measured.refused + self.measured.lost,
            planned: self.measured.planned,
            errors: self.measured.errors(),
            second: second.copied().unwrap_or_default(),
        }
    }

    /// The result.
    pub(super) fn finish(&mut self, ended: Ended, waiting: usize, unsent: usize) -> Measured {
        self.sum_up();
        Measured {
            ended,
            waiting: waiting as u64,
            unsent: unsent as u64,
            ..self.measured.clone()
        }
    }
}

fn whole_seconds(time: Duration) -> usize {
    usize::try_from(time.as_secs()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Delivery `index`, planned, sent and over at these milliseconds.
    fn request(index: usize, times: [u64; 3], outcome: Outcome, fate: Fate) -> Request {
        let [planned, sent, over] = times.map(ms);
        Request {
            turn: Turn {
                index,
                attempt: 0,
                planned,
            },
            sent,
            over,
            outcome,
            fate,
        }
    }

    const OK: Outcome = Outcome::Answered(200);

    #[test]
    fn latency_counts_from_the_plan_and_service_from_the_sending() {
        let mut recorder = Recorder::new(0, 2, true, None);
        recorder.request(&request(0, [0, 1, 3], OK, Fate::Taken));
        recorder.request(&request(1, [10, 500, 504], OK, Fate::Taken));
        let measured = recorder.finish(Ended::Complete, 0, 0);
        // Three significant digits.
        assert_eq!(measured.latency.max() / 1000, 494);
        assert_eq!(measured.latency.min() / 1000, 3);
        assert_eq!(measured.service.max() / 1000, 4);
        assert_eq!((measured.behind, measured.taken), (1, 2));
        assert_eq!(measured.bodies_taken, [true, true]);
    }

    #[test]
    fn a_closed_loop_is_never_behind() {
        let mut recorder = Recorder::new(0, 1, false, None);
        recorder.request(&request(0, [0, 500, 600], OK, Fate::Taken));
        let measured = recorder.finish(Ended::Complete, 0, 0);
        assert_eq!(measured.behind, 0);
    }

    #[test]
    fn each_way_to_fail_is_counted_once_and_a_broken_connection_has_no_latency() {
        let mut recorder = Recorder::new(0, 4, false, Some(true));
        let again = Fate::Again(ms(300));
        recorder.request(&request(0, [0, 0, 1], Outcome::Answered(503), again));
        recorder.request(&request(1, [0, 0, 3000], Outcome::TimedOut, Fate::Lost));
        recorder.request(&request(2, [0, 0, 1], Outcome::Broken, again));
        recorder.request(&request(
            3,
            [0, 0, 1],
            Outcome::Answered(401),
            Fate::Refused,
        ));
        let measured = recorder.finish(Ended::Interrupted, 2, 0);
        let counts = [
            measured.requests,
            measured.unavailable,
            measured.timeouts,
            measured.broken,
            measured.refused,
            measured.lost,
            measured.waiting,
            measured.taken,
        ];
        assert_eq!(counts, [4, 1, 1, 1, 1, 1, 2, 0]);
        assert_eq!((measured.errors(), measured.latency.len()), (4, 3));
        assert_eq!(measured.bodies_taken, [false; 4]);
        assert_eq!(measured.validation, Some(true));
    }

    #[test]
    fn every_second_has_its_own_counts_and_latencies() {
        let mut recorder = Recorder::new(0, 4, true, None);
        let requests = [
            request(0, [100, 100, 110], OK, Fate::Taken),
            request(1, [200, 200, 250], OK, Fate::Taken),
            request(2, [900, 900, 2100], OK, Fate::Taken),
            request(3, [2500, 2500, 2501], Outcome::Answered(500), Fate::Lost),
        ];
        for request in &requests {
            recorder.taken_out(request.turn);
            recorder.request(request);
        }
        assert_eq!(
            recorder.snapshot(ms(3100)).second.errors,
            1,
            "the last whole second"
        );
        let seconds = recorder.finish(Ended::Complete, 0, 0).seconds;
        let counts: Vec<_> = seconds
            .iter()
            .map(|second| [second.planned, second.taken, second.errors])
            .collect();
        assert_eq!(counts, [[3, 2, 0], [0, 0, 0], [1, 1, 1]]);
        let longest: Vec<_> = seconds.iter().map(|second| second.max / 1000).collect();
        assert_eq!(longest, [50, 0, 1200]);
        assert_eq!((seconds[0].p50 / 1000, seconds[0].p99 / 1000), (10, 50));
    }
}
