//! `bellhop logs`: what the functions of the stack have logged, by the AWS CLI's own `logs tail`.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::commands::aws;

/// Which function's log, and from when on.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Whose.
    #[arg(default_value = "worker")]
    function: Function,
    /// From when on: 10m, 1h, 2d, or a time.
    #[arg(long, default_value = "1h", value_name = "TIME")]
    since: String,
    /// Goes on as more comes.
    #[arg(long)]
    follow: bool,
    /// The stack's name.
    #[arg(long, default_value = "bellhop")]
    stack: String,
    /// The region [default: as for the AWS CLI].
    #[arg(long)]
    region: Option<String>,
    /// The profile of the shared configuration files.
    #[arg(long)]
    profile: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Function {
    Front,
    Worker,
}

/// Shows them.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    aws::run(words(arguments).into_iter().map(OsString::from))
}

fn words(arguments: &Arguments) -> Vec<String> {
    let function = match arguments.function {
        Function::Front => "front",
        Function::Worker => "worker",
    };
    let group = format!("/aws/lambda/{}-{function}", arguments.stack);
    let mut words = ["logs", "tail", &group, "--since", &arguments.since, "--format", "short"]
        .map(str::to_owned)
        .to_vec();
    if arguments.follow {
        words.push("--follow".to_owned());
    }
    for (option, value) in [("--region", &arguments.region), ("--profile", &arguments.profile)] {
        if let Some(value) = value {
            words.extend([option.to_owned(), value.clone()]);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_those_of_the_aws_cli() {
        let arguments = Arguments {
            function: Function::Front,
            since: "10m".to_owned(),
            follow: true,
            stack: "ops".to_owned(),
            region: Some("eu-west-1".to_owned()),
            profile: None,
        };
        assert_eq!(
            words(&arguments).join(" "),
            "logs tail /aws/lambda/ops-front --since 10m --format short --follow --region eu-west-1"
        );
    }
}
