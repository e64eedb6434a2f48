//! Follows a reference to its value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use slack::Secret;
use zeroize::Zeroizing;

use super::aws;
use super::reference::Reference;
use crate::config::{AwsSecrets, read_bounded};
use crate::own_aws::OwnAws;

/// The largest file that is taken for a secret, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// Why a reference yields no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {hint}")]
pub(crate) struct Problem {
    /// What happened, as a fragment.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) hint: String,
}

/// Where references are followed.
pub(crate) struct Finder {
    vars: BTreeMap<String, String>,
    folder: PathBuf,
    aws: OwnAws,
    how: AwsSecrets,
}

impl Finder {
    /// With those variables, from that folder, by those calls.
    pub(crate) fn new(
        vars: BTreeMap<String, String>,
        folder: PathBuf,
        aws: OwnAws,
        how: AwsSecrets,
    ) -> Finder {
        Finder { vars, folder, aws, how }
    }

    /// The secret that a reference stands for now.
    pub(crate) async fn find(&self, reference: &Reference) -> Result<Secret, Problem> {
        match here(reference, &self.vars, &self.folder) {
            Some(found) => found,
            None => aws::value(&self.aws, &self.how, reference).await,
        }
    }
}

/// What is found without asking AWS; `None` where AWS must be asked.
pub(crate) fn here(
    reference: &Reference,
    vars: &BTreeMap<String, String>,
    folder: &Path,
) -> Option<Result<Secret, Problem>> {
    match reference {
        Reference::Env(name) => Some(in_environment(name, vars)),
        Reference::File(file) => Some(in_file(file, folder)),
        Reference::Kms(_) | Reference::SecretsManager { .. } | Reference::Parameter(_) => None,
    }
}

fn in_environment(name: &str, vars: &BTreeMap<String, String>) -> Result<Secret, Problem> {
    match vars.get(name).map(|value| value.trim()) {
        None => Err(Problem {
            what: format!("the environment variable {name} is not set"),
            hint: format!("set {name} before the start, or refer to a file with file:PATH"),
        }),
        Some("") => Err(Problem {
            what: format!("the environment variable {name} is empty"),
            hint: "an empty secret protects nothing".to_owned(),
        }),
        Some(value) => Ok(Secret::new(value)),
    }
}

fn in_file(file: &str, folder: &Path) -> Result<Secret, Problem> {
    let path = folder.join(Path::new(file));
    let text = read_bounded(&path, MAX_FILE).map(Zeroizing::new).map_err(|error| Problem {
        what: format!("the file {file} cannot be read: {error}"),
        hint: "a relative path starts at the configuration file's folder".to_owned(),
    })?;
    if text.trim().is_empty() {
        return Err(Problem {
            what: format!("the file {file} is empty"),
            hint: "an empty secret protects nothing".to_owned(),
        });
    }
    Ok(Secret::new(text.trim()))
}
