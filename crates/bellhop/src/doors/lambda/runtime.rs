//! Lambda's runtime interface: events are fetched and answered by `lambda_runtime`; what goes wrong before the first is
//! reported here.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use aws_call::transport::{HyperTransport, Limits, Transport as _};
use axum::http::Request;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use store::UnixMillis;

use super::{Function, NotDone};

/// What the library reads by itself, and panics without.
const NEEDED: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];
/// The longest report of a failed start, in bytes.
const MAX_REPORT: usize = 16 * 1024;
/// How long that report may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the runtime interface is: it is there, with all that belongs to it.
pub(crate) struct ApiAddress(String);

impl ApiAddress {
    /// Reads what Lambda sets.
    ///
    /// # Errors
    /// This is not Lambda.
    pub(crate) fn read(vars: &BTreeMap<String, String>) -> Result<ApiAddress> {
        for name in NEEDED {
            if vars.get(name).is_none_or(String::is_empty) {
                bail!("{name} is not set: `bellhop lambda` runs as a function of AWS Lambda, which sets it");
            }
        }
        if vars["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"].parse::<i32>().is_err() {
            bail!("AWS_LAMBDA_FUNCTION_MEMORY_SIZE is no number of megabytes");
        }
        Ok(ApiAddress(vars["AWS_LAMBDA_RUNTIME_API"].clone()))
    }
}

impl From<NotDone> for Diagnostic {
    fn from(why: NotDone) -> Diagnostic {
        let kind = match why {
            NotDone::Unknown(_) => "Bellhop.UnknownEvent",
            NotDone::NotForRole { .. } => "Bellhop.NotForRole",
            NotDone::Again(_) => "Bellhop.Again",
            NotDone::Unfinished => "Bellhop.Unfinished",
            NotDone::Panicked => "Bellhop.Panicked",
        };
        Diagnostic { error_type: kind.to_owned(), error_message: why.to_string() }
    }
}

/// Fetches events and answers them, one at a time, for ever.
///
/// # Errors
/// The runtime interface does not answer as it should.
pub(crate) async fn serve(function: Arc<Function>) -> Result<()> {
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let function = Arc::clone(&function);
        async move {
            let LambdaEvent { payload, context } = event;
            let deadline = UnixMillis(i64::try_from(context.deadline).unwrap_or(i64::MAX));
            let answering = bot::contained(Box::pin(function.answer(&payload, deadline)));
            let answered = answering.await.unwrap_or(Err(NotDone::Panicked));
            if let Err(why) = &answered {
                tracing::error!(request_id = context.request_id, %why, "an event was not done");
            }
            function.tell().await;
            answered
        }
    });
    Runtime::new(handler)
        .run()
        .await
        .map_err(|error| anyhow!("the runtime interface of Lambda failed: {error}"))
}

/// Tells Lambda, and so whoever looks at the function, why it does not start.
pub(crate) async fn report_failed_start(api: &ApiAddress, error: &anyhow::Error) {
    let mut message = format!("{error:#}");
    if message.len() > MAX_REPORT {
        message = message.chars().take(MAX_REPORT / 4).chain(['…']).collect();
    }
    let kind = "Bellhop.Start";
    let body = json!({ "errorMessage": message, "errorType": kind, "stackTrace": [] }).to_string();
    let request = Request::post(format!("http://{}/2018-06-01/runtime/init/error", api.0))
        .header("content-type", "application/json")
        .header("lambda-runtime-function-error-type", kind)
        .body(body.into());
    let Ok(request) = request else { return };
    let limits = Limits { connect: Some(PATIENCE), read: Some(PATIENCE), total: Some(PATIENCE) };
    // The log says it too.
    if let Err(error) = HyperTransport::new().send(request, limits).await {
        tracing::warn!(%error, "the failed start could not be reported");
    }
}
