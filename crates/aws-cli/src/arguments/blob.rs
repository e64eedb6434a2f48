//! Blobs: base64 on the command line, bytes in a call.
//!
//! Facts are the AWS CLI's: text that stands where the model wants bytes is base64 unless `--cli-binary-format
//! raw-in-base64-out` says that it is the content itself; what `fileb://` loaded is the content always.

use aws_model::{Service, Shape, ShapeKind};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use value::Value;

use crate::UsageError;

/// What text means where bytes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlobFormat {
    /// Base64.
    Base64,
    /// The bytes themselves, in UTF-8.
    Raw,
}

/// Turns text into bytes wherever the shape wants bytes. Does not walk below what does not fit the shape.
pub(crate) fn decode(
    service: &Service,
    shape: &Shape,
    value: &mut Value,
    format: BlobFormat,
) -> Result<(), UsageError> {
    match (&shape.kind, value) {
        (ShapeKind::Structure(members), Value::Map(map)) => {
            for member in members {
                if let Some(value) = map.get_mut(&member.name) {
                    decode(service, service.shape(member.shape), value, format)?;
                }
            }
            Ok(())
        }
        (ShapeKind::List(item), Value::List(items)) => {
            let item = service.shape(item.shape);
            items.iter_mut().try_for_each(|value| decode(service, item, value, format))
        }
        (ShapeKind::Map { value: of, .. }, Value::Map(map)) => {
            let of = service.shape(of.shape);
            map.iter_mut().try_for_each(|(_, value)| decode(service, of, value, format))
        }
        (ShapeKind::Blob, value) => {
            if let Value::Text(text) = value {
                *value = Value::Blob(bytes(text, format)?.into());
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn bytes(text: &str, format: BlobFormat) -> Result<Vec<u8>, UsageError> {
    match format {
        BlobFormat::Raw => Ok(text.as_bytes().to_vec()),
        BlobFormat::Base64 => {
            lenient(text).ok_or_else(|| UsageError::general(format!("Invalid base64: \"{text}\"")))
        }
    }
}

/// Base64 as Python reads it: characters outside the alphabet are skipped, and what follows the padding is ignored;
/// missing padding is a fault. Text outside ASCII is one too.
fn lenient(text: &str) -> Option<Vec<u8>> {
    const PLAIN: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    if !text.is_ascii() {
        return None;
    }
    let mut digits = Vec::with_capacity(text.len());
    let mut padding = 0;
    for byte in text.bytes() {
        match byte {
            b'=' => {
                let place = digits.len() % 4;
                padding += usize::from(place >= 2);
                if place >= 2 && place + padding >= 4 {
                    return PLAIN.decode(&digits).ok();
                }
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' => {
                padding = 0;
                digits.push(byte);
            }
            _ => {}
        }
    }
    match digits.len() % 4 {
        0 => PLAIN.decode(&digits).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base64_as_python_does() {
        for (text, expected) in [
            ("aGVsbG8=", Some("hello")),
            ("aGVsbG8h", Some("hello!")),
            ("aGVs\nbG8=", Some("hello")),
            ("aGVs bG8=", Some("hello")),
            ("aGVsbG8=trailing", Some("hello")),
            ("", Some("")),
            ("aGVsbG8", None),
            ("blob1", None),
            ("é", None),
        ] {
            assert_eq!(lenient(text).as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn raw_text_is_its_own_bytes() {
        assert_eq!(bytes("hé", BlobFormat::Raw), Ok("hé".as_bytes().to_vec()));
        let fault = bytes("x", BlobFormat::Base64).expect_err("not base64");
        assert_eq!((fault.exit_code, fault.reason.as_str()), (255, "Invalid base64: \"x\""));
    }
}
