//! `audit_events`: who changed what. Written in the transaction of the change itself.

use super::{convert::utc, entity::audit_event};
use crate::attendance::event::Instant;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, prelude::Json};
use uuid::Uuid;

/// A change.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Who.
    pub actor: &'a str,
    /// What, such as `token.revoked`.
    pub action: &'static str,
    /// On what: ids and names of tokens, no people.
    pub target: String,
    /// Before and after; no personal data beyond ids.
    pub detail: Option<Json>,
}

/// Records a change made at `now`.
pub async fn record(
    db: &impl ConnectionTrait,
    entry: Entry<'_>,
    now: Instant,
) -> Result<(), DbErr> {
    let row = audit_event::Model {
        id: Uuid::now_v7(),
        at: utc(now),
        actor: entry.actor.to_owned(),
        action: entry.action.to_owned(),
        target: entry.target,
        detail: entry.detail,
    };
    audit_event::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}
