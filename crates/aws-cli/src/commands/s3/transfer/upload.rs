//! Uploads: of files, and of standard input.

use std::io::Read;
use std::path::Path;

use tokio::task::JoinSet;
use value::{Map, Value};

use super::listing::Item;
use super::mime;
use super::multipart::{Parts, Upload};
use super::params::{add, only};
use super::work::{Tools, completed_part, place};
use crate::commands::task::Fault;

/// The checksum of objects in many parts, unless the line names another.
pub(super) const DEFAULT_ALGORITHM: &str = "CRC64NVME";

/// Parameters of PutObject that UploadPart takes.
const OF_PARTS: [&str; 4] = ["ChecksumAlgorithm", "SSECustomerAlgorithm", "SSECustomerKey", "RequestPayer"];

/// Uploads a file.
pub(super) async fn upload(tools: &Tools, item: &Item, id: usize) -> Result<(), Fault> {
    let mut params = tools.params.put.clone();
    if tools.habits.guess_type
        && !params.contains("ContentType")
        && let Some(kind) = mime::guess(&item.source)
    {
        params.push("ContentType", kind);
    }
    let size = item.size.unwrap_or_default();
    if size < tools.sizes.threshold {
        let permit = tools.permit().await?;
        let bytes = read(tools, &item.source, 0, size)?;
        drop(permit);
        put(tools, &item.target, params, bytes).await?;
        tools.tell(id, size);
    } else {
        in_parts(tools, item, id, params).await?;
    }
    if tools.habits.moves {
        tools.delete_file(&item.source)?;
    }
    Ok(())
}

fn read(tools: &Tools, path: &str, from: i64, length: i64) -> Result<Vec<u8>, Fault> {
    let (from, length) = (u64::try_from(from).unwrap_or(0), usize::try_from(length).unwrap_or(0));
    let bytes = tools.files.read_part(Path::new(path), from, length);
    bytes.map_err(|error| Fault::General(error.to_string()))
}

async fn put(tools: &Tools, target: &str, params: Map, bytes: Vec<u8>) -> Result<(), Fault> {
    let mut request = place(target)?;
    request.push("Body", Value::Blob(bytes.into()));
    add(&mut request, &[&params]);
    if !request.contains("ChecksumAlgorithm") {
        request.push("ChecksumAlgorithm", DEFAULT_ALGORITHM);
    }
    tools.at_target("PutObject", request).await.map(|_| ())
}

async fn in_parts(tools: &Tools, item: &Item, id: usize, mut params: Map) -> Result<(), Fault> {
    let algorithm = algorithm(&mut params);
    let upload = Upload::begin(tools, &item.target, params.clone()).await?;
    let mut parts: Parts = JoinSet::new();
    for (index, (from, length)) in tools.sizes.parts(item.size.unwrap_or_default()).into_iter().enumerate() {
        let mut request = upload.part(index + 1);
        add(&mut request, &[&only(&params, &OF_PARTS)]);
        let (tools, path, algorithm) = (tools.clone(), item.source.clone(), algorithm.clone());
        parts.spawn(async move {
            let permit = tools.permit().await?;
            let bytes = read(&tools, &path, from, length)?;
            request.push("Body", Value::Blob(bytes.into()));
            let service = tools.calls.service("s3")?;
            let answer = tools.calls.call_with(service, "UploadPart", request, &tools.target).await?;
            drop(permit);
            tools.tell(id, length);
            Ok((index, completed_part(index + 1, &answer, Some(&algorithm))))
        });
    }
    upload.finish(tools, parts, &Map::new()).await
}

fn algorithm(params: &mut Map) -> String {
    if !params.contains("ChecksumAlgorithm") {
        params.push("ChecksumAlgorithm", DEFAULT_ALGORITHM);
    }
    params.get("ChecksumAlgorithm").and_then(Value::as_text).unwrap_or(DEFAULT_ALGORITHM).to_owned()
}

/// Uploads what comes from a reader: at once if it is short, else in parts as it comes.
pub(super) async fn stream(
    tools: &Tools,
    target: &str,
    input: &mut (dyn Read + Send),
    expected: Option<i64>,
) -> Result<(), Fault> {
    let part = tools.sizes.part_of(expected.unwrap_or_default());
    let mut params = tools.params.put.clone();
    let known_large = expected.is_some_and(|size| size >= tools.sizes.threshold);
    let mut piece = Vec::new();
    if !known_large {
        piece = take(input, tools.sizes.threshold)?;
        if i64::try_from(piece.len()).unwrap_or(i64::MAX) < tools.sizes.threshold {
            return put(tools, target, params, piece).await;
        }
    }
    let algorithm = algorithm(&mut params);
    let upload = Upload::begin(tools, target, params.clone()).await?;
    if piece.is_empty() {
        piece = take(input, part)?;
    }
    let mut done = Vec::new();
    while !piece.is_empty() {
        let number = done.len() + 1;
        let mut request = upload.part(number);
        add(&mut request, &[&only(&params, &OF_PARTS)]);
        request.push("Body", Value::Blob(piece.into()));
        match tools.at_target("UploadPart", request).await {
            Ok(answer) => done.push(completed_part(number, &answer, Some(&algorithm))),
            Err(fault) => {
                upload.give_up(tools).await;
                return Err(fault);
            }
        }
        piece = take(input, part)?;
    }
    upload.complete(tools, done, &Map::new()).await
}

/// Up to that many bytes; fewer only at the end.
fn take(input: &mut (dyn Read + Send), length: i64) -> Result<Vec<u8>, Fault> {
    let mut piece = Vec::new();
    let read = input.take(u64::try_from(length).unwrap_or(0)).read_to_end(&mut piece);
    read.map_err(|error| Fault::General(error.to_string()))?;
    Ok(piece)
}
