//! `/dead-events/{seq}/dry-run`: what would come of another try.

use super::{
    Frame,
    answer::{Failure, html},
    words,
};
use crate::{
    http::{
        Rehearse,
        access::Caller,
        api::rehearsal::{Changed, Computed, Rehearsed, rehearse},
    },
    store::reports::Reports,
};
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "dry_run.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    seq: i64,
    uuid: String,
    /// What would become of the event.
    verdict: &'static str,
    /// Whether it is worth doing.
    applies: bool,
    /// None where nobody can tell.
    marks: Option<Vec<Mark>>,
}

struct Mark {
    student: String,
    class: String,
    date: String,
    before: String,
    after: String,
}

pub(super) async fn show(
    caller: Caller,
    (reports, play): (web::Data<Reports>, web::Data<Rehearse>),
    seq: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let rehearsed = rehearse(&reports, &play, &seq).await?;
    html(&Page::of(Frame::of("dead-events", caller), rehearsed))
}

impl Page {
    fn of(frame: Frame, rehearsed: Rehearsed) -> Self {
        let marks = rehearsed.marks;
        Self {
            frame,
            seq: rehearsed.seq,
            uuid: rehearsed.occurrence_uuid,
            verdict: match (rehearsed.outcome, rehearsed.reason) {
                ("applies", _) => "The event can be applied now.",
                ("gone", _) => "The journal no longer has it: it would only leave this list.",
                (_, Some("read")) => "It would fail again: its bytes cannot be read.",
                (_, Some("fold")) => "It would fail again: it cannot be taken in.",
                _ => "It would fail again: its lesson cannot be judged with it.",
            },
            applies: rehearsed.outcome == "applies",
            marks: marks.map(|marks| marks.into_iter().map(Mark::of).collect()),
        }
    }
}

impl Mark {
    fn of(changed: Changed) -> Self {
        Self {
            student: changed.student.full_name,
            class: changed.class.name,
            date: changed.date,
            before: told(changed.before.as_ref()),
            after: told(changed.after.as_ref()),
        }
    }
}

/// `present, 20 min`.
fn told(mark: Option<&Computed>) -> String {
    let told = |mark: &Computed| format!("{}, {}", mark.status, words::length(mark.seconds));
    mark.map_or_else(|| "none".to_owned(), told)
}
