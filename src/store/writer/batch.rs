//! One transaction of the shared writer, step by step.

use super::{Settings, Staged, Written, lesson, meeting, occurrence, people};
use crate::{
    clock, fault,
    store::{connect::Pools, dead, entity::meeting_occurrence::Model, occurrences::Basis, seal},
};
use sea_orm::DbErr;

/// Writes what is still current of `all`, and answers for each.
pub(super) async fn commit(
    db: &Pools,
    settings: Settings,
    all: &[Staged],
) -> Result<Vec<Written>, DbErr> {
    let transaction = db.begin().await?;
    for staged in all {
        fault::point("writer", &staged.uuid, |_| true);
    }
    let raised = occurrence::raise(&transaction, all, settings.restart).await?;
    let seals = raised.iter().filter_map(occurrence::Raised::seal);
    seal::put(&transaction, seals).await?;
    let revived = raised.iter().flat_map(|r| &r.staged.revived).copied();
    dead::revive(&transaction, &revived.collect::<Vec<_>>()).await?;
    people::write(&transaction, &raised).await?;
    lesson::write(&transaction, &raised, clock::now(), settings.settle).await?;
    meeting::write_status(&transaction, &raised).await?;
    occurrence::mark_dependents(&transaction, &raised, settings.restart).await?;
    transaction.commit().await?;
    let ended = raised.iter().filter(|r| r.ends()).count();
    metrics::counter!("rollcall_attendance_finalized_total").increment(ended as u64);
    let current = |staged: &Staged| raised.iter().find(|r| r.staged.uuid == staged.uuid);
    let written =
        |staged| current(staged).map_or(Written::Stale, |r| Written::Committed(r.basis()));
    Ok(all.iter().map(written).collect())
}

impl occurrence::Raised<'_> {
    /// Whether it had not ended before, as far as the rows said.
    fn ends(&self) -> bool {
        let ended = |row: &Model| row.ended_at.is_some();
        ended(&self.row) && !self.before.as_ref().is_some_and(ended)
    }

    fn basis(&self) -> Basis {
        Basis {
            id: self.row.id,
            revision: self.row.revision,
        }
    }
}
