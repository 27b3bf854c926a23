//! Marks: present, partial, absent; so far and at the end; over several occurrences.

use super::{
    given::{ANA, BEN, CLEO, DAN, given},
    timeline::{at, clock, day},
};
use crate::attendance::{
    event::Instant,
    lesson::{Mark, Part, Status, is_final, marks, may_have_been},
    school::{ClassId, Enrolment, School},
};
use jiff::civil::date;

/// The mark as `ana present 900 09:00..09:15`.
fn print(mark: &Mark) -> String {
    let who = ["ana", "ben", "cleo"]
        .into_iter()
        .zip([ANA, BEN, CLEO])
        .find_map(|(name, user)| (user == mark.student).then_some(name));
    let side = |at: Option<_>| at.map_or("?".into(), clock);
    let status = match mark.status {
        Status::Present => "present",
        Status::Partial => "partial",
        Status::Absent => "absent",
    };
    format!(
        "{} {status} {} {}..{}",
        who.unwrap_or("dan"),
        mark.seconds,
        side(mark.first_join),
        side(mark.last_leave),
    )
}

/// Asserts the marks of Ana, Ben and Cleo, who are enrolled.
#[track_caller]
fn check_parts(parts: &[Part], expected: &[&str]) {
    let marks = marks(parts, &[CLEO, ANA, BEN]);
    let printed: Vec<_> = marks.iter().map(print).collect();
    assert_eq!(printed, expected);
}

#[track_caller]
fn check(timelines: &[&str], expected: &[&str]) {
    let part = |timeline: &&str| {
        let timeline =
            ["ana", "ben", "cleo", "dan"]
                .iter()
                .fold((*timeline).to_owned(), |line, who| {
                    line.replace(
                        &format!("{who} joins"),
                        &format!("{who} joins email={who}@school"),
                    )
                    .replace(
                        &format!("{who} leaves"),
                        &format!("{who} leaves email={who}@school"),
                    )
                });
        given().part(&timeline)
    };
    let parts: Vec<_> = timelines.iter().map(part).collect();
    check_parts(&parts, expected);
}

#[test]
fn the_threshold_or_more_is_present_less_is_partial_nothing_is_absent() {
    check(
        &["09:00 ana joins / 09:15 ana leaves / 09:00 ben joins / 09:14:59 ben leaves / 10:00 end"],
        &[
            "ana present 900 09:00..09:15",
            "ben partial 899 09:00..09:14:59",
            "cleo absent 0 ?..?",
        ],
    );
}

#[test]
fn only_enrolled_students_have_marks() {
    check(
        &["09:00 dan joins / 09:40 dan leaves / 09:00 Guest joins / 10:00 end"],
        &[
            "ana absent 0 ?..?",
            "ben absent 0 ?..?",
            "cleo absent 0 ?..?",
        ],
    );
    let part = given().part("09:00 X joins email=ana@school / 10:00 end");
    assert_eq!(marks(&[part], &[]), []);
}

#[test]
fn enrolment_counts_by_date() {
    let enrolment = |student, begin: Option<&str>, end: Option<&str>| Enrolment {
        student,
        begin: begin.map(day),
        end: end.map(day),
    };
    let mut school = School::default();
    let enrolments = vec![
        enrolment(DAN, None, None),
        enrolment(CLEO, Some("2026-10-06"), None),
        enrolment(BEN, None, Some("2026-10-04")),
        enrolment(ANA, Some("2026-10-05"), Some("2026-10-05")),
        enrolment(DAN, None, None),
    ];
    school.classes.insert(ClassId(9), enrolments);
    assert_eq!(school.enrolled(ClassId(9), day("2026-10-05")), [ANA, DAN]);
    assert_eq!(school.enrolled(ClassId(1), day("2026-10-05")), []);
}

#[test]
fn whoever_joined_is_not_absent_even_at_zero_seconds() {
    check(
        &["09:40 ana leaves / 09:50 ben joins / 09:45 ben leaves / 10:00 cleo joins / 10:00 end"],
        &[
            "ana partial 0 ?..09:40",
            "ben partial 0 09:50..09:45",
            "cleo partial 0 10:00..?",
        ],
    );
}

#[test]
fn while_it_runs_only_those_of_whom_a_stay_has_closed() {
    check(
        &["09:00 ana joins / 09:20 ana leaves / 09:30 ana joins / 09:00 ben joins"],
        &["ana present 1200 09:00..09:20"],
    );
    check(
        &["09:00 ana joins / 09:10 ana joins seat=2"],
        &["ana partial 600 09:00..09:10"],
    );
}

#[test]
fn at_the_end_a_stay_that_it_closed_leaves_with_it() {
    check(
        &["09:00 ana joins / 10:00 end"],
        &[
            "ana present 3600 09:00..10:00",
            "ben absent 0 ?..?",
            "cleo absent 0 ?..?",
        ],
    );
}

#[test]
fn seconds_are_the_union_over_all_parts() {
    check(
        &[
            "09:00 ana joins / 09:10 ana leaves / 09:00 ben joins / 09:12 end",
            "09:15 ana joins / 09:25 ana leaves / 09:11 ben joins / 09:14 ben leaves / 09:50 end",
        ],
        &[
            "ana present 1200 09:00..09:25",
            "ben partial 840 09:00..09:14",
            "cleo absent 0 ?..?",
        ],
    );
}

#[test]
fn nobody_is_absent_before_all_parts_have_ended() {
    check(
        &[
            "09:00 ana joins / 09:10 ana leaves / 09:12 end",
            "09:15 start / 09:16 ben joins",
        ],
        &["ana partial 600 09:00..09:10"],
    );
}

#[test]
fn the_threshold_is_that_of_the_earliest_part() {
    let part = |timeline, present_after| {
        let mut given = given();
        given.rule.present_after = present_after;
        given.part(timeline)
    };
    let early = part("09:00 X joins email=ana@school / 09:10 end", 601);
    let late = part("09:20 start / 09:50 end", 300);
    let expected = [
        "ana partial 600 09:00..09:10",
        "ben absent 0 ?..?",
        "cleo absent 0 ?..?",
    ];
    check_parts(&[early.clone(), late.clone()], &expected);
    check_parts(&[late, early], &expected);
}

#[test]
fn a_threshold_of_zero_makes_nobody_present_who_never_joined() {
    let mut given = given();
    given.rule.present_after = 0;
    let part = given.part("09:30 X leaves email=ana@school / 10:00 end");
    let expected = [
        "ana present 0 ?..09:30",
        "ben absent 0 ?..?",
        "cleo absent 0 ?..?",
    ];
    check_parts(&[part], &expected);
}

#[test]
fn a_lesson_without_parts_has_no_marks() {
    check(&[], &[]);
}

#[test]
fn a_part_tells_start_end_threshold_and_matched_users() {
    let part = given().part("09:00 start / 09:01 X joins email=ana@school / 09:02 Guest joins");
    assert_eq!(
        (clock(part.start), part.ended, part.present_after),
        ("09:00".into(), false, 900)
    );
    assert_eq!(part.users.into_keys().collect::<Vec<_>>(), [ANA]);
}

#[test]
fn marks_are_final_when_the_latest_end_has_settled() {
    let ends = [Some(at("10:00")), Some(at("09:30"))];
    assert!(!is_final(&ends, 5400, at("11:29:59")));
    assert!(is_final(&ends, 5400, at("11:30")));
}

#[test]
fn a_running_occurrence_keeps_marks_provisional_and_none_at_all_makes_them_final() {
    assert!(!is_final(&[Some(at("10:00")), None], 5400, at("23:00")));
    assert!(is_final(&[], 5400, at("00:00")));
}

#[test]
fn a_lesson_that_has_been_is_of_today_or_before() {
    // 2026-11-28T09:59:59Z: 23:59:59 on the 28th where the day begins first.
    let now = Instant(1_795_859_999);
    assert!(may_have_been(date(2026, 11, 28), now));
    assert!(!may_have_been(date(2026, 11, 29), now));
    assert!(may_have_been(date(2026, 11, 29), Instant(now.0 + 1)));
    assert!(may_have_been(date(2011, 1, 1), now));
    assert!(!may_have_been(date(2010, 12, 31), now));
    assert!(!may_have_been(date(206, 11, 28), now));
}
