//! `configure get`: prints a setting; exit code 1 if there is none.

use aws_call::BoxFuture;
use aws_call::credentials::config::{Section, Setting, SharedConfig};

use super::{no_call, profile, shared, subsection};
use crate::commands::line::Line;
use crate::commands::options::{Spec, Word, one};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Prints a setting of the shared config and credentials files.",
    words: &[Word { name: "varname", shown: "<varname>", required: true }],
    options: &[&[
        one("sso-session", "The SSO session to look in."),
        one("services", "The services section."),
    ]],
};

#[derive(Debug)]
struct Get {
    name: String,
    subsection: Option<(&'static str, String)>,
}

/// Reads the words of `configure get`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let name = given.word(0).unwrap_or_default().to_owned();
    let subsection = subsection(&given, line)?;
    line.invocation(Get { name, subsection }, no_call())
}

impl Runs for Get {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let shared = shared(world.env)?;
            let found = self.find(&shared, profile(world).as_deref())?;
            match found {
                Some(Setting::Text(text)) => {
                    world.say(&format!("{text}\n"));
                    Ok(0)
                }
                Some(Setting::Nested(_)) => {
                    let what = format!(
                        "varname ({}) must reference a value, not a section or sub-section.",
                        self.name
                    );
                    world.complain(&what);
                    Ok(1)
                }
                None => Ok(1),
            }
        })
    }
}

impl Get {
    fn find(&self, shared: &SharedConfig, profile: Option<&str>) -> Result<Option<Setting>, Fault> {
        let parts: Vec<&str> = self.name.split('.').collect();
        if let Some((kind, name)) = &self.subsection {
            let sections = if *kind == "services" { &shared.services } else { &shared.sso_sessions };
            let section = sections.get(name).ok_or_else(|| {
                Fault::General(format!("The config sub-section ({name}) could not be found"))
            })?;
            return Ok(look(section, &parts));
        }
        let current = profile.unwrap_or("default");
        let (profile, rest) = match parts.as_slice() {
            [_] => (current, parts.as_slice()),
            ["profile", name, rest @ ..] => (*name, rest),
            [name, rest @ ..] if *name == "default" || shared.profiles.contains_key(*name) => (*name, rest),
            rest => (current, rest),
        };
        Ok(shared.profiles.get(profile).and_then(|section| look(section, rest)))
    }
}

fn look(section: &Section, path: &[&str]) -> Option<Setting> {
    match path {
        [name] => section.settings().get(*name).cloned(),
        [name, inner] => section.nested(name, inner).map(|text| Setting::Text(text.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn settings_are_found_where_they_stand() {
        let config = "[default]\nregion = a\ns3 =\n  max = 5\n[profile dev]\nregion = b\n[services x]\nec2 =\n  endpoint_url = u\n";
        let shared = SharedConfig::parse(config.as_bytes(), b"[dev]\naws_access_key_id = K\n").unwrap();
        let text = |text: &str| Some(Setting::Text(text.to_owned()));
        for (name, profile, expected) in [
            ("region", None, text("a")),
            ("region", Some("dev"), text("b")),
            ("dev.region", None, text("b")),
            ("profile.dev.region", None, text("b")),
            ("default.s3.max", Some("dev"), text("5")),
            ("s3.max", None, text("5")),
            ("aws_access_key_id", Some("dev"), text("K")),
            ("absent", None, None),
            ("a.b.c.d", None, None),
        ] {
            let get = Get { name: name.to_owned(), subsection: None };
            assert_eq!(get.find(&shared, profile).unwrap(), expected, "{name}");
        }
        let get = Get { name: "ec2.endpoint_url".to_owned(), subsection: Some(("services", "x".to_owned())) };
        assert_eq!(get.find(&shared, None).unwrap(), text("u"));
    }
}
