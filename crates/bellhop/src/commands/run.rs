//! `bellhop run`: a line as from Slack, by the same path, answered on the terminal.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use bot::RunAs;
use store::Holder;

use crate::commands::{Settings, say};
use crate::{config, environment, logging, wiring};

/// What to run, as whom, and where.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// The Slack user whose rights count.
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// The channel in which it counts as typed.
    #[arg(long)]
    channel: String,
    /// The workspace [default: the first of `allowed_teams`].
    #[arg(long)]
    team: Option<String>,
    /// The line, as it would follow the slash command.
    line: String,
}

/// Runs the line; the exit code says whether it was done.
pub(super) fn run(arguments: Arguments) -> Result<ExitCode> {
    let vars = environment::read();
    let config = config::load(&arguments.settings.path(&vars), &vars)?;
    logging::start(&vars);
    // Recorded beside the user that is spoken for: `run` lends an identity, and says who did.
    let system_user = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| vars.get(*name));
    let spoken_by = system_user.cloned().unwrap_or_else(|| "unknown".to_owned());
    let team = arguments.team.or_else(|| config.slack.allowed_teams.first().cloned());
    let run = RunAs {
        line: arguments.line,
        team: team.unwrap_or_else(|| "T0TERMINAL".to_owned()),
        user: arguments.user,
        channel: arguments.channel,
        spoken_by,
    };
    let columns = vars.get("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(100);
    let bot = wiring::bot(config, vars, Holder::Guest, &[])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let reply = runtime.context("the runtime cannot be started")?.block_on(bot.run_as(run));
    say(render::to_terminal(&reply, columns).trim_end());
    let done = reply.status == render::Status::Done;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
