//! Adopting: making a journal fit a database that has seen another, or more of this one.
//!
//! All that the journal itself needs is that no `seq` it gives from now on has been seen by the database. The rest is
//! the database's affair. While the [`Adopted`] lives, no other process can own the journal.

use std::time::Duration;

use secrecy::SecretString;

use super::commit::Session;
use super::error::JournalError;
use super::open::{READ_LIMIT, READERS};
use super::owner::{Denied, Owner};
use super::read::Reader;
use crate::store::connect::{Role, connect};

/// A write may take this long.
const LIMIT: Duration = Duration::from_secs(10);

/// A journal that this process owns in order to have it adopted.
pub struct Adopted {
    session: Session,
    /// Holds the lock.
    _owner: Owner,
    reader: Reader,
    id: String,
}

/// Why it cannot be adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// A service runs on it.
    #[error("journal is owned by another process: stop it first")]
    Taken,
    /// It cannot be opened, read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Adopted {
    /// Takes the journal at `url`, which is made where there is none.
    pub async fn take(url: &SecretString) -> Result<Self, AdoptError> {
        let pools = connect(url, READERS, READ_LIMIT, Role::Journal)
            .await
            .map_err(JournalError::from)?;
        let reader = Reader {
            connection: pools.read,
            limit: READ_LIMIT,
        };
        let mut owner = Owner::new(url.clone(), LIMIT);
        let session = match Box::pin(owner.acquire()).await {
            Ok(session) => session,
            Err(Denied::Taken) => return Err(AdoptError::Taken),
            Err(Denied::Failed(error)) => return Err(error.into()),
        };
        let id = reader.id().await?.ok_or(JournalError::Unmade)?;
        Ok(Self {
            session,
            _owner: owner,
            reader,
            id,
        })
    }

    /// The journal's own id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The highest `seq` ever given to an event.
    pub async fn last_issued(&self) -> Result<i64, JournalError> {
        self.reader.last_issued().await
    }

    /// From now on every `seq` is above `seq`; one that is already stays so.
    pub async fn advance(&self, seq: i64) -> Result<(), JournalError> {
        if self.last_issued().await? < seq {
            self.session.advance(seq).await?;
        }
        Ok(())
    }

    /// Gives it back.
    pub async fn release(self) {
        self.session.close().await;
    }
}
