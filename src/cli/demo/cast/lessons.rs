//! The two lessons of the morning as tables: who does what, and the mark that a person works out by hand.

use crate::replay::oracle::Status;
use crate::replay::school::Shows;
use crate::replay::script::Fate;

/// A student's morning.
pub(in super::super) struct Part {
    pub(super) name: (&'static str, &'static str),
    pub(super) shows: Shows,
    /// What happens, in words.
    pub(in super::super) story: &'static str,
    /// Local seconds of the day from when to when, and what becomes of the news: one list a connection.
    pub(super) connections: &'static [&'static [(i64, i64, Fate)]],
    /// The mark that a person works out by hand.
    pub(in super::super) mark: (Status, u32),
}

/// A lesson: its class, when it really ran, who takes part.
pub(super) struct Lesson {
    pub(super) sourced_id: &'static str,
    pub(super) title: &'static str,
    pub(super) number: u64,
    pub(super) begins: (i8, i8),
    pub(super) runs: &'static [(&'static str, i64, i64)],
    pub(super) parts: &'static [Part],
}

pub(super) const fn at(hour: i64, minute: i64, second: i64) -> i64 {
    (hour * 60 + minute) * 60 + second
}

pub(super) const fn told(from: i64, until: i64) -> (i64, i64, Fate) {
    (from, until, Fate::Told)
}

/// The first lesson's end.
const BELL: i64 = at(9, 51, 7);
/// The second lesson breaks off,
const BREAK: i64 = at(10, 18, 0);
/// resumes,
const AGAIN: i64 = at(10, 20, 30);
/// and ends.
const CLOSE: i64 = at(10, 51, 0);

pub(super) const MATHS: Lesson = Lesson {
    sourced_id: "9-maths-2",
    title: "Year 9 Maths",
    number: 85_512_340_977,
    begins: (9, 0),
    runs: &[("k8/Tz1+WQ6q//vR3sYpHdA==", at(8, 58, 41), BELL)],
    parts: &[
        Part {
            name: ("Amira", "Haddad"),
            shows: Shows::Registrant,
            story: "on time, to the end",
            connections: &[&[told(at(9, 0, 12), BELL)]],
            mark: (Status::Present, 50 * 60 + 55),
        },
        Part {
            name: ("Ben", "Okoro"),
            shows: Shows::Email,
            story: "late",
            connections: &[&[told(at(9, 18, 0), BELL)]],
            mark: (Status::Present, 33 * 60 + 7),
        },
        Part {
            name: ("Chloé", "Laurent"),
            shows: Shows::ZoomAccount,
            story: "goes early",
            connections: &[&[told(at(9, 0, 30), at(9, 31, 0))]],
            mark: (Status::Present, 30 * 60 + 30),
        },
        Part {
            name: ("Daniel", "Kim"),
            shows: Shows::CustomerKey,
            story: "drops out, stays away",
            connections: &[&[told(at(9, 2, 0), at(9, 11, 0))]],
            mark: (Status::Partial, 9 * 60),
        },
        Part {
            name: ("Elif", "Kaya"),
            shows: Shows::Registrant,
            story: "drops out, rejoins",
            connections: &[
                &[told(at(9, 1, 0), at(9, 20, 0))],
                &[told(at(9, 24, 0), BELL)],
            ],
            mark: (Status::Present, 19 * 60 + 27 * 60 + 7),
        },
        Part {
            name: ("Farah", "Aziz"),
            shows: Shows::Email,
            story: "laptop and phone at once",
            connections: &[
                &[told(at(9, 0, 20), at(9, 40, 20))],
                &[told(at(9, 10, 0), at(9, 48, 20))],
            ],
            mark: (Status::Present, 48 * 60),
        },
        Part {
            name: ("George", "Mensah"),
            shows: Shows::ZoomAccount,
            story: "breakout room and back, the joins arrive before the leaves",
            connections: &[&[
                (at(9, 0, 10), at(9, 15, 20), Fate::LeaveLate),
                (at(9, 15, 20), at(9, 30, 2), Fate::LeaveLate),
                told(at(9, 30, 2), at(9, 50, 58)),
            ]],
            mark: (Status::Present, 50 * 60 + 48),
        },
        Part {
            name: ("Hana", "Suzuki"),
            shows: Shows::CustomerKey,
            story: "every event delivered twice",
            connections: &[&[(at(9, 0, 40), at(9, 45, 0), Fate::Twice)]],
            mark: (Status::Present, 44 * 60 + 20),
        },
        Part {
            name: ("Ivan", "Petrov"),
            shows: Shows::Registrant,
            story: "the leave arrives before the join",
            connections: &[&[(at(9, 3, 0), at(9, 35, 0), Fate::LeaveFirst)]],
            mark: (Status::Present, 32 * 60),
        },
        Part {
            name: ("Jun", "Tanaka"),
            shows: Shows::Email,
            story: "the leave is never delivered",
            connections: &[&[(at(9, 10, 0), BELL, Fate::LeaveLost)]],
            mark: (Status::Present, 41 * 60 + 7),
        },
        Part {
            name: ("Kofi", "Boateng"),
            shows: Shows::ZoomAccount,
            story: "does not come",
            connections: &[],
            mark: (Status::Absent, 0),
        },
    ],
};

const PHYSICS: Lesson = Lesson {
    sourced_id: "10-physics-1",
    title: "Year 10 Physics",
    number: 85_512_340_988,
    begins: (10, 0),
    runs: &[
        ("Yc5oN8d1TgWm3hQe0RkZxw==", at(9, 59, 0), BREAK),
        ("pL0/x2mVSi+q7fJt5cBv9g==", AGAIN, CLOSE),
    ],
    parts: &[
        Part {
            name: ("Lena", "Müller"),
            shows: Shows::CustomerKey,
            story: "the meeting is restarted, in both parts",
            connections: &[&[told(at(10, 0, 0), BREAK)], &[told(at(10, 20, 50), CLOSE)]],
            mark: (Status::Present, 18 * 60 + 30 * 60 + 10),
        },
        Part {
            name: ("Mateo", "Rossi"),
            shows: Shows::Registrant,
            story: "does not come back after the restart",
            connections: &[&[told(at(10, 5, 0), BREAK)]],
            mark: (Status::Partial, 13 * 60),
        },
        Part {
            name: ("Noor", "Rahman"),
            shows: Shows::Email,
            story: "the join is never delivered",
            connections: &[&[(at(10, 4, 0), at(10, 17, 0), Fate::JoinLost)]],
            mark: (Status::Partial, 0),
        },
        Part {
            name: ("Olu", "Adeyemi"),
            shows: Shows::ZoomAccount,
            story: "comes for the second part only",
            connections: &[&[told(at(10, 21, 0), CLOSE)]],
            mark: (Status::Present, 30 * 60),
        },
        Part {
            name: ("Petra", "Novak"),
            shows: Shows::CustomerKey,
            story: "does not come",
            connections: &[],
            mark: (Status::Absent, 0),
        },
    ],
};

/// In the order of the day.
pub(super) const LESSONS: [Lesson; 2] = [MATHS, PHYSICS];
