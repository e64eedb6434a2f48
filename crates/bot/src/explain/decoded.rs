//! What `sts:DecodeAuthorizationMessage` tells: a JSON document inside the answer.
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>.

use value::Value;

/// The facts of a decoded message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decoded {
    /// Whether a statement denies it; else none allows it.
    pub(crate) explicit: bool,
    pub(crate) action: Option<String>,
    pub(crate) resource: Option<String>,
}

/// Reads the answer of the call.
pub(crate) fn read(answer: &Value) -> Option<Decoded> {
    let text = answer.get("DecodedMessage")?.as_text()?;
    let document = Value::from_json(text.as_bytes()).ok()?;
    let context = document.get("context");
    let named = |name: &str| context?.get(name)?.as_text().map(str::to_owned);
    Some(Decoded {
        explicit: matches!(document.get("explicitDeny"), Some(Value::Bool(true))),
        action: named("action"),
        resource: named("resource"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(document: &str) -> Value {
        Value::Map([("DecodedMessage", Value::text(document))].into_iter().collect())
    }

    #[test]
    fn the_document_inside_is_read() {
        let document = r#"{"allowed":false,"explicitDeny":true,"context":{"principal":{"id":"AROA:U0ALICE"},
            "action":"ec2:RunInstances","resource":"arn:aws:ec2:eu-west-1:111111111111:instance/*"}}"#;
        let decoded = read(&answer(document)).expect("a document");
        assert!(decoded.explicit);
        assert_eq!(decoded.action.as_deref(), Some("ec2:RunInstances"));
        assert_eq!(decoded.resource.as_deref(), Some("arn:aws:ec2:eu-west-1:111111111111:instance/*"));
    }

    #[test]
    fn what_is_no_document_is_nothing() {
        for text in ["", "{", "[]"] {
            assert_eq!(read(&answer(text)).and_then(|decoded| decoded.action), None, "{text}");
        }
        assert_eq!(read(&Value::Null), None);
    }
}
