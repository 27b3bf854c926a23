//! Numbers and instants as people read them.

use indicatif::HumanCount;
use jiff::Timestamp;

use crate::replay::oracle::Mark;
use crate::replay::verify::Found;

/// `12,345`.
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// So many a second: `1,999`, or `0.4` of what is slow.
pub(super) fn rate(rate: f64) -> String {
    if rate < 10.0 {
        return format!("{rate:.1}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no rate is negative, or has 2^64 a second"
    )]
    count(rate.round() as u64)
}

/// Microseconds in milliseconds with three digits that count, or in seconds.
pub fn latency(micros: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "no latency has 2^52 microseconds"
    )]
    let ms = micros as f64 / 1000.0;
    match micros {
        ..10_000 => format!("{ms:.2} ms"),
        10_000..100_000 => format!("{ms:.1} ms"),
        100_000..1_000_000 => format!("{ms:.0} ms"),
        _ => format!("{:.2} s", ms / 1000.0),
    }
}

/// Unix milliseconds to the second: `2026-10-05 09:00:12 UTC`.
pub(super) fn instant(ms: i64) -> String {
    let instant = Timestamp::from_millisecond(ms);
    instant.map_or_else(
        |_| "?".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// The time of day of Unix milliseconds: `09:00:12`.
pub(super) fn time(ms: i64) -> String {
    let instant = Timestamp::from_millisecond(ms);
    instant.map_or_else(|_| "?".to_owned(), |at| at.strftime("%T").to_string())
}

/// `present, 3,000 s`, or `no mark`.
pub(super) fn expected(mark: Option<Mark>) -> String {
    mark.map_or_else(
        || "no mark".to_owned(),
        |mark| format!("{}, {} s", mark.status.word(), count(mark.seconds.into())),
    )
}

/// The same of what a service shows.
pub(super) fn found(mark: Option<&Found>) -> String {
    let Some(mark) = mark else {
        return "no mark".to_owned();
    };
    // Any service may have said it: a word, and nothing that moves a terminal's cursor.
    let word: String = mark.status.chars().filter(|c| !c.is_control()).collect();
    match mark.seconds {
        Some(seconds) => format!("{word}, {seconds} s"),
        None => format!("{word}, without seconds"),
    }
}
