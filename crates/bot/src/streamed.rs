//! Answers whose body is bytes, as people read them: in chat there is no file that they could go to.
//!
//! Text becomes text, JSON becomes a tree, anything else is counted. A function's log, which Lambda gives as base64, becomes
//! lines. Bounded by what an answer may hold.

use aws_cli::Invocation;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use render::console_lines;
use value::Value;

/// The largest body that is read as JSON, in bytes.
const MAX_JSON: usize = 1024 * 1024;

/// The answer with its body as text, where its operation has such a body.
pub(crate) fn legible(mut value: Value, invocation: &Invocation) -> Value {
    let service = &invocation.call.service;
    let Some(operation) = invocation.call.model() else { return value };
    let output = operation.output.map(|id| service.shape(id));
    let payload = output.and_then(|output| output.traits.payload.as_ref());
    if let (Some(payload), Value::Map(map)) = (payload, &mut value)
        && let Some(Value::Blob(bytes)) = map.get(payload)
    {
        let read = body(bytes);
        map.insert(payload.clone(), read);
    }
    if let (true, Value::Map(map)) = (runs_function(invocation), &mut value)
        && let Some(lines) = map.get("LogResult").and_then(Value::as_text).and_then(log)
    {
        map.insert("LogResult", lines);
    }
    value
}

/// Whether it runs a function of Lambda.
pub(crate) fn runs_function(invocation: &Invocation) -> bool {
    invocation.call.service.name() == "lambda" && &*invocation.call.operation == "Invoke"
}

/// Takes what a function answered out of the answer. The model calls all of it sensitive, because it can be anything; yet
/// whoever may run the function ran it to see that. Only credentials in it are masked.
pub(crate) fn take_answer(value: &mut Value, invocation: &Invocation) -> Option<(&'static str, Value)> {
    const PAYLOAD: &str = "Payload";
    match value {
        Value::Map(map) if runs_function(invocation) => Some((PAYLOAD, map.remove(PAYLOAD)?)),
        _ => None,
    }
}

fn body(bytes: &[u8]) -> Value {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Value::text(format!("({} bytes that are no text)", bytes.len()));
    };
    let is_tree = text.trim_start().starts_with(['{', '[']) && bytes.len() <= MAX_JSON;
    match Value::from_json(bytes) {
        Ok(tree) if is_tree => tree,
        _ => Value::text(aws_cli::redact_text(text).unwrap_or_else(|| text.to_owned())),
    }
}

fn log(text: &str) -> Option<Value> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text = aws_cli::redact_text(&text).unwrap_or_else(|| text.into_owned());
    Some(Value::List(console_lines(&text).iter().map(Value::text).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use value::JsonStyle;

    #[test]
    fn bodies_are_read_as_what_they_are() {
        let cases: [(&[u8], &str); 5] = [
            (br#"{"a": [1]}"#, r#"{"a":[1]}"#),
            (b"hello\nworld", r#""hello\nworld""#),
            (br#""done""#, r#""\"done\"""#),
            (b"\xff\xfe\x00", r#""(3 bytes that are no text)""#),
            (b"", r#""""#),
        ];
        for (bytes, expected) in cases {
            assert_eq!(body(bytes).to_json(JsonStyle::Compact), expected);
        }
        let lines = log("U1RBUlQgYQoqKipFTkQK").map(|lines| lines.to_json(JsonStyle::Compact));
        assert_eq!(lines.as_deref(), Some(r#"["START a","***END"]"#));
        assert_eq!(log("no base64!"), None);
    }
}
