//! `/classes` and `/classes/{class}`: a class's marks, a row a student and a column a lesson, and what they come to.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    words,
};
use crate::{
    http::{access::Caller, admin::Admin, api::Parameters},
    store::reports::{Class, Mark, Marks, Run, Window},
};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::{Timestamp, ToSpan, civil::Date};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Classes that are listed.
const CLASSES: u64 = 1000;
/// Days that are shown where no period is asked for.
const DAYS: i32 = 28;
/// Marks that are shown: a class of 500 for a hundred lessons.
const MARKS: usize = 50_000;
/// Marks of a page of the query.
const PAGE: u64 = 1000;

#[derive(Template)]
#[template(path = "classes.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    classes: Vec<Class>,
}

#[derive(Template)]
#[template(path = "class.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    class: Class,
    from: Date,
    to: Date,
    lessons: Vec<Lesson>,
    students: Vec<Row>,
    /// Where one lesson is asked for: its meetings.
    runs: Vec<Run>,
    cut: bool,
    /// One lesson is asked for.
    single: bool,
}

struct Lesson {
    date: Date,
    day: String,
}

/// A student.
struct Row {
    id: Uuid,
    name: String,
    sourced_id: String,
    /// A cell a lesson; none where there is no mark.
    cells: Vec<Option<Cell>>,
    counts: Counts,
}

struct Cell {
    status: String,
    manual: bool,
    length: String,
    /// What is computed, where the mark is another.
    computed: Option<String>,
    by_hand: Option<ByHand>,
}

/// Who set a mark, and why.
struct ByHand {
    by: String,
    at: Timestamp,
    reason: String,
}

#[derive(Default)]
struct Counts {
    present: usize,
    partial: usize,
    absent: usize,
    other: usize,
}

pub(super) async fn list(caller: Caller, admin: web::Data<Admin>) -> Result<HttpResponse, Failure> {
    html(&List {
        frame: Frame::of("classes", caller),
        classes: admin.reports.classes(CLASSES).await?,
    })
}

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
    class: web::Path<Uuid>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let class = class.into_inner();
    let today = pages.zone.to_datetime(words::now()).date();
    let period = Parameters::of(&request, &["from", "to"])?;
    let to = period.date("to")?.unwrap_or(today);
    let from = period
        .date("from")?
        .unwrap_or_else(|| to.saturating_sub(DAYS.days()));
    let found = admin.reports.class(class).await?;
    let found = found.ok_or_else(|| Failure::missing("there is no such class"))?;
    let which = Marks {
        class: Some(class.to_string()),
        from: Some(from),
        to: Some(to),
        ..Marks::default()
    };
    let (marks, cut) = all(&admin, which).await?;
    let runs = if from == to {
        admin.reports.of_lesson(class, from).await?
    } else {
        Vec::new()
    };
    let dates: BTreeSet<Date> = marks.iter().map(|mark| mark.date).collect();
    let lesson = |date: &Date| Lesson {
        date: *date,
        day: words::day(*date),
    };
    html(&Page {
        frame: Frame::of("classes", caller),
        lessons: dates.iter().map(lesson).collect(),
        students: rows(&marks, &dates),
        class: found,
        single: from == to,
        from,
        to,
        runs,
        cut,
    })
}

/// The marks, and whether there are more than are shown.
async fn all(admin: &Admin, which: Marks) -> Result<(Vec<Mark>, bool), Failure> {
    let mut marks = Vec::new();
    let mut after = None;
    loop {
        let window = Window { after, limit: PAGE };
        let page = admin
            .reports
            .attendance(which.clone(), window, words::now());
        let page = page.await?;
        marks.extend(page.items);
        after = page.next;
        if after.is_none() || marks.len() >= MARKS {
            return Ok((marks, after.is_some()));
        }
    }
}

/// A row a student, by name.
fn rows(marks: &[Mark], dates: &BTreeSet<Date>) -> Vec<Row> {
    let mut own: BTreeMap<(&str, Uuid), BTreeMap<Date, &Mark>> = BTreeMap::new();
    for mark in marks {
        let key = (mark.student.full_name.as_str(), mark.student.id);
        own.entry(key).or_default().insert(mark.date, mark);
    }
    own.values().filter_map(|own| Row::of(own, dates)).collect()
}

impl Row {
    /// Whether a mark of theirs was set here, and can be withdrawn.
    fn is_by_hand(&self) -> bool {
        let mut cells = self.cells.iter().flatten();
        cells.any(|cell| cell.by_hand.is_some())
    }

    fn of(own: &BTreeMap<Date, &Mark>, dates: &BTreeSet<Date>) -> Option<Self> {
        let student = &own.values().next()?.student;
        let mut counts = Counts::default();
        for mark in own.values() {
            *match mark.status.as_str() {
                "present" => &mut counts.present,
                "partial" => &mut counts.partial,
                "absent" => &mut counts.absent,
                _ => &mut counts.other,
            } += 1;
        }
        let cell = |mark: &&Mark| Cell {
            status: mark.status.clone(),
            manual: mark.source == "manual",
            length: mark.seconds.map(words::length).unwrap_or_default(),
            computed: mark
                .computed_status
                .clone()
                .filter(|own| *own != mark.status),
            by_hand: mark.manual.as_ref().map(|manual| ByHand {
                by: manual.by.clone(),
                at: manual.at,
                reason: manual.reason.clone(),
            }),
        };
        Some(Self {
            id: student.id,
            name: student.full_name.clone(),
            sourced_id: student.sourced_id.clone().unwrap_or_default(),
            cells: dates.iter().map(|date| own.get(date).map(cell)).collect(),
            counts,
        })
    }
}
