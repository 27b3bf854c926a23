//! The truth of one lesson: who comes late, drops out, changes rooms, uses two devices, or stays away.
//!
//! Decides what happens and which news of it is lost for good. How it is told to the service, and in which order, is
//! decided in [`super::traffic`].

use jiff::civil::Date;

use super::rng::Rng;
use super::school::{Class, Identity, School};
use super::script::{Connection, Fate, Run, Visit};

const MINUTE: i64 = 60;

/// How often a lesson's meeting is ended and started anew, in a thousand.
const RESTARTED: u32 = 150;
/// How often somebody unknown comes, in a thousand.
const GUEST: u32 = 300;
/// How often one comes whose keys name two different students, in a thousand.
const CONTRADICTORY_GUEST: u32 = 100;

/// What a student does, and how many of a thousand do it.
const HABITS: [(Habit, u32); 12] = [
    (Habit::Whole, 330),
    (Habit::Late, 100),
    (Habit::Early, 80),
    (Habit::Short, 60),
    (Habit::Dropped, 100),
    (Habit::Killed, 60),
    (Habit::TwoDevices, 70),
    (Habit::Phone, 20),
    (Habit::Rooms, 90),
    (Habit::LeaveLost, 40),
    (Habit::JoinLost, 10),
    (Habit::Absent, 40),
];

#[derive(Clone, Copy)]
enum Habit {
    /// From the beginning to the end.
    Whole,
    /// Comes late.
    Late,
    /// Goes early.
    Early,
    /// Is there for some minutes only.
    Short,
    /// Leaves and comes back.
    Dropped,
    /// The client dies; it is back before Zoom notices.
    Killed,
    /// A second device for a part of the lesson.
    TwoDevices,
    /// Audio by phone, bound to the client.
    Phone,
    /// Into a breakout room and back.
    Rooms,
    /// Goes early, and the news of it is lost.
    LeaveLost,
    /// The news of the arrival is lost.
    JoinLost,
    /// Does not come.
    Absent,
}

/// A connection as if the meeting were never interrupted.
struct Sketch {
    student: Option<usize>,
    identity: Identity,
    visits: Vec<Visit>,
    bound: bool,
}

/// The times that a lesson has.
struct Hours {
    starts: i64,
    begins: i64,
    ends: i64,
}

/// The runs of one class's meeting on one of its local dates.
pub fn lesson(school: &School, class: &Class, date: Date, seed: u64) -> Vec<Run> {
    let mut rng = Rng::branch(seed, &format!("{} {date}", class.sourced_id));
    let begins = class.meeting.begins_on(date);
    let hours = Hours {
        starts: begins - rng.between(20, 180),
        begins,
        ends: begins + class.meeting.minutes * MINUTE + rng.between(-120, 240),
    };
    let mut sketches = vec![host(school, class, &hours)];
    for student in 0..class.enrolled.len() {
        sketches.extend(attend(school, class, student, &hours, &mut rng));
    }
    sketches.extend(guests(school, class, &hours, &mut rng));
    let windows = windows(&hours, &mut rng);
    windows
        .into_iter()
        .map(|window| run(&sketches, window, &mut rng))
        .collect()
}

fn host(school: &School, class: &Class, hours: &Hours) -> Sketch {
    Sketch {
        student: None,
        identity: school.host(class),
        visits: vec![Visit::told(hours.starts, hours.ends)],
        bound: false,
    }
}

fn attend(
    school: &School,
    class: &Class,
    student: usize,
    hours: &Hours,
    rng: &mut Rng,
) -> Vec<Sketch> {
    let identity = school.identity(&class.enrolled[student]);
    let comes = (hours.begins + rng.between(-60, 150)).max(hours.starts);
    let goes = hours.ends
        - if rng.chance(700) {
            0
        } else {
            rng.between(1, 90)
        };
    let devices = devices(draw_habit(rng), comes, goes, rng);
    devices
        .into_iter()
        .map(|(device, visits)| Sketch {
            student: Some(student),
            identity: match device {
                Device::Own => identity.clone(),
                Device::Phone => phone(rng),
            },
            visits,
            bound: device == Device::Phone,
        })
        .collect()
}

fn draw_habit(rng: &mut Rng) -> Habit {
    let total: u32 = HABITS.iter().map(|(_, share)| share).sum();
    let mut drawn = rng.between(0, i64::from(total) - 1);
    for (habit, share) in HABITS {
        drawn -= i64::from(share);
        if drawn < 0 {
            return habit;
        }
    }
    Habit::Whole
}

/// With what a connection is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Device {
    /// A client that shows the student's keys.
    Own,
    /// A dial-in without any key.
    Phone,
}

/// The connections of a student who would be there in `[comes, goes)` but for the habit.
fn devices(habit: Habit, comes: i64, goes: i64, rng: &mut Rng) -> Vec<(Device, Vec<Visit>)> {
    let own = |visits: &[(i64, i64)], fate| {
        let visits = visits.iter().map(|&(joins, leaves)| Visit {
            joins,
            leaves,
            fate,
        });
        (Device::Own, visits.collect())
    };
    let told = |visits: &[(i64, i64)]| own(visits, Fate::Told);
    let middle = comes + rng.between(10, 25) * MINUTE;
    match habit {
        Habit::Absent => Vec::new(),
        Habit::Whole => vec![told(&[(comes, goes)])],
        Habit::Late => vec![told(&[(comes + rng.between(5, 40) * MINUTE, goes)])],
        Habit::Early => vec![told(&[(comes, middle)])],
        Habit::Short => vec![told(&[(comes, comes + rng.between(40, 14 * MINUTE))])],
        Habit::Dropped => vec![
            told(&[(comes, middle)]),
            told(&[(middle + rng.between(10, 10 * MINUTE), goes)]),
        ],
        Habit::Killed => vec![
            told(&[(comes, middle)]),
            told(&[(middle - rng.between(5, 80), goes)]),
        ],
        Habit::TwoDevices => {
            let second = comes + rng.between(2, 8) * MINUTE;
            vec![
                told(&[(comes, middle)]),
                told(&[(second, middle + rng.between(-MINUTE, 10 * MINUTE))]),
            ]
        }
        Habit::Phone => {
            let calls = comes + rng.between(1, 4) * MINUTE;
            vec![
                told(&[(comes, middle)]),
                (Device::Phone, vec![Visit::told(calls, goes)]),
            ]
        }
        Habit::Rooms => {
            let back = middle + rng.between(5, 12) * MINUTE;
            vec![told(&[(comes, middle), (middle, back), (back, goes)])]
        }
        Habit::LeaveLost => vec![own(&[(comes, middle)], Fate::LeaveLost)],
        Habit::JoinLost => vec![own(&[(comes, goes)], Fate::JoinLost)],
    }
}

fn phone(rng: &mut Rng) -> Identity {
    let number = format!("4477009{:05}", rng.between(0, 99_999));
    Identity {
        name: format!("{}****{}", &number[..4], &number[8..]),
        phone: Some(number),
        ..Identity::default()
    }
}

fn guests(school: &School, class: &Class, hours: &Hours, rng: &mut Rng) -> Vec<Sketch> {
    let comes = hours.begins + rng.between(1, 10) * MINUTE;
    let guest = |identity| Sketch {
        student: None,
        identity,
        visits: vec![Visit::told(comes, comes + 20 * MINUTE)],
        bound: false,
    };
    let mut guests = Vec::new();
    if rng.chance(GUEST) {
        guests.push(guest(Identity {
            name: "iPhone".to_owned(),
            ..Identity::default()
        }));
    }
    if rng.chance(CONTRADICTORY_GUEST) && class.enrolled.len() > 1 {
        guests.push(guest(contradiction(school, class)));
    }
    guests
}

/// The Zoom account of one person with the customer key of another.
fn contradiction(school: &School, class: &Class) -> Identity {
    Identity {
        customer_key: Some(
            school.students[class.enrolled[0].student]
                .sourced_id
                .clone(),
        ),
        ..school.host(class)
    }
}

/// When the meeting runs: once, or twice with a short interruption.
fn windows(hours: &Hours, rng: &mut Rng) -> Vec<(i64, i64)> {
    if !rng.chance(RESTARTED) {
        return vec![(hours.starts, hours.ends)];
    }
    let ends = hours.begins + rng.between(12, 35) * MINUTE;
    let again = ends + rng.between(20, 10 * MINUTE);
    vec![(hours.starts, ends), (again, hours.ends)]
}

fn run(sketches: &[Sketch], (starts, ends): (i64, i64), rng: &mut Rng) -> Run {
    let mut connections: Vec<Connection> = Vec::new();
    for sketch in sketches {
        let returns = starts
            + if sketch.student.is_some() {
                rng.between(0, 40)
            } else {
                0
            };
        let visits = within(&sketch.visits, returns, ends);
        let follows = connections
            .last()
            .is_some_and(|last| last.student == sketch.student);
        if !visits.is_empty() {
            connections.push(Connection {
                uuid: rng.guid(),
                student: sketch.student,
                identity: sketch.identity.clone(),
                visits,
                bound: sketch.bound && follows,
            });
        }
    }
    Run {
        uuid: rng.meeting_uuid(),
        starts,
        ends,
        connections,
    }
}

/// What of the visits falls into a run: who is there when it breaks off leaves then, and comes back when it resumes.
fn within(visits: &[Visit], from: i64, until: i64) -> Vec<Visit> {
    let cut = visits.iter().map(|visit| Visit {
        joins: visit.joins.max(from),
        leaves: visit.leaves.min(until),
        fate: visit.fate,
    });
    cut.filter(|visit| visit.joins < visit.leaves).collect()
}
