//! Traces by OTLP: spans are collected in a bounded queue, and sent in batches by one task over the connections that all
//! other requests take.
//!
//! The library makes ids, samples, and writes the protocol (protobuf over HTTP); the environment's `OTEL_` variables mean
//! what they mean elsewhere. Invariants: whoever ends a span never waits: what finds no place is dropped and counted; what
//! cannot be sent is tried once and then lost and counted; a flush has a bound.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_call::transport::{Limits, Transport};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SdkTracerProvider, Span as SdkSpan, SpanData, SpanExporter as _, SpanProcessor,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;

use super::logging::Listener;
use super::metrics::Metrics;
use crate::config;

/// How many spans wait at most.
const WAITING: usize = 4096;
/// How many are sent at once.
const BATCH: usize = 512;
/// How long the first of a batch waits for others.
const GATHER: Duration = Duration::from_secs(2);
/// How long one sending may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of a collector's answer is read, in bytes.
const ANSWER: usize = 64 * 1024;

/// What the sending task is told.
enum Message {
    Span(Box<SpanData>),
    /// Send what there is, and say so.
    Flush(oneshot::Sender<()>),
}

/// Where spans go. Clones are the same.
#[derive(Clone)]
pub(super) struct Traces(Arc<Inner>);

struct Inner {
    /// Keeps the spans' source alive.
    _provider: SdkTracerProvider,
    queue: mpsc::Sender<Message>,
    /// What the task starts with; taken by the first who starts it.
    start: Mutex<Option<(mpsc::Receiver<Message>, SpanExporter)>>,
    wire: Arc<Wire>,
    metrics: Arc<Metrics>,
}

/// Makes ready what is configured; `None` where nothing is.
pub(super) fn start(
    vars: &BTreeMap<String, String>,
    settings: &config::Telemetry,
    metrics: &Arc<Metrics>,
) -> Option<(Listener, Traces)> {
    let given = |name: &str| vars.get(name).map(String::as_str).filter(|value| !value.is_empty());
    if given("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let endpoint = settings.otlp_endpoint.as_deref().map(traces_of);
    let from_environment = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    if endpoint.is_none() && !from_environment.iter().any(|name| given(name).is_some()) {
        return None;
    }
    let wire = Arc::new(Wire::default());
    let http = SpanExporter::builder().with_http().with_http_client(Shared(Arc::clone(&wire)));
    let http = http.with_protocol(Protocol::HttpBinary).with_timeout(PATIENCE);
    let http = match endpoint {
        Some(endpoint) => http.with_endpoint(endpoint),
        None => http,
    };
    let http = match &settings.otlp_headers {
        Some(headers) => http.with_headers(pairs(headers.expose())),
        None => http,
    };
    let mut exporter = match http.build() {
        Ok(exporter) => exporter,
        Err(error) => {
            // Logs are not there yet, and a wrong address must stop no command.
            metrics.spans("unusable_settings", 1);
            drop(error);
            return None;
        }
    };
    let resource = resource(given("OTEL_SERVICE_NAME").is_none());
    exporter.set_resource(&resource);
    let (queue, messages) = mpsc::channel(WAITING);
    let collector = Collector { queue: queue.clone(), metrics: Arc::clone(metrics) };
    let provider =
        SdkTracerProvider::builder().with_span_processor(collector).with_resource(resource).build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("bellhop"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false);
    let listener: Listener =
        Box::new(layer.with_filter(filter_fn(|about| about.is_span() && *about.level() <= Level::INFO)));
    let start = Mutex::new(Some((messages, exporter)));
    let inner = Inner { _provider: provider, queue, start, wire, metrics: Arc::clone(metrics) };
    Some((listener, Traces(Arc::new(inner))))
}

/// The address for traces under an endpoint for everything.
fn traces_of(endpoint: &str) -> String {
    format!("{}/v1/traces", endpoint.trim_end_matches('/'))
}

/// `name=value,name=value`, as OTEL_EXPORTER_OTLP_HEADERS has it.
fn pairs(text: &str) -> std::collections::HashMap<String, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    text.split(',').filter_map(pair).collect()
}

/// Who sends, beside what OTEL_RESOURCE_ATTRIBUTES says.
fn resource(unnamed: bool) -> Resource {
    let builder = Resource::builder();
    let builder = if unnamed { builder.with_service_name("bellhop") } else { builder };
    builder.with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
}

impl Traces {
    /// Sends over that transport from now on; the first who says so counts.
    pub(super) fn send_by(&self, transport: &Arc<dyn Transport>) {
        *self.0.wire.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(transport));
        let start = self.0.start.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((messages, exporter)) = start {
            // It ends with the process, which flushes first.
            tokio::spawn(send(messages, exporter, Arc::clone(&self.0.metrics)));
        }
    }

    /// Has everything sent that has ended by now, and waits for that at most so long.
    pub(super) async fn flush(&self, limit: Duration) {
        let (done, sent) = oneshot::channel();
        let all = async {
            if self.0.queue.send(Message::Flush(done)).await.is_ok() {
                // A task that is gone has nothing more to send.
                let _ = sent.await;
            }
        };
        // What is late is lost.
        let _ = tokio::time::timeout(limit, all).await;
    }
}

/// Takes spans that have ended.
struct Collector {
    queue: mpsc::Sender<Message>,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl SpanProcessor for Collector {
    fn on_start(&self, _span: &mut SdkSpan, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.queue.try_send(Message::Span(Box::new(span))).is_err() {
            self.metrics.spans("dropped", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Sends batches until nobody can end spans any more.
async fn send(mut messages: mpsc::Receiver<Message>, exporter: SpanExporter, metrics: Arc<Metrics>) {
    let mut batch: Vec<SpanData> = Vec::new();
    let mut due = Instant::now();
    loop {
        let next = if batch.is_empty() {
            Ok(messages.recv().await)
        } else {
            tokio::time::timeout_at(due, messages.recv()).await
        };
        let (last, flushed) = match next {
            Ok(Some(Message::Span(span))) => {
                if batch.is_empty() {
                    due = Instant::now() + GATHER;
                }
                batch.push(*span);
                if batch.len() < BATCH {
                    continue;
                }
                (false, None)
            }
            Ok(Some(Message::Flush(done))) => (false, Some(done)),
            Ok(None) => (true, None),
            Err(_) => (false, None),
        };
        export(&exporter, std::mem::take(&mut batch), &metrics).await;
        if let Some(done) = flushed {
            // Whoever asked waits no longer.
            let _ = done.send(());
        }
        if last {
            return;
        }
    }
}

async fn export(exporter: &SpanExporter, batch: Vec<SpanData>, metrics: &Metrics) {
    if batch.is_empty() {
        return;
    }
    let count = batch.len();
    match exporter.export(batch).await {
        Ok(()) => metrics.spans("sent", count),
        Err(error) => {
            metrics.spans("lost", count);
            tracing::warn!(error = %error, spans = count, "traces could not be sent; these are lost");
        }
    }
}

/// The transport, as soon as there is one.
#[derive(Default)]
struct Wire(Mutex<Option<Arc<dyn Transport>>>);

/// What the exporter sends by.
struct Shared(Arc<Wire>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let transport = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(transport) = transport else { return Err("there is no transport yet".into()) };
        let limits = Limits { connect: Some(PATIENCE), read: Some(PATIENCE), total: Some(PATIENCE) };
        let mut answer = transport.send(request, limits).await?;
        let mut body = Vec::new();
        while let Some(piece) = answer.body.next().await? {
            if body.len() + piece.len() > ANSWER {
                break;
            }
            body.extend_from_slice(&piece);
        }
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = axum::http::StatusCode::from_u16(answer.status)?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

impl HttpClient for Shared {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        Box::pin(self.send(request))
    }
}

/// Where the trace of this moment stands, as W3C's `traceparent`.
pub(super) fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let at = span.span_context();
    let flags = at.trace_flags().to_u8();
    at.is_valid().then(|| format!("00-{}-{}-{flags:02x}", at.trace_id(), at.span_id()))
}

/// A span is part of the trace that stands there. What is no `traceparent` changes nothing.
pub(super) fn continues(span: &Span, traceparent: &str) {
    let mut parts = traceparent.split('-');
    let (Some("00"), Some(trace), Some(parent), Some(flags), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    let (Ok(trace), Ok(parent), Ok(flags)) =
        (TraceId::from_hex(trace), SpanId::from_hex(parent), u8::from_str_radix(flags, 16))
    else {
        return;
    };
    let at = SpanContext::new(trace, parent, TraceFlags::new(flags), true, TraceState::default());
    if at.is_valid() {
        // It fails only where spans are not listened to.
        let _ = span.set_parent(Context::new().with_remote_span_context(at));
    }
}
