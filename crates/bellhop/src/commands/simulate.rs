//! `bellhop simulate`: what the rules say to a line, for tests of a policy; nothing is called, kept or sent.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use bot::simulate::{Pretended, Simulated, simulate};
use policy::{ActorKind, Decision, Permit};
use serde_json::{Value, json};

use crate::commands::{Settings, complain, say};
use crate::{config, engine, environment};

/// Exit codes beside 0 (runs) and 1 (denied), which is told apart from every fault.
const FAULTY: u8 = 2;
const CONFIRM: u8 = 3;
const APPROVAL: u8 = 4;

/// Whom and where to pretend, and what.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// The Slack user.
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// The channel in which it is asked; an id that begins with D is a direct message.
    #[arg(long)]
    channel: String,
    /// The workspace [default: the first of `allowed_teams`].
    #[arg(long)]
    team: Option<String>,
    /// A usergroup that the user is in; may be given again.
    #[arg(long = "usergroup", value_name = "ID")]
    usergroups: Vec<String>,
    /// A channel that the user is in, besides the one where it is asked; may be given again.
    #[arg(long = "member-of", value_name = "ID")]
    channels: Vec<String>,
    /// How the user belongs to the workspace.
    #[arg(long, value_name = "KIND", default_value = "member")]
    kind: String,
    /// The user is an admin or owner of the workspace.
    #[arg(long)]
    admin: bool,
    /// A grant that the user was given for a while, by name; may be given again.
    #[arg(long = "given", value_name = "NAME")]
    elevations: Vec<String>,
    /// The account, where the line names none.
    #[arg(long)]
    account: Option<String>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// The line, as it would follow the slash command.
    line: String,
}

/// Judges the line; the exit code tells how.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match judge(arguments) {
        Ok(simulated) => {
            say(&if arguments.json { as_json(&simulated).to_string() } else { as_text(&simulated) });
            ExitCode::from(code(&simulated))
        }
        Err(error) => {
            complain(&format!("bellhop: {error:#}"));
            ExitCode::from(FAULTY)
        }
    }
}

fn judge(arguments: &Arguments) -> Result<Simulated> {
    let vars = environment::read();
    let config = config::load_offline(&arguments.settings.path(&vars), &vars)?;
    let team = arguments.team.clone().or_else(|| config.slack.allowed_teams.first().cloned());
    let groups: Vec<&str> =
        arguments.usergroups.iter().chain(&arguments.channels).map(String::as_str).collect();
    let who = Pretended {
        team: team.as_deref().unwrap_or("T0TERMINAL"),
        user: &arguments.user,
        channel: &arguments.channel,
        kind: kind(&arguments.kind)?,
        admin: arguments.admin,
        groups: &groups,
        elevations: &arguments.elevations,
        account: arguments.account.as_deref(),
    };
    let settings = bot::Settings { commands: config.commands.clone(), ..bot::Settings::default() };
    simulate(&config.policy, &engine::catalog(&vars), &settings, &who, &arguments.line).map_err(|fault| {
        let next = if fault.suggestions.is_empty() {
            String::new()
        } else {
            format!(" Did you mean {}?", fault.suggestions.join(", "))
        };
        anyhow!("{fault}{next}")
    })
}

fn kind(word: &str) -> Result<ActorKind> {
    Ok(match word {
        "member" => ActorKind::Member,
        "guest" => ActorKind::Guest,
        "bot" => ActorKind::Bot,
        "stranger" => ActorKind::Stranger,
        "unknown" => ActorKind::Unknown,
        "deactivated" => ActorKind::Deactivated,
        other => {
            return Err(anyhow!(
                "--kind: `{other}` is none of member, guest, bot, stranger, unknown, deactivated"
            ));
        }
    })
}

fn code(simulated: &Simulated) -> u8 {
    match &simulated.decision {
        None | Some(Decision::Run(_)) => 0,
        Some(Decision::Deny(_)) => 1,
        Some(Decision::Confirm(_)) => CONFIRM,
        Some(Decision::NeedsApproval(..)) => APPROVAL,
    }
}

/// The decision in one word, what it needs, and why it is denied.
fn told(simulated: &Simulated) -> (&'static str, Option<String>, Option<String>) {
    match &simulated.decision {
        None => ("run", None, Some("nobody needs a grant for it".to_owned())),
        Some(Decision::Run(_)) => ("run", None, None),
        Some(Decision::Confirm(_)) => ("confirm", Some("its caller confirms".to_owned()), None),
        Some(Decision::NeedsApproval(_, approval)) => {
            let needs = format!("{} of {} approve", approval.count, approval.approvers.join(", "));
            ("approve", Some(needs), None)
        }
        Some(Decision::Deny(reason)) => ("denied", None, Some(reason.to_string())),
    }
}

fn as_text(simulated: &Simulated) -> String {
    let (decision, needs, why) = told(simulated);
    let permit = simulated.decision.as_ref().and_then(Decision::permit);
    let of = |part: fn(&Permit) -> String| permit.map(part);
    let lines = [
        ("decision", Some(decision.to_owned())),
        ("command", Some(simulated.command.clone())),
        ("action", Some(simulated.action.clone())),
        ("level", of(|permit| permit.level.to_string())),
        ("account", of(|permit| format!("{} in {}", permit.account, permit.region))),
        ("role", of(|permit| permit.role_arn.clone())),
        ("grant", of(|permit| permit.grant.to_string())),
        ("needs", needs),
        ("if tagged", of(tags).filter(|tags| !tags.is_empty())),
        ("why", why),
    ];
    let lines = lines.into_iter().filter_map(|(name, text)| Some(format!("{name:<10}{}", text?)));
    lines.collect::<Vec<_>>().join("\n")
}

fn tags(permit: &Permit) -> String {
    let one = |tag: &policy::TagCondition| format!("{} {}={}", tag.option, tag.key, tag.value);
    permit.tags.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn as_json(simulated: &Simulated) -> Value {
    let (decision, needs, why) = told(simulated);
    let permit = simulated.decision.as_ref().and_then(Decision::permit);
    json!({
        "decision": decision,
        "command": simulated.command,
        "action": simulated.action,
        "level": permit.map(|permit| permit.level.to_string()),
        "account": permit.map(|permit| &permit.account),
        "region": permit.map(|permit| &permit.region),
        "role": permit.map(|permit| &permit.role_arn),
        "grant": permit.map(|permit| permit.grant.to_string()),
        "needs": needs,
        "if_tagged": permit.map(tags).filter(|tags| !tags.is_empty()),
        "why": why,
    })
}
