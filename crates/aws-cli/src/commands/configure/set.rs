//! `configure set`: writes a setting.

use aws_call::BoxFuture;

use super::writer::Change;
use super::{config_path, credentials_path, no_call, profile, subsection, write};
use crate::commands::line::Line;
use crate::commands::options::{Spec, Word, one};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// What is kept in the credentials file.
const SECRET: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

static SPEC: Spec = Spec {
    about: "Writes a setting into the shared config or credentials file.",
    words: &[
        Word { name: "varname", shown: "<varname>", required: true },
        Word { name: "value", shown: "<value>", required: true },
    ],
    options: &[&[
        one("sso-session", "The SSO session to set it for."),
        one("services", "The services section."),
    ]],
};

#[derive(Debug)]
struct Set {
    name: String,
    value: String,
    subsection: Option<(&'static str, String)>,
}

/// Reads the words of `configure set`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let word = |at: usize| given.word(at).unwrap_or_default().to_owned();
    let (name, value) = (word(0), word(1));
    let subsection = subsection(&given, line)?;
    if subsection.is_some() && name.split('.').count() > 2 {
        return Err(UsageError::validation(
            "Found more than two parts in the property to set. Deep nesting of properties is not supported.",
        ));
    }
    if [name.as_str(), value.as_str()].iter().any(|text| text.contains(['\n', '\r'])) {
        return Err(UsageError::general(format!(
            "Invalid value for key {}: newline characters and carriage returns are not allowed.",
            name.lines().next().unwrap_or_default()
        )));
    }
    line.invocation(Set { name, value, subsection }, no_call())
}

/// Where a setting belongs.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    section: String,
    name: String,
    inner: Option<String>,
    secret: bool,
}

impl Set {
    fn place(&self, profile: Option<&str>) -> Place {
        let parts: Vec<&str> = self.name.split('.').collect();
        if let Some((kind, title)) = &self.subsection {
            let inner = parts.get(1).map(|inner| (*inner).to_owned());
            return Place { section: header(kind, title), name: parts[0].to_owned(), inner, secret: false };
        }
        let current = profile.unwrap_or("default");
        let (profile, rest) = match parts.as_slice() {
            ["default", rest @ ..] if !rest.is_empty() => ("default", rest),
            ["profile", name, rest @ ..] if !rest.is_empty() => (*name, rest),
            ["plugins", name] => {
                let (section, name) = ("plugins".to_owned(), (*name).to_owned());
                return Place { section, name, inner: None, secret: false };
            }
            rest => (current, rest),
        };
        let name = rest.first().copied().unwrap_or_default().to_owned();
        let inner = rest.get(1).filter(|_| rest.len() == 2).map(|inner| (*inner).to_owned());
        let secret = SECRET.contains(&name.as_str());
        let section =
            if secret || profile == "default" { profile.to_owned() } else { header("profile", profile) };
        Place { section, name, inner, secret }
    }
}

fn header(kind: &str, name: &str) -> String {
    if name.contains([' ', '\t']) { format!("{kind} '{name}'") } else { format!("{kind} {name}") }
}

impl Runs for Set {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let place = self.place(profile(world).as_deref());
            let path = if place.secret { credentials_path(world.env) } else { config_path(world.env) };
            let wanted = Change {
                section: &place.section,
                name: &place.name,
                inner: place.inner.as_deref(),
                value: &self.value,
            };
            write(world.env, &path, &[wanted])?;
            Ok(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_find_their_place() {
        for (name, profile, section, setting, inner, secret) in [
            ("region", None, "default", "region", None, false),
            ("region", Some("testing"), "profile testing", "region", None, false),
            ("default.region", Some("testing"), "default", "region", None, false),
            ("profile.testing2.region", None, "profile testing2", "region", None, false),
            ("default.s3.max_queue_size", None, "default", "s3", Some("max_queue_size"), false),
            ("s3.max_queue_size", Some("a b"), "profile 'a b'", "s3", Some("max_queue_size"), false),
            ("aws_access_key_id", Some("x"), "x", "aws_access_key_id", None, true),
            ("preview.cloudsearch", None, "default", "preview", Some("cloudsearch"), false),
            ("plugins.x", None, "plugins", "x", None, false),
        ] {
            let set = Set { name: name.to_owned(), value: String::new(), subsection: None };
            let expected = Place {
                section: section.to_owned(),
                name: setting.to_owned(),
                inner: inner.map(str::to_owned),
                secret,
            };
            assert_eq!(set.place(profile), expected, "{name}");
        }
    }
}
