//! `attendance_records`.

use sea_orm::entity::prelude::*;

/// The mark of a student in a lesson; unique (student, class, date).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance_records")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The student.
    pub student_id: Uuid,
    /// The class.
    pub class_id: Uuid,
    /// The lesson's local date.
    pub date: TimeDate,
    /// `present`, `partial` or `absent`; another hand may write others.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// What Rollcall counted.
    pub seconds: Option<i64>,
    /// UTC, whole seconds.
    pub first_join: Option<TimeDateTimeWithTimeZone>,
    /// UTC, whole seconds.
    pub last_leave: Option<TimeDateTimeWithTimeZone>,
    /// `zoom` if Rollcall's, `manual` otherwise; the column's default is `manual`.
    #[sea_orm(column_type = "Text")]
    pub source: String,
    /// What Rollcall computed, kept beside a manual mark.
    #[sea_orm(column_type = "Text", nullable)]
    pub computed_status: Option<String>,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
    /// UTC.
    pub updated_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
