//! `GET /api/v1/actors`: how the occurrences in memory fare.

use super::{query::Parameters, refs::instant};
use crate::{
    clock,
    http::{pages::Pages, problem::Problem},
    meeting::{Census, Entry, State},
};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Actors that are named where the caller does not say, and at most.
const DEFAULT: u64 = 100;
const MOST: u64 = 1000;

/// The actors as they are now.
#[derive(Serialize, ToSchema)]
pub(super) struct Actors {
    /// How many there are.
    live: usize,
    /// How many are in each state: `idle`, `waiting`, `working`, `resting`, `given_up`, `hung`.
    states: BTreeMap<&'static str, usize>,
    /// The worst, the worst first.
    items: Vec<Actor>,
}

/// One occurrence in memory.
#[derive(Serialize, ToSchema)]
pub(super) struct Actor {
    /// Zoom's uuid of its occurrence.
    occurrence_uuid: String,
    /// `idle`, `waiting` (messages wait for it), `working`, `resting` (it panicked, and begins again shortly), `given_up` (it panicked too
    /// often in a row, and rests for minutes) or `hung` (it held its thread; it rests for a day).
    state: &'static str,
    /// Messages that wait for it.
    queued: usize,
    /// Panics in a row, each of which was followed by a restart; a hang counts as one.
    panics: u32,
    /// How often a fresh one has taken its place since `started_at`.
    restarts: u32,
    /// Since when its occurrence has been in memory.
    #[schema(format = DateTime)]
    started_at: String,
    /// Seconds since then.
    age_seconds: i64,
    /// When it last did something.
    #[schema(format = DateTime)]
    last_active_at: String,
    /// Seconds since then.
    idle_seconds: i64,
}

/// How the occurrences in memory fare: all of them counted, the worst of them named. A look at this moment, so there are no pages of it.
#[utoipa::path(
    get,
    path = "/api/v1/actors",
    params(("limit" = Option<u64>, Query, description = "How many are named: 1 to 1000, 100 by default")),
    responses((status = 200, body = Actors, description = "The actors of this process")),
)]
pub(super) async fn show(
    request: HttpRequest,
    pages: web::Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::of(&request, &["limit"])?;
    let most = parameters.number("limit", 1, MOST)?.unwrap_or(DEFAULT);
    let census = (pages.census)(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(HttpResponse::Ok().json(Actors::of(census, clock::now_ms())))
}

impl Actors {
    fn of(census: Census, now_ms: i64) -> Self {
        let count = |state: State| census.counts.get(&state).copied().unwrap_or_default();
        Self {
            live: census.counts.values().sum(),
            states: State::ALL
                .into_iter()
                .map(|state| (state.label(), count(state)))
                .collect(),
            items: census
                .worst
                .into_iter()
                .map(|entry| Actor::of(entry, now_ms))
                .collect(),
        }
    }
}

impl Actor {
    fn of(entry: Entry, now_ms: i64) -> Self {
        let at = |ms: i64| {
            let at = Timestamp::from_second(ms.div_euclid(1000));
            instant(at.unwrap_or(Timestamp::UNIX_EPOCH))
        };
        let since = |ms: i64| (now_ms - ms).max(0) / 1000;
        Self {
            occurrence_uuid: entry.occurrence.into(),
            state: entry.state.label(),
            queued: entry.queued,
            panics: entry.panics,
            restarts: entry.restarts,
            started_at: at(entry.began_ms),
            age_seconds: since(entry.began_ms),
            last_active_at: at(entry.touched_ms),
            idle_seconds: since(entry.touched_ms),
        }
    }
}
