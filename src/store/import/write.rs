//! The statements of a plan, many rows each.

use super::{
    draft::{Changes, Keyed},
    plan::Plan,
};
use crate::store::entity::{class, class_student, meeting_registrant, user, zoom_meeting};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, prelude::Uuid, sea_query::OnConflict,
};

/// Rows a statement: 14 columns stay well below both databases' limits of variables.
const CHUNK: usize = 500;

/// Writes all of it, what is referred to before what refers to it.
pub(super) async fn write(db: &DatabaseTransaction, plan: Plan) -> Result<(), DbErr> {
    write_users(db, plan.users).await?;
    write_classes(db, plan.classes).await?;
    write_enrolments(db, plan.enrolments).await?;
    write_meetings(db, plan.meetings).await?;
    write_registrants(db, plan.registrants).await
}

async fn write_users(
    db: &DatabaseTransaction,
    changes: Changes<user::Model>,
) -> Result<(), DbErr> {
    use user::Column::{Email, FullName, Role, SourcedId, ZoomUserId};
    release_emails(db, &changes.changed).await?;
    let columns = [Email, FullName, Role, SourcedId, ZoomUserId];
    upsert::<user::Entity>(db, changes, &columns).await
}

/// Users may pass on or swap e-mails, which are unique at every moment: those who change let go of theirs first.
async fn release_emails(db: &DatabaseTransaction, changed: &[user::Model]) -> Result<(), DbErr> {
    for chunk in changed.chunks(CHUNK) {
        user::Entity::update_many()
            .col_expr(user::Column::Email, Option::<String>::None.into())
            .filter(user::Column::Id.is_in(chunk.iter().map(Keyed::id)))
            .exec(db)
            .await?;
    }
    Ok(())
}

async fn write_classes(
    db: &DatabaseTransaction,
    changes: Changes<class::Model>,
) -> Result<(), DbErr> {
    use class::Column::{Name, TeacherId};
    upsert::<class::Entity>(db, changes, &[Name, TeacherId]).await
}

async fn write_enrolments(
    db: &DatabaseTransaction,
    changes: Changes<class_student::Model>,
) -> Result<(), DbErr> {
    use class_student::Column::{BeginDate, EndDate};
    remove_enrolments(db, &changes.removed).await?;
    upsert::<class_student::Entity>(db, changes, &[BeginDate, EndDate]).await
}

async fn remove_enrolments(db: &DatabaseTransaction, ids: &[Uuid]) -> Result<(), DbErr> {
    for chunk in ids.chunks(CHUNK) {
        class_student::Entity::delete_many()
            .filter(class_student::Column::Id.is_in(chunk.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Without the status: a running service may have written it since it was read.
async fn write_meetings(
    db: &DatabaseTransaction,
    changes: Changes<zoom_meeting::Model>,
) -> Result<(), DbErr> {
    use zoom_meeting::Column::{
        ClassId, Duration, HostId, JoinUrl, MeetingType, StartTime, TargetAudience, Timezone,
        Title, UpdatedAt,
    };
    let schedule = [StartTime, Duration, Timezone];
    let others = [
        Title, ClassId, HostId, JoinUrl, MeetingType, TargetAudience, UpdatedAt,
    ];
    let columns = [&schedule[..], &others[..]].concat();
    upsert::<zoom_meeting::Entity>(db, changes, &columns).await
}

async fn write_registrants(
    db: &DatabaseTransaction,
    changes: Changes<meeting_registrant::Model>,
) -> Result<(), DbErr> {
    use meeting_registrant::Column::{Status, UserId, ZoomRegistrantId};
    let columns = [UserId, ZoomRegistrantId, Status];
    upsert::<meeting_registrant::Entity>(db, changes, &columns).await
}

/// Inserts what is new and replaces these columns of what is there.
async fn upsert<E>(
    db: &DatabaseTransaction,
    changes: Changes<E::Model>,
    columns: &[E::Column],
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    E::Model: Clone + IntoActiveModel<E::ActiveModel>,
{
    let rows = [changes.changed, changes.added].concat();
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().map(|row| row.clone().into_active_model());
        let replace = OnConflict::column("id")
            .update_columns(columns.iter().copied())
            .to_owned();
        E::insert_many(rows)
            .on_conflict(replace)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
