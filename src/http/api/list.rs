//! A list: a page of it as JSON, or all of it as CSV.
//!
//! CSV with `limit` or `cursor` is one page, and the header `X-Next-Cursor` leads on. Without them it is the whole
//! list, read and sent a page at a time, so that it never stands in memory. If reading fails on the way, the
//! connection breaks off: a file that ends early must not look complete.

use super::{csv, cursor, format::Format, query::Parameters};
use crate::{
    http::problem::Problem,
    store::reports::{Error, Page, Position, Window},
};
use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

/// Items of a page where the caller does not say.
pub(super) const DEFAULT: u64 = 100;
/// Items of a page at most; also of each piece of a whole CSV.
pub(super) const MOST: u64 = 1000;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// What to give as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// An item of a list.
pub(super) trait Item: Serialize {
    /// The list's name: of its cursors, and of its file.
    const LIST: &'static str;
    /// The header of its CSV.
    const COLUMNS: &'static [&'static str];

    /// Its lines in CSV: one for each thing that it is about.
    fn rows(&self) -> Vec<Vec<String>>;
}

/// What the caller wants of a list.
#[derive(Debug)]
pub(super) struct View {
    format: Format,
    window: Window,
    /// CSV without `limit` and `cursor`.
    whole: bool,
}

impl View {
    /// As `request` says, for a list of `T`.
    pub(super) fn of<T: Item>(
        request: &HttpRequest,
        parameters: &Parameters,
    ) -> Result<Self, Problem> {
        let format = Format::of(request, parameters)?;
        let limit = parameters.number("limit", 1, MOST)?;
        let cursor = parameters.text("cursor");
        let after = cursor.map(|c| cursor::read(T::LIST, c)).transpose()?;
        let whole = format == Format::Csv && limit.is_none() && after.is_none();
        let limit = limit.unwrap_or(if whole { MOST } else { DEFAULT });
        Ok(Self {
            format,
            window: Window { after, limit },
            whole,
        })
    }

    /// Answers with what `read` gives. It is asked for one window, or for one after the other.
    pub(super) async fn answer<T, D, R, F>(self, read: R) -> Result<HttpResponse, Problem>
    where
        T: Item + From<D>,
        R: Fn(Window) -> F + 'static,
        F: Future<Output = Result<Page<D>, Error>>,
    {
        let page = page::<T, D>(read(self.window).await?);
        Ok(match self.format {
            Format::Json => HttpResponse::Ok().json(List {
                next_cursor: page.next.as_ref().map(|p| cursor::write(T::LIST, p)),
                items: page.items,
            }),
            Format::Csv if self.whole => whole(page, read),
            Format::Csv => one(&page),
        })
    }
}

fn page<T: From<D>, D>(page: Page<D>) -> Page<T> {
    Page {
        items: page.items.into_iter().map(T::from).collect(),
        next: page.next,
    }
}

/// One page.
fn one<T: Item>(page: &Page<T>) -> HttpResponse {
    let mut response = csv_response::<T>();
    if let Some(next) = &page.next {
        response.insert_header(("X-Next-Cursor", cursor::write(T::LIST, next)));
    }
    response.body([header::<T>(), lines(page)].concat())
}

/// The first page and all that follow.
fn whole<T, D, R, F>(first: Page<T>, read: R) -> HttpResponse
where
    T: Item + From<D>,
    R: Fn(Window) -> F + 'static,
    F: Future<Output = Result<Page<D>, Error>>,
{
    let beginning = Bytes::from([header::<T>(), lines(&first)].concat());
    let start = (Some(beginning), first.next, read);
    let pieces = stream::try_unfold(start, |(beginning, next, read)| async move {
        if let Some(beginning) = beginning {
            return Ok::<_, Problem>(Some((beginning, (None, next, read))));
        }
        let Some(next) = next else {
            return Ok(None);
        };
        let page = page::<T, D>(read(following(next)).await?);
        Ok(Some((Bytes::from(lines(&page)), (None, page.next, read))))
    });
    csv_response::<T>().streaming(pieces)
}

fn following(after: Position) -> Window {
    Window {
        after: Some(after),
        limit: MOST,
    }
}

fn csv_response<T: Item>() -> actix_web::HttpResponseBuilder {
    let name = T::LIST;
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((
            "Content-Disposition",
            format!("attachment; filename=\"{name}.csv\""),
        ));
    response
}

fn header<T: Item>() -> Vec<u8> {
    csv::write([T::COLUMNS.iter().map(ToString::to_string)])
}

fn lines<T: Item>(page: &Page<T>) -> Vec<u8> {
    csv::write(page.items.iter().flat_map(Item::rows))
}
