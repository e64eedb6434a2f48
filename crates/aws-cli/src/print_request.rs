//! `--print-request`: the request that a call would begin with, as one JSON object; nothing is sent.

use std::io::Write;

use aws_call::{Call, CallOptions, Client};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::{JsonStyle, Map, Value};

use crate::Invocation;
use crate::run::{ExecuteError, first_params};

/// Whether the first call reads, which is what a command does where its source is.
fn reads(invocation: &Invocation) -> bool {
    ["List", "Head", "Get"].iter().any(|verb| invocation.call.operation.as_str().starts_with(verb))
}

/// Prints `method`, `url`, `headers`, `body` or `body_b64`, `service`, `operation` and `params`.
pub(crate) async fn print(
    invocation: &Invocation,
    client: &Client,
    options: &CallOptions,
    out: &mut (dyn Write + Send),
) -> Result<(), ExecuteError> {
    let call = Call { params: first_params(invocation)?, ..invocation.call.clone() };
    let elsewhere = invocation
        .other_region()
        .filter(|_| reads(invocation))
        .map(|region| CallOptions { region: Some(region.to_owned()), ..options.clone() });
    let request = client.prepare(&call, elsewhere.as_ref().unwrap_or(options)).await?;
    let headers: Map =
        request.headers.iter().map(|(name, value)| (name.as_str(), Value::text(value))).collect();
    let mut shown: Map = [
        ("method", Value::text(&request.method)),
        ("url", Value::text(&request.url)),
        ("headers", Value::Map(headers)),
    ]
    .into_iter()
    .collect();
    match std::str::from_utf8(&request.body) {
        Ok(text) => shown.push("body", Value::text(text)),
        Err(_) => shown.push("body_b64", Value::from(STANDARD.encode(&request.body))),
    }
    shown.push("service", Value::text(call.service.name()));
    shown.push("operation", Value::text(&call.operation));
    shown.push("params", Value::Map(call.params));
    // A reader that closed its end wants no more.
    let _ = writeln!(out, "{}", Value::Map(shown).to_json(JsonStyle::Pretty));
    Ok(())
}
