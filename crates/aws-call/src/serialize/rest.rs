//! The HTTP bindings that `rest-json` and `rest-xml` share: labels, query, headers, payload.

use aws_model::{Location, Member, Operation, ShapeKind, TimestampFormat};
use base64::Engine as _;
use value::{Map, Value};

use super::python_json::{COMPACT, write_value};
use super::{SerializeError, blob_bytes, entries, items, json, member_of, name_of, scalar_text, wrong, xml};
use crate::encoding::{PATH_SAFE, QUERY_SAFE, percent_encode};
use crate::message::RequestParts;
use crate::view::View;

/// What bodies are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Xml,
}

pub(super) fn request(
    operation: &Operation,
    input: Option<View<'_>>,
    params: &Map,
    format: Format,
) -> Result<RequestParts, SerializeError> {
    let mut parts = RequestParts { method: operation.method.to_string(), ..RequestParts::default() };
    let Some(input) = input else {
        (parts.path, parts.literal_query) = split_query(&operation.uri);
        return Ok(parts);
    };
    let mut labels = Vec::new();
    let mut body = Map::new();
    for (name, value) in params.iter().filter(|(_, value)| !value.is_null()) {
        let view = member_of(input, name)?;
        let wire_name = view.wire_name().unwrap_or(name);
        match view.member.map_or(Location::Body, |member| member.location) {
            Location::Uri => {
                labels.push((wire_name.as_str(), scalar_text(view, value, TimestampFormat::Iso8601)?))
            }
            Location::QueryString => query(&mut parts.query, view, wire_name, value)?,
            Location::Header => header(&mut parts, view, wire_name, value)?,
            Location::Headers => {
                let headers = entries(view, value)?.iter().map(|(key, value)| {
                    let value = value.as_text().ok_or_else(|| wrong(name, "must be a map of text"))?;
                    one_line(name, key)?;
                    Ok((format!("{wire_name}{key}"), one_line(name, value)?.to_owned()))
                });
                parts.set_headers(headers.collect::<Result<Vec<_>, SerializeError>>()?);
            }
            Location::Body | Location::StatusCode => body.push(name.clone(), value.clone()),
        }
    }
    let (path, literal_query) = split_query(&operation.uri);
    parts.path = fill_labels(&path, &labels)?;
    parts.literal_query = fill_labels(&literal_query, &labels)?;
    parts.body = payload(operation, input, params, &body, format)?;
    if format == Format::Json
        && !parts.body.is_empty()
        && !input.payload().is_some_and(|member| is_raw(input, member))
        && parts.header("Content-Type").is_none()
    {
        parts.set_header("Content-Type", "application/json");
    }
    Ok(parts)
}

fn split_query(uri: &str) -> (String, String) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (path, query.to_owned())
}

/// Fills `{label}` and the greedy `{label+}`, which keeps its slashes.
fn fill_labels(template: &str, labels: &[(&str, value::Text)]) -> Result<String, SerializeError> {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (label, after) = after
            .split_once('}')
            .ok_or_else(|| SerializeError::Model("an open label in a path".to_owned()))?;
        let (label, safe) = match label.strip_suffix('+') {
            Some(label) => (label, PATH_SAFE),
            None => (label, QUERY_SAFE),
        };
        let (_, value) =
            labels.iter().find(|(name, _)| *name == label).ok_or_else(|| wrong(label, "must be given"))?;
        out.push_str(before);
        percent_encode(&mut out, value, safe);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Adds what one member says to the query. A name that is there already is replaced, as in a Python dictionary.
fn query(
    out: &mut Vec<(String, String)>,
    view: View<'_>,
    name: &str,
    value: &Value,
) -> Result<(), SerializeError> {
    match (view.kind(), value) {
        (ShapeKind::Map { value: part, .. }, Value::Map(map)) => {
            for (key, value) in map.iter() {
                match (view.at(part).kind(), value) {
                    (ShapeKind::List(item), Value::List(values)) => {
                        replace(out, key, texts(view.at(part).at(item), values)?);
                    }
                    _ => replace(out, key, vec![query_text(view.at(part), value)?]),
                }
            }
        }
        (ShapeKind::List(item), _) => replace(out, name, texts(view.at(item), items(view, value)?)?),
        _ => replace(out, name, vec![query_text(view, value)?]),
    }
    Ok(())
}

fn texts(view: View<'_>, values: &[Value]) -> Result<Vec<String>, SerializeError> {
    values.iter().map(|value| query_text(view, value)).collect()
}

fn query_text(view: View<'_>, value: &Value) -> Result<String, SerializeError> {
    scalar_text(view, value, TimestampFormat::Iso8601).map(String::from)
}

fn replace(out: &mut Vec<(String, String)>, name: &str, values: Vec<String>) {
    let at = out.iter().position(|(key, _)| key == name).unwrap_or(out.len());
    out.retain(|(key, _)| key != name);
    out.splice(at..at, values.into_iter().map(|value| (name.to_owned(), value)));
}

fn header(parts: &mut RequestParts, view: View<'_>, name: &str, value: &Value) -> Result<(), SerializeError> {
    if matches!(value, Value::List(items) if items.is_empty()) {
        return Ok(());
    }
    let text = header_text(view, value)?;
    one_line(name_of(view), &text)?;
    parts.set_header(name, text);
    Ok(())
}

/// Refuses what would end a header and begin another.
fn one_line<'a>(name: &str, text: &'a str) -> Result<&'a str, SerializeError> {
    match text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        true => Err(wrong(name, "must not contain line ends")),
        false => Ok(text),
    }
}

fn header_text(view: View<'_>, value: &Value) -> Result<String, SerializeError> {
    match view.kind() {
        ShapeKind::List(item) => {
            let item = view.at(item);
            let parts: Result<Vec<String>, SerializeError> = items(view, value)?
                .iter()
                .filter(|value| !value.is_null())
                .map(|value| match (item.kind(), value) {
                    (ShapeKind::String, Value::Text(text)) => Ok(quoted(text)),
                    _ => header_text(item, value),
                })
                .collect();
            Ok(parts?.join(","))
        }
        _ if view.json_value() => {
            let mut json = Vec::new();
            write_value(&mut json, value, COMPACT);
            Ok(base64::engine::general_purpose::STANDARD.encode(json))
        }
        ShapeKind::Blob => blob_bytes(value)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .ok_or_else(|| wrong(name_of(view), "must be bytes or text")),
        _ => scalar_text(view, value, TimestampFormat::Rfc822).map(String::from),
    }
}

/// An item of a list in a header, in quotes if it holds what separates items.
fn quoted(text: &str) -> String {
    if text.contains(['"', ',']) { format!("\"{}\"", text.replace('"', "\\\"")) } else { text.to_owned() }
}

/// Whether a payload is sent as it is.
fn is_raw(input: View<'_>, member: &Member) -> bool {
    matches!(input.at(member).kind(), ShapeKind::Blob | ShapeKind::String)
}

fn payload(
    operation: &Operation,
    input: View<'_>,
    params: &Map,
    body: &Map,
    format: Format,
) -> Result<Vec<u8>, SerializeError> {
    let empty = if format == Format::Json { b"{}".to_vec() } else { Vec::new() };
    if let Some(member) = input.payload() {
        let value = params.get(&member.name).filter(|value| !value.is_null());
        let view = input.at(member);
        return match value {
            _ if is_raw(input, member) => match value {
                None => Ok(Vec::new()),
                Some(value) => blob_bytes(value)
                    .map(<[u8]>::to_vec)
                    .ok_or_else(|| wrong(&member.name, "must be bytes or text")),
            },
            None => Ok(empty),
            Some(value) => {
                write_body(view, value, format, view.wire_name().unwrap_or(&view.shape.name), None)
            }
        };
    }
    if !body.is_empty() {
        let (root, namespace) = match &operation.input_wrapper {
            Some((name, namespace)) => (name, namespace.as_ref()),
            None => (&input.shape.name, None),
        };
        return write_body(input, &Value::Map(body.clone()), format, root, namespace);
    }
    let has_body = input.shape.members().iter().any(|member| member.location == Location::Body);
    Ok(if has_body { empty } else { Vec::new() })
}

fn write_body(
    view: View<'_>,
    value: &Value,
    format: Format,
    root: &str,
    namespace: Option<&aws_model::XmlNamespace>,
) -> Result<Vec<u8>, SerializeError> {
    match format {
        Format::Json => {
            let mut out = Vec::new();
            json::write(&mut out, view, value)?;
            Ok(out)
        }
        Format::Xml => xml::document(view, value, root, namespace),
    }
}
