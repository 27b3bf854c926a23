//! Times and lengths as people read them.

use crate::clock;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Now.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(clock::now().0).unwrap_or(Timestamp::MAX)
}

/// A zone to show times in: the meeting's own, else the school's.
pub(super) fn zone(own: Option<&str>, school: &TimeZone) -> TimeZone {
    let own = own.and_then(|name| TimeZone::get(name).ok());
    own.unwrap_or_else(|| school.clone())
}

/// `09:02:10`.
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%H:%M:%S").to_string()
}

/// `09:02`.
pub(super) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%H:%M").to_string()
}

/// `Mon 2 Nov 2026`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// `Mon 2 Nov 2026 09:02:10`.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let date = zone.to_datetime(at).date();
    format!("{} {}", day(date), clock(at, zone))
}

/// `12 min 40 s`, `15 min`, `40 s`.
pub(super) fn length(seconds: i64) -> String {
    match (seconds.max(0) / 60, seconds.max(0) % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// `68.8 %`, `70 %`; a dash for none.
pub(super) fn share(of_one: Option<f64>) -> String {
    let Some(share) = of_one else {
        return "–".to_owned();
    };
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// What the evidence of a stay means.
pub(super) fn evidence(word: &str) -> &'static str {
    match word {
        "observed" => "join and leave seen",
        "closed_by_leave" => "ended by a leave without a join of its own",
        "closed_by_next_join" => "no leave seen: ended by the next join",
        "closed_by_end" => "no leave seen: ended with the meeting",
        "closed_by_schedule" => "no leave and no end seen: ended by the schedule",
        "arrival_unknown" => "a leave without a join: counts nothing",
        "inverted" => "the leave lies before the join: counts nothing",
        "after_end" => "after the end: counts nothing",
        "open" => "still here",
        _ => "unknown",
    }
}

/// How a person was tied to a user.
pub(super) fn matched_by(key: &str) -> &'static str {
    match key {
        "registrant" => "by registration",
        "customer_key" => "by customer key",
        "zoom_user" => "by Zoom account",
        "email" => "by e-mail",
        "confirmed" => "confirmed by hand",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn lengths_are_minutes_and_seconds() {
        for (seconds, words) in [
            (0, "0 s"),
            (40, "40 s"),
            (60, "1 min"),
            (760, "12 min 40 s"),
            (900, "15 min"),
            (-5, "0 s"),
        ] {
            assert_eq!(length(seconds), words);
        }
    }

    #[test]
    fn shares_have_one_digit_where_it_says_something() {
        for (share, words) in [
            (None, "–"),
            (Some(0.0), "0 %"),
            (Some(0.6875), "68.8 %"),
            (Some(0.75), "75 %"),
            (Some(1.0), "100 %"),
        ] {
            assert_eq!(super::share(share), words);
        }
    }

    #[test]
    fn times_are_those_of_the_meetings_zone_or_the_schools() {
        let at: Timestamp = "2026-11-02T01:02:10Z".parse().expect("an instant");
        let school = TimeZone::get("Asia/Manila").expect("a zone");
        assert_eq!(clock(at, &zone(None, &school)), "09:02:10");
        assert_eq!(minute(at, &zone(Some("Europe/Berlin"), &school)), "02:02");
        assert_eq!(
            clock(at, &zone(Some("Atlantis/Nowhere"), &school)),
            "09:02:10"
        );
        assert_eq!(day(date(2026, 11, 2)), "Mon 2 Nov 2026");
        assert_eq!(moment(at, &school), "Mon 2 Nov 2026 09:02:10");
    }
}
