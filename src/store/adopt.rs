//! Adopting another journal: what becomes of the occurrences whose events are lost.
//!
//! They are sealed as they stand, without a seal: their rows, marks and stays stay, and are never computed again,
//! whatever becomes of the school. One that was running stays as it was seen last.

use super::{
    StoreError, audit,
    connect::Pools,
    convert::utc,
    entity::{
        dead_event,
        meeting_occurrence::{Column, Entity},
    },
    occurrences, state,
};
use crate::attendance::event::Instant;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use serde_json::json;

/// What an adoption is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The journal that the database belongs to; none before its first service.
    pub journal: Option<String>,
    /// Occurrences that would be sealed.
    pub unsealed: u64,
    /// Of these, how many have not ended.
    pub running: u64,
    /// The greatest seq of any event that the database has seen.
    pub seen: i64,
}

/// How the database stands.
pub async fn standing(db: &Pools) -> Result<Standing, StoreError> {
    let unsealed = Entity::find().filter(Column::SealedAt.is_null());
    let running = unsealed.clone().filter(Column::EndedAt.is_null());
    let applied = occurrences::furthest_applied(&db.read).await?;
    let dead: Option<Option<i64>> = dead_event::Entity::find()
        .select_only()
        .column_as(Expr::col(dead_event::Column::Seq).max(), "seen")
        .into_tuple()
        .one(&db.read)
        .await?;
    Ok(Standing {
        journal: state::get(&db.read, state::JOURNAL_ID).await?,
        unsealed: unsealed.count(&db.read).await?,
        running: running.count(&db.read).await?,
        seen: Ord::max(applied, dead.flatten().unwrap_or(0)),
    })
}

/// Has the database belong to `journal`, by the hand of `actor`, and seals what is not sealed as it stands; how many.
pub async fn adopt(
    db: &Pools,
    journal: &str,
    actor: &str,
    now: Instant,
) -> Result<u64, StoreError> {
    let transaction = db.begin().await?;
    let before = state::get(&transaction, state::JOURNAL_ID).await?;
    let sealed = Entity::update_many()
        .col_expr(Column::SealedAt, Expr::value(utc(now)))
        .col_expr(Column::DueAt, Expr::value(None::<i64>))
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .filter(Column::SealedAt.is_null())
        .exec(&transaction)
        .await?
        .rows_affected;
    state::put(&transaction, state::JOURNAL_ID, journal).await?;
    // What the journal has already is looked through again, from its beginning.
    state::put(&transaction, state::SWEEP_WATERMARK, "0").await?;
    let entry = audit::Entry {
        actor,
        action: "journal.adopted",
        target: format!("journal {journal}"),
        detail: Some(json!({ "before": before, "sealed": sealed })),
    };
    audit::record(&transaction, entry, now).await?;
    transaction.commit().await?;
    Ok(sealed)
}
