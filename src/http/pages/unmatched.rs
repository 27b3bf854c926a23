//! `/unmatched`: people who count for nobody, and meetings that nobody knows.

use super::{
    Pages,
    answer::{Failure, html},
    words,
};
use crate::{
    http::admin::Admin,
    store::reports::{Unmatched, Window},
};
use actix_web::{HttpResponse, web};
use askama::Template;

/// Entries that are shown, the latest date first.
const MOST: u64 = 300;

#[derive(Template)]
#[template(path = "unmatched.html", config = "src/http/pages/askama.toml")]
struct Page {
    active: &'static str,
    people: Vec<Person>,
    events: Vec<Events>,
    meetings: Vec<Meeting>,
    more: bool,
}

struct Person {
    name: String,
    uuid: String,
    class: String,
    day: String,
    from: String,
    length: String,
    reason: &'static str,
}

struct Events {
    uuid: String,
    class: String,
    day: String,
    count: i32,
}

struct Meeting {
    number: String,
    occurrences: i64,
}

pub(super) async fn show(
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Failure> {
    let window = Window {
        after: None,
        limit: MOST,
    };
    let found = admin.reports.unmatched(window).await?;
    let mut page = Page {
        active: "unmatched",
        people: Vec::new(),
        events: Vec::new(),
        meetings: Vec::new(),
        more: found.next.is_some(),
    };
    for item in found.items {
        match item {
            Unmatched::Person(person) => page.people.push(Person {
                from: person
                    .first_join
                    .map(|at| words::minute(at, &pages.zone))
                    .unwrap_or_default(),
                day: words::day(person.date),
                length: words::length(person.seconds),
                reason: match (person.conflict, person.shared_registrant) {
                    (true, _) => "keys name different people",
                    (_, true) => "one registration, several people",
                    _ => "no key that the school knows",
                },
                name: person.name.unwrap_or_default(),
                class: person.class.name,
                uuid: person.occurrence_uuid,
            }),
            Unmatched::Events(events) => page.events.push(Events {
                uuid: events.occurrence_uuid,
                class: events.class.map(|class| class.name).unwrap_or_default(),
                day: words::day(events.date),
                count: events.count,
            }),
            Unmatched::Meeting(meeting) => page.meetings.push(Meeting {
                number: meeting.zoom_meeting_id,
                occurrences: meeting.occurrences,
            }),
        }
    }
    html(&page)
}
