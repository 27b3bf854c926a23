//! What is sent: whole days of a school all of whose lessons begin with one bell, each event once.

use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rollcall::{
    clock,
    replay::{
        mix::Mix,
        school::{School, Timetable},
        source::generated::GeneratedSchool,
        traffic::Delivery,
    },
};

pub(crate) const MEETINGS: usize = 1000;
pub(crate) const STUDENTS: usize = 30;
/// Whoever is in time joins within so many seconds.
const BELL_SECONDS: u32 = 10;
/// So long before today the first day is.
const YEARS: i64 = 2;
const SEED: u64 = 42;

/// The school, without traffic.
pub(crate) fn school() -> Result<School> {
    Ok(day(today()?, 50).school()?)
}

/// At least so many events, of as many days as it takes, all before today; in order of arrival.
pub(crate) fn days(events: usize) -> Result<Vec<Delivery>> {
    Days::before_today()?.next(events)
}

/// One day after the other, as they come: what is older than what is there already would have it computed again.
pub(crate) struct Days {
    next: Date,
}

impl Days {
    pub(crate) fn before_today() -> Result<Self> {
        let next = today()?.checked_sub(YEARS.years())?;
        Ok(Self { next })
    }

    /// The events of as many whole days as it takes to have at least so many.
    pub(crate) fn next(&mut self, events: usize) -> Result<Vec<Delivery>> {
        let mut all: Vec<Delivery> = Vec::new();
        while all.len() < events {
            all.append(&mut day(self.next, 50).generate()?.1);
            self.next = self.next.checked_add(1.day())?;
        }
        Ok(all)
    }
}

/// So many events of meetings that never end, of today and days to come: later than [`days`], as what is live always is.
pub(crate) fn live(events: usize) -> Result<Vec<Delivery>> {
    let mut all: Vec<Delivery> = Vec::new();
    let mut date = today()?;
    while all.len() < events {
        let (_, deliveries) = day(date, 50).generate()?;
        date = date.checked_add(1.day())?;
        let goes_on = |one: &Delivery| !one.body.contains(r#""meeting.ended""#);
        all.extend(deliveries.into_iter().filter(goes_on));
    }
    all.truncate(events);
    Ok(all)
}

/// Lessons of one minute: at their own pace, they are over in that.
pub(crate) fn short_day() -> Result<Vec<Delivery>> {
    Ok(day(today()?.checked_sub(1.day())?, 1).generate()?.1)
}

fn day(date: Date, minutes: u32) -> GeneratedSchool {
    GeneratedSchool {
        meetings: MEETINGS,
        students: STUDENTS,
        minutes,
        bell_seconds: BELL_SECONDS,
        timetable: Timetable::Bell,
        mix: Mix::NONE,
        date,
        seed: SEED,
    }
}

fn today() -> Result<Date> {
    let now = Timestamp::from_second(clock::now().0).context("the clock")?;
    Ok(TimeZone::UTC.to_datetime(now).date())
}
