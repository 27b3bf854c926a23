//! Between the domain's types and the columns'.

use crate::attendance::{
    confirmed::KeyKind,
    event::Instant,
    lesson::Status,
    report::{EndedBy, Evidence, MatchedBy},
};
use jiff::civil;
use sea_orm::prelude::{TimeDate, TimeDateTimeWithTimeZone};
use time::Month;

/// UTC, whole seconds: on SQLite, where such a time is text, text order is then time order.
/// An instant outside the years -9999 to 9999 becomes the epoch; the wire lets none through.
pub fn utc(instant: Instant) -> TimeDateTimeWithTimeZone {
    TimeDateTimeWithTimeZone::from_unix_timestamp(instant.0)
        .unwrap_or(TimeDateTimeWithTimeZone::UNIX_EPOCH)
}

/// Cut to whole seconds.
pub fn instant(time: TimeDateTimeWithTimeZone) -> Instant {
    Instant(time.unix_timestamp())
}

/// A civil date as a column.
pub fn column_date(date: civil::Date) -> TimeDate {
    let month = Month::January.nth_next(u8::try_from(date.month() - 1).unwrap_or(0));
    let day = u8::try_from(date.day()).unwrap_or(1);
    TimeDate::from_calendar_date(i32::from(date.year()), month, day).unwrap_or(TimeDate::MIN)
}

/// A column as a civil date.
pub fn civil_date(date: TimeDate) -> civil::Date {
    let part = |n: u8| i8::try_from(n).unwrap_or(1);
    let year = i16::try_from(date.year()).unwrap_or(0);
    civil::Date::new(year, part(date.month().into()), part(date.day())).unwrap_or_default()
}

/// The contract's word for an evidence.
pub fn evidence(evidence: Evidence) -> &'static str {
    EVIDENCE
        .iter()
        .find(|(value, _)| *value == evidence)
        .map_or("observed", |(_, word)| word)
}

/// The evidence behind a word of the contract.
pub fn evidence_from(word: &str) -> Option<Evidence> {
    EVIDENCE
        .iter()
        .find(|(_, name)| *name == word)
        .map(|(value, _)| *value)
}

const EVIDENCE: [(Evidence, &str); 8] = [
    (Evidence::Observed, "observed"),
    (Evidence::ClosedByLeave, "closed_by_leave"),
    (Evidence::ClosedByNextJoin, "closed_by_next_join"),
    (Evidence::ClosedByEnd, "closed_by_end"),
    (Evidence::ClosedBySchedule, "closed_by_schedule"),
    (Evidence::ArrivalUnknown, "arrival_unknown"),
    (Evidence::Inverted, "inverted"),
    (Evidence::AfterEnd, "after_end"),
];

/// The contract's word for what tied a person to a user.
pub fn matched_by(by: MatchedBy) -> &'static str {
    match by {
        MatchedBy::Confirmed => "confirmed",
        MatchedBy::Registrant => "registrant",
        MatchedBy::CustomerKey => "customer_key",
        MatchedBy::ZoomUser => "zoom_user",
        MatchedBy::Email => "email",
    }
}

/// `meeting_occurrences.ended_by`.
pub fn ended_by(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Event => "event",
        EndedBy::Schedule => "schedule",
    }
}

/// `attendance_records.status`.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Present => "present",
        Status::Partial => "partial",
        Status::Absent => "absent",
    }
}

/// `confirmed_matches.kind`.
pub fn key_kind(kind: KeyKind) -> &'static str {
    KEY_KINDS
        .iter()
        .find(|(value, _)| *value == kind)
        .map_or("connection", |(_, word)| word)
}

/// The kind behind a word of that column.
pub fn key_kind_from(word: &str) -> Option<KeyKind> {
    KEY_KINDS
        .iter()
        .find(|(_, name)| *name == word)
        .map(|(value, _)| *value)
}

const KEY_KINDS: [(KeyKind, &str); 5] = [
    (KeyKind::Registrant, "registrant"),
    (KeyKind::CustomerKey, "customer_key"),
    (KeyKind::ZoomUser, "zoom_user"),
    (KeyKind::Email, "email"),
    (KeyKind::Connection, "connection"),
];
