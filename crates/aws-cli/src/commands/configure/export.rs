//! `configure export-credentials`: the credentials that calls would be made with, for other programs.

use aws_call::{BoxFuture, Credentials, CredentialsError};
use aws_model::Level;
use jiff::tz::TimeZone;
use value::{Map, Value};

use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, one};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Prints the credentials that calls are made with.",
    words: &[],
    options: &[&[one("format", "The form: JSON for `credential_process`, or lines for a shell.").of(&[
        "process",
        "env",
        "env-no-export",
        "powershell",
        "windows-cmd",
        "fish",
    ])]],
};

/// A line that sets a variable: what stands before its name, between, and behind its value.
type Frame = (&'static str, &'static str, &'static str);

#[derive(Debug)]
struct Export(String);

/// Reads the words of `configure export-credentials`.
pub(crate) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let form = given.text("format").unwrap_or("process").to_owned();
    line.invocation(Export(form), vec![step("sts", "GetCallerIdentity", Map::new()).at(Level::Secret)])
}

impl Runs for Export {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let none = || UsageError::configuration("Unable to retrieve credentials: no credentials found");
            let source = world.calls.options.credentials.clone().ok_or_else(none)?;
            let found = match source.credentials().await {
                Ok(found) => found,
                Err(CredentialsError::None) => return Err(none().into()),
                Err(error) => {
                    let text = format!("Unable to retrieve credentials: {error}");
                    return Err(UsageError::configuration(text).into());
                }
            };
            let text = shown(&self.0, &found);
            world.say(&text);
            Ok(0)
        })
    }
}

fn shown(form: &str, found: &Credentials) -> String {
    let expires = found.expires.map(|time| {
        let zoned = time.to_zoned(TimeZone::UTC);
        zoned.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
    });
    let frame: Frame = match form {
        "env" => ("export ", "=", ""),
        "env-no-export" => ("", "=", ""),
        "powershell" => ("$Env:", "=\"", "\""),
        "windows-cmd" => ("set ", "=", ""),
        "fish" => ("set -gx ", " \"", "\""),
        _ => return process(found, expires),
    };
    let lines = [
        ("AWS_ACCESS_KEY_ID", Some(&found.access_key_id)),
        ("AWS_SECRET_ACCESS_KEY", Some(&found.secret_access_key)),
        ("AWS_SESSION_TOKEN", found.session_token.as_ref()),
        ("AWS_CREDENTIAL_EXPIRATION", expires.as_ref()),
    ];
    let line = |(name, value): (&str, Option<&String>)| {
        value.map(|value| format!("{}{name}{}{value}{}\n", frame.0, frame.1, frame.2))
    };
    lines.into_iter().filter_map(line).collect()
}

fn process(found: &Credentials, expires: Option<String>) -> String {
    let mut shown: Map = [("Version", Value::from(1_i64))].into_iter().collect();
    shown.push("AccessKeyId", found.access_key_id.as_str());
    shown.push("SecretAccessKey", found.secret_access_key.as_str());
    if let Some(token) = &found.session_token {
        shown.push("SessionToken", token.as_str());
    }
    if let Some(expires) = expires {
        shown.push("Expiration", expires);
    }
    let lines = shown
        .iter()
        .map(|(name, value)| format!("  \"{name}\": {}", value.to_json(value::JsonStyle::Pretty)));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_each_form() {
        let mut found = Credentials::new("AK", "SK");
        assert_eq!(shown("env", &found), "export AWS_ACCESS_KEY_ID=AK\nexport AWS_SECRET_ACCESS_KEY=SK\n");
        found.session_token = Some("T".to_owned());
        found.expires = jiff::Timestamp::from_second(0).ok();
        for (form, expected) in [
            ("fish", "set -gx AWS_ACCESS_KEY_ID \"AK\"\n"),
            ("powershell", "$Env:AWS_ACCESS_KEY_ID=\"AK\"\n"),
            ("windows-cmd", "set AWS_ACCESS_KEY_ID=AK\n"),
            ("env-no-export", "AWS_ACCESS_KEY_ID=AK\n"),
        ] {
            assert!(shown(form, &found).starts_with(expected), "{form}");
        }
        insta::assert_snapshot!(shown("process", &found), @r#"
        {
          "Version": 1,
          "AccessKeyId": "AK",
          "SecretAccessKey": "SK",
          "SessionToken": "T",
          "Expiration": "1970-01-01T00:00:00+00:00"
        }
        "#);
    }
}
