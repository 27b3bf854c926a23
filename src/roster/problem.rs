//! What can be wrong with a set, in words that name the column and the reason but no person.

use super::lost::Lost;
use super::model::Place;
use std::fmt;

/// How many problems are listed; the others are only counted.
pub const LISTED: usize = 50;

/// There is no set at the path, or it cannot be read: one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(super) String);

/// One thing that is wrong. Displayed as `users.csv:4: sourcedId is empty`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row, or the file as a whole.
    pub at: Place,
    /// The column and the reason. Holds sourced ids, meeting numbers and words from lists at most.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line } = self.at;
        match line {
            0 => write!(f, "{file}: {}", self.what),
            line => write!(f, "{file}:{line}: {}", self.what),
        }
    }
}

/// All that is wrong: the first [`LISTED`] in the order of files and lines, and the total.
///
/// Displayed one a line, with a last line for those that are not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    listed: Vec<Problem>,
    total: usize,
    lost: Lost,
}

impl Problems {
    /// Counts one more, and lists it if it is among the first. Of one row, what was found first comes first.
    pub fn push(&mut self, at: Place, what: impl Into<String>) {
        self.total += 1;
        let is_before = |problem: &Problem| problem.at.rank() <= at.rank();
        let nth = self.listed.partition_point(is_before);
        if nth < LISTED {
            let what = what.into();
            self.listed.insert(nth, Problem { at, what });
            self.listed.truncate(LISTED);
        }
    }

    /// Remembers which rows are broken.
    pub(super) fn lost(&mut self) -> &mut Lost {
        &mut self.lost
    }

    /// Whether a row of `file` that may have this name is broken. What refers to it, or only clashes
    /// with what that row would have changed, is not wrong for that.
    pub fn has_lost(&self, file: &'static str, name: &str) -> bool {
        self.lost.has(file, name)
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
