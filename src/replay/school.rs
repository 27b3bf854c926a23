//! A made-up school: classes, teachers, students, meetings. Small or large, the same for the same seed.
//!
//! Students differ in what Zoom shows of them, so that every way of matching is used. Names repeat on purpose: a name
//! must never decide who somebody is.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::rng::Rng;

/// Lessons that one group of students has in a day.
const LESSONS_A_DAY: usize = 5;
/// Local beginnings of a group's lessons.
const TIMETABLE: [(i8, i8); LESSONS_A_DAY] = [(8, 0), (9, 30), (11, 0), (13, 30), (15, 0)];
/// An evening school's: its last lesson ends after midnight and still belongs to the day on which it began.
const EVENING: [(i8, i8); LESSONS_A_DAY] = [(17, 0), (18, 30), (20, 0), (21, 45), (23, 30)];
/// Where groups of students live, and whether they are taught in the evening.
const PLACES: [(&str, bool); 6] = [
    ("Europe/London", false),
    ("Asia/Manila", false),
    ("America/New_York", true),
    ("Pacific/Auckland", false),
    ("Asia/Kolkata", false),
    ("America/St_Johns", false),
];
/// Where and when all lessons are that begin with one bell.
const BELL: (&str, (i8, i8)) = ("Europe/London", (9, 0));
const SUBJECTS: [&str; 7] = [
    "Maths",
    "Physics",
    "History, Ancient",
    "Français",
    "Art — \"Form\"",
    "Biology",
    "日本語",
];
const GIVEN: [&str; 12] = [
    "Amira",
    "Ben",
    "Chloé",
    "Dani",
    "Elif",
    "Farah",
    "Jun",
    "Kofi",
    "Lena",
    "Noor 🦊",
    "O'Shea",
    "李",
];
const FAMILY: [&str; 11] = [
    "Haddad",
    "Okafor",
    "Nuñez",
    "Ng",
    "Smith",
    "de la Cruz",
    "Kaya",
    "Mensah",
    "Ivanova",
    "Müller",
    "Tan",
];

/// When the lessons of a school are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timetable {
    /// Five lessons a day, in six places of the world; what five classes have in common are their students.
    Spread,
    /// All classes in one place at one time, to the second; every class has students of its own.
    Bell,
}

/// What lessons are like.
#[derive(Clone, Copy, Debug)]
pub struct Lessons {
    /// How long they are.
    pub minutes: i64,
    /// When they are.
    pub timetable: Timetable,
}

/// All of it. Users, classes and meetings refer to each other by index.
pub struct School {
    /// Every class has one meeting, a recurring one.
    pub classes: Vec<Class>,
    /// One teacher a class.
    pub teachers: Vec<Teacher>,
    /// All students.
    pub students: Vec<Student>,
}

/// A class and its meeting.
pub struct Class {
    /// `OneRoster`'s `sourcedId`.
    pub sourced_id: String,
    /// What people call it.
    pub title: String,
    /// Index into [`School::teachers`].
    pub teacher: usize,
    /// Who is enrolled, and with which registration.
    pub enrolled: Vec<Enrolled>,
    /// Where it meets.
    pub meeting: Meeting,
}

/// A student in a class.
pub struct Enrolled {
    /// Index into [`School::students`].
    pub student: usize,
    /// Zoom's `registrant_id` for the class's meeting, where the student has registered.
    pub registrant_id: Option<String>,
}

/// A recurring meeting.
pub struct Meeting {
    /// Zoom's meeting number, 11 digits.
    pub number: u64,
    /// IANA name.
    pub timezone: String,
    /// The series' first date.
    pub first: Date,
    /// Local time of day at which it begins.
    pub begins: Time,
    /// Scheduled minutes.
    pub minutes: i64,
}

/// Who hosts.
pub struct Teacher {
    /// `OneRoster`'s `sourcedId`.
    pub sourced_id: String,
    /// Given and family name.
    pub name: (String, String),
    /// Never empty.
    pub email: String,
    /// The host's Zoom user id.
    pub zoom_user_id: String,
}

/// Who attends.
pub struct Student {
    /// `OneRoster`'s `sourcedId`; what an SDK client gives as `customer_key`.
    pub sourced_id: String,
    /// Given and family name.
    pub name: (String, String),
    /// As the roster has it; `None` where the school has none.
    pub email: Option<String>,
    /// As the roster has it.
    pub zoom_user_id: Option<String>,
    /// What Zoom shows of the student.
    pub shows: Shows,
}

/// By which key a student can be told in Zoom's events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shows {
    /// Joined by a personal registration link.
    Registrant,
    /// The e-mail alone, in other capitals than the roster's.
    Email,
    /// Signed in to the school's Zoom account.
    ZoomAccount,
    /// Through an SDK client that passes the school's id.
    CustomerKey,
}

/// What a connection's events carry about who it is; `None` is sent as Zoom sends nothing.
#[derive(Clone, Default)]
pub struct Identity {
    /// The display name.
    pub name: String,
    /// `id` and `participant_user_id`.
    pub zoom_user_id: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `registrant_id`.
    pub registrant_id: Option<String>,
    /// `customer_key`.
    pub customer_key: Option<String>,
    /// `phone_number`, of a dial-in.
    pub phone: Option<String>,
}

impl School {
    /// A school with `classes` classes of `size` students each, whose meetings first take place on `first`.
    pub fn sample(classes: usize, size: usize, first: Date, seed: u64) -> Self {
        let lessons = Lessons {
            minutes: 50,
            timetable: Timetable::Spread,
        };
        Self::with(classes, size, lessons, first, seed)
    }

    /// The same, with other lessons.
    pub fn with(classes: usize, size: usize, lessons: Lessons, first: Date, seed: u64) -> Self {
        let groups = classes.div_ceil(lessons.a_day());
        let mut school = Self {
            classes: Vec::new(),
            teachers: (0..classes).map(|number| teacher(number, seed)).collect(),
            students: (0..groups * size)
                .map(|number| student(number, seed))
                .collect(),
        };
        for number in 0..classes {
            let class = school.class(number, size, lessons, first, seed);
            school.classes.push(class);
        }
        school
    }

    fn class(&self, number: usize, size: usize, lessons: Lessons, first: Date, seed: u64) -> Class {
        let group = number / lessons.a_day();
        let (timezone, (hour, minute)) = lessons.place(number);
        let mut rng = Rng::branch(seed, &format!("class {number}"));
        Class {
            sourced_id: format!("class-{number:03}"),
            title: format!(
                "Year {} {}",
                7 + group % 6,
                SUBJECTS[number % SUBJECTS.len()]
            ),
            teacher: number,
            enrolled: (group * size..(group + 1) * size)
                .map(|student| self.enrol(student, &mut rng))
                .collect(),
            meeting: Meeting {
                number: 85_512_000_000 + number as u64,
                timezone: timezone.to_owned(),
                first,
                begins: Time::constant(hour, minute, 0, 0),
                minutes: lessons.minutes,
            },
        }
    }

    fn enrol(&self, student: usize, rng: &mut Rng) -> Enrolled {
        let registered = self.students[student].shows == Shows::Registrant;
        Enrolled {
            student,
            registrant_id: registered.then(|| rng.zoom_id()),
        }
    }

    /// What Zoom shows of an enrolled student.
    pub fn identity(&self, enrolled: &Enrolled) -> Identity {
        let student = &self.students[enrolled.student];
        let shown = Identity {
            name: format!("{} {}", student.name.0, student.name.1),
            ..Identity::default()
        };
        match student.shows {
            Shows::Registrant => Identity {
                registrant_id: enrolled.registrant_id.clone(),
                ..shown
            },
            Shows::Email => Identity {
                email: student.email.as_ref().map(|email| email.to_uppercase()),
                ..shown
            },
            Shows::ZoomAccount => Identity {
                zoom_user_id: student.zoom_user_id.clone(),
                email: student.email.clone(),
                ..shown
            },
            Shows::CustomerKey => Identity {
                customer_key: Some(student.sourced_id.clone()),
                ..shown
            },
        }
    }

    /// What Zoom shows of a class's teacher.
    pub fn host(&self, class: &Class) -> Identity {
        let teacher = &self.teachers[class.teacher];
        Identity {
            name: format!("{} {}", teacher.name.0, teacher.name.1),
            zoom_user_id: Some(teacher.zoom_user_id.clone()),
            email: Some(teacher.email.clone()),
            ..Identity::default()
        }
    }
}

impl Lessons {
    /// How many a group of students has.
    fn a_day(self) -> usize {
        match self.timetable {
            Timetable::Spread => LESSONS_A_DAY,
            Timetable::Bell => 1,
        }
    }

    /// Where and when a class meets.
    fn place(self, class: usize) -> (&'static str, (i8, i8)) {
        if self.timetable == Timetable::Bell {
            return BELL;
        }
        let (group, lesson) = (class / LESSONS_A_DAY, class % LESSONS_A_DAY);
        match PLACES[group % PLACES.len()] {
            (timezone, true) => (timezone, EVENING[lesson]),
            (timezone, false) => (timezone, TIMETABLE[lesson]),
        }
    }
}

impl Meeting {
    /// When it begins on a local date, in Unix seconds.
    ///
    /// # Panics
    /// Where the time zone is not an IANA name, or the date is beyond the calendar.
    pub fn begins_on(&self, date: Date) -> i64 {
        let zone = TimeZone::get(&self.timezone).expect("the school names IANA zones");
        let local = date.to_datetime(self.begins).to_zoned_datetime(zone);
        local
            .expect("a school's date is within the calendar")
            .timestamp()
            .as_second()
    }
}

fn teacher(number: usize, seed: u64) -> Teacher {
    Teacher {
        sourced_id: format!("teacher-{number:03}"),
        name: ("Rebecca".to_owned(), format!("Okafor {number}")),
        email: format!("r.okafor.{number}@northfield-school.example"),
        zoom_user_id: Rng::branch(seed, &format!("teacher {number}")).zoom_id(),
    }
}

fn student(number: usize, seed: u64) -> Student {
    let mut rng = Rng::branch(seed, &format!("student {number}"));
    let shows = [
        Shows::Registrant,
        Shows::Email,
        Shows::ZoomAccount,
        Shows::CustomerKey,
    ][number % 4];
    let has_email = matches!(shows, Shows::Email | Shows::ZoomAccount) || number.is_multiple_of(8);
    Student {
        sourced_id: format!("student-{number:04}"),
        name: (
            GIVEN[number % GIVEN.len()].to_owned(),
            FAMILY[rng.index(FAMILY.len())].to_owned(),
        ),
        email: has_email.then(|| format!("Pupil.{number}@pupils.northfield-school.example")),
        zoom_user_id: (shows == Shows::ZoomAccount).then(|| rng.zoom_id()),
        shows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn thirty_classes_of_thirty_are_nine_hundred_places() {
        let school = School::sample(30, 30, date(2026, 10, 5), 1);
        let places: usize = school
            .classes
            .iter()
            .map(|class| class.enrolled.len())
            .sum();
        assert_eq!((school.classes.len(), places), (30, 900));
        assert_eq!(
            school.students.len(),
            180,
            "six groups, each with five lessons"
        );
    }

    #[test]
    fn a_meeting_begins_at_its_local_time_on_both_sides_of_a_clock_change() {
        let school = School::sample(1, 1, date(2026, 10, 5), 1);
        let begins = |day| school.classes[0].meeting.begins_on(day);
        // 08:00 in London: 07:00 UTC until 24 October, 08:00 UTC from the 25th.
        assert_eq!(begins(date(2026, 10, 24)), 1_792_825_200);
        assert_eq!(
            begins(date(2026, 10, 26)),
            1_792_825_200 + 2 * 86_400 + 3600
        );
    }
}
