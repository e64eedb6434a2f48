//! Tags that a grant's rule asks for: looked at right before the call is made, on the very things that it names.
//!
//! What cannot be read does not hold. EC2's things are looked up by their ids, others by their ARNs.
//! Absent on purpose: names, which say nothing of whose they are.

use std::sync::Arc;
use std::time::Duration;

use aws_call::CredentialSource;
use aws_cli::Invocation;
use policy::{Permit, TagCondition};
use value::Value;

use crate::arguments;
use crate::bot::Inner;
use crate::lookup::{Looker, LookupFault, lookup};

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many things are looked at.
const THINGS: usize = 100;

/// A tag, and the thing that bears it.
struct Tag {
    thing: String,
    key: String,
    value: String,
}

/// Why the tags that the permit rests on do not hold, if they do not.
pub(crate) async fn missing(
    inner: &Inner,
    invocation: &Invocation,
    permit: &Permit,
    credentials: &Arc<dyn CredentialSource>,
) -> Option<String> {
    if permit.tags.is_empty() {
        return None;
    }
    let credentials = Arc::clone(credentials);
    let looker = Looker { region: permit.region.clone(), credentials, limit: LIMIT };
    for condition in &permit.tags {
        let wanted = format!(
            "{} allows it only on things with the tag {}={}",
            permit.grant, condition.key, condition.value
        );
        let things = named(invocation, &condition.option);
        if things.is_empty() || things.len() > THINGS {
            return Some(format!("{wanted}, and {} names {} of them.", condition.option, things.len()));
        }
        let tags = match tags_of(inner, &looker, &things).await {
            Ok(tags) => tags,
            Err(why) => return Some(format!("{wanted}, and {why}.")),
        };
        if let Some(other) = things.iter().find(|thing| !bears(&tags, thing, condition)) {
            return Some(format!("{wanted}; {other} does not bear it."));
        }
    }
    None
}

fn named(invocation: &Invocation, option: &str) -> Vec<String> {
    let given = arguments::given(invocation).arguments;
    given
        .into_iter()
        .filter(|argument| argument.option == option)
        .flat_map(|argument| argument.values)
        .collect()
}

fn bears(tags: &[Tag], thing: &str, condition: &TagCondition) -> bool {
    tags.iter().any(|tag| tag.thing == thing && tag.key == condition.key && condition.holds(&tag.value))
}

async fn tags_of(inner: &Inner, looker: &Looker, things: &[String]) -> Result<Vec<Tag>, String> {
    let (list, thing) = if things.iter().all(|thing| is_ec2(thing)) {
        let filter = format!("Name=resource-id,Values={}", things.join(","));
        let found = lookup(inner, looker, &["ec2", "describe-tags", "--filters", &filter]).await;
        (found.map_err(|fault| unread(&fault))?, ("Tags", "ResourceId"))
    } else if things.iter().all(|thing| thing.starts_with("arn:")) {
        let mut words = vec!["resourcegroupstaggingapi", "get-resources", "--resource-arn-list"];
        words.extend(things.iter().map(String::as_str));
        let found = lookup(inner, looker, &words).await;
        (found.map_err(|fault| unread(&fault))?, ("ResourceTagMappingList", "ResourceARN"))
    } else {
        return Err("tags are read by ids of EC2 and by ARNs only".to_owned());
    };
    Ok(read(&list, thing.0, thing.1))
}

fn unread(fault: &LookupFault) -> String {
    format!("tags could not be read: {fault}")
}

/// The tags in an answer, which stand beside the thing or in a list below it.
fn read(answer: &Value, list: &str, thing: &str) -> Vec<Tag> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_text).map(str::to_owned);
    let mut tags = Vec::new();
    for entry in answer.get(list).and_then(Value::as_list).unwrap_or_default() {
        let below = entry.get("Tags").and_then(Value::as_list);
        for tag in below.unwrap_or(std::slice::from_ref(entry)) {
            if let (Some(thing), Some(key), Some(value)) =
                (text(entry, thing), text(tag, "Key"), text(tag, "Value"))
            {
                tags.push(Tag { thing, key, value });
            }
        }
    }
    tags
}

/// `i-0abc`: letters, a dash, hexadecimal digits.
fn is_ec2(id: &str) -> bool {
    id.split_once('-').is_some_and(|(kind, rest)| {
        !kind.is_empty()
            && kind.bytes().all(|byte| byte.is_ascii_lowercase())
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn tags_hold_for_the_thing_that_bears_them() {
        let answer = br#"{"Tags": [
            {"ResourceId": "i-1", "Key": "team", "Value": "web"}, {"ResourceId": "i-2", "Key": "team", "Value": "db"},
            {"ResourceId": "i-3", "Key": "Team", "Value": "web"}, {"ResourceId": "i-4"}]}"#;
        let tags = read(&Value::from_json(answer).expect("JSON"), "Tags", "ResourceId");
        let (option, key, value) = ("--instance-ids".to_owned(), "team".to_owned(), "web".to_owned());
        let condition = TagCondition { option, key, value };
        for (thing, expected) in
            [("i-1", true), ("i-2", false), ("i-3", false), ("i-4", false), ("i-5", false)]
        {
            assert_eq!(bears(&tags, thing, &condition), expected, "{thing}");
        }
        let answer = br#"{"ResourceTagMappingList": [{"ResourceARN": "arn:x", "Tags": [{"Key": "team", "Value": "web"}]}]}"#;
        let tags = read(&Value::from_json(answer).expect("JSON"), "ResourceTagMappingList", "ResourceARN");
        assert!(bears(&tags, "arn:x", &condition));
    }

    #[test]
    fn only_ids_go_into_a_filter() {
        for id in ["i-0abc", "vol-1", "eipalloc-0f"] {
            assert!(is_ec2(id), "{id}");
        }
        for id in ["", "i-", "-1", "i-1,i-2", "i-xyz", "web", "i-1 Name=x", "I-1"] {
            assert!(!is_ec2(id), "{id}");
        }
    }
}
