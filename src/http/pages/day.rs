//! `/classes/{class}` for one date: the mark of everybody who has one or is enrolled, why, and the forms that change it.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    marks::{self, Cell, Counts},
    period::Period,
    words,
};
use crate::{
    clock,
    http::{access::Caller, admin::Admin},
    store::{
        clerk::may_have_been,
        reports::{Class, Marks, Run, Student},
    },
};
use actix_web::HttpResponse;
use askama::Template;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Marks that are shown: more than there are students in a class.
const MARKS: usize = 5000;

#[derive(Template)]
#[template(path = "day.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    class: Class,
    period: Period,
    day: String,
    counts: Counts,
    /// The meetings of this class on this date.
    runs: Vec<Run>,
    students: Vec<Row>,
    /// There are more marks than are shown.
    cut: bool,
    /// Whether there can have been a lesson, to set marks of.
    may_have_been: bool,
}

/// A student, and the mark if there is one.
struct Row {
    id: Uuid,
    name: String,
    sourced_id: String,
    cell: Option<Cell>,
}

/// The page of `class` for the one day of `period`.
pub(super) async fn show(
    caller: Caller,
    admin: &Admin,
    pages: &Pages,
    class: Class,
    period: Period,
) -> Result<HttpResponse, Failure> {
    let which = Marks {
        class: Some(class.id.to_string()),
        from: Some(period.from),
        to: Some(period.to),
        ..Marks::default()
    };
    let enrolled = admin.reports.enrolled(class.id, period.from).await?;
    let (marks, cut) = marks::marks(admin, which, MARKS).await?;
    let day = (period.from, period.to);
    let runs = admin.reports.of_lessons([class.id].into(), day).await?;

    let mut counts = Counts::default();
    let mut rows: BTreeMap<Uuid, Row> = BTreeMap::new();
    for student in enrolled {
        rows.insert(student.id, Row::of(student, None));
    }
    for mark in marks {
        counts.add(&mark);
        let cell = Cell::of(&mark, &pages.zone);
        rows.insert(mark.student.id, Row::of(mark.student, Some(cell)));
    }
    let mut students: Vec<Row> = rows.into_values().collect();
    students.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    html(&Page {
        frame: Frame::of("classes", caller),
        day: words::day(period.from),
        may_have_been: may_have_been(period.from, clock::now()),
        cut,
        class,
        period,
        counts,
        runs,
        students,
    })
}

impl Page {
    /// Whether who looks can set marks of this day.
    fn sets_marks(&self) -> bool {
        self.may_have_been && self.frame.is_operator()
    }

    /// Whether a lesson goes on, so that who is in it has no mark yet.
    fn is_live(&self) -> bool {
        self.runs.iter().any(|run| run.ended.is_none())
    }
}

impl Row {
    fn of(student: Student, cell: Option<Cell>) -> Self {
        Self {
            id: student.id,
            name: student.full_name,
            sourced_id: student.sourced_id.unwrap_or_default(),
            cell,
        }
    }

    /// Whether the mark was set here, and can be withdrawn.
    fn is_by_hand(&self) -> bool {
        self.cell
            .as_ref()
            .is_some_and(|cell| cell.by_hand.is_some())
    }
}
