//! Dates, zones, restarts, and the scheduled time of day.

use super::{
    given::{Given, given},
    timeline::{clock, day},
};
use crate::attendance::school::ClassId;
use jiff::tz::TimeZone;

#[track_caller]
fn check_date(given: &Given, timeline: &str, expected: &str) {
    assert_eq!(given.report(timeline).date, day(expected), "{timeline}");
}

/// The instant at which silence would leave `timeline` scheduled to end.
fn scheduled_end(given: &Given, timeline: &str) -> String {
    let silent_at = given.report(timeline).silent_at.expect("no end yet");
    clock(silent_at.plus(-given.rule.silence))
}

#[test]
fn a_class_at_eight_in_manila_is_on_its_local_date() {
    // 07:58 on the 6th in Manila (UTC+8) is still the 5th in UTC.
    let given = given().meeting(None, None, Some("Asia/Manila"));
    check_date(&given, "2026-10-05T23:58 start", "2026-10-06");
}

#[test]
fn a_class_before_midnight_in_new_york_is_on_its_local_date() {
    // 23:30 on the 5th in New York (UTC-4 in October) is already the 6th in UTC.
    let given = given().meeting(None, None, Some("America/New_York"));
    check_date(&given, "2026-10-06T03:30 start", "2026-10-05");
}

#[test]
fn the_date_is_that_of_the_actual_start_also_over_midnight() {
    let given = given().meeting(None, None, Some("UTC"));
    check_date(
        &given,
        "2026-10-05T23:59:59 start / 2026-10-06T00:40 end",
        "2026-10-05",
    );
    check_date(
        &given,
        "2026-10-06T00:00 start / 2026-10-06T00:40 end",
        "2026-10-06",
    );
}

#[test]
fn midnight_moves_with_daylight_saving() {
    let given = given().meeting(None, None, Some("America/New_York"));
    // Spring forward on 8 March 2026: UTC-5 before, UTC-4 after.
    check_date(&given, "2026-03-08T04:30 start", "2026-03-07");
    check_date(&given, "2026-03-09T04:30 start", "2026-03-09");
    // Fall back on 1 November 2026: UTC-4 before, UTC-5 after.
    check_date(&given, "2026-11-01T04:30 start", "2026-11-01");
    check_date(&given, "2026-11-02T04:30 start", "2026-11-01");
}

#[test]
fn the_first_valid_zone_counts_the_schools_the_payloads_the_default() {
    let late = "2026-10-05T23:58 start";
    let payload = "2026-10-05T23:58 start zone=Asia/Manila";
    let school = |zone| given().meeting(None, None, zone);
    check_date(&school(Some("UTC")), payload, "2026-10-05");
    for unknown in [None, Some(""), Some("Mars/Phobos"), Some("Etc/Unknown")] {
        check_date(&school(unknown), payload, "2026-10-06");
        check_date(&school(unknown), late, "2026-10-05");
    }
    check_date(
        &given(),
        "2026-10-05T23:58 start zone=Mars/Phobos",
        "2026-10-05",
    );
    let manila = TimeZone::get("Asia/Manila").expect("a zone");
    let default = given().rule(|rule| rule.default_timezone = manila);
    check_date(&default, late, "2026-10-06");
}

#[test]
fn a_restart_within_a_quarter_of_an_hour_takes_the_date_before() {
    let given = given().after("a", "2026-10-05T23:30", "2026-10-05T23:58", "2026-10-05");
    check_date(&given, "2026-10-06T00:05 start", "2026-10-05");
    check_date(&given, "2026-10-06T00:13 start", "2026-10-05");
    check_date(&given, "2026-10-06T00:13:01 start", "2026-10-06");
}

#[test]
fn a_start_before_the_earlier_one_has_ended_takes_its_date_too() {
    let given = given().after("a", "2026-10-05T23:30", "2026-10-06T00:50", "2026-10-05");
    check_date(&given, "2026-10-06T00:05 start", "2026-10-05");
}

#[test]
fn only_an_earlier_occurrence_gives_its_date() {
    let later = given().after("a", "09:01", "09:50", "2026-10-01");
    check_date(&later, "09:00 start", "2026-10-05");
    // Of two that start together the lesser uuid is the earlier; this one is `m`.
    let before = given().after("a", "09:00", "09:50", "2026-10-01");
    check_date(&before, "09:00 start", "2026-10-01");
    let after = given().after("z", "09:00", "09:50", "2026-10-01");
    check_date(&after, "09:00 start", "2026-10-05");
    let itself = given().after("m", "08:59", "09:50", "2026-10-01");
    check_date(&itself, "09:00 start", "2026-10-05");
}

#[test]
fn of_several_the_latest_gives_its_date() {
    let given = given()
        .after("a", "08:50", "08:55", "2026-10-02")
        .after("b", "08:30", "08:58", "2026-10-01")
        .after("c", "08:55", "08:56", "2026-10-03")
        .after("d", "08:20", "08:30", "2026-10-04");
    check_date(&given, "09:00 start", "2026-10-03");
}

#[test]
fn a_recurring_meeting_is_scheduled_on_each_weeks_own_date() {
    let weekly = given().meeting(Some("2026-09-28T09:00"), Some(50), Some("UTC"));
    check_date(&weekly, "2026-10-05T09:01 start", "2026-10-05");
    check_date(&weekly, "2026-10-12T09:01 start", "2026-10-12");
    assert_eq!(scheduled_end(&weekly, "2026-10-05T09:01 start"), "09:50");
    assert_eq!(
        scheduled_end(&weekly, "2026-10-12T09:01 start"),
        "2026-10-12T09:50"
    );
}

#[test]
fn a_series_keeps_its_local_time_of_day_through_daylight_saving() {
    // 09:00 in London: 08:00Z until 25 October 2026, 09:00Z after.
    let autumn = given().meeting(Some("2026-10-05T08:00"), Some(50), Some("Europe/London"));
    assert_eq!(
        scheduled_end(&autumn, "2026-10-19T08:01 start"),
        "2026-10-19T08:50"
    );
    assert_eq!(
        scheduled_end(&autumn, "2026-10-26T09:01 start"),
        "2026-10-26T09:50"
    );
    // And back: 09:00Z until 29 March 2026, 08:00Z after.
    let spring = given().meeting(Some("2026-01-05T09:00"), Some(50), Some("Europe/London"));
    assert_eq!(
        scheduled_end(&spring, "2026-03-23T09:01 start"),
        "2026-03-23T09:50"
    );
    assert_eq!(
        scheduled_end(&spring, "2026-03-30T08:01 start"),
        "2026-03-30T08:50"
    );
}

#[test]
fn a_time_of_day_that_a_clock_change_skips_is_taken_after_the_gap() {
    // 02:30 in New York does not exist on 8 March 2026: 03:30 (07:30Z) stands in.
    let given = given().meeting(Some("2026-03-01T07:30"), Some(60), Some("America/New_York"));
    assert_eq!(
        scheduled_end(&given, "2026-03-08T07:30 start"),
        "2026-03-08T08:30"
    );
}

#[test]
fn a_time_of_day_that_a_clock_change_repeats_is_the_first() {
    // 01:30 in New York on 1 November 2026 is 05:30Z and again 06:30Z.
    let given = given().meeting(Some("2026-10-25T05:30"), Some(60), Some("America/New_York"));
    assert_eq!(
        scheduled_end(&given, "2026-11-01T05:30 start"),
        "2026-11-01T06:30"
    );
}

#[test]
fn seconds_are_real_seconds_through_a_clock_change() {
    // From 01:30 to 03:30 by the clock on the wall in New York: one hour in spring, three in autumn.
    let seconds = |timeline| given().report(timeline).people[0].seconds();
    assert_eq!(
        seconds("2026-03-08T06:30 Ana joins / 2026-03-08T07:30 Ana leaves"),
        3600
    );
    assert_eq!(
        seconds("2026-11-01T05:30 Ana joins / 2026-11-01T08:30 Ana leaves"),
        3 * 3600
    );
}

/// A class on Mondays from 09:00 to 09:50: with its margins from 08:30 to 11:50.
fn scheduled() -> Given {
    given().meeting(Some("2026-09-28T09:00"), Some(50), Some("UTC"))
}

#[track_caller]
fn check_outside(given: &Given, timeline: &str, outside: bool) {
    let report = given.report(timeline);
    assert_eq!(report.outside_schedule, outside, "{timeline}");
    assert_eq!(report.class, Some(ClassId(9)), "it counts all the same");
}

#[test]
fn an_occurrence_wholly_outside_the_widened_schedule_is_marked() {
    check_outside(&scheduled(), "09:00 start / 09:50 end", false);
    check_outside(&scheduled(), "08:00 start / 08:29:59 end", true);
    check_outside(&scheduled(), "08:00 start / 08:30 end", false);
    check_outside(&scheduled(), "11:50 start / 12:30 end", false);
    check_outside(&scheduled(), "11:50:01 start / 12:30 end", true);
    check_outside(&scheduled(), "07:00 start / 13:00 end", false);
}

#[test]
fn what_happens_after_the_end_does_not_bring_it_inside() {
    check_outside(
        &scheduled(),
        "08:00 start / 08:20 end / 08:40 Ana leaves",
        true,
    );
}

#[test]
fn while_it_runs_its_last_instant_counts() {
    check_outside(&scheduled(), "08:00 start / 08:20 Ana joins", true);
    check_outside(&scheduled(), "08:00 start / 08:40 Ana joins", false);
}

#[test]
fn without_a_schedule_nothing_is_outside() {
    let at_night = "03:00 start / 03:10 end";
    check_outside(&given(), at_night, false);
    check_outside(&given().meeting(Some("09:00"), None, None), at_night, false);
    check_outside(
        &given().meeting(Some("09:00"), Some(0), None),
        at_night,
        false,
    );
    check_outside(&given().meeting(None, Some(50), None), at_night, false);
}

#[test]
fn a_schedule_around_midnight_reaches_into_the_days_beside() {
    let late = given().meeting(Some("2026-09-28T23:50"), Some(60), Some("UTC"));
    check_outside(
        &late,
        "2026-10-06T00:05 start / 2026-10-06T00:50 end",
        false,
    );
    check_outside(
        &late,
        "2026-10-05T23:45 start / 2026-10-06T00:50 end",
        false,
    );
    check_outside(&late, "2026-10-06T03:00 start / 2026-10-06T03:30 end", true);
    let early = given().meeting(Some("2026-09-29T00:05"), Some(60), Some("UTC"));
    check_outside(
        &early,
        "2026-10-05T23:50 start / 2026-10-05T23:58 end",
        false,
    );
    check_outside(
        &early,
        "2026-10-05T23:00 start / 2026-10-05T23:30 end",
        true,
    );
}

#[test]
fn the_margins_are_those_of_the_rule() {
    let narrow = scheduled().rule(|rule| (rule.lesson_before, rule.lesson_after) = (0, 60));
    check_outside(&narrow, "08:00 start / 08:59:59 end", true);
    check_outside(&narrow, "09:51:01 start / 10:00 end", true);
    check_outside(&narrow, "09:51 start / 10:00 end", false);
}

#[test]
fn the_rule_can_leave_out_what_is_outside_the_schedule() {
    let strict = scheduled().rule(|rule| rule.only_in_schedule = true);
    assert_eq!(strict.report("03:00 start / 03:10 end").class, None);
    assert_eq!(
        strict.report("09:00 start / 09:10 end").class,
        Some(ClassId(9))
    );
}

#[test]
fn an_unknown_meeting_has_neither_row_nor_class() {
    let mut given = given();
    given.school.meetings.clear();
    let report = given.report("2026-10-05T23:58 start zone=Asia/Manila");
    assert_eq!((report.meeting, report.class), (None, None));
    assert_eq!(report.date, day("2026-10-06"));
}
