//! `/security`: what people changed, and who was refused.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{AuditEvents, Window},
};
use actix_web::{HttpResponse, web};
use askama::Template;

/// Entries of each list, the latest first.
const MOST: u64 = 100;

#[derive(Template)]
#[template(path = "security.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    changes: Vec<Change>,
    refusals: Vec<Refusal>,
}

struct Change {
    at: String,
    actor: String,
    action: String,
    target: String,
}

struct Refusal {
    at: String,
    what: &'static str,
    count: i64,
}

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Failure> {
    let window = || Window {
        after: None,
        limit: MOST,
    };
    let changes = admin.reports.audit_events(AuditEvents::default(), window());
    let refusals = admin.reports.security_events(window()).await?;
    let changes = changes.await?.items.into_iter().map(|event| Change {
        at: words::moment(event.at, &pages.zone),
        actor: event.actor,
        action: event.action,
        target: event.target,
    });
    let refusals = refusals.items.into_iter().map(|event| Refusal {
        at: words::moment(event.at, &pages.zone),
        what: match event.kind.as_str() {
            "bad_signature" => "webhooks without a right signature",
            "clock_skew" => "webhooks with a right signature and a wrong time",
            "bad_token" => "wrong tokens",
            _ => "others",
        },
        count: event.count,
    });
    html(&Page {
        frame: Frame::of("security", caller),
        changes: changes.collect(),
        refusals: refusals.collect(),
    })
}
