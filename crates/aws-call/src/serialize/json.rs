//! The protocol `json` (1.0 and 1.1), and the JSON bodies of `rest-json`.

use aws_model::{Operation, Service, ShapeKind, TimestampFormat};
use value::{Map, Number, Value};

use super::python_json::{SPACED, separate, write_key, write_text, write_value};
use super::{SerializeError, base64, entries, items, member_of, wire_time};
use crate::message::RequestParts;
use crate::timestamp::WireTime;
use crate::view::View;

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
    let version = metadata.json_version.as_deref().unwrap_or("1.0");
    let mut headers = vec![
        ("X-Amz-Target".to_owned(), format!("{target}.{}", operation.name)),
        ("Content-Type".to_owned(), format!("application/x-amz-json-{version}")),
    ];
    if metadata.aws_query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    let mut body = Vec::new();
    match input {
        Some(input) => structure(&mut body, input, params)?,
        None => body.extend_from_slice(b"{}"),
    }
    Ok(RequestParts {
        method: operation.method.to_string(),
        path: "/".to_owned(),
        headers,
        body,
        ..RequestParts::default()
    })
}

/// Writes a structure's members in the order in which they were given; absent ones and nulls are left out.
pub(super) fn structure(out: &mut Vec<u8>, view: View<'_>, params: &Map) -> Result<(), SerializeError> {
    out.push(b'{');
    for (index, (name, value)) in params.iter().filter(|(_, value)| !value.is_null()).enumerate() {
        let member = member_of(view, name)?;
        separate(out, index, SPACED);
        write_key(out, member.wire_name().unwrap_or(name), SPACED);
        write(out, member, value)?;
    }
    out.push(b'}');
    Ok(())
}

/// Writes any value by its shape.
pub(super) fn write(out: &mut Vec<u8>, view: View<'_>, value: &Value) -> Result<(), SerializeError> {
    if value.is_null() || view.document() {
        write_value(out, value, SPACED);
        return Ok(());
    }
    match view.kind() {
        ShapeKind::Structure(_) => structure(out, view, entries(view, value)?)?,
        ShapeKind::List(item) => {
            out.push(b'[');
            for (index, value) in items(view, value)?.iter().enumerate() {
                separate(out, index, SPACED);
                write(out, view.at(item), value)?;
            }
            out.push(b']');
        }
        ShapeKind::Map { value: part, .. } => {
            out.push(b'{');
            for (index, (name, value)) in entries(view, value)?.iter().enumerate() {
                separate(out, index, SPACED);
                write_key(out, name, SPACED);
                write(out, view.at(part), value)?;
            }
            out.push(b'}');
        }
        ShapeKind::Blob => write_text(out, &base64(view, value)?),
        ShapeKind::Timestamp => match wire_time(view, value, TimestampFormat::Unix)? {
            WireTime::Text(text) => write_text(out, &text),
            WireTime::Seconds(seconds) => write_value(out, &Value::from(seconds), SPACED),
        },
        ShapeKind::Float | ShapeKind::Double => match value {
            // JSON has no such numbers.
            Value::Number(Number::Float(number)) if !number.is_finite() => {
                write_text(out, &Number::Float(*number).to_string())
            }
            _ => write_value(out, value, SPACED),
        },
        _ => write_value(out, value, SPACED),
    }
    Ok(())
}
