//! S3 and S3 Control.

use quick_xml::Reader;
use quick_xml::events::Event;
use value::{Map, Value};

use super::Context;
use super::unquote::unquote;
use crate::encoding::{PATH_SAFE, percent_encode};
use crate::message::RequestParts;

/// Refuses what is neither a bucket's name nor an ARN, before a host is made of it.
pub(super) fn check_bucket(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    let Some(bucket) = params.get("Bucket").and_then(Value::as_text) else { return Ok(()) };
    let named = (1..=255).contains(&bucket.len())
        && bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if named || is_arn(bucket) {
        return Ok(());
    }
    Err(format!(
        "Invalid bucket name \"{bucket}\": Bucket name must match the regex \"^[a-zA-Z0-9.\\-_]{{1,255}}$\" or be an ARN \
         matching the regex \"^arn:(aws).*:(s3|s3-object-lambda):[a-z\\-0-9]*:[0-9]{{12}}:accesspoint[/:]\
         [a-zA-Z0-9\\-.]{{1,63}}$|^arn:(aws).*:s3-outposts:[a-z\\-0-9]+:[0-9]{{12}}:outpost[/:][a-zA-Z0-9\\-]{{1,63}}\
         [/:]accesspoint[/:][a-zA-Z0-9\\-]{{1,63}}$\""
    ))
}

/// Whether a text is the ARN of an access point, of S3, Object Lambda or an outpost.
fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let words: Vec<&str> = resource.split([':', '/']).collect();
    let name_ok = |name: &str, dots: bool| {
        (1..=63).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || (dots && b == b'.'))
    };
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && match (service, words.as_slice()) {
            ("s3" | "s3-object-lambda", ["accesspoint", name]) => name_ok(name, true),
            ("s3-outposts", ["outpost", outpost, "accesspoint", name]) => {
                !region.is_empty() && name_ok(outpost, false) && name_ok(name, false)
            }
            _ => false,
        }
}

/// Asks for checksums in answers wherever the operation offers them.
pub(super) fn ask_for_checksums(context: &Context<'_>, params: &mut Map) -> Result<(), String> {
    let checksum = context.operation.checksum.as_ref();
    if let Some(member) = checksum.and_then(|traits| traits.request_validation_mode_member.clone())
        && !params.contains(&member)
    {
        params.push(member, "ENABLED");
    }
    Ok(())
}

/// Keys may hold characters that XML cannot: they are asked for percent-encoded, and [`decode_keys`] undoes it.
pub(super) fn ask_for_encoded_keys(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    if !params.contains("EncodingType") {
        params.push("EncodingType", "url");
    }
    Ok(())
}

/// Undoes the encoding of keys unless the caller asked for it.
pub(super) fn decode_keys(context: &Context<'_>, _: &[u8], answer: &mut Value) {
    let encoded = answer.get("EncodingType").and_then(Value::as_text) == Some("url");
    if !encoded || context.given.contains("EncodingType") {
        return;
    }
    let Value::Map(answer) = answer else { return };
    let names: &[&str] = match context.operation.name.as_str() {
        "ListObjects" => &["Delimiter", "Marker", "NextMarker"],
        "ListObjectsV2" => &["Delimiter", "Prefix", "StartAfter"],
        _ => &["KeyMarker", "NextKeyMarker", "Prefix", "Delimiter"],
    };
    for name in names {
        if let Some(value) = answer.get_mut(name) {
            decode(value);
        }
    }
    for (list, name) in
        [("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix")]
    {
        let Some(Value::List(items)) = answer.get_mut(list) else { continue };
        for item in items {
            if let Value::Map(item) = item
                && let Some(value) = item.get_mut(name)
            {
                decode(value);
            }
        }
    }
}

fn decode(value: &mut Value) {
    if let Value::Text(text) = value {
        *text = unquote(text, true).into();
    }
}

/// A copy's source travels in a header, percent-encoded but for a version's id.
pub(super) fn quote_copy_source(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    let Some(Value::Text(source)) = params.get_mut("CopySource") else { return Ok(()) };
    let (path, version) = match source.rfind("?versionId=") {
        Some(at) if at + 11 < source.len() && !source[at..].contains(char::is_whitespace) => {
            source.split_at(at)
        }
        _ => (source.as_str(), ""),
    };
    let mut quoted = String::with_capacity(source.len());
    percent_encode(&mut quoted, path, PATH_SAFE);
    quoted.push_str(version);
    *source = quoted.into();
    Ok(())
}

/// Metadata travels in headers, which carry ASCII alone.
pub(super) fn check_metadata(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    let Some(metadata) = params.get("Metadata").and_then(Value::as_map) else { return Ok(()) };
    for (name, value) in metadata.iter() {
        let text = value.as_text().unwrap_or_default();
        if !name.is_ascii() || !text.is_ascii() {
            return Err(format!(
                "Non ascii characters found in S3 metadata for key \"{name}\", value: \"{text}\".  \nS3 metadata can \
                 only contain ASCII characters. "
            ));
        }
    }
    Ok(())
}

/// The endpoint already holds the bucket: in its host, or at the head of its path.
pub(super) fn drop_bucket_from_path(context: &Context<'_>, parts: &mut RequestParts) {
    if context.operation.uri.starts_with("/{Bucket}") {
        let end = parts.path[1..].find('/').map_or(parts.path.len(), |at| at + 1);
        parts.path.replace_range(..end, "");
    }
}

/// XML readers turn line ends into others; what is in a key must arrive as it is.
pub(super) fn escape_line_ends(_: &Context<'_>, parts: &mut RequestParts) {
    let mut escaped = Vec::with_capacity(parts.body.len());
    for &byte in &parts.body {
        match byte {
            b'\r' => escaped.extend_from_slice(b"&#xD;"),
            b'\n' => escaped.extend_from_slice(b"&#xA;"),
            _ => escaped.push(byte),
        }
    }
    parts.body = escaped;
}

/// The whole answer is one element whose text is the location; empty means us-east-1, and is null here.
pub(super) fn read_location(_: &Context<'_>, body: &[u8], answer: &mut Value) {
    let location = element_text(body).map_or(Value::Null, Value::from);
    if let Value::Map(answer) = answer {
        answer.insert("LocationConstraint", location);
    }
}

/// The text right inside the first element; `None` if it has none.
fn element_text(xml: &[u8]) -> Option<String> {
    let mut reader = Reader::from_reader(xml);
    let mut inside = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) if !inside => inside = true,
            Event::Text(text) if inside => {
                return Some(text.to_string()).filter(|text| !text.is_empty());
            }
            Event::Decl(_) | Event::Text(_) | Event::Comment(_) | Event::PI(_) => {}
            _ => return None,
        }
    }
}

/// Where the endpoint's rules put the account into the host, the operation does not do it again.
pub(super) fn drop_account_prefix(context: &Context<'_>, parts: &mut RequestParts) {
    let by_rules = context
        .operation
        .static_context_params
        .iter()
        .any(|(name, value)| name == "RequiresAccountId" && value == &Value::Bool(true));
    if by_rules && context.operation.host_prefix.as_deref() == Some("{AccountId}.") {
        parts.host_prefix = None;
    }
}
