//! `GET /api/v1/participation`: what a student's marks in a class come to, for gradebooks.

use super::{
    attendance::{Student, which},
    list::{Item, List, View},
    query::Parameters,
    refs::{Class, text},
};
use crate::{
    http::{admin::Admin, problem::Problem},
    store::reports,
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// The marks of a student in a class, and their score.
#[derive(Serialize, ToSchema)]
pub(super) struct Participation {
    /// Who.
    student: Student,
    /// Of which class.
    class: Class,
    /// Lessons that the score is a share of: present, partial and absent ones.
    lessons: u32,
    /// Lessons marked present.
    present: u32,
    /// Lessons marked partial.
    partial: u32,
    /// Lessons marked absent.
    absent: u32,
    /// Lessons with another word (`excused`): no part of the score.
    other: u32,
    /// Of all these, marks that are not computed.
    manual: u32,
    /// From 0 to 1: a present lesson counts 1, a partial one `attendance.partial_weight`, an absent one 0. Lessons without a
    /// mark count nothing; null where there is no lesson.
    #[schema(required)]
    score: Option<f64>,
}

/// What marks come to, in order of class and student. Marks that are still provisional count as they stand.
#[utoipa::path(
    get,
    path = "/api/v1/participation",
    params(
        ("class" = Option<String>, Query, description = "A class's id or sourced_id"),
        ("student" = Option<String>, Query, description = "A user's id or sourced_id; never an e-mail"),
        ("from" = Option<String>, Query, description = "On or after, YYYY-MM-DD"),
        ("to" = Option<String>, Query, description = "On or before, YYYY-MM-DD"),
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Participation>, description = "A page; as CSV without limit and cursor the whole list"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    admin: web::Data<Admin>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &["class", "student", "from", "to"])?;
    let view = View::of::<Participation>(&request, &parameters)?;
    let which = which(&parameters)?;
    view.answer::<Participation, _, _, _>(move |window| {
        let (admin, which) = (admin.clone(), which.clone());
        async move {
            let page = admin.reports.participation(which, window).await?;
            let weight = admin.partial_weight;
            Ok(page.map(|own| Weighed { own, weight }))
        }
    })
    .await
}

/// Marks, and what a partial lesson counts.
struct Weighed {
    own: reports::Participation,
    weight: f64,
}

impl From<Weighed> for Participation {
    fn from(Weighed { own, weight }: Weighed) -> Self {
        Self {
            lessons: own.lessons(),
            present: own.present,
            partial: own.partial,
            absent: own.absent,
            other: own.other,
            manual: own.manual,
            score: own.score(weight),
            student: own.student.into(),
            class: own.class.into(),
        }
    }
}

impl Item for Participation {
    const LIST: &'static str = "participation";
    const COLUMNS: &'static [&'static str] = &[
        "student_id",
        "student_sourced_id",
        "student_email",
        "student_full_name",
        "class_id",
        "class_sourced_id",
        "class_name",
        "lessons",
        "present",
        "partial",
        "absent",
        "other",
        "manual",
        "score",
    ];

    fn rows(&self) -> Vec<Vec<String>> {
        let counts = [
            self.lessons,
            self.present,
            self.partial,
            self.absent,
            self.other,
            self.manual,
        ];
        let counts = counts.map(|count| count.to_string());
        let names = self.student.cells().into_iter();
        let names = names.chain(Class::cells(Some(&self.class)));
        vec![names.chain(counts).chain([text(self.score)]).collect()]
    }
}
