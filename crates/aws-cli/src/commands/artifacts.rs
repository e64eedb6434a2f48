//! Files that AWS reads from a bucket: uploaded.

use std::path::Path;

use aws_call::CallOptions;
use value::{Map, Value};

use super::task::{Calls, Fault, World};
use super::tree;
use super::upload::Upload;

/// Where artifacts go, and how.
#[derive(Debug, Clone, Default)]
pub(super) struct Store {
    /// The bucket.
    pub(super) bucket: String,
    /// What keys begin with.
    pub(super) prefix: Option<String>,
    /// The key of KMS that encrypts them; S3's own if there is none.
    pub(super) kms_key: Option<String>,
    /// Whether what is there already is uploaded again.
    pub(super) force: bool,
    /// Metadata of the objects.
    pub(super) metadata: Map,
}

impl Store {
    /// Uploads a file under that name unless it is there; its `s3://` address.
    pub(super) async fn put(
        &self,
        world: &mut World<'_>,
        path: &Path,
        name: &str,
        options: &CallOptions,
    ) -> Result<String, Fault> {
        let key = match self.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => format!("{prefix}/{name}"),
            None => name.to_owned(),
        };
        let url = format!("s3://{}/{key}", self.bucket);
        if !self.force && self.has(&world.calls, &key, options).await? {
            return Ok(url);
        }
        let params = self.params();
        let files = world.env.files.clone();
        let upload = Upload { files: files.as_ref(), path, place: (&self.bucket, &key), params, options };
        let calls = world.calls.clone();
        let uploaded = upload
            .run(&calls, &mut |done, size| {
                let percent = if size == 0 { 100.0 } else { done as f64 / size as f64 * 100.0 };
                world.complain(&format!("\rUploading to {key}  {done} / {size}.0  ({percent:.2}%)"));
            })
            .await;
        match uploaded {
            Err(fault) if fault.code() == Some("NoSuchBucket") => Err(Fault::General(format!(
                "S3 Bucket does not exist. Execute the command to create a new bucket\naws s3 mb s3://{}",
                self.bucket
            ))),
            Err(fault) => Err(fault),
            Ok(_) => Ok(url),
        }
    }

    /// Whether the object is there. An answer that does not tell counts as no.
    async fn has(&self, calls: &Calls, key: &str, options: &CallOptions) -> Result<bool, Fault> {
        let params = tree::params(&[("Bucket", &self.bucket), ("Key", key)]);
        let service = calls.service("s3")?;
        match calls.call_with(service, "HeadObject", params, options).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.code().is_some() => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn params(&self) -> Map {
        let mut params = Map::new();
        match self.kms_key.as_deref().filter(|key| !key.is_empty()) {
            Some(key) => {
                params.push("ServerSideEncryption", "aws:kms");
                params.push("SSEKMSKeyId", key);
            }
            None => params.push("ServerSideEncryption", "AES256"),
        }
        if !self.metadata.is_empty() {
            params.push("Metadata", Value::Map(self.metadata.clone()));
        }
        params
    }
}
