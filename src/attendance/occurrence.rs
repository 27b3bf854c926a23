//! The fold: an occurrence as the set of what its events say.

use super::event::{Event, Instant};

/// One run of a meeting in memory. Folding is commutative and idempotent: order and duplicates change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occurrence {}

impl Occurrence {
    /// Takes in one event that arrived (was journaled) at `arrival`.
    pub fn fold(&mut self, event: &Event, arrival: Instant) {
        let _ = (event, arrival);
    }

    /// Whether `meeting.ended` has come.
    pub fn has_ended(&self) -> bool {
        false
    }

    /// Whether any started, ended or presence event has brought this occurrence into being.
    pub fn exists(&self) -> bool {
        false
    }
}
