//! `dead_events`: what could not be applied, and giving it back to its occurrence.
//!
//! A dead event stays in the journal; loading leaves it out, so that its meeting goes on without it. Redriving gives it
//! back: in one transaction the row is marked, the occurrence's `applied_seq` is set back before it, and its revision is raised; the
//! sweep wakes its actor, and the very write that applies the event removes the row. If it dies again the row says so.

use super::{
    StoreError, audit,
    connect::Pools,
    convert::utc,
    entity::{
        dead_event::{ActiveModel, Column, Entity, Model},
        meeting_occurrence,
    },
    error::within,
};
use crate::attendance::event::Instant;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::runtime::Handle;

/// Why an event is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It could not be read back from the journal.
    Read,
    /// Taking it into its occurrence's state failed.
    Fold,
    /// With it in the state, the occurrence could not be judged.
    Report,
    /// It came after its occurrence had been sealed.
    Sealed,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Read, Self::Fold, Self::Report, Self::Sealed];

    /// As the table and the metrics spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Fold => "fold",
            Self::Report => "report",
            Self::Sealed => "sealed",
        }
    }
}

/// An event that could not be applied.
#[derive(Clone, Debug)]
pub struct Dead {
    /// Its place in the journal.
    pub seq: i64,
    /// Zoom's uuid of its occurrence.
    pub occurrence: Box<str>,
    /// Zoom's number of its meeting; `""` if unknown.
    pub meeting: Box<str>,
    /// What kind of event.
    pub kind: &'static str,
    /// Why.
    pub reason: Reason,
    /// When it arrived.
    pub arrival: Instant,
}

/// What became of a wish to redrive an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redriven {
    /// Its occurrence will try it again.
    Yes,
    /// It already was, and has not been tried since.
    Already,
    /// There is no such dead event.
    Unknown,
    /// Its occurrence is sealed: nothing is folded into it again.
    Sealed,
}

/// Redrives on behalf of whoever has no database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Redriver {
    db: Pools,
    patience: Duration,
    runtime: Handle,
}

impl Redriver {
    /// Writes through `db`, on `runtime`, the one that opened it, and waits for at most `patience`.
    pub fn new(db: Pools, patience: Duration, runtime: Handle) -> Self {
        Self {
            db,
            patience,
            runtime,
        }
    }

    /// As [`redrive`].
    pub async fn redrive(
        &self,
        seq: i64,
        actor: &str,
        now_ms: i64,
    ) -> Result<Redriven, StoreError> {
        let (db, patience, actor) = (self.db.clone(), self.patience, actor.to_owned());
        let task = self
            .runtime
            .spawn(async move { within(patience, redrive(&db, seq, &actor, now_ms)).await });
        task.await.unwrap_or(Err(StoreError::Panicked))
    }
}

/// Rows a statement.
const CHUNK: usize = 500;

/// Records these as dead at `now`; one that was dead before has been tried once more.
pub async fn bury(db: &Pools, dead: &[Dead], now: Instant) -> Result<(), StoreError> {
    let transaction = db.begin().await?;
    for chunk in dead.chunks(CHUNK) {
        let again = OnConflict::column(Column::Seq)
            .update_columns([Column::Reason, Column::DiedAt, Column::Redriven])
            .value(
                Column::Attempts,
                Expr::col((Entity, Column::Attempts)).add(1),
            )
            .to_owned();
        Entity::insert_many(chunk.iter().map(|dead| row(dead, now)))
            .on_conflict(again)
            .exec_without_returning(&transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn row(dead: &Dead, now: Instant) -> ActiveModel {
    let model = Model {
        seq: dead.seq,
        occurrence: dead.occurrence.to_string(),
        meeting: dead.meeting.to_string(),
        kind: dead.kind.to_owned(),
        reason: dead.reason.as_str().to_owned(),
        attempts: 1,
        received_at: utc(dead.arrival),
        died_at: utc(now),
        redriven: false,
    };
    model.into_active_model()
}

/// How an occurrence's dead events stand.
#[derive(Debug, Default)]
pub struct Standing {
    /// The places of those that are to be left out.
    pub left_out: HashSet<i64>,
    /// By occurrence, the places of those that were given back.
    pub given_back: HashMap<Box<str>, Vec<i64>>,
}

/// How the dead events of these occurrences stand.
pub async fn standing(db: &Pools, occurrences: &[Box<str>]) -> Result<Standing, StoreError> {
    let rows: Vec<(i64, String, bool)> = Entity::find()
        .select_only()
        .columns([Column::Seq, Column::Occurrence, Column::Redriven])
        .filter(Column::Occurrence.is_in(occurrences.iter().map(|uuid| &**uuid)))
        .into_tuple()
        .all(&db.read)
        .await?;
    let mut standing = Standing::default();
    for (seq, occurrence, redriven) in rows {
        if redriven {
            let given_back = standing.given_back.entry(occurrence.into());
            given_back.or_default().push(seq);
        } else {
            standing.left_out.insert(seq);
        }
    }
    Ok(standing)
}

/// The places of all that can be redriven, the first first.
pub async fn redrivable(db: &Pools) -> Result<Vec<i64>, StoreError> {
    let sealed = meeting_occurrence::Entity::find()
        .select_only()
        .column(meeting_occurrence::Column::Uuid)
        .filter(meeting_occurrence::Column::SealedAt.is_not_null());
    let seqs = Entity::find()
        .select_only()
        .column(Column::Seq)
        .filter(Column::Redriven.eq(false))
        .filter(Column::Occurrence.not_in_subquery(sealed.into_query()))
        .order_by_asc(Column::Seq)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(seqs)
}

/// How many are dead, by reason as the table spells it.
pub async fn count(db: &Pools) -> Result<HashMap<String, i64>, StoreError> {
    let counts: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Reason)
        .column_as(Column::Seq.count(), "events")
        .filter(Column::Redriven.eq(false))
        .group_by(Column::Reason)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(counts.into_iter().collect())
}

/// Occurrences that have events to try again, at most `limit`.
pub async fn to_retry(db: &Pools, limit: u64) -> Result<Vec<Box<str>>, StoreError> {
    let occurrences: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Occurrence)
        .distinct()
        .filter(Column::Redriven.eq(true))
        .limit(limit)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(occurrences.into_iter().map(Into::into).collect())
}

/// Removes the rows of events that were given back and are applied now.
pub async fn revive(db: &impl ConnectionTrait, seqs: &[i64]) -> Result<(), DbErr> {
    for chunk in seqs.chunks(CHUNK) {
        Entity::delete_many()
            .filter(Column::Seq.is_in(chunk.iter().copied()))
            .filter(Column::Redriven.eq(true))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Gives a dead event back to its occurrence, by the hand of `actor`.
pub async fn redrive(
    db: &Pools,
    seq: i64,
    actor: &str,
    now_ms: i64,
) -> Result<Redriven, StoreError> {
    let transaction = db.begin().await?;
    let row = Entity::find_by_id(seq)
        .lock_exclusive()
        .one(&transaction)
        .await?;
    let Some(row) = row else {
        return Ok(Redriven::Unknown);
    };
    if row.redriven {
        return Ok(Redriven::Already);
    }
    let occurrence = meeting_occurrence::Entity::find()
        .filter(meeting_occurrence::Column::Uuid.eq(row.occurrence.as_str()))
        .lock_exclusive()
        .one(&transaction)
        .await?;
    if occurrence.is_some_and(|occurrence| occurrence.sealed_at.is_some()) {
        return Ok(Redriven::Sealed);
    }
    give_back(&transaction, &row, now_ms).await?;
    note(&transaction, &row, actor, now_ms).await?;
    transaction.commit().await?;
    Ok(Redriven::Yes)
}

async fn give_back(db: &DatabaseTransaction, row: &Model, now_ms: i64) -> Result<(), DbErr> {
    use meeting_occurrence::Column as Occurrence;
    Entity::update_many()
        .col_expr(Column::Redriven, Expr::value(true))
        .filter(Column::Seq.eq(row.seq))
        .exec(db)
        .await?;
    let before = row.seq - 1;
    let applied = Expr::col(Occurrence::AppliedSeq);
    let set_back = Expr::case(applied.clone().gt(before), before).finally(applied);
    meeting_occurrence::Entity::update_many()
        .col_expr(Occurrence::AppliedSeq, set_back.into())
        .col_expr(Occurrence::Revision, Expr::col(Occurrence::Revision).add(1))
        .col_expr(Occurrence::DueAt, Expr::value(now_ms))
        .filter(Occurrence::Uuid.eq(row.occurrence.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

async fn note(
    db: &DatabaseTransaction,
    row: &Model,
    actor: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    let entry = audit::Entry {
        actor,
        action: "dead_event.redriven",
        target: format!("event {} occurrence {}", row.seq, row.occurrence),
        detail: Some(json!({ "reason": row.reason, "attempts": row.attempts })),
    };
    audit::record(db, entry, Instant(now_ms.div_euclid(1000))).await
}
