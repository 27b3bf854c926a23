//! `/meetings`: lessons in session, and those that have just ended.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    live, words,
};
use crate::{
    http::{access::Caller, admin::Admin},
    store::reports::{Class, Run},
};
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::{Timestamp, tz::TimeZone};

/// Lessons of each list.
const MOST: u64 = 200;

/// One run of a meeting, in a list.
pub(super) struct Line {
    pub(super) uuid: String,
    pub(super) title: String,
    /// Where its name is not the title.
    pub(super) class: Option<Class>,
    pub(super) day: String,
    pub(super) from: String,
    /// None while it runs.
    pub(super) until: Option<String>,
    /// How long it has lasted.
    pub(super) length: String,
    pub(super) iso: String,
}

impl Line {
    pub(super) fn of(run: Run, school: &TimeZone, now: Timestamp) -> Self {
        let zone = words::zone(run.timezone.as_deref(), school);
        let end = run.ended.as_ref().map(|(at, _)| *at);
        let seconds = end.unwrap_or(now).as_second() - run.started_at.as_second();
        Self {
            day: words::day(run.date),
            from: words::minute(run.started_at, &zone),
            until: end.map(|at| words::minute(at, &zone)),
            length: words::length(seconds / 60 * 60),
            iso: run.started_at.to_string(),
            class: run.class.filter(|class| class.name != run.title),
            title: run.title,
            uuid: run.uuid,
        }
    }
}

#[derive(Template)]
#[template(path = "meetings.html", config = "src/http/pages/askama.toml", blocks = ["now"])]
struct Page {
    frame: Frame,
    running: Vec<Line>,
    ended: Vec<Line>,
}

pub(super) async fn show(
    caller: Caller,
    admin: web::Data<Admin>,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Failure> {
    let frame = Frame::of("meetings", caller);
    html(&page(frame, &admin, &pages).await?)
}

/// The same, live.
pub(super) async fn follow(sources: live::Sources) -> Result<HttpResponse, Failure> {
    live::follow(sources, "meetings", |admin, pages| async move {
        let page = page(Frame::bare("meetings"), &admin, &pages).await?;
        Ok(page.as_now().render()?)
    })
}

async fn page(frame: Frame, admin: &Admin, pages: &Pages) -> Result<Page, Failure> {
    let line = |run| Line::of(run, &pages.zone, words::now());
    let running = admin.reports.in_session(MOST).await?;
    let ended = admin.reports.just_ended(MOST).await?;
    Ok(Page {
        frame,
        running: running.into_iter().map(line).collect(),
        ended: ended.into_iter().map(line).collect(),
    })
}
