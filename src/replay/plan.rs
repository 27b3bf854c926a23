//! The truth of one lesson: who comes late, drops out, changes rooms, uses two devices, or stays away.
//!
//! Decides what happens and which news of it is lost for good. How it is told to the service, and in which order, is
//! decided in [`super::traffic`].

mod student;

use jiff::civil::Date;

use super::mix::{Mix, Share};
use super::rng::Rng;
use super::school::{Class, Identity, School, Timetable};
use super::script::{Connection, Run, Visit};
use student::{Device, Habits};

const MINUTE: i64 = 60;

/// A connection as if the meeting were never interrupted.
struct Sketch {
    student: Option<usize>,
    identity: Identity,
    visits: Vec<Visit>,
    bound: bool,
}

/// The times that a lesson has, Unix seconds.
struct Hours {
    starts: i64,
    begins: i64,
    ends: i64,
    /// When the first and the last student come who are in time.
    arrivals: (i64, i64),
    /// Everybody stays until the end.
    sharp: bool,
}

/// How lessons go.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// What students do.
    pub mix: Mix,
    /// Seconds within which the students join who are in time.
    pub arrivals: i64,
    /// To the second, or as people are.
    pub timetable: Timetable,
}

impl Course {
    /// As bad as a school day gets.
    pub const DAY: Self = Self {
        mix: Mix::DAY,
        arrivals: 210,
        timetable: Timetable::Spread,
    };
}

/// The runs of one class's meeting on one of its local dates.
pub fn lesson(school: &School, class: &Class, date: Date, seed: u64, course: &Course) -> Vec<Run> {
    let label = format!("{} {date}", class.sourced_id);
    let mut rng = Rng::branch(seed, &label);
    let hours = hours(class, date, course, &mut rng);
    let mut sketches = vec![host(school, class, &hours)];
    for student in 0..class.enrolled.len() {
        let mut rng = Rng::branch(seed, &format!("{label} {student}"));
        sketches.extend(attend(
            school,
            class,
            student,
            &hours,
            &course.mix,
            &mut rng,
        ));
    }
    sketches.extend(guests(school, class, &hours, &course.mix, &mut rng));
    let windows = windows(&hours, course.mix.restarted, &mut rng);
    let mut runs = Vec::new();
    for (starts, ends) in windows {
        let again = !runs.is_empty();
        runs.push(run(&sketches, (starts, ends), again, &mut rng));
    }
    runs
}

fn hours(class: &Class, date: Date, course: &Course, rng: &mut Rng) -> Hours {
    let begins = class.meeting.begins_on(date);
    let ends = begins + class.meeting.minutes * MINUTE;
    match course.timetable {
        Timetable::Spread => Hours {
            starts: begins - rng.between(20, 180),
            begins,
            ends: ends - part((begins, ends), 0, 40, rng) + part((begins, ends), 0, 80, rng),
            arrivals: (begins - MINUTE, begins - MINUTE + course.arrivals),
            sharp: false,
        },
        Timetable::Bell => Hours {
            starts: begins,
            begins,
            ends,
            arrivals: (begins + 1, begins + course.arrivals.max(1)),
            sharp: true,
        },
    }
}

/// A part of a time, from `least` to `most` thousandths, in seconds; at least one second.
fn part((from, until): (i64, i64), least: i64, most: i64, rng: &mut Rng) -> i64 {
    let whole = until - from;
    rng.between(whole * least / 1000, whole * most / 1000)
        .max(1)
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
    mix: &Mix,
    rng: &mut Rng,
) -> Vec<Sketch> {
    let habits = Habits::draw(mix, rng);
    let identity = school.identity(&class.enrolled[student]);
    let comes = rng
        .between(hours.arrivals.0, hours.arrivals.1)
        .max(hours.starts);
    let goes = if hours.sharp || rng.chance(700) {
        hours.ends
    } else {
        hours.ends - part((hours.begins, hours.ends), 0, 30, rng)
    };
    let stays = habits.stays((comes, goes), rng);
    stays
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

fn phone(rng: &mut Rng) -> Identity {
    let number = format!("4477009{:05}", rng.between(0, 99_999));
    Identity {
        name: format!("{}****{}", &number[..4], &number[8..]),
        phone: Some(number),
        ..Identity::default()
    }
}

fn guests(school: &School, class: &Class, hours: &Hours, mix: &Mix, rng: &mut Rng) -> Vec<Sketch> {
    let whole = (hours.begins, hours.ends);
    let comes = hours.begins + part(whole, 20, 200, rng);
    let goes = comes + part(whole, 400, 400, rng);
    let guest = |identity| Sketch {
        student: None,
        identity,
        visits: vec![Visit::told(comes, goes)],
        bound: false,
    };
    let mut guests = Vec::new();
    if rng.chance(mix.unknown.per_mille()) {
        guests.push(guest(Identity {
            name: "iPhone".to_owned(),
            ..Identity::default()
        }));
    }
    if rng.chance(mix.odd.per_mille()) && class.enrolled.len() > 1 {
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
fn windows(hours: &Hours, restarted: Share, rng: &mut Rng) -> Vec<(i64, i64)> {
    if !rng.chance(restarted.per_mille()) {
        return vec![(hours.starts, hours.ends)];
    }
    let whole = (hours.begins, hours.ends);
    let ends = hours.begins + part(whole, 240, 700, rng);
    let again = ends + part(whole, 7, 200, rng).min(10 * MINUTE);
    vec![(hours.starts, ends), (again, hours.ends)]
}

/// One of the windows; students come into one that is there `again` one after the other.
fn run(sketches: &[Sketch], (starts, ends): (i64, i64), again: bool, rng: &mut Rng) -> Run {
    let mut connections: Vec<Connection> = Vec::new();
    for sketch in sketches {
        let returns = starts
            + if again && sketch.student.is_some() {
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
