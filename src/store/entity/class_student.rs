//! `class_students`.

use sea_orm::{Condition, ExprTrait, entity::prelude::*};

/// One enrolment; a student who came back has two.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_students")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The class.
    pub class_id: Uuid,
    /// The student, a row of `users`.
    pub student_id: Uuid,
    /// First day; none is open.
    pub begin_date: Option<TimeDate>,
    /// Last day; none is open.
    pub end_date: Option<TimeDate>,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}

impl Column {
    /// That an enrolment covers this date; both its ends are included.
    pub(in crate::store) fn covers(date: TimeDate) -> Condition {
        let begun = Self::BeginDate.is_null().or(Self::BeginDate.lte(date));
        let not_ended = Self::EndDate.is_null().or(Self::EndDate.gte(date));
        Condition::all().add(begun).add(not_ended)
    }
}
