//! Rate, errors and duration of every request, by route. The labels are our routes and status codes: few, whatever
//! strangers ask for.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use std::time::Instant;

/// Counts and times a request.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let response = next.call(request).await?;
    let route = response.request().match_pattern();
    let route = route.unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_str().to_owned();
    metrics::histogram!("rollcall_http_request_duration_seconds", "route" => route.clone())
        .record(begun.elapsed());
    metrics::counter!("rollcall_http_requests_total", "route" => route, "status" => status)
        .increment(1);
    Ok(response)
}
