//! `/occurrences/{uuid}`: who is here, when everybody was, and why a mark was given.

use super::{
    Frame, Pages,
    answer::{Failure, html, missing},
    live,
    timeline::{Axis, Bar},
    words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{Class, Mark, Marks, Participant, Run, Stay, Window},
};
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::{Timestamp, tz::TimeZone};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// People that are shown: Zoom's largest meetings have as many.
const MOST: u64 = 1000;

#[derive(Template)]
#[template(path = "occurrence.html", config = "src/http/pages/askama.toml", blocks = ["now"])]
struct Page {
    frame: Frame,
    uuid: String,
    title: String,
    class: Option<Class>,
    day: String,
    date: String,
    from: String,
    until: Option<String>,
    /// How the end is known.
    ended_by: &'static str,
    outside_schedule: bool,
    threshold: String,
    zone: String,
    here: usize,
    marks: Vec<Bar>,
    people: Vec<Person>,
    absent: Vec<Absentee>,
    more: bool,
}

/// A person, with what their mark comes from.
struct Person {
    /// Stays the same while the lesson goes on.
    id: Uuid,
    /// The student whose marks it counts for.
    student: Option<Uuid>,
    name: String,
    here: bool,
    /// `present`, `partial`, another hand's word; empty for whoever is no student.
    status: String,
    manual: bool,
    why: String,
    matched: &'static str,
    flag: &'static str,
    bars: Vec<Bar>,
    stays: Vec<StayLine>,
}

/// A student who never came.
struct Absentee {
    id: Uuid,
    name: String,
}

struct StayLine {
    from: String,
    until: String,
    counted: String,
    evidence: &'static str,
}

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
    uuid: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let frame = Frame::of("meetings", caller);
    html(&page(frame, &admin, &pages, uuid.into_inner()).await?)
}

/// The same, live.
pub(super) async fn follow(
    sources: live::Sources,
    uuid: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let page_name = format!("occurrences/{uuid}");
    live::follow(sources, &page_name, move |admin, pages| {
        let uuid = uuid.clone();
        async move {
            let page = page(Frame::bare("meetings"), &admin, &pages, uuid).await?;
            Ok(page.as_now().render()?)
        }
    })
}

async fn page(frame: Frame, admin: &Admin, pages: &Pages, uuid: String) -> Result<Page, Failure> {
    let run = admin.reports.occurrence(uuid.clone()).await?;
    let run = run.ok_or_else(|| missing("there is no such lesson"))?;
    let window = || Window {
        after: None,
        limit: MOST,
    };
    let people = admin.reports.participants(uuid, window()).await?;
    let now = words::now();
    let given = match &run.class {
        Some(class) => {
            let which = Marks {
                class: Some(class.id.to_string()),
                from: Some(run.date),
                to: Some(run.date),
                ..Marks::default()
            };
            admin.reports.attendance(which, window(), now).await?.items
        }
        None => Vec::new(),
    };
    let zone = words::zone(run.timezone.as_deref(), &pages.zone);
    let view = View {
        axis: Axis::of(&run, now),
        run: &run,
        now,
        zone: &zone,
        given: given.iter().map(|mark| (mark.student.id, mark)).collect(),
    };
    let absent = absent(&given, &people.items);
    Ok(Page {
        frame,
        more: people.next.is_some(),
        here: people
            .items
            .iter()
            .filter(|one| one.status == "joined")
            .count(),
        people: people.items.iter().map(|one| view.person(one)).collect(),
        absent,
        marks: view.axis.marks(&zone),
        day: words::day(run.date),
        date: run.date.to_string(),
        from: words::clock(run.started_at, &zone),
        until: run.ended.as_ref().map(|(at, _)| words::clock(*at, &zone)),
        ended_by: match run.ended.as_ref().and_then(|(_, by)| by.as_deref()) {
            Some("schedule") => "closed by the schedule: Zoom never said that it ended",
            _ => "",
        },
        threshold: words::length(run.present_after),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        outside_schedule: run.outside_schedule,
        uuid: run.uuid,
        title: run.title,
        class: run.class,
    })
}

/// Marked absent, and not among those who came.
fn absent(given: &[Mark], people: &[Participant]) -> Vec<Absentee> {
    let came: HashSet<Uuid> = people.iter().filter_map(|person| person.user_id).collect();
    let absent = given
        .iter()
        .filter(|mark| mark.status == "absent" && !came.contains(&mark.student.id));
    let absentee = |mark: &Mark| Absentee {
        id: mark.student.id,
        name: mark.student.full_name.clone(),
    };
    absent.map(absentee).collect()
}

/// What every person is shown by.
struct View<'a> {
    axis: Axis,
    run: &'a Run,
    now: Timestamp,
    zone: &'a TimeZone,
    given: HashMap<Uuid, &'a Mark>,
}

impl View<'_> {
    fn person(&self, person: &Participant) -> Person {
        let mark = person
            .student
            .as_ref()
            .and_then(|one| self.given.get(&one.id));
        let here = person.status == "joined";
        let seconds = self.seconds(person);
        let counted = if person.student.is_none() {
            ""
        } else if seconds >= self.run.present_after {
            "present"
        } else {
            "partial"
        };
        Person {
            id: person.id,
            student: person.student.as_ref().map(|student| student.id),
            name: person.name.clone().unwrap_or_default(),
            here,
            status: mark.map_or(counted, |mark| &*mark.status).to_owned(),
            manual: mark.is_some_and(|mark| mark.source == "manual"),
            why: self.why(seconds, mark.copied(), person.student.is_some()),
            matched: person.matched_by.as_deref().map_or("", words::matched_by),
            flag: match (person.conflict, person.shared_registrant, person.user_id) {
                (true, ..) => "keys name different people",
                (_, true, _) => "one registration, several people",
                (.., None) => "not matched",
                _ => "",
            },
            bars: person
                .stays
                .iter()
                .filter_map(|stay| self.axis.bar(stay, self.now, self.zone))
                .collect(),
            stays: person.stays.iter().map(|stay| self.stay(stay)).collect(),
        }
    }

    /// Counted so far; while it runs, whoever is here goes on counting.
    fn seconds(&self, person: &Participant) -> i64 {
        match self.run.ended {
            Some(_) => person.seconds,
            None => covered(&person.stays, self.now),
        }
    }

    /// A mark is about the class on that day: other meetings count for it as well, and a hand goes before what is counted.
    fn why(&self, seconds: i64, mark: Option<&Mark>, student: bool) -> String {
        let own = words::length(seconds);
        if !student {
            return own;
        }
        let needed = words::length(self.run.present_after);
        if let Some(manual) = mark.and_then(|mark| mark.manual.as_ref()) {
            return format!("set by hand: {}; {own} of {needed}", manual.reason);
        }
        let all = mark.and_then(|mark| mark.seconds);
        match all.filter(|all| self.run.ended.is_some() && *all != seconds) {
            Some(all) => {
                let all = words::length(all);
                format!("{all} of {needed} in all meetings of that day, {own} in this one")
            }
            None => format!("{own} of {needed}"),
        }
    }

    fn stay(&self, stay: &Stay) -> StayLine {
        let clock = |at: Option<Timestamp>, approximate: bool| match at {
            Some(at) if approximate => format!("about {}", words::clock(at, self.zone)),
            Some(at) => words::clock(at, self.zone),
            None => "–".to_owned(),
        };
        let counted = stay
            .counted
            .map_or(0, |(from, until)| until.as_second() - from.as_second());
        StayLine {
            from: clock(stay.join, stay.join_approximate),
            until: clock(stay.leave, stay.leave_approximate),
            counted: words::length(counted),
            evidence: words::evidence(if is_open(stay) {
                "open"
            } else {
                &stay.evidence
            }),
        }
    }
}

/// Seconds of the union of all stays, those that go on until `now`.
fn covered(stays: &[Stay], now: Timestamp) -> i64 {
    let open = |stay: &Stay| Some((stay.join.filter(|_| is_open(stay))?, now));
    let spans = stays
        .iter()
        .filter_map(|stay| stay.counted.or_else(|| open(stay)));
    let mut spans: Vec<_> = spans
        .map(|(from, until)| (from.as_second(), until.as_second()))
        .collect();
    spans.sort_unstable();
    let mut reached = i64::MIN;
    let mut seconds = 0;
    for (from, until) in spans {
        seconds += (until - from.max(reached)).max(0);
        reached = reached.max(until);
    }
    seconds
}

/// Joined, and nothing has ended it yet.
fn is_open(stay: &Stay) -> bool {
    stay.counted.is_none() && stay.leave.is_none() && stay.evidence == "observed"
}
