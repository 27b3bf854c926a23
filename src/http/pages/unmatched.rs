//! `/unmatched`: people who count for nobody, and meetings that nobody knows.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{Match, Student, Unmatched, Window},
};
use actix_web::{HttpResponse, web};
use askama::Template;
use uuid::Uuid;

/// Entries that are shown, the latest date first.
const MOST: u64 = 300;

#[derive(Template)]
#[template(path = "unmatched.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    people: Vec<Person>,
    events: Vec<Events>,
    meetings: Vec<Meeting>,
    confirmed: Vec<Confirmed>,
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
    /// What they are confirmed by: no e-mail stands in a page's source.
    id: Uuid,
    suggested: Vec<Suggested>,
}

/// A student whose name is like theirs.
struct Suggested {
    id: String,
    name: String,
}

/// Somebody whom a person has recognized.
struct Confirmed {
    id: String,
    kind: &'static str,
    user: Uuid,
    name: String,
    by: String,
    day: String,
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
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Failure> {
    let window = Window {
        after: None,
        limit: MOST,
    };
    let found = admin.reports.unmatched(window).await?;
    let window = Window {
        after: None,
        limit: MOST,
    };
    let confirmed = admin.reports.matches(window).await?.items;
    let mut page = Page {
        confirmed: confirmed
            .into_iter()
            .map(|one| Confirmed::of(one, &pages))
            .collect(),
        frame: Frame::of("unmatched", caller),
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
                id: person.id,
                suggested: person.suggested.into_iter().map(Suggested::of).collect(),
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

impl Suggested {
    fn of(student: Student) -> Self {
        Self {
            id: student.id.to_string(),
            name: student.full_name,
        }
    }
}

impl Confirmed {
    fn of(known: Match, pages: &Pages) -> Self {
        Self {
            id: known.id.to_string(),
            kind: match known.kind.as_str() {
                "registrant" => "a registration",
                "customer_key" => "a customer key",
                "zoom_user" => "a Zoom account",
                "email" => "an e-mail",
                _ => "this one connection",
            },
            user: known.user.id,
            name: known.user.full_name,
            by: known.by,
            day: words::day(pages.zone.to_datetime(known.at).date()),
        }
    }
}
