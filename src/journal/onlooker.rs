//! Occurrences read back beside the service that owns the journal, which is not disturbed by it.

use std::time::Duration;

use secrecy::SecretString;

use super::error::JournalError;
use super::event::Recalled;
use super::read::Reader;
use crate::store::connect::{Role, connect_reader};

/// No read takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Reads a journal that it does not own; cheap to clone.
#[derive(Clone)]
pub struct Onlooker {
    reader: Reader,
}

impl Onlooker {
    /// Opens the journal at `url`, which must be there.
    pub async fn open(url: &SecretString) -> Result<Self, JournalError> {
        let connection = connect_reader(url, LIMIT, Role::Journal).await?;
        let limit = LIMIT;
        Ok(Self {
            reader: Reader { connection, limit },
        })
    }

    /// All folding events of these occurrences beyond the `seq` beside each.
    pub async fn read(&self, occurrences: &[(Box<str>, i64)]) -> Result<Recalled, JournalError> {
        self.reader.read(occurrences).await
    }
}
