//! Traces: how long a webhook took from its arrival to its commit, for an OpenTelemetry collector. Off unless `telemetry.otlp_endpoint` is set.
//!
//! Nothing is opened while a request is served. An authentic event that is about to be answered leaves its instants, and two spans are made of
//! them: the request, which joins the trace that Zoom's `traceparent` names, and the commit below it. Spans wait in a bounded queue for a thread of
//! the SDK's; what does not fit, and what the collector does not take, is dropped. They carry ids of meetings and events, nobody's data.

use crate::{
    clock, config,
    outbound::{Client, Failure},
};
use async_trait::async_trait;
use opentelemetry::{
    Context, KeyValue,
    propagation::{Extractor, TextMapPropagator},
    trace::{Span, SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::runtime::Handle;

/// Where a collector takes traces, below its endpoint.
const PATH: &str = "/v1/traces";
/// A collector that takes longer has not taken it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where traces go, if anywhere; cheap to clone.
#[derive(Clone, Debug)]
pub struct Traces(Option<Arc<Open>>);

#[derive(Debug)]
struct Open {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// An authentic webhook whose answer is known. No field holds anybody's data.
#[derive(Clone, Copy, Debug)]
pub struct Webhook<'a> {
    /// The `traceparent` that came with it.
    pub parent: Option<&'a str>,
    /// When it came.
    pub arrived: Instant,
    /// When its commit was asked for.
    pub committing: Instant,
    /// Zoom's id of the request.
    pub request_id: Option<&'a str>,
    /// Zoom's name of the event.
    pub event: &'a str,
    /// The meeting's number.
    pub meeting: Option<&'a str>,
    /// The occurrence.
    pub occurrence: Option<&'a str>,
    /// What became of it.
    pub outcome: &'static str,
    /// The status of its answer.
    pub status: u16,
}

impl Traces {
    /// None are written.
    pub fn off() -> Self {
        Self(None)
    }

    /// As configured. Requests to the collector run on `runtime`.
    ///
    /// # Errors
    /// The endpoint cannot be used.
    pub fn open(config: &config::Telemetry, runtime: &Handle) -> Result<Self, ExporterBuildError> {
        if config.otlp_endpoint.is_empty() {
            return Ok(Self::off());
        }
        let collector = Collector {
            client: Client::new(PATIENCE),
            runtime: runtime.clone(),
            failing: AtomicBool::new(false),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_retry_policy(RetryPolicy::default().with_max_retries(0))
            .with_endpoint(config.otlp_endpoint.trim_end_matches('/').to_owned() + PATH)
            .with_timeout(PATIENCE)
            .build()?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            // By the trace's id alone: the sender's own flag decides nothing here.
            .with_sampler(Sampler::TraceIdRatioBased(config.sample_ratio))
            .with_resource(
                Resource::builder()
                    .with_service_name("rollcall")
                    .with_attribute(version)
                    .build(),
            )
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer("rollcall");
        Ok(Self(Some(Arc::new(Open { provider, tracer }))))
    }

    /// Whether any are written.
    pub fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes down a webhook that is about to be answered.
    pub fn webhook(&self, webhook: &Webhook<'_>) {
        if let Some(open) = &self.0 {
            open.webhook(webhook);
        }
    }

    /// Sends what waits, for at most `patience`, and takes no more.
    pub async fn close(&self, patience: Duration) {
        let Some(open) = self.0.clone() else { return };
        let closed = move || drop(open.provider.shutdown_with_timeout(patience));
        // The SDK waits for its thread, which waits for this runtime.
        let _ = tokio::task::spawn_blocking(closed).await;
    }
}

impl Open {
    fn webhook(&self, webhook: &Webhook<'_>) {
        let (ended, now) = (Instant::now(), now());
        let at = |instant: Instant| {
            let ago = ended.saturating_duration_since(instant);
            now.checked_sub(ago).unwrap_or(now)
        };
        let parent = TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &Parent(webhook.parent));
        let builder = self.tracer.span_builder("POST /api/zoom/webhook");
        let mut request = builder
            .with_kind(SpanKind::Server)
            .with_start_time(at(webhook.arrived))
            .start_with_context(&self.tracer, &parent);
        if !request.is_recording() {
            return;
        }
        request.set_attributes(attributes(webhook));
        if webhook.status >= 500 {
            request.set_status(Status::error(webhook.outcome));
        }
        let below = Context::new().with_remote_span_context(request.span_context().clone());
        let builder = self.tracer.span_builder("journal commit");
        builder
            .with_start_time(at(webhook.committing))
            .start_with_context(&self.tracer, &below)
            .end_with_timestamp(now);
        request.end_with_timestamp(now);
    }
}

/// As other software names them, where it has a name.
fn attributes(webhook: &Webhook<'_>) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("http.request.method", "POST"),
        KeyValue::new("http.route", "/api/zoom/webhook"),
        KeyValue::new("http.response.status_code", i64::from(webhook.status)),
        KeyValue::new("event.kind", webhook.event.to_owned()),
        KeyValue::new("outcome", webhook.outcome),
    ];
    let ids = [
        ("request.id", webhook.request_id),
        ("meeting.id", webhook.meeting),
        ("meeting.uuid", webhook.occurrence),
    ];
    let known = ids.into_iter().filter_map(|(key, id)| Some((key, id?)));
    attributes.extend(known.map(|(key, id)| KeyValue::new(key, id.to_owned())));
    attributes
}

fn now() -> SystemTime {
    let since = u64::try_from(clock::now_ms()).unwrap_or(0);
    UNIX_EPOCH + Duration::from_millis(since)
}

/// A request's `traceparent`, for the propagator.
struct Parent<'a>(Option<&'a str>);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.filter(|_| key == "traceparent")
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// Takes the SDK's requests to the collector.
#[derive(Debug)]
struct Collector {
    client: Client,
    runtime: Handle,
    failing: AtomicBool,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        // The SDK's thread has no runtime.
        let sent = self
            .runtime
            .spawn(async move { client.send(request).await });
        let answer = sent.await?;
        self.note(&answer);
        Ok(answer?)
    }
}

impl Collector {
    /// Counts it, and tells of a change.
    fn note(&self, answer: &Result<Response<Bytes>, Failure>) {
        let why = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("answered {}", answer.status().as_u16())),
            Err(why) => Some(why.to_string()),
        };
        let outcome = if why.is_some() { "failed" } else { "sent" };
        metrics::counter!("rollcall_trace_exports_total", "outcome" => outcome).increment(1);
        let failed_before = self.failing.swap(why.is_some(), Relaxed);
        match why {
            Some(why) if !failed_before => {
                tracing::warn!(why, "the collector takes no traces; they are dropped");
            }
            None if failed_before => tracing::info!("the collector takes traces again"),
            _ => {}
        }
    }
}
