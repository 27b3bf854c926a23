//! The pages of the operators' listener: what happens, and why a mark was given. Rendered here, whole; a small script only puts
//! newer text into its place.
//!
//! A file a page, each with its template in `templates/`. What they share: answers and their policy ([`answer`]), files
//! that never change ([`assets`]), newer text ([`live`]), times and lengths in words ([`words`]), stays on a time axis
//! ([`timeline`]), the last hour ([`history`]). The pages only read; what they show the API gives too.

mod actors;
mod answer;
mod assets;
mod classes;
mod dead_events;
mod history;
mod live;
mod meetings;
mod occurrence;
mod overview;
mod timeline;
mod unmatched;
mod words;

pub use history::History;

use crate::meeting::Census;
use actix_web::web;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Tells how the actors fare, and names at most so many.
pub type TakeCensus = Arc<dyn Fn(usize) -> Census + Send + Sync>;

/// What the pages work with, beside what the API does; cheap to clone.
#[derive(Clone)]
pub struct Pages {
    /// The last hour.
    pub history: History,
    /// How the actors fare.
    pub census: TakeCensus,
    /// The school's zone, for what has none of its own.
    pub zone: TimeZone,
}

/// The pages, and what they are made of.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(overview::show))
        .route("/meetings", web::get().to(meetings::show))
        .route("/occurrences/{uuid}", web::get().to(occurrence::show))
        .route("/classes", web::get().to(classes::list))
        .route("/classes/{class}", web::get().to(classes::show))
        .route("/unmatched", web::get().to(unmatched::show))
        .route("/actors", web::get().to(actors::show))
        .route("/dead-events", web::get().to(dead_events::show))
        .route("/live/overview", web::get().to(overview::follow))
        .route("/live/meetings", web::get().to(meetings::follow))
        .route(
            "/live/occurrences/{uuid}",
            web::get().to(occurrence::follow),
        )
        .route("/assets/{name}", web::get().to(assets::show));
}
