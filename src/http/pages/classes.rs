//! `/classes` and `/classes/{class}`: a class's marks, a row a student and a column a lesson, and what they come to by
//! student and by date. One date alone is [`day`]'s.

use super::{
    Frame, Pages,
    answer::{Failure, html, missing},
    day,
    marks::{self, Cell, Counts},
    period::Period,
    words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{Class, Mark, Marks, Participation, Standing},
};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::{civil::Date, tz::TimeZone};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Classes that are listed.
const CLASSES: u64 = 1000;
/// Days that are shown where no period is asked for.
const DAYS: i32 = 28;
/// Marks that are shown: a class of 500 for a hundred lessons.
const MARKS: usize = 50_000;

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
    period: Period,
    whole: Counts,
    lessons: Vec<Lesson>,
    students: Vec<Row>,
    cut: bool,
    /// Where there is no mark: what may be missing.
    standing: Option<Standing>,
}

struct Lesson {
    date: Date,
    day: String,
    counts: Counts,
}

/// A student.
struct Row {
    id: Uuid,
    name: String,
    sourced_id: String,
    counts: Counts,
    score: String,
    /// A cell a lesson; none where there is no mark.
    cells: Vec<Option<Cell>>,
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
    let period = Period::of(&request, &pages.zone, DAYS)?;
    let found = admin.reports.class(class).await?;
    let found = found.ok_or_else(|| missing("there is no such class"))?;
    if period.is_one_day() {
        return day::show(caller, &admin, &pages, found, period).await;
    }
    let which = Marks {
        class: Some(class.to_string()),
        from: Some(period.from),
        to: Some(period.to),
        ..Marks::default()
    };
    let sums = marks::sums(&admin, which.clone(), MARKS).await?;
    let (marks, cut) = marks::marks(&admin, which, MARKS).await?;
    let standing = if marks.is_empty() {
        Some(admin.reports.standing(class).await?)
    } else {
        None
    };
    let lessons = lessons(&marks);
    html(&Page {
        frame: Frame::of("classes", caller),
        whole: Counts::total(&sums),
        students: rows(sums, &marks, &lessons, (admin.partial_weight, &pages.zone)),
        class: found,
        period,
        lessons,
        cut,
        standing,
    })
}

/// In order of their dates.
fn lessons(marks: &[Mark]) -> Vec<Lesson> {
    let mut dates: BTreeMap<Date, Counts> = BTreeMap::new();
    for mark in marks {
        dates.entry(mark.date).or_default().add(mark);
    }
    let lesson = |(date, counts)| Lesson {
        date,
        day: words::day(date),
        counts,
    };
    dates.into_iter().map(lesson).collect()
}

/// A row a student, by name.
fn rows(
    sums: Vec<Participation>,
    marks: &[Mark],
    lessons: &[Lesson],
    (weight, zone): (f64, &TimeZone),
) -> Vec<Row> {
    let mut own: HashMap<(Uuid, Date), &Mark> = HashMap::new();
    for mark in marks {
        own.insert((mark.student.id, mark.date), mark);
    }
    let row = |sum: Participation| {
        let cell = |lesson: &Lesson| {
            let mark = own.get(&(sum.student.id, lesson.date))?;
            Some(Cell::of(mark, zone))
        };
        Row {
            counts: Counts::total(std::slice::from_ref(&sum)),
            score: words::share(sum.score(weight)),
            cells: lessons.iter().map(cell).collect(),
            id: sum.student.id,
            name: sum.student.full_name,
            sourced_id: sum.student.sourced_id.unwrap_or_default(),
        }
    };
    let mut rows: Vec<Row> = sums.into_iter().map(row).collect();
    rows.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    rows
}
