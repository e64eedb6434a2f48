//! `sso logout`: ends all sessions of IAM Identity Center on this machine.

use std::path::Path;

use aws_call::BoxFuture;
use value::{Map, Value};

use super::{folder, unsigned};
use crate::commands::line::{Line, step};
use crate::commands::options::Spec;
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Files, Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Removes all tokens of IAM Identity Center, and the keys that were had for them, from this machine.",
    words: &[],
    options: &[],
};

#[derive(Debug)]
struct Logout;

/// Reads the words of `sso logout`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    if let Err(page) = line.read(&SPEC)? {
        return Ok(page);
    }
    line.invocation(Logout, vec![step("sso", "Logout", Map::new())])
}

/// The JSON files of a folder.
fn documents(files: &dyn Files, folder: &Path) -> Vec<(std::path::PathBuf, Value)> {
    let paths = files.names(folder).unwrap_or_default().into_iter().map(|name| folder.join(name));
    paths.filter_map(|path| Some((path.clone(), Value::from_json(&files.read(&path).ok()?).ok()?))).collect()
}

impl Runs for Logout {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let files = world.env.files.clone();
            for (path, token) in documents(files.as_ref(), &folder(world.env)) {
                let Some(secret) = token.get("accessToken").and_then(Value::as_text) else { continue };
                let region = tree::text(&token, &["region"]);
                if !region.is_empty() {
                    let options = unsigned(&world.calls, "sso", region)?;
                    let params = tree::params(&[("accessToken", secret)]);
                    let told =
                        world.calls.call_with(world.calls.service("sso")?, "Logout", params, &options).await;
                    // A token that is no longer valid need not be ended.
                    if let Err(fault) = told.map(|_| ()) {
                        fault.code().map(|_| ()).ok_or(fault)?;
                    }
                }
                files.remove(&path)?;
            }
            for (path, kept) in documents(files.as_ref(), &world.env.expand_path("~/.aws/cli/cache")) {
                if tree::text(&kept, &["ProviderType"]) == "sso" {
                    files.remove(&path)?;
                }
            }
            Ok(0)
        })
    }
}
