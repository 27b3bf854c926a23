//! Why a student has a mark, in words, from the stays that the read API shows.
//!
//! It reads what any operator can read; nothing here knows what was played.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Later than this after the beginning is late, earlier than this before the end is early.
const GRACE: i64 = 5 * 60;

/// One stay as the API shows it.
#[derive(Clone)]
pub(super) struct Stay {
    /// The occurrence's place among those of the lesson.
    pub(super) run: usize,
    /// `participant_uuid`.
    pub(super) connection: String,
    /// Unix seconds.
    pub(super) join: Option<i64>,
    /// Unix seconds.
    pub(super) leave: Option<i64>,
    /// Where its end, or its nothing, comes from.
    pub(super) evidence: String,
}

/// When a lesson began by the timetable and when the last of its runs ended, Unix seconds.
#[derive(Clone)]
pub(super) struct Lesson {
    pub(super) begins: i64,
    pub(super) ends: i64,
    pub(super) zone: TimeZone,
}

/// A connection's time in one run, room moves included.
struct Presence {
    run: usize,
    from: i64,
    until: i64,
    rooms: usize,
}

impl Lesson {
    /// "33 min, came at 09:18"; `stays` are all of the student's in this lesson, `seconds` those of the record.
    pub(super) fn explain(&self, seconds: i64, stays: &[Stay]) -> String {
        if stays.is_empty() {
            return "never joined".to_owned();
        }
        let mut reasons = vec![length(seconds)];
        let presences = presences(stays, self.ends);
        reasons.extend(self.arrival(stays, &presences));
        reasons.extend(between(&presences, |at| self.time(at)));
        reasons.extend(rooms(&presences));
        reasons.extend(self.departure(stays, &presences));
        reasons.join(", ")
    }

    fn arrival(&self, stays: &[Stay], presences: &[Presence]) -> Option<String> {
        if let Some(stay) = stays.iter().find(|stay| stay.evidence == "arrival_unknown") {
            let left = stay.leave.map(|at| self.time(at)).unwrap_or_default();
            return Some(format!(
                "was seen leaving at {left}, but no join ever arrived"
            ));
        }
        let first = presences.iter().map(|presence| presence.from).min()?;
        (first > self.begins + GRACE).then(|| format!("came at {}", self.time(first)))
    }

    fn departure(&self, stays: &[Stay], presences: &[Presence]) -> Option<String> {
        if stays.iter().any(|stay| stay.evidence == "closed_by_end") {
            return Some("no leave arrived: counted to the end of the meeting".to_owned());
        }
        let last = presences.iter().map(|presence| presence.until).max()?;
        (last < self.ends - GRACE)
            .then(|| format!("left at {} and did not return", self.time(last)))
    }

    fn time(&self, second: i64) -> String {
        let instant = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        instant
            .to_zoned_datetime(self.zone.clone())
            .strftime("%H:%M")
            .to_string()
    }
}

fn length(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("{minutes} min"),
        (minutes, rest) => format!("{minutes} min {rest} s"),
    }
}

/// Connections in order of arrival. Stays without a join are no time.
fn presences(stays: &[Stay], ends: i64) -> Vec<Presence> {
    let mut connections: BTreeMap<(usize, &str), Presence> = BTreeMap::new();
    for stay in stays {
        let Some(from) = stay.join else { continue };
        let until = stay.leave.unwrap_or(ends);
        let presence = Presence {
            run: stay.run,
            from,
            until,
            rooms: 0,
        };
        let known = connections
            .entry((stay.run, &stay.connection))
            .or_insert(presence);
        known.from = known.from.min(from);
        known.until = known.until.max(until);
        known.rooms += 1;
    }
    let mut presences: Vec<_> = connections.into_values().collect();
    presences.sort_by_key(|presence| presence.from);
    presences
}

/// What lies between one connection and the next.
fn between(presences: &[Presence], time: impl Fn(i64) -> String) -> Vec<String> {
    let told = |pair: &[Presence]| {
        let (before, after) = (&pair[0], &pair[1]);
        if before.run != after.run {
            "the meeting was restarted, both parts added".to_owned()
        } else if after.from < before.until {
            "two devices counted once".to_owned()
        } else {
            format!(
                "dropped at {}, back at {}",
                time(before.until),
                time(after.from)
            )
        }
    };
    let mut reasons: Vec<String> = presences.windows(2).map(told).collect();
    reasons.dedup();
    reasons
}

fn rooms(presences: &[Presence]) -> Option<String> {
    let moves: usize = presences.iter().map(|presence| presence.rooms - 1).sum();
    match moves {
        0 => None,
        1 => Some("1 room move without a gap".to_owned()),
        moves => Some(format!("{moves} room moves without a gap")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lesson from 09:00 to 09:50 UTC.
    fn lesson() -> Lesson {
        Lesson {
            begins: minute(0),
            ends: minute(50),
            zone: TimeZone::UTC,
        }
    }

    fn minute(minute: i64) -> i64 {
        1_791_190_800 + minute * 60
    }

    fn stay(run: usize, connection: &str, join: i64, leave: i64) -> Stay {
        Stay {
            run,
            connection: connection.to_owned(),
            join: Some(minute(join)),
            leave: Some(minute(leave)),
            evidence: "observed".to_owned(),
        }
    }

    fn explain(seconds: i64, stays: &[Stay]) -> String {
        lesson().explain(seconds, stays)
    }

    #[test]
    fn every_reason_has_its_words() {
        assert_eq!(explain(0, &[]), "never joined");
        assert_eq!(explain(3000, &[stay(0, "a", 0, 50)]), "50 min");
        assert_eq!(
            explain(1995, &[stay(0, "a", 17, 50)]),
            "33 min 15 s, came at 09:17"
        );
        assert_eq!(
            explain(540, &[stay(0, "a", 2, 11)]),
            "9 min, left at 09:11 and did not return"
        );
        assert_eq!(
            explain(2880, &[stay(0, "a", 0, 40), stay(0, "b", 10, 48)]),
            "48 min, two devices counted once"
        );
        assert_eq!(
            explain(2760, &[stay(0, "a", 0, 20), stay(0, "b", 24, 50)]),
            "46 min, dropped at 09:20, back at 09:24"
        );
        assert_eq!(
            explain(
                3000,
                &[
                    stay(0, "a", 0, 15),
                    stay(0, "a", 15, 30),
                    stay(0, "a", 30, 50)
                ]
            ),
            "50 min, 2 room moves without a gap"
        );
        assert_eq!(
            explain(2880, &[stay(0, "a", 0, 18), stay(1, "b", 20, 50)]),
            "48 min, the meeting was restarted, both parts added"
        );
    }

    #[test]
    fn what_was_not_told_is_said() {
        let open = Stay {
            leave: None,
            evidence: "closed_by_end".to_owned(),
            ..stay(0, "a", 0, 0)
        };
        assert_eq!(
            explain(3000, &[open]),
            "50 min, no leave arrived: counted to the end of the meeting"
        );
        let orphan = Stay {
            join: None,
            evidence: "arrival_unknown".to_owned(),
            ..stay(0, "a", 0, 47)
        };
        assert_eq!(
            explain(0, &[orphan]),
            "0 min, was seen leaving at 09:47, but no join ever arrived"
        );
    }
}
