//! From the names that callers use to rows, and from a page's ids to the names that it shows.

use super::{
    Error,
    row::{Class, Student},
};
use crate::store::entity::{class, user};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, prelude::Uuid,
};
use std::collections::{BTreeSet, HashMap};

/// Whether a column can hold this text: PostgreSQL knows no U+0000. What none can hold, none is called.
pub(super) fn can_be(text: &str) -> bool {
    !text.contains('\0')
}

/// The classes that `name` may mean: the one with that id, else those with that `sourced_id`. (OneRoster's ids are
/// often UUIDs themselves.)
pub(super) async fn classes(db: &impl ConnectionTrait, name: &str) -> Result<Vec<Uuid>, Error> {
    if !can_be(name) {
        return Ok(Vec::new());
    }
    let id = Uuid::try_parse(name).ok();
    let named = Condition::any()
        .add(class::Column::SourcedId.eq(name))
        .add_option(id.map(|id| class::Column::Id.eq(id)));
    let query = class::Entity::find().select_only();
    let query = query.column(class::Column::Id).filter(named);
    Ok(prefer(id, query.into_tuple().all(db).await?))
}

/// The users that `name` may mean, in the same way; an e-mail means nobody.
pub(super) async fn users(db: &impl ConnectionTrait, name: &str) -> Result<Vec<Uuid>, Error> {
    if !can_be(name) {
        return Ok(Vec::new());
    }
    let id = Uuid::try_parse(name).ok();
    let named = Condition::any()
        .add(user::Column::SourcedId.eq(name))
        .add_option(id.map(|id| user::Column::Id.eq(id)));
    let query = user::Entity::find().select_only();
    let query = query.column(user::Column::Id).filter(named);
    Ok(prefer(id, query.into_tuple().all(db).await?))
}

/// Classes by id.
pub(super) async fn class_names(
    db: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, Class>, Error> {
    let query = class::Entity::find().filter(class::Column::Id.is_in(ids));
    let rows: Vec<Class> = query.into_partial_model().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Students by id.
pub(super) async fn students(
    db: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, Student>, Error> {
    let query = user::Entity::find().filter(user::Column::Id.is_in(ids));
    let rows: Vec<Student> = query.into_partial_model().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A row that can be shown by its id alone.
pub(super) trait Named: Clone {
    /// What is shown where a table that another hand made refers to nothing.
    fn nameless(id: Uuid) -> Self;
}

/// What `id` stands for.
pub(super) fn named<T: Named>(found: &HashMap<Uuid, T>, id: Uuid) -> T {
    found.get(&id).cloned().unwrap_or_else(|| T::nameless(id))
}

impl Named for Class {
    fn nameless(id: Uuid) -> Self {
        Self {
            id,
            sourced_id: None,
            name: String::new(),
        }
    }
}

impl Named for Student {
    fn nameless(id: Uuid) -> Self {
        Self {
            id,
            sourced_id: None,
            email: None,
            full_name: String::new(),
        }
    }
}

fn prefer(id: Option<Uuid>, found: Vec<Uuid>) -> Vec<Uuid> {
    match id {
        Some(id) if found.contains(&id) => vec![id],
        _ => found,
    }
}
