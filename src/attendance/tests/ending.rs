//! The end: `meeting.ended`, else silence.

use super::{
    given::{Given, given},
    timeline::{clock, end},
};

#[track_caller]
fn check_end(given: &Given, timeline: &str, expected: &str) {
    assert_eq!(end(&given.report(timeline)), expected, "{timeline}");
}

/// When silence would close `timeline`.
fn silent_at(given: &Given, timeline: &str) -> String {
    clock(given.report(timeline).silent_at.expect("no end yet"))
}

#[test]
fn meeting_ended_ends_it() {
    check_end(
        &given(),
        "09:00 start / 09:02 Ana joins / 10:00 end",
        "10:00 event",
    );
    let report = given().report("09:00 start / 10:00 end");
    assert_eq!(report.silent_at, None);
}

#[test]
fn silence_is_six_hours_past_the_scheduled_end() {
    let timeline = "09:00 start minutes=50 / 09:02 Ana joins";
    assert_eq!(silent_at(&given(), timeline), "15:50");
    check_end(&given().now("15:49:59"), timeline, "running");
    check_end(&given().now("15:50"), timeline, "09:50 schedule");
}

#[test]
fn silence_is_six_hours_past_the_last_arrival_too() {
    let timeline = "09:00 start minutes=50 / 09:02 Ana joins arrives=10:27";
    assert_eq!(silent_at(&given(), timeline), "16:27");
    check_end(&given().now("16:27"), timeline, "09:50 schedule");
}

#[test]
fn a_later_arrival_breaks_the_silence() {
    let timeline = "09:00 start minutes=50 / 09:02 Ana joins / 09:30 Ana leaves arrives=16:00";
    check_end(&given().now("17:00"), timeline, "running");
    check_end(&given().now("22:00"), timeline, "09:50 schedule");
}

#[test]
fn the_silence_is_that_of_the_rule() {
    let given = given().rule(|rule| rule.silence = 60);
    assert_eq!(silent_at(&given, "09:00 start minutes=50"), "09:51");
}

#[test]
fn past_the_scheduled_end_it_is_closed_at_the_last_join_or_leave() {
    let given = given().now("20:00");
    check_end(
        &given,
        "09:00 start minutes=50 / 10:10 Ana joins",
        "10:10 schedule",
    );
    check_end(
        &given,
        "09:00 start minutes=50 / 10:10 Ana leaves",
        "10:10 schedule",
    );
}

#[test]
fn a_later_meeting_ended_corrects_it() {
    let given = given().now("20:00");
    let timeline = "09:00 start minutes=50 / 09:02 Ana joins";
    check_end(&given, timeline, "09:50 schedule");
    check_end(
        &given,
        &format!("{timeline} / 09:40 end arrives=19:00"),
        "09:40 event",
    );
}

#[test]
fn an_unknown_length_leaves_the_last_instant() {
    let given = given().now("20:00");
    for minutes in ["0", "-5", "1441", "808591414"] {
        let timeline = format!("09:00 start minutes={minutes} / 09:02 Ana joins / 09:20 Ben joins");
        check_end(&given, &timeline, "09:20 schedule");
    }
    check_end(&given, "09:00 start / 09:20 Ana joins", "09:20 schedule");
    check_end(&given, "09:00 start", "09:00 schedule");
}

#[test]
fn lengths_from_a_minute_to_a_day_are_known() {
    let given = given().now("2026-10-08T00:00");
    check_end(&given, "09:00 start minutes=1", "09:01 schedule");
    check_end(
        &given,
        "09:00 start minutes=1440",
        "2026-10-06T09:00 schedule",
    );
}

#[test]
fn the_schools_length_comes_before_the_payloads() {
    let school = |minutes| given().meeting(None, minutes, None).now("20:00");
    let timeline = "09:00 start minutes=50";
    check_end(&school(Some(30)), timeline, "09:30 schedule");
    check_end(&school(Some(0)), timeline, "09:50 schedule");
    check_end(&school(None), timeline, "09:50 schedule");
}

#[test]
fn the_scheduled_end_is_by_the_time_of_day() {
    let given = given()
        .meeting(Some("2026-09-28T09:00"), Some(50), None)
        .now("20:00");
    check_end(&given, "08:41 start / 09:02 Ana joins", "09:50 schedule");
    check_end(&given, "09:30 start / 09:32 Ana joins", "09:50 schedule");
    check_end(&given, "09:50 start", "09:50 schedule");
}

#[test]
fn a_start_after_the_scheduled_end_is_given_the_whole_length() {
    let given = given()
        .meeting(Some("2026-09-28T09:00"), Some(50), None)
        .now("20:00");
    check_end(&given, "09:50:01 start", "10:40:01 schedule");
    check_end(&given, "12:00 start", "12:50 schedule");
}

#[test]
fn a_restart_after_midnight_is_measured_on_its_lessons_date() {
    let given = given()
        .meeting(Some("2026-09-28T23:30"), Some(60), None)
        .after("a", "2026-10-05T23:30", "2026-10-06T00:02", "2026-10-05")
        .now("2026-10-08T00:00");
    check_end(
        &given,
        "2026-10-06T00:05 start",
        "2026-10-06T00:30 schedule",
    );
}

#[test]
fn an_end_without_a_time_is_no_end() {
    let timeline = "09:00 start minutes=50 / ? end arrives=09:51";
    check_end(&given(), timeline, "running");
    check_end(&given().now("15:51"), timeline, "09:50 schedule");
}

#[test]
fn what_a_restart_is_measured_from_is_the_end_or_the_last_instant() {
    let from = |timeline| clock(given().report(timeline).end_or_last());
    assert_eq!(from("09:00 start / 10:00 end / 10:02 Ana leaves"), "10:00");
    assert_eq!(from("09:00 start / 09:20 Ana joins"), "09:20");
    // Zoom's end lies before its start.
    assert_eq!(from("09:00 start / 08:00 end"), "09:00");
}
