//! Whether a mark may still change by itself. Not stored: computed whenever somebody asks.

use jiff::Timestamp;

/// How sure a mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// A running meeting or a late delivery may still change it.
    Provisional,
    /// No delivery of Zoom is expected any more.
    Final,
}

impl Finality {
    /// Of a lesson whose occurrences end as given (none: it runs), `settle` seconds after the last of them. A mark
    /// without any occurrence was not computed from Zoom and waits for nothing.
    pub fn of(ends: &[Option<Timestamp>], settle: i64, now: Timestamp) -> Self {
        let settled = ends.iter().all(|end| {
            end.is_some_and(|end| now.as_second() >= end.as_second().saturating_add(settle))
        });
        if settled {
            Self::Final
        } else {
            Self::Provisional
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: i64 = 5400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second of this century")
    }

    #[test]
    fn settles_the_given_time_after_the_latest_end() {
        let ends = [Some(at(10_000)), Some(at(20_000))];
        assert_eq!(
            Finality::of(&ends, SETTLE, at(25_399)),
            Finality::Provisional
        );
        assert_eq!(Finality::of(&ends, SETTLE, at(25_400)), Finality::Final);
    }

    #[test]
    fn a_running_occurrence_keeps_it_open() {
        let ends = [Some(at(10_000)), None];
        assert_eq!(
            Finality::of(&ends, SETTLE, at(9_000_000)),
            Finality::Provisional
        );
    }

    #[test]
    fn a_mark_without_occurrence_waits_for_nothing() {
        assert_eq!(Finality::of(&[], SETTLE, at(0)), Finality::Final);
    }
}
