//! EC2 and Auto Scaling: base64 that the caller need not see.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use value::{Map, Value};

use super::Context;

/// Reads base64 whether or not it is padded.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// User data is given as it is and travels as base64.
pub(super) fn encode_user_data(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    if let Some(data) = params.get_mut("UserData") {
        match data {
            Value::Text(text) => *data = Value::from(STANDARD.encode(text.as_bytes())),
            Value::Blob(bytes) => *data = Value::from(STANDARD.encode(bytes)),
            _ => {}
        }
    }
    Ok(())
}

/// A console's output travels as base64 and is shown as text; bytes that are no UTF-8 are replaced.
pub(super) fn decode_console_output(_: &Context<'_>, _: &[u8], answer: &mut Value) {
    let Value::Map(answer) = answer else { return };
    let Some(output) = answer.get_mut("Output") else { return };
    let Some(text) = output.as_text() else { return };
    let compact: String = text.split_ascii_whitespace().collect();
    if let Ok(bytes) = LENIENT.decode(compact) {
        *output = Value::text(String::from_utf8_lossy(&bytes));
    }
}
