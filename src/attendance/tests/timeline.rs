//! Timelines as text, and reports as text.
//!
//! One event a line (or several, between ` / `), `TIME WHAT [key=value ...]`:
//!
//! ```text
//! 09:00 start minutes=50 zone=Europe/London topic=Maths
//! 09:02 Ana joins email=ana@x
//! 09:30:05 Ana leaves seat=2
//! ? Ana leaves uuid=- seat=-          no time: unusable
//! bind Phone to Ana
//! 10:00 end
//! ```
//!
//! Somebody's `participant_uuid` and name are the word that names them, their `user_id` is `1`
//! of their own (`Ana.1`). `~09:02` is approximate, `-` is nothing, `_` stands for a space. An event
//! arrives at its own time unless `arrives=` says otherwise.

use crate::attendance::{
    event::{Event, Identity, Instant, Moment, Setting},
    report::{EndedBy, Person, Report, Stay},
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// 00:00 UTC on Monday, 5 October 2026.
const MONDAY: &str = "2026-10-05";

/// Every event of `text` with its arrival.
pub(super) fn events(text: &str) -> Vec<(Event, Instant)> {
    text.lines()
        .flat_map(|line| line.split(" / "))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(event)
        .collect()
}

/// `09:02`, `09:02:30` or `2026-03-08T07:30`, all in UTC.
pub(super) fn at(text: &str) -> Instant {
    let (day, time) = text.split_once('T').unwrap_or((MONDAY, text));
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let stamp: Timestamp = format!("{day}T{time}{seconds}Z").parse().expect("a time");
    Instant(stamp.as_second())
}

/// `2026-10-05`.
pub(super) fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn event(line: &str) -> (Event, Instant) {
    let mut words: Vec<_> = line.split_whitespace().collect();
    let options: BTreeMap<_, _> = words.iter().filter_map(|w| w.split_once('=')).collect();
    words.retain(|w| !w.contains('='));
    let mut setting = Setting {
        start: options.get("start").map(|t| at(t)),
        timezone: options.get("zone").map(|z| (*z).into()),
        minutes: options.get("minutes").map(|m| m.parse().expect("minutes")),
        topic: options.get("topic").map(|t| spaced(t)),
    };
    let moment = moment(words[0]);
    let arrival = options.get("arrives").map(|t| at(t));
    let arrival = arrival.or(moment.map(|m| m.at)).unwrap_or(at("00:00"));
    let event = match words[1..] {
        ["start"] => {
            setting.start = setting.start.or(moment.map(|m| m.at));
            Event::Started(setting)
        }
        ["end"] => Event::Ended(setting, moment),
        [who, "joins"] => match moment {
            Some(moment) => Event::Joined(setting, identity(who, &options), moment),
            None => Event::Unusable(setting),
        },
        [who, "leaves"] => match moment {
            Some(moment) => Event::Left(setting, identity(who, &options), moment),
            None => Event::Unusable(setting),
        },
        [one, "to", other] => Event::Bound(bound(one), bound(other)),
        _ => panic!("not an event: {line}"),
    };
    (event, arrival)
}

fn moment(word: &str) -> Option<Moment> {
    let approximate = word.starts_with('~');
    let time = word.trim_start_matches('~');
    let timed = time.contains(':');
    timed.then(|| Moment {
        at: at(time),
        approximate,
    })
}

fn identity(who: &str, options: &BTreeMap<&str, &str>) -> Identity {
    let given = |key: &str| options.get(key).filter(|v| **v != "-").map(|v| spaced(v));
    let or = |key: &str, default: &str| match options.get(key) {
        Some(_) => given(key),
        None => Some(default.into()),
    };
    let participant_uuid = or("uuid", who);
    let seat = or("seat", "1");
    Identity {
        user_id: seat.map(|seat| format!("{who}.{seat}").into()),
        participant_uuid,
        zoom_user_id: given("zoom"),
        registrant_id: given("reg"),
        customer_key: given("key"),
        email: given("email"),
        name: or("name", who),
    }
}

fn spaced(text: &str) -> Box<str> {
    text.replace('_', " ").into()
}

/// A side of a bind: its `participant_uuid`; or, as `.Ana.1`, its `user_id`; or both, as `uuid.Ana.1`.
fn bound(word: &str) -> Identity {
    let (uuid, user_id) = word.split_once('.').unwrap_or((word, ""));
    let given = |text: &str| (!text.is_empty()).then(|| text.into());
    Identity {
        participant_uuid: given(uuid),
        user_id: given(user_id),
        ..Identity::default()
    }
}

/// Everybody in `report`, one line a person (`key minutes flags`) and below it one a stay
/// (`connection:seat join..leave evidence minutes`).
pub(super) fn people(report: &Report) -> String {
    let people = report.people.iter().flat_map(|person| {
        let stays = person.stays.iter().map(stay);
        std::iter::once(self::person(person)).chain(stays)
    });
    people.collect::<Vec<_>>().join("\n")
}

/// The lines of an expectation, without indentation and empty lines.
pub(super) fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// `10:00 event`, `10:00 schedule` or `running`.
pub(super) fn end(report: &Report) -> String {
    match report.end {
        Some((at, EndedBy::Event)) => format!("{} event", clock(at)),
        Some((at, EndedBy::Schedule)) => format!("{} schedule", clock(at)),
        None => "running".into(),
    }
}

/// `09:02`, `09:02:30`; on other days `2026-10-06T09:02`.
pub(super) fn clock(at: Instant) -> String {
    let stamp = Timestamp::from_second(at.0).expect("a time").to_string();
    let stamp = stamp.trim_end_matches('Z');
    let stamp = stamp
        .strip_prefix(&format!("{MONDAY}T"))
        .unwrap_or(stamp)
        .to_owned();
    match stamp.strip_suffix(":00") {
        Some(short) if short.matches(':').count() == 1 => short.to_owned(),
        _ => stamp,
    }
}

fn person(person: &Person) -> String {
    let flags = [
        (person.conflict, " conflict"),
        (person.shared_registrant, " shared"),
    ];
    let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
    let by = person
        .matched_by
        .map_or(String::new(), |by| format!(" by {by:?}"));
    format!(
        "{} {}{by}{flags}",
        short(&person.key),
        length(person.seconds())
    )
}

/// `user:00000000-0000-0000-0000-000000000001` as `user:1`.
fn short(key: &str) -> String {
    key.replace("user:00000000-0000-0000-0000-00000000000", "user:")
}

fn stay(stay: &Stay) -> String {
    let seat = stay.zoom_user_id.as_deref().unwrap_or("-");
    let own = format!("{}.", stay.connection);
    let seat = seat.strip_prefix(&own).unwrap_or(seat);
    let side = |moment: Option<Moment>| match moment {
        Some(m) if m.approximate => format!("~{}", clock(m.at)),
        Some(m) => clock(m.at),
        None => "?".into(),
    };
    format!(
        "{}:{seat} {}..{} {:?} {}",
        stay.connection,
        side(stay.join),
        side(stay.leave),
        stay.evidence,
        length(stay.counted.map_or(0, |c| c.until.0 - c.from.0)),
    )
}

/// `58m`, `58m30s`, `0m`.
fn length(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
