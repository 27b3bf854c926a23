//! Occurrences, the latest start first.

use super::{
    Error, Page, Position, Reports, Run, Window, lookup,
    occurrence::furnish,
    page::instant,
    row::{from_date, timestamp},
};
use crate::{
    clock,
    store::entity::meeting_occurrence::{Column, Entity},
};
use jiff::civil::Date;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Which occurrences: all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct Occurrences {
    /// Whether they run.
    pub running: Option<bool>,
    /// A class's id or `sourced_id`.
    pub class: Option<String>,
    /// The date that they count for.
    pub date: Option<Date>,
    /// Whether they are wholly outside the scheduled time of day.
    pub outside_schedule: Option<bool>,
}

impl Reports {
    /// A page of occurrences.
    pub async fn occurrences(
        &self,
        which: Occurrences,
        window: Window,
    ) -> Result<Page<Run>, Error> {
        let (settle, now) = (self.settle, clock::now());
        self.run(move |db| async move {
            let mut wanted = filter(&db, &which).await?;
            if let Some(after) = &window.after {
                wanted = wanted.add(beyond(after)?);
            }
            let rows = Entity::find()
                .filter(wanted)
                .order_by_desc(Column::StartedAt)
                .order_by_asc(Column::Uuid)
                .limit(window.limit + 1)
                .all(&db)
                .await?;
            let page = Page::cut(rows, window.limit, |row| {
                let started_at = timestamp(row.started_at).to_string();
                Position(vec![started_at, row.uuid.clone()])
            });
            let next = page.next;
            let items = furnish(&db, page.items, settle, now).await?;
            Ok(Page { items, next })
        })
        .await
    }
}

async fn filter(db: &impl ConnectionTrait, which: &Occurrences) -> Result<Condition, Error> {
    let ended = which.running.map(|running| {
        if running {
            Column::EndedAt.is_null()
        } else {
            Column::EndedAt.is_not_null()
        }
    });
    let outside = which.outside_schedule;
    let mut wanted = Condition::all()
        .add_option(ended)
        .add_option(which.date.map(|date| Column::Date.eq(from_date(date))))
        .add_option(outside.map(|outside| Column::OutsideSchedule.eq(outside)));
    if let Some(class) = &which.class {
        wanted = wanted.add(Column::ClassId.is_in(lookup::classes(db, class).await?));
    }
    Ok(wanted)
}

/// What stands after `position`.
fn beyond(position: &Position) -> Result<Condition, Error> {
    let [started_at, uuid] = position.parts()?;
    let started_at = instant(started_at)?;
    let same = Condition::all()
        .add(Column::StartedAt.eq(started_at))
        .add(Column::Uuid.gt(uuid));
    Ok(Condition::any()
        .add(Column::StartedAt.lt(started_at))
        .add(same))
}
