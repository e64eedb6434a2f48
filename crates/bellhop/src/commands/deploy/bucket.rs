//! The bucket that holds what the functions start from: the packed program and the configuration.
//!
//! Invariant: nothing is written to a bucket of somebody else; each call names the account that must own it.

use anyhow::{Context as _, Result};
use value::{Map, Value};

use super::aws::{Aws, Refused, texts};

/// A bucket of this account.
pub(super) struct Bucket<'a> {
    aws: &'a Aws,
    /// Its name.
    pub(super) name: String,
    owner: String,
}

impl<'a> Bucket<'a> {
    /// The one of that name, which the account must own, or Bellhop's own of that account and region.
    pub(super) fn new(aws: &'a Aws, name: Option<&str>, account: &str) -> Bucket<'a> {
        let own = || format!("bellhop-{account}-{}", aws.region());
        Bucket { aws, name: name.map_or_else(own, str::to_owned), owner: account.to_owned() }
    }

    /// Whether it is there and may be used.
    pub(super) async fn exists(&self) -> Result<bool> {
        self.found(self.aws.call("s3", "HeadBucket", self.named()).await).with_context(|| {
            format!("the bucket {} cannot be used: it must belong to account {}", self.name, self.owner)
        })
    }

    /// Makes it: private, and without a way to open it to everybody.
    pub(super) async fn make(&self) -> Result<()> {
        let mut params = texts([("Bucket", self.name.as_str())]);
        if self.aws.region() != "us-east-1" {
            params.push(
                "CreateBucketConfiguration",
                Value::Map(texts([("LocationConstraint", self.aws.region())])),
            );
        }
        self.aws.call("s3", "CreateBucket", params).await?;
        let blocks = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        let blocks: Map = blocks.into_iter().map(|name| (name, true)).collect();
        let mut params = self.named();
        params.push("PublicAccessBlockConfiguration", Value::Map(blocks));
        self.aws.call("s3", "PutPublicAccessBlock", params).await?;
        // An earlier configuration can be had back.
        let mut params = self.named();
        params.push("VersioningConfiguration", Value::Map(texts([("Status", "Enabled")])));
        self.aws.call("s3", "PutBucketVersioning", params).await?;
        Ok(())
    }

    /// Whether there is an object of that name.
    pub(super) async fn has(&self, key: &str) -> Result<bool> {
        self.found(self.aws.call("s3", "HeadObject", self.object(key)).await)
    }

    /// What an object holds, as text; `None` if there is none.
    pub(super) async fn read(&self, key: &str) -> Result<Option<String>> {
        let answer = match self.aws.call("s3", "GetObject", self.object(key)).await {
            Ok(answer) => answer,
            Err(refused) if is_absent(&refused) => return Ok(None),
            Err(refused) => return Err(refused.into()),
        };
        let body = match answer.get("Body") {
            Some(Value::Blob(bytes)) => bytes.to_vec(),
            Some(Value::Text(text)) => text.as_bytes().to_vec(),
            _ => Vec::new(),
        };
        let text = String::from_utf8(body);
        text.map(Some).with_context(|| format!("s3://{}/{key} is no text", self.name))
    }

    /// Writes an object.
    pub(super) async fn write(&self, key: &str, content: Vec<u8>) -> Result<()> {
        let mut params = self.object(key);
        params.push("Body", Value::Blob(content.into()));
        params.push("ServerSideEncryption", "AES256");
        self.aws.call("s3", "PutObject", params).await?;
        Ok(())
    }

    fn found(&self, answer: Result<Value, Refused>) -> Result<bool> {
        match answer {
            Ok(_) => Ok(true),
            Err(refused) if is_absent(&refused) => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }

    fn named(&self) -> Map {
        texts([("Bucket", self.name.as_str()), ("ExpectedBucketOwner", self.owner.as_str())])
    }

    fn object(&self, key: &str) -> Map {
        let mut params = self.named();
        params.push("Key", key);
        params
    }
}

fn is_absent(refused: &Refused) -> bool {
    matches!(refused.code.as_str(), "404" | "NotFound" | "NoSuchKey" | "NoSuchBucket")
}
