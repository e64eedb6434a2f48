//! Answers without what their model calls sensitive.
//!
//! Invariant: masking happens before `--query`, so no expression can carry a masked value out.

use aws_model::{Operation, Service, ShapeId, ShapeKind};
use value::Value;

/// What stands in a masked value's place.
const MASK: &str = "***";

/// Masks the members of an answer that the model marks as sensitive; says whether there were any. Names and the
/// number of items stay, except in maps whose names are sensitive themselves.
pub fn redact(service: &Service, operation: &Operation, value: &mut Value) -> bool {
    operation.output.is_some_and(|output| walk(service, output, false, value))
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
}
