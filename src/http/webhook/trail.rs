//! What a webhook leaves for its trace, where traces are written. Only what is authentic leaves any: a stranger's request makes no span.

use crate::{
    http::request_id::request_id,
    telemetry::{Traces, Webhook},
};
use actix_web::http::header::HeaderMap;
use std::time::Instant;

/// A request whose trace is to be written.
pub(super) struct Trail<'a> {
    traces: &'a Traces,
    headers: &'a HeaderMap,
    arrived: Instant,
}

/// What became of it.
pub(super) struct End<'a> {
    /// When its commit was asked for.
    pub(super) committing: Instant,
    /// Zoom's name of the event.
    pub(super) event: &'a str,
    /// The meeting's number.
    pub(super) meeting: Option<&'a str>,
    /// The occurrence.
    pub(super) occurrence: Option<&'a str>,
    /// As it is counted.
    pub(super) outcome: &'static str,
    /// Of its answer.
    pub(super) status: u16,
}

impl<'a> Trail<'a> {
    /// Of a request that comes now; none where no traces are written.
    pub(super) fn begin(traces: &'a Traces, headers: &'a HeaderMap) -> Option<Self> {
        traces.are_on().then(|| Self {
            traces,
            headers,
            arrived: Instant::now(),
        })
    }

    /// Its answer is known.
    pub(super) fn end(self, end: &End<'_>) {
        let parent = self.headers.get("traceparent");
        self.traces.webhook(&Webhook {
            parent: parent.and_then(|parent| parent.to_str().ok()),
            arrived: self.arrived,
            committing: end.committing,
            request_id: request_id(self.headers).as_deref(),
            event: end.event,
            meeting: end.meeting,
            occurrence: end.occurrence,
            outcome: end.outcome,
            status: end.status,
        });
    }
}
