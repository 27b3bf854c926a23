//! What Zoom sends, made for measuring: the same number of events in every occurrence.

use jiff::civil::Date;
use rollcall::replay::{
    payload::{Scene, Seat},
    school::{Class, Identity, School},
    traffic::Delivery,
};

/// How long a meeting lasts, in seconds.
const LASTS: i64 = 3000;

/// One occurrence of every class, side by side as on a school's bell.
pub(crate) fn wave(school: &School, date: Date, events: usize) -> Vec<Delivery> {
    let mut occurrences: Vec<_> = school
        .classes
        .iter()
        .map(|class| occurrence(school, class, date, events).into_iter())
        .collect();
    let mut all = Vec::new();
    while all.len() < occurrences.len() * events {
        all.extend(occurrences.iter_mut().filter_map(Iterator::next));
    }
    all
}

/// A start, an end, and students who go from room to room in between.
fn occurrence(school: &School, class: &Class, date: Date, events: usize) -> Vec<Delivery> {
    let starts = class.meeting.begins_on(date);
    let host = &school.teachers[class.teacher];
    let uuid = format!("{}-{date}==", class.meeting.number);
    let scene = Scene {
        uuid: &uuid,
        number: class.meeting.number,
        topic: &class.title,
        timezone: &class.meeting.timezone,
        minutes: class.meeting.minutes,
        starts,
        host_id: &host.zoom_user_id,
        host_email: &host.email,
    };
    let people: Vec<Identity> = class
        .enrolled
        .iter()
        .map(|one| school.identity(one))
        .collect();
    let mut bodies = vec![scene.started(starts * 1000)];
    let mut visit = 0;
    while bodies.len() < events - 1 {
        let (who, room) = (visit % people.len(), visit / people.len());
        let connection = format!("{uuid}{who}");
        let seat_number = format!("{who}.{room}");
        let seat = Seat {
            user_id: &seat_number,
            uuid: Some(&connection),
            identity: &people[who],
        };
        let joins = starts + i64::try_from(room).unwrap_or_default() * 300;
        bodies.push(scene.joined(seat, joins, joins * 1000));
        if bodies.len() < events - 1 {
            bodies.push(scene.left(seat, joins + 300, "left the meeting", joins * 1000));
        }
        visit += 1;
    }
    bodies.push(scene.ended(starts + LASTS, (starts + LASTS) * 1000));
    deliveries(bodies)
}

/// Meetings that the school does not know, each with so many guests; over, or running.
pub(crate) fn strangers(name: &str, meetings: usize, guests: usize, over: bool) -> Vec<Delivery> {
    let mut bodies = Vec::new();
    for meeting in 0..meetings {
        let uuid = format!("{name}-{meeting}-Xk4nC0y7Sz2mE9u==");
        let starts = 1_770_000_000;
        let scene = Scene {
            uuid: &uuid,
            number: 81_000_000_000 + meeting as u64,
            topic: "Maths",
            timezone: "Europe/London",
            minutes: 50,
            starts,
            host_id: "m3KfZr8TQ9-vLwXyPdA1uQ",
            host_email: "teacher@school.example",
        };
        bodies.push(scene.started(starts * 1000));
        for guest in 0..guests {
            let identity = Identity {
                name: format!("Guest {guest} of {meeting}"),
                email: Some(format!("guest-{guest}-{meeting}@school.example")),
                ..Identity::default()
            };
            let connection = format!("{meeting:08X}-4B1D-9C2E-{guest:012X}");
            let user_id = (16_778_240 + 1024 * guest).to_string();
            let seat = Seat {
                user_id: &user_id,
                uuid: Some(&connection),
                identity: &identity,
            };
            bodies.push(scene.joined(seat, starts, starts * 1000));
        }
        if over {
            bodies.push(scene.ended(starts + LASTS, (starts + LASTS) * 1000));
        }
    }
    deliveries(bodies)
}

fn deliveries(bodies: Vec<String>) -> Vec<Delivery> {
    let delivery = |body| Delivery {
        at: 0,
        body,
        request_id: "5f2c1a7e_9b3d_4c6a_8e1f_0a2b3c4d5e6f".to_owned(),
    };
    bodies.into_iter().map(delivery).collect()
}
