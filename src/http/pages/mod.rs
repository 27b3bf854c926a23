//! The pages of the operators' listener: what happens, and why a mark was given. Rendered here, whole; a small script only puts
//! newer text into its place.
//!
//! A file a page, each with its template in `templates/`. What they share: answers ([`answer`], and [`failure`] where there is
//! none), files that never change ([`assets`]), newer text ([`live`]) from one look for all ([`watched`]), marks and what they come
//! to ([`marks`]) over some time ([`period`]), times and lengths in words ([`words`]), stays on a time axis ([`timeline`]), the last
//! hour ([`history`]). The pages only read; what they show the API gives too.

mod actors;
mod answer;
mod assets;
mod classes;
mod day;
mod dead_events;
mod desk;
mod dry_run;
mod failure;
pub(super) mod history;
mod live;
mod marks;
mod meetings;
mod occurrence;
pub(super) mod overview;
mod period;
mod security;
mod students;
mod timeline;
mod unmatched;
mod watched;
mod words;

pub use history::History;

pub(super) use failure::tell;

use super::access::Caller;
use crate::{meeting::Census, store::access::Role};
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

/// What every page has around it.
struct Frame {
    /// The page's entry in the navigation.
    active: &'static str,
    /// Who looks; none where nobody is asked.
    who: Option<Caller>,
}

impl Frame {
    fn of(active: &'static str, caller: Caller) -> Self {
        let who = Some(caller);
        Self { active, who }
    }

    fn bare(active: &'static str) -> Self {
        Self { active, who: None }
    }

    fn may(&self, least: Role) -> bool {
        let who = self.who.as_ref();
        who.is_some_and(|who| who.role >= least)
    }

    /// Whether who looks may change something.
    fn is_operator(&self) -> bool {
        self.may(Role::Operator)
    }

    fn is_admin(&self) -> bool {
        self.may(Role::Admin)
    }

    /// What a form sends back; empty for whoever needs none.
    fn csrf(&self) -> &str {
        let who = self.who.as_ref();
        who.and_then(|who| who.csrf.as_deref()).unwrap_or_default()
    }
}

/// The pages, and what they are made of.
pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.app_data(web::Data::new(watched::Watched::default()))
        .service(web::resource("/").route(web::get().to(overview::show)))
        .service(web::resource("/meetings").route(web::get().to(meetings::show)))
        .service(web::resource("/occurrences/{uuid}").route(web::get().to(occurrence::show)))
        .service(web::resource("/classes").route(web::get().to(classes::list)))
        .service(web::resource("/classes/{class}").route(web::get().to(classes::show)))
        .service(web::resource("/students/{student}").route(web::get().to(students::show)))
        .service(web::resource("/unmatched").route(web::get().to(unmatched::show)))
        .service(web::resource("/actors").route(web::get().to(actors::show)))
        .service(web::resource("/dead-events").route(web::get().to(dead_events::show)))
        .service(web::resource("/security").route(web::get().to(security::show)))
        .service(web::resource("/unmatched/confirm").route(web::post().to(desk::confirm)))
        .service(web::resource("/matches/{id}/withdraw").route(web::post().to(desk::forget)))
        .service(
            web::resource("/classes/{class}/{date}/{student}/mark")
                .route(web::post().to(desk::mark)),
        )
        .service(
            web::resource("/classes/{class}/{date}/{student}/withdraw")
                .route(web::post().to(desk::unmark)),
        )
        .service(web::resource("/dead-events/{seq}/redrive").route(web::post().to(desk::redrive)))
        .service(web::resource("/dead-events/{seq}/dry-run").route(web::get().to(dry_run::show)))
        .service(web::resource("/live/overview").route(web::get().to(overview::follow)))
        .service(web::resource("/live/meetings").route(web::get().to(meetings::follow)))
        .service(web::resource("/live/occurrences/{uuid}").route(web::get().to(occurrence::follow)))
        .service(web::resource("/assets/{name}").route(web::get().to(assets::show)));
}
