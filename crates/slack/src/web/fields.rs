//! The arguments of a method, and how they travel.

use serde::Serialize;
use serde_json::{Map, Value};

use super::CallBody;
use super::method::Encoding;

/// Arguments by name. What is not given is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// None yet.
    pub fn new() -> Fields {
        Fields::default()
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Fields {
        // Text, numbers, truth values and Block Kit: there is nothing that could fail.
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// The arguments as a JSON object.
    pub fn json(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn encode(&self, encoding: Encoding) -> CallBody {
        match encoding {
            Encoding::Json => CallBody {
                content_type: "application/json; charset=utf-8",
                bytes: Value::Object(self.0.clone()).to_string().into_bytes(),
            },
            Encoding::Form => CallBody {
                content_type: "application/x-www-form-urlencoded",
                bytes: self.form().into_bytes(),
            },
        }
    }

    fn form(&self) -> String {
        let mut form = String::new();
        for (name, value) in &self.0 {
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(name);
            form.push('=');
            match value {
                Value::String(text) => escape(&mut form, text),
                other => escape(&mut form, &other.to_string()),
            }
        }
        form
    }
}

fn escape(form: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            form.push('%');
            for nibble in [byte >> 4, byte & 15] {
                form.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Form, FormLimits};
    use proptest::prelude::*;

    #[test]
    fn arguments_travel_both_ways() {
        let fields = Fields::new().with("channel", "C1").with("limit", 5).with("cursor", None::<&str>);
        assert_eq!(fields.encode(Encoding::Json).bytes, br#"{"channel":"C1","limit":5}"#);
        assert_eq!(fields.encode(Encoding::Form).bytes, b"channel=C1&limit=5");
    }

    proptest! {
        #[test]
        fn a_form_is_read_as_it_was_meant(text in "\\PC{0,20}|[&=+%\\x00-\\x20]{0,20}") {
            let body = Fields::new().with("a", 1).with("text", &text).encode(Encoding::Form).bytes;
            let form = Form::parse(&body, FormLimits { bytes: 10_000, fields: 2 }).expect("a form");
            prop_assert_eq!(form.get("text"), Some(text.as_str()));
        }
    }
}
