//! How an actor's life begins: many occurrences loaded together. What is read of them is decided in [`recall`].

use super::{
    Settings,
    recall::{self, Loaded, Read},
    school::SchoolCache,
};
use crate::{
    attendance::school::Rule,
    fault,
    journal::{Journal, JournalError},
    store::{StoreError, connect::Pools},
    vital,
};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, slice, time::Duration, time::Instant};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// Why nothing could be loaded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// The database refused, or did not answer in time.
    #[error("store: {0}")]
    Store(String),
    /// The journal did.
    #[error("journal: {0}")]
    Journal(String),
    /// Something of it made us panic.
    #[error("a panic, see the line before")]
    Panicked,
    /// Nobody is there to load it any more.
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
    rule: Rule,
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
            rule: settings.rule.clone(),
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
                    answer(vec![request], read);
                }
                return;
            }
            read => read,
        };
        answer(batch, read);
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

    async fn read(&self, batch: &[Request]) -> Result<Read, LoadError> {
        let wanted: Vec<_> = batch
            .iter()
            .map(|request| (request.occurrence.clone(), request.after))
            .collect();
        for (uuid, _) in &wanted {
            fault::point("loader", uuid, |_| true);
        }
        let recall = |after: Vec<(Box<str>, i64)>| async move { self.journal.read(&after).await };
        let school = self.schools.current();
        let read = recall::read(&self.db, self.patience, &self.rule, &wanted, recall, school);
        Box::pin(read).await
    }
}

fn answer(batch: Vec<Request>, read: Result<Read, LoadError>) {
    match read {
        Ok(mut read) => {
            for request in batch {
                let loaded = read.take(&request.occurrence);
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
