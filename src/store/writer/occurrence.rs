//! `meeting_occurrences`: raising the revision, and telling the next occurrence of a change.

use super::{
    Staged,
    put::{Conflict, put},
};
use crate::{
    attendance::{report::Neighbour, seal::Sealed},
    clock,
    store::{
        convert,
        entity::meeting_occurrence::{Column, Entity, Model},
        occurrences::{computable, near, neighbour},
        state,
    },
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, ModelTrait, QueryFilter,
    QuerySelect, sea_query::Expr,
};
use std::collections::HashMap;
use uuid::Uuid;

/// A staged occurrence that was still current, with its row before and after.
pub(super) struct Raised<'a> {
    pub(super) staged: &'a Staged,
    pub(super) before: Option<Model>,
    pub(super) row: Model,
}

/// Raises the revision of those that were judged by the school of now and by all that they may restart, and whose row is
/// still the one that they replace, and writes their rows.
pub(super) async fn raise<'a>(
    db: &DatabaseTransaction,
    all: &'a [Staged],
    restart: i64,
) -> Result<Vec<Raised<'a>>, DbErr> {
    let school = state::get_held(db, state::SCHOOL_DIGEST).await?;
    let current = |staged: &&Staged| {
        school.as_deref() == Some(&*staged.school.digest)
            && staged.neighbours.suffice(staged.report.start, restart)
    };
    let all: Vec<&Staged> = all.iter().filter(current).collect();
    let uuids = all.iter().map(|staged| &*staged.uuid);
    let rows = Entity::find()
        .filter(Column::Uuid.is_in(uuids))
        .lock_exclusive()
        .all(db)
        .await?;
    let mut rows: HashMap<String, Model> = rows
        .into_iter()
        .map(|row| (row.uuid.clone(), row))
        .collect();
    let mut raised = Vec::with_capacity(all.len());
    for staged in all {
        let before = rows.remove(&*staged.uuid);
        if before.as_ref().map(|row| (row.id, row.revision))
            == staged.basis.map(|basis| (basis.id, basis.revision))
        {
            raised.push(Raised {
                staged,
                row: row(staged, before.as_ref()),
                before,
            });
        }
    }
    let (same, other): (Vec<_>, Vec<_>) = raised.iter().partition(|r| r.is_found_as_before());
    for (some, kept) in [(same, FOUND_BY), (other, &FOUND_BY[..1])] {
        let rows: Vec<Model> = some.iter().map(|r| r.row.clone()).collect();
        let replace = Conflict::replace_but(&[Column::Uuid], kept);
        put::<Entity>(db, &rows, &replace).await?;
    }
    Ok(raised)
}

/// What an occurrence is found by, which hardly ever changes; its id never does.
const FOUND_BY: &[Column] = &[
    Column::Id,
    Column::ZoomMeetingId,
    Column::MeetingId,
    Column::ClassId,
    Column::Date,
    Column::StartedAt,
    Column::EndedAt,
];

fn row(staged: &Staged, before: Option<&Model>) -> Model {
    let report = &staged.report;
    Model {
        id: before.map_or_else(Uuid::now_v7, |row| row.id),
        uuid: staged.uuid.to_string(),
        zoom_meeting_id: staged.meeting.to_string(),
        meeting_id: report.meeting.map(|id| Uuid::from_u128(id.0)),
        class_id: report.class.map(|id| Uuid::from_u128(id.0)),
        date: convert::column_date(report.date),
        topic: report.topic.as_deref().map(Into::into),
        started_at: convert::utc(report.start),
        last_at: convert::utc(report.end_or_last()),
        ended_at: report.end.map(|(at, _)| convert::utc(at)),
        ended_by: report.end.map(|(_, by)| convert::ended_by(by).into()),
        present_after: staged.present_after,
        outside_schedule: report.outside_schedule,
        unusable: i32::try_from(report.unusable).unwrap_or(i32::MAX),
        applied_seq: staged.applied_seq,
        revision: before.map_or(1, |row| row.revision + 1),
        // A closed occurrence has no silence to wait for.
        due_at: report
            .silent_at
            .filter(|_| report.end.is_none())
            .map(|at| at.0.saturating_mul(1000)),
        sealed_at: before
            .and_then(|row| row.sealed_at)
            .or_else(|| staged.seal.as_ref().map(|_| convert::utc(clock::now()))),
    }
}

/// Marks as changed what was judged by a neighbour that is no longer so: whatever restarts an occurrence whose start, end or date
/// changed; and one of these itself, where what it restarts changed meanwhile.
pub(super) async fn mark_dependents(
    db: &DatabaseTransaction,
    raised: &[Raised<'_>],
    restart: i64,
) -> Result<(), DbErr> {
    let moved: Vec<&Raised<'_>> = raised.iter().filter(|r| r.has_moved()).collect();
    let states = moved.iter().flat_map(|r| r.before.iter().chain([&r.row]));
    let Some(earliest) = states.map(|row| row.started_at).min() else {
        return Ok(());
    };
    let since = convert::instant(earliest).plus(-restart);
    let meetings = moved.iter().map(|r| &*r.staged.meeting);
    let rows = near(meetings, since).all(db).await?;
    let mut marked: Vec<Uuid> = Vec::new();
    for r in moved {
        let others: Vec<&Model> = rows
            .iter()
            .filter(|row| *row.zoom_meeting_id == *r.staged.meeting && row.id != r.row.id)
            .collect();
        marked.extend(r.followers(&others, restart));
        if r.overlooked(&others, restart) {
            marked.push(r.row.id);
        }
    }
    if marked.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .col_expr(Column::DueAt, Expr::value(clock::now_ms()))
        .filter(Column::Id.is_in(marked))
        .filter(computable())
        .exec(db)
        .await?;
    Ok(())
}

impl Raised<'_> {
    /// What is kept of its events where this write gives them up.
    pub(super) fn seal(&self) -> Option<(Uuid, &Sealed)> {
        self.staged.seal.as_ref().map(|seal| (self.row.id, seal))
    }

    fn is_found_as_before(&self) -> bool {
        let found_by = |row: &Model| {
            FOUND_BY
                .iter()
                .map(|column| row.get(*column))
                .collect::<Vec<_>>()
        };
        let before = self.before.as_ref();
        before.is_some_and(|before| found_by(before) == found_by(&self.row))
    }

    fn has_moved(&self) -> bool {
        self.before.as_ref().map(neighbour) != Some(neighbour(&self.row))
    }

    /// Whoever restarts this one, as it is or as it was before.
    fn followers(&self, others: &[&Model], restart: i64) -> impl Iterator<Item = Uuid> {
        let states = self.before.iter().chain([&self.row]);
        let states: Vec<Neighbour> = states.map(neighbour).collect();
        let restarts = move |other: &&&Model| {
            let start = convert::instant(other.started_at);
            let mut states = states.iter();
            states.any(|state| state.is_restarted_by(&other.uuid, start, restart))
        };
        others.iter().filter(restarts).map(|other| other.id)
    }

    /// Whether those that this one restarts are not as its actor knew them.
    fn overlooked(&self, others: &[&Model], restart: i64) -> bool {
        let start = convert::instant(self.row.started_at);
        let restarted = |other: &Neighbour| other.is_restarted_by(&self.row.uuid, start, restart);
        let known = &self.staged.neighbours.known;
        let stored = others.iter().map(|other| neighbour(other));
        let stored: Vec<Neighbour> = stored.filter(restarted).collect();
        known.iter().filter(|other| restarted(other)).count() != stored.len()
            || stored.iter().any(|other| !known.contains(other))
    }
}
