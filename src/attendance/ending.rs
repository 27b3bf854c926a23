//! The ending: when an occurrence is over, and how that is known.
//!
//! `meeting.ended` decides. Where it never comes, silence does: nothing arrived for long enough past
//! both the last arrival and the scheduled end. A later `meeting.ended` corrects it.

use super::{event::Instant, occurrence::Occurrence, school::Rule};

/// How an end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndedBy {
    /// `meeting.ended`.
    Event,
    /// Silence: closed by the schedule.
    Schedule,
}

/// Whether and when an occurrence is over.
pub(super) struct Ending {
    /// The end, and how it is known; none while it runs.
    pub(super) end: Option<(Instant, EndedBy)>,
    /// When silence closes it; none once `meeting.ended` has come.
    pub(super) silent_at: Option<Instant>,
}

impl Ending {
    /// Judges at `now`. `arrival` is the last; `last` the last instant of any presence; `scheduled` the
    /// scheduled end, if known.
    pub(super) fn of(
        occurrence: &Occurrence,
        arrival: Instant,
        last: Instant,
        scheduled: Option<Instant>,
        rule: &Rule,
        now: Instant,
    ) -> Self {
        if let Some(end) = occurrence.end {
            return Self {
                end: Some((end.at, EndedBy::Event)),
                silent_at: None,
            };
        }
        let scheduled = scheduled.unwrap_or(last);
        let silent_at = arrival.max(scheduled).plus(rule.silence);
        let over = now >= silent_at;
        Self {
            end: over.then(|| (scheduled.max(last), EndedBy::Schedule)),
            silent_at: Some(silent_at),
        }
    }
}
