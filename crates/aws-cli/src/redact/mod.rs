//! Answers without what their model calls sensitive, and without credentials that no model marks.
//!
//! Invariant: masking happens before `--query`, so no expression can carry a masked value out.

mod names;
mod text;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use aws_model::{Operation, Service, ShapeId, ShapeKind};
use value::{Map, Value};

/// What stands in a masked value's place.
const MASK: &str = "***";

/// The longest base64 text that is looked into.
const MAX_BASE64: usize = 1 << 20;
/// Members that name what stands in the member beside them, as lists of variables, parameters and options have it.
const NAMES: [&str; 6] = ["name", "key", "parameterkey", "outputkey", "optionname", "parametername"];

/// Masks the members of an answer that the model marks as sensitive, and what [`redact_credentials`] knows; says whether
/// there was anything. Names and the number of items stay, except in maps whose names are sensitive themselves.
pub fn redact(service: &Service, operation: &Operation, value: &mut Value) -> bool {
    let marked = operation.output.is_some_and(|output| walk(service, output, false, value));
    redact_credentials(value) | marked
}

/// Masks what is a credential by its shape, or by the name that it goes under (`DB_PASSWORD`), anywhere in a tree; says
/// whether there was any. Access key ids stay, for they name keys; so do references to secrets.
pub fn redact_credentials(value: &mut Value) -> bool {
    credentials("", value)
}

/// The text with what is a credential by its shape masked; `None` where it has none.
pub fn redact_text(text: &str) -> Option<String> {
    text::masked(text)
}

fn credentials(name: &str, value: &mut Value) -> bool {
    let masked = match value {
        Value::Text(text) if names::tells(name) && !names::is_reference(text) => Some(Value::text(MASK)),
        Value::Blob(_) if names::tells(name) => Some(Value::text(MASK)),
        Value::Text(text) => text::masked(text).or_else(|| within_base64(text)).map(Value::from),
        Value::Blob(bytes) => {
            let masked = std::str::from_utf8(bytes).ok().and_then(text::masked);
            masked.map(|text| Value::Blob(text.into_bytes().into()))
        }
        Value::List(items) => {
            return items.iter_mut().fold(false, |found, item| found | credentials(name, item));
        }
        Value::Map(map) => return in_map(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    };
    let Some(masked) = masked else { return false };
    *value = masked;
    true
}

fn in_map(map: &mut Map) -> bool {
    let named = map.iter().find(|(key, value)| {
        NAMES.iter().any(|name| key.eq_ignore_ascii_case(name))
            && value.as_text().is_some_and(|text| text.len() <= 256 && names::tells(text))
    });
    let telling = named.and_then(|(_, value)| value.as_text()).map(str::to_owned);
    // What is kept elsewhere is only named here.
    let elsewhere = map.get("type").and_then(Value::as_text).is_some_and(|kind| {
        kind.eq_ignore_ascii_case("SECRETS_MANAGER") || kind.eq_ignore_ascii_case("PARAMETER_STORE")
    });
    map.iter_mut().fold(false, |found, (key, value)| {
        let name = match &telling {
            Some(telling) if !elsewhere && names::is_value(key) => telling.as_str(),
            _ => key.as_str(),
        };
        found | credentials(name, value)
    })
}

/// User data and its like: the same text in base64, with what is in it masked.
fn within_base64(text: &str) -> Option<String> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if text.len() < 16
        || text.len() > MAX_BASE64
        || !text.len().is_multiple_of(4)
        || !text.bytes().all(is_base64)
    {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    Some(STANDARD.encode(text::masked(&decoded)?))
}

/// `hidden`: the member that holds the value is sensitive. Ends with the value, however the shapes refer to each other.
fn walk(service: &Service, id: ShapeId, hidden: bool, value: &mut Value) -> bool {
    let shape = service.shape(id);
    if hidden || shape.traits.sensitive {
        return mask(value);
    }
    match (&shape.kind, value) {
        (ShapeKind::Structure(members), Value::Map(map)) => {
            let mut found = false;
            for member in members {
                if let Some(value) = map.get_mut(&member.name) {
                    found |= walk(service, member.shape, member.traits.sensitive, value);
                }
            }
            found
        }
        // The events of a stream.
        (ShapeKind::Structure(_), Value::List(events)) => {
            events.iter_mut().fold(false, |found, event| found | walk(service, id, false, event))
        }
        (ShapeKind::List(item), Value::List(items)) => {
            let hidden = item.traits.sensitive;
            items.iter_mut().fold(false, |found, value| found | walk(service, item.shape, hidden, value))
        }
        (ShapeKind::Map { key, value: of }, value) => {
            if key.traits.sensitive || service.shape(key.shape).traits.sensitive {
                *value = Value::text(MASK);
                return true;
            }
            let Value::Map(map) = value else { return false };
            let hidden = of.traits.sensitive;
            map.iter_mut().fold(false, |found, (_, value)| found | walk(service, of.shape, hidden, value))
        }
        _ => false,
    }
}

/// Masks every scalar within.
fn mask(value: &mut Value) -> bool {
    match value {
        Value::Null => false,
        Value::List(items) => items.iter_mut().fold(false, |found, item| found | mask(item)),
        Value::Map(map) => map.iter_mut().fold(false, |found, (_, value)| found | mask(value)),
        scalar => {
            *scalar = Value::text(MASK);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use value::JsonStyle;

    use super::*;

    const MODEL: &[u8] = br#"{"version": "2.0", "metadata": {"protocol": "json", "serviceId": "T"},
        "operations": {"Get": {"name": "Get", "http": {"method": "POST", "requestUri": "/"}, "output": {"shape": "Out"}}},
        "shapes": {
            "Out": {"type": "structure", "members": {
                "Name": {"shape": "Text"}, "Password": {"shape": "Secret"}, "Token": {"shape": "Text", "sensitive": true},
                "Keys": {"shape": "Keys"}, "Inner": {"shape": "Hidden"}, "Self": {"shape": "Out"}, "ByName": {"shape": "ByName"},
                "BySecret": {"shape": "BySecret"}}},
            "Text": {"type": "string"}, "Secret": {"type": "string", "sensitive": true},
            "Keys": {"type": "list", "member": {"shape": "Secret"}},
            "Hidden": {"type": "structure", "sensitive": true, "members": {"A": {"shape": "Text"}, "N": {"shape": "Number"}}},
            "Number": {"type": "integer"},
            "ByName": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Secret"}},
            "BySecret": {"type": "map", "key": {"shape": "Secret"}, "value": {"shape": "Text"}}}}"#;

    #[test]
    fn sensitive_members_are_masked_wherever_they_are() {
        let service = Service::from_json("t", MODEL).expect("a model");
        let operation = service.operation("Get").expect("its operation");
        for (answer, expected, found) in [
            (r#"{"Name": "a"}"#, r#"{"Name": "a"}"#, false),
            (
                r#"{"Name": "a", "Password": "b", "Token": ""}"#,
                r#"{"Name": "a", "Password": "***", "Token": "***"}"#,
                true,
            ),
            (
                r#"{"Keys": ["a", "b"], "Password": null}"#,
                r#"{"Keys": ["***", "***"], "Password": null}"#,
                true,
            ),
            (
                r#"{"Inner": {"A": "a", "N": 1, "Unknown": [true]}}"#,
                r#"{"Inner": {"A": "***", "N": "***", "Unknown": ["***"]}}"#,
                true,
            ),
            (r#"{"Self": {"Self": {"Password": "x"}}}"#, r#"{"Self": {"Self": {"Password": "***"}}}"#, true),
            (
                r#"{"ByName": {"k": "x"}, "BySecret": {"k": "x"}}"#,
                r#"{"ByName": {"k": "***"}, "BySecret": "***"}"#,
                true,
            ),
            (r#""text""#, r#""text""#, false),
        ] {
            let mut value = Value::from_json(answer.as_bytes()).expect("JSON");
            assert_eq!(redact(&service, operation, &mut value), found, "{answer}");
            assert_eq!(value.to_json(JsonStyle::Line), expected);
        }
    }

    #[test]
    fn credentials_are_masked_by_name_and_in_base64() {
        for (answer, expected) in [
            (r#"{"DB_PASSWORD": "x", "Name": "y"}"#, r#"{"DB_PASSWORD": "***", "Name": "y"}"#),
            (r#"{"apiKey": ["x", "y"]}"#, r#"{"apiKey": ["***", "***"]}"#),
            (
                r#"{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}"#,
                r#"{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "***"}"#,
            ),
            (r#"[{"name": "PASSWORD", "value": "x"}]"#, r#"[{"name": "PASSWORD", "value": "***"}]"#),
            (
                r#"{"ParameterKey": "DbPassword", "ParameterValue": "x"}"#,
                r#"{"ParameterKey": "DbPassword", "ParameterValue": "***"}"#,
            ),
            (
                r#"{"name": "PASSWORD", "value": "prod/db", "type": "PARAMETER_STORE"}"#,
                r#"{"name": "PASSWORD", "value": "prod/db", "type": "PARAMETER_STORE"}"#,
            ),
            (r#"{"UserData": "cGFzc3dvcmQ9aHVudGVyMgo="}"#, r#"{"UserData": "cGFzc3dvcmQ9KioqCg=="}"#),
            (
                r#"{"NextToken": "eyJ2IjoxfQ==", "Secret": null}"#,
                r#"{"NextToken": "eyJ2IjoxfQ==", "Secret": null}"#,
            ),
            (
                r#"{"Secret": {"SecretArn": "arn:aws:x"}, "ClientSecret": true}"#,
                r#"{"Secret": {"SecretArn": "arn:aws:x"}, "ClientSecret": true}"#,
            ),
        ] {
            let mut value = Value::from_json(answer.as_bytes()).expect("JSON");
            assert_eq!(redact_credentials(&mut value), answer != expected, "{answer}");
            assert_eq!(value.to_json(JsonStyle::Line), expected);
        }
        let mut blob = Value::Blob(b"password=x".as_slice().into());
        assert!(redact_credentials(&mut blob));
        assert_eq!(blob, Value::Blob(b"password=***".as_slice().into()));
    }
}
