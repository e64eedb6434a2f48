//! Uploads of one file to S3 for commands that need it there.

use std::path::Path;

use aws_call::CallOptions;
use value::{Map, Value};

use super::task::{Calls, Fault};
use super::tree;
use crate::Files;

/// From this size on a file goes in parts.
const THRESHOLD: u64 = 8 * 1024 * 1024;
/// Parts are no smaller.
const SMALLEST_PART: u64 = 8 * 1024 * 1024;
/// The most parts of an object.
const MAX_PARTS: u64 = 10_000;
/// The checksum that objects get.
const ALGORITHM: &str = "CRC64NVME";

/// What goes where.
pub(super) struct Upload<'a> {
    /// The files of the machine.
    pub(super) files: &'a dyn Files,
    /// The file.
    pub(super) path: &'a Path,
    /// Bucket and key.
    pub(super) place: (&'a str, &'a str),
    /// Further parameters of `PutObject` and `CreateMultipartUpload`.
    pub(super) params: Map,
    /// How S3 is called.
    pub(super) options: &'a CallOptions,
}

impl Upload<'_> {
    /// Uploads; `tell` learns how many bytes are there, and of how many. What S3 answered comes back.
    pub(super) async fn run(
        &self,
        calls: &Calls,
        tell: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Value, Fault> {
        let size = self.files.facts(self.path, true)?.size;
        if size < THRESHOLD {
            let mut params = self.named(true);
            params.push("Body", Value::Blob(self.files.read(self.path)?.into()));
            let answer = self.call(calls, "PutObject", params).await?;
            tell(size, size);
            return Ok(answer);
        }
        let begun = self.call(calls, "CreateMultipartUpload", self.named(true)).await?;
        let id = tree::text(&begun, &["UploadId"]).to_owned();
        let done = self.parts(calls, &id, size, tell).await;
        if done.is_err() {
            let mut params = self.named(false);
            params.push("UploadId", id.as_str());
            // The fault that led here is what matters.
            let _ = self.call(calls, "AbortMultipartUpload", params).await;
        }
        done
    }

    async fn parts(
        &self,
        calls: &Calls,
        id: &str,
        size: u64,
        tell: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Value, Fault> {
        let length = SMALLEST_PART.max(size.div_ceil(MAX_PARTS));
        let mut parts = Vec::new();
        for (number, from) in (1i64..).zip((0..size).step_by(usize::try_from(length).unwrap_or(usize::MAX))) {
            let piece = usize::try_from(length.min(size - from)).unwrap_or(usize::MAX);
            let bytes = self.files.read_part(self.path, from, piece)?;
            let mut params = self.named(false);
            params.push("UploadId", id);
            params.push("PartNumber", number);
            params.push("ChecksumAlgorithm", ALGORITHM);
            params.push("Body", Value::Blob(bytes.into()));
            let answer = self.call(calls, "UploadPart", params).await?;
            let mut part: Map = [("PartNumber", number)].into_iter().collect();
            for name in ["ETag", "ChecksumCRC64NVME"] {
                if let Some(value) = answer.get(name) {
                    part.push(name, value.clone());
                }
            }
            parts.push(Value::Map(part));
            tell(from + piece as u64, size);
        }
        let mut params = self.named(false);
        params.push("UploadId", id);
        let whole: Map = [("Parts", Value::List(parts))].into_iter().collect();
        params.push("MultipartUpload", Value::Map(whole));
        self.call(calls, "CompleteMultipartUpload", params).await
    }

    fn named(&self, begins: bool) -> Map {
        let mut params = tree::params(&[("Bucket", self.place.0), ("Key", self.place.1)]);
        if begins {
            params.push("ChecksumAlgorithm", ALGORITHM);
            for (name, value) in self.params.iter() {
                params.insert(name.clone(), value.clone());
            }
        }
        params
    }

    async fn call(&self, calls: &Calls, operation: &str, params: Map) -> Result<Value, Fault> {
        calls.call_with(calls.service("s3")?, operation, params, self.options).await
    }
}
