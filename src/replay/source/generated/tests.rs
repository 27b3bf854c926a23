//! Each share at its full, read out of the bodies that are delivered; sizes, seeds, and the bell to the second.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value;

use super::*;
use crate::replay::mix::Share;
use crate::replay::oracle::{self, Mark, Status};

const MEETINGS: usize = 6;
const STUDENTS: usize = 8;
/// 09:00 in London.
const BELL: i64 = 1_791_187_200;
const END: i64 = BELL + 50 * 60;

/// Six lessons of eight with one bell of ten seconds.
fn school(mix: Mix) -> GeneratedSchool {
    GeneratedSchool {
        meetings: MEETINGS,
        students: STUDENTS,
        minutes: 50,
        bell_seconds: 10,
        timetable: Timetable::Bell,
        mix,
        date: date(2026, 10, 5),
        seed: 7,
    }
}

fn day(mix: Mix) -> (School, Vec<Delivery>) {
    school(mix).generate().expect("it is in range")
}

fn marks(school: &School, deliveries: &[Delivery]) -> Vec<Mark> {
    let bodies = deliveries.iter().map(|sent| sent.body.as_str());
    oracle::marks(school, bodies).into_values().collect()
}

/// What is said in one body of what happened when, and when it arrived.
struct Said {
    event: String,
    meeting: String,
    occurrence: String,
    connection: String,
    name: String,
    /// Unix seconds.
    instant: i64,
    /// Unix milliseconds.
    stamp: i64,
    /// Unix milliseconds.
    at: i64,
}

fn said(delivery: &Delivery) -> Said {
    let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
    let object = &body["payload"]["object"];
    let participant = &object["participant"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let instants = [
        &participant["join_time"],
        &participant["leave_time"],
        &object["end_time"],
        &object["start_time"],
    ];
    let instant = instants.iter().find_map(|value| value.as_str());
    let instant: Timestamp = instant.expect("an instant").parse().expect("ISO-8601");
    Said {
        event: text(&body["event"]).replace("meeting.", ""),
        meeting: text(&object["id"]),
        occurrence: text(&object["uuid"]),
        connection: text(&participant["participant_uuid"]),
        name: text(&participant["user_name"]),
        instant: instant.as_second(),
        stamp: body["event_ts"].as_i64().expect("a number"),
        at: delivery.at,
    }
}

/// The events of one name; of people, those of students alone.
fn events(deliveries: &[Delivery], name: &str) -> Vec<Said> {
    deliveries
        .iter()
        .map(said)
        .filter(|said| said.event == name && !said.name.starts_with("Rebecca Okafor"))
        .collect()
}

/// Joins and leaves of each student's connection.
fn visits(deliveries: &[Delivery]) -> BTreeMap<String, (Vec<i64>, Vec<i64>)> {
    let mut visits: BTreeMap<String, (Vec<i64>, Vec<i64>)> = BTreeMap::new();
    for joined in events(deliveries, "participant_joined") {
        visits
            .entry(joined.connection)
            .or_default()
            .0
            .push(joined.instant);
    }
    for left in events(deliveries, "participant_left") {
        visits
            .entry(left.connection)
            .or_default()
            .1
            .push(left.instant);
    }
    for (joins, leaves) in visits.values_mut() {
        joins.sort_unstable();
        leaves.sort_unstable();
    }
    visits
}

#[test]
fn a_bell_is_exact() {
    let wanted = GeneratedSchool {
        meetings: 40,
        students: 30,
        ..school(Mix::NONE)
    };
    let (school, deliveries) = wanted.generate().expect("in range");
    assert_eq!(school.students.len(), 1200, "nobody is in two classes");
    assert_eq!(deliveries.len(), 40 * (1 + 31 + 31 + 1));
    let second = |from: i64| from * 1000..(from + 1) * 1000;
    let arrive = |name: &str| -> Vec<i64> {
        events(&deliveries, name)
            .iter()
            .map(|said| said.at)
            .collect()
    };
    let (started, ended) = (arrive("started"), arrive("ended"));
    assert_eq!((started.len(), ended.len()), (40, 40));
    assert!(started.iter().all(|at| second(BELL).contains(at)));
    assert!(ended.iter().all(|at| second(END + 1).contains(at)));
    let (joined, left) = (arrive("participant_joined"), arrive("participant_left"));
    assert_eq!((joined.len(), left.len()), (1200, 1200));
    let within = (BELL + 1) * 1000..(BELL + 11) * 1000;
    assert!(joined.iter().all(|at| within.contains(at)));
    let seconds: BTreeSet<i64> = joined.iter().map(|at| at / 1000).collect();
    assert_eq!(seconds.len(), 10, "over all of the ten seconds");
    assert!(left.iter().all(|at| second(END).contains(at)));
    let marks = marks(&school, &deliveries);
    assert_eq!(marks.len(), 1200);
    assert!(marks.iter().all(|mark| mark.status == Status::Present));
    assert!(
        marks
            .iter()
            .all(|mark| (2990..3000).contains(&mark.seconds))
    );
}

#[test]
fn the_absent_do_not_come() {
    let mix = Mix {
        absent: Share::ALL,
        ..Mix::NONE
    };
    let (school, deliveries) = day(mix);
    assert!(events(&deliveries, "participant_joined").is_empty());
    let absent = Mark {
        status: Status::Absent,
        seconds: 0,
    };
    assert_eq!(marks(&school, &deliveries), [absent; MEETINGS * STUDENTS]);
}

#[test]
fn the_late_come_when_a_tenth_is_over() {
    let mix = Mix {
        late: Share::ALL,
        ..Mix::NONE
    };
    let (_, deliveries) = day(mix);
    let joined = events(&deliveries, "participant_joined");
    assert_eq!(joined.len(), MEETINGS * STUDENTS);
    assert!(joined.iter().all(|said| said.instant >= BELL + 299));
}

#[test]
fn the_short_are_not_there_for_long_enough() {
    let mix = Mix {
        short: Share::ALL,
        ..Mix::NONE
    };
    let (school, deliveries) = day(mix);
    let marks = marks(&school, &deliveries);
    assert_eq!(marks.len(), MEETINGS * STUDENTS);
    assert!(marks.iter().all(|mark| mark.status == Status::Partial));
    assert!(marks.iter().all(|mark| (1..900).contains(&mark.seconds)));
}

#[test]
fn the_rejoining_have_two_connections_one_after_the_other() {
    let mix = Mix {
        rejoining: Share::ALL,
        ..Mix::NONE
    };
    let (school, deliveries) = day(mix);
    let visits = visits(&deliveries);
    assert_eq!(visits.len(), 2 * MEETINGS * STUDENTS);
    assert!(
        visits
            .values()
            .all(|(joins, leaves)| joins.len() == 1 && leaves.len() == 1)
    );
    let firsts = visits.values().filter(|(_, leaves)| leaves[0] < END);
    assert_eq!(firsts.count(), MEETINGS * STUDENTS);
    let whole = marks(&school, &deliveries);
    assert!(
        whole.iter().all(|mark| mark.seconds < 2990),
        "a gap does not count"
    );
}

#[test]
fn the_moving_change_rooms_within_one_connection() {
    let mix = Mix {
        moving: Share::ALL,
        ..Mix::NONE
    };
    let (school, deliveries) = day(mix);
    let visits = visits(&deliveries);
    assert_eq!(visits.len(), MEETINGS * STUDENTS);
    for (joins, leaves) in visits.values() {
        assert_eq!((joins.len(), leaves.len()), (3, 3));
        assert_eq!(joins[1..], leaves[..2], "from one room into the next");
    }
    let marks = marks(&school, &deliveries);
    assert!(
        marks.iter().all(|mark| mark.seconds >= 2990),
        "a move loses nothing"
    );
}

#[test]
fn a_second_device_is_there_beside_the_first() {
    let mix = Mix {
        two_device: Share::ALL,
        ..Mix::NONE
    };
    let (school, deliveries) = day(mix);
    let visits = visits(&deliveries);
    assert_eq!(visits.len(), 2 * MEETINGS * STUDENTS);
    let second = visits.values().filter(|(joins, _)| joins[0] > BELL + 10);
    assert_eq!(second.count(), MEETINGS * STUDENTS);
    let marks = marks(&school, &deliveries);
    assert!(
        marks
            .iter()
            .all(|mark| (2990..3000).contains(&mark.seconds)),
        "counted once"
    );
}

#[test]
fn lost_leaves_are_never_told() {
    let mix = Mix {
        lost_leave: Share::ALL,
        ..Mix::NONE
    };
    let (_, deliveries) = day(mix);
    assert!(events(&deliveries, "participant_left").is_empty());
    let joined = events(&deliveries, "participant_joined").len();
    assert_eq!(joined, MEETINGS * STUDENTS);
}

#[test]
fn duplicates_come_twice_byte_for_byte() {
    let mix = Mix {
        duplicated: Share::ALL,
        ..Mix::NONE
    };
    let (_, deliveries) = day(mix);
    let mut copies: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for delivery in &deliveries {
        *copies
            .entry((&delivery.body, &delivery.request_id))
            .or_default() += 1;
    }
    assert_eq!(copies.len(), MEETINGS * (2 * STUDENTS + 4));
    assert!(copies.values().all(|count| *count == 2));
}

#[test]
fn the_reordered_are_overtaken() {
    let held_back = |reordered| -> Vec<i64> {
        let (_, deliveries) = day(Mix {
            reordered,
            ..Mix::NONE
        });
        assert!(deliveries.is_sorted_by_key(|delivery| delivery.at));
        let said = deliveries.iter().map(said);
        said.map(|said| said.at - said.stamp).collect()
    };
    assert!(
        held_back(Share::NONE)
            .iter()
            .all(|ms| (0..=1000).contains(ms))
    );
    assert!(
        held_back(Share::ALL)
            .iter()
            .all(|ms| (5000..=61_000).contains(ms))
    );
}

#[test]
fn restarted_meetings_run_twice() {
    let mix = Mix {
        restarted: Share::ALL,
        ..Mix::NONE
    };
    let (_, deliveries) = day(mix);
    let mut runs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ended in events(&deliveries, "ended") {
        runs.entry(ended.meeting)
            .or_default()
            .insert(ended.occurrence);
    }
    assert_eq!(runs.len(), MEETINGS);
    assert!(runs.values().all(|occurrences| occurrences.len() == 2));
    assert_eq!(events(&deliveries, "started").len(), 2 * MEETINGS);
}

#[test]
fn somebody_unknown_comes_to_every_lesson() {
    let mix = Mix {
        unknown: Share::ALL,
        absent: Share::ALL,
        ..Mix::NONE
    };
    let (_, deliveries) = day(mix);
    let joined = events(&deliveries, "participant_joined");
    assert!(joined.iter().all(|said| said.name == "iPhone"));
    assert_eq!(joined.len(), MEETINGS);
}

#[test]
fn a_share_leaves_the_others_as_they_are() {
    let absent = |late| {
        let (school, deliveries) = day(Mix {
            late,
            absent: Share::of_thousand(500),
            ..Mix::NONE
        });
        let marks = marks(&school, &deliveries).into_iter();
        let absent: Vec<bool> = marks.map(|mark| mark.status == Status::Absent).collect();
        absent
    };
    let half = absent(Share::NONE);
    assert_eq!(absent(Share::ALL), half);
    let count = half.iter().filter(|absent| **absent).count();
    assert!((12..=36).contains(&count), "{count} of 48 are about a half");
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    let spread = |seed| {
        let wanted = GeneratedSchool {
            timetable: Timetable::Spread,
            bell_seconds: 210,
            seed,
            ..school(Mix::DAY)
        };
        let (_, deliveries) = wanted.generate().expect("in range");
        let bytes = deliveries.into_iter();
        let bytes: Vec<_> = bytes
            .map(|sent| (sent.at, sent.body, sent.request_id))
            .collect();
        bytes
    };
    assert_eq!(spread(1), spread(1));
    assert_ne!(spread(1), spread(2));
}

#[test]
fn lessons_of_a_minute_and_of_a_day_can_be_made() {
    let all = Share::of_thousand(500);
    let mix = Mix {
        late: all,
        short: all,
        rejoining: all,
        moving: all,
        two_device: all,
        lost_leave: all,
        restarted: all,
        odd: all,
        ..Mix::DAY
    };
    for (minutes, bell_seconds) in [(1, 30), (1440, 1)] {
        for timetable in [Timetable::Spread, Timetable::Bell] {
            let wanted = GeneratedSchool {
                minutes,
                bell_seconds,
                timetable,
                ..school(mix)
            };
            let (school, deliveries) = wanted.generate().expect("in range");
            let ended = events(&deliveries, "ended").len();
            assert!(ended >= MEETINGS, "{minutes} {timetable:?}");
            assert!(marks(&school, &deliveries).len() >= MEETINGS * STUDENTS);
        }
    }
}

#[test]
fn twenty_thousand_classes_are_all_different() {
    let wanted = GeneratedSchool {
        meetings: 20_000,
        students: 1,
        ..school(Mix::NONE)
    };
    let school = wanted.school().expect("in range");
    let different = |ids: Vec<&str>| ids.into_iter().collect::<BTreeSet<_>>().len();
    let classes = school.classes.iter();
    assert_eq!(
        different(classes.map(|class| &*class.sourced_id).collect()),
        20_000
    );
    let students = school.students.iter();
    assert_eq!(
        different(students.map(|one| &*one.sourced_id).collect()),
        20_000
    );
    let hosts = school.teachers.iter();
    assert_eq!(
        different(hosts.map(|one| &*one.zoom_user_id).collect()),
        20_000
    );
    let numbers: BTreeSet<u64> = school
        .classes
        .iter()
        .map(|class| class.meeting.number)
        .collect();
    assert_eq!(numbers.len(), 20_000);
    assert!(numbers.iter().all(|number| number.to_string().len() == 11));
}

#[test]
fn a_large_class_is_one_class() {
    let wanted = GeneratedSchool {
        meetings: 2,
        students: 1_000,
        timetable: Timetable::Spread,
        ..school(Mix::DAY)
    };
    let (school, deliveries) = wanted.generate().expect("in range");
    assert_eq!(
        school.students.len(),
        1_000,
        "both classes are of one group"
    );
    assert_eq!(marks(&school, &deliveries).len(), 2_000);
}

#[test]
fn what_cannot_be_made_is_refused_in_one_line() {
    let refused = |wanted: GeneratedSchool| {
        let error = wanted.generate().map(|_| ()).expect_err("out of range");
        error.to_string()
    };
    let usual = school(Mix::NONE);
    assert_eq!(
        refused(GeneratedSchool {
            meetings: 20_001,
            ..usual
        }),
        "20001 meetings: give 1 to 20000"
    );
    assert_eq!(
        refused(GeneratedSchool {
            students: 0,
            ..usual
        }),
        "0 students of a class: give 1 to 1000"
    );
    assert_eq!(
        refused(GeneratedSchool {
            minutes: 5,
            bell_seconds: 151,
            ..usual
        }),
        "a bell of 151 seconds in a lesson of 5 minutes: give 1 to 150 seconds"
    );
}
