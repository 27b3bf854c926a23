//! Confirmed matches, the first first.

use super::{
    Error, Page, Position, Reports, Student, Window, lookup, page::id as id_part, row::timestamp,
};
use crate::store::entity::confirmed_match::{Column, Entity, Model};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::Uuid};
use std::fmt;

/// A key that a person said is a user's; `Debug` shows ids only.
#[derive(Clone, PartialEq, Eq)]
pub struct Match {
    /// What it is withdrawn by.
    pub id: Uuid,
    /// `registrant`, `customer_key`, `zoom_user`, `email` or `connection`.
    pub kind: String,
    /// The key.
    pub key: String,
    /// A registrant's meeting number, a connection's occurrence.
    pub scope: Option<String>,
    /// Whose it is.
    pub user: Student,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Match({} of {:?})", self.id, self.user)
    }
}

impl Reports {
    /// A page of confirmed matches.
    pub async fn matches(&self, window: Window) -> Result<Page<Match>, Error> {
        let after = window.after.as_ref().map(place).transpose()?;
        self.run(move |db| async move {
            let mut query = Entity::find().order_by_asc(Column::Id);
            if let Some(id) = after {
                query = query.filter(Column::Id.gt(id));
            }
            let rows = query.limit(window.limit + 1).all(&db).await?;
            let position = |row: &Model| Position(vec![row.id.to_string()]);
            let page = Page::cut(rows, window.limit, position);
            let users = page.items.iter().map(|row| row.user_id).collect();
            let users = lookup::students(&db, users).await?;
            Ok(page.map(|row| Match {
                id: row.id,
                kind: row.kind,
                key: row.key,
                scope: Some(row.scope).filter(|scope| !scope.is_empty()),
                user: lookup::named(&users, row.user_id),
                by: row.confirmed_by,
                at: timestamp(row.confirmed_at),
            }))
        })
        .await
    }
}

fn place(position: &Position) -> Result<Uuid, Error> {
    let [id] = position.parts()?;
    id_part(id)
}
