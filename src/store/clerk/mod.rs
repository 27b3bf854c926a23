//! What people change by hand: marks ([`mod@marks`]) and matches ([`mod@matches`]). Each change is one transaction and leaves an
//! audit event, with ids alone in it.

mod marks;
mod matches;

pub use crate::attendance::lesson::{Status, may_have_been};
pub use marks::{Lesson, Marked, NewMark, Withdrawn};
pub use matches::{Confirmed, Identity, Match};

use super::{StoreError, connect::Pools, convert, entity::audit_event, error::within};
use crate::{attendance::event::Instant, clock};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, prelude::Json};
use std::time::Duration;
use tokio::runtime::Handle;
use uuid::Uuid;

/// Changes on behalf of whoever has no database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clerk {
    db: Pools,
    patience: Duration,
    settle: i64,
    runtime: Handle,
}

impl Clerk {
    /// Writes through `db`, on `runtime`, the one that opened it, and waits for at most `patience`; marks are final
    /// `settle` seconds after the end of their lesson.
    pub fn new(db: Pools, patience: Duration, settle: i64, runtime: Handle) -> Self {
        Self {
            db,
            patience,
            settle,
            runtime,
        }
    }

    /// Runs one change on the database's runtime.
    async fn run<T, F>(&self, change: impl FnOnce(Pools) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, DbErr>> + Send + 'static,
        T: Send + 'static,
    {
        let (change, patience) = (change(self.db.clone()), self.patience);
        let task = self.runtime.spawn(within(patience, change));
        task.await.unwrap_or(Err(StoreError::Panicked))
    }
}

/// Notes that `actor` did `action` to `target`.
async fn audit(
    db: &DatabaseTransaction,
    (actor, action): (&str, &str),
    target: String,
    detail: Json,
    now: Instant,
) -> Result<(), DbErr> {
    let entry = audit_event::Model {
        id: Uuid::now_v7(),
        at: convert::utc(now),
        actor: actor.into(),
        action: action.into(),
        target,
        detail: Some(detail),
    };
    audit_event::Entity::insert(entry.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The time of a change.
fn now() -> Instant {
    clock::now()
}
