//! What a set says, row by row and in the files' order, with no reference followed.

use super::{FILES, value};
use jiff::{Timestamp, civil::Date};
use std::fmt;

/// One set. A row's references may point at rows that only the database knows.
#[derive(Debug, Default, PartialEq)]
pub struct Roster {
    /// Students and staff. People of other roles (guardians, relatives, ...) are left out.
    pub users: Vec<User>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Who belongs to which class; without those of people who are left out.
    pub enrolments: Vec<Enrolment>,
    /// Zoom meetings that teach a class.
    pub meetings: Vec<Meeting>,
    /// Zoom's registrants; without those of people who are left out.
    pub registrants: Vec<Registrant>,
    /// How many people are left out.
    pub left_out: usize,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name within the set.
    pub file: &'static str,
    /// The line on which the row begins, the header being line 1; 0 means the file as a whole.
    pub line: u64,
}

impl Place {
    /// The file as a whole.
    pub(super) fn file(file: &'static str) -> Self {
        Self { file, line: 0 }
    }

    /// Rises with the files of a set and with the lines of a file.
    pub(super) fn rank(self) -> (Option<usize>, u64) {
        let file = FILES.iter().position(|file| *file == self.file);
        (file, self.line)
    }
}

/// What Rollcall needs to know of OneRoster's roles, in rising strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `student`.
    Student,
    /// `teacher`, `aide`, `proctor`.
    Teacher,
    /// `administrator`, 1.2's three kinds of it, `principal`.
    Admin,
}

impl Role {
    /// The role that OneRoster 1.0 to 1.2 calls `name`, in any case; none for roles of no concern to
    /// attendance, which 1.2's extensions (`ext:...`) are as well.
    ///
    /// # Errors
    /// What is wrong with a word that is no role.
    pub(super) fn named(name: &str) -> Result<Option<Self>, String> {
        let role = match name.to_ascii_lowercase().as_str() {
            "student" => Some(Self::Student),
            "teacher" | "aide" | "proctor" => Some(Self::Teacher),
            "administrator"
            | "districtadministrator"
            | "siteadministrator"
            | "systemadministrator"
            | "principal" => Some(Self::Admin),
            "counselor" | "guardian" | "parent" | "relative" => None,
            other if other.len() > 4 && other.starts_with("ext:") => None,
            _ => return Err(value::refused(name, "is not a role of OneRoster")),
        };
        Ok(role)
    }
}

/// A row of `users.csv`. Its `Debug` shows nothing personal.
#[derive(Clone, PartialEq)]
pub struct User {
    /// `sourcedId`, unique in the file.
    pub sourced_id: String,
    /// 1.1's `role`; of 1.2's roles a primary one, else the strongest. Without meaning
    /// ([`Role::Student`]) for a deleted user of whom the set names no role.
    pub role: Role,
    /// Preferred names before given ones; the user name or the sourced id where there is none.
    pub full_name: String,
    /// Trimmed, in lower case; no two users who are not deleted share one.
    pub email: Option<String>,
    /// Zoom's id of the person's account; no two users who are not deleted share one.
    pub zoom_user_id: Option<String>,
    /// `status` is `tobedeleted`.
    pub deleted: bool,
    /// Where it stands.
    pub at: Place,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("sourced_id", &self.sourced_id)
            .field("role", &self.role)
            .field("deleted", &self.deleted)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A row of `classes.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// `sourcedId`, unique in the file.
    pub sourced_id: String,
    /// `title`; the sourced id where a deleted class has none.
    pub name: String,
    /// `status` is `tobedeleted`.
    pub deleted: bool,
    /// Where it stands.
    pub at: Place,
}

/// A row of `enrollments.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Enrolment {
    /// The class's sourced id.
    pub class: String,
    /// The user's sourced id.
    pub user: String,
    /// What the user is in this class.
    pub role: Role,
    /// Whether this is the class's main teacher.
    pub primary: bool,
    /// First day; none: since ever.
    pub begin: Option<Date>,
    /// Last day, not before the first; none: without end.
    pub end: Option<Date>,
    /// `status` is `tobedeleted`.
    pub deleted: bool,
    /// Where it stands.
    pub at: Place,
}

/// A row of `meetings.csv`. Its `Debug` shows nothing personal.
#[derive(Clone, PartialEq)]
pub struct Meeting {
    /// Zoom's meeting number: 9 to 11 digits, unique in the file.
    pub zoom_meeting_id: String,
    /// What people call it.
    pub title: String,
    /// The class's sourced id.
    pub class: String,
    /// The host's e-mail, trimmed, in lower case.
    pub host_email: Option<String>,
    /// The first start of a series, or the only one.
    pub start_time: Option<Timestamp>,
    /// Scheduled length in minutes, 1 to 1440.
    pub duration: Option<i64>,
    /// IANA name, in the time zone database's own spelling.
    pub timezone: Option<String>,
    /// As written.
    pub meeting_type: Option<String>,
    /// As written.
    pub target_audience: Option<String>,
    /// As written.
    pub join_url: Option<String>,
    /// Where it stands.
    pub at: Place,
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting")
            .field("zoom_meeting_id", &self.zoom_meeting_id)
            .field("class", &self.class)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// A row of `registrants.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Registrant {
    /// Zoom's meeting number.
    pub zoom_meeting_id: String,
    /// The user's sourced id.
    pub user: String,
    /// Zoom's id of the registration, unique in its meeting.
    pub zoom_registrant_id: String,
    /// `approved`, `pending`, `denied` or `cancelled`; `approved` where the file says nothing.
    pub status: Option<String>,
    /// Where it stands.
    pub at: Place,
}
