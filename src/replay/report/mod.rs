//! What a replay came to, for people at a terminal ([`text`]), for programs ([`json`]) and as one page to pass on ([`html`]).
//!
//! One struct holds all of it; the three only say it. Nothing here decides whether a run was good: thresholds and the
//! verdict come as they are.

mod html;
mod json;
mod quantiles;
mod text;
pub mod words;

#[cfg(test)]
mod tests;

use super::load::measured::Measured;
use super::load::thresholds::Check;
use super::verify::Verdict;

/// A replay, done.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it was asked for, as name and value in the order to be shown; no secrets.
    pub settings: Vec<(String, String)>,
    /// What chance began with; `None` for a recording.
    pub seed: Option<u64>,
    /// How the sending went.
    pub measured: Measured,
    /// What the marks are worth, or why nobody could say; `None` where nobody asked.
    pub marks: Option<Result<Verdict, String>>,
    /// What became of the thresholds.
    pub checks: Vec<Check>,
}

impl Report {
    /// A few aligned lines for a terminal, with a line feed at the end.
    pub fn text(&self) -> String {
        text::of(self)
    }

    /// One JSON document; [`json`] lists its fields.
    pub fn json(&self) -> String {
        json::of(self)
    }

    /// One HTML file that needs nothing beside it.
    ///
    /// # Errors
    /// None that is known: the template writes to memory.
    pub fn html(&self) -> askama::Result<String> {
        html::of(self)
    }
}
