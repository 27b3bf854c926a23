//! Retention: which occurrences may be sealed, and what of them the journal still has to give up.
//!
//! Nothing is deleted here but the debt: an occurrence's rows, marks and stays are the school's records.

use super::{
    StoreError,
    connect::Pools,
    convert::utc,
    entity::{
        dead_event,
        meeting_occurrence::{Column, Entity},
        occurrence_seal,
    },
};
use crate::attendance::event::Instant;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// An occurrence that may be old enough.
#[derive(Clone, Debug)]
pub struct Old {
    /// Its row.
    pub id: Uuid,
    /// Zoom's uuid.
    pub uuid: Box<str>,
}

/// A sealed occurrence whose events the journal may still have.
#[derive(Clone, Debug)]
pub struct Unpurged {
    /// Its row.
    pub id: Uuid,
    /// Zoom's uuid.
    pub uuid: Box<str>,
    /// Its events up to this seq are in the seal.
    pub applied_seq: i64,
}

/// How an occurrence stands to its journaled events.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Every event up to it is in the projections.
    pub applied_seq: i64,
    /// It is never folded again.
    pub sealed: bool,
}

/// The next unsealed occurrences that ended before `ended_before` and wait for nothing, in order of id.
pub async fn sealable(
    db: &Pools,
    ended_before: Instant,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Old>, StoreError> {
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Uuid])
        .filter(Column::SealedAt.is_null())
        .filter(Column::DueAt.is_null())
        .filter(Column::EndedAt.lt(utc(ended_before)))
        .filter(Column::Id.gt(after.unwrap_or_default()))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(&db.read)
        .await?;
    let old = |(id, uuid): (Uuid, String)| Old {
        id,
        uuid: uuid.into(),
    };
    Ok(rows.into_iter().map(old).collect())
}

/// Some of the sealed occurrences whose events are not known to be gone from the journal.
pub async fn unpurged(db: &Pools, limit: u64) -> Result<Vec<Unpurged>, StoreError> {
    let ids: Vec<Uuid> = occurrence_seal::Entity::find()
        .select_only()
        .column(occurrence_seal::Column::OccurrenceId)
        .filter(Expr::cust("NOT purged")) // as the index says it
        .order_by_asc(occurrence_seal::Column::OccurrenceId)
        .limit(limit)
        .into_tuple()
        .all(&db.read)
        .await?;
    let rows: Vec<(Uuid, String, i64)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Uuid, Column::AppliedSeq])
        .filter(Column::Id.is_in(ids))
        .into_tuple()
        .all(&db.read)
        .await?;
    let unpurged = |(id, uuid, applied_seq): (Uuid, String, i64)| Unpurged {
        id,
        uuid: uuid.into(),
        applied_seq,
    };
    Ok(rows.into_iter().map(unpurged).collect())
}

/// Notes that the journal has no events of these any more.
pub async fn mark_purged(db: &Pools, ids: Vec<Uuid>) -> Result<(), StoreError> {
    occurrence_seal::Entity::update_many()
        .col_expr(occurrence_seal::Column::Purged, Expr::value(true))
        .filter(occurrence_seal::Column::OccurrenceId.is_in(ids))
        .exec(&db.write)
        .await?;
    Ok(())
}

/// How these occurrences stand; those that do not exist are left out.
pub async fn standings<'a>(
    db: &Pools,
    uuids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<Box<str>, Standing>, StoreError> {
    let rows: Vec<(String, i64, bool)> = Entity::find()
        .select_only()
        .columns([Column::Uuid, Column::AppliedSeq])
        .column_as(Column::SealedAt.is_not_null(), "sealed")
        .filter(Column::Uuid.is_in(uuids))
        .into_tuple()
        .all(&db.read)
        .await?;
    let standing = |(uuid, applied_seq, sealed): (String, i64, bool)| {
        let standing = Standing {
            applied_seq,
            sealed,
        };
        (uuid.into(), standing)
    };
    Ok(rows.into_iter().map(standing).collect())
}

/// Which of these events are listed as dead.
pub async fn dead(db: &Pools, seqs: impl Iterator<Item = i64>) -> Result<HashSet<i64>, StoreError> {
    let seqs: Vec<i64> = dead_event::Entity::find()
        .select_only()
        .column(dead_event::Column::Seq)
        .filter(dead_event::Column::Seq.is_in(seqs))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(seqs.into_iter().collect())
}
