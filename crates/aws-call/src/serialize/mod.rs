//! A call's parameters → the request of its protocol.
//!
//! Members go out in the order in which the caller gave them; nothing is validated here (see [`crate::validate`]) and
//! nothing is added but what the protocol itself demands. Absent on purpose: endpoints, signatures, checksums, tokens
//! ([`fill_tokens`] is the caller's to call), and event streams as input, which are refused.

use aws_model::{Operation, Protocol, Service, TimestampFormat};
use value::{Map, Text, Value};

use crate::message::RequestParts;
use crate::timestamp::Moment;
use crate::view::View;

mod cbor;
mod json;
pub(crate) mod python_json;
mod query;
mod rest;
mod xml;

/// Why parameters cannot be put on the wire.
#[derive(Debug, thiserror::Error)]
pub enum SerializeError {
    /// A parameter that the operation does not have, or of a type that it cannot be (validation reports these better).
    #[error("parameter `{name}` {reason}")]
    Parameter {
        /// The member's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The operation sends a stream of events.
    #[error("operation {0} sends a stream of events, which is not supported")]
    EventStream(String),
    /// The model lacks what the protocol needs.
    #[error("unusable model: {0}")]
    Model(String),
}

/// Makes the request of a call.
pub fn serialize(
    service: &Service,
    operation: &Operation,
    params: &Map,
) -> Result<RequestParts, SerializeError> {
    let input = operation.input.map(|id| View::of(service, id));
    if input.is_some_and(|input| input.event_stream_member().is_some()) {
        return Err(SerializeError::EventStream(operation.name.to_string()));
    }
    let mut parts = match service.metadata().protocol {
        Protocol::Query => query::request(service, operation, input, params, query::Dialect::Query)?,
        Protocol::Ec2 => query::request(service, operation, input, params, query::Dialect::Ec2)?,
        Protocol::Json => json::request(service, operation, input, params)?,
        Protocol::RestJson => rest::request(operation, input, params, rest::Format::Json)?,
        Protocol::RestXml => rest::request(operation, input, params, rest::Format::Xml)?,
        Protocol::RpcV2Cbor => cbor::request(service, operation, input, params)?,
    };
    parts.host_prefix = host_prefix(operation, input, params)?;
    Ok(parts)
}

/// Gives every absent top-level member that is an idempotency token a fresh one. Returns whether the call bears a
/// token now, so that repeating it is safe.
pub fn fill_tokens(
    service: &Service,
    operation: &Operation,
    params: &mut Map,
    fresh: &mut dyn FnMut() -> String,
) -> bool {
    let Some(input) = operation.input else { return false };
    let mut bears = false;
    for member in service.shape(input).members().iter().filter(|member| member.idempotency_token) {
        bears = true;
        if !params.contains(&member.name) {
            params.push(member.name.clone(), fresh());
        }
    }
    bears
}

/// Fills the labels of the operation's host prefix. A label that could lead to another host is refused.
fn host_prefix(
    operation: &Operation,
    input: Option<View<'_>>,
    params: &Map,
) -> Result<Option<String>, SerializeError> {
    let Some(pattern) = &operation.host_prefix else { return Ok(None) };
    let mut prefix = pattern.to_string();
    for member in input.iter().flat_map(|input| input.shape.members()).filter(|member| member.host_label) {
        let label = params.get(&member.name).and_then(Value::as_text).unwrap_or_default();
        if label.is_empty() || !label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
            return Err(wrong(&member.name, "must contain only alphanumeric characters, hyphen, or period"));
        }
        prefix = prefix.replace(&format!("{{{}}}", member.name), label);
    }
    Ok(Some(prefix))
}

fn wrong(name: &str, reason: &str) -> SerializeError {
    SerializeError::Parameter { name: name.to_owned(), reason: reason.to_owned() }
}

/// A scalar as text, for every place that is not JSON or CBOR.
fn scalar_text(view: View<'_>, value: &Value, timestamps: TimestampFormat) -> Result<Text, SerializeError> {
    use aws_model::ShapeKind;
    match (view.kind(), value) {
        (ShapeKind::Timestamp, _) => {
            wire_time(view, value, timestamps).map(crate::timestamp::WireTime::into_text)
        }
        (ShapeKind::Blob, _) => base64(view, value),
        (_, Value::Text(text)) => Ok(text.clone()),
        (_, Value::Bool(flag)) => Ok(Text::new(if *flag { "true" } else { "false" })),
        (_, Value::Number(number)) => Ok(Text::from(number.to_string())),
        (_, Value::Blob(bytes)) => Ok(Text::from_utf8_lossy(bytes)),
        _ => Err(wrong(name_of(view), "must be a single value")),
    }
}

fn name_of<'a>(view: View<'a>) -> &'a str {
    match view.member {
        Some(member) if !member.name.is_empty() => &member.name,
        _ => &view.shape.name,
    }
}

fn wire_time(
    view: View<'_>,
    value: &Value,
    default: TimestampFormat,
) -> Result<crate::timestamp::WireTime, SerializeError> {
    Moment::from_value(value, &jiff::tz::TimeZone::UTC)
        .and_then(|moment| moment.on_wire(view.timestamp_format(default)))
        .ok_or_else(|| wrong(name_of(view), "must be a timestamp"))
}

/// Bytes, or text's UTF-8 bytes, as base64.
fn base64(view: View<'_>, value: &Value) -> Result<Text, SerializeError> {
    use base64::Engine as _;
    blob_bytes(value)
        .map(|bytes| Text::from(base64::engine::general_purpose::STANDARD.encode(bytes)))
        .ok_or_else(|| wrong(name_of(view), "must be bytes or text"))
}

fn blob_bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Blob(bytes) => Some(bytes),
        Value::Text(text) => Some(text.as_bytes()),
        _ => None,
    }
}

fn entries<'a>(view: View<'_>, value: &'a Value) -> Result<&'a Map, SerializeError> {
    value.as_map().ok_or_else(|| wrong(name_of(view), "must be a map"))
}

fn items<'a>(view: View<'_>, value: &'a Value) -> Result<&'a [Value], SerializeError> {
    value.as_list().ok_or_else(|| wrong(name_of(view), "must be a list"))
}

/// The member of a structure that a parameter names.
fn member_of<'a>(view: View<'a>, name: &str) -> Result<View<'a>, SerializeError> {
    view.shape.member(name).map(|member| view.at(member)).ok_or_else(|| wrong(name, "is unknown"))
}

#[cfg(test)]
mod tests;
