//! `s3 mb`, `s3 rb`, `s3 website`: buckets themselves.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::transfer::{self, Transfer};
use super::uri;
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, Word, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

const BUCKET: &[Word] = &[Word { name: "path", shown: "<S3Uri>", required: true }];

static MAKE: Spec = Spec {
    about: "Creates a bucket.",
    words: BUCKET,
    options: &[&[
        one("tags", "A tag for the bucket, as `--tags key value`; may be repeated.").taking(Takes::Two)
    ]],
};

static REMOVE: Spec = Spec {
    about: "Deletes a bucket, which must be empty unless --force deletes its objects first.",
    words: BUCKET,
    options: &[&[switch("force", "Delete all objects first. Versions of versioned objects stay.")]],
};

static WEBSITE: Spec = Spec {
    about: "Sets how a bucket serves a website.",
    words: &[Word { name: "paths", shown: "<S3Uri>", required: true }],
    options: &[&[
        one("index-document", "What is served for a folder: `index.html`."),
        one("error-document", "The key of the page for errors."),
    ]],
};

fn bucket_of<'a>(path: &'a str, shown: &str) -> Result<(&'a str, &'a str), UsageError> {
    if !path.starts_with("s3://") {
        return Err(UsageError::validation(format!("{shown}\nError: Invalid argument type")));
    }
    uri::split(path)
}

#[derive(Debug)]
struct Make {
    path: String,
    bucket: String,
    tags: Vec<Value>,
}

/// Reads the words of `s3 mb`.
pub(crate) fn make(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&MAKE)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let path = given.word(0).unwrap_or_default().to_owned();
    let bucket = bucket_of(&path, "<S3Uri>")?.0.to_owned();
    if uri::is_directory_bucket(&bucket) {
        return Err(UsageError::validation("Cannot use mb command with a directory bucket."));
    }
    let tag = |pair: &[Value]| -> Value {
        let names = ["Key", "Value"].into_iter().zip(pair.iter().cloned());
        Value::Map(names.collect())
    };
    let tags: Vec<Value> = given.repeated("tags").map(tag).collect();
    let make = Make { path, bucket, tags };
    let region = line.top.globals.region.clone();
    let params = make.params(region.as_deref());
    let mut steps = vec![step("s3", "CreateBucket", params)];
    if !make.tags.is_empty() {
        steps.push(step("s3", "PutBucketTagging", Map::new()));
    }
    line.invocation(make, steps)
}

impl Make {
    fn params(&self, region: Option<&str>) -> Map {
        let mut params: Map = [("Bucket", self.bucket.as_str())].into_iter().collect();
        if self.bucket.ends_with("-an") {
            params.push("BucketNamespace", "account-regional");
        }
        let mut configuration = Map::new();
        if let Some(region) = region.filter(|region| *region != "us-east-1") {
            configuration.push("LocationConstraint", region);
        }
        if !self.tags.is_empty() {
            configuration.push("Tags", Value::List(self.tags.clone()));
        }
        if !configuration.is_empty() {
            params.push("CreateBucketConfiguration", Value::Map(configuration));
        }
        params
    }
}

impl Runs for Make {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let params = self.params(world.calls.options.region.as_deref());
            let made = world.calls.call("s3", "CreateBucket", params).await;
            Ok(report(world, made, "make_bucket", &self.bucket, &self.path))
        })
    }
}

fn report(world: &mut World<'_>, done: Result<Value, Fault>, what: &str, bucket: &str, path: &str) -> u8 {
    match done {
        Ok(_) => {
            world.say(&format!("{what}: {bucket}\n"));
            0
        }
        Err(fault) => {
            world.complain(&format!("{what} failed: {path} {}\n", fault.sentence()));
            1
        }
    }
}

#[derive(Debug)]
struct Remove {
    path: String,
    bucket: String,
    /// What deletes the objects first.
    first: Option<Transfer>,
}

/// Reads the words of `s3 rb`.
pub(crate) fn remove(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&REMOVE)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let path = given.word(0).unwrap_or_default().to_owned();
    let (bucket, key) = bucket_of(&path, "<S3Uri>")?;
    if !key.is_empty() {
        return Err(UsageError::validation(format!(
            "Please specify a valid bucket name only. E.g. s3://{bucket}"
        )));
    }
    let bucket = bucket.to_owned();
    let params: Map = [("Bucket", bucket.as_str())].into_iter().collect();
    let (first, steps) = if given.has("force") {
        let (everything, mut steps) = transfer::everything_in(&bucket);
        steps.push(step("s3", "DeleteBucket", params));
        (Some(everything), steps)
    } else {
        (None, vec![step("s3", "DeleteBucket", params)])
    };
    line.invocation(Remove { path, bucket, first }, steps)
}

impl Runs for Remove {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            if let Some(first) = &self.first
                && first.run(world).await? != 0
            {
                let what = "remove_bucket failed: Unable to delete all objects in the bucket, bucket will not be \
                            deleted.";
                return Err(Fault::General(what.to_owned()));
            }
            let params: Map = [("Bucket", self.bucket.as_str())].into_iter().collect();
            let removed = world.calls.call("s3", "DeleteBucket", params).await;
            Ok(report(world, removed, "remove_bucket", &self.bucket, &self.path))
        })
    }
}

#[derive(Debug)]
struct Website(Map);

/// Reads the words of `s3 website`.
pub(crate) fn website(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&WEBSITE)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let path = given.word(0).unwrap_or_default();
    let bucket = path.strip_prefix("s3://").unwrap_or(path);
    let bucket = bucket.strip_suffix('/').unwrap_or(bucket);
    uri::split(bucket)?;
    let mut configuration = Map::new();
    for (option, member, inner) in
        [("index-document", "IndexDocument", "Suffix"), ("error-document", "ErrorDocument", "Key")]
    {
        if let Some(text) = given.text(option) {
            let document: Map = [(inner, text)].into_iter().collect();
            configuration.push(member, Value::Map(document));
        }
    }
    let mut params: Map = [("Bucket", bucket)].into_iter().collect();
    params.push("WebsiteConfiguration", Value::Map(configuration));
    let steps = vec![step("s3", "PutBucketWebsite", params.clone())];
    line.invocation(Website(params), steps)
}

impl Runs for Website {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            world.calls.call("s3", "PutBucketWebsite", self.0.clone()).await?;
            Ok(0)
        })
    }
}
