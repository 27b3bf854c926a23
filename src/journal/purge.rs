//! Deleting events that are not needed any more. Which those are is decided by the caller.
//!
//! In small transactions on a connection of their own: SQLite has one writer, and a commit waits for a purge no longer
//! than for its few rows. They need no lock: what may go may go whoever owns the journal, and going twice is going once.
//! `seq` is never used again, so an emptied journal still knows how far it has come.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::entity::webhook_event::{self, Column};
use super::error::{JournalError, within};
use super::event::{Old, folds};
use super::read::folding;

/// The most rows that one transaction deletes.
pub(super) const ROWS: u64 = 500;

/// A connection that deletes.
#[derive(Clone)]
pub(super) struct Purger {
    pub(super) connection: DatabaseConnection,
    /// Bounds every call.
    pub(super) limit: Duration,
}

impl Purger {
    /// Deletes some of an occurrence's folding events up to `up_to`; how many.
    pub(super) async fn occurrence(
        &self,
        occurrence: &str,
        up_to: i64,
    ) -> Result<u64, JournalError> {
        let some = webhook_event::Entity::find()
            .select_only()
            .column(Column::Seq)
            .filter(folding())
            .filter(Column::Occurrence.eq(occurrence))
            .filter(Column::Seq.lte(up_to))
            .order_by_asc(Column::Seq)
            .limit(ROWS);
        let delete = webhook_event::Entity::delete_many()
            .filter(Column::Seq.in_subquery(some.into_query()))
            .exec(&self.connection);
        Ok(counted(within(self.limit, delete).await?.rows_affected))
    }

    /// Deletes these events; how many there were.
    pub(super) async fn rows(&self, seqs: Vec<i64>) -> Result<u64, JournalError> {
        let delete = webhook_event::Entity::delete_many()
            .filter(Column::Seq.is_in(seqs))
            .exec(&self.connection);
        Ok(counted(within(self.limit, delete).await?.rows_affected))
    }

    /// Those of these occurrences of which something arrived after `since_ms`.
    pub(super) async fn stirring(
        &self,
        occurrences: Vec<Box<str>>,
        since_ms: i64,
    ) -> Result<HashSet<Box<str>>, JournalError> {
        let uuids = occurrences.iter().map(|uuid| &**uuid);
        let rows = webhook_event::Entity::find()
            .select_only()
            .column(Column::Occurrence)
            .distinct()
            .filter(folding())
            .filter(Column::Occurrence.is_in(uuids))
            .filter(Column::ReceivedAt.gt(since_ms))
            .into_tuple::<String>()
            .all(&self.connection);
        let stirring = within(self.limit, rows).await?;
        Ok(stirring.into_iter().map(Into::into).collect())
    }

    /// At most [`ROWS`] events beyond `after`, in `seq` order, up to the first that arrived at `before_ms` or later.
    pub(super) async fn old(&self, after: i64, before_ms: i64) -> Result<Vec<Old>, JournalError> {
        let rows = webhook_event::Entity::find()
            .select_only()
            .columns([
                Column::Seq,
                Column::Occurrence,
                Column::Folds,
                Column::ReceivedAt,
            ])
            .filter(Column::Seq.gt(after))
            .order_by_asc(Column::Seq)
            .limit(ROWS)
            .into_tuple::<(i64, Option<String>, i16, i64)>()
            .all(&self.connection);
        let old = within(self.limit, rows)
            .await?
            .into_iter()
            .take_while(|(.., received_at)| *received_at < before_ms);
        let old = old.map(|(seq, occurrence, column, _)| Old {
            seq,
            occurrence: occurrence.map(Into::into),
            folds: folds(column),
        });
        Ok(old.collect())
    }
}

fn counted(rows: u64) -> u64 {
    metrics::counter!("rollcall_journal_purged_total").increment(rows);
    rows
}

#[cfg(test)]
mod tests {
    use crate::config::{Env, Settings};
    use crate::journal::{Appended, Incoming, Journal};
    use crate::zoom::envelope::Envelope;
    use crate::zoom::translate::translate;
    use tokio::runtime::Handle;

    async fn journal(folder: &tempfile::TempDir) -> Journal {
        let config = Settings::read(&Env::new("/", [])).and_then(|settings| settings.config());
        let settings = config.expect("defaults").journal;
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("j.db").display());
        let opened = Journal::open(&settings, &url.into(), Handle::current()).await;
        opened.expect("a journal").0 // nobody takes what is handed on
    }

    /// A join that arrived at `received_at`.
    fn joined(occurrence: &str, received_at: i64) -> Incoming {
        let body = format!(
            r#"{{"event":"meeting.participant_joined","event_ts":{received_at},"payload":{{"object":{{"id":"9","uuid":"{occurrence}","participant":{{"user_id":"1"}}}}}}}}"#
        );
        Incoming {
            delivery: translate(&Envelope::parse(body.as_bytes()).expect("an envelope")),
            received_at,
            request_id: None,
            body: body.into_bytes(),
        }
    }

    async fn seqs(journal: &Journal) -> Vec<i64> {
        let old = journal.old(0, i64::MAX).await.expect("rows");
        old.into_iter().map(|event| event.seq).collect()
    }

    #[tokio::test]
    async fn an_occurrence_goes_in_steps_and_no_further_than_it_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = journal(&folder).await;
        let appends = (1..=700).map(|n| journal.append(joined("O", n)));
        for fate in futures_util::future::join_all(appends).await {
            assert_eq!(fate, Ok(Appended::New));
        }
        let other = journal.append(joined("P", 1)).await;
        assert_eq!(other, Ok(Appended::New));
        assert!(journal.purge_occurrence("O", 699).await.expect("purged"));
        assert!(!journal.purge_occurrence("O", 699).await.expect("purged"));
        assert!(!journal.purge_occurrence("O", 699).await.expect("again"));
        assert_eq!(seqs(&journal).await, [700, 701]);
        journal.drain().await;
    }

    #[tokio::test]
    async fn what_was_purged_is_new_again_and_its_place_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = journal(&folder).await;
        for n in [10, 20, 30] {
            journal.append(joined("O", n)).await.expect("appended");
        }
        journal.purge(vec![1, 2, 3, 99]).await.expect("purged");
        assert_eq!(seqs(&journal).await, [0_i64; 0]);
        assert_eq!(journal.last_issued().await.expect("a seq"), 3);
        assert_eq!(journal.append(joined("O", 20)).await, Ok(Appended::New));
        assert_eq!(seqs(&journal).await, [4]);
        journal.drain().await;
    }

    #[tokio::test]
    async fn what_is_old_ends_at_the_first_that_is_younger() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = journal(&folder).await;
        for n in [10, 20, 30, 15] {
            journal.append(joined("O", n)).await.expect("appended");
        }
        let old = async |after| {
            let old = journal.old(after, 30).await.expect("rows");
            old.into_iter().map(|event| event.seq).collect::<Vec<_>>()
        };
        assert_eq!(old(0).await, [1, 2]);
        assert_eq!(old(1).await, [2]);
        assert_eq!(old(3).await, [4]);
        journal.drain().await;
    }
}
