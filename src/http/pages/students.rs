//! `/students/{student}`: somebody's marks in every class, what they come to, and the way to why.

use super::{
    Frame, Pages,
    answer::{Failure, html, missing},
    marks::{self, Cell, Counts},
    period::Period,
    words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{Class, Finality, Mark, Marks, Participation, Run, Student},
};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use jiff::{civil::Date, tz::TimeZone};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Days that are shown where no period is asked for: a term.
const DAYS: i32 = 120;
/// Marks that are shown: ten lessons a day for a year and a half.
const MARKS: usize = 5000;

#[derive(Template)]
#[template(path = "student.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    student: Student,
    period: Period,
    whole: Counts,
    classes: Vec<Own>,
    /// Where there is no mark: the classes that they are in.
    enrolled: Vec<Class>,
    cut: bool,
}

/// Their marks in a class.
struct Own {
    class: Class,
    counts: Counts,
    score: String,
    lessons: Vec<Lesson>,
}

/// A mark, and the runs that it comes from.
struct Lesson {
    date: Date,
    day: String,
    cell: Cell,
    provisional: bool,
    runs: Vec<Link>,
}

struct Link {
    uuid: String,
    time: String,
}

type Runs = HashMap<(Uuid, Date), Vec<Link>>;

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
    student: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let period = Period::of(&request, &pages.zone, DAYS)?;
    let student = admin.reports.student(student.into_inner()).await?;
    let student = student.ok_or_else(|| missing("there is no such student"))?;
    let which = Marks {
        student: Some(student.id.to_string()),
        from: Some(period.from),
        to: Some(period.to),
        ..Marks::default()
    };
    let sums = marks::sums(&admin, which.clone(), MARKS).await?;
    let (marks, cut) = marks::marks(&admin, which, MARKS).await?;
    let runs = runs(&admin, &pages.zone, &sums, period).await?;
    let enrolled = if sums.is_empty() {
        admin.reports.classes_of(student.id).await?
    } else {
        Vec::new()
    };
    html(&Page {
        frame: Frame::of("classes", caller),
        whole: Counts::total(&sums),
        classes: own(sums, &marks, runs, (admin.partial_weight, &pages.zone)),
        student,
        period,
        enrolled,
        cut,
    })
}

/// The runs of these classes' lessons.
async fn runs(
    admin: &Admin,
    school: &TimeZone,
    of: &[Participation],
    period: Period,
) -> Result<Runs, Failure> {
    let classes: BTreeSet<Uuid> = of.iter().map(|sum| sum.class.id).collect();
    let found = admin
        .reports
        .of_lessons(classes, (period.from, period.to))
        .await?;
    let mut runs = Runs::new();
    for run in found {
        if let Some(class) = &run.class {
            let lesson = (class.id, run.date);
            runs.entry(lesson).or_default().push(Link::of(run, school));
        }
    }
    Ok(runs)
}

/// A class each, by name; in each the latest lesson first.
fn own(
    sums: Vec<Participation>,
    marks: &[Mark],
    mut runs: Runs,
    (weight, zone): (f64, &TimeZone),
) -> Vec<Own> {
    let mut lessons: HashMap<Uuid, Vec<Lesson>> = HashMap::new();
    for mark in marks.iter().rev() {
        let of = runs.remove(&(mark.class.id, mark.date));
        let lesson = Lesson::of(mark, of.unwrap_or_default(), zone);
        lessons.entry(mark.class.id).or_default().push(lesson);
    }
    let own = |sum: Participation| Own {
        counts: Counts::total(std::slice::from_ref(&sum)),
        score: words::share(sum.score(weight)),
        lessons: lessons.remove(&sum.class.id).unwrap_or_default(),
        class: sum.class,
    };
    let mut classes: Vec<Own> = sums.into_iter().map(own).collect();
    classes.sort_by(|a, b| (&a.class.name, a.class.id).cmp(&(&b.class.name, b.class.id)));
    classes
}

impl Lesson {
    fn of(mark: &Mark, runs: Vec<Link>, zone: &TimeZone) -> Self {
        Self {
            date: mark.date,
            day: words::day(mark.date),
            cell: Cell::of(mark, zone),
            provisional: mark.finality == Finality::Provisional,
            runs,
        }
    }
}

impl Link {
    fn of(run: Run, school: &TimeZone) -> Self {
        let zone = words::zone(run.timezone.as_deref(), school);
        let from = words::minute(run.started_at, &zone);
        let time = match run.ended {
            Some((end, _)) => format!("{from} to {}", words::minute(end, &zone)),
            None => format!("since {from}"),
        };
        Self {
            uuid: run.uuid,
            time,
        }
    }
}
