//! `cloudtrail verify-query-results`: whether exported results of a query are those that CloudTrail Lake signed.

use std::path::Path;

use aws_call::BoxFuture;
use jiff::SignedDuration;
use value::{Map, Value};

use super::{SERVICE, is_signed, needed_time, object, public_keys, sha256, unhex};
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, one};
use crate::commands::task::{Calls, Fault, Runs, World};
use crate::commands::tree;
use crate::{Files, Parsed, UsageError};

/// The file that holds hashes and signature.
const SIGN_FILE: &str = "result_sign.json";
/// How long after a query its key is looked for.
const KEY_DAYS: i64 = 20;

static SPEC: Spec = Spec {
    about: "Checks that the exported results of a query of CloudTrail Lake are unchanged: in a bucket, or on this \
            machine.",
    words: &[],
    options: &[&[
        one("local-export-path", "The folder that holds the results and their sign file."),
        one("s3-bucket", "The bucket that holds them."),
        one("s3-prefix", "What their keys begin with."),
    ]],
};

#[derive(Debug)]
enum Place {
    Folder(String),
    Bucket(String, String),
}

#[derive(Debug)]
struct Verify(Place);

/// Reads the words of `cloudtrail verify-query-results`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let text = |name: &str| given.text(name).filter(|text| !text.is_empty());
    let (folder, bucket, prefix) = (text("local-export-path"), text("s3-bucket"), text("s3-prefix"));
    let place = match (folder, bucket) {
        (Some(_), _) if line.is_chat() => {
            return Err(line.refuse("--local-export-path reads local files; name a bucket by --s3-bucket"));
        }
        (Some(folder), None) if prefix.is_none() => Place::Folder(folder.to_owned()),
        (Some(_), _) => {
            return Err(UsageError::validation(
                "Parameter --local-export-path can not be specified with parameter --s3-bucket nor --s3-prefix.",
            ));
        }
        (None, Some(bucket)) => {
            let prefix = prefix.unwrap_or_default();
            let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
            Place::Bucket(bucket.to_owned(), format!("{prefix}{slash}"))
        }
        (None, None) => {
            return Err(UsageError::validation("Require parameter --s3-bucket or --local-export-path."));
        }
    };
    let mut steps = vec![step(SERVICE, "ListPublicKeys", Map::new())];
    if let Place::Bucket(bucket, _) = &place {
        steps.push(step("s3", "GetObject", tree::params(&[("Bucket", bucket)])));
    }
    line.invocation(Verify(place), steps)
}

impl Runs for Verify {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let files = world.env.files.clone();
            self.verify(&world.calls, files.as_ref()).await?;
            world.say("Successfully validated sign and query result files\n");
            Ok(0)
        })
    }
}

fn failed(what: impl AsRef<str>) -> Fault {
    Fault::General(format!("ValidationError: {}", what.as_ref()))
}

impl Verify {
    async fn read(&self, calls: &Calls, files: &dyn Files, name: &str) -> Result<Vec<u8>, Fault> {
        match &self.0 {
            Place::Folder(folder) => {
                let path = Path::new(folder).join(name);
                let missing =
                    |_| Fault::General(format!("[Errno 2] No such file or directory: '{}'", path.display()));
                files.read(&path).map_err(missing)
            }
            Place::Bucket(bucket, prefix) => {
                let options = calls.options_as_configured(calls.service("s3")?.as_ref());
                Ok(object(calls, &options, bucket, &format!("{prefix}{name}")).await?.0)
            }
        }
    }

    async fn verify(&self, calls: &Calls, files: &dyn Files) -> Result<(), Fault> {
        let text = self.read(calls, files, SIGN_FILE).await?;
        let sign = Value::from_json(&text).map_err(|error| {
            Fault::General(format!(
                "InformationCollectionError: Unable to load {SIGN_FILE} file, due to {error}"
            ))
        })?;
        let exported = sign.get("files").and_then(Value::as_list);
        let exported = exported.ok_or_else(|| failed("Invalid sign file provided."))?;
        if exported.is_empty() {
            return Err(failed("No export file was found in sign file."));
        }
        let mut hashes = Vec::new();
        for file in exported {
            let (name, hash) = (tree::text(file, &["fileName"]), tree::text(file, &["fileHashValue"]));
            let found = sha256(&self.read(calls, files, name).await?);
            if found != hash {
                return Err(failed(format!(
                    "File {name} has inconsistent hash value with hash value recorded in sign file, hash value in \
                     sign file is {hash} , but get {found}"
                )));
            }
            hashes.push(hash);
        }
        let made = needed_time(tree::text(&sign, &["queryCompleteTime"]))?;
        let fingerprint = tree::text(&sign, &["publicKeyFingerprint"]);
        let keys = public_keys(calls, made, made + SignedDuration::from_hours(24 * KEY_DAYS)).await?;
        let key = keys.get(fingerprint).ok_or_else(|| {
            Fault::General(format!("No public keys found for key with fingerprint: {fingerprint}"))
        })?;
        let signed = unhex(tree::text(&sign, &["hashSignature"]));
        let signed = signed.ok_or_else(|| Fault::General("Non-hexadecimal digit found".to_owned()))?;
        match is_signed(key, hashes.join(" ").as_bytes(), &signed) {
            None => Err(failed(format!("Sign file invalid, unable to load PKCS #1 key: {key}"))),
            Some(false) => Err(failed("Invalid signature in sign file")),
            Some(true) => Ok(()),
        }
    }
}
