//! `[audit]`: how the record is signed, and where it is copied to.

use std::path::PathBuf;

use bot::journal::CopyTarget;

use crate::config::section::Spot;
use crate::config::{Faults, Section, Source, Store};

/// The record's settings.
#[derive(Debug, Clone)]
pub(crate) struct Audit {
    /// The key that it is signed with; made at first start.
    pub(crate) key_file: PathBuf,
    /// The key is kept in the store instead, sealed: nobody named a file, and the store's keys are in no file either.
    pub(crate) key_in_store: bool,
    /// Where it is copied to.
    pub(crate) copy: Option<CopySettings>,
}

/// A copy of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopySettings {
    /// Where it goes.
    pub(crate) target: CopyTarget,
    /// In which region; Bellhop's own without it.
    pub(crate) region: Option<String>,
}

/// Reads the table. Relative paths start at the configuration file's folder.
pub(super) fn read(
    mut section: Section<'_>,
    store: &Store,
    source: &Source<'_>,
    faults: &mut Faults,
) -> Audit {
    let named = section.text("key_file", faults);
    let key_in_store = named.is_none() && store.key.is_some();
    let key_file = match named {
        Some(spot) => source.folder.join(spot.value),
        None => {
            let mut beside = store.path.clone().into_os_string();
            beside.push(".audit-key");
            PathBuf::from(beside)
        }
    };
    let copy = copy(section.section("copy", faults), faults);
    section.finish(faults);
    Audit { key_file, key_in_store, copy }
}

fn copy(mut section: Section<'_>, faults: &mut Faults) -> Option<CopySettings> {
    let group = section.text("cloudwatch_log_group", faults);
    let address = section.text("s3", faults);
    let region = section.text("region", faults).map(|spot| spot.value);
    let (path, at) = (section.path().to_owned(), section.at());
    section.finish(faults);
    let target = match (group, address) {
        (Some(group), None) => log_group(group, faults),
        (None, Some(address)) => objects(&address, faults),
        (None, None) if region.is_none() => return None,
        _ => {
            faults.at(at, format!("{path}: needs one of cloudwatch_log_group and s3"));
            None
        }
    };
    Some(CopySettings { target: target?, region })
}

/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>.
fn log_group(group: Spot<String>, faults: &mut Faults) -> Option<CopyTarget> {
    let name = group.value;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(allowed) {
        faults.at(group.at, format!("audit.copy.cloudwatch_log_group: \"{name}\" is no name of a log group"));
        return None;
    }
    Some(CopyTarget::CloudWatch { group: name })
}

fn objects(address: &Spot<String>, faults: &mut Faults) -> Option<CopyTarget> {
    let parts = address.value.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
    match parts {
        Some((bucket, prefix)) if !bucket.is_empty() => {
            Some(CopyTarget::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
        }
        _ => {
            faults.at(address.at, format!("audit.copy.s3: \"{}\" is not s3://bucket/prefix", address.value));
            None
        }
    }
}
