//! What an actor needs to know of the stored occurrences before it can judge its own.

use super::{
    StoreError,
    connect::Pools,
    convert::{civil_date, instant, utc},
    entity::{
        meeting_occurrence::{self, Column, Model},
        occurrence_seal,
    },
    seal::{self, Kept},
};
use crate::attendance::{event::Instant, report::Neighbour};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// The stored row that an actor's next write replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The occurrence's row.
    pub id: Uuid,
    /// As loaded or last written; a write is refused where it is no longer so.
    pub revision: i64,
}

/// What is stored of one occurrence.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its row.
    pub basis: Basis,
    /// Zoom's number of its meeting.
    pub meeting: Box<str>,
    /// Its start as last written.
    pub start: Instant,
    /// The threshold that it was first judged by, seconds.
    pub present_after: i64,
    /// Every event up to it is in the projections.
    pub applied_seq: i64,
    /// What is kept of it, once its events were given up.
    pub sealed: Option<Kept>,
}

/// The stored rows of these occurrences, by uuid.
pub async fn stored(
    db: &Pools,
    uuids: &[Box<str>],
) -> Result<HashMap<Box<str>, Stored>, StoreError> {
    let rows = meeting_occurrence::Entity::find()
        .filter(Column::Uuid.is_in(texts(uuids)))
        .all(&db.read)
        .await?;
    let sealed = rows.iter().filter(|row| row.sealed_at.is_some());
    let mut seals = seal::get(&db.read, sealed.map(|row| row.id).collect()).await?;
    let mut stored = |row: Model| {
        let sealed = row.sealed_at.map(|_| Kept {
            applied_seq: row.applied_seq,
            state: seals.remove(&row.id),
        });
        let basis = Basis {
            id: row.id,
            revision: row.revision,
        };
        let meeting = row.zoom_meeting_id.into();
        (
            row.uuid.into(),
            Stored {
                basis,
                meeting,
                start: instant(row.started_at),
                present_after: row.present_after,
                applied_seq: row.applied_seq,
                sealed,
            },
        )
    };
    Ok(rows.into_iter().map(&mut stored).collect())
}

/// The other occurrences of a meeting, but those that had ended before some instant: a meeting held daily has hundreds in the end.
#[derive(Clone, Debug)]
pub struct Neighbours {
    /// Who ended before this is left out.
    pub since: Instant,
    /// In any order.
    pub known: Arc<[Neighbour]>,
}

impl Neighbours {
    /// Whether none is left out that an occurrence may restart which begins at `start`.
    pub(super) fn suffice(&self, start: Instant, restart: i64) -> bool {
        self.since <= start.plus(-restart)
    }
}

/// The stored occurrences of these meetings that had not ended before `since`, by meeting number.
pub async fn neighbours(
    db: &Pools,
    meetings: &[Box<str>],
    since: Instant,
) -> Result<HashMap<Box<str>, Vec<Neighbour>>, StoreError> {
    let rows = near(texts(meetings), since).all(&db.read).await?;
    let mut neighbours: HashMap<Box<str>, Vec<Neighbour>> = HashMap::new();
    for row in rows {
        neighbours
            .entry(row.zoom_meeting_id.as_str().into())
            .or_default()
            .push(neighbour(&row));
    }
    Ok(neighbours)
}

/// The occurrences of these meetings that had not ended before `since`.
pub(super) fn near<'a>(
    meetings: impl Iterator<Item = &'a str>,
    since: Instant,
) -> Select<meeting_occurrence::Entity> {
    meeting_occurrence::Entity::find()
        .filter(Column::ZoomMeetingId.is_in(meetings))
        .filter(Column::LastAt.gte(utc(since)))
}

/// A stored occurrence as its meeting's other occurrences see it.
pub(super) fn neighbour(row: &Model) -> Neighbour {
    Neighbour {
        uuid: row.uuid.as_str().into(),
        start: instant(row.started_at),
        last: instant(row.last_at),
        date: civil_date(row.date),
    }
}

/// How far the projections of these occurrences reach: the greatest seq applied, by uuid.
pub async fn applied(db: &Pools, uuids: &[Box<str>]) -> Result<HashMap<Box<str>, i64>, StoreError> {
    let rows: Vec<(String, i64)> = meeting_occurrence::Entity::find()
        .select_only()
        .columns([Column::Uuid, Column::AppliedSeq])
        .filter(Column::Uuid.is_in(texts(uuids)))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(uuid, seq)| (uuid.into(), seq))
        .collect())
}

/// The greatest seq that any projection contains; 0 where there is none.
pub async fn furthest_applied(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let furthest: Option<Option<i64>> = meeting_occurrence::Entity::find()
        .select_only()
        .column_as(Column::AppliedSeq.max(), "furthest")
        .into_tuple()
        .one(db)
        .await?;
    Ok(furthest.flatten().unwrap_or(0))
}

/// An occurrence whose time has come.
#[derive(Clone, Debug)]
pub struct Due {
    /// Zoom's uuid.
    pub occurrence: Box<str>,
    /// Its time, Unix milliseconds.
    at_ms: i64,
}

/// The occurrences whose time has come, the longest overdue first: those after `after`.
pub async fn due(
    db: &Pools,
    now_ms: i64,
    after: Option<Due>,
    limit: u64,
) -> Result<Vec<Due>, StoreError> {
    let mut query = meeting_occurrence::Entity::find()
        .select_only()
        .columns([Column::Uuid, Column::DueAt])
        .filter(Column::DueAt.lte(now_ms))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Uuid)
        .limit(limit);
    if let Some(after) = after {
        let same = Condition::all()
            .add(Column::DueAt.eq(after.at_ms))
            .add(Column::Uuid.gt(&*after.occurrence));
        let later = Column::DueAt.gt(after.at_ms);
        query = query.filter(Condition::any().add(later).add(same));
    }
    let rows: Vec<(String, i64)> = query.into_tuple().all(&db.read).await?;
    let due = |(occurrence, at_ms): (String, i64)| Due {
        occurrence: occurrence.into(),
        at_ms,
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Those that can be computed again: all but the ones whose events were given up without a seal.
pub(super) fn computable() -> Condition {
    let seals = occurrence_seal::Entity::find()
        .select_only()
        .column(occurrence_seal::Column::OccurrenceId)
        .into_query();
    Condition::any()
        .add(Column::SealedAt.is_null())
        .add(Column::Id.in_subquery(seals))
}

fn texts(values: &[Box<str>]) -> impl Iterator<Item = &str> {
    values.iter().map(|value| &**value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        connect::Role,
        plan::{database, step},
    };

    #[tokio::test]
    async fn neighbours_are_found_without_a_look_at_all_that_a_meeting_ever_was() {
        let (_folder, db) = database(Role::Store).await;
        for meetings in [1, 2, 200] {
            let meetings: Vec<Box<str>> = (0..meetings).map(|n| n.to_string().into()).collect();
            let step = step(&db, &near(texts(&meetings), Instant(1_791_190_800))).await;
            assert!(step.contains("(zoom_meeting_id=? AND last_at>?)"), "{step}");
        }
    }
}
