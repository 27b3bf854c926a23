//! The arrival sequences say, line by line, what a person reads in them; their order is the core's affair.

use serde::Deserialize;

use super::*;
use crate::attendance::event::Event;

#[derive(Deserialize)]
struct Line {
    raw_body: String,
}

/// One word and the instant, relative to nine o'clock, for each line of a sequence, with `user_id` where
/// there is one.
fn read(name: &str) -> Vec<(&'static str, Option<i64>, Option<String>)> {
    let lines = String::from_utf8(fixture(&format!("sequences/{name}.ndjson"))).expect("text");
    lines
        .lines()
        .map(|line| {
            let line: Line = serde_json::from_str(line).expect("a line");
            word(deliver(line.raw_body.as_bytes()).news)
        })
        .collect()
}

fn word(news: Option<Event>) -> (&'static str, Option<i64>, Option<String>) {
    let since_nine = |moment: Moment| {
        assert!(!moment.approximate);
        Some(moment.at.0 - NINE)
    };
    let seat = |who: Identity| who.user_id.map(String::from);
    match news {
        None => ("nothing", None, None),
        Some(Event::Started(_)) => ("started", None, None),
        Some(Event::Ended(_, end)) => ("ended", end.and_then(since_nine), None),
        Some(Event::Joined(_, who, at)) => ("joined", since_nine(at), seat(who)),
        Some(Event::Left(_, who, at)) => ("left", since_nine(at), seat(who)),
        Some(Event::Unusable(_)) => ("unusable", None, None),
        Some(Event::Bound(..)) => ("bound", None, None),
    }
}

/// `minutes` and `seconds` after nine.
const fn at(minutes: i64, seconds: i64) -> i64 {
    minutes * 60 + seconds
}

/// Words with a time and a seat; a start says neither, an end no seat.
const fn joined(at: i64, seat: &str) -> (&str, Option<i64>, &str) {
    ("joined", Some(at), seat)
}

const fn left(at: i64, seat: &str) -> (&str, Option<i64>, &str) {
    ("left", Some(at), seat)
}

const fn ended(at: i64) -> (&'static str, Option<i64>, &'static str) {
    ("ended", Some(at), "")
}

const STARTED: (&str, Option<i64>, &str) = ("started", None, "");

#[track_caller]
fn check(name: &str, expected: &[(&str, Option<i64>, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(word, at, seat)| (*word, *at, (!seat.is_empty()).then(|| (*seat).to_owned())))
        .collect();
    assert_eq!(read(name), expected);
}

#[test]
fn breakout_move() {
    check(
        "breakout-move-join-arrives-first",
        &[
            joined(at(0, 12), "16779264"),
            joined(at(15, 20), "16780288"),
            left(at(15, 20), "16779264"),
            left(at(30, 2), "16780288"),
            joined(at(30, 2), "16781312"),
            left(at(50, 58), "16781312"),
        ],
    );
}

#[test]
fn end_of_meeting() {
    check(
        "end-of-meeting-ended-event_ts-earlier-but-arrives-later",
        &[
            left(at(51, 7), "16779264"),
            left(at(51, 7), "16778240"),
            ended(at(51, 7)),
        ],
    );
}

#[test]
fn host_drop() {
    check(
        "host-drop-restart-same-id-new-uuid",
        &[STARTED, ended(at(18, 0)), STARTED, ended(at(51, 7))],
    );
}

#[test]
fn join_before_host() {
    check(
        "join-before-host",
        &[("nothing", None, ""), STARTED, joined(-79, "16778240")],
    );
}

#[test]
fn retry() {
    check(
        "retry-after-500-same-body-and-request-id-new-timestamp",
        &[
            left(at(25, 0), "16779264"),
            joined(at(26, 30), "16783360"),
            left(at(25, 0), "16779264"),
        ],
    );
}

#[test]
fn ungraceful_drop() {
    check(
        "ungraceful-drop-rejoin-before-left",
        &[
            joined(at(0, 12), "16779264"),
            joined(at(20, 16), "16782336"),
            left(at(20, 48), "16779264"),
            left(at(50, 58), "16782336"),
        ],
    );
}
