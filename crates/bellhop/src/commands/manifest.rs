//! `bellhop manifest`: the Slack app as Slack takes it, with what this version really uses and nothing more.
//!
//! Source: <https://docs.slack.dev/reference/app-manifest>; scopes by each method's page under
//! <https://docs.slack.dev/reference/methods>, those of events under <https://docs.slack.dev/reference/events>.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use aws_cli::output::{Layout, Output, write};
use serde_json::{Value as Json, json};
use value::{JsonStyle, Value};

use crate::commands::say;

/// The methods of Slack's Web API that Bellhop calls, with the scopes of each; those of `conversations.*` by the kind of
/// channel.
const METHODS: &[(&str, &[&str])] = &[
    ("auth.test", &[]),
    ("chat.delete", &["chat:write"]),
    ("chat.postEphemeral", &["chat:write"]),
    ("chat.postMessage", &["chat:write"]),
    ("chat.update", &["chat:write"]),
    ("conversations.info", &["channels:read", "groups:read"]),
    ("conversations.members", &["channels:read", "groups:read"]),
    ("conversations.open", &["im:write"]),
    ("files.completeUploadExternal", &["files:write"]),
    ("files.getUploadURLExternal", &["files:write"]),
    ("usergroups.list", &["usergroups:read"]),
    ("usergroups.users.list", &["usergroups:read"]),
    ("users.info", &["users:read"]),
    ("users.list", &["users:read"]),
    ("views.open", &[]),
    ("views.push", &[]),
    ("views.update", &[]),
];

/// The events that Bellhop follows, with the scopes of each.
const EVENTS: &[(&str, &[&str])] = &[
    ("channel_archive", &["channels:read"]),
    ("group_archive", &["groups:read"]),
    ("member_joined_channel", &["channels:read", "groups:read"]),
    ("member_left_channel", &["channels:read", "groups:read"]),
    ("subteam_members_changed", &["usergroups:read"]),
    ("subteam_updated", &["usergroups:read"]),
    ("team_join", &["users:read"]),
    ("user_change", &["users:read"]),
];

/// What the app is called, and where Slack finds it.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where Slack finds Bellhop: `https://bellhop.example.com`.
    #[arg(long, default_value = "https://bellhop.example.com")]
    url: String,
    /// The app's name.
    #[arg(long, default_value = "Bellhop")]
    name: String,
    /// The slash command; several, for those of `[commands]` too.
    #[arg(long = "command", value_name = "COMMAND", default_value = "/aws")]
    commands: Vec<String>,
    /// Looks up the e-mail addresses of profiles too, which `[[delegation]] email = true` needs.
    #[arg(long)]
    email: bool,
    /// JSON or YAML; Slack takes both.
    #[arg(long, default_value = "yaml")]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Json,
    Yaml,
}

/// Prints it.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.url.starts_with("https://") {
        bail!("Slack calls only https addresses, and {} is none", arguments.url);
    }
    for command in &arguments.commands {
        if !command.starts_with('/') || command.len() > 32 || command.contains(char::is_whitespace) {
            bail!("{command} is no slash command: a slash and at most 31 characters behind it");
        }
    }
    say(text(arguments)?.trim_end());
    Ok(())
}

/// The manifest of an app there, as YAML.
pub(super) fn yaml_for(url: &str) -> Result<String> {
    text(&Arguments {
        url: url.to_owned(),
        name: "Bellhop".to_owned(),
        commands: vec!["/aws".to_owned()],
        email: false,
        format: Format::Yaml,
    })
}

fn text(arguments: &Arguments) -> Result<String> {
    let manifest = Value::from_json(manifest(arguments).to_string().as_bytes())?;
    match arguments.format {
        Format::Json => Ok(manifest.to_json(JsonStyle::Pretty)),
        Format::Yaml => {
            let mut text = Vec::new();
            write(&manifest, &Layout::plain(Output::Yaml), "", &mut text)?;
            Ok(String::from_utf8(text)?)
        }
    }
}

fn manifest(arguments: &Arguments) -> Json {
    let url = arguments.url.trim_end_matches('/');
    let command = |command: &String| {
        json!({
            "command": command,
            "url": format!("{url}/slack/commands"),
            "description": "Runs a line of the AWS CLI",
            "usage_hint": "ec2 describe-instances | find web-1 | help",
            // Names of people and channels come as ids, which rules speak of.
            "should_escape": true,
        })
    };
    json!({
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": arguments.name,
            "description": "Operates AWS from Slack, with your own rights",
        },
        "features": {
            "bot_user": {"display_name": arguments.name, "always_online": true},
            "slash_commands": arguments.commands.iter().map(command).collect::<Vec<_>>(),
        },
        "oauth_config": {"scopes": {"bot": scopes(arguments.email)}},
        "settings": {
            "event_subscriptions": {
                "request_url": format!("{url}/slack/events"),
                "bot_events": EVENTS.iter().map(|(event, _)| event).collect::<Vec<_>>(),
            },
            "interactivity": {
                "is_enabled": true,
                "request_url": format!("{url}/slack/interactions"),
                "message_menu_options_url": format!("{url}/slack/options"),
            },
            "org_deploy_enabled": false,
            "socket_mode_enabled": false,
            "token_rotation_enabled": false,
        },
    })
}

/// The scopes of the app's bot token; `email` tells whether people are looked up by their addresses.
pub(crate) fn scopes(email: bool) -> BTreeSet<&'static str> {
    let used = METHODS.iter().chain(EVENTS).flat_map(|(_, scopes)| scopes.iter().copied());
    used.chain(["commands"]).chain(email.then_some("users:read.email")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    /// The files of the crate that speaks to Slack which name methods.
    const SOURCES: [&str; 5] = [
        include_str!("../../../slack/src/web/files.rs"),
        include_str!("../../../slack/src/web/messages.rs"),
        include_str!("../../../slack/src/web/mod.rs"),
        include_str!("../../../slack/src/web/people.rs"),
        include_str!("../../../slack/src/web/views.rs"),
    ];
    const EVENT_SOURCE: &str = include_str!("../../../slack/src/event.rs");

    /// What stands between `begin` and the next quote.
    fn quoted<'t>(text: &'t str, begin: &str) -> impl Iterator<Item = &'t str> {
        text.split(begin).skip(1).filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_method_that_is_called_has_its_scopes_here() {
        let listed: BTreeSet<&str> = METHODS.iter().map(|(name, _)| *name).collect();
        let calls = ["Method::changes(\"", "Method::reads(\""];
        let named = SOURCES.iter().flat_map(|text| calls.iter().flat_map(|begin| quoted(text, begin)));
        // An upload goes to an address, which is no method.
        let used: BTreeSet<&str> = named.filter(|name| !name.contains(' ')).collect();
        assert_eq!(listed, used);
    }

    #[test]
    fn every_event_that_is_understood_is_asked_for() {
        let listed: BTreeSet<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        // The first match is over kinds of posts, the second over kinds of events.
        let named = EVENT_SOURCE.split("match kind.as_str()").nth(2).unwrap();
        let arms = named.split("=>").map(|arm| arm.rsplit('\n').next().unwrap_or_default());
        let understood: BTreeSet<&str> = arms.flat_map(|arm| arm.split('"').skip(1).step_by(2)).collect();
        assert_eq!(listed, understood);
    }

    #[test]
    fn a_manifest_names_the_addresses_and_only_what_is_used() {
        let text = yaml_for("https://b.example/").unwrap();
        for wanted in [
            "url: https://b.example/slack/commands",
            "request_url: https://b.example/slack/events",
            "request_url: https://b.example/slack/interactions",
            "message_menu_options_url: https://b.example/slack/options",
            "- files:write",
        ] {
            assert!(text.contains(wanted), "{text}");
        }
        let expected = [
            "channels:read",
            "chat:write",
            "commands",
            "files:write",
            "groups:read",
            "im:write",
            "usergroups:read",
            "users:read",
        ];
        assert_eq!(scopes(false), expected.into());
        assert!(scopes(true).contains("users:read.email"));
    }
}
