//! Who is closed when, with time as an argument.

use super::{super::limits::ANSWER, *};

const SECOND: Duration = Duration::from_secs(1);

fn room(most: usize) -> Rc<Room> {
    Rc::clone(&Seats::new("test", most, ANSWER).0)
}

/// Which of them are closed.
fn closed(tickets: &[Ticket]) -> Vec<bool> {
    let closed = tickets.iter().map(|ticket| ticket.seat.is_closed());
    closed.collect()
}

/// Looks as often as a newcomer is let off, at this time.
fn look(room: &Room, now: Instant) {
    (0..GRACE).for_each(|_| room.look(now));
}

#[test]
fn too_many_cost_the_one_that_has_waited_longest() {
    let (room, begin) = (room(2), Instant::now());
    let at = |seconds| begin + SECOND * seconds;
    let tickets = [1, 0, 2].map(|seconds| room.take(at(seconds)));
    look(&room, at(3));
    assert_eq!(closed(&tickets), [false, true, false]);
    look(&room, at(4));
    assert_eq!(closed(&tickets), [false, true, false], "there is room");
}

#[test]
fn work_and_newcomers_are_left_alone() {
    let (room, begin) = (room(1), Instant::now());
    let tickets = [(); 3].map(|()| room.take(begin));
    tickets[0].seat.work();
    (1..GRACE).for_each(|_| room.look(begin));
    assert_eq!(closed(&tickets), [false; 3], "all are new");
    room.look(begin);
    assert_eq!(closed(&tickets), [false, true, true]);
}

#[test]
fn whole_requests_of_strangers_are_no_reason_to_stay() {
    let (room, begin) = (room(1), Instant::now());
    let tickets = [(); 3].map(|()| room.take(begin));
    tickets[1].seat.vouch();
    for _ in 0..GRACE {
        for ticket in &tickets {
            ticket.seat.work();
            ticket.seat.answered();
        }
        assert_eq!(closed(&tickets), [false; 3]);
        room.look(Instant::now());
    }
    assert_eq!(closed(&tickets), [true, false, true]);
}

#[test]
fn those_that_are_known_are_let_off_anew_with_every_answer() {
    let (room, begin) = (room(0), Instant::now());
    let ticket = room.take(begin);
    ticket.seat.vouch();
    (1..GRACE).for_each(|_| room.look(begin));
    ticket.seat.answered();
    (1..GRACE).for_each(|_| room.look(begin));
    assert!(!ticket.seat.is_closed());
    room.look(begin);
    assert!(ticket.seat.is_closed());
}

#[test]
fn work_that_nobody_takes_makes_room() {
    let (room, begin) = (room(0), Instant::now());
    let ticket = room.take(begin);
    ticket.seat.work();
    look(&room, begin);
    assert!(!ticket.seat.is_closed());
    ticket.seat.sent(false, Waker::noop());
    room.look(begin);
    assert!(ticket.seat.is_closed());
    assert!(!ticket.seat.may_be_spared(), "it would not be read");
}

#[test]
fn a_request_that_has_just_come_is_let_off_once() {
    let (room, begin) = (room(0), Instant::now());
    let ticket = room.take(begin);
    assert!(!ticket.seat.may_be_spared(), "it need not end");
    look(&room, begin);
    assert!(ticket.seat.may_be_spared());
    ticket.seat.spare();
    (1..GRACE).for_each(|_| room.look(begin));
    assert!(!ticket.seat.is_closed(), "the rest may come");
    ticket.seat.answered();
    room.look(begin);
    assert!(ticket.seat.is_closed());
    assert!(!ticket.seat.may_be_spared());
    let slow = room.take(begin);
    room.look(begin + IDLE + SECOND);
    assert!(slow.seat.is_closed());
    assert!(!slow.seat.may_be_spared(), "too slow is too slow");
}

#[test]
fn zoom_makes_room_for_zoom_alone() {
    let (room, begin) = (room(1), Instant::now());
    let tickets = [0, 1, 2].map(|seconds| room.take(begin + SECOND * seconds));
    tickets[0].seat.vouch();
    look(&room, begin + SECOND * 2);
    assert_eq!(
        closed(&tickets),
        [false, true, true],
        "the oldest is Zoom's"
    );
    let more = [3, 4].map(|seconds| room.take(begin + SECOND * seconds));
    more[0].seat.vouch();
    look(&room, begin + SECOND * 5);
    assert_eq!(closed(&tickets[..1]), [true]);
    assert_eq!(closed(&more), [false, true]);
}

#[test]
fn a_request_has_to_come_to_an_end() {
    let (room, begin) = (room(9), Instant::now());
    let tickets: Vec<_> = (0..3).map(|_| room.take(begin)).collect();
    tickets[1].seat.heard();
    tickets[2].seat.heard();
    tickets[2].seat.work();
    room.look(begin + REQUEST);
    assert_eq!(closed(&tickets), [false; 3]);
    room.look(begin + REQUEST + SECOND);
    assert_eq!(
        closed(&tickets),
        [false, true, false],
        "work takes as long as it takes"
    );
    room.look(begin + IDLE + SECOND);
    assert_eq!(closed(&tickets), [true, true, false]);
}

#[test]
fn nothing_is_read_during_work_or_while_answers_are_not_taken() {
    let seat = Seat::new(Instant::now());
    let waker = Waker::noop();
    assert!(seat.reads(waker));
    seat.work();
    assert!(!seat.reads(waker));
    seat.answered();
    assert!(seat.reads(waker));
    seat.sent(false, waker);
    assert!(!seat.reads(waker));
    assert!(seat.0.is_overdue(Instant::now() + ANSWER + SECOND, ANSWER));
    seat.sent(true, waker);
    assert!(seat.reads(waker));
}

#[test]
fn after_its_last_answer_a_connection_ends() {
    let seat = Seat::new(Instant::now());
    seat.work();
    seat.end();
    seat.answered();
    assert!(!seat.0.is_overdue(Instant::now(), ANSWER));
    assert!(
        seat.0
            .is_overdue(Instant::now() + DISCONNECT + SECOND, ANSWER)
    );
}

#[test]
fn a_seat_is_given_back() {
    let (room, begin) = (room(1), Instant::now());
    drop(room.take(begin));
    assert!(room.taken.borrow().is_empty());
}

/// What is counted of the tests' own connections, by metric.
fn counted(scenario: impl FnOnce()) -> String {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, scenario);
    recorder.handle().render()
}

#[test]
fn a_connection_that_outlives_its_worker_is_counted_down() {
    let shown = counted(|| {
        let room = room(1);
        let tickets = [(); 2].map(|()| room.take(Instant::now()));
        drop(room);
        drop(tickets);
    });
    assert!(
        shown.contains("rollcall_http_connections{listener=\"test\"} 0\n"),
        "{shown}"
    );
}

#[test]
fn only_those_that_really_end_are_counted_as_closed() {
    let shown = counted(|| {
        let (room, begin) = (room(0), Instant::now());
        let tickets = [(); 2].map(|()| room.take(begin));
        look(&room, begin);
        tickets[0].seat.spare();
        drop(tickets);
    });
    assert!(
        shown.contains("rollcall_http_connections_closed_total{reason=\"crowded\"} 1\n"),
        "{shown}"
    );
}
