//! `application/x-www-form-urlencoded` bodies, strictly.
//!
//! Invariants: a body over its limit is not looked at; a field that comes twice, a broken escape or bytes that are no
//! UTF-8 are errors, because two readers of such a body could see two different commands. Fields nobody asked for are
//! tolerated: Slack adds some from time to time.

use std::borrow::Cow;

/// How large a form may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormLimits {
    /// Bytes of the body.
    pub bytes: usize,
    /// Number of fields.
    pub fields: usize,
}

/// Why a body is no form that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Nothing there.
    #[error("the body is empty")]
    Empty,
    /// Over the limit of bytes.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// Over the limit of fields.
    #[error("the body has more than {0} fields")]
    TooManyFields(usize),
    /// A `%` without two hexadecimal digits.
    #[error("the body holds a broken escape")]
    Escape,
    /// Bytes that are no UTF-8, plain or escaped.
    #[error("the body is no UTF-8")]
    Encoding,
    /// One name, two values.
    #[error("the field \"{0}\" comes twice")]
    Twice(String),
}

/// A decoded form: each name once, in the order of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<'a> {
    fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Form<'a> {
    /// Decodes a body.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(body: &'a [u8], limits: FormLimits) -> Result<Form<'a>, FormError> {
        if body.is_empty() {
            return Err(FormError::Empty);
        }
        if body.len() > limits.bytes {
            return Err(FormError::TooLarge(limits.bytes));
        }
        let body = std::str::from_utf8(body).map_err(|_| FormError::Encoding)?;
        let mut fields: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            if fields.len() == limits.fields {
                return Err(FormError::TooManyFields(limits.fields));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(FormError::Twice(name.chars().take(40).collect()));
            }
            fields.push((name, value));
        }
        Ok(Form { fields })
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_ref())
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, FormError> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex).ok_or(FormError::Escape)?;
                let low = rest.next().and_then(hex).ok_or(FormError::Escape)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| FormError::Encoding)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: FormLimits = FormLimits { bytes: 100, fields: 4 };

    #[test]
    fn forms_decode() {
        let cases: [(&str, &[(&str, &str)]); 5] = [
            ("a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("a=x+y%2Bz%26&b", &[("a", "x y+z&"), ("b", "")]),
            ("a=b=c", &[("a", "b=c")]),
            ("&&a=1&", &[("a", "1")]),
            ("%61=%E2%80%9C", &[("a", "\u{201c}")]),
        ];
        for (body, expected) in cases {
            let form = Form::parse(body.as_bytes(), LIMITS).expect(body);
            for (name, value) in expected {
                assert_eq!(form.get(name), Some(*value), "{body}");
            }
            assert_eq!(form.fields.len(), expected.len(), "{body}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let long = format!("a={}", "x".repeat(99));
        let cases: [(&[u8], FormError); 9] = [
            (b"", FormError::Empty),
            (long.as_bytes(), FormError::TooLarge(100)),
            (b"a=1&b=2&c=3&d=4&e=5", FormError::TooManyFields(4)),
            (b"a=%", FormError::Escape),
            (b"a=%4", FormError::Escape),
            (b"a=%4g", FormError::Escape),
            (b"a=%ff", FormError::Encoding),
            (b"a=\xff", FormError::Encoding),
            (b"a=1&%61=2", FormError::Twice("a".to_owned())),
        ];
        for (body, expected) in cases {
            assert_eq!(Form::parse(body, LIMITS), Err(expected), "{}", body.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..150)) {
            let _ = Form::parse(&body, LIMITS);
        }

        #[test]
        fn what_is_escaped_comes_back(text in "\\PC{0,10}") {
            let body: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let body = format!("a={body}");
            let limits = FormLimits { bytes: 1000, fields: 1 };
            let form = Form::parse(body.as_bytes(), limits).expect("escaped");
            prop_assert_eq!(form.get("a"), Some(text.as_str()));
        }
    }
}
