//! What a line's options put into the requests of a transfer.

use value::{Map, Value};

use crate::UsageError;
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::{json, shorthand};
use crate::commands::line::Line;
use crate::commands::options::Given;

/// Members of a request that describe the new object, by the options that fill them.
const DESCRIBING: &[(&str, &str)] = &[
    ("acl", "ACL"),
    ("storage-class", "StorageClass"),
    ("website-redirect", "WebsiteRedirectLocation"),
    ("content-type", "ContentType"),
    ("cache-control", "CacheControl"),
    ("content-disposition", "ContentDisposition"),
    ("content-encoding", "ContentEncoding"),
    ("content-language", "ContentLanguage"),
    ("expires", "Expires"),
];

/// Parameters that the line adds to each kind of request.
#[derive(Debug, Clone, Default)]
pub(super) struct Params {
    /// `PutObject`, and from it the requests of a multipart upload.
    pub(super) put: Map,
    /// `CopyObject`, and from it the requests of a multipart copy.
    pub(super) copy: Map,
    /// `GetObject`
    pub(super) get: Map,
    /// `HeadObject` of the source.
    pub(super) head: Map,
    /// Requests that know nothing but who pays.
    pub(super) payer: Map,
}

/// Reads them from the options. `between_buckets` tells whether the source is an object that is copied.
pub(super) fn read(given: &Given, line: &Line<'_>, between_buckets: bool) -> Result<Params, UsageError> {
    check_customer_keys(given, between_buckets)?;
    let payer = members(given, &[("request-payer", "RequestPayer")]);
    let own_key = members(given, &[("sse-c", "SSECustomerAlgorithm"), ("sse-c-key", "SSECustomerKey")]);
    let algorithm = members(given, &[("checksum-algorithm", "ChecksumAlgorithm")]);
    let encryption = members(given, &[("sse", "ServerSideEncryption"), ("sse-kms-key-id", "SSEKMSKeyId")]);
    let mut described = members(given, DESCRIBING);
    grants(given, &mut described)?;
    let metadata = metadata(given, line)?;

    let mut put = described.clone();
    let mut copy = described;
    if let Some(directive) = given.text("metadata-directive") {
        copy.push("MetadataDirective", directive);
    }
    if let Some(metadata) = metadata {
        put.push("Metadata", metadata.clone());
        copy.push("Metadata", metadata);
        if !copy.contains("MetadataDirective") {
            copy.push("MetadataDirective", "REPLACE");
        }
    }
    add(&mut put, &[&encryption, &own_key, &payer, &algorithm]);
    let source_key = [
        ("sse-c-copy-source", "CopySourceSSECustomerAlgorithm"),
        ("sse-c-copy-source-key", "CopySourceSSECustomerKey"),
    ];
    add(&mut copy, &[&encryption, &own_key, &members(given, &source_key), &payer, &algorithm]);
    if given.has("no-overwrite") {
        put.push("IfNoneMatch", "*");
        copy.push("IfNoneMatch", "*");
    }
    let mode = members(given, &[("checksum-mode", "ChecksumMode")]);
    let mut get = own_key.clone();
    add(&mut get, &[&payer, &mode]);
    let head = if between_buckets {
        let key =
            [("sse-c-copy-source", "SSECustomerAlgorithm"), ("sse-c-copy-source-key", "SSECustomerKey")];
        let mut head = members(given, &key);
        add(&mut head, &[&payer]);
        head
    } else {
        get.clone()
    };
    Ok(Params { put, copy, get, head, payer })
}

fn members(given: &Given, names: &[(&str, &str)]) -> Map {
    let filled = names.iter().filter_map(|(option, member)| {
        let value = given.value(option)?;
        let empty = value.as_text().is_some_and(str::is_empty);
        (!empty).then(|| (*member, value.clone()))
    });
    filled.collect()
}

/// Adds the entries of others.
pub(super) fn add(map: &mut Map, others: &[&Map]) {
    for other in others {
        for (name, value) in other.iter() {
            map.insert(name.clone(), value.clone());
        }
    }
}

/// The entries of those names.
pub(super) fn only(map: &Map, names: &[&str]) -> Map {
    let wanted = map.iter().filter(|(name, _)| names.contains(&name.as_str()));
    wanted.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The entries but those of that names.
pub(super) fn without(map: &Map, names: &[&str]) -> Map {
    let wanted = map.iter().filter(|(name, _)| !names.contains(&name.as_str()));
    wanted.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn grants(given: &Given, params: &mut Map) -> Result<(), UsageError> {
    for grant in given.several("grants") {
        let (permission, grantee) = grant
            .split_once('=')
            .ok_or_else(|| UsageError::validation("grants should be of the form permission=principal"))?;
        let member = match permission {
            "read" => "GrantRead",
            "full" => "GrantFullControl",
            "readacl" => "GrantReadACP",
            "writeacl" => "GrantWriteACP",
            _ => {
                return Err(UsageError::validation("permission must be one of: read|readacl|writeacl|full"));
            }
        };
        params.insert(member, grantee);
    }
    Ok(())
}

fn metadata(given: &Given, line: &Line<'_>) -> Result<Option<Value>, UsageError> {
    let Some(text) = given.text("metadata").filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.trim_start().starts_with('{') {
        let fault = |_| UsageError::parameter("--metadata", format!("Invalid JSON: {text}"));
        return json::parse(text).map(Some).map_err(fault);
    }
    let files = ParamFiles::new(line.env, line.profile);
    let parsed = shorthand::parse(text, &files);
    let parsed = parsed
        .map_err(|_| UsageError::parameter("--metadata", format!("Expected: key=value, received: {text}")))?;
    Ok(Some(Value::Map(parsed)))
}

fn check_customer_keys(given: &Given, between_buckets: bool) -> Result<(), UsageError> {
    for name in ["sse-c", "sse-c-copy-source"] {
        let key = format!("{name}-key");
        let (present, lacking) = match (given.has(name), given.has(&key)) {
            (true, false) => (name.to_owned(), key),
            (false, true) => (key, name.to_owned()),
            _ => continue,
        };
        return Err(UsageError::validation(format!(
            "If --{present} is specified, --{lacking} must be specified as well."
        )));
    }
    if given.has("sse-c-copy-source") && !between_buckets {
        return Err(UsageError::validation("--sse-c-copy-source is only supported for copy operations."));
    }
    Ok(())
}
