//! The payload of a slash command.
//!
//! Source: <https://docs.slack.dev/interactivity/implementing-slash-commands>. The workspace may be missing where the
//! app is installed for a whole organisation; then the organisation's id stands in.
//! Names of users and channels are kept for display only: they can be changed by anybody.

use crate::payload::is_id;
use crate::{Form, FormError, FormLimits, Secret, Verified};

/// Slack's own limit for what a person can type is far below.
const LIMITS: FormLimits = FormLimits { bytes: 128 * 1024, fields: 64 };
/// Longest id, trigger or name that is believed, in bytes.
const MAX_SHORT: usize = 256;

/// A slash command as Slack sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashCommand {
    /// The command itself, such as `/aws`.
    pub command: String,
    /// What was typed behind it, untouched.
    pub text: String,
    /// Id of the user who typed it.
    pub user_id: String,
    /// The user's name, for display.
    pub user_name: Option<String>,
    /// Id of the channel it was typed in.
    pub channel_id: String,
    /// The channel's name, for display.
    pub channel_name: Option<String>,
    /// Id of the workspace; `None` only for some installations over a whole organisation.
    pub team_id: Option<String>,
    /// Id of the organisation.
    pub enterprise_id: Option<String>,
    /// Whether the app is installed for a whole organisation.
    pub is_enterprise_install: bool,
    /// Id of the app.
    pub api_app_id: Option<String>,
    /// Unique to this one invocation.
    pub trigger_id: String,
    /// Where answers go; whoever knows it can post there.
    pub response_url: Secret,
    /// The superseded verification token.
    pub token: Option<Secret>,
}

/// Why a body is no slash command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The body is no form.
    #[error("the body is no form")]
    Form(#[source] FormError),
    /// A field is missing or empty.
    #[error("the field \"{0}\" is missing")]
    Missing(&'static str),
    /// A field holds what it cannot hold.
    #[error("the field \"{0}\" is malformed")]
    Malformed(&'static str),
}

impl SlashCommand {
    /// Reads a verified body.
    ///
    /// # Errors
    /// The body is no form, or lacks a field that a command must have; the field is named, its value is not.
    pub fn parse(body: Verified<'_>) -> Result<SlashCommand, CommandError> {
        let form = Form::parse(body.bytes(), LIMITS).map_err(CommandError::Form)?;
        let fields = Fields(&form);
        let team_id = fields.id("team_id")?;
        let enterprise_id = fields.id("enterprise_id")?;
        if team_id.is_none() && enterprise_id.is_none() {
            return Err(CommandError::Missing("team_id"));
        }
        let command = fields.required("command")?;
        if !command.starts_with('/') {
            return Err(CommandError::Malformed("command"));
        }
        Ok(SlashCommand {
            command,
            text: form.get("text").ok_or(CommandError::Missing("text"))?.to_owned(),
            user_id: fields.id("user_id")?.ok_or(CommandError::Missing("user_id"))?,
            user_name: fields.short("user_name")?,
            channel_id: fields.id("channel_id")?.ok_or(CommandError::Missing("channel_id"))?,
            channel_name: fields.short("channel_name")?,
            team_id,
            enterprise_id,
            is_enterprise_install: form.get("is_enterprise_install") == Some("true"),
            api_app_id: fields.id("api_app_id")?,
            trigger_id: fields.required("trigger_id")?,
            response_url: fields.secret("response_url").ok_or(CommandError::Missing("response_url"))?,
            token: fields.secret("token"),
        })
    }

    /// The workspace, or the organisation where there is none: what ids of users are unique within.
    pub fn tenant(&self) -> &str {
        self.team_id.as_deref().or(self.enterprise_id.as_deref()).unwrap_or_default()
    }
}

struct Fields<'a>(&'a Form<'a>);

impl Fields<'_> {
    /// A field's text; empty and `null` count as missing, as organisation installations send both.
    fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).filter(|value| !value.is_empty() && *value != "null")
    }

    fn short(&self, name: &'static str) -> Result<Option<String>, CommandError> {
        match self.given(name) {
            Some(value) if value.len() > MAX_SHORT || value.contains(char::is_control) => {
                Err(CommandError::Malformed(name))
            }
            other => Ok(other.map(str::to_owned)),
        }
    }

    fn required(&self, name: &'static str) -> Result<String, CommandError> {
        self.short(name)?.ok_or(CommandError::Missing(name))
    }

    fn id(&self, name: &'static str) -> Result<Option<String>, CommandError> {
        match self.short(name)? {
            Some(text) if !is_id(&text) => Err(CommandError::Malformed(name)),
            id => Ok(id),
        }
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.given(name).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SigningSecret, sign, verify};
    use proptest::prelude::*;

    const BODY: &str = "token=tok&team_id=T1&team_domain=acme&channel_id=C1&channel_name=ops&user_id=U1&user_name=alice\
        &command=%2Faws&text=ec2+describe-instances+--filters+%E2%80%9Ca%E2%80%9D&api_app_id=A1\
        &is_enterprise_install=false&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F2%2F3&trigger_id=1.2.3";

    fn parse(body: &[u8]) -> Result<SlashCommand, CommandError> {
        let secret = SigningSecret::new("secret").expect("not empty");
        let signature = sign(&secret, 1, body);
        SlashCommand::parse(verify(&secret, Some(b"1"), Some(signature.as_bytes()), body, 1).expect("signed"))
    }

    #[test]
    fn a_command_is_read_whole() {
        let command = parse(BODY.as_bytes()).expect("sound");
        assert_eq!(command.response_url.expose(), "https://hooks.slack.com/commands/T1/2/3");
        assert_eq!(command.tenant(), "T1");
        insta::assert_debug_snapshot!(command);
    }

    #[test]
    fn each_missing_field_is_named() {
        for field in ["team_id", "channel_id", "user_id", "command", "text", "response_url", "trigger_id"] {
            let kept: Vec<&str> =
                BODY.split('&').filter(|pair| !pair.starts_with(&format!("{field}="))).collect();
            assert_eq!(parse(kept.join("&").as_bytes()), Err(CommandError::Missing(field)));
        }
        for field in
            ["token", "api_app_id", "user_name", "channel_name", "team_domain", "is_enterprise_install"]
        {
            let kept: Vec<&str> =
                BODY.split('&').filter(|pair| !pair.starts_with(&format!("{field}="))).collect();
            assert!(parse(kept.join("&").as_bytes()).is_ok(), "{field}");
        }
    }

    #[test]
    fn an_organisation_stands_in_for_a_missing_workspace() {
        for team in ["", "team_id=", "team_id=null"] {
            let body = BODY.replace("team_id=T1", team) + "&enterprise_id=E1";
            let body = body.replace("install=false", "install=true");
            let command = parse(body.as_bytes()).expect("sound");
            assert_eq!((command.team_id.as_deref(), command.tenant()), (None, "E1"), "{team}");
            assert!(command.is_enterprise_install);
        }
    }

    #[test]
    fn malformed_fields_are_named_and_not_repeated() {
        let cases = [
            ("user_id=U1", "user_id=U1%0AU2", CommandError::Malformed("user_id")),
            ("user_id=U1", "user_id=%3C%40U1%3E", CommandError::Malformed("user_id")),
            ("command=%2Faws", "command=aws", CommandError::Malformed("command")),
            ("trigger_id=1.2.3", "trigger_id=", CommandError::Missing("trigger_id")),
            (
                "user_id=U1",
                "user_id=U1&user_id=U2",
                CommandError::Form(FormError::Twice("user_id".to_owned())),
            ),
            ("text=ec2", "text=%ff", CommandError::Form(FormError::Encoding)),
        ];
        for (good, bad, expected) in cases {
            assert_eq!(parse(BODY.replace(good, bad).as_bytes()), Err(expected), "{bad}");
        }
        let long = format!("{BODY}&x={}", "y".repeat(LIMITS.bytes));
        assert_eq!(parse(long.as_bytes()), Err(CommandError::Form(FormError::TooLarge(LIMITS.bytes))));
        assert_eq!(parse(b""), Err(CommandError::Form(FormError::Empty)));
    }

    proptest! {
        #[test]
        fn any_verified_bytes_are_a_command_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&body);
        }
    }
}
