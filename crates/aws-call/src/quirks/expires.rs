//! The header `Expires` of S3's objects holds whatever was stored with them, often no time at all.

use http::{HeaderMap, header};
use jiff::tz::TimeZone;
use value::Value;

use super::Context;
use crate::timestamp::Moment;

/// The header as it came, for an operation that answers with it; one that is no time is hidden from the model's reading.
pub(crate) fn take_expires(context: &Context<'_>, headers: &mut HeaderMap) -> Option<String> {
    let output = context.service.shape(context.operation.output?);
    if context.service.metadata().service_id != "S3" || output.member("Expires").is_none() {
        return None;
    }
    let text = String::from_utf8_lossy(headers.get(header::EXPIRES)?.as_bytes()).into_owned();
    if Moment::from_value(&Value::text(&text), &TimeZone::UTC).is_none() {
        headers.remove(header::EXPIRES);
    }
    Some(text).filter(|text| !text.is_empty())
}

/// Adds the header's text to the answer, as the AWS CLI does.
pub(crate) fn put_expires(text: Option<String>, answer: &mut Value) {
    if let (Some(text), Value::Map(map)) = (text, answer) {
        map.insert("ExpiresString", text);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use aws_model::Catalog;
    use value::Map;

    use super::*;

    #[test]
    fn what_is_no_time_is_told_as_text_alone() {
        let service = Catalog::embedded().open("s3").unwrap();
        for (operation, text, expected, stays) in [
            ("HeadObject", "Wed, 21 Oct 2026 07:28:00 GMT", Some("Wed, 21 Oct 2026 07:28:00 GMT"), true),
            ("GetObject", "never", Some("never"), false),
            ("PutObject", "never", None, true),
        ] {
            let operation = service.operation(operation).unwrap();
            let context = Context { service: &service, operation, given: &Map::new() };
            let mut headers = HeaderMap::new();
            headers.insert(header::EXPIRES, text.parse().unwrap());
            let taken = take_expires(&context, &mut headers);
            assert_eq!((taken.as_deref(), headers.contains_key("expires")), (expected, stays), "{text}");
            let mut answer = Value::Map(Map::new());
            put_expires(taken, &mut answer);
            assert_eq!(answer.get("ExpiresString").and_then(Value::as_text), expected);
        }
    }
}
