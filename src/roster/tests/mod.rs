//! The reader as a whole: good sets, every kind of problem, properties.

mod hostile;
mod problems;
mod properties;
mod sets;

use super::source::Files;
use super::{FILES, Problems, Roster};

/// A set from its files' names and texts.
fn files(texts: &[(&str, &[u8])]) -> Files {
    let known = |name: &str| FILES.into_iter().find(|file| *file == name);
    texts
        .iter()
        .map(|(name, bytes)| (known(name).expect("a file of a set"), bytes.to_vec()))
        .collect()
}

/// A OneRoster set with these files in place of ones that hold no rows.
fn read_with(texts: &[(&str, &str)]) -> Result<Roster, Problems> {
    let mut set = files(&[
        ("users.csv", b"sourcedId,role,givenName,familyName\n"),
        ("classes.csv", b"sourcedId,title\n"),
        ("enrollments.csv", b"classSourcedId,userSourcedId,role\n"),
    ]);
    for (name, text) in texts {
        set.extend(files(&[(*name, text.as_bytes())]));
    }
    parsed(&set)
}

/// The roster in `files` if nothing is wrong with them.
fn parsed(files: &Files) -> Result<Roster, Problems> {
    let (roster, problems) = super::parse(files);
    problems.into_result().map(|()| roster)
}

/// The file and the line that a problem's text begins with.
fn parsed_places(text: &str) -> Option<(String, usize)> {
    let (place, _) = text.split_once(": ")?;
    let (file, line) = place.split_once(':').unwrap_or((place, "1"));
    Some((file.to_owned(), line.parse().ok()?))
}
