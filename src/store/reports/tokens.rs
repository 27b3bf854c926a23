//! The named tokens of the operators' listener, revoked ones included, the oldest first. Nothing that opens anything.

use super::{Error, Page, Position, Reports, Window, page::id, row::timestamp};
use crate::store::entity::access_token::{Column, Entity, Model};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid};

/// A named token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its row.
    pub id: Uuid,
    /// Whose it is.
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

impl Reports {
    /// A page of tokens.
    pub async fn tokens(&self, window: Window) -> Result<Page<Token>, Error> {
        let after = window.after.as_ref().map(place).transpose()?;
        self.run(|read| async move {
            let mut query = Entity::find().order_by_asc(Column::Id);
            if let Some(id) = after {
                query = query.filter(Column::Id.gt(id));
            }
            let rows = query.limit(window.limit + 1).all(&read).await?;
            let rows = rows.into_iter().map(token).collect();
            let position = |token: &Token| Position(vec![token.id.to_string()]);
            Ok(Page::cut(rows, window.limit, position))
        })
        .await
    }
}

fn place(position: &Position) -> Result<Uuid, Error> {
    let [row] = position.parts()?;
    id(row)
}

fn token(row: Model) -> Token {
    Token {
        id: row.id,
        name: row.name,
        role: row.role,
        created_at: timestamp(row.created_at),
        created_by: row.created_by,
        revoked_at: row.revoked_at.map(timestamp),
    }
}
