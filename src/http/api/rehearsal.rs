//! `POST /api/v1/dead-events/{seq}/redrive?dry_run=true`: what would come of another try, with nothing done.

use super::{
    attendance::Student,
    dead_events::{place, sealed, unknown},
    refs::Class,
};
use crate::{
    http::{Rehearse, problem::Problem},
    meeting::{self, Change, Rehearsal},
    store::reports::{DeadEvent, Names, Reports},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What would come of another try.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "seq": 4711,
    "occurrence_uuid": "/8+Tz1//WQ6qvR3sYpHdA==",
    "zoom_meeting_id": "85512340977",
    "outcome": "applies",
    "reason": null,
    "marks": []
}))]
pub(in crate::http) struct Rehearsed {
    /// The event.
    pub(in crate::http) seq: i64,
    /// The occurrence that would be judged again.
    pub(in crate::http) occurrence_uuid: String,
    /// Zoom's number of its meeting.
    pub(in crate::http) zoom_meeting_id: String,
    /// `applies`, `fails` (again, for `reason`), or `gone`: the journal no longer has it, and it would only be taken off the list.
    pub(in crate::http) outcome: &'static str,
    /// Why it fails: `read`, `fold` or `report`.
    #[schema(required)]
    pub(in crate::http) reason: Option<&'static str>,
    /// Where it applies, the marks of the occurrence's own lesson that it makes different: as they are computed, whoever set others by
    /// hand. Null where the occurrence cannot be judged as it stands.
    #[schema(required)]
    pub(in crate::http) marks: Option<Vec<Changed>>,
}

/// A mark that would be different.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Changed {
    /// Whose.
    pub(in crate::http) student: Student,
    /// Of which class.
    pub(in crate::http) class: Class,
    /// The lesson's local date.
    #[schema(format = Date)]
    pub(in crate::http) date: String,
    /// What is computed now; null where there is no mark.
    #[schema(required)]
    pub(in crate::http) before: Option<Computed>,
    /// What would be.
    #[schema(required)]
    pub(in crate::http) after: Option<Computed>,
}

/// A computed mark.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Computed {
    /// `present`, `partial` or `absent`.
    pub(in crate::http) status: &'static str,
    /// What is counted, in seconds.
    pub(in crate::http) seconds: i64,
}

/// Rehearses the redrive of a dead event.
pub(in crate::http) async fn rehearse(
    reports: &Reports,
    play: &Rehearse,
    seq: &str,
) -> Result<Rehearsed, Problem> {
    let event = reports.dead_event(place(seq)?).await?;
    let event = event.ok_or_else(unknown)?;
    let rehearsal = play(event.occurrence.clone(), event.seq).await;
    let rehearsal = rehearsal.ok_or_else(Problem::unavailable)?;
    let (outcome, reason, changes) = match rehearsal {
        Rehearsal::Applies { changes } => ("applies", None, changes),
        Rehearsal::Fails(reason) => ("fails", Some(reason.as_str()), Some(Vec::new())),
        Rehearsal::Gone => ("gone", None, Some(Vec::new())),
        Rehearsal::Sealed => return Err(sealed()),
    };
    let marks = match changes {
        Some(changes) => Some(named(reports, &changes).await?),
        None => None,
    };
    let DeadEvent {
        seq,
        occurrence,
        zoom_meeting_id,
        ..
    } = event;
    Ok(Rehearsed {
        seq,
        occurrence_uuid: occurrence,
        zoom_meeting_id,
        outcome,
        reason,
        marks,
    })
}

async fn named(reports: &Reports, changes: &[Change]) -> Result<Vec<Changed>, Problem> {
    let students = changes.iter().map(|change| change.student).collect();
    let classes = changes.iter().map(|change| change.class).collect();
    let names = reports.names(students, classes).await?;
    let changes = changes.iter();
    Ok(changes.map(|change| Changed::of(change, &names)).collect())
}

impl Changed {
    fn of(change: &Change, names: &Names) -> Self {
        Self {
            student: names.student(change.student).into(),
            class: names.class(change.class).into(),
            date: change.date.to_string(),
            before: change.before.map(Into::into),
            after: change.after.map(Into::into),
        }
    }
}

impl From<meeting::Computed> for Computed {
    fn from(meeting::Computed { status, seconds }: meeting::Computed) -> Self {
        Self { status, seconds }
    }
}
