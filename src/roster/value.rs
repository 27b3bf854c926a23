//! What single values mean. A reason never repeats the value, except a word that may only be one of a list.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

/// Whether a text may be stored: not longer than `limit` characters, nothing that steers a terminal.
pub(super) fn checked_text(value: &str, limit: usize) -> Result<(), String> {
    if value.chars().count() > limit {
        return Err(format!("is longer than {limit} characters"));
    }
    if value.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return Err("holds a control character".to_owned());
    }
    Ok(())
}

/// Zoom's meeting number, 9 to 11 digits, written as people copy it: `855 1234 0977`, `855-1234-0977`.
pub(super) fn meeting_number(value: &str) -> Result<String, String> {
    let is_gap = |c: char| c.is_whitespace() || c == '-';
    let number: String = value.chars().filter(|&c| !is_gap(c)).collect();
    let is_number = number.bytes().all(|b| b.is_ascii_digit()) && (9..=11).contains(&number.len());
    is_number
        .then_some(number)
        .ok_or_else(|| "is not a meeting number of 9 to 11 digits".to_owned())
}

/// OneRoster's date, `YYYY-MM-DD`.
pub(super) fn date(value: &str) -> Result<Date, String> {
    let is_shaped = value.len() == 10
        && value.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    value
        .parse()
        .ok()
        .filter(|_| is_shaped)
        .ok_or_else(|| "is not a date YYYY-MM-DD".to_owned())
}

/// OneRoster's boolean.
pub(super) fn flag(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("is neither true nor false".to_owned()),
    }
}

/// RFC 3339, which has an offset.
pub(super) fn instant(value: &str) -> Result<Timestamp, String> {
    value.parse().map_err(|_| {
        "is not an RFC 3339 time with offset, like 2026-03-02T08:00:00+08:00".to_owned()
    })
}

/// Minutes, at most a day.
pub(super) fn minutes(value: &str) -> Result<i64, String> {
    value
        .parse()
        .ok()
        .filter(|minutes| (1..=1440).contains(minutes))
        .ok_or_else(|| "is not a number of minutes from 1 to 1440".to_owned())
}

/// The name of a time zone in the database's own spelling.
pub(super) fn zone(value: &str) -> Result<String, String> {
    let zone = TimeZone::get(value).ok().filter(|zone| !zone.is_unknown());
    zone.as_ref()
        .and_then(TimeZone::iana_name)
        .map(str::to_owned)
        .ok_or_else(|| refused(value, "is not an IANA time zone"))
}

/// Why a word is refused: repeats what could be one, but not whatever else strayed into the column.
pub(super) fn refused(value: &str, why: &str) -> String {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"/_+-:".contains(&b);
    if value.len() <= 64 && value.bytes().all(is_part) {
        format!("{value} {why}")
    } else {
        why.to_owned()
    }
}

/// OneRoster's `status`, 1.0's `inactive` included: whether the row is to be deleted.
pub(super) fn deletion(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "active" | "inactive" => Ok(false),
        "tobedeleted" => Ok(true),
        _ => Err(refused(value, "is none of active, inactive, tobedeleted")),
    }
}

/// Zoom's status of a registrant, in lower case.
pub(super) fn registrant_status(value: &str) -> Result<String, String> {
    let status = value.to_ascii_lowercase();
    match status.as_str() {
        "approved" | "pending" | "denied" | "cancelled" => Ok(status),
        _ => Err("is none of approved, pending, denied, cancelled".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meeting_numbers_are_digits_however_they_were_pasted() {
        for pasted in [
            "85512340977",
            "855 1234 0977",
            "855-1234-0977",
            "855\u{a0}1234\u{a0}0977",
        ] {
            assert_eq!(meeting_number(pasted), Ok("85512340977".to_owned()));
        }
        assert_eq!(meeting_number("123456789"), Ok("123456789".to_owned()));
        for wrong in [
            "12345678",
            "123456789012",
            "8.55E+10",
            "85512340977x",
            "٨٥٥١٢٣٤٠٩",
            "-",
        ] {
            assert!(meeting_number(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_whole_and_exist() {
        assert_eq!(date("2024-02-29"), Ok(jiff::civil::date(2024, 2, 29)));
        for wrong in [
            "2023-02-29",
            "2024-2-9",
            "20240229",
            "2024-02-29T00:00",
            "29/02/2024",
            "-202-02-29",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants_have_an_offset() {
        let eight_in_manila = Timestamp::from_second(1_772_409_600).expect("in range");
        for text in [
            "2026-03-02T08:00:00+08:00",
            "2026-03-02T00:00:00Z",
            "2026-03-02t00:00:00.000z",
        ] {
            assert_eq!(instant(text), Ok(eight_in_manila), "{text}");
        }
        for wrong in [
            "2026-03-02T08:00:00",
            "2026-03-02",
            "1772409600",
            "2026-02-30T00:00:00Z",
        ] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn minutes_end_with_the_day() {
        assert_eq!((minutes("1"), minutes("1440")), (Ok(1), Ok(1440)));
        for wrong in [
            "0",
            "1441",
            "-60",
            "60.0",
            "808591414000000000000",
            "an hour",
        ] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn zones_are_iana_names() {
        assert_eq!(zone("Asia/Manila"), Ok("Asia/Manila".to_owned()));
        assert_eq!(zone("america/new_york"), Ok("America/New_York".to_owned()));
        assert_eq!(zone("UTC"), Ok("UTC".to_owned()));
        assert_eq!(
            zone("Asia/Manilla"),
            Err("Asia/Manilla is not an IANA time zone".to_owned())
        );
        for wrong in [
            "ana@school.example",
            "EST5EDT4,M3.2.0,M11.1.0",
            "../etc/passwd",
            "Etc/Unknown",
        ] {
            assert!(zone(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            zone("ana@school.example"),
            Err("is not an IANA time zone".to_owned())
        );
    }
}
