//! Values as text: `tojson`, `@csv` and its kin, and as messages show them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::ast::Format;
use super::stop::Stop;
use super::val::Val;
use crate::budget::Budget;
use crate::values_text::{number_text, push_quoted};

/// A kind and a value, cut where it is long: `number (5)`.
pub(super) fn shown(value: &Val) -> String {
    const MOST: usize = 30;
    let mut text = String::new();
    sketch(value, &mut text, 4 * MOST);
    if text.chars().count() > MOST {
        text = text.chars().take(MOST - 3).collect::<String>() + "...";
    }
    format!("{} ({text})", value.kind())
}

/// The beginning of a value's JSON.
fn sketch(value: &Val, out: &mut String, most: usize) {
    match value {
        Val::Text(text) => push_quoted(out, &text.chars().take(most).collect::<String>(), false),
        Val::List(list) => {
            out.push('[');
            for (index, item) in list.items().iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                if out.len() > most {
                    return;
                }
                sketch(item, out, most);
            }
            out.push(']');
        }
        Val::Object(object) => {
            out.push('{');
            for (index, (key, item)) in object.entries().iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                if out.len() > most {
                    return;
                }
                push_quoted(out, key, false);
                out.push(':');
                sketch(item, out, most);
            }
            out.push('}');
        }
        plain => push_plain(plain, out),
    }
}

fn push_plain(value: &Val, out: &mut String) {
    match value {
        Val::Bool(true) => out.push_str("true"),
        Val::Bool(false) => out.push_str("false"),
        Val::Number(number) => out.push_str(&number_text(number)),
        _ => out.push_str("null"),
    }
}

/// A value as JSON on one line.
pub(super) fn json(value: &Val, budget: &Budget<'_>) -> Result<String, Stop> {
    let mut out = String::new();
    push_json(value, &mut out, budget)?;
    budget.hold(out.len())?;
    Ok(out)
}

fn push_json(value: &Val, out: &mut String, budget: &Budget<'_>) -> Result<(), Stop> {
    budget.step(1)?;
    budget.within(out.len())?;
    match value {
        Val::Text(text) => {
            budget.text(text.len())?;
            push_quoted(out, text, false);
        }
        Val::List(list) => {
            out.push('[');
            for (index, item) in list.items().iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                push_json(item, out, budget)?;
            }
            out.push(']');
        }
        Val::Object(object) => {
            out.push('{');
            for (index, (key, item)) in object.entries().iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                push_quoted(out, key, false);
                out.push(':');
                push_json(item, out, budget)?;
            }
            out.push('}');
        }
        plain => push_plain(plain, out),
    }
    Ok(())
}

/// Text itself, anything else as JSON.
pub(super) fn text(value: &Val, budget: &Budget<'_>) -> Result<String, Stop> {
    match value {
        Val::Text(text) => {
            budget.hold(text.len())?;
            Ok(text.to_string())
        }
        other => json(other, budget),
    }
}

/// A value in a format.
pub(super) fn format(value: &Val, format: Format, budget: &Budget<'_>) -> Result<Val, Stop> {
    let text = match format {
        Format::Text => {
            return if let Val::Text(_) = value {
                Ok(value.clone())
            } else {
                Ok(Val::text(text(value, budget)?))
            };
        }
        Format::Json => json(value, budget)?,
        Format::Csv => row(value, "csv", ",", budget, |text| format!("\"{}\"", text.replace('"', "\"\"")))?,
        Format::Tsv => row(value, "tsv", "\t", budget, |text| {
            text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
        })?,
        Format::Html => escaped(&text(value, budget)?, |c| match c {
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '&' => Some("&amp;"),
            '\'' => Some("&#39;"),
            '"' => Some("&quot;"),
            _ => None,
        }),
        Format::Uri => uri(&text(value, budget)?),
        Format::Shell => shell(value, budget)?,
        Format::Base64 => STANDARD.encode(text(value, budget)?),
        Format::Base64Decoded => decoded(value, &text(value, budget)?)?,
    };
    budget.hold(text.len())?;
    budget.text(text.len())?;
    Ok(Val::text(text))
}

fn escaped(text: &str, escape: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match escape(c) {
            Some(escaped) => out.push_str(escaped),
            None => out.push(c),
        }
    }
    out
}

fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to memory cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// One row of plain values.
fn row(
    value: &Val,
    format: &str,
    between: &str,
    budget: &Budget<'_>,
    quote: impl Fn(&str) -> String,
) -> Result<String, Stop> {
    let items = value.as_list().ok_or_else(|| {
        Stop::error(format!("{} cannot be {format}-formatted, only an array can be", shown(value)))
    })?;
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        budget.step(1)?;
        budget.within(out.len())?;
        out.push_str(if index > 0 { between } else { "" });
        match item {
            Val::Null => {}
            Val::Text(text) => {
                budget.text(text.len())?;
                out.push_str(&quote(text));
            }
            Val::List(_) | Val::Object(_) => {
                return Err(Stop::error(format!("{} is not valid in a {format} row", shown(item))));
            }
            plain => push_plain(plain, &mut out),
        }
    }
    Ok(out)
}

fn shell(value: &Val, budget: &Budget<'_>) -> Result<String, Stop> {
    let own = [value.clone()];
    let items = value.as_list().unwrap_or(&own);
    let mut words = Vec::new();
    for item in items {
        budget.step(1)?;
        words.push(match item {
            Val::Text(text) => {
                budget.hold(text.len())?;
                format!("'{}'", text.replace('\'', r"'\''"))
            }
            Val::List(_) | Val::Object(_) => {
                return Err(Stop::error(format!("{} can not be escaped for shell", shown(item))));
            }
            plain => {
                let mut word = String::new();
                push_plain(plain, &mut word);
                word
            }
        });
    }
    Ok(words.join(" "))
}

/// With or without its padding; bytes that are no text become U+FFFD.
fn decoded(value: &Val, text: &str) -> Result<String, Stop> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let bytes = LENIENT
        .decode(text.trim_end_matches('='))
        .map_err(|_| Stop::error(format!("{} is not valid base64 data", shown(value))))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
