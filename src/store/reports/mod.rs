//! What operators may read: meetings, people, marks, what is left to review.
//!
//! Read only. Every answer is a [`Page`] in a fixed order, continued by the [`Position`] after its last item, so
//! that no query and no answer grows with the school. A position holds ids, dates and instants, never a name or an
//! e-mail: it travels in URLs. Times leave as [`jiff::Timestamp`], cut to whole seconds.
//!
//! Queries run on the database's own runtime: a connection belongs to the runtime that opened it, and callers have
//! others.

mod attendance;
mod classes;
mod dead;
mod events;
mod lookup;
mod manual;
mod matches;
mod meetings;
mod names;
mod occurrence;
mod occurrences;
mod page;
mod participants;
mod participation;
mod row;
mod similar;
mod students;
mod tokens;
mod unmatched;

pub use attendance::{Finality, Mark, Marks};
pub use classes::Standing;
pub use dead::{DeadEvent, DeadEvents};
pub use events::{AuditEvent, AuditEvents, SecurityEvent};
pub use manual::{Manual, Place};
pub use matches::Match;
pub use meetings::{Meeting, Meetings, Occurrence, Running};
pub use names::Names;
pub use occurrence::{Attended, Run};
pub use occurrences::Occurrences;
pub use page::{Page, Position, Window};
pub use participants::{Participant, Stay};
pub use participation::Participation;
pub use row::{Class, Pupil, Student};
pub use tokens::Token;
pub use unmatched::{Stranger, Unknown, Unmatched, Unusable};

use sea_orm::{DatabaseConnection, DbErr};
use std::{future::Future, time::Duration};
use thiserror::Error;
use tokio::runtime::Handle;

/// No question waits longer for its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Error {
    /// The database did not answer, or not in time: worth asking again.
    #[error("the database does not answer")]
    Unavailable(#[source] Option<DbErr>),
    /// A position that this question never gives out.
    #[error("the position is not one of this list")]
    Position,
}

impl Error {
    /// What kind of failure, for logs: unlike the database's message it quotes nothing.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Unavailable(None) => "timeout",
            Self::Unavailable(Some(DbErr::Conn(_) | DbErr::ConnectionAcquire(_))) => "connection",
            Self::Unavailable(Some(DbErr::Query(_) | DbErr::Exec(_))) => "statement",
            Self::Unavailable(Some(_)) => "answer",
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Unavailable(Some(error))
    }
}

/// The reading side of the store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Reports {
    read: DatabaseConnection,
    runtime: Handle,
    settle: i64,
}

impl Reports {
    /// Reads through `read`, on `runtime`, the one that opened it; marks are final `settle` seconds after the end of
    /// their lesson.
    pub fn new(read: DatabaseConnection, runtime: Handle, settle: i64) -> Self {
        Self {
            read,
            runtime,
            settle,
        }
    }

    /// Whether the database answers within `patience`.
    pub async fn reachable(&self, patience: Duration) -> bool {
        let ping = self.run(|read| async move { Ok(read.ping().await?) });
        matches!(tokio::time::timeout(patience, ping).await, Ok(Ok(())))
    }

    /// Runs one question on the database's runtime. It is cut off there when it takes too long, not when the one who
    /// asked goes away: a connection is never left in the middle of a statement.
    async fn run<T, F>(&self, question: impl FnOnce(DatabaseConnection) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let question = question(self.read.clone());
        let task = self
            .runtime
            .spawn(async move { tokio::time::timeout(PATIENCE, question).await });
        match task.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable(None)),
        }
    }
}
