//! `GET /api/v1/overview` and `GET /api/v1/history`: whether all is well, and the last hour, as the overview page shows them.

use super::query::Parameters;
use crate::http::{
    admin::Admin,
    pages::{
        history::{PERIOD, Reading, Sample},
        overview::Verdict,
    },
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether all is well.
#[derive(Serialize, ToSchema)]
pub(super) struct Overview {
    /// `ok`, `look` (it works, something deserves a look) or `act` (something needs you now).
    verdict: &'static str,
    /// The same as a sentence.
    sentence: &'static str,
    /// Why it is not `ok`, the worst first.
    reasons: Vec<Because>,
    /// How it fares.
    figures: Figures,
}

/// One thing that is not well.
#[derive(Serialize, ToSchema)]
struct Because {
    /// What.
    text: String,
    /// What to do about it.
    advice: &'static str,
    /// The page that tells more.
    link: &'static str,
}

/// How it fares.
#[derive(Serialize, ToSchema)]
struct Figures {
    /// The latest ten seconds.
    latest: Moment,
    /// Events that wait for their commit.
    journal_queue: f64,
    /// Restarts of actors since the process started.
    actor_restarts: f64,
    /// Events that could not be applied, but for those that came after their occurrence was sealed.
    dead_events: f64,
}

/// Some seconds.
#[derive(Serialize, ToSchema)]
pub(super) struct Moment {
    /// Webhooks a second.
    events_per_second: f64,
    /// Seconds within which 99 of 100 webhooks were answered.
    answer_p99_seconds: f64,
    /// Seconds within which 99 of 100 commits of the journal were done.
    commit_p99_seconds: f64,
    /// Occurrences in memory.
    actors: f64,
}

/// The last hour.
#[derive(Serialize, ToSchema)]
pub(super) struct Hour {
    /// What a sample is about, in seconds.
    period_seconds: u64,
    /// At most an hour of them, the oldest first; the last one ended just now.
    samples: Vec<Moment>,
}

/// Whether all is well; if not, why, and what to do. It needs no database.
#[utoipa::path(
    get,
    path = "/api/v1/overview",
    responses((status = 200, body = Overview, description = "The state of this process")),
)]
pub(super) async fn show(
    request: HttpRequest,
    admin: web::Data<Admin>,
) -> Result<HttpResponse, Problem> {
    Parameters::of(&request, &[])?;
    let reachable = admin.readiness.database().await;
    let reading = Reading::of(&(admin.metrics)());
    let census = (admin.pages.census)(0);
    let verdict = Verdict::of(&admin.readiness, reachable, &reading, &census);
    let latest = admin.pages.history.samples().last().copied();
    Ok(HttpResponse::Ok().json(Overview::of(verdict, &reading, latest.unwrap_or_default())))
}

/// The last hour in steps of ten seconds.
#[utoipa::path(
    get,
    path = "/api/v1/history",
    responses((status = 200, body = Hour, description = "The last hour of this process")),
)]
pub(super) async fn hour(
    request: HttpRequest,
    admin: web::Data<Admin>,
) -> Result<HttpResponse, Problem> {
    Parameters::of(&request, &[])?;
    let samples = admin.pages.history.samples();
    Ok(HttpResponse::Ok().json(Hour {
        period_seconds: PERIOD.as_secs(),
        samples: samples.into_iter().map(Into::into).collect(),
    }))
}

impl Overview {
    fn of(verdict: Verdict, reading: &Reading, latest: Sample) -> Self {
        let reasons = verdict.reasons.into_iter().map(|reason| Because {
            text: reason.text,
            advice: reason.advice,
            link: reason.link,
        });
        Self {
            verdict: verdict.word,
            sentence: verdict.sentence,
            reasons: reasons.collect(),
            figures: Figures {
                latest: latest.into(),
                journal_queue: reading.value("rollcall_journal_queue_depth"),
                actor_restarts: reading.value("rollcall_actors_restarted_total"),
                dead_events: reading.value("rollcall_dead_events"),
            },
        }
    }
}

impl From<Sample> for Moment {
    fn from(sample: Sample) -> Self {
        Self {
            events_per_second: sample.events,
            answer_p99_seconds: sample.answer,
            commit_p99_seconds: sample.commit,
            actors: sample.actors,
        }
    }
}
