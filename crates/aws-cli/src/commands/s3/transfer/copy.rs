//! Copies between buckets, which S3 makes itself.

use value::{Map, Value};

use super::listing::Item;
use super::multipart::Upload;
use super::params::{add, only, without};
use super::work::{Keep, Tools, completed_part, place};
use crate::commands::s3::uri;
use crate::commands::task::Fault;

/// What an object says of itself that a copy may replace.
const DESCRIPTION: [&str; 7] = [
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
];

/// Parameters of CopyObject that CreateMultipartUpload does not know.
const COPY_ONLY: [&str; 7] = [
    "CopySourceSSECustomerAlgorithm",
    "CopySourceSSECustomerKey",
    "MetadataDirective",
    "TaggingDirective",
    "AnnotationDirective",
    "IfNoneMatch",
    "CopySourceIfMatch",
];

/// Those that UploadPartCopy takes.
const OF_PARTS: [&str; 5] = [
    "CopySourceSSECustomerAlgorithm",
    "CopySourceSSECustomerKey",
    "SSECustomerAlgorithm",
    "SSECustomerKey",
    "RequestPayer",
];

/// The longest text of tags that fits the header.
const MAX_TAGGING: usize = 2048;

/// Copies an object.
pub(super) async fn copy(tools: &Tools, item: &Item, id: usize) -> Result<(), Fault> {
    let size = item.size.unwrap_or_default();
    let large = size >= tools.sizes.threshold;
    let mut params = tools.params.copy.clone();
    let tags = describe(tools, item, large, &mut params).await?;
    let (bucket, key) = uri::split(&item.source)?;
    let source = format!("{bucket}/{key}");
    if large {
        in_parts(tools, item, id, &params, &source).await?;
    } else {
        let mut request = place(&item.target)?;
        request.push("CopySource", source);
        add(&mut request, &[&params]);
        tools.at_target("CopyObject", request).await?;
        tools.tell(id, size);
    }
    if let Some(tags) = tags {
        put_tags(tools, item, tags).await?;
    }
    if tools.habits.moves {
        tools.delete(&item.source, &tools.source).await?;
    }
    Ok(())
}

/// Adds what the copy takes over. Returns tags that must be set afterwards.
async fn describe(tools: &Tools, item: &Item, large: bool, params: &mut Map) -> Result<Option<Value>, Fault> {
    let keep = tools.habits.keep;
    if keep == Keep::Directive {
        return Ok(None);
    }
    if large && keep == Keep::All {
        return Err(Fault::General(
            "copying annotations of large objects is not available here yet".to_owned(),
        ));
    }
    if keep == Keep::Nothing {
        params.insert("MetadataDirective", "REPLACE");
    } else {
        keep_description(tools, item, large, params).await?;
    }
    let mut tags = None;
    match keep {
        Keep::Nothing | Keep::Metadata => {
            params.insert("TaggingDirective", "REPLACE");
        }
        _ if large => tags = keep_tags(tools, item, params).await?,
        _ => {}
    }
    if keep != Keep::All {
        params.insert("AnnotationDirective", "EXCLUDE");
    }
    Ok(tags)
}

async fn keep_description(tools: &Tools, item: &Item, large: bool, params: &mut Map) -> Result<(), Fault> {
    let explicit = params.keys().any(|name| DESCRIPTION.contains(&name.as_str()));
    if !large && !explicit {
        return Ok(());
    }
    if !large {
        params.insert("MetadataDirective", "REPLACE");
    }
    let asked;
    let facts = if tools.habits.whole {
        let mut request = place(&item.source)?;
        add(&mut request, &[&tools.params.head]);
        asked = tools.at_source("HeadObject", request).await?;
        asked.as_map().unwrap_or(&item.facts)
    } else {
        &item.facts
    };
    for name in DESCRIPTION {
        if let Some(value) = facts.get(name).filter(|_| !params.contains(name)) {
            params.push(name, value.clone());
        }
    }
    Ok(())
}

/// Takes the source's tags along: in a header where they fit, else returned.
async fn keep_tags(tools: &Tools, item: &Item, params: &mut Map) -> Result<Option<Value>, Fault> {
    let mut request = place(&item.source)?;
    add(&mut request, &[&tools.params.payer]);
    let answer = tools.at_source("GetObjectTagging", request).await?;
    let tags = answer.get("TagSet").and_then(Value::as_list).unwrap_or_default();
    if tags.is_empty() {
        return Ok(None);
    }
    let pair = |tag: &Value| {
        let text = |name: &str| encoded(tag.get(name).and_then(Value::as_text).unwrap_or_default());
        format!("{}={}", text("Key"), text("Value"))
    };
    let header = tags.iter().map(pair).collect::<Vec<_>>().join("&");
    if header.len() <= MAX_TAGGING {
        params.insert("Tagging", header);
        return Ok(None);
    }
    Ok(Some(Value::List(tags.to_vec())))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    aws_call::encoding::percent_encode(&mut out, text, aws_call::encoding::QUERY_SAFE);
    out
}

/// Sets tags that did not fit the header; an object without its tags does not stay.
async fn put_tags(tools: &Tools, item: &Item, tags: Value) -> Result<(), Fault> {
    let set: Map = [("TagSet", tags)].into_iter().collect();
    let mut request = place(&item.target)?;
    request.push("Tagging", Value::Map(set));
    add(&mut request, &[&tools.params.payer]);
    if let Err(fault) = tools.at_target("PutObjectTagging", request).await {
        tools.delete(&item.target, &tools.target).await?;
        return Err(fault);
    }
    Ok(())
}

async fn in_parts(tools: &Tools, item: &Item, id: usize, params: &Map, source: &str) -> Result<(), Fault> {
    let upload = Upload::begin(tools, &item.target, without(params, &COPY_ONLY)).await?;
    let of_parts = only(params, &OF_PARTS);
    let algorithm = params.get("ChecksumAlgorithm").and_then(Value::as_text).map(str::to_owned);
    let tag = item.facts.get("ETag").cloned();
    let mut copying = tokio::task::JoinSet::new();
    for (index, (from, length)) in tools.sizes.parts(item.size.unwrap_or_default()).into_iter().enumerate() {
        let mut request = upload.part(index + 1);
        request.push("CopySource", source);
        request.push("CopySourceRange", format!("bytes={from}-{}", from + length - 1));
        if let Some(tag) = &tag {
            request.push("CopySourceIfMatch", tag.clone());
        }
        add(&mut request, &[&of_parts]);
        let (tools, algorithm, item) = (tools.clone(), algorithm.clone(), item.source.clone());
        copying.spawn(async move {
            let answer =
                tools.at_target("UploadPartCopy", request).await.map_err(|fault| changed(fault, &item))?;
            tools.tell(id, length);
            let result = answer.get("CopyPartResult").cloned().unwrap_or_default();
            Ok((index, completed_part(index + 1, &result, algorithm.as_deref())))
        });
    }
    upload.finish(tools, copying, &super::params::Params::default().payer).await
}

/// A source that has changed while it was copied.
fn changed(fault: Fault, source: &str) -> Fault {
    if fault.code() != Some("PreconditionFailed") {
        return fault;
    }
    let (bucket, key) = uri::split(source).unwrap_or((source, ""));
    Fault::General(format!(
        "Contents of stored object \"{key}\" in bucket \"{bucket}\" did not match expected ETag."
    ))
}
