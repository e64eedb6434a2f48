//! One transfer of one thing: copy, upload, download, delete, with many parts where it is large.

use std::path::Path;
use std::sync::Arc;

use aws_call::CallOptions;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use value::{Map, Value};

use super::params::Params;
use crate::Files;
use crate::commands::s3::uri;
use crate::commands::task::{Calls, Fault};

/// The most parts of one object.
const MAX_PARTS: i64 = 10_000;

/// What transfers share.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) calls: Calls,
    /// How calls for the source's bucket are made.
    pub(super) source: Arc<CallOptions>,
    /// How calls for the target's bucket are made.
    pub(super) target: Arc<CallOptions>,
    pub(super) params: Arc<Params>,
    pub(super) files: Arc<dyn Files>,
    /// How many requests may be under way.
    pub(super) limit: Arc<Semaphore>,
    /// Where progress is told: (number of the transfer, bytes).
    pub(super) moved: UnboundedSender<(usize, i64)>,
    pub(super) sizes: Sizes,
    pub(super) habits: Habits,
}

/// When and how objects are cut into parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// From this size on.
    pub(super) threshold: i64,
    /// Into parts of this size.
    pub(super) part: i64,
    /// How many requests may be under way.
    pub(super) at_once: usize,
}

/// What the line asks for besides parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Habits {
    /// The source is deleted in the end.
    pub(super) moves: bool,
    /// Everything below the source is meant.
    pub(super) whole: bool,
    pub(super) guess_type: bool,
    pub(super) no_overwrite: bool,
    pub(super) keep: Keep,
}

/// What a copy takes over from its source (`--copy-props`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Decided by `--metadata-directive`.
    Directive,
    Nothing,
    Metadata,
    Default,
    All,
}

impl Sizes {
    /// The size of each part of something that large.
    pub(super) fn part_of(&self, size: i64) -> i64 {
        let mut part = self.part.clamp(5 << 20, 5 << 30);
        while size / part >= MAX_PARTS && part < 5 << 30 {
            part *= 2;
        }
        part
    }

    /// The parts of something that large: (first byte, length).
    pub(super) fn parts(&self, size: i64) -> Vec<(i64, i64)> {
        let part = self.part_of(size);
        (0..size)
            .step_by(usize::try_from(part).unwrap_or(usize::MAX))
            .map(|from| (from, part.min(size - from)))
            .collect()
    }
}

impl Tools {
    /// A call for the target's bucket.
    pub(super) async fn at_target(&self, operation: &str, params: Map) -> Result<Value, Fault> {
        self.call(operation, params, &self.target).await
    }

    /// A call for the source's bucket.
    pub(super) async fn at_source(&self, operation: &str, params: Map) -> Result<Value, Fault> {
        self.call(operation, params, &self.source).await
    }

    async fn call(&self, operation: &str, params: Map, options: &CallOptions) -> Result<Value, Fault> {
        let _permit = self.permit().await?;
        self.calls.call_with(self.calls.service("s3")?, operation, params, options).await
    }

    /// Room for one more request.
    pub(super) async fn permit(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Fault> {
        let permit = Arc::clone(&self.limit).acquire_owned().await;
        permit.map_err(|_| Fault::General("the transfer was ended".to_owned()))
    }

    /// Tells that bytes have gone over.
    pub(super) fn tell(&self, id: usize, bytes: i64) {
        // Whoever listened has gone: the command ends.
        let _ = self.moved.send((id, bytes));
    }

    /// Deletes an object.
    pub(super) async fn delete(&self, path: &str, options: &CallOptions) -> Result<(), Fault> {
        let mut params = place(path)?;
        super::params::add(&mut params, &[&self.params.payer]);
        self.call("DeleteObject", params, options).await.map(|_| ())
    }

    /// Deletes a file.
    pub(super) fn delete_file(&self, path: &str) -> Result<(), Fault> {
        self.files.remove(Path::new(path)).map_err(|error| Fault::General(error.to_string()))
    }
}

/// `Bucket` and `Key` of a path.
pub(super) fn place(path: &str) -> Result<Map, Fault> {
    let (bucket, key) = uri::split(path)?;
    Ok([("Bucket", bucket), ("Key", key)].into_iter().collect())
}

/// The parts that went over, as CompleteMultipartUpload wants them.
pub(super) fn completed(parts: Vec<Value>) -> Value {
    let list: Map = [("Parts", Value::List(parts))].into_iter().collect();
    Value::Map(list)
}

/// One part that went over.
pub(super) fn completed_part(number: usize, answer: &Value, algorithm: Option<&str>) -> Value {
    let mut part = Map::new();
    if let Some(tag) = answer.get("ETag") {
        part.push("ETag", tag.clone());
    }
    part.push("PartNumber", i64::try_from(number).unwrap_or(i64::MAX));
    if let Some(algorithm) = algorithm {
        let member = format!("Checksum{}", algorithm.to_ascii_uppercase());
        if let Some(sum) = answer.get(&member) {
            part.push(member.as_str(), sum.clone());
        }
    }
    Value::Map(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_things_are_cut_into_parts() {
        let sizes = Sizes { threshold: 8 << 20, part: 8 << 20, at_once: 10 };
        assert_eq!(sizes.parts(20 << 20), [(0, 8 << 20), (8 << 20, 8 << 20), (16 << 20, 4 << 20)]);
        assert_eq!(sizes.parts(0), []);
        let many = sizes.parts(5 << 40);
        assert!(many.len() as i64 <= MAX_PARTS, "{}", many.len());
    }
}
