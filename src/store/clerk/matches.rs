//! Confirmed matches: remembered under a person's keys, and withdrawn.
//!
//! In one transaction with the match its fingerprint becomes part of the school's, from when on the writer refuses what
//! was judged without it; and the occurrences that it may touch are due: those of a registrant's meeting, the one of a
//! connection, for any other key all.

use super::{Clerk, audit, now};
use crate::{
    attendance::{
        confirmed::{Key, KeyKind},
        event::Instant,
    },
    store::{
        StoreError,
        convert::{self, utc},
        entity::{
            confirmed_match::{self, Column, Entity, Model},
            meeting_occurrence, user,
        },
        occurrences, school, state,
    },
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;
use uuid::Uuid;

/// By what a person of an occurrence is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By these keys, at least one.
    Keys(Vec<Key>),
    /// There is no such occurrence.
    NoOccurrence,
    /// It has no such person.
    NoPerson,
    /// Its events were given up without a seal: it stays as it is.
    GivenUp,
}

/// A key that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What it is withdrawn by.
    pub id: Uuid,
    /// `registrant`, `customer_key`, `zoom_user`, `email` or `connection`.
    pub kind: String,
}

/// What became of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// These are the user's now, or were before.
    Yes(Vec<Match>),
    /// There is no such user.
    NoUser,
}

impl Clerk {
    /// Lets `keys` of a person seen in `occurrence` be `user`'s, by the hand of `by`.
    pub async fn confirm(
        &self,
        keys: Vec<Key>,
        user: Uuid,
        occurrence: &str,
        by: &str,
    ) -> Result<Confirmed, StoreError> {
        let (occurrence, by) = (occurrence.to_owned(), by.to_owned());
        self.run(move |db| async move {
            let transaction = db.begin().await?;
            let digest = state::get_locked(&transaction, state::SCHOOL_DIGEST).await?;
            if user::Entity::find_by_id(user)
                .one(&transaction)
                .await?
                .is_none()
            {
                return Ok(Confirmed::NoUser);
            }
            let mut matches = Vec::with_capacity(keys.len());
            for key in &keys {
                matches.push(remember(&transaction, key, (user, &occurrence, &by), now()).await?);
            }
            follow(&transaction, digest, &keys).await?;
            transaction.commit().await?;
            Ok(Confirmed::Yes(matches))
        })
        .await
    }

    /// Forgets a match; false where there is none.
    pub async fn withdraw_match(&self, id: Uuid, by: &str) -> Result<bool, StoreError> {
        let by = by.to_owned();
        self.run(move |db| async move {
            let transaction = db.begin().await?;
            let digest = state::get_locked(&transaction, state::SCHOOL_DIGEST).await?;
            let Some(row) = Entity::find_by_id(id).one(&transaction).await? else {
                return Ok(false);
            };
            Entity::delete_by_id(id).exec(&transaction).await?;
            let target = format!("match {id} user {}", row.user_id);
            let detail = json!({ "kind": row.kind });
            let deed = (&*by, "match.withdrawn");
            audit(&transaction, deed, target, detail, now()).await?;
            let kind = convert::key_kind_from(&row.kind).unwrap_or(KeyKind::Email);
            let (scope, value) = (row.scope.into(), row.key.into());
            follow(&transaction, digest, &[Key { kind, scope, value }]).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// Writes one key down, whoever's it was before.
async fn remember(
    db: &DatabaseTransaction,
    key: &Key,
    (user, occurrence, by): (Uuid, &str, &str),
    now: Instant,
) -> Result<Match, DbErr> {
    let kind = convert::key_kind(key.kind);
    let known = Entity::find()
        .filter(Column::Kind.eq(kind))
        .filter(Column::Scope.eq(&*key.scope))
        .filter(Column::Key.eq(&*key.value))
        .one(db)
        .await?;
    let id = known.as_ref().map_or_else(Uuid::now_v7, |known| known.id);
    let made = Match {
        id,
        kind: kind.into(),
    };
    let before = known.map(|known| known.user_id);
    if before == Some(user) {
        return Ok(made);
    }
    let row = Model {
        id,
        kind: kind.into(),
        scope: key.scope.to_string(),
        key: key.value.to_string(),
        user_id: user,
        confirmed_by: by.into(),
        confirmed_at: utc(now),
    };
    let newer = OnConflict::column(Column::Id)
        .update_columns([Column::UserId, Column::ConfirmedBy, Column::ConfirmedAt])
        .to_owned();
    Entity::insert(row.into_active_model())
        .on_conflict(newer)
        .exec_without_returning(db)
        .await?;
    let target = format!("match {id} user {user} occurrence {occurrence}");
    let detail = json!({ "kind": kind, "before": before });
    audit(db, (by, "match.confirmed"), target, detail, now).await?;
    Ok(made)
}

/// Lets everything that is computed follow what was confirmed or withdrawn of these keys. `digest` is the school's so far, none
/// before the first service.
async fn follow(
    db: &DatabaseTransaction,
    digest: Option<String>,
    keys: &[Key],
) -> Result<(), DbErr> {
    use meeting_occurrence::Column as Occurrence;
    let Some(digest) = digest else { return Ok(()) };
    let rows = confirmed_match::Entity::find().all(db).await?;
    let confirmed = school::digest_confirmed(&rows);
    let after = school::with_confirmed(&digest, confirmed.as_deref());
    if after == digest {
        return Ok(());
    }
    state::put(db, state::SCHOOL_DIGEST, &after).await?;
    state::raise_version(db).await?;
    let touched = |key: &Key| match key.kind {
        KeyKind::Registrant => Condition::all().add(Occurrence::ZoomMeetingId.eq(&*key.scope)),
        KeyKind::Connection => Condition::all().add(Occurrence::Uuid.eq(&*key.scope)),
        KeyKind::CustomerKey | KeyKind::ZoomUser | KeyKind::Email => {
            Condition::all().add(Expr::value(true))
        }
    };
    let touched = keys.iter().map(touched);
    meeting_occurrence::Entity::update_many()
        .col_expr(Occurrence::Revision, Expr::col(Occurrence::Revision).add(1))
        .col_expr(Occurrence::DueAt, Expr::value(crate::clock::now_ms()))
        .filter(occurrences::computable())
        .filter(touched.fold(Condition::any(), Condition::add))
        .exec(db)
        .await?;
    Ok(())
}
