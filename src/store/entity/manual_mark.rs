//! `manual_marks`.

use sea_orm::entity::prelude::*;

/// A mark that a person set; at most one of a student in a lesson is in force.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "manual_marks")]
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
    /// `present`, `partial` or `absent`.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// The status that another hand had written before: what withdrawing brings back.
    #[sea_orm(column_type = "Text", nullable)]
    pub replaced: Option<String>,
    /// Why, in the words of whoever set it.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who set it.
    #[sea_orm(column_type = "Text")]
    pub set_by: String,
    /// When, UTC.
    pub set_at: TimeDateTimeWithTimeZone,
    /// Who withdrew or replaced it.
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_by: Option<String>,
    /// When, UTC; none while it is in force.
    pub ended_at: Option<TimeDateTimeWithTimeZone>,
}

impl ActiveModelBehavior for ActiveModel {}
