//! What can be wrong with a set, in words that name the column and the reason but no person.

use super::model::Place;
use std::fmt;

/// How many problems are listed; the others are only counted.
pub const LISTED: usize = 50;

/// Why a set could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// There is no set at the path, or it cannot be read: one line for the operator.
    #[error("{0}")]
    Unreadable(String),
    /// The set was read and is wrong.
    #[error(transparent)]
    Invalid(#[from] Problems),
}

/// One thing that is wrong. Displayed as `users.csv:4: sourcedId is empty`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's name within the set.
    pub file: String,
    /// The line on which the row begins, the header being line 1; 0 means the file as a whole.
    pub line: u64,
    /// The column and the reason. Holds sourced ids and meeting numbers at most.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// All that is wrong: the first [`LISTED`] in the order in which they were found, and the total.
///
/// Displayed one a line, with a last line for those that are not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    listed: Vec<Problem>,
    total: usize,
}

impl Problems {
    /// Counts one more, and lists it while there is room.
    pub fn push(&mut self, at: Place, what: impl Into<String>) {
        self.total += 1;
        if self.listed.len() < LISTED {
            self.listed.push(Problem {
                file: at.file.to_owned(),
                line: at.line,
                what: what.into(),
            });
        }
    }

    /// The first [`LISTED`].
    pub fn listed(&self) -> &[Problem] {
        &self.listed
    }

    /// How many there are, listed or not.
    pub fn total(&self) -> usize {
        self.total
    }

    /// `Ok` if nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.total == 0 { Ok(()) } else { Err(self) }
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.listed.iter().enumerate() {
            let separator = if nth == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        match self.total - self.listed.len() {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}
