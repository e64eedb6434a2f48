//! Where a configuration is: a file, a parameter of Systems Manager (`ssm:/bellhop/config`), an object in S3
//! (`s3://bucket/key`).

use std::fmt;
use std::path::{Path, PathBuf};

use value::{Map, Value};

use crate::config::read_bounded;
use crate::own_aws::{OwnAws, OwnFault};
use crate::secret::region_of;

/// The largest configuration, in bytes.
const MAX: u64 = 4 * 1024 * 1024;

/// The place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file.
    File(PathBuf),
    /// A parameter, by its name or ARN.
    Parameter(String),
    /// An object.
    Object {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
}

/// Which version of it was read: the parameter's number, the object's ETag. A file has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Version(pub(crate) Option<String>);

/// Why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be read: {what}\n    hint: {hint}")]
pub(crate) struct Unread {
    what: String,
    hint: String,
}

impl Unread {
    pub(super) fn because(what: String) -> Unread {
        Unread { what, hint: "AWS_PROFILE, or the files it names, must be there".to_owned() }
    }
}

impl Place {
    /// What `--config` or BELLHOP_CONFIG names.
    pub(crate) fn of(path: &Path) -> Place {
        let text = path.to_str().unwrap_or_default();
        if let Some(name) = text.strip_prefix("ssm:") {
            return Place::Parameter(name.to_owned());
        }
        match text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
                Place::Object { bucket: bucket.to_owned(), key: key.to_owned() }
            }
            _ => Place::File(path.to_owned()),
        }
    }

    /// Where relative paths in it start.
    pub(crate) fn folder(&self) -> PathBuf {
        match self {
            Place::File(path) => path.parent().map(PathBuf::from).unwrap_or_default(),
            Place::Parameter(_) | Place::Object { .. } => PathBuf::new(),
        }
    }

    /// Whether AWS must be asked.
    pub(crate) fn is_in_aws(&self) -> bool {
        !matches!(self, Place::File(_))
    }

    /// Its text and version; `None` if it still has the version that is known.
    pub(crate) async fn read(
        &self,
        aws: &OwnAws,
        known: &Version,
    ) -> Result<Option<(String, Version)>, Unread> {
        match self {
            Place::File(path) => read_file(path).map(|text| Some((text, Version::default()))),
            Place::Parameter(name) => parameter(aws, name, known).await,
            Place::Object { bucket, key } => object(aws, bucket, key, known).await,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => path.display().fmt(f),
            Place::Parameter(name) => write!(f, "ssm:{name}"),
            Place::Object { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

/// The text of a file.
pub(super) fn read_file(path: &Path) -> Result<String, Unread> {
    let hint = "--config names the file to read".to_owned();
    read_bounded(path, MAX).map_err(|error| Unread { what: error.to_string(), hint })
}

async fn parameter(aws: &OwnAws, name: &str, known: &Version) -> Result<Option<(String, Version)>, Unread> {
    let mut params: Map = [("Name", name)].into_iter().collect();
    params.insert("WithDecryption", true);
    let answer = aws.call("ssm", "GetParameter", params, region_of(name)).await;
    let answer = answer.map_err(|fault| unread(&fault, "ssm:GetParameter for that parameter"))?;
    let found = answer.get("Parameter");
    let version = found.and_then(|found| found.get("Version")?.as_i64()).map(|version| version.to_string());
    let text = found.and_then(|found| found.get("Value")?.as_text()).ok_or_else(odd)?;
    let version = Version(version);
    Ok((version != *known).then(|| (text.to_owned(), version)))
}

async fn object(
    aws: &OwnAws,
    bucket: &str,
    key: &str,
    known: &Version,
) -> Result<Option<(String, Version)>, Unread> {
    let mut params: Map = [("Bucket", bucket), ("Key", key)].into_iter().collect();
    if let Some(known) = &known.0 {
        params.insert("IfNoneMatch", known.as_str());
    }
    let answer = match aws.call("s3", "GetObject", params, None).await {
        Err(fault) if matches!(fault.code.as_str(), "304" | "NotModified") => return Ok(None),
        answer => answer.map_err(|fault| unread(&fault, "s3:GetObject for that object"))?,
    };
    let version = Version(answer.get("ETag").and_then(Value::as_text).map(str::to_owned));
    let Some(Value::Blob(body)) = answer.get("Body") else { return Err(odd()) };
    if body.len() as u64 > MAX {
        return Err(Unread {
            what: format!("it has more than {MAX} bytes"),
            hint: "is that the configuration?".to_owned(),
        });
    }
    let text = String::from_utf8(body.to_vec()).map_err(|_| Unread {
        what: "it is no text".to_owned(),
        hint: "is that the configuration?".to_owned(),
    })?;
    Ok((version != *known).then_some((text, version)))
}

fn unread(fault: &OwnFault, right: &str) -> Unread {
    let hint = if fault.no_credentials {
        "Bellhop finds no credentials of its own: set AWS_PROFILE, or run it in a role".to_owned()
    } else if fault.is_denied() {
        format!("allow Bellhop's own role {right}, and kms:Decrypt where a key of your own encrypts it")
    } else if fault.code.is_empty() || fault.unreached {
        "AWS did not answer".to_owned()
    } else {
        "BELLHOP_CONFIG or --config names it; region and account are Bellhop's own".to_owned()
    };
    Unread { what: fault.what.clone(), hint }
}

fn odd() -> Unread {
    Unread { what: "AWS's answer holds no text".to_owned(), hint: "look at it with `bellhop aws`".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let object = Place::Object { bucket: "b".to_owned(), key: "a/c.toml".to_owned() };
        for (text, expected) in [
            ("s3://b/a/c.toml", object),
            ("ssm:/bellhop/config", Place::Parameter("/bellhop/config".to_owned())),
            ("bellhop.toml", Place::File("bellhop.toml".into())),
            ("s3://b", Place::File("s3://b".into())),
        ] {
            let place = Place::of(Path::new(text));
            assert_eq!((place.to_string().as_str(), &place), (text, &expected));
        }
    }
}
