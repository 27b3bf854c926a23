//! How an actor's life begins: many occurrences loaded together, one query a table.

use super::{Settings, school::SchoolCache};
use crate::{
    attendance::report::Neighbour,
    fault,
    journal::{Committed, Journal, JournalError, Recalled, Unreadable},
    store::{
        StoreError,
        connect::Pools,
        dead,
        error::within,
        occurrences::{self, Basis, Stored},
        school::Snapshot,
        seal::Kept,
    },
    vital,
};
use futures_util::FutureExt;
use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    slice,
    sync::Arc,
    time::Duration,
    time::Instant,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// What an occurrence is judged and written by.
#[derive(Debug)]
pub(super) struct Facts {
    /// The row that the next write replaces.
    pub(super) basis: Option<Basis>,
    /// The threshold that it was first judged by, seconds; for a new one the rule's.
    pub(super) present_after: i64,
    /// The meeting's other occurrences.
    pub(super) neighbours: Arc<[Neighbour]>,
    /// The school.
    pub(super) school: Arc<Snapshot>,
}

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

/// Why nothing could be loaded.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("store: {0}")]
    Store(String),
    #[error("journal: {0}")]
    Journal(String),
    #[error("a panic, see the line before")]
    Panicked,
    #[error("the service stops")]
    Stopping,
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<JournalError> for LoadError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Panicked => Self::Panicked,
            error => Self::Journal(error.to_string()),
        }
    }
}

struct Request {
    occurrence: Box<str>,
    after: i64,
    answer: oneshot::Sender<Result<Loaded, LoadError>>,
}

/// The handle of the shared loader.
#[derive(Clone)]
pub(super) struct Loader(mpsc::Sender<Request>);

struct Sources {
    db: Pools,
    journal: Journal,
    schools: SchoolCache,
    present_after: i64,
    patience: Duration,
}

impl Loader {
    /// Starts the loader's task, which takes up to `most` occurrences at a time.
    pub(super) fn start(
        db: Pools,
        journal: Journal,
        schools: SchoolCache,
        settings: &Settings,
        runtime: &Handle,
    ) -> Self {
        let most = settings.actor.max_loading.max(1);
        let (requests, mut queue) = mpsc::channel(most * 2);
        let sources = Sources {
            db,
            journal,
            schools,
            present_after: settings.rule.present_after,
            patience: settings.patience,
        };
        vital::spawn(runtime, async move {
            let mut batch = Vec::new();
            while queue.recv_many(&mut batch, most).await > 0 {
                sources.serve(std::mem::take(&mut batch)).await;
            }
        });
        Self(requests)
    }

    /// Loads what is stored of an occurrence and its journaled events with a seq above `after`.
    pub(super) fn load(
        &self,
        occurrence: &str,
        after: i64,
    ) -> impl Future<Output = Result<Loaded, LoadError>> + use<> {
        let requests = self.0.clone();
        let occurrence = occurrence.into();
        async move {
            let (answer, loaded) = oneshot::channel();
            let sent = requests
                .send(Request {
                    occurrence,
                    after,
                    answer,
                })
                .await;
            sent.map_err(|_| LoadError::Stopping)?;
            loaded.await.unwrap_or(Err(LoadError::Stopping))
        }
    }
}

impl Sources {
    /// Loads the batch; where that panics, each by itself, so that one occurrence does not keep the others out.
    async fn serve(&self, batch: Vec<Request>) {
        let read = match self.guarded_read(&batch).await {
            Err(LoadError::Panicked) if batch.len() > 1 => {
                for request in batch {
                    let read = self.guarded_read(slice::from_ref(&request)).await;
                    self.answer(vec![request], read);
                }
                return;
            }
            read => read,
        };
        self.answer(batch, read);
    }

    async fn guarded_read(&self, batch: &[Request]) -> Result<Read, LoadError> {
        let begun = Instant::now();
        let read = AssertUnwindSafe(self.read(batch)).catch_unwind();
        let read = read.await.unwrap_or(Err(LoadError::Panicked));
        metrics::histogram!("rollcall_load_duration_seconds").record(begun.elapsed());
        if read.is_err() {
            metrics::counter!("rollcall_load_failures_total").increment(1);
        }
        read
    }

    fn answer(&self, batch: Vec<Request>, read: Result<Read, LoadError>) {
        match read {
            Ok(mut read) => {
                for request in batch {
                    let loaded = read.take(&request.occurrence, self.present_after);
                    let _ = request.answer.send(Ok(loaded)); // an actor that died meanwhile does not wait
                }
            }
            Err(error) => {
                for request in batch {
                    let _ = request.answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// The revisions come first: whatever changes an input after that raises them.
    async fn read(&self, batch: &[Request]) -> Result<Read, LoadError> {
        let uuids: Vec<Box<str>> = batch
            .iter()
            .map(|request| request.occurrence.clone())
            .collect();
        for uuid in &uuids {
            fault::point("loader", uuid, |_| true);
        }
        let stored = within(self.patience, occurrences::stored(&self.db, &uuids)).await?;
        let dead = within(self.patience, dead::standing(&self.db, &uuids)).await?;
        let after = |request: &Request| {
            let uuid = &request.occurrence;
            let row = stored.get(uuid);
            if let Some(row) = row.filter(|row| row.sealed.is_some()) {
                return (uuid.clone(), row.applied_seq);
            }
            // Less than the actor has where an event was given back to its occurrence.
            let applied = row.map(|row| row.applied_seq);
            let given_back = dead.given_back.get(uuid).into_iter().flatten();
            let before = given_back.map(|seq| seq - 1);
            let least = applied.into_iter().chain(before).min();
            let after = least.map_or(request.after, |seq| seq.min(request.after));
            (uuid.clone(), after)
        };
        let after: Vec<_> = batch.iter().map(after).collect();
        let Recalled {
            events: recalled,
            unreadable: unread,
        } = self.journal.read(&after).await?;
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
        let neighbours =
            within(self.patience, occurrences::neighbours(&self.db, &meetings)).await?;
        Ok(Read {
            stored,
            events,
            unreadable,
            left_out: Arc::new(dead.left_out),
            given_back: dead.given_back,
            neighbours,
            school: self.schools.current().await?,
        })
    }
}

/// What one batch of queries brought.
struct Read {
    stored: HashMap<Box<str>, Stored>,
    events: HashMap<Box<str>, Vec<Committed>>,
    unreadable: HashMap<Box<str>, Vec<Unreadable>>,
    left_out: Arc<HashSet<i64>>,
    given_back: HashMap<Box<str>, Vec<i64>>,
    neighbours: HashMap<Box<str>, Vec<Neighbour>>,
    school: Arc<Snapshot>,
}

impl Read {
    fn take(&mut self, occurrence: &str, present_after: i64) -> Loaded {
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
            .map_or(present_after, |stored| stored.present_after);
        let facts = Facts {
            basis: stored.as_ref().map(|stored| stored.basis),
            present_after,
            neighbours: others.cloned().collect(),
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
