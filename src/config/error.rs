//! Why there is no configuration.

use std::fmt;

/// One line that names the key, variable or file at fault; never a value that may be secret.
///
/// Whoever meets it ends the process with exit code 2, so there is one kind only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Error {
    what: String,
    why: String,
}

impl Error {
    /// `what` is at fault because of `why`.
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
        }
    }

    /// The key, variable or file at fault.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The same, saying where the value came from.
    pub(super) fn set_by(self, origin: impl fmt::Display) -> Self {
        Self {
            why: format!("{} ({origin})", self.why),
            ..self
        }
    }
}
