//! The templates, as they stand in `deploy/`, and what they grant.

use anyhow::{Context as _, Result};
use value::{Map, Value};

/// Bellhop itself.
pub(super) const BELLHOP: &str = include_str!("../../../../../deploy/bellhop.yaml");
/// The role in another account.
pub(super) const MEMBER: &str = include_str!("../../../../../deploy/member-account.yaml");

/// The largest template that a request may bear itself, in bytes.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
#[cfg(test)]
const MAX_BODY: usize = 51_200;

/// Reads a template.
pub(super) fn read(text: &str) -> Result<Value> {
    aws_cli::parse_template(text).context("the template")
}

/// A template's parameters in order, with what they are unless something is said.
pub(super) fn parameters(template: &Value) -> Vec<(String, Option<String>)> {
    let all = template.get("Parameters").and_then(Value::as_map);
    let default = |one: &Value| one.get("Default").map(|value| value.python_text().into_owned());
    all.into_iter().flat_map(Map::iter).map(|(name, one)| (name.to_string(), default(one))).collect()
}

/// What outlives the stack: the logical names of resources.
pub(super) fn retained(template: &Value) -> Vec<String> {
    let resources = template.get("Resources").and_then(Value::as_map);
    let kept = |(_, resource): &(&value::Key, &Value)| {
        let policy = resource.get("DeletionPolicy").and_then(Value::as_text);
        policy.is_some_and(|policy| policy.starts_with("Retain"))
    };
    let found = resources.into_iter().flat_map(Map::iter).filter(kept);
    found.map(|(name, _)| name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn both_can_be_read_and_fit_a_request() {
        for text in [BELLHOP, MEMBER] {
            assert!(text.len() <= MAX_BODY, "{} bytes", text.len());
            assert!(!parameters(&read(text).unwrap()).is_empty());
        }
    }

    #[test]
    fn the_table_is_the_one_that_the_store_makes() {
        let template = read(BELLHOP).unwrap();
        let table = template.get("Resources").and_then(|all| all.get("Table")).unwrap();
        let properties = table.get("Properties").unwrap();
        let definition = store::dynamodb::definition("bellhop");
        for (name, value) in definition.iter().filter(|(name, _)| name.as_str() != "TableName") {
            assert_eq!(properties.get(name.as_str()), Some(value), "{name}");
        }
        let ttl = properties.get("TimeToLiveSpecification").unwrap();
        assert_eq!(ttl.get("AttributeName").and_then(Value::as_text), Some(store::dynamodb::TTL));
    }

    #[test]
    fn what_people_have_written_outlives_the_stack() {
        assert_eq!(retained(&read(BELLHOP).unwrap()), ["Table", "Key", "AuditLogs"]);
    }
}
