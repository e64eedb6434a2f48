//! `[secrets]`: how references into AWS are followed, and how often anew.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::accounts::is_region;
use crate::config::{Faults, Section, Source};
use crate::secret::Reference;

/// How calls for secrets are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AwsSecrets {
    /// What ciphertexts of `kms:` are bound to: KMS's encryption context.
    pub(crate) kms_context: BTreeMap<String, String>,
    /// Where secrets are; Bellhop's own region without it. An ARN's region wins.
    pub(crate) region: Option<String>,
}

/// The secrets of a configuration.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    /// How AWS is asked.
    pub(crate) how: AwsSecrets,
    /// Where paths of `file:` start.
    pub(crate) folder: PathBuf,
    /// How long a value counts after it was replaced.
    pub(crate) overlap: Duration,
    /// How often what can change is looked at.
    pub(crate) every: Duration,
    /// What the keys refer to: `slack.bot_token` → `ssm:/bellhop/token`.
    pub(crate) references: BTreeMap<String, Reference>,
}

/// Reads the table. The references are those that were read until now: call it last.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Secrets {
    let context = section.text_map("kms_context", faults);
    let region = section.text("region", faults);
    if let Some(spot) = region.as_ref().filter(|spot| !is_region(&spot.value)) {
        faults.at(spot.at, format!("secrets.region: `{}` is not a region", spot.value));
    }
    let every = section.number("refresh_seconds", 5..=86_400, faults).unwrap_or(300);
    let overlap = section.number("overlap_seconds", 0..=86_400, faults).unwrap_or(300);
    section.finish(faults);
    let how = AwsSecrets {
        kms_context: context.into_iter().map(|(key, spot)| (key, spot.value)).collect(),
        region: region.map(|spot| spot.value),
    };
    source.referred.ask(&how);
    Secrets {
        how,
        folder: source.folder.to_owned(),
        overlap: Duration::from_secs(overlap.unsigned_abs()),
        every: Duration::from_secs(every.unsigned_abs()),
        references: source.referred.all(),
    }
}
