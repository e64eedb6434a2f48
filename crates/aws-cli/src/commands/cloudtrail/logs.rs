//! `cloudtrail validate-logs`: follows the chain of digests backwards and holds each log against its hash.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read as _};

use aws_call::{BoxFuture, CallOptions};
use aws_lc_rs::digest::{Context, SHA256};
use flate2::bufread::GzDecoder;
use jiff::{SignedDuration, Timestamp};
use value::{Map, Value};

use super::digests::{Flaw, Trail, named_time, needed_keys, options_for};
use super::findings::Findings;
use super::{SERVICE, SHOWN, hex, needed_time, object, time};
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, one, switch};
use crate::commands::task::{Calls, Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};

/// What a packed log begins with.
const GZIP: &[u8] = &[0x1f, 0x8b];

static SPEC: Spec = Spec {
    about: "Checks the logs that CloudTrail delivered in a time: that the digests are signed and complete, and that no \
            log was changed or removed. All of them are downloaded for that.",
    words: &[],
    options: &[&[
        one("trail-arn", "The trail.").needed(),
        one("start-time", "From when on, 2015-01-08T05:21:42Z.").needed(),
        one("end-time", "Until when; now by default."),
        one("s3-bucket", "The bucket of the digests, if it is no longer the trail's."),
        one("s3-prefix", "What their keys begin with."),
        one("account-id", "The member account, for a trail of an organization."),
        switch("verbose", "Tell what is valid, too."),
    ]],
};

#[derive(Debug)]
struct Validate {
    arn: String,
    from: String,
    to: Option<String>,
    bucket: Option<String>,
    prefix: Option<String>,
    account: Option<String>,
    /// The region that the line names: the one whose logs are checked.
    region: Option<String>,
    verbose: bool,
}

/// Reads the words of `cloudtrail validate-logs`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let text = |name: &str| given.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let validate = Validate {
        arn: given.needed("trail-arn"),
        from: given.needed("start-time"),
        to: text("end-time"),
        bucket: text("s3-bucket"),
        prefix: text("s3-prefix"),
        account: text("account-id"),
        region: line.region().map(str::to_owned),
        verbose: given.has("verbose"),
    };
    let named: Map = validate.bucket.iter().map(|bucket| ("Bucket", bucket.as_str())).collect();
    let steps = vec![
        step(SERVICE, "DescribeTrails", Map::new()),
        step(SERVICE, "ListPublicKeys", Map::new()),
        step("organizations", "DescribeOrganization", Map::new()),
        step("s3", "GetBucketLocation", named.clone()),
        step("s3", "ListObjects", named.clone()),
        step("s3", "GetObject", named),
    ];
    line.invocation(validate, steps)
}

impl Runs for Validate {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let from = needed_time(&self.from)?;
            let to = self.to.as_deref().map_or(Ok(world.env.now), needed_time)?;
            if from > to {
                return Err(Fault::General(
                    "Invalid time range specified: start-time must occur before end-time".to_owned(),
                ));
            }
            let (trail, bucket) = self.trail(&world.calls).await?;
            world.say(&format!(
                "Validating log files for trail {} between {} and {}\n\n",
                self.arn,
                from.strftime(SHOWN),
                to.strftime(SHOWN)
            ));
            let findings = Findings::new(self.verbose);
            let mut walk =
                Walk { trail, bucket: bucket.clone(), asked: (from, to), places: HashMap::new(), findings };
            let keys = walk.keys(&world.calls).await?;
            let public = needed_keys(&world.calls, from, to + SignedDuration::from_hours(2)).await?;
            walk.chain(world, keys.standard, public, false).await?;
            walk.bucket = bucket;
            walk.chain(world, keys.backfill, BTreeMap::new(), true).await?;
            world.say(&walk.findings.summary(walk.asked));
            let Findings { digests, backfills, logs, .. } = walk.findings;
            Ok(u8::from(digests.invalid + backfills.invalid + logs.invalid > 0))
        })
    }
}

impl Validate {
    /// Whose digests are checked, and where they are.
    async fn trail(&self, calls: &Calls) -> Result<(Trail, String), Fault> {
        let fields: Vec<&str> = self.arn.splitn(6, ':').collect();
        let invalid = || Fault::General(format!("Invalid trail ARN provided: {}", self.arn));
        let ["arn", _, "cloudtrail", region, account, rest] = fields[..] else { return Err(invalid()) };
        let plain = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
        if !plain || region.is_empty() || rest.strip_prefix("trail/").is_none_or(str::is_empty) {
            return Err(invalid());
        }
        let mut trail = Trail {
            account: self.account.clone().unwrap_or_else(|| account.to_owned()),
            name: rest.rsplit('/').next().unwrap_or_default().to_owned(),
            home_region: region.to_owned(),
            source_region: self.region.clone().unwrap_or_else(|| region.to_owned()),
            organization: None,
            prefix: self.prefix.clone(),
        };
        if let Some(bucket) = &self.bucket {
            return Ok((trail, bucket.clone()));
        }
        let answer = calls.call(SERVICE, "DescribeTrails", Map::new()).await?;
        let known = tree::list(&answer, &["trailList"]).iter();
        let found = known.into_iter().find(|known| tree::text(known, &["TrailARN"]) == self.arn);
        let found =
            found.ok_or_else(|| Fault::General(format!("A trail could not be found for {}", self.arn)))?;
        trail.prefix = found.get("S3KeyPrefix").and_then(Value::as_text).map(str::to_owned);
        if found.get("IsOrganizationTrail").and_then(Value::as_bool) == Some(true) {
            if self.account.is_none() {
                return Err(Fault::General(
                    "Missing required parameter for organization trail: '--account-id'".to_owned(),
                ));
            }
            let answer =
                calls.call_as_configured("organizations", "DescribeOrganization", Map::new()).await?;
            trail.organization = Some(tree::text(&answer, &["Organization", "Id"]).to_owned());
        }
        Ok((trail, tree::text(found, &["S3BucketName"]).to_owned()))
    }
}

/// A walk from the newest digest to the oldest.
struct Walk {
    trail: Trail,
    bucket: String,
    asked: (Timestamp, Timestamp),
    /// How buckets are reached.
    places: HashMap<String, CallOptions>,
    findings: Findings,
}

impl Walk {
    async fn place(&mut self, calls: &Calls, bucket: &str) -> Result<CallOptions, Fault> {
        if let Some(options) = self.places.get(bucket) {
            return Ok(options.clone());
        }
        let options = options_for(calls, bucket).await?;
        self.places.insert(bucket.to_owned(), options.clone());
        Ok(options)
    }

    async fn keys(&mut self, calls: &Calls) -> Result<super::digests::Keys, Fault> {
        let bucket = self.bucket.clone();
        let options = self.place(calls, &bucket).await?;
        self.trail.keys(calls, &options, &bucket, self.asked).await
    }

    async fn chain(
        &mut self,
        world: &mut World<'_>,
        mut keys: Vec<String>,
        mut public: BTreeMap<String, String>,
        backfill: bool,
    ) -> Result<(), Fault> {
        let mut next = keys.pop();
        let mut last = next.as_deref().and_then(|key| time(named_time(key)));
        while let (Some(key), Some(since)) = (next.take(), last)
            && self.asked.0 <= since
        {
            let calls = world.calls.clone();
            let bucket = self.bucket.clone();
            let options = self.place(&calls, &bucket).await?;
            let mark = if backfill { "(backfill) " } else { "" };
            let digest = match self.trail.digest(&calls, &options, (&bucket, &key), &mut public).await {
                Ok(digest) => digest,
                Err(Flaw::Fault(fault)) => return Err(fault),
                Err(flaw) => {
                    let line = match flaw {
                        Flaw::Invalid(line) => line,
                        _ => format!("Digest file\ts3://{bucket}/{key}\tINVALID: not found"),
                    };
                    self.findings.of(backfill).invalid += 1;
                    self.findings.ill(world, &format!("{mark}{line}"));
                    next = earlier(&mut keys, &key);
                    continue;
                }
            };
            let began = time(tree::text(&digest, &["digestStartTime"]));
            let ended = time(tree::text(&digest, &["digestEndTime"]));
            last = began;
            if let (Some(began), Some(ended)) = (began, ended) {
                self.findings.widen(began, ended, self.asked);
            }
            self.findings.of(backfill).valid += 1;
            self.findings.well(world, &format!("{mark}Digest file\ts3://{bucket}/{key}\tvalid"));
            for log in tree::list(&digest, &["logFiles"]) {
                self.log(world, log).await?;
            }
            let member = |name: &str| digest.get(name).and_then(Value::as_text).map(str::to_owned);
            let (Some(before_bucket), Some(before)) =
                (member("previousDigestS3Bucket"), member("previousDigestS3Object"))
            else {
                next = earlier(&mut keys, &key);
                if let (Some(found), Some(began)) = (next.as_deref(), began) {
                    let until = time(named_time(found)).unwrap_or(began);
                    self.findings.ill(
                        world,
                        &format!(
                            "{mark}No log files were delivered by CloudTrail between {} and {}",
                            until.strftime(SHOWN),
                            began.strftime(SHOWN)
                        ),
                    );
                }
                continue;
            };
            next = Some(before);
            if before_bucket != bucket {
                self.bucket = before_bucket;
                let found = self.keys(&calls).await?;
                keys = if backfill { found.backfill } else { found.standard };
            }
        }
        Ok(())
    }

    /// Holds a log against its hash.
    async fn log(&mut self, world: &mut World<'_>, log: &Value) -> Result<(), Fault> {
        let (bucket, key) = (tree::text(log, &["s3Bucket"]), tree::text(log, &["s3Object"]));
        let calls = world.calls.clone();
        let found = match self.place(&calls, bucket).await {
            Ok(options) => object(&calls, &options, bucket, key).await,
            Err(fault) => Err(fault),
        };
        let verdict = match found {
            Ok((packed, _)) => verdict(&packed, tree::text(log, &["hashValue"])),
            Err(fault) if fault.code() == Some("NoSuchKey") => Some("not found"),
            Err(fault) if fault.code().is_some() => return Err(fault),
            Err(_) => Some("invalid format"),
        };
        match verdict {
            None => {
                self.findings.logs.valid += 1;
                self.findings.well(world, &format!("Log file\ts3://{bucket}/{key}\tvalid"));
            }
            Some(what) => {
                self.findings.logs.invalid += 1;
                self.findings.ill(world, &format!("Log file\ts3://{bucket}/{key}\tINVALID: {what}"));
            }
        }
        Ok(())
    }
}

/// The newest key that is older than this one; all between are dropped.
fn earlier(keys: &mut Vec<String>, key: &str) -> Option<String> {
    let before = time(named_time(key))?;
    while let Some(next) = keys.pop() {
        if time(named_time(&next)).is_some_and(|time| time < before) {
            return Some(next);
        }
    }
    None
}

/// What is wrong with a packed log; nothing if its content has that hash. Only the hash is kept of what is unpacked.
fn verdict(packed: &[u8], hash: &str) -> Option<&'static str> {
    if !packed.is_empty() && !packed.starts_with(GZIP) {
        return Some("invalid format");
    }
    let mut rest = GzDecoder::new(packed);
    let mut context = Context::new(&SHA256);
    let mut piece = [0; 16 * 1024];
    loop {
        match rest.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => context.update(&piece[..length]),
            // What breaks off has another hash.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(_) => return Some("invalid format"),
        }
    }
    if !rest.into_inner().is_empty() {
        return Some("unexpected data after end of compressed stream");
    }
    (hex(context.finish().as_ref()) != hash).then_some("hash value doesn't match")
}
