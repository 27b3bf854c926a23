//! Spans of time: half-open, whole seconds; and their union.

use super::event::Instant;

/// A half-open span of presence `[from, until)`; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First second.
    pub from: Instant,
    /// First second after.
    pub until: Instant,
}

impl Interval {
    /// `[from, until)`; none where that is empty.
    pub fn new(from: Instant, until: Instant) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        self.until.0.saturating_sub(self.from.0)
    }

    /// Whether the two share at least one second.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// The union of `intervals`: sorted, disjoint, not touching. Two devices count once, rejoins add up.
pub(super) fn union(intervals: impl IntoIterator<Item = Interval>) -> Vec<Interval> {
    let mut sorted: Vec<_> = intervals.into_iter().collect();
    sorted.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
    for next in sorted {
        match merged.last_mut() {
            Some(last) if next.from <= last.until => last.until = last.until.max(next.until),
            _ => merged.push(next),
        }
    }
    merged
}

/// The length in seconds of disjoint `intervals`.
pub(super) fn total(intervals: &[Interval]) -> i64 {
    intervals
        .iter()
        .fold(0, |sum, i| sum.saturating_add(i.seconds()))
}
