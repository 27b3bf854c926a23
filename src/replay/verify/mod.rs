//! Holds the marks of a running service against the oracle's: every mark, every total of seconds, and none beside them.
//!
//! The service is asked through its read API alone, until all is right or nothing changes any more. What a mark must be
//! is [`expected`]'s matter, and [`evidence`] finds the events behind a wrong one.
//!
//! Nobody can say what a mark must be where the end of a meeting was never told (a clock decides then), or where a delivery
//! of its class has no good answer (the service may have kept it none the less). Such marks are not judged, and counted.

mod evidence;
mod expected;
mod question;

#[cfg(test)]
mod tests;

use std::time::Duration;

use super::api::{Api, Error};
use super::oracle::{Key, Mark};
use super::school::School;
use super::traffic::Delivery;
pub use evidence::Event;
use expected::Expected;

/// So many wrong marks are described; all are counted.
pub const LISTED: usize = 20;

/// What was sent, and what came of it.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    /// Whether it was acknowledged or not.
    pub deliveries: &'a [Delivery],
    /// By delivery, in their order: whether it was acknowledged. One that is missing here was not.
    pub taken: &'a [bool],
}

/// What the marks are worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Marks that could be judged: `right` and `wrong` together.
    pub checked: u64,
    /// Those with the right status and the right seconds.
    pub right: u64,
    /// Those that differ, are missing, or should not be there.
    pub wrong: u64,
    /// Those of lessons without an end, or of classes with a delivery that was not acknowledged.
    pub unjudged: u64,
    /// The first of the wrong ones, at most [`LISTED`], in order of class, date and student.
    pub listed: Vec<Wrong>,
    /// From the first question until all marks were right, or until the last of them had changed; the time that asking takes
    /// is in it.
    pub settled: Duration,
}

/// A wrong mark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// Whose it is.
    pub key: Key,
    /// What it must be; `None` where there must be none.
    pub expected: Option<Mark>,
    /// What it is; `None` where it is missing.
    pub found: Option<Found>,
    /// What was delivered about the student in this lesson and about the lesson itself, in order of arrival.
    pub events: Vec<Event>,
}

/// A mark as the service shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Any word.
    pub status: String,
    /// What was counted; `None` where it gives none.
    pub seconds: Option<i64>,
}

/// How far it is, for those who wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Marks that are right by now.
    pub right: u64,
    /// Marks that there must be.
    pub of: u64,
}

/// Asks `api` until every mark is right, or nothing has changed for `patience`; `seen` hears how far it is.
///
/// # Errors
/// The API refuses, or has not answered for `patience`.
pub async fn verify(
    api: &Api,
    school: &School,
    sent: Sent<'_>,
    patience: Duration,
    seen: impl FnMut(Progress),
) -> Result<Verdict, Error> {
    let expected = Expected::of(school, sent);
    let (answer, settled) = question::settle(api, &expected, patience, seen).await?;
    let judged = expected.judge(&answer);
    let mut verdict = Verdict {
        checked: judged.right + judged.wrong.len() as u64,
        right: judged.right,
        wrong: judged.wrong.len() as u64,
        unjudged: judged.unjudged,
        listed: Vec::new(),
        settled,
    };
    let described = judged.wrong.into_iter().take(LISTED);
    let described: Vec<_> = described.collect();
    let keys: Vec<&Key> = described.iter().map(|(key, ..)| key).collect();
    let events = evidence::of(&keys, school, &expected, sent);
    let each = described.into_iter().zip(events);
    verdict.listed = each
        .map(|((key, expected, found), events)| Wrong {
            key,
            expected,
            found,
            events,
        })
        .collect();
    Ok(verdict)
}
