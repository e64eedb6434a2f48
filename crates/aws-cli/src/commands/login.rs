//! `logout`: forgets the credentials that `login` of the AWS CLI keeps on this machine.
//!
//! They lie in `~/.aws/login/cache`, or where AWS_LOGIN_CACHE_DIRECTORY says, each in a file named by the SHA-256 of its
//! session. Absent: `login` itself (`commands::TABLE` says why).

use std::path::PathBuf;

use aws_call::BoxFuture;
use aws_lc_rs::digest::{SHA256, digest};
use value::Value;

use super::configure::{no_call, profile, shared};
use super::line::Line;
use super::options::{Spec, switch};
use super::task::{Fault, Runs, World};
use crate::{Environment, Parsed, UsageError};

static LOGOUT: Spec = Spec {
    about: "Removes from this machine the credentials that `login` of the AWS CLI has kept for the profile.",
    words: &[],
    options: &[&[switch("all", "Those of all profiles.")]],
};

#[derive(Debug)]
struct Logout {
    all: bool,
}

/// Reads the words of `logout`.
pub(super) fn logout(line: &Line<'_>) -> Result<Parsed, UsageError> {
    match line.read(&LOGOUT)? {
        Ok(given) => line.invocation(Logout { all: given.has("all") }, no_call()),
        Err(page) => Ok(page),
    }
}

fn folder(env: &Environment) -> PathBuf {
    env.expand_path(env.var("AWS_LOGIN_CACHE_DIRECTORY").unwrap_or("~/.aws/login/cache"))
}

impl Runs for Logout {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move { if self.all { all(world) } else { one(world) } })
    }
}

fn one(world: &mut World<'_>) -> Result<u8, Fault> {
    let name = profile(world).unwrap_or_else(|| "default".to_owned());
    let section = shared(world.env)?.profile(&name);
    let Some(session) = section.get("login_session") else {
        world.complain(&format!("warning: no login session found for profile '{name}'\n"));
        return Ok(0);
    };
    let key: String =
        digest(&SHA256, session.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder(world.env).join(format!("{key}.json"));
    if world.env.files.read(&path).is_ok() {
        world.env.files.remove(&path)?;
    }
    world.say(&format!(
        "Removed cached login credentials for profile '{name}'. Note, any local developer tools that have already \
         loaded the access token may continue to use it until its expiration. Access tokens expire in 15 minutes.\n"
    ));
    Ok(0)
}

fn all(world: &mut World<'_>) -> Result<u8, Fault> {
    let (files, folder) = (world.env.files.clone(), folder(world.env));
    let mut removed = 0;
    for name in files.names(&folder).unwrap_or_default() {
        let path = folder.join(name);
        let kept = files.read(&path).ok().and_then(|bytes| Value::from_json(&bytes).ok()).unwrap_or_default();
        if kept.get("accessToken").and_then(|token| token.get("accessKeyId")).is_some() {
            files.remove(&path)?;
            removed += 1;
        }
    }
    if removed == 0 {
        world.say("No cached login session tokens found.\n");
        return Ok(0);
    }
    let plural = if removed == 1 { "" } else { "s" };
    world.say(&format!(
        "Removed {removed} cached login credential{plural}. Note, any local developer tools that have already loaded \
         access tokens may continue to use them until their expiration. Access tokens expire in 15 minutes.\n"
    ));
    Ok(0)
}
