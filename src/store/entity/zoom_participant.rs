//! `zoom_participants`.

use sea_orm::entity::prelude::*;

/// A person of one occurrence; or, without an occurrence, an invitation of another hand.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "zoom_participants")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The meeting; none while it is unknown.
    pub meeting_id: Option<Uuid>,
    /// The user that the person was tied to.
    pub user_id: Option<Uuid>,
    /// The Zoom account, if any.
    #[sea_orm(column_type = "Text", nullable)]
    pub zoom_participant_id: Option<String>,
    /// The latest display name.
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    /// The latest e-mail.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
    /// First join, UTC, whole seconds.
    pub join_time: Option<TimeDateTimeWithTimeZone>,
    /// Last leave, UTC, whole seconds; none while somebody is in.
    pub leave_time: Option<TimeDateTimeWithTimeZone>,
    /// Seconds so far: the union of the closed stays.
    pub duration: Option<i32>,
    /// `invited`, `joined` or `left`.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// The occurrence.
    pub occurrence_id: Option<Uuid>,
    /// The person within the occurrence; unique with it.
    #[sea_orm(column_type = "Text", nullable)]
    pub person_key: Option<String>,
    /// `registrant`, `customer_key`, `zoom_user` or `email`.
    #[sea_orm(column_type = "Text", nullable)]
    pub matched_by: Option<String>,
    /// Keys name different users.
    pub conflict: bool,
    /// Overlapping connections of one registrant under different names.
    pub shared_registrant: bool,
    /// UTC.
    pub created_at: TimeDateTimeWithTimeZone,
}

impl ActiveModelBehavior for ActiveModel {}
