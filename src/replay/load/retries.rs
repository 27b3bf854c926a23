//! What becomes of a delivery after a request: Zoom's rule, in Zoom's words of 5, 25 and 85 minutes.
//!
//! A 5xx, silence and a broken connection are tried again; any other answer but 2xx never is.

use std::time::Duration;

/// The pauses before the second, the third and the fourth request.
const PAUSES: [Duration; 3] = [
    Duration::from_mins(5),
    Duration::from_mins(20),
    Duration::from_hours(1),
];

/// Zoom's schedule, scaled.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Retries {
    /// What the pauses are multiplied with: 1 for Zoom's own, 0.001 for 300, 1,200 and 3,600 milliseconds.
    pub scale: f64,
}

/// How one request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// With this status.
    Answered(u16),
    /// Without a whole answer within Zoom's patience.
    TimedOut,
    /// The connection was refused or cut before the whole answer.
    Broken,
}

/// What becomes of its delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// Acknowledged.
    Taken,
    /// Never sent again.
    Refused,
    /// Sent again after this pause.
    Again(Duration),
    /// Given up.
    Lost,
}

impl Retries {
    /// After the request that was number `attempt` of its delivery, counted from 0.
    pub(super) fn fate(self, outcome: Outcome, attempt: usize) -> Fate {
        match outcome {
            Outcome::Answered(200..=299) => Fate::Taken,
            Outcome::Answered(..=499) => Fate::Refused,
            Outcome::Answered(_) | Outcome::TimedOut | Outcome::Broken => {
                PAUSES.get(attempt).map_or(Fate::Lost, |pause| {
                    let pause = Duration::try_from_secs_f64(pause.as_secs_f64() * self.scale);
                    Fate::Again(pause.unwrap_or(Duration::MAX))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_taken_comes_again_after_5_then_20_then_60_minutes_and_then_never() {
        let fate = |attempt| Retries { scale: 1.0 }.fate(Outcome::TimedOut, attempt);
        let minutes = |minutes| Fate::Again(Duration::from_mins(minutes));
        let fates = [0, 1, 2, 3].map(fate);
        assert_eq!(fates, [minutes(5), minutes(20), minutes(60), Fate::Lost]);
    }

    #[test]
    fn the_pauses_can_be_scaled() {
        let fate = |attempt| Retries { scale: 0.001 }.fate(Outcome::Answered(503), attempt);
        let ms = |ms| Fate::Again(Duration::from_millis(ms));
        assert_eq!(
            [0, 1, 2, 3].map(fate),
            [ms(300), ms(1200), ms(3600), Fate::Lost]
        );
    }

    #[test]
    fn only_server_errors_silence_and_broken_connections_are_tried_again() {
        let fate = |outcome| Retries { scale: 0.0 }.fate(outcome, 0);
        for status in [200, 201, 204, 299] {
            assert_eq!(fate(Outcome::Answered(status)), Fate::Taken, "{status}");
        }
        for status in [301, 304, 400, 401, 404, 408, 413, 429, 499] {
            assert_eq!(fate(Outcome::Answered(status)), Fate::Refused, "{status}");
        }
        for outcome in [500, 502, 503, 599].map(Outcome::Answered) {
            assert_eq!(fate(outcome), Fate::Again(Duration::ZERO), "{outcome:?}");
        }
        assert_eq!(fate(Outcome::Broken), Fate::Again(Duration::ZERO));
    }
}
