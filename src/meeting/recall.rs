//! What is read of occurrences before they can be judged: their rows, their journaled events, their neighbours, the school; one query a
//! table for many of them.

use super::loader::LoadError;
use crate::{
    attendance::{event::Instant, report::Neighbour, school::Rule},
    journal::{Committed, JournalError, Recalled, Unreadable},
    store::{
        StoreError,
        connect::Pools,
        dead,
        error::within,
        occurrences::{self, Basis, Neighbours, Stored},
        school::Snapshot,
        seal::Kept,
    },
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// What an occurrence is judged and written by.
#[derive(Debug)]
pub(super) struct Facts {
    /// The row that the next write replaces.
    pub(super) basis: Option<Basis>,
    /// The threshold that it was first judged by, seconds; for a new one the rule's.
    pub(super) present_after: i64,
    /// The meeting's other occurrences, as far as they matter.
    pub(super) neighbours: Neighbours,
    /// The school.
    pub(super) school: Arc<Snapshot>,
}

/// Neighbours are known for so many seconds more than it takes: an event that comes late seldom sets the start back by more.
const MARGIN: i64 = 24 * 60 * 60;

/// What was loaded of one occurrence.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) facts: Facts,
    /// Zoom's number of its meeting, where it is stored.
    pub(super) meeting: Option<Box<str>>,
    /// What is kept of it, once its events were given up.
    pub(super) sealed: Option<Kept>,
    /// Its journaled events after the seq asked from, or after what the projections hold if that is less, in order; after
    /// the seal where there is one.
    pub(super) events: Vec<Committed>,
    /// Those among the same that could not be read, in order.
    pub(super) unreadable: Vec<Unreadable>,
    /// The places of those that are dead, and to be left out.
    pub(super) left_out: Arc<HashSet<i64>>,
    /// The places of those that were dead, and given back; all of them are among the events.
    pub(super) given_back: Vec<i64>,
}

/// Reads these occurrences, to be judged by `rule`, each with its events beyond the seq beside it, or beyond what the projections hold if that is less.
/// `recall` reads the journal, `school` the school. The revisions come first: whatever changes an input after that raises them.
pub(super) async fn read<J, S>(
    db: &Pools,
    patience: Duration,
    rule: &Rule,
    wanted: &[(Box<str>, i64)],
    recall: impl FnOnce(Vec<(Box<str>, i64)>) -> J,
    school: S,
) -> Result<Read, LoadError>
where
    J: Future<Output = Result<Recalled, JournalError>>,
    S: Future<Output = Result<Arc<Snapshot>, StoreError>>,
{
    let uuids: Vec<Box<str>> = wanted.iter().map(|(uuid, _)| uuid.clone()).collect();
    let stored = within(patience, occurrences::stored(db, &uuids)).await?;
    let dead = within(patience, dead::standing(db, &uuids)).await?;
    let after = wanted.iter().map(|(uuid, after)| {
        let row = stored.get(uuid);
        if let Some(row) = row.filter(|row| row.sealed.is_some()) {
            return (uuid.clone(), row.applied_seq);
        }
        // Less than the actor has where an event was given back to its occurrence.
        let applied = row.map(|row| row.applied_seq);
        let given_back = dead.given_back.get(uuid).into_iter().flatten();
        let before = given_back.map(|seq| seq - 1);
        let least = applied.into_iter().chain(before).min();
        let after = least.map_or(*after, |seq| seq.min(*after));
        (uuid.clone(), after)
    });
    let Recalled {
        events: recalled,
        unreadable: unread,
    } = recall(after.collect()).await?;
    let mut events: HashMap<Box<str>, Vec<Committed>> = HashMap::new();
    for event in recalled {
        let own = events.entry(event.occurrence.clone());
        own.or_default().push(event);
    }
    let mut unreadable: HashMap<Box<str>, Vec<Unreadable>> = HashMap::new();
    for event in unread {
        let own = unreadable.entry(event.occurrence.clone());
        own.or_default().push(event);
    }
    let known = stored.values().map(|stored| stored.meeting.clone());
    let heard = events.values().flatten().map(|event| event.meeting.clone());
    let mut meetings: Vec<Box<str>> = known.chain(heard).collect();
    meetings.sort_unstable();
    meetings.dedup();
    // What is not read again of an occurrence is in its stored start.
    let starts = stored.values().map(|stored| stored.start);
    let news = events.values().flatten().map(Committed::earliest);
    let first = starts.chain(news).min();
    let since = first.map_or(Instant(i64::MIN), |at| at.plus(-rule.restart - MARGIN));
    let neighbours = within(patience, occurrences::neighbours(db, &meetings, since)).await?;
    Ok(Read {
        present_after: rule.present_after,
        stored,
        events,
        unreadable,
        left_out: Arc::new(dead.left_out),
        given_back: dead.given_back,
        since,
        neighbours,
        school: school.await?,
    })
}

/// What one batch of queries brought.
pub(super) struct Read {
    present_after: i64,
    stored: HashMap<Box<str>, Stored>,
    events: HashMap<Box<str>, Vec<Committed>>,
    unreadable: HashMap<Box<str>, Vec<Unreadable>>,
    left_out: Arc<HashSet<i64>>,
    given_back: HashMap<Box<str>, Vec<i64>>,
    since: Instant,
    neighbours: HashMap<Box<str>, Vec<Neighbour>>,
    school: Arc<Snapshot>,
}

impl Read {
    /// What was loaded of one of them.
    pub(super) fn take(&mut self, occurrence: &str) -> Loaded {
        let stored = self.stored.remove(occurrence);
        let events = self.events.remove(occurrence).unwrap_or_default();
        let heard = events
            .iter()
            .map(|event| &event.meeting)
            .filter(|meeting| !meeting.is_empty())
            .min();
        let meeting = stored
            .as_ref()
            .map(|stored| stored.meeting.clone())
            .or_else(|| heard.cloned());
        let all = meeting
            .as_ref()
            .and_then(|meeting| self.neighbours.get(meeting))
            .map_or(&[][..], Vec::as_slice);
        let others = all
            .iter()
            .filter(|neighbour| *neighbour.uuid != *occurrence);
        let present_after = stored
            .as_ref()
            .map_or(self.present_after, |stored| stored.present_after);
        let facts = Facts {
            basis: stored.as_ref().map(|stored| stored.basis),
            present_after,
            neighbours: Neighbours {
                since: self.since,
                known: others.cloned().collect(),
            },
            school: Arc::clone(&self.school),
        };
        Loaded {
            facts,
            meeting,
            sealed: stored.and_then(|stored| stored.sealed),
            events,
            unreadable: self.unreadable.remove(occurrence).unwrap_or_default(),
            left_out: Arc::clone(&self.left_out),
            given_back: self.given_back.remove(occurrence).unwrap_or_default(),
        }
    }
}
