//! The functions that rules call. What a function cannot do with its arguments is null, or an error where botocore
//! raises one.

use value::{Map, Value};

use crate::encoding::{QUERY_SAFE, percent_encode};

use super::partition::Partitions;
use super::url::Url;

/// Calls a function by the name that rules give it.
pub(super) fn call(name: &str, arguments: &[Value], partitions: &Partitions<'_>) -> Result<Value, String> {
    let first = arguments.first().unwrap_or(&Value::Null);
    let second = arguments.get(1).unwrap_or(&Value::Null);
    Ok(match name {
        "isSet" => Value::Bool(!first.is_null()),
        "not" => Value::Bool(matches!(first, Value::Null | Value::Bool(false))),
        "booleanEquals" => match (first, second) {
            (Value::Bool(a), Value::Bool(b)) => Value::Bool(a == b),
            _ => return Err("booleanEquals needs two booleans".to_owned()),
        },
        "stringEquals" => match (first, second) {
            (Value::Text(a), Value::Text(b)) => Value::Bool(a == b),
            _ => return Err("stringEquals needs two strings".to_owned()),
        },
        "getAttr" => second.as_text().map_or(Value::Null, |path| attribute(first, path)),
        "substring" => return substring(arguments),
        "uriEncode" => first.as_text().map_or(Value::Null, uri_encode),
        "parseURL" => first.as_text().and_then(parse_url).unwrap_or_default(),
        "isValidHostLabel" => {
            Value::Bool(first.as_text().is_some_and(|text| is_host_label(text, second == &Value::Bool(true))))
        }
        "aws.partition" => partitions.outputs(first.as_text()),
        "aws.parseArn" => first.as_text().and_then(parse_arn).unwrap_or_default(),
        "aws.isVirtualHostableS3Bucket" => {
            Value::Bool(first.as_text().is_some_and(|text| is_hostable(text, second == &Value::Bool(true))))
        }
        other => return Err(format!("unknown function `{other}` in the endpoint rules")),
    })
}

/// Follows `name`, `name[0]`, `name#inner`-like paths with dots between names.
fn attribute(value: &Value, path: &str) -> Value {
    let mut here = value;
    for part in path.split('.') {
        let (name, index) = match part.split_once('[') {
            Some((name, rest)) => {
                (name, rest.strip_suffix(']').and_then(|digits| digits.parse::<usize>().ok()))
            }
            None => (part, None),
        };
        if !name.is_empty() {
            match here.get(name) {
                Some(inner) => here = inner,
                None => return Value::Null,
            }
        }
        if let Some(index) = index {
            return here.as_list().and_then(|items| items.get(index)).cloned().unwrap_or_default();
        }
    }
    here.clone()
}

fn substring(arguments: &[Value]) -> Result<Value, String> {
    let [Value::Text(text), start, stop, reverse] = arguments else {
        return Err("substring needs a string, two numbers and a boolean".to_owned());
    };
    let number = |value: &Value| value.as_i64().and_then(|number| usize::try_from(number).ok());
    let (Some(start), Some(stop)) = (number(start), number(stop)) else { return Ok(Value::Null) };
    if start >= stop || text.len() < stop || !text.is_ascii() {
        return Ok(Value::Null);
    }
    let range =
        if reverse == &Value::Bool(true) { text.len() - stop..text.len() - start } else { start..stop };
    Ok(Value::text(&text[range]))
}

fn uri_encode(text: &str) -> Value {
    let mut out = String::new();
    percent_encode(&mut out, text, QUERY_SAFE);
    Value::from(out)
}

/// RFC 1123: letters, digits and inner hyphens, 63 at most; several with dots between them where subdomains are allowed.
fn is_host_label(text: &str, allow_subdomains: bool) -> bool {
    if allow_subdomains {
        return text.split('.').all(|label| is_host_label(label, false));
    }
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_hostable(bucket: &str, allow_subdomains: bool) -> bool {
    bucket.len() >= 3
        && !bucket.chars().any(char::is_uppercase)
        && !looks_like_ipv4(bucket)
        && is_host_label(bucket, allow_subdomains)
}

/// The parts of an `http` or `https` URL without a query, by the names that rules use.
fn parse_url(text: &str) -> Option<Value> {
    let url = Url::parse(text)?;
    let mut map = Map::new();
    map.push("scheme", url.scheme);
    map.push("authority", url.authority);
    map.push("path", url.path);
    map.push("normalizedPath", url.normalized_path);
    map.push("isIp", url.is_ip);
    Some(Value::Map(map))
}

/// Four groups of one to three digits.
fn looks_like_ipv4(text: &str) -> bool {
    let is_group =
        |group: &str| (1..=3).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').count() == 4 && text.split('.').all(is_group)
}

/// The parts of an ARN whose partition, service and resource are not empty.
fn parse_arn(text: &str) -> Option<Value> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let (partition, service, region, account, resource) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if partition.is_empty() || service.is_empty() || resource.is_empty() {
        return None;
    }
    let ids = resource.split([':', '/']).map(Value::text).collect::<Vec<_>>();
    let mut map = Map::new();
    map.push("partition", partition);
    map.push("service", service);
    map.push("region", region);
    map.push("accountId", account);
    map.push("resourceId", ids);
    Some(Value::Map(map))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn functions_answer_as_specified() {
        let partitions = Partitions::new(&Value::Null);
        for (name, arguments, expected) in [
            ("isSet", "[null]", "false"),
            ("isSet", r#"[""]"#, "true"),
            ("not", "[false]", "true"),
            ("booleanEquals", "[true, true]", "true"),
            ("stringEquals", r#"["a", "b"]"#, "false"),
            ("getAttr", r#"[{"a": {"b": ["x", "y"]}}, "a.b[1]"]"#, r#""y""#),
            ("getAttr", r#"[{"a": 1}, "b"]"#, "null"),
            ("getAttr", r#"[["x"], "[1]"]"#, "null"),
            ("substring", r#"["hello", 0, 2, false]"#, r#""he""#),
            ("substring", r#"["hello", 0, 2, true]"#, r#""lo""#),
            ("substring", r#"["hello", 0, 9, true]"#, "null"),
            ("substring", r#"["hüllo", 0, 2, true]"#, "null"),
            ("uriEncode", r#"["a/b c"]"#, r#""a%2Fb%20c""#),
            ("isValidHostLabel", r#"["a.b", false]"#, "false"),
            ("isValidHostLabel", r#"["a.b", true]"#, "true"),
            ("isValidHostLabel", r#"["-a", false]"#, "false"),
            ("aws.isVirtualHostableS3Bucket", r#"["my-bucket", false]"#, "true"),
            ("aws.isVirtualHostableS3Bucket", r#"["My-bucket", false]"#, "false"),
            ("aws.isVirtualHostableS3Bucket", r#"["10.0.0.1", true]"#, "false"),
            ("aws.parseArn", r#"["arn:aws:s3::1:"]"#, "null"),
            ("parseURL", r#"["ftp://a"]"#, "null"),
            ("parseURL", r#"["https://a:x"]"#, "null"),
            ("parseURL", r#"["https://a?b=c"]"#, "null"),
        ] {
            let arguments = Value::from_json(arguments.as_bytes()).unwrap();
            let found = call(name, arguments.as_list().unwrap(), &partitions).unwrap();
            assert_eq!(found, Value::from_json(expected.as_bytes()).unwrap(), "{name} {arguments:?}");
        }
    }

    #[test]
    fn an_arn_comes_apart() {
        let arn = parse_arn("arn:aws:s3:eu-west-1:123:accesspoint:my/point").unwrap();
        assert_eq!(attribute(&arn, "resourceId[2]"), Value::text("point"));
        assert_eq!(attribute(&arn, "region"), Value::text("eu-west-1"));
    }

    #[test]
    fn wrong_types_are_errors() {
        for (name, arguments) in [
            ("stringEquals", vec![Value::Null]),
            ("booleanEquals", vec![]),
            ("substring", vec![]),
            ("exec", vec![]),
        ] {
            assert!(call(name, &arguments, &Partitions::new(&Value::Null)).is_err(), "{name}");
        }
    }
}
