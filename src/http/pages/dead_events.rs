//! `/dead-events`: what is in the journal and could not be applied.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{DeadEvents, Window},
};
use actix_web::{HttpResponse, web};
use askama::Template;

/// Entries that are shown.
const MOST: u64 = 300;

#[derive(Template)]
#[template(path = "dead_events.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    events: Vec<Event>,
    more: bool,
}

struct Event {
    seq: i64,
    uuid: String,
    kind: String,
    reason: &'static str,
    attempts: i32,
    died: String,
    redriven: bool,
    can_be_redriven: bool,
}

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Failure> {
    let window = Window {
        after: None,
        limit: MOST,
    };
    let found = admin
        .reports
        .dead_events(DeadEvents::default(), window)
        .await?;
    let more = found.next.is_some();
    let event = |event: crate::store::reports::DeadEvent| Event {
        can_be_redriven: !event.redriven && event.reason != "sealed",
        reason: match event.reason.as_str() {
            "read" => "its bytes could not be read",
            "fold" => "it could not be taken in",
            "report" => "its lesson could not be judged with it",
            "sealed" => "it came after its lesson was sealed",
            _ => "unknown",
        },
        died: format!(
            "{} {}",
            words::day(pages.zone.to_datetime(event.died_at).date()),
            words::clock(event.died_at, &pages.zone)
        ),
        seq: event.seq,
        uuid: event.occurrence,
        kind: event.kind,
        attempts: event.attempts,
        redriven: event.redriven,
    };
    html(&Page {
        frame: Frame::of("dead-events", caller),
        events: found.items.into_iter().map(event).collect(),
        more,
    })
}
