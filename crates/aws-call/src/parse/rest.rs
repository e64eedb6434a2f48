//! The HTTP bindings of answers: status, headers, then payload or body.

use aws_model::{Location, Protocol, ShapeKind};
use value::{Key, Map, Value};

use super::{Context, ParseError, json, latin1, malformed, map_of, scalar, xml};
use crate::view::View;

/// A header, and the member that it becomes.
const EXPIRES: &str = "Expires";

/// Reads what a structure (an output or an error) has in status, headers and body.
pub(super) fn answer(context: &Context<'_>, output: View<'_>, body: &[u8]) -> Result<Map, ParseError> {
    let mut found = located(context, output)?;
    if let Some(member) = output.payload() {
        if let Some(value) = payload(context, output.at(member), body)? {
            found.insert(member.name.clone(), value);
        }
    } else {
        for (name, value) in whole_body(context, output, body)? {
            found.insert(name, value);
        }
    }
    if let Some(text) = expires(context, output) {
        found.push("ExpiresString", text);
    }
    Ok(found)
}

/// The `Expires` header as it came, which S3's callers are shown beside the time that it stands for.
fn expires(context: &Context<'_>, output: View<'_>) -> Option<String> {
    if context.service.metadata().service_id.as_str() != "S3" {
        return None;
    }
    let mut members = output.shape.members().iter();
    let has_it = members.any(|member| {
        let name = output.at(member).wire_name().map_or(member.name.as_str(), |name| name);
        member.location == Location::Header && member.name.as_str() == EXPIRES && name == EXPIRES
    });
    if !has_it {
        return None;
    }
    context.header(EXPIRES).filter(|text| !text.is_empty()).map(|text| text.to_string())
}

/// The members outside the body, in the model's order.
pub(super) fn located(context: &Context<'_>, output: View<'_>) -> Result<Map, ParseError> {
    let mut found = Map::new();
    for member in output.shape.members() {
        let view = output.at(member);
        match member.location {
            Location::StatusCode => found.push(member.name.clone(), Value::from(i64::from(context.status))),
            Location::Headers => found.push(member.name.clone(), Value::Map(prefixed(context, view))),
            Location::Header => {
                let name = view.wire_name().unwrap_or(&member.name);
                if let Some(text) = context.header(name) {
                    match scalar::from_header(view, &text, context.protocol(), context.options) {
                        Ok(value) => found.push(member.name.clone(), value),
                        // What is no time stands in `ExpiresString` alone.
                        Err(_) if name.as_str() == EXPIRES => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            Location::Body | Location::Uri | Location::QueryString => {}
        }
    }
    Ok(found)
}

/// All headers that begin with the member's prefix, without it. Names are in lower case.
fn prefixed(context: &Context<'_>, view: View<'_>) -> Map {
    let prefix = view.wire_name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    let entries = context.headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(prefix.as_str())?;
        Some((Key::new(name), Value::from(latin1(value.as_bytes()))))
    });
    map_of(entries.collect())
}

fn payload(context: &Context<'_>, view: View<'_>, body: &[u8]) -> Result<Option<Value>, ParseError> {
    match view.kind() {
        ShapeKind::Blob => Ok(Some(Value::Blob(body.into()))),
        ShapeKind::String => {
            let text = std::str::from_utf8(body).map_err(|error| malformed("text", error))?;
            Ok(Some(Value::text(text)))
        }
        // A union without a member cannot be read as one; nothing was sent.
        ShapeKind::Structure(_) if body.is_empty() && view.union() => Ok(None),
        _ if context.protocol() == Protocol::RestXml => {
            Ok(xml::body(view, body, context.options)?.or_else(|| Some(empty(view))))
        }
        _ => json::body(view, body, json::Scalars::Converted, context.options).map(Some),
    }
}

fn whole_body(context: &Context<'_>, output: View<'_>, body: &[u8]) -> Result<Map, ParseError> {
    let value = match context.protocol() {
        Protocol::RestXml => xml::body(output, body, context.options)?,
        _ => Some(json::body(output, body, json::Scalars::Converted, context.options)?),
    };
    match value {
        Some(Value::Map(map)) => Ok(map),
        _ => Ok(Map::new()),
    }
}

/// What an absent element stands for.
fn empty(view: View<'_>) -> Value {
    match view.kind() {
        ShapeKind::List(_) => Value::List(Vec::new()),
        _ => Value::Map(Map::new()),
    }
}
