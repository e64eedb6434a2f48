//! `aws configure …`: this machine's configuration of the AWS CLI. On a terminal only.
//!
//! Invariant: secrets are shown masked, except by `export-credentials`, whose purpose they are.

pub(super) mod add_model;
pub(super) mod export;
pub(super) mod get;
pub(super) mod import;
pub(super) mod list;
pub(super) mod mfa_login;
pub(super) mod set;
pub(super) mod sso;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

use aws_call::credentials::config::SharedConfig;
use value::Map;

use super::line::{Line, Step, step};
use super::task::{Fault, Seen, World};
use crate::{Environment, UsageError};
use writer::Change;

/// These commands make no call; if they made one, it would be the one that asks who is there.
pub(super) fn no_call() -> Vec<Step> {
    vec![step("sts", "GetCallerIdentity", Map::new())]
}

/// Both shared files.
pub(super) fn shared(env: &Environment) -> Result<SharedConfig, Fault> {
    SharedConfig::load(&Seen(env)).map_err(|error| UsageError::configuration(error.to_string()).into())
}

/// The path of the config file.
fn config_path(env: &Environment) -> PathBuf {
    env.expand_path(env.var("AWS_CONFIG_FILE").unwrap_or("~/.aws/config"))
}

/// The path of the credentials file.
fn credentials_path(env: &Environment) -> PathBuf {
    env.expand_path(env.var("AWS_SHARED_CREDENTIALS_FILE").unwrap_or("~/.aws/credentials"))
}

/// Makes changes in one of the files, with the rest of it left as it is; a file that is not there is made.
fn write(env: &Environment, path: &Path, changes: &[Change<'_>]) -> Result<(), Fault> {
    let text = match env.files.read(path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|_| Fault::General(format!("{} is not UTF-8 text", path.display())))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let text = changes.iter().fold(text, |text, change| writer::change(&text, change));
    if let Some(folder) = path.parent()
        && env.files.facts(folder, true).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    {
        env.files.create_folder(folder)?;
    }
    Ok(env.files.write_private(path, text.as_bytes())?)
}

/// Sets one setting of the config file.
pub(super) fn write_setting(
    env: &Environment,
    section: &str,
    name: &str,
    inner: Option<&str>,
    value: &str,
) -> Result<(), Fault> {
    write(env, &config_path(env), &[Change { section, name, inner, value }])
}

/// The profile that the line or the environment names.
pub(super) fn profile(world: &World<'_>) -> Option<String> {
    let named = world.globals.profile.clone();
    let env = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
    named.or_else(|| env.iter().find_map(|name| world.env.var(name)).map(str::to_owned))
}

/// The section that `--sso-session` or `--services` names: (its kind, its name).
fn subsection(
    given: &super::options::Given,
    _: &Line<'_>,
) -> Result<Option<(&'static str, String)>, UsageError> {
    match (given.text("sso-session"), given.text("services")) {
        (Some(_), Some(_)) => Err(UsageError::validation(
            "The following arguments are mutually exclusive: sso_session, services",
        )),
        (Some(name), None) => Ok(Some(("sso-session", name.to_owned()))),
        (None, Some(name)) => Ok(Some(("services", name.to_owned()))),
        (None, None) => Ok(None),
    }
}
