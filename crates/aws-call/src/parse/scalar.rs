//! Single values from text: of an XML element, or of a header.

use aws_model::{Protocol, ShapeKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::{Number, Text, Value};

use super::{ParseError, malformed};
use crate::message::{ParseOptions, TimestampStyle};
use crate::timestamp::Moment;
use crate::view::View;

/// Reads the text of an XML element.
pub(super) fn from_text(view: View<'_>, text: &str, options: &ParseOptions) -> Result<Value, ParseError> {
    Ok(match view.kind() {
        ShapeKind::Boolean => Value::Bool(text == "true"),
        ShapeKind::Integer | ShapeKind::Long => Value::Number(integer(text)?),
        ShapeKind::Float | ShapeKind::Double => Value::Number(Number::Float(float(text)?)),
        ShapeKind::Timestamp => timestamp(&Value::text(text), options)?,
        ShapeKind::Blob => blob(text),
        _ => Value::text(text),
    })
}

/// Reads the text of a header.
pub(super) fn from_header(
    view: View<'_>,
    text: &str,
    protocol: Protocol,
    options: &ParseOptions,
) -> Result<Value, ParseError> {
    match view.kind() {
        ShapeKind::Boolean if protocol == Protocol::RestJson => {
            Ok(Value::Bool(text.eq_ignore_ascii_case("true")))
        }
        ShapeKind::List(item) => {
            let item = view.at(item);
            let is_time = matches!(item.kind(), ShapeKind::Timestamp);
            let parts = if is_time { header_times(text) } else { header_items(text) };
            let values = parts.iter().map(|part| from_header(item, part, protocol, options));
            values.collect::<Result<Vec<Value>, ParseError>>().map(Value::List)
        }
        ShapeKind::String if view.json_value() => {
            let bytes = STANDARD.decode(text.trim()).map_err(|error| malformed("header", error))?;
            Value::from_json(&bytes).map_err(|error| malformed("header", error))
        }
        _ => from_text(view, text, options),
    }
}

/// The items of a list in a header: separated by commas, in quotes where they hold one.
fn header_items(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in text.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => {
                escaped = true;
                continue;
            }
            '"' => {
                quoted = !quoted;
                continue;
            }
            ',' if !quoted => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(character);
        }
    }
    items.into_iter().map(|item| item.trim().to_owned()).collect()
}

/// The items of a list of times in a header, where each of HTTP's own form holds a comma itself.
fn header_times(text: &str) -> Vec<String> {
    let mut times: Vec<String> = Vec::new();
    let mut weekday = None;
    for part in text.split(',').map(str::trim) {
        match weekday.take() {
            Some(day) => times.push(format!("{day}, {part}")),
            None if part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                weekday = Some(part)
            }
            None => times.push(part.to_owned()),
        }
    }
    times.extend(weekday.map(str::to_owned));
    times
}

pub(super) fn integer(text: &str) -> Result<Number, ParseError> {
    Number::parse_integer(text.trim()).ok_or_else(|| malformed("integer", format!("`{}`", shortened(text))))
}

pub(super) fn float(text: &str) -> Result<f64, ParseError> {
    text.trim().parse().map_err(|_| malformed("number", format!("`{}`", shortened(text))))
}

/// A timestamp as the caller wants it shown.
pub(super) fn timestamp(value: &Value, options: &ParseOptions) -> Result<Value, ParseError> {
    if options.timestamps == TimestampStyle::Wire {
        return Ok(value.clone());
    }
    Moment::from_value(value, &options.zone).map(|moment| Value::Text(moment.isoformat())).ok_or_else(|| {
        let shown = value.as_text().map_or_else(|| value.to_json(value::JsonStyle::Line), str::to_owned);
        malformed("timestamp", format!("`{}`", shortened(&shown)))
    })
}

/// Bytes in base64. Text that is not exactly what those bytes encode to stays text, because the AWS CLI prints what came.
pub(super) fn blob(text: &str) -> Value {
    match STANDARD.decode(text) {
        Ok(bytes) => Value::Blob(bytes.into()),
        Err(_) => Value::Text(Text::new(text)),
    }
}

/// The beginning of a text, for a message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
