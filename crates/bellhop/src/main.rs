//! Bellhop: operate AWS from Slack. This file parses and dispatches; each subcommand is a file of `commands/`.

mod cache;
mod clock;
mod commands;
mod config;
mod doctor;
mod doors;
mod engine;
mod environment;
mod files;
mod keys;
mod own_aws;
mod poster;
mod queue;
mod secret;
mod server;
mod telemetry;
mod web_caller;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    // `bellhop aws` is a command line of its own, and fast: its words go on untouched, before anything else is set up.
    let mut words = std::env::args_os();
    if words.nth(1).is_some_and(|word| word == "aws") {
        return commands::aws::run(words);
    }
    commands::run(is_function())
}

/// Whether Lambda has started this program, by whatever name and without a word.
fn is_function() -> bool {
    std::env::args_os().len() == 1 && environment::names_lambda()
}
