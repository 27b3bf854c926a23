//! The morning that the demo plays: `lessons` says what each student does, here it becomes a school and a script.

mod lessons;

use jiff::civil::{Date, Time};

use crate::replay::school::{Class, Enrolled, Identity, Meeting, School, Shows, Student, Teacher};
use crate::replay::script::{Connection, Fate, Run, Visit};
use crate::replay::traffic::{self, Delivery, Shares};
use lessons::{LESSONS, Lesson, MATHS, Part, at, told};

/// Where the school is.
pub(super) const ZONE: &str = "Europe/London";

/// Somebody of whom Zoom tells a display name and nothing else.
pub(super) const GUEST: &str = "iPad (3)";

/// What the demo plays on one date.
pub(super) struct Morning {
    /// Its users, classes and meetings.
    pub(super) school: School,
    /// The date.
    pub(super) date: Date,
    /// Each class's runs, in the order of [`School::classes`].
    runs: Vec<Vec<Run>>,
}

impl Morning {
    /// The cast on `date`.
    pub(super) fn on(date: Date) -> Self {
        let school = school(date);
        let runs = LESSONS.iter().zip(&school.classes);
        let runs = runs
            .map(|(lesson, class)| script(lesson, class, &school, date))
            .collect();
        Self { school, date, runs }
    }

    /// Zoom's deliveries in order of arrival.
    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        let lessons = self.school.classes.iter().zip(&self.runs);
        let each = lessons.flat_map(|(class, runs)| {
            traffic::deliveries(&self.school, class, runs, 1, Shares::NONE)
        });
        traffic::in_order(each.collect())
    }

    /// The occurrences of a class.
    pub(super) fn occurrences(&self, class: usize) -> impl Iterator<Item = &str> {
        self.runs[class].iter().map(|run| run.uuid.as_str())
    }

    /// The students of a class with their parts.
    pub(super) fn parts(&self, class: usize) -> impl Iterator<Item = (&Student, &'static Part)> {
        let enrolled = self.school.classes[class].enrolled.iter();
        let students = enrolled.map(|enrolled| &self.school.students[enrolled.student]);
        students.zip(LESSONS[class].parts)
    }
}

fn school(date: Date) -> School {
    let mut school = School {
        classes: Vec::new(),
        teachers: vec![
            teacher(0, ("Rebecca", "Okafor"), "m3KfZr8TQ9-vLwXyPdA1uQ"),
            teacher(1, ("Samir", "Patel"), "s9TbVx2LQk-wYhNq4RdE7A"),
        ],
        students: Vec::new(),
    };
    for (index, lesson) in LESSONS.iter().enumerate() {
        let mut enrolled = Vec::new();
        for part in lesson.parts {
            let number = school.students.len();
            school.students.push(student(number, part));
            let registered = part.shows == Shows::Registrant;
            enrolled.push(Enrolled {
                student: number,
                registrant_id: registered.then(|| format!("hT6yRw0uQp-KdZ3nVxB8{number:02}")),
            });
        }
        school.classes.push(Class {
            sourced_id: lesson.sourced_id.to_owned(),
            title: lesson.title.to_owned(),
            teacher: index,
            enrolled,
            meeting: Meeting {
                number: lesson.number,
                timezone: ZONE.to_owned(),
                first: date,
                begins: Time::constant(lesson.begins.0, lesson.begins.1, 0, 0),
                minutes: 50,
            },
        });
    }
    school
}

fn teacher(number: usize, (given, family): (&str, &str), zoom_user_id: &str) -> Teacher {
    Teacher {
        sourced_id: format!("teacher-{number}"),
        name: (given.to_owned(), family.to_owned()),
        email: format!("{}@northfield-school.example", family.to_lowercase()),
        zoom_user_id: zoom_user_id.to_owned(),
    }
}

fn student(number: usize, part: &Part) -> Student {
    let (given, family) = part.name;
    let account = part.shows == Shows::ZoomAccount;
    Student {
        sourced_id: format!("pupil-{number:02}"),
        name: (given.to_owned(), family.to_owned()),
        email: Some(format!("pupil.{number}@northfield-school.example")),
        zoom_user_id: account.then(|| format!("q4WmXz7KTb-nRcYdLfG5{number:02}")),
        shows: part.shows,
    }
}

/// What happens in a lesson: its host, its students, and in the first one a guest.
fn script(lesson: &Lesson, class: &Class, school: &School, date: Date) -> Vec<Run> {
    let (hour, minute) = lesson.begins;
    let midnight = class.meeting.begins_on(date) - at(hour.into(), minute.into(), 0);
    let mut runs = Vec::new();
    for &(uuid, starts, ends) in lesson.runs {
        let run = Run {
            uuid: uuid.to_owned(),
            starts: midnight + starts,
            ends: midnight + ends,
            connections: Vec::new(),
        };
        runs.push(run);
        connect(
            &mut runs,
            school.host(class),
            None,
            &[told(starts, ends)],
            midnight,
        );
    }
    for (index, part) in lesson.parts.iter().enumerate() {
        let identity = school.identity(&class.enrolled[index]);
        for visits in part.connections {
            connect(&mut runs, identity.clone(), Some(index), visits, midnight);
        }
    }
    if lesson.number == MATHS.number {
        let guest = Identity {
            name: GUEST.to_owned(),
            ..Identity::default()
        };
        connect(
            &mut runs,
            guest,
            None,
            &[told(at(9, 5, 0), at(9, 25, 0))],
            midnight,
        );
    }
    runs
}

/// Adds a connection to the run in which it begins.
fn connect(
    runs: &mut [Run],
    identity: Identity,
    student: Option<usize>,
    visits: &[(i64, i64, Fate)],
    midnight: i64,
) {
    let visit = |&(joins, leaves, fate): &(i64, i64, Fate)| Visit {
        joins: midnight + joins,
        leaves: midnight + leaves,
        fate,
    };
    let visits: Vec<Visit> = visits.iter().map(visit).collect();
    let within = |run: &&mut Run| (run.starts..run.ends).contains(&visits[0].joins);
    if let Some(run) = runs.iter_mut().find(within) {
        let uuid = format!(
            "{:08X}-77D4-41B8-9E05-{:012X}",
            run.starts,
            run.connections.len() + 1
        );
        run.connections.push(Connection {
            uuid,
            student,
            identity,
            visits,
            bound: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::oracle;
    use jiff::civil::date;

    #[test]
    fn the_marks_worked_out_by_hand_are_those_of_the_oracle() {
        let morning = Morning::on(date(2026, 11, 20));
        let deliveries = morning.deliveries();
        let marks = oracle::marks(
            &morning.school,
            deliveries.iter().map(|sent| sent.body.as_str()),
        );
        assert_eq!(marks.len(), 16);
        for (index, class) in morning.school.classes.iter().enumerate() {
            for (student, part) in morning.parts(index) {
                let key = oracle::Key {
                    class: class.sourced_id.clone(),
                    date: morning.date,
                    student: student.sourced_id.clone(),
                };
                let mark = marks[&key];
                assert_eq!((mark.status, mark.seconds), part.mark, "{}", part.story);
            }
        }
    }

    #[test]
    fn what_the_stories_say_of_the_order_is_so() {
        let bodies: Vec<String> = Morning::on(date(2026, 11, 20))
            .deliveries()
            .into_iter()
            .map(|sent| sent.body)
            .collect();
        let place = |name: &str, event: &str, time: &str| {
            let all = |body: &&String| [name, event, time].iter().all(|part| body.contains(part));
            let position = bodies.iter().position(|body| all(&body));
            position.unwrap_or_else(|| panic!("no {event} of {name} at {time}"))
        };
        assert!(
            place(
                "George",
                "participant_joined",
                "join_time\":\"2026-11-20T09:15:20"
            ) < place(
                "George",
                "participant_left",
                "leave_time\":\"2026-11-20T09:15:20"
            )
        );
        assert!(
            place("Ivan", "participant_left", "09:35:00")
                < place("Ivan", "participant_joined", "09:03:00")
        );
        assert_eq!(
            bodies.iter().filter(|body| body.contains("Hana")).count(),
            4
        );
        assert_eq!(bodies.iter().filter(|body| body.contains("Jun")).count(), 1);
    }
}
