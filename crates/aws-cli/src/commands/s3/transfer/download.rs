//! Downloads: to files, and to standard output.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_call::{Call, CallError, Lost};
use tokio::task::JoinHandle;
use value::{Map, Value};

use super::listing::Item;
use super::params::add;
use super::work::{Tools, place};
use crate::commands::s3::uri;
use crate::commands::task::{Fault, World};

/// How often a body that breaks off is asked for.
const TRIES: usize = 5;

/// Downloads an object into a file, which appears under its name when it is whole.
pub(super) async fn download(tools: &Tools, item: &Item, id: usize) -> Result<(), Fault> {
    let target = Path::new(&item.target);
    if let Some(folder) = target.parent() {
        let made = tools.files.create_folder(folder);
        made.map_err(|error| {
            Fault::General(format!("Could not create directory {}: {error}", folder.display()))
        })?;
    }
    let mut chance = [0; 4];
    tools.calls.client.parts().random.fill(&mut chance);
    let mut unfinished = target.as_os_str().to_owned();
    unfinished.push(format!(".{:08x}", u32::from_be_bytes(chance)));
    let unfinished = PathBuf::from(unfinished);
    let size = item.size.unwrap_or_default();
    let fetched = if size < tools.sizes.threshold {
        at_once(tools, item, id, &unfinished).await
    } else {
        in_parts(tools, item, id, &unfinished).await
    };
    if let Err(fault) = fetched {
        // It may not even have come into being.
        let _ = tools.files.remove(&unfinished);
        return Err(fault);
    }
    tools.files.rename(&unfinished, target).map_err(Fault::from)?;
    if let Some(time) = item.modified {
        tools.files.set_modified(target, time).map_err(Fault::from)?;
    }
    if tools.habits.moves {
        tools.delete(&item.source, &tools.source).await?;
    }
    Ok(())
}

fn request(tools: &Tools, source: &str) -> Result<Map, Fault> {
    let mut params = place(source)?;
    add(&mut params, &[&tools.params.get]);
    Ok(params)
}

async fn at_once(tools: &Tools, item: &Item, id: usize, path: &Path) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let mut file = tools.files.create(path).map_err(Fault::from)?;
        let _permit = tools.permit().await?;
        let call = Call::new(tools.calls.service("s3")?, "GetObject", request(tools, &item.source)?);
        let mut got = 0;
        let mut sink = |bytes: &[u8]| {
            let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            got += length;
            tools.tell(id, length);
            file.write_all(bytes)
        };
        let answered = tools.calls.client.call_into(&call, &tools.source, &mut sink).await;
        let whole = item.size.is_none_or(|size| size == got);
        match answered {
            Ok(_) if whole => return file.flush().map_err(Fault::from),
            Ok(_) => {}
            Err(error) if is_broken_off(&error) => {}
            Err(error) => return Err(Fault::Call { operation: call.operation, error: Box::new(error) }),
        }
        tools.tell(id, -got);
    }
    Err(Fault::General("Max Retries Exceeded".to_owned()))
}

/// Fetches parts side by side and writes them in order; as many wait as may be under way.
async fn in_parts(tools: &Tools, item: &Item, id: usize, path: &Path) -> Result<(), Fault> {
    let mut file = tools.files.create(path).map_err(Fault::from)?;
    let mut parts = tools.sizes.parts(item.size.unwrap_or_default()).into_iter();
    let mut waiting: VecDeque<Fetching> = VecDeque::new();
    loop {
        while waiting.len() < tools.sizes.at_once
            && let Some((from, length)) = parts.next()
        {
            let (tools, item) = (tools.clone(), item.clone());
            waiting.push_back(Fetching(tokio::spawn(async move { part(&tools, &item, from, length).await })));
        }
        let Some(mut next) = waiting.pop_front() else { return file.flush().map_err(Fault::from) };
        let bytes = (&mut next.0).await.map_err(|_| Fault::General("a part was given up".to_owned()))??;
        file.write_all(&bytes).map_err(Fault::from)?;
        tools.tell(id, i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    }
}

/// A part on its way; given up when nobody waits for it any more.
struct Fetching(JoinHandle<Result<Box<[u8]>, Fault>>);

impl Drop for Fetching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn part(tools: &Tools, item: &Item, from: i64, length: i64) -> Result<Box<[u8]>, Fault> {
    let mut params = request(tools, &item.source)?;
    params.push("Range", format!("bytes={from}-{}", from + length - 1));
    if let Some(tag) = item.facts.get("ETag") {
        params.push("IfMatch", tag.clone());
    }
    for _ in 0..TRIES {
        match tools.at_source("GetObject", params.clone()).await {
            Ok(Value::Map(mut answer)) => {
                if let Some(Value::Blob(bytes)) = answer.remove("Body")
                    && i64::try_from(bytes.len()) == Ok(length)
                {
                    return Ok(bytes);
                }
            }
            Ok(_) => {}
            Err(fault) if fault.code() == Some("PreconditionFailed") => {
                let (bucket, key) = uri::split(&item.source)?;
                return Err(Fault::General(format!(
                    "Contents of stored object \"{key}\" in bucket \"{bucket}\" did not match expected ETag."
                )));
            }
            Err(fault) if fault.code().is_some() => return Err(fault),
            Err(_) => {}
        }
    }
    Err(Fault::General("Max Retries Exceeded".to_owned()))
}

/// Writes an object to standard output. What was written before a body broke off is not written again.
pub(super) async fn to_output(tools: &Tools, source: &str, world: &mut World<'_>) -> Result<(), Fault> {
    let mut head = place(source)?;
    add(&mut head, &[&tools.params.head]);
    let facts = tools.at_source("HeadObject", head).await?;
    let size = facts.get("ContentLength").and_then(Value::as_i64).and_then(|size| usize::try_from(size).ok());
    let call = Call::new(tools.calls.service("s3")?, "GetObject", request(tools, source)?);
    let mut written = 0_usize;
    for _ in 0..TRIES {
        let mut got = 0;
        let out = &mut *world.out;
        let mut sink = |bytes: &[u8]| {
            let known = written.saturating_sub(got).min(bytes.len());
            got += bytes.len();
            written = written.max(got);
            out.write_all(&bytes[known..])
        };
        let answered = tools.calls.client.call_into(&call, &tools.source, &mut sink).await;
        match answered {
            Ok(_) if size.is_none_or(|size| size == got) => return Ok(()),
            Ok(_) => {}
            Err(error) if is_broken_off(&error) => {}
            Err(error) => return Err(Fault::Call { operation: call.operation, error: Box::new(error) }),
        }
    }
    Err(Fault::General("Max Retries Exceeded".to_owned()))
}

/// Whether an answer began, and its body did not come whole.
fn is_broken_off(error: &CallError) -> bool {
    matches!(error, CallError::MayHaveHappened(Lost::Transport { .. } | Lost::Answer(_)))
}
