//! `class_students`.

use sea_orm::entity::prelude::*;

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
