//! `GET /api/v1/classes`: the school's classes.

use super::{
    list::{Item, List, View},
    query::Parameters,
    refs::Class,
};
use crate::{http::problem::Problem, store::reports::Reports};
use actix_web::{HttpRequest, HttpResponse, web};

/// The classes in order of their ids.
#[utoipa::path(
    get,
    path = "/api/v1/classes",
    params(
        ("limit" = Option<u64>, Query, description = "Items of a page: 1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("format" = Option<String>, Query, description = "json or csv"),
    ),
    responses(
        (status = 200, body = List<Class>, description = "A page; as CSV without limit and cursor the whole list"),
    ),
)]
pub(super) async fn list(
    request: HttpRequest,
    reports: web::Data<Reports>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of_list(&request, &[])?;
    let view = View::of::<Class>(&request, &parameters)?;
    view.answer::<Class, _, _, _>(move |window| {
        let reports = reports.clone();
        async move { reports.every_class(window).await }
    })
    .await
}

impl Item for Class {
    const LIST: &'static str = "classes";
    const COLUMNS: &'static [&'static str] = &["class_id", "class_sourced_id", "class_name"];

    fn rows(&self) -> Vec<Vec<String>> {
        vec![Self::cells(Some(self)).into()]
    }
}
