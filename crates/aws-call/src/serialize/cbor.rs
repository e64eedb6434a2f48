//! The protocol `smithy-rpc-v2-cbor`.

use aws_model::{Operation, Service, ShapeKind, TimestampFormat};
use value::{Map, Number, Value};

use super::{SerializeError, blob_bytes, entries, items, member_of, name_of, wrong};
use crate::message::RequestParts;
use crate::timestamp::{Moment, WireTime};
use crate::view::View;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const EPOCH_TAG: u8 = 0xc1;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const HALF: u8 = 0xf9;
const SINGLE: u8 = 0xfa;
const DOUBLE: u8 = 0xfb;

pub(super) fn request(
    service: &Service,
    operation: &Operation,
    input: Option<View<'_>>,
    params: &Map,
) -> Result<RequestParts, SerializeError> {
    let metadata = service.metadata();
    let target = metadata
        .target_prefix
        .as_ref()
        .ok_or_else(|| SerializeError::Model("no target prefix".to_owned()))?;
    let mut body = Vec::new();
    if let Some(input) = input {
        structure(&mut body, input, params)?;
    }
    let streams = operation.output.is_some_and(|id| View::of(service, id).event_stream_member().is_some());
    let accept = if streams { "application/vnd.amazon.eventstream" } else { "application/cbor" };
    let mut headers = vec![("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned())];
    if metadata.aws_query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    headers.push(("Accept".to_owned(), accept.to_owned()));
    if !body.is_empty() {
        headers.push(("Content-Type".to_owned(), "application/cbor".to_owned()));
    }
    Ok(RequestParts {
        method: "POST".to_owned(),
        path: format!("/service/{target}/operation/{}", operation.name),
        headers,
        body,
        ..RequestParts::default()
    })
}

/// Writes an item's kind and its number in the fewest bytes.
fn head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    match number {
        0..24 => out.push(major | number as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, number as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend_from_slice(&(number as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

fn integer(out: &mut Vec<u8>, number: i64) {
    match u64::try_from(number) {
        Ok(number) => head(out, 0, number),
        Err(_) => head(out, 1, number.unsigned_abs() - 1),
    }
}

fn bytes(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    head(out, major, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn float(out: &mut Vec<u8>, number: f64, double: bool) {
    if number.is_finite() {
        if double {
            out.push(DOUBLE);
            out.extend_from_slice(&number.to_be_bytes());
        } else {
            out.push(SINGLE);
            out.extend_from_slice(&(number as f32).to_be_bytes());
        }
        return;
    }
    out.push(HALF);
    let bits: u16 = match (number.is_nan(), number > 0.0) {
        (true, _) => 0x7e00,
        (false, true) => 0x7c00,
        (false, false) => 0xfc00,
    };
    out.extend_from_slice(&bits.to_be_bytes());
}

fn structure(out: &mut Vec<u8>, view: View<'_>, params: &Map) -> Result<(), SerializeError> {
    let present = || params.iter().filter(|(_, value)| !value.is_null());
    head(out, MAP, present().count() as u64);
    for (name, value) in present() {
        let member = member_of(view, name)?;
        bytes(out, TEXT, member.wire_name().unwrap_or(name).as_bytes());
        write(out, member, value)?;
    }
    Ok(())
}

fn write(out: &mut Vec<u8>, view: View<'_>, value: &Value) -> Result<(), SerializeError> {
    if value.is_null() {
        out.push(NULL);
        return Ok(());
    }
    match view.kind() {
        ShapeKind::Structure(_) => structure(out, view, entries(view, value)?)?,
        ShapeKind::List(item) => {
            let items = items(view, value)?;
            head(out, LIST, items.len() as u64);
            for value in items {
                write(out, view.at(item), value)?;
            }
        }
        ShapeKind::Map { value: part, .. } => {
            let entries = entries(view, value)?;
            head(out, MAP, entries.len() as u64);
            for (name, value) in entries.iter() {
                bytes(out, TEXT, name.as_bytes());
                write(out, view.at(part), value)?;
            }
        }
        _ => scalar(out, view, value)?,
    }
    Ok(())
}

fn scalar(out: &mut Vec<u8>, view: View<'_>, value: &Value) -> Result<(), SerializeError> {
    match (view.kind(), value) {
        (ShapeKind::Blob, _) => {
            bytes(
                out,
                BYTES,
                blob_bytes(value).ok_or_else(|| wrong(name_of(view), "must be bytes or text"))?,
            );
        }
        // This protocol has one form of time, whatever the model says.
        (ShapeKind::Timestamp, _) => {
            let moment = Moment::from_value(value, &jiff::tz::TimeZone::UTC);
            match moment.and_then(|moment| moment.on_wire(TimestampFormat::Unix)) {
                Some(WireTime::Seconds(seconds)) => {
                    out.push(EPOCH_TAG);
                    integer(out, seconds);
                }
                _ => return Err(wrong(name_of(view), "must be a timestamp")),
            }
        }
        (ShapeKind::Float, Value::Number(number)) => float(out, number.as_f64(), false),
        (ShapeKind::Double, Value::Number(number)) => float(out, number.as_f64(), true),
        (_, Value::Number(Number::Int(number))) => integer(out, *number),
        (_, Value::Number(number)) => {
            let number =
                number.as_i64().ok_or_else(|| wrong(name_of(view), "must be an integer of 64 bits"))?;
            integer(out, number);
        }
        (_, Value::Text(text)) => bytes(out, TEXT, text.as_bytes()),
        (_, Value::Bool(flag)) => out.push(if *flag { TRUE } else { FALSE }),
        _ => return Err(wrong(name_of(view), "must be a single value")),
    }
    Ok(())
}
