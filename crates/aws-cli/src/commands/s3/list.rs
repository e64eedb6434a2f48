//! `s3 ls`: buckets, or what lies under a prefix.

use aws_call::BoxFuture;
use jiff::tz::TimeZone;
use value::{Map, Value};

use super::{shown, size, time, uri, zone};
use crate::commands::line::{Line, step};
use crate::commands::options::{Opt, Spec, Takes, Word, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// `--page-size`
pub(super) const PAGE_SIZE: Opt =
    one("page-size", "How many results each answer holds, up to 1000.").taking(Takes::Number);
/// `--request-payer`
pub(super) const REQUEST_PAYER: Opt = one("request-payer", "Accept that the requester pays.")
    .taking(Takes::OneOr("requester"))
    .of(&["requester"]);
/// `--recursive`
pub(super) const RECURSIVE: Opt = switch("recursive", "Everything under the prefix or folder.");

static SPEC: Spec = Spec {
    about: "Lists buckets, or the objects and common prefixes under a prefix.",
    words: &[Word { name: "paths", shown: "<S3Uri>", required: false }],
    options: &[&[
        RECURSIVE,
        PAGE_SIZE,
        switch("human-readable", "Sizes in KiB, MiB and so on."),
        switch("summarize", "Number of objects and total size at the end."),
        REQUEST_PAYER,
        one("bucket-name-prefix", "Only buckets whose names begin with this."),
        one("bucket-region", "Only buckets of this region."),
    ]],
};

#[derive(Debug)]
struct List {
    params: Map,
    /// A bucket's objects; else all buckets.
    objects: bool,
    recursive: bool,
    human: bool,
    summarize: bool,
    page_size: Option<i64>,
    /// Whether something must be found for the exit code to be 0.
    wants_some: bool,
}

/// Reads the words of `s3 ls`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let (bucket, key) = uri::split(given.word(0).unwrap_or_default())?;
    let recursive = given.has("recursive");
    let mut params = Map::new();
    let page_size = given.number("page-size");
    if bucket.is_empty() {
        let filters = [("Prefix", "bucket-name-prefix"), ("BucketRegion", "bucket-region")];
        for (member, option) in filters {
            if let Some(text) = given.text(option).filter(|text| !text.is_empty()) {
                params.push(member, text);
            }
        }
    } else {
        params.push("Bucket", bucket);
        params.push("Prefix", key);
        if !recursive {
            params.push("Delimiter", "/");
        }
        if let Some(payer) = given.text("request-payer") {
            params.push("RequestPayer", payer);
        }
    }
    let list = List {
        params: params.clone(),
        objects: !bucket.is_empty(),
        recursive,
        human: given.has("human-readable"),
        summarize: given.has("summarize"),
        page_size,
        wants_some: !key.is_empty(),
    };
    if let Some(size) = page_size {
        params.push(if list.objects { "MaxKeys" } else { "MaxBuckets" }, size);
    }
    let operation = if list.objects { "ListObjectsV2" } else { "ListBuckets" };
    line.invocation(list, vec![step("s3", operation, params)])
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    objects: u64,
    bytes: i64,
    anything: bool,
    empty_page: bool,
}

impl Runs for List {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let zone = zone(world.env);
            let operation = if self.objects { "ListObjectsV2" } else { "ListBuckets" };
            let mut pages = world.calls.pages("s3", operation, self.params.clone(), self.page_size)?;
            let mut seen = Seen::default();
            while let Some(page) = pages.next().await? {
                let text =
                    if self.objects { self.objects(&page, &zone, &mut seen) } else { buckets(&page, &zone) };
                world.say(&text);
            }
            if self.summarize {
                world.say(&self.summary(&seen));
            }
            let nothing = seen.empty_page && !seen.anything;
            Ok(u8::from(self.wants_some && nothing))
        })
    }
}

impl List {
    fn size(&self, bytes: i64) -> String {
        if self.human { size::human(bytes as f64) } else { bytes.to_string() }
    }

    fn objects(&self, page: &Value, zone: &TimeZone, seen: &mut Seen) -> String {
        let list = |name: &str| page.get(name).and_then(Value::as_list).unwrap_or_default();
        let (prefixes, objects) = (list("CommonPrefixes"), list("Contents"));
        if prefixes.is_empty() && objects.is_empty() {
            seen.empty_page = true;
            return String::new();
        }
        let mut text = String::new();
        for prefix in prefixes {
            let prefix = prefix.get("Prefix").and_then(Value::as_text).unwrap_or_default();
            let name = prefix.rsplit('/').nth(1).unwrap_or(prefix);
            text.push_str(&format!("{:>30} {name}/\n", "PRE"));
        }
        for object in objects {
            let key = object.get("Key").and_then(Value::as_text).unwrap_or_default();
            let bytes = object.get("Size").and_then(Value::as_i64).unwrap_or_default();
            let name = if self.recursive { key } else { key.rsplit('/').next().unwrap_or(key) };
            let when = time(object.get("LastModified")).map(|time| shown(time, zone)).unwrap_or_default();
            text.push_str(&format!("{when:19} {:>10} {name}\n", self.size(bytes)));
            seen.objects += 1;
            seen.bytes += bytes;
        }
        seen.anything = true;
        text
    }

    fn summary(&self, seen: &Seen) -> String {
        format!("\nTotal Objects: {}\n   Total Size: {}\n", seen.objects, self.size(seen.bytes))
    }
}

fn buckets(page: &Value, zone: &TimeZone) -> String {
    let buckets = page.get("Buckets").and_then(Value::as_list).unwrap_or_default();
    let line = |bucket: &Value| {
        let name = bucket.get("Name").and_then(Value::as_text).unwrap_or_default();
        let when = time(bucket.get("CreationDate")).map(|time| shown(time, zone)).unwrap_or_default();
        format!("{when:19} {name}\n")
    };
    buckets.iter().map(line).collect()
}
