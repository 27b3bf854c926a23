//! The pure core behind a guard: taking an event in, and judging, unless that panics. Actors and rehearsals go through the same.

use super::recall::Facts;
use crate::{
    attendance::{
        event::Instant,
        occurrence::Occurrence,
        report::{Context, Report},
        school::Rule,
    },
    fault,
    journal::Committed,
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// It panicked, which the log tells; what it worked on may be half changed.
#[derive(Debug)]
pub(super) struct Panicked;

/// What an occurrence is judged by, beside its events.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub(super) uuid: &'a str,
    /// Zoom's number of its meeting.
    pub(super) number: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) rule: &'a Rule,
}

/// Takes an event into the state.
pub(super) fn fold(state: &mut Occurrence, event: &Committed) -> Result<(), Panicked> {
    let fold = AssertUnwindSafe(|| {
        fault::point("fold", &event.occurrence, |kind| event.news.kind() == kind);
        state.fold(&event.news, event.arrival);
    });
    catch_unwind(fold).map_err(|_| Panicked)
}

/// The report; none while nothing has brought the occurrence into being.
pub(super) fn judge(
    state: &Occurrence,
    by: Judged<'_>,
    now: Instant,
) -> Result<Option<Report>, Panicked> {
    let context = Context {
        uuid: by.uuid,
        meeting: by.number,
        school: &by.facts.school.school,
        rule: by.rule,
        neighbours: &by.facts.neighbours.known,
    };
    let report = AssertUnwindSafe(|| {
        let report = state.report(&context, now);
        fault::point("report", by.uuid, |seat| has_seat(report.as_ref(), seat));
        if report.is_some() {
            fault::point("unjudgeable", by.uuid, |_| true);
        }
        report
    });
    catch_unwind(report).map_err(|_| Panicked)
}

fn has_seat(report: Option<&Report>, seat: &str) -> bool {
    let people = report.into_iter().flat_map(|report| &report.people);
    let mut stays = people.flat_map(|person| &person.stays);
    stays.any(|stay| stay.zoom_user_id.as_deref() == Some(seat))
}
