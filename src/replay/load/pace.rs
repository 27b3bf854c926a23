//! When each delivery is to be sent: the plan that latencies are counted from.
//!
//! A plan does not wait for answers. That is what keeps a slow service from hiding its own queue: a delivery that had
//! to wait because the one before it was not answered is late, and counted so.

use std::time::Duration;

use crate::replay::traffic::Delivery;

/// The bell's profile, over and over: for so many seconds, this share of the highest rate.
const BELL: [(f64, f64); 4] = [(10.0, 0.1), (10.0, 0.5), (10.0, 1.0), (10.0, 0.1)];

/// What decides when a delivery is sent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// A free connection: a closed loop, as fast as it goes.
    Free,
    /// The time at which the delivery arrived, this many times as fast.
    Own {
        /// 1 for its own pace; above 0.
        speed: f64,
    },
    /// A steady rate.
    Rate {
        /// Deliveries a second; above 0.
        rate: f64,
        /// The rate grows from nothing over this time.
        ramp: Duration,
    },
    /// Quiet, a step, a burst, quiet, ten seconds each, over and over: 10, 50, 100 and 10 percent of `rate`.
    Bell {
        /// Deliveries a second in the burst; above 0.
        rate: f64,
    },
}

/// A time in which the rate changes evenly.
#[derive(Clone, Copy)]
struct Stretch {
    seconds: f64,
    /// Deliveries a second when it begins.
    from: f64,
    /// And when it ends.
    to: f64,
}

impl Pace {
    /// When each of the deliveries, which are in order of arrival, is sent after the run has begun; `None` in a closed loop.
    pub fn plan(self, deliveries: &[Delivery]) -> Option<Vec<Duration>> {
        let count = deliveries.len();
        match self {
            Self::Free => None,
            Self::Own { speed } => Some(own(deliveries, speed)),
            Self::Rate { rate, ramp } => {
                let ramp = Stretch {
                    seconds: ramp.as_secs_f64(),
                    from: 0.0,
                    to: rate,
                };
                Some(spread(count, [ramp].into_iter().chain(steady(rate))))
            }
            Self::Bell { rate } => {
                let stretches = BELL.map(|(seconds, share)| Stretch {
                    seconds,
                    from: rate * share,
                    to: rate * share,
                });
                Some(spread(count, stretches.into_iter().cycle()))
            }
        }
    }
}

fn own(deliveries: &[Delivery], speed: f64) -> Vec<Duration> {
    let first = deliveries.first().map_or(0, |delivery| delivery.at);
    let after = |delivery: &Delivery| {
        let ms = u64::try_from(delivery.at - first).unwrap_or(0);
        seconds(Duration::from_millis(ms).as_secs_f64() / speed)
    };
    deliveries.iter().map(after).collect()
}

fn steady(rate: f64) -> impl Iterator<Item = Stretch> {
    std::iter::repeat(Stretch {
        seconds: 3600.0,
        from: rate,
        to: rate,
    })
}

/// When the first `count` deliveries are due: each as soon as the rates so far add up to the number of those before it.
fn spread(count: usize, mut stretches: impl Iterator<Item = Stretch>) -> Vec<Duration> {
    let mut plan = Vec::with_capacity(count);
    let (mut begins, mut due) = (0.0, 0.0);
    while plan.len() < count
        && let Some(stretch) = stretches.next()
    {
        let ends_with = due + stretch.total();
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^52 deliveries")]
        while plan.len() < count && (plan.len() as f64) < ends_with {
            let into = stretch.reaches(plan.len() as f64 - due);
            plan.push(seconds(begins + into));
        }
        begins += stretch.seconds;
        due = ends_with;
    }
    plan
}

impl Stretch {
    /// Deliveries that fall into it.
    fn total(self) -> f64 {
        f64::midpoint(self.from, self.to) * self.seconds
    }

    /// Seconds into it at which so many have fallen: the root of `from t + grows t^2 / 2 = number`.
    fn reaches(self, number: f64) -> f64 {
        if number <= 0.0 {
            return 0.0;
        }
        let grows = (self.to - self.from) / self.seconds;
        2.0 * number / (self.from + (self.from * self.from + 2.0 * grows * number).sqrt())
    }
}

/// A time beyond all bounds is a time that never comes.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan, in milliseconds, of deliveries that arrived at these.
    fn plan(pace: Pace, arrived: &[i64]) -> Vec<u128> {
        let delivery = |&at| Delivery {
            at,
            body: String::new(),
            request_id: String::new(),
        };
        let deliveries: Vec<_> = arrived.iter().map(delivery).collect();
        let plan = pace.plan(&deliveries).expect("an open loop has a plan");
        plan.iter().map(Duration::as_millis).collect()
    }

    #[test]
    fn a_closed_loop_has_no_plan() {
        assert_eq!(Pace::Free.plan(&[]), None);
    }

    #[test]
    fn their_own_pace_begins_with_the_first_and_can_be_sped_up() {
        let arrived = [1_791_000_000_000, 1_791_000_000_500, 1_791_000_060_000];
        assert_eq!(plan(Pace::Own { speed: 1.0 }, &arrived), [0, 500, 60_000]);
        assert_eq!(plan(Pace::Own { speed: 60.0 }, &arrived), [0, 8, 1000]);
    }

    #[test]
    fn a_steady_rate_sends_at_even_distances() {
        let pace = Pace::Rate {
            rate: 4.0,
            ramp: Duration::ZERO,
        };
        assert_eq!(plan(pace, &[0; 6]), [0, 250, 500, 750, 1000, 1250]);
    }

    #[test]
    fn a_ramp_grows_evenly_to_the_rate() {
        let pace = Pace::Rate {
            rate: 4.0,
            ramp: Duration::from_secs(2),
        };
        // After t seconds of the ramp t^2 deliveries were due: the roots of 0, 1, 2, 3; then four a second.
        assert_eq!(
            plan(pace, &[0; 8]),
            [0, 1000, 1414, 1732, 2000, 2250, 2500, 2750]
        );
    }

    #[test]
    fn a_bell_is_quiet_then_a_step_then_a_burst_then_quiet_and_again() {
        let pace = Pace::Bell { rate: 10.0 };
        // Ten seconds each of 1, 5, 10 and 1 a second: 10, 50, 100 and 10 deliveries.
        let plan = plan(pace, &[0; 181]);
        assert_eq!(plan[..3], [0, 1000, 2000]);
        assert_eq!(plan[9..12], [9000, 10_000, 10_200]);
        assert_eq!(plan[59..62], [19_800, 20_000, 20_100]);
        assert_eq!(plan[159..162], [29_900, 30_000, 31_000]);
        assert_eq!(plan[169..172], [39_000, 40_000, 41_000]);
        assert_eq!(plan[180], 50_000, "the second step begins");
    }

    #[test]
    fn hours_at_a_steady_rate_keep_their_distances() {
        let pace = Pace::Rate {
            rate: 0.5,
            ramp: Duration::ZERO,
        };
        let plan = plan(pace, &[0; 1802]);
        assert_eq!(plan[1799..], [3_598_000, 3_600_000, 3_602_000]);
    }
}
