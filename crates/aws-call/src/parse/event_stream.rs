//! Event streams: framing, checksums, and events by the model.
//!
//! A stream that has come to its end is a list of events, each a map of one entry as in botocore. Absent on purpose:
//! handing events on while the stream is open.

use aws_model::{Protocol, ShapeKind};
use value::{Map, Text, Value};

use super::count::values_in;
use super::{AnswerFault, Context, ParseError, error, json, malformed, rest, scalar, shaped, xml};
use crate::checksum::crc32;
use crate::view::View;

/// Bytes of a message before its headers: two lengths and a checksum.
const PRELUDE: usize = 12;
/// Bytes of a message after its payload: a checksum.
const TRAILER: usize = 4;
const MAX_HEADERS: usize = 128 * 1024;
const MAX_PAYLOAD: usize = 24 * 1024 * 1024;

/// One message of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    /// Headers by name: text, numbers, truth values, bytes; times as milliseconds since 1970, UUIDs as text.
    pub headers: Vec<(String, Value)>,
    /// The body.
    pub payload: &'a [u8],
}

impl Message<'_> {
    /// The text of a header.
    pub fn text(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .and_then(|(_, value)| value.as_text())
            .unwrap_or_default()
    }
}

/// Takes one message off the front. Nothing if `bytes` holds only a part of one.
pub fn next_message<'a>(bytes: &mut &'a [u8]) -> Result<Option<Message<'a>>, ParseError> {
    let Some(prelude) = bytes.get(..PRELUDE) else { return Ok(None) };
    let (total, headers) = (number(prelude, 0), number(prelude, 4));
    if crc32(&prelude[..8]) != number(prelude, 8) as u32 {
        return Err(broken("wrong checksum of a prelude"));
    }
    let fits = headers <= MAX_HEADERS
        && total >= PRELUDE + headers + TRAILER
        && total - PRELUDE - headers - TRAILER <= MAX_PAYLOAD;
    if !fits {
        return Err(broken("impossible length"));
    }
    let Some((message, rest)) = bytes.split_at_checked(total) else { return Ok(None) };
    let (content, checksum) = message.split_at(total - TRAILER);
    if crc32(content) != number(checksum, 0) as u32 {
        return Err(broken("wrong checksum of a message"));
    }
    *bytes = rest;
    let headers_end = PRELUDE + headers;
    Ok(Some(Message {
        headers: read_headers(&content[PRELUDE..headers_end])?,
        payload: &content[headers_end..],
    }))
}

fn broken(reason: &str) -> ParseError {
    malformed("event stream", reason)
}

/// Four bytes at `at`, which the caller knows to be there.
fn number(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).take(4).fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

fn read_headers(mut bytes: &[u8]) -> Result<Vec<(String, Value)>, ParseError> {
    let mut headers = Vec::new();
    while !bytes.is_empty() {
        let length = take(&mut bytes, 1)?[0];
        let name = std::str::from_utf8(take(&mut bytes, usize::from(length))?)
            .map_err(|_| broken("a name not in UTF-8"))?;
        let name = name.to_owned();
        let kind = take(&mut bytes, 1)?[0];
        headers.push((name, header_value(kind, &mut bytes)?));
    }
    Ok(headers)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], ParseError> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or_else(|| broken("headers that end early"))?;
    *bytes = rest;
    Ok(taken)
}

fn header_value(kind: u8, bytes: &mut &[u8]) -> Result<Value, ParseError> {
    let mut integer = |width: usize| -> Result<Value, ParseError> {
        let taken = take(bytes, width)?;
        let bits = taken.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let unused = 64 - 8 * width as u32;
        Ok(Value::from(((bits << unused) as i64) >> unused))
    };
    match kind {
        0 => Ok(Value::Bool(true)),
        1 => Ok(Value::Bool(false)),
        2 => integer(1),
        3 => integer(2),
        4 => integer(4),
        5 | 8 => integer(8),
        6 | 7 => {
            let length = take(bytes, 2)?;
            let content = take(bytes, usize::from(length[0]) << 8 | usize::from(length[1]))?;
            match kind {
                6 => Ok(Value::Blob(content.into())),
                _ => Text::from_utf8(content).map(Value::Text).map_err(|_| broken("a header not in UTF-8")),
            }
        }
        9 => {
            let hex: String = take(bytes, 16)?.iter().map(|byte| format!("{byte:02x}")).collect();
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            Ok(Value::from(parts.join("-")))
        }
        _ => Err(broken("a header of unknown type")),
    }
}

/// Reads a whole stream: the members of the first answer, then the events as a list.
pub(super) fn answer(context: &Context<'_>, output: View<'_>, body: &[u8]) -> Result<Value, AnswerFault> {
    let Some(member) = output.event_stream_member() else { return Ok(Value::Map(Map::new())) };
    let events = output.at(member);
    let is_rest = matches!(context.protocol(), Protocol::RestJson | Protocol::RestXml);
    let mut found = if is_rest { rest::located(context, output)? } else { Map::new() };
    let mut list = Vec::new();
    let mut left = context.options.clone();
    let mut rest = body;
    while !rest.is_empty() {
        let message = next_message(&mut rest)?.ok_or_else(|| broken("a message that ends early"))?;
        match message.text(":message-type") {
            "error" => {
                let (code, text) = (message.text(":error-code"), message.text(":error-message"));
                return Err(error::of_event(context, code, text, Map::new()));
            }
            "exception" => return Err(exception(context, events, &message)),
            _ => {}
        }
        let kind = message.text(":event-type");
        if kind == "initial-response" {
            if let Value::Map(first) = typed_body(context, output, message.payload)? {
                found = first;
            }
        } else if let Some(member) = events.shape.member(kind) {
            let mut event = Map::new();
            let members = event_of(&Context { options: &left, ..*context }, events.at(member), &message)
                .map_err(|fault| of_whole(context, fault))?;
            event.push(member.name.clone(), Value::Map(members));
            let event = Value::Map(event);
            let values = left.max_values.checked_sub(values_in(&event));
            left.max_values = values.ok_or(ParseError::TooMany(context.options.max_values))?;
            list.push(event);
        }
    }
    found.insert(member.name.clone(), Value::List(list));
    Ok(Value::Map(found))
}

/// A fault as the whole stream's, where one event found what its forerunners had left it too little.
fn of_whole(context: &Context<'_>, fault: ParseError) -> ParseError {
    match fault {
        ParseError::TooMany(_) => ParseError::TooMany(context.options.max_values),
        fault => fault,
    }
}

fn exception(context: &Context<'_>, events: View<'_>, message: &Message<'_>) -> AnswerFault {
    let code = message.text(":exception-type");
    let fields = events.shape.member(code).and_then(|member| {
        match typed_body(context, events.at(member), message.payload) {
            Ok(Value::Map(fields)) => Some(fields),
            _ => None,
        }
    });
    let fields = fields.unwrap_or_default();
    let told = fields.get("Message").or_else(|| fields.get("message"));
    let text = told.and_then(Value::as_text).unwrap_or_default().to_owned();
    error::of_event(context, code, &text, fields)
}

/// An event's members: those in headers, then its payload or body.
fn event_of(context: &Context<'_>, event: View<'_>, message: &Message<'_>) -> Result<Map, ParseError> {
    let mut found = Map::new();
    for member in event.shape.members().iter().filter(|member| member.event_header) {
        let Some((_, value)) = message.headers.iter().find(|(name, _)| *name == *member.name) else {
            continue;
        };
        let is_time = matches!(event.at(member).kind(), ShapeKind::Timestamp);
        let value = match value.as_i64().filter(|_| is_time) {
            Some(millis) => scalar::timestamp(&Value::from(millis as f64 / 1000.0), context.options)?,
            None => value.clone(),
        };
        found.push(member.name.clone(), value);
    }
    if let Some(member) = event.shape.members().iter().find(|member| member.event_payload) {
        let view = event.at(member);
        let value = match view.kind() {
            ShapeKind::Blob => Value::Blob(message.payload.into()),
            ShapeKind::String => {
                Value::Text(Text::from_utf8(message.payload).map_err(|_| broken("a text not in UTF-8"))?)
            }
            _ => typed_body(context, view, message.payload)?,
        };
        found.insert(member.name.clone(), value);
        return Ok(found);
    }
    if let Value::Map(members) = typed_body(context, event, message.payload)? {
        for (name, value) in members {
            found.insert(name, value);
        }
    }
    Ok(found)
}

fn typed_body(context: &Context<'_>, view: View<'_>, payload: &[u8]) -> Result<Value, ParseError> {
    match context.protocol() {
        Protocol::RestXml | Protocol::Query | Protocol::Ec2 => {
            Ok(xml::body(view, payload, context.options)?.unwrap_or_else(|| Value::Map(Map::new())))
        }
        Protocol::RpcV2Cbor => shaped::cbor_body(view, payload, context.options),
        Protocol::Json | Protocol::RestJson => {
            json::body(view, payload, json::Scalars::AsIs, context.options)
        }
    }
}
