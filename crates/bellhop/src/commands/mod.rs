//! The subcommands, one file each: the roles that this binary can play.

mod audit;
pub(crate) mod aws;
mod check_config;
mod deploy;
mod doctor;
mod lambda;
mod logs;
pub(crate) mod manifest;
mod run;
mod secret;
mod serve;
mod simulate;
mod store;
mod worker;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{environment, telemetry};

/// Operate AWS from Slack.
#[derive(Parser)]
#[command(name = "bellhop", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// The AWS CLI's services and operations, natively: `bellhop aws ec2 describe-instances`.
    Aws,
    /// Answers Slack until it is told to stop.
    #[command(after_help = "Example:\n  SLACK_SIGNING_SECRET=… bellhop serve --config bellhop.toml")]
    Serve(Settings),
    /// Answers the events of a function of AWS Lambda: requests, queues, topics, schedules.
    #[command(
        after_help = "Lambda starts it: the binary is the `bootstrap` of a function with runtime provided.al2023.\n\
        BELLHOP_ROLE=front or worker says which events it takes; without it, all."
    )]
    Lambda(Settings),
    /// Works on what the queue and the store hold, and answers no requests.
    #[command(after_help = "Example:\n  bellhop worker --config bellhop.toml\n\n\
        For a store that several processes share; `serve` works too, unless BELLHOP_ROLE=front.")]
    Worker(Settings),
    /// Runs a line as from Slack, by the same path, and prints the answer.
    #[command(after_help = "Examples:\n  \
        bellhop run --as U0ALICE --channel C0OPS \"ec2 describe-vpcs --account dev\"\n  \
        bellhop run --as U0ALICE --channel C0OPS help\n\n\
        Exit code 0: it was done; 1: it was refused or failed, or the configuration has faults.")]
    Run(run::Arguments),
    /// Reads the configuration and lists every fault with its place.
    #[command(after_help = "Examples:\n  bellhop check-config --config bellhop.toml\n  \
        bellhop check-config --diff old.toml new.toml\n\n\
        Exit code 0: it is good, or nothing widens; 1: faults; 3: the second gives more than the first.")]
    CheckConfig(check_config::Arguments),
    /// Tells what the rules say to a line, for tests of a policy; nothing is called.
    #[command(after_help = "Examples:\n  \
        bellhop simulate --as U0ALICE --channel C0OPS \"ec2 describe-vpcs --account dev\"\n  \
        bellhop simulate --as U0BOB --usergroup S0SRE --channel C0OPS --json \"ec2 stop-instances --instance-ids i-1\"\n\n\
        Exit code 0: it runs; 1: it is denied; 2: the line or the configuration has faults; 3: its caller confirms first; \
        4: others approve first.")]
    Simulate(simulate::Arguments),
    /// Looks at everything that Bellhop needs, and tells what is wrong and what to do about it.
    #[command(after_help = "Examples:\n  bellhop doctor\n  bellhop doctor --only slack,accounts --quiet\n  \
        bellhop doctor --url https://bellhop.example.com --json\n\n\
        Exit code 0: all is in order; 1: something does not work; 2: there are only warnings.")]
    Doctor(doctor::Arguments),
    /// The record of what was asked, allowed, done and refused.
    #[command(subcommand)]
    Audit(audit::Action),
    /// Puts Bellhop up on AWS Lambda, or brings it up to date: shows what would change, asks, does it.
    #[command(after_help = "Examples:\n  bellhop deploy --config bellhop.toml\n  \
        bellhop deploy --dry-run\n  bellhop deploy --config-only --yes\n  \
        bellhop deploy --binary target/package/bellhop-arm64 --parameter Door=function-url\n\n\
        Exit code 0: it is as it should be; 1: it failed; 3: you were asked and said no.")]
    Deploy(deploy::Arguments),
    /// Makes the role of a further account, and prints the lines for the configuration.
    #[command(subcommand)]
    Accounts(deploy::accounts::Action),
    /// Deletes the stack that `deploy` has put up; what people have written is kept.
    #[command(after_help = "Example:\n  bellhop destroy --dry-run\n\n\
        Exit code 0: it is gone; 1: it failed; 3: you were asked and said no.")]
    Destroy(deploy::destroy::Arguments),
    /// Shows what the stack's functions have logged.
    #[command(after_help = "Example:\n  bellhop logs front --since 10m --follow")]
    Logs(logs::Arguments),
    /// Prints the Slack app's manifest, with the scopes and events that this version uses.
    #[command(after_help = "Example:\n  bellhop manifest --url https://bellhop.example.com > manifest.yaml")]
    Manifest(manifest::Arguments),
    /// Secrets for the configuration, encrypted by KMS.
    #[command(subcommand)]
    Secret(secret::Action),
    /// Makes, moves, backs up and restores what Bellhop keeps.
    #[command(subcommand)]
    Store(store::Action),
    /// Prints the reference of environment variables.
    Environment,
    /// Prints the reference of metrics.
    Metrics,
}

/// Where the configuration is.
#[derive(clap::Args)]
struct Settings {
    /// The configuration: a file, ssm:/name or s3://bucket/key [default: $BELLHOP_CONFIG, or bellhop.toml].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    fn path(&self, vars: &std::collections::BTreeMap<String, String>) -> PathBuf {
        let from_environment =
            || vars.get("BELLHOP_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        self.config.clone().or_else(from_environment).unwrap_or_else(|| PathBuf::from("bellhop.toml"))
    }
}

/// Reads the command line and plays the role; `is_function` says that Lambda gave none.
pub(crate) fn run(is_function: bool) -> ExitCode {
    let role = if is_function { Role::Lambda(Settings { config: None }) } else { Arguments::parse().role };
    let outcome = match role {
        // `main` has seen to it already.
        Role::Aws => Ok(ExitCode::SUCCESS),
        Role::Serve(settings) => serve::run(&settings).map(|()| ExitCode::SUCCESS),
        Role::Lambda(settings) => lambda::run(&settings).map(|()| ExitCode::SUCCESS),
        Role::Worker(settings) => worker::run(&settings).map(|()| ExitCode::SUCCESS),
        Role::Run(arguments) => run::run(arguments),
        Role::CheckConfig(arguments) => check_config::run(&arguments),
        Role::Simulate(arguments) => Ok(simulate::run(&arguments)),
        Role::Doctor(arguments) => doctor::run(&arguments),
        Role::Audit(action) => audit::run(&action).map(|()| ExitCode::SUCCESS),
        Role::Deploy(arguments) => deploy::run(&arguments),
        Role::Accounts(action) => deploy::accounts::run(&action),
        Role::Destroy(arguments) => deploy::destroy::run(&arguments),
        Role::Logs(arguments) => Ok(logs::run(&arguments)),
        Role::Manifest(arguments) => manifest::run(&arguments).map(|()| ExitCode::SUCCESS),
        Role::Secret(action) => secret::run(&action).map(|()| ExitCode::SUCCESS),
        Role::Store(action) => store::run(&action).map(|()| ExitCode::SUCCESS),
        Role::Metrics => {
            say(telemetry::reference::page().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Role::Environment => {
            say(environment::reference().trim_end());
            Ok(ExitCode::SUCCESS)
        }
    };
    match outcome {
        Ok(code) => code,
        Err(error) if error.downcast_ref().is_some_and(is_unread) => ExitCode::from(NOBODY_READS),
        Err(error) => {
            complain(&format!("bellhop: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line for the caller of a command that tells things. Where nobody reads on, `| head`, it ends there, as tools do.
pub(crate) fn say(text: &str) {
    if let Err(error) = written(&mut io::stdout().lock(), text) {
        if is_unread(&error) {
            std::process::exit(NOBODY_READS.into());
        }
        complain(&format!("bellhop: standard output cannot be written to: {error}"));
        std::process::exit(1);
    }
}

/// Whether nobody reads what is written.
fn is_unread(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// A line for the caller of a command that does things, which it goes on with whoever reads.
pub(crate) fn mention(text: &str) {
    // There is nobody to tell it to.
    let _ = written(&mut io::stdout().lock(), text);
}

/// A line about what went wrong.
fn complain(text: &str) {
    // Likewise.
    let _ = written(&mut io::stderr().lock(), text);
}

/// What a shell calls the end by a broken pipe.
const NOBODY_READS: u8 = 128 + 13;

fn written(to: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(to, "{text}")?;
    to.flush()
}
