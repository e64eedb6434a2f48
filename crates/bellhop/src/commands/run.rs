//! `bellhop run`: a line as from Slack, by the same path, answered on the terminal.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use bot::RunAs;
use store::Holder;

use crate::commands::{Settings, say};
use crate::telemetry::{LAST_SPANS, Telemetry};
use crate::{config, environment, wiring};

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
    let telemetry = Telemetry::start(&vars, &config.telemetry);
    let spoken_by = speaker(real_uid(), &vars);
    let team = arguments.team.or_else(|| config.slack.allowed_teams.first().cloned());
    let run = RunAs {
        line: arguments.line,
        team: team.unwrap_or_else(|| "T0TERMINAL".to_owned()),
        user: arguments.user,
        channel: arguments.channel,
        spoken_by,
    };
    let columns = vars.get("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(100);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let reply = runtime.context("the runtime cannot be started")?.block_on(async {
        let bot = wiring::bot(config, vars, Holder::Guest, &[], &telemetry).await?.bot;
        bot.prepare().await?;
        let reply = bot.run_as(run).await;
        bot.sign_record().await;
        telemetry.flush(LAST_SPANS).await;
        anyhow::Ok(reply)
    })?;
    say(render::to_terminal(&reply, columns).trim_end());
    let done = reply.status == render::Status::Done;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Recorded beside the user that is spoken for: `run` lends an identity, and says who did. The names come from the
/// environment, where anybody can write anything; the number is the system's.
fn speaker(uid: Option<u32>, vars: &BTreeMap<String, String>) -> String {
    let uid = uid.map_or_else(|| "uid unknown".to_owned(), |uid| format!("uid {uid}"));
    let said = ["SUDO_USER", "USER", "LOGNAME"].iter().filter_map(|name| Some((name, vars.get(*name)?)));
    let said: Vec<String> = said.map(|(name, value)| format!("{name}={value}")).collect();
    if said.is_empty() { uid } else { format!("{uid}, {}", said.join(" ")) }
}

/// The real user of this process, as the kernel tells it. None where there is no `/proc`.
fn real_uid() -> Option<u32> {
    #[expect(clippy::disallowed_methods, reason = "the rim: a process asks who runs it")]
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    uid_in(&status)
}

/// The first number of the line `Uid:` is the real user, those behind it are effective ones.
fn uid_in(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speaker_is_who_runs_the_process_whatever_the_environment_says() {
        let vars: BTreeMap<String, String> = [("USER", "root"), ("SUDO_USER", "alice"), ("HOME", "/root")]
            .map(|(n, v)| (n.into(), v.into()))
            .into();
        assert_eq!(speaker(Some(1000), &vars), "uid 1000, SUDO_USER=alice USER=root");
        assert_eq!(speaker(Some(0), &BTreeMap::new()), "uid 0");
        assert_eq!(speaker(None, &vars), "uid unknown, SUDO_USER=alice USER=root");
    }

    #[test]
    fn the_real_user_is_told_from_the_effective_one() {
        for (status, expected) in [
            ("Name:\tbellhop\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n", Some(1000)),
            ("Name:\tbellhop\n", None),
            ("Uid:\n", None),
            ("", None),
        ] {
            assert_eq!(uid_in(status), expected, "{status:?}");
        }
    }
}
