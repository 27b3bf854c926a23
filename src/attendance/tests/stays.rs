//! Stays: pairing, made-up ends, cuts, unions.

use super::given::{check, given};

#[test]
fn a_join_and_its_leave_are_a_half_open_interval() {
    check(
        "09:00 start / 09:02 Ana joins / 09:40 Ana leaves / 10:00 end",
        "connection:Ana 38m
           Ana:1 09:02..09:40 Observed 38m",
    );
}

#[test]
fn a_stay_counts_whole_seconds() {
    check(
        "09:00:01 Ana joins / 09:00:02 Ana leaves / 10:00 end",
        "connection:Ana 0m1s
           Ana:1 09:00:01..09:00:02 Observed 0m1s",
    );
}

#[test]
fn a_stay_of_no_length_counts_nothing() {
    check(
        "09:05 Ana joins / 09:05 Ana leaves / 10:00 end",
        "connection:Ana 0m
           Ana:1 09:05..09:05 Observed 0m",
    );
}

#[test]
fn rejoins_add_up() {
    check(
        "09:00 Ana joins / 09:10 Ana leaves / 09:20 Ana joins seat=2 / 09:50 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 40m
           Ana:1 09:00..09:10 Observed 10m
           Ana:2 09:20..09:50 Observed 30m",
    );
}

#[test]
fn two_devices_count_once() {
    check(
        "09:00 Pad joins email=e@x / 09:30 Pad leaves
         09:20 Phone joins email=e@x / 09:50 Phone leaves / 10:00 end",
        "email:e@x 50m
           Pad:1 09:00..09:30 Observed 30m
           Phone:1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn a_room_move_ends_one_stay_and_begins_the_next() {
    check(
        "09:00 Ana joins / 09:20 Ana joins seat=2 / 09:20 Ana leaves / 09:50 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 50m
           Ana:1 09:00..09:20 Observed 20m
           Ana:2 09:20..09:50 Observed 30m",
    );
}

#[test]
fn equal_instants_are_one_and_the_stated_one_stays() {
    check(
        "~09:02 Ana joins / 09:02 Ana joins / 09:40 Ana leaves / ~09:40 Ana leaves / ~10:00 Ben leaves / 10:00 end",
        "connection:Ana 38m
           Ana:1 09:02..09:40 Observed 38m
         connection:Ben 0m
           Ben:1 ?..~10:00 ArrivalUnknown 0m",
    );
}

#[test]
fn an_approximate_instant_counts_and_is_marked() {
    check(
        "~09:02 Ana joins / 09:40 Ana leaves / 10:00 end",
        "connection:Ana 38m
           Ana:1 ~09:02..09:40 Observed 38m",
    );
}

#[test]
fn a_leave_belongs_to_the_last_join_at_or_before_it() {
    check(
        "09:00 Ana joins / 09:20 Ana joins / 09:20 Ana leaves / 10:00 end",
        "connection:Ana 20m
           Ana:1 09:00..? ClosedByNextJoin 20m
           Ana:1 09:20..09:20 Observed 0m",
    );
}

#[test]
fn the_latest_leave_of_a_join_counts() {
    check(
        "09:00 Ana joins / 09:10 Ana leaves / 09:25 Ana leaves / 10:00 end",
        "connection:Ana 25m
           Ana:1 09:00..09:25 Observed 25m",
    );
}

#[test]
fn a_leave_before_all_joins_belongs_to_the_first() {
    check(
        "09:10 Ana leaves / 09:20 Ana joins / 09:30 Ana joins / 09:45 Ana leaves / 10:00 end",
        "connection:Ana 15m
           Ana:1 09:20..09:10 Inverted 0m
           Ana:1 09:30..09:45 Observed 15m",
    );
}

#[test]
fn a_leave_before_and_one_after_the_join_the_later_counts() {
    check(
        "09:10 Ana leaves / 09:20 Ana joins / 09:45 Ana leaves / 10:00 end",
        "connection:Ana 25m
           Ana:1 09:20..09:45 Observed 25m",
    );
}

#[test]
fn a_leave_of_another_seat_or_connection_closes_nothing_that_has_its_own() {
    check(
        "09:00 Ana joins / 09:30 Ana leaves / 09:20 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 30m
           Ana:1 09:00..09:30 Observed 30m
           Ana:2 ?..09:20 ArrivalUnknown 0m",
    );
}

#[test]
fn without_its_leave_a_stay_ends_at_the_connections_next_join() {
    check(
        "09:00 Ana joins / 09:20 Ana joins seat=2 / 09:50 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 50m
           Ana:1 09:00..? ClosedByNextJoin 20m
           Ana:2 09:20..09:50 Observed 30m",
    );
}

#[test]
fn only_a_join_strictly_after_closes() {
    check(
        "09:00 Ana joins / 09:00 Ana joins seat=2 / 09:30 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 60m
           Ana:1 09:00..? ClosedByEnd 60m
           Ana:2 09:00..09:30 Observed 30m",
    );
}

#[test]
fn another_connection_never_closes_a_stay() {
    check(
        "09:00 Pad joins email=e@x / 09:20 Phone joins email=e@x / 09:25 Phone leaves / 10:00 end",
        "email:e@x 60m
           Pad:1 09:00..? ClosedByEnd 60m
           Phone:1 09:20..09:25 Observed 5m",
    );
}

#[test]
fn without_its_leave_a_stay_ends_at_the_connections_leave_without_a_join() {
    check(
        "09:00 Ana joins / 09:35 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 35m
           Ana:1 09:00..? ClosedByLeave 35m",
    );
}

#[test]
fn at_the_same_instant_the_leave_closes_before_the_join() {
    check(
        "09:00 Ana joins / 09:20 Ana leaves seat=2 / 09:20 Ana joins seat=3 / 09:40 Ana leaves seat=3 / 10:00 end",
        "connection:Ana 40m
           Ana:1 09:00..? ClosedByLeave 20m
           Ana:3 09:20..09:40 Observed 20m",
    );
}

#[test]
fn a_leave_without_a_join_at_the_very_join_closes_nothing() {
    check(
        "09:00 Ana joins / 09:00 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 60m
           Ana:1 09:00..? ClosedByEnd 60m
           Ana:2 ?..09:00 ArrivalUnknown 0m",
    );
}

#[test]
fn one_leave_without_a_join_can_close_several_stays() {
    check(
        "09:00 Ana joins / 09:00 Ana joins seat=2 / 09:30 Ana leaves seat=3 / 10:00 end",
        "connection:Ana 30m
           Ana:1 09:00..? ClosedByLeave 30m
           Ana:2 09:00..? ClosedByLeave 30m",
    );
}

#[test]
fn only_the_first_leave_without_a_join_closes_the_others_are_kept() {
    check(
        "09:00 Ana joins / 09:30 Ana leaves seat=2 / 09:40 Ana leaves seat=2 / 10:00 end",
        "connection:Ana 30m
           Ana:1 09:00..? ClosedByLeave 30m
           Ana:2 ?..09:40 ArrivalUnknown 0m",
    );
}

#[test]
fn a_leave_without_any_join_counts_zero_but_its_person_was_there() {
    check(
        "09:00 start / 09:40 Ana leaves / 10:00 end",
        "connection:Ana 0m
           Ana:1 ?..09:40 ArrivalUnknown 0m",
    );
}

#[test]
fn a_stay_whose_leave_never_came_ends_with_the_meeting() {
    check(
        "09:00 start / 09:02 Ana joins / 10:00 end",
        "connection:Ana 58m
           Ana:1 09:02..? ClosedByEnd 58m",
    );
}

#[test]
fn intervals_are_cut_at_the_end() {
    check(
        "09:50 Ana joins / 10:03 Ana leaves / 09:00 Ben joins / 10:02 Ben leaves seat=2 / 10:00 end",
        "connection:Ana 10m
           Ana:1 09:50..10:03 Observed 10m
         connection:Ben 60m
           Ben:1 09:00..? ClosedByLeave 60m",
    );
}

#[test]
fn a_stay_that_begins_at_or_after_the_end_counts_zero() {
    check(
        "09:00 start / 10:00 end / 10:00 Ana joins / 10:05 Ana leaves / 10:01 Ben joins / 10:01 Cleo joins / 09:59 Cleo leaves",
        "connection:Ana 0m
           Ana:1 10:00..10:05 AfterEnd 0m
         connection:Ben 0m
           Ben:1 10:01..? AfterEnd 0m
         connection:Cleo 0m
           Cleo:1 10:01..09:59 Inverted 0m",
    );
}

#[test]
fn while_the_meeting_runs_an_open_stay_counts_nothing_yet() {
    check(
        "09:00 start / 09:02 Ana joins / 09:10 Ana leaves / 09:20 Ana joins",
        "connection:Ana 8m
           Ana:1 09:02..09:10 Observed 8m
           Ana:1 09:20..? Observed 0m",
    );
}

#[test]
fn what_the_connection_did_next_closes_a_stay_while_the_meeting_runs() {
    check(
        "09:02 Ana joins / 09:20 Ana joins seat=2",
        "connection:Ana 18m
           Ana:1 09:02..? ClosedByNextJoin 18m
           Ana:2 09:20..? Observed 0m",
    );
}

#[test]
fn silence_closes_by_schedule() {
    given().now("18:00").check(
        "09:00 start minutes=50 / 09:02 Ana joins / 09:10 Ben joins / 09:30 Ben leaves",
        "connection:Ana 48m
           Ana:1 09:02..? ClosedBySchedule 48m
         connection:Ben 20m
           Ben:1 09:10..09:30 Observed 20m",
    );
}

#[test]
fn a_late_leave_of_the_dropped_connection_only_overlaps() {
    // The client died at 09:19 and was given up at 09:20:48, after it had rejoined at 09:20:16.
    check(
        "09:00:12 Old joins email=a@x / 09:20:16 New joins email=a@x
         09:20:48 Old leaves / 09:50:58 New leaves / 09:51:07 end",
        "email:a@x 50m46s
           Old:1 09:00:12..09:20:48 Observed 20m36s
           New:1 09:20:16..09:50:58 Observed 30m42s",
    );
}

#[test]
fn stays_are_listed_by_first_known_instant() {
    check(
        "09:30 Ana leaves seat=9 / 09:40 Ana joins / 09:50 Ana leaves / 09:10 Ana joins seat=3 / 09:20 Ana leaves seat=3 / 10:00 end",
        "connection:Ana 20m
           Ana:3 09:10..09:20 Observed 10m
           Ana:9 ?..09:30 ArrivalUnknown 0m
           Ana:1 09:40..09:50 Observed 10m",
    );
}
