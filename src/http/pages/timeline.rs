//! Stays on a time axis: where each bar lies, in thousandths of the axis. Drawn by the template, as SVG.

use super::words;
use crate::store::reports::{Run, Stay};
use jiff::{Timestamp, tz::TimeZone};

/// Marks on the axis, at most.
const MARKS: i64 = 8;
/// Seconds between two marks.
const STEPS: [i64; 9] = [60, 300, 600, 900, 1800, 3600, 7200, 14400, 43200];

/// The time that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    from: i64,
    seconds: i64,
}

/// A bar or a mark, in thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: i64,
    pub(super) width: i64,
    /// As the style sheet and the legend tell them apart.
    pub(super) kind: &'static str,
    pub(super) label: String,
}

impl Axis {
    /// From the start to the end; while it runs, to `now`.
    pub(super) fn of(run: &Run, now: Timestamp) -> Self {
        let until = match &run.ended {
            Some((end, _)) => *end,
            None => now.max(run.last_at),
        };
        let from = run.started_at.as_second();
        Self {
            from,
            seconds: (until.as_second() - from).max(60),
        }
    }

    /// Thousandths of the axis.
    fn place(self, at: Timestamp) -> i64 {
        let passed = (at.as_second() - self.from).clamp(0, self.seconds);
        passed * 1000 / self.seconds
    }

    /// Full minutes or hours, few enough to be read.
    pub(super) fn marks(self, zone: &TimeZone) -> Vec<Bar> {
        let enough = |step: &&i64| self.seconds / **step <= MARKS;
        let step = *STEPS.iter().find(enough).unwrap_or(&86_400);
        let first = (self.from + step - 1).div_euclid(step) * step;
        let mut at = first;
        let mut marks = Vec::new();
        while at <= self.from + self.seconds {
            if let Ok(instant) = Timestamp::from_second(at) {
                marks.push(Bar {
                    x: self.place(instant),
                    width: 0,
                    kind: "mark",
                    label: words::minute(instant, zone),
                });
            }
            at += step;
        }
        marks
    }

    /// What is drawn of a stay; nothing where nothing is known to have lasted.
    pub(super) fn bar(self, stay: &Stay, now: Timestamp, zone: &TimeZone) -> Option<Bar> {
        let (from, until, kind) = match stay.counted {
            Some((from, until)) => (from, until, kind(stay)),
            None if stay.leave.is_none() && stay.evidence == "observed" => {
                (stay.join?, now, "open")
            }
            None => {
                let at = stay.join.or(stay.leave)?;
                (at, at, "nothing")
            }
        };
        let x = self.place(from);
        Some(Bar {
            x,
            width: (self.place(until) - x).max(4),
            kind,
            label: format!(
                "{} to {}",
                words::clock(from, zone),
                words::clock(until, zone)
            ),
        })
    }
}

/// Seen from end to end, or closed by what else is known.
fn kind(stay: &Stay) -> &'static str {
    if stay.evidence == "observed" {
        "seen"
    } else {
        "inferred"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::reports::Finality;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-02T{text}Z").parse().expect("an instant")
    }

    fn run(from: &str, until: &str) -> Run {
        Run {
            uuid: "u".into(),
            zoom_meeting_id: "1".into(),
            title: "Algebra".into(),
            class: None,
            date: date(2026, 11, 2),
            started_at: at(from),
            last_at: at(until),
            ended: Some((at(until), None)),
            present_after: 900,
            timezone: None,
            outside_schedule: false,
            finality: Finality::Final,
        }
    }

    fn stay(join: Option<&str>, leave: Option<&str>, evidence: &str) -> Stay {
        let (join, leave) = (join.map(at), leave.map(at));
        Stay {
            connection: "c".into(),
            zoom_user_id: None,
            join,
            join_approximate: false,
            leave,
            leave_approximate: false,
            counted: join.zip(leave).filter(|(join, leave)| join < leave),
            evidence: evidence.into(),
        }
    }

    #[test]
    fn a_bar_lies_where_its_time_does() {
        let axis = Axis::of(&run("09:00:00", "10:00:00"), at("12:00:00"));
        let bar = |join, leave, evidence| {
            let bar = axis.bar(&stay(join, leave, evidence), at("09:45:00"), &TimeZone::UTC);
            bar.map(|bar| (bar.x, bar.width, bar.kind))
        };
        let seen = bar(Some("09:15:00"), Some("09:45:00"), "observed");
        assert_eq!(seen, Some((250, 500, "seen")));
        let closed = bar(Some("09:30:00"), Some("10:00:00"), "closed_by_end");
        assert_eq!(closed, Some((500, 500, "inferred")));
        let open = bar(Some("09:30:00"), None, "observed");
        assert_eq!(open, Some((500, 250, "open")));
        let unknown = bar(None, Some("09:30:00"), "arrival_unknown");
        assert_eq!(unknown, Some((500, 4, "nothing")));
        assert_eq!(bar(None, None, "arrival_unknown"), None);
    }

    #[test]
    fn marks_are_full_minutes_and_few() {
        let axis = Axis::of(&run("09:02:30", "09:52:30"), at("12:00:00"));
        let marks = axis.marks(&TimeZone::UTC);
        let labels: Vec<_> = marks.iter().map(|mark| mark.label.as_str()).collect();
        assert_eq!(labels, ["09:10", "09:20", "09:30", "09:40", "09:50"]);
        assert_eq!(marks[0].x, 150);
    }
}
