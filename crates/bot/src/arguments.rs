//! What a call is given, as rules see it: options with their values, and the keys of tags that it sets or removes.
//!
//! Both come from the parameters of the call and not from the words of the line, so that `--cli-input-json`, shorthand
//! and abbreviations make no difference. An option bears the name of its parameter, whatever the AWS CLI calls it there.
//! Invariants: of tag keys rather too many are found than too few; a command of several calls, of which only the first
//! is known beforehand, has no arguments, so that no rule about arguments lets it pass.

use aws_cli::{Invocation, option_of};
use policy::Argument;
use value::{JsonStyle, Map, Value};

/// What one command is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Its options.
    pub arguments: Vec<Argument>,
    /// Keys of tags that it sets or removes.
    pub tag_keys: Vec<String>,
}

/// Reads the parameters of a command.
pub fn given(invocation: &Invocation) -> Given {
    let params = &invocation.call.params;
    let mut tag_keys = Vec::new();
    keys_of_tags(params, &mut tag_keys);
    let several = invocation.task.is_some() || !invocation.further.is_empty();
    let arguments = if several { Vec::new() } else { params.iter().map(argument).collect() };
    Given { arguments, tag_keys }
}

fn argument((name, value): (impl AsRef<str>, &Value)) -> Argument {
    let values = match value {
        Value::List(items) => items.iter().map(text).collect(),
        single => vec![text(single)],
    };
    Argument { option: option_of(name.as_ref()), values }
}

fn text(value: &Value) -> String {
    match value.as_text() {
        Some(text) => text.to_owned(),
        None => value.to_json(JsonStyle::Compact),
    }
}

/// Every key below a parameter whose name speaks of tags, however deep it lies.
fn keys_of_tags(map: &Map, keys: &mut Vec<String>) {
    for (name, value) in map.iter() {
        if name.to_ascii_lowercase().contains("tag") {
            all_keys(value, keys);
        } else {
            below(value, keys);
        }
    }
}

fn below(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Map(map) => keys_of_tags(map, keys),
        Value::List(items) => items.iter().for_each(|item| below(item, keys)),
        _ => {}
    }
}

/// Whatever can be a key: names in maps, and texts, also as `key=value&key=value`.
fn all_keys(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Map(map) => {
            for (name, value) in map.iter() {
                keys.push(name.to_string());
                all_keys(value, keys);
            }
        }
        Value::List(items) => items.iter().for_each(|item| all_keys(item, keys)),
        Value::Text(text) => {
            for pair in text.as_str().split('&') {
                let key = pair.split('=').next().unwrap_or_default();
                keys.push(decoded(key));
            }
            keys.push(text.as_str().to_owned());
        }
        _ => {}
    }
}

/// A key as it stands in a query, `%74eam`.
fn decoded(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use aws_cli::{Environment, Parsed, Profile};
    use aws_model::Catalog;

    use super::*;

    fn read(words: &[&str]) -> Given {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        match aws_cli::parse(&Catalog::embedded(), &words, &Environment::empty(), Profile::Chat) {
            Ok(Parsed::Call(invocation)) => given(&invocation),
            other => panic!("no call: {other:?}"),
        }
    }

    #[test]
    fn options_have_their_values_however_they_were_typed() {
        let expected =
            [Argument { option: "--instance-ids".into(), values: vec!["i-1".into(), "i-2".into()] }];
        let stop = ["ec2", "stop-instances"];
        for rest in [
            &["--instance-ids", "i-1", "i-2"][..],
            &["--instance-ids", "[\"i-1\",\"i-2\"]"],
            &["--cli-input-json", "{\"InstanceIds\": [\"i-1\", \"i-2\"]}"],
        ] {
            assert_eq!(read(&[&stop[..], rest].concat()).arguments, expected, "{rest:?}");
        }
        let count = read(&["ec2", "describe-instances", "--max-results", "5", "--no-dry-run"]).arguments;
        let shown: Vec<String> =
            count.iter().map(|a| format!("{} {}", a.option, a.values.join(","))).collect();
        assert_eq!(shown, ["--dry-run false", "--max-results 5"]);
    }

    #[test]
    fn a_command_of_several_calls_has_no_arguments() {
        assert_eq!(read(&["s3", "cp", "s3://mine/a", "s3://other/b"]).arguments, []);
    }

    #[test]
    fn tag_keys_are_found_wherever_they_are() {
        let cases: [(&[&str], &str); 8] = [
            (&["ec2", "create-tags", "--resources", "i-1", "--tags", "Key=team,Value=web"], "team"),
            (&["ec2", "delete-tags", "--resources", "i-1", "--tags", "Key=team"], "team"),
            (
                &[
                    "ec2",
                    "run-instances",
                    "--image-id",
                    "ami-1",
                    "--tag-specifications",
                    "ResourceType=instance,Tags=[{Key=team,Value=web}]",
                ],
                "team",
            ),
            (&["lambda", "tag-resource", "--resource", "arn:aws:lambda:x", "--tags", "team=web"], "team"),
            (&["lambda", "untag-resource", "--resource", "arn:aws:lambda:x", "--tag-keys", "team"], "team"),
            (&["s3api", "put-object", "--bucket", "b", "--key", "k", "--tagging", "a=b&%74eam=web"], "team"),
            (
                &[
                    "s3api",
                    "put-bucket-tagging",
                    "--bucket",
                    "b",
                    "--tagging",
                    "TagSet=[{Key=team,Value=web}]",
                ],
                "team",
            ),
            (
                &[
                    "rds",
                    "add-tags-to-resource",
                    "--resource-name",
                    "arn:aws:rds:x",
                    "--tags",
                    "Key=team,Value=web",
                ],
                "team",
            ),
        ];
        for (words, key) in cases {
            let found = read(words).tag_keys;
            assert!(found.iter().any(|found| found == key), "{words:?}: {found:?}");
        }
        assert_eq!(read(&["ec2", "stop-instances", "--instance-ids", "i-1"]).tag_keys, Vec::<String>::new());
    }
}
