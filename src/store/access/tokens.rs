//! Named tokens: made, listed, revoked. Each change leaves an audit event.

use super::{Digest, Name, Role};
use crate::{
    attendance::event::Instant,
    store::{
        StoreError, audit,
        connect::Pools,
        convert::{instant, utc},
        entity::{
            access_session as session,
            access_token::{self, Column, Entity},
        },
    },
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::json;
use uuid::Uuid;

/// A token as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whose it is.
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// When it was made.
    pub created: Instant,
    /// Who made it.
    pub created_by: String,
    /// Since when it opens nothing.
    pub revoked: Option<Instant>,
}

/// Makes a token that opens what `role` may, at `now` by the hand of `actor`; false where an active one has the name.
pub async fn create(
    db: &Pools,
    (name, role, digest): (&Name, Role, Digest),
    actor: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let transaction = db.begin().await?;
    let taken = active(name).one(&transaction).await?.is_some();
    if taken {
        return Ok(false);
    }
    let row = access_token::Model {
        id: Uuid::now_v7(),
        name: name.to_string(),
        role: role.to_string(),
        token_sha256: digest.to_hex(),
        created_at: utc(now),
        created_by: actor.to_owned(),
        revoked_at: None,
    };
    let entry = audit::Entry {
        actor,
        action: "token.created",
        target: format!("token {name}"),
        detail: Some(json!({ "id": row.id, "role": role.as_str() })),
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(&transaction)
        .await?;
    audit::record(&transaction, entry, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Revokes the active token of this name, at `now` by the hand of `actor`, and ends its sessions; false where there is none.
pub async fn revoke(
    db: &Pools,
    name: &Name,
    actor: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let transaction = db.begin().await?;
    let Some(token) = active(name).one(&transaction).await? else {
        return Ok(false);
    };
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(utc(now)))
        .filter(Column::Id.eq(token.id))
        .exec(&transaction)
        .await?;
    let ended = session::Entity::delete_many()
        .filter(session::Column::Holder.eq(token.id.to_string()))
        .exec(&transaction)
        .await?;
    let entry = audit::Entry {
        actor,
        action: "token.revoked",
        target: format!("token {name}"),
        detail: Some(json!({ "id": token.id, "sessions": ended.rows_affected })),
    };
    audit::record(&transaction, entry, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Every token that there ever was, by name, the oldest of a name first.
pub async fn list(db: &Pools) -> Result<Vec<Listed>, StoreError> {
    let rows = Entity::find()
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().map(listed).collect())
}

fn active(name: &Name) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::Name.eq(name.as_str()))
        .filter(Column::RevokedAt.is_null())
}

fn listed(row: access_token::Model) -> Listed {
    Listed {
        name: row.name,
        role: row.role,
        created: instant(row.created_at),
        created_by: row.created_by,
        revoked: row.revoked_at.map(instant),
    }
}
