//! The timetable: in which zone, on which local date and at what time of day an occurrence should be.
//!
//! The start of a recurring series gives only its local time of day; the date is always that of the
//! occurrence's actual start, so daylight saving and later weeks take care of themselves. A local time
//! that a clock change skips is taken after the gap, one that it repeats is the first of the two.

use super::{
    event::Instant,
    interval::Interval,
    report::Context,
    school::{Meeting, Rule},
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// When a meeting should be, as far as the school or Zoom knows.
pub(super) struct Timetable {
    zone: TimeZone,
    /// Local time of day of the scheduled start.
    time: Option<Time>,
    /// Scheduled length in seconds.
    length: Option<i64>,
}

impl Timetable {
    /// What the school knows of the meeting comes before what Zoom's payloads said.
    pub(super) fn of(
        meeting: Option<&Meeting>,
        payload_zone: Option<&str>,
        payload_minutes: Option<i64>,
        rule: &Rule,
    ) -> Self {
        let names = [meeting.and_then(|m| m.timezone.as_deref()), payload_zone];
        let zone = names.into_iter().flatten().find_map(zone);
        let zone = zone.unwrap_or_else(|| rule.default_timezone.clone());
        let start = meeting.and_then(|m| m.start);
        let minutes = [meeting.and_then(|m| m.minutes), payload_minutes];
        Self {
            time: start.map(|start| local(&zone, start).time()),
            length: minutes.into_iter().flatten().find_map(length),
            zone,
        }
    }

    /// The date that an occurrence counts for: the local date of its start; but that of the latest
    /// earlier occurrence that it restarts.
    pub(super) fn date(&self, start: Instant, context: &Context<'_>) -> Date {
        let restarted = context
            .neighbours
            .iter()
            .filter(|n| &*n.uuid != context.uuid)
            .filter(|n| n.is_restarted_by(context.uuid, start, context.rule.restart))
            .max_by_key(|n| (n.start, &n.uuid));
        restarted.map_or_else(|| local(&self.zone, start).date(), |n| n.date)
    }

    /// When an occurrence of that start and date should end: as scheduled; without a schedule or if it
    /// began after that, its start plus the scheduled length; none if that is unknown too.
    pub(super) fn end(&self, start: Instant, date: Date) -> Option<Instant> {
        let scheduled = self.slot(date).map(|slot| slot.until);
        let in_time = scheduled.filter(|end| start <= *end);
        in_time.or_else(|| Some(start.plus(self.length?)))
    }

    /// Whether an occurrence from `start` to `last` lies wholly outside the scheduled time of day,
    /// widened; never without a schedule. A class around midnight may begin on the other side of it,
    /// so that the slots of the days before and after count as well.
    pub(super) fn excludes(&self, start: Instant, last: Instant, date: Date, rule: &Rule) -> bool {
        let days = [date.yesterday().ok(), Some(date), date.tomorrow().ok()];
        let slots = days.into_iter().flatten().filter_map(|day| self.slot(day));
        let slots: Vec<_> = slots.collect();
        let touches = |slot: &Interval| {
            start <= slot.until.plus(rule.lesson_after)
                && slot.from.plus(-rule.lesson_before) <= last
        };
        !slots.is_empty() && !slots.iter().any(touches)
    }

    /// The scheduled time on `date`, if the school knows a time of day and anybody a length.
    fn slot(&self, date: Date) -> Option<Interval> {
        let from = self.zone.to_timestamp(date.to_datetime(self.time?)).ok()?;
        let from = Instant(from.as_second());
        Interval::new(from, from.plus(self.length?))
    }
}

/// The zone of an IANA name; Zoom sends `""` too (docs/zoom.md 1.1).
fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

/// A scheduled length in seconds. Zoom really sends 0 and 808591414 minutes (docs/zoom.md 1.1): unknown.
fn length(minutes: i64) -> Option<i64> {
    (1..=1440).contains(&minutes).then(|| minutes * 60)
}

/// The local date and time; an instant that no calendar knows is moved to the nearest that it knows.
fn local(zone: &TimeZone, at: Instant) -> DateTime {
    let limit = if at.0 < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    zone.to_datetime(Timestamp::from_second(at.0).unwrap_or(limit))
}
