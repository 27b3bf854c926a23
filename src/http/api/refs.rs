//! What several answers show: classes, students, instants.

use crate::store::reports;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A class.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Class {
    /// Its id.
    pub id: Uuid,
    /// OneRoster's id.
    #[schema(required)]
    pub sourced_id: Option<String>,
    /// Its title.
    pub name: String,
}

impl From<reports::Class> for Class {
    fn from(class: reports::Class) -> Self {
        Self {
            id: class.id,
            sourced_id: class.sourced_id,
            name: class.name,
        }
    }
}

impl Class {
    /// `class_id,class_sourced_id,class_name`.
    pub(super) fn cells(class: Option<&Self>) -> [String; 3] {
        class.map_or_else(Default::default, |class| {
            [
                class.id.to_string(),
                text(class.sourced_id.as_ref()),
                class.name.clone(),
            ]
        })
    }
}

/// RFC 3339 in UTC, whole seconds.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_string()
}

/// A cell that may be empty.
pub(super) fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
