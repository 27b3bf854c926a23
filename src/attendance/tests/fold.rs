//! The fold: what brings an occurrence into being, what it remembers, and that it is a set.

use super::{
    given::{check, fold, given},
    timeline::{at, clock, end},
};

#[test]
fn started_ended_and_presence_events_bring_an_occurrence_into_being() {
    for event in [
        "09:00 start",
        "10:00 end",
        "? end",
        "09:00 Ana joins",
        "09:00 Ana leaves",
        "? Ana joins",
        "09:00 Ana joins uuid=- seat=-",
    ] {
        assert!(fold(event).exists(), "{event}");
        assert!(given().judge(&fold(event)).is_some(), "{event}");
    }
}

#[test]
fn a_bind_alone_does_not() {
    for nothing in ["", "bind Phone to Ana"] {
        assert!(!fold(nothing).exists(), "{nothing}");
        assert!(given().judge(&fold(nothing)).is_none(), "{nothing}");
    }
}

#[test]
fn a_bind_is_no_arrival() {
    let with = given().report("09:00 start / bind Phone to Ana arrives=11:00");
    assert_eq!(with, given().report("09:00 start"));
}

#[test]
fn a_presence_event_without_time_or_key_is_counted_and_makes_no_presence() {
    let report = given().report(
        "09:00 start / ? Ana joins arrives=09:01 / 09:02 Ana joins uuid=- seat=- arrives=09:03",
    );
    assert_eq!(report.unusable, 2);
    assert!(report.people.is_empty());
    assert_eq!(clock(report.last), "09:00");
}

#[test]
fn an_unusable_event_still_tells_of_its_meeting() {
    let report = given().report("? Ana joins start=08:58 topic=Maths arrives=09:01");
    assert_eq!(clock(report.start), "08:58");
    assert_eq!(report.topic.as_deref(), Some("Maths"));
}

#[test]
fn the_start_is_the_least_stated_start_and_join() {
    let start = |timeline| clock(given().report(timeline).start);
    assert_eq!(start("09:00 start / 08:58 Ana joins / 10:00 end"), "08:58");
    assert_eq!(start("09:03 Ana joins start=08:59 / 09:00 start"), "08:59");
    assert_eq!(start("10:00 end start=08:57 / 09:00 start"), "08:57");
    assert_eq!(start("09:00 start / 08:50 Ana leaves / 10:00 end"), "09:00");
}

#[test]
fn without_either_the_start_is_the_least_end_or_leave_else_the_first_arrival() {
    let start = |timeline| clock(given().report(timeline).start);
    assert_eq!(start("09:50 Ana leaves / 10:00 end"), "09:50");
    assert_eq!(start("10:00 end arrives=10:05"), "10:00");
    assert_eq!(start("10:00 end / 10:01 Ana leaves"), "10:00");
    assert_eq!(
        start("? end arrives=10:05 / ? Ana joins arrives=09:30"),
        "09:30"
    );
}

#[test]
fn the_end_is_the_latest_end_and_the_stated_one_of_two_equal_ones() {
    let ended = |timeline| end(&given().report(timeline));
    assert_eq!(ended("09:00 start / 10:05 end / 10:00 end"), "10:05 event");
    let end_of = |timeline| fold(timeline).end.expect("an end");
    assert!(!end_of("10:00 end / ~10:00 end").approximate);
    assert!(!end_of("~10:00 end / 10:00 end").approximate);
    assert!(end_of("09:59 end / ~10:00 end").approximate);
}

#[test]
fn the_latest_instant_tells_the_topic_and_of_equal_ones_the_greatest() {
    let topic = |timeline| given().report(timeline).topic;
    let is = |text: &str| Some(text.into());
    assert_eq!(
        topic("09:00 start topic=Art / 09:05 Ana joins topic=Maths"),
        is("Maths")
    );
    assert_eq!(
        topic("10:00 end topic=Art / 09:05 Ana joins topic=Maths"),
        is("Art")
    );
    assert_eq!(
        topic("09:00 start topic=Art / 09:00 Ana joins topic=Maths"),
        is("Maths")
    );
    assert_eq!(
        topic("09:00 Ana joins topic=Maths / 09:00 start topic=Art"),
        is("Maths")
    );
    assert_eq!(topic("09:00 start topic=Art / 09:05 Ana joins"), is("Art"));
    assert_eq!(topic("09:00 start"), None);
}

#[test]
fn the_last_instant_is_that_of_any_join_leave_or_end() {
    let last = |timeline| clock(given().report(timeline).last);
    assert_eq!(last("09:00 start"), "09:00");
    assert_eq!(last("09:00 start / 08:50 Ana leaves"), "09:00");
    assert_eq!(last("09:00 start / 09:02 Ana joins"), "09:02");
    assert_eq!(
        last("09:00 start / 09:02 Ana joins / 09:05 Ana leaves"),
        "09:05"
    );
    assert_eq!(last("09:00 start / 10:00 end / 10:01 Ana leaves"), "10:01");
    assert_eq!(last("09:00 start / 09:05 Ana leaves / 10:00 end"), "10:00");
}

#[test]
fn a_missing_uuid_is_the_one_that_its_user_id_carries_elsewhere() {
    check(
        "09:00 Ana joins uuid=- / 09:30 Ana leaves / 10:00 end",
        "connection:Ana 30m
           Ana:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn of_several_uuids_it_is_the_least() {
    check(
        "09:00 Ana joins uuid=P / 09:10 Ana leaves uuid=Q / 09:30 Ana leaves uuid=- / 10:00 end",
        "connection:P 30m
           P:Ana.1 09:00..09:30 Observed 30m
         connection:Q 0m
           Q:Ana.1 ?..09:10 ArrivalUnknown 0m",
    );
}

#[test]
fn a_lesser_uuid_that_only_a_bind_tells_counts_too() {
    check(
        "09:00 Tel joins uuid=- / 09:30 Tel leaves uuid=Z / bind A.Tel.1 to Ana / 10:00 end",
        "connection:A 60m
           A:Tel.1 09:00..? ClosedByEnd 60m
         connection:Z 0m
           Z:Tel.1 ?..09:30 ArrivalUnknown 0m",
    );
}

#[test]
fn a_bind_can_tell_the_uuid_too() {
    check(
        "09:00 Tel joins uuid=- / 09:30 Tel leaves uuid=- / bind U.Tel.1 to Ana / 10:00 end",
        "connection:U 30m
           U:Tel.1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn without_a_uuid_anywhere_the_next_key_stands_in() {
    let stands_in = |keys: &str, connection: &str| {
        let timeline = format!("09:00 Ana joins uuid=- {keys} / 09:30 Ana leaves uuid=- {keys}");
        let report = given().report(&timeline);
        let stays = &report.people[0].stays;
        assert_eq!(stays.len(), 1, "{keys}");
        assert_eq!(&*stays[0].connection, connection, "{keys}");
    };
    stands_in("seat=1 zoom=Z reg=R key=K email=e@x", "Ana.1");
    stands_in("seat=- zoom=Z reg=R key=K email=e@x", "Z");
    stands_in("seat=- reg=R key=K email=e@x", "R");
    stands_in("seat=- key=K email=e@x", "K");
    stands_in("seat=- email=e@x", "e@x");
}

#[test]
fn a_name_never_stands_in() {
    let report = given().report("09:00 Ana joins uuid=- seat=- / 09:30 Ana leaves uuid=- seat=-");
    assert_eq!((report.people.len(), report.unusable), (0, 2));
}

#[test]
fn no_instant_is_too_far_for_a_report() {
    use crate::attendance::event::{Event, Instant, Moment, Setting};
    for extreme in [i64::MIN, i64::MAX] {
        let mut occurrence = fold("09:02 Ana joins minutes=50");
        let moment = Moment {
            at: Instant(extreme),
            approximate: false,
        };
        occurrence.fold(
            &Event::Ended(Setting::default(), Some(moment)),
            Instant(extreme),
        );
        let setting = Setting {
            start: Some(Instant(extreme)),
            ..Setting::default()
        };
        occurrence.fold(&Event::Started(setting), at("09:00"));
        assert!(given().judge(&occurrence).is_some());
    }
}

#[test]
fn nothing_personal_is_printed() {
    let occurrence = fold("09:00 Ana joins email=e@x key=K / bind Ana to Ben");
    let report = given().judge(&occurrence);
    let printed = format!(
        "{occurrence:?} {report:?} {:?} {:?}",
        given().school,
        occurrence.seats
    );
    for secret in ["Ana", "e@x", "ana@school", "\"K\""] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
