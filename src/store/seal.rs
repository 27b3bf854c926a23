//! `occurrence_seals`: the state of an occurrence whose events may go, in its stored form.
//!
//! The form is a compact JSON with a version in front; here is the only place that knows it. Its fields are named by
//! single letters, because a giant meeting has thousands of them. A seal that cannot be read (a newer release wrote it)
//! leaves its occurrence as its rows tell it.

mod form;

use super::{
    StoreError,
    entity::occurrence_seal::{ActiveModel, Column, Entity},
};
use crate::attendance::{occurrence::Occurrence, seal::Sealed};
use form::Form;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, QuerySelect, sea_query::OnConflict,
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// What is kept of a sealed occurrence.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Every journaled event up to it is in the seal, or was given up.
    pub applied_seq: i64,
    /// What its events said; none where they were given up without a seal. Such an occurrence stays as its rows tell it.
    pub state: Option<Occurrence>,
}

/// Seals a statement.
const CHUNK: usize = 50;

/// Keeps these seals.
pub(super) async fn put(
    db: &DatabaseTransaction,
    seals: impl Iterator<Item = (Uuid, &Sealed)>,
) -> Result<(), DbErr> {
    let rows: Vec<ActiveModel> = seals
        .map(|(id, sealed)| ActiveModel {
            occurrence_id: Set(id),
            state: Set(write(sealed)),
            purged: Set(false),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let newer = OnConflict::column(Column::OccurrenceId)
            .update_columns([Column::State, Column::Purged])
            .to_owned();
        Entity::insert_many(chunk.to_vec())
            .on_conflict(newer)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The states of these sealed occurrences. Those that have none, or one that cannot be read, are left out.
pub(super) async fn get(
    db: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Occurrence>, StoreError> {
    let mut states = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(Uuid, Value)> = Entity::find()
            .select_only()
            .columns([Column::OccurrenceId, Column::State])
            .filter(Column::OccurrenceId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (id, state) in rows {
            if let Some(sealed) = read(state) {
                states.insert(id, Occurrence::unseal(sealed));
            } else {
                tracing::error!(
                    occurrence.id = %id,
                    "seal cannot be read: the occurrence stays as its rows tell it"
                );
            }
        }
    }
    Ok(states)
}

/// The stored form.
fn write(sealed: &Sealed) -> Value {
    serde_json::to_value(Form::from(sealed)).unwrap_or_default() // text keys and numbers always are JSON
}

/// Back from the stored form; none where this release does not understand it.
fn read(state: Value) -> Option<Sealed> {
    let version = state.get("v").and_then(Value::as_u64);
    let form: Option<Form> = serde_json::from_value(state).ok();
    form.filter(|_| version == Some(form::VERSION))
        .map(Sealed::from)
}

#[cfg(test)]
mod tests;
