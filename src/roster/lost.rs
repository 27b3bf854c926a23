//! Broken rows, by what other rows call them: nobody who refers to one of them is wrong for that.
//!
//! Names are compared loosely, in any case and without gaps, as a broken row may spell its name in
//! any way. To find one row too many costs a message, never a row.

use std::collections::HashSet;
use std::fmt;

/// The broken rows of a set. Its `Debug` shows nothing personal: e-mails are names too.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// Files and names; no name: any.
    rows: HashSet<(&'static str, Option<String>)>,
}

impl Lost {
    /// Adds a row of `file`, unless its name is empty.
    pub(super) fn add(&mut self, file: &'static str, name: &str) {
        let name = loose(name);
        if !name.is_empty() {
            self.rows.insert((file, Some(name)));
        }
    }

    /// Adds any number of rows of `file` with names that nobody could read.
    pub(super) fn add_unknown(&mut self, file: &'static str) {
        self.rows.insert((file, None));
    }

    /// Whether a row of `file` that may have this name is among them.
    pub(super) fn has(&self, file: &'static str, name: &str) -> bool {
        self.rows.contains(&(file, None)) || self.rows.contains(&(file, Some(loose(name))))
    }
}

impl fmt::Debug for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lost")
            .field("rows", &self.rows.len())
            .finish()
    }
}

fn loose(name: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || c == '-';
    let letters = name.chars().filter(|&c| !is_gap(c));
    letters.flat_map(char::to_lowercase).collect()
}
