//! Rate, errors and duration of every request, by route. The labels are our routes and status codes: few, whatever
//! strangers ask for.

use super::seats::Seat;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use std::time::Instant;

/// Every metric of the listeners, and what it says.
const METRICS: [(&str, Describe, &str); 12] = [
    (
        "rollcall_http_requests_total",
        counter,
        "Requests answered, by route and status",
    ),
    (
        "rollcall_http_request_duration_seconds",
        histogram,
        "How long an answer took, by route",
    ),
    (
        "rollcall_http_connections",
        gauge,
        "Open connections, by listener",
    ),
    (
        "rollcall_http_connections_closed_total",
        counter,
        "Connections closed because they were slow, or the slowest of too many, by reason",
    ),
    (
        "rollcall_webhook_events_total",
        counter,
        "Authentic webhooks, by kind and outcome",
    ),
    (
        "rollcall_signature_refused_total",
        counter,
        "Webhooks refused for their signature, by reason",
    ),
    (
        "rollcall_refusal_burst_requests",
        gauge,
        "Webhooks refused in the burst that goes on, by kind; 0 after a minute without any",
    ),
    (
        "rollcall_clock_skew_total",
        counter,
        "Webhooks refused for a right signature with a wrong time",
    ),
    (
        "rollcall_last_event_timestamp_seconds",
        gauge,
        "When the last authentic webhook came, Unix time",
    ),
    (
        "rollcall_last_url_validation_timestamp_seconds",
        gauge,
        "When Zoom last validated the URL, Unix time; it does every 72 hours",
    ),
    (
        "rollcall_database_reachable",
        gauge,
        "1 if the main database answers, else 0",
    ),
    (
        "rollcall_ready",
        gauge,
        "1 if this process takes webhooks, else 0",
    ),
];

type Describe = fn(&'static str, &'static str);

/// Tells the recorder what the metrics mean.
pub(super) fn describe() {
    for (name, describe, text) in METRICS {
        describe(name, text);
    }
}

fn counter(name: &'static str, text: &'static str) {
    metrics::describe_counter!(name, text);
}

fn gauge(name: &'static str, text: &'static str) {
    metrics::describe_gauge!(name, text);
}

fn histogram(name: &'static str, text: &'static str) {
    metrics::describe_histogram!(name, metrics::Unit::Seconds, text);
}

/// Counts and times a request, and tells its connection's seat whose turn it is.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let seat = request.conn_data::<Seat>().cloned();
    if let Some(seat) = &seat {
        seat.work();
    }
    let response = next.call(request).await;
    if let Some(seat) = &seat {
        seat.answered();
    }
    let response = response?;
    let route = response.request().match_pattern();
    let route = route.unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_str().to_owned();
    metrics::histogram!("rollcall_http_request_duration_seconds", "route" => route.clone())
        .record(begun.elapsed());
    metrics::counter!("rollcall_http_requests_total", "route" => route, "status" => status)
        .increment(1);
    Ok(response)
}
