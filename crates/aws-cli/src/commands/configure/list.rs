//! `configure list` and `configure list-profiles`: what is configured, and from where.

use aws_call::{BoxFuture, CredentialsError};

use super::{config_path, credentials_path, no_call, profile, shared};
use crate::commands::line::Line;
use crate::commands::options::Spec;
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

static LIST: Spec = Spec {
    about: "Shows profile, access key, secret key and region, each with where it comes from. Keys are masked.",
    words: &[],
    options: &[],
};

static PROFILES: Spec = Spec { about: "Prints the names of all profiles.", words: &[], options: &[] };

#[derive(Debug)]
struct List;

#[derive(Debug)]
struct Profiles;

/// Reads the words of `configure list`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    match line.read(&LIST)? {
        Ok(_) => line.invocation(List, no_call()),
        Err(page) => Ok(page),
    }
}

/// Reads the words of `configure list-profiles`.
pub(crate) fn profiles(line: &Line<'_>) -> Result<Parsed, UsageError> {
    match line.read(&PROFILES)? {
        Ok(_) => line.invocation(Profiles, no_call()),
        Err(page) => Ok(page),
    }
}

/// A row of the list: value, kind of place, place.
type Row = (String, String, String);

fn row(value: &str, kind: &str, place: &str) -> Row {
    (value.to_owned(), kind.to_owned(), place.to_owned())
}

fn unset() -> Row {
    row("<not set>", "None", "None")
}

fn masked(secret: &str) -> String {
    let tail: String = secret.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    format!("****************{tail}")
}

impl Runs for List {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let section = shared(world.env)?.profile(profile(world).as_deref().unwrap_or("default"));
            let named = match (&world.globals.profile, profile(world)) {
                (Some(name), _) => row(name, "manual", "--profile"),
                (None, Some(name)) => row(&name, "env", "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']"),
                (None, None) => unset(),
            };
            let (key, secret) = match &world.calls.options.credentials {
                Some(source) => match source.credentials().await {
                    Ok(found) => (
                        row(&masked(&found.access_key_id), found.method, ""),
                        row(&masked(&found.secret_access_key), found.method, ""),
                    ),
                    Err(CredentialsError::None) => (unset(), unset()),
                    Err(error) => return Err(UsageError::configuration(error.to_string()).into()),
                },
                None => (unset(), unset()),
            };
            let from_env = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| world.env.var(name));
            let region = match (from_env, section.get("region")) {
                (Some(region), _) => row(region, "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']"),
                (None, Some(region)) => {
                    let path = world.env.var("AWS_CONFIG_FILE").unwrap_or("~/.aws/config");
                    row(region, "config-file", path)
                }
                (None, None) => unset(),
            };
            let heading = row("VALUE", "TYPE", "LOCATION");
            for (name, (value, kind, place)) in [
                ("NAME", heading),
                ("profile", named),
                ("access_key", key),
                ("secret_key", secret),
                ("region", region),
            ] {
                world.say(&format!("{name:<10} : {value:<24} : {kind:<16} : {place}\n"));
            }
            Ok(0)
        })
    }
}

impl Runs for Profiles {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let read = |path: &std::path::Path| {
                let bytes = world.env.files.read(path).unwrap_or_default();
                String::from_utf8_lossy(&bytes).into_owned()
            };
            let config = read(&config_path(world.env));
            let credentials = read(&credentials_path(world.env));
            let mut text = String::new();
            for name in names(&config, &credentials) {
                text.push_str(&name);
                text.push('\n');
            }
            world.say(&text);
            Ok(0)
        })
    }
}

/// The profiles in the order in which the files name them.
fn names(config: &str, credentials: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for title in titles(config) {
        if title == "default" {
            add(title.to_owned());
        } else if let Some(name) = title.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']))
        {
            add(name.trim().trim_matches(['"', '\'']).to_owned());
        }
    }
    for title in titles(credentials) {
        add(title.to_owned());
    }
    names
}

fn titles(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']').map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_come_in_the_order_of_the_files() {
        let config = "[profile z]\na=1\n[default]\n[profile \"a b\"]\n[sso-session s]\n[services t]\n";
        assert_eq!(names(config, "[z]\n[only-here]\n"), ["z", "default", "a b", "only-here"]);
    }

    #[test]
    fn secrets_show_their_end() {
        assert_eq!(masked("AKIDEXAMPLE"), "****************MPLE");
        assert_eq!(masked("é"), "****************é");
    }
}
