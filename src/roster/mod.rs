//! The roster on disk: a OneRoster 1.1 or 1.2 CSV set and Rollcall's own files, read and checked.
//!
//! It decides what a well-formed set is and names every row that is not. It does not decide whether
//! a reference resolves: a class, user or meeting may have been imported earlier and be known to the
//! database alone, so every row says where it stands ([`Place`]) and the step that stores it can name
//! it too. Only `source` touches the disk; the rest is a function of the files' bytes.
//!
//! Read in this order: [`model`] (what comes out), [`problem`] and `lost` (what can be wrong), `source`
//! (folder or zip), `rows` (CSV), `table` and `record` (columns by name), then one module for each
//! file of a set.

mod classes;
mod enrolments;
mod lost;
mod meetings;
pub mod model;
pub mod problem;
mod record;
mod registrants;
mod roles;
mod rows;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod users;
mod value;

pub use model::{Class, Enrolment, Meeting, Place, Registrant, Role, Roster, User};
pub use problem::{Problem, Problems, Unreadable};

use source::Files;
use std::path::Path;

/// OneRoster's people.
pub const USERS: &str = "users.csv";
/// OneRoster 1.2's roles of people, which 1.1 keeps in [`USERS`].
const ROLES: &str = "roles.csv";
/// OneRoster's classes.
pub const CLASSES: &str = "classes.csv";
/// OneRoster's enrolments.
const ENROLMENTS: &str = "enrollments.csv";
/// Rollcall's own: which Zoom meeting teaches which class.
pub const MEETINGS: &str = "meetings.csv";
/// Rollcall's own: who registered for a Zoom meeting under which registrant id.
const REGISTRANTS: &str = "registrants.csv";

/// Every file of a set, in the order in which its problems are listed.
const FILES: [&str; 6] = [ROLES, USERS, CLASSES, ENROLMENTS, MEETINGS, REGISTRANTS];

/// The files of OneRoster that come together or not at all.
const ONEROSTER: [&str; 3] = [USERS, CLASSES, ENROLMENTS];

/// Reads the set at `path`: a folder, or a zip archive with the files at its root or in one folder.
///
/// A set has `users.csv`, `classes.csv` and `enrollments.csv`, or none of OneRoster's files and at
/// least one of `meetings.csv` and `registrants.csv`.
///
/// Returns its sound rows, and everything that is wrong with the others. They may be stored only if
/// nothing is wrong; else they are good for finding what more is wrong.
///
/// # Errors
/// If there is no such set or it cannot be read.
pub fn read(path: &Path) -> Result<(Roster, Problems), Unreadable> {
    Ok(parse(&source::read(path)?))
}

/// The sound rows in `files`, and all that is wrong with the others.
fn parse(files: &Files) -> (Roster, Problems) {
    let mut problems = Problems::default();
    name_missing_files(files, &mut problems);

    let roles = bytes(files, ROLES).map(|bytes| roles::read(bytes, &mut problems));
    let users = bytes(files, USERS)
        .map(|bytes| users::read(bytes, roles.as_ref(), &mut problems))
        .unwrap_or_default();
    let roster = Roster {
        classes: rows(files, CLASSES, &mut problems, classes::read),
        enrolments: rows(files, ENROLMENTS, &mut problems, |bytes, problems| {
            enrolments::read(bytes, &users.left_out, problems)
        }),
        meetings: rows(files, MEETINGS, &mut problems, meetings::read),
        registrants: rows(files, REGISTRANTS, &mut problems, |bytes, problems| {
            registrants::read(bytes, &users.left_out, problems)
        }),
        users: users.kept,
        left_out: users.left_out.len(),
    };
    (roster, problems)
}

fn bytes<'a>(files: &'a Files, name: &str) -> Option<&'a [u8]> {
    files.get(name).map(Vec::as_slice)
}

fn rows<T>(
    files: &Files,
    name: &str,
    problems: &mut Problems,
    read: impl FnOnce(&[u8], &mut Problems) -> Vec<T>,
) -> Vec<T> {
    bytes(files, name).map_or_else(Vec::new, |bytes| read(bytes, problems))
}

/// Half a OneRoster set would read as "everybody has left".
fn name_missing_files(files: &Files, problems: &mut Problems) {
    let has_oneroster =
        files.contains_key(ROLES) || ONEROSTER.iter().any(|n| files.contains_key(n));
    if has_oneroster {
        for name in ONEROSTER.iter().filter(|name| !files.contains_key(*name)) {
            problems.push(Place::file(name), "is missing from the set");
            problems.lost().add_unknown(name);
        }
    }
}
