//! The options that every command has, wherever on the line they stand.

use aws_call::credentials::config::SharedConfig;
use value::Value;

use crate::grammar::{Arity, OptionRule, Positional, Rules};
use crate::suggest::close_matches;
use crate::{Environment, Globals, Profile, UsageError, python};

/// One of them.
pub(crate) struct GlobalOption {
    /// Its name with the dashes.
    pub(crate) name: &'static str,
    /// How many words it takes.
    arity: Arity,
    /// The words it takes, if they are listed.
    pub(crate) choices: &'static [&'static str],
    /// What help says of it.
    pub(crate) help: &'static str,
    /// Why a chat line may not have it.
    refusal: Option<&'static str>,
}

const fn option(name: &'static str, arity: Arity, help: &'static str) -> GlobalOption {
    GlobalOption { name, arity, choices: &[], help, refusal: None }
}

impl GlobalOption {
    const fn refused(mut self, reason: &'static str) -> GlobalOption {
        self.refusal = Some(reason);
        self
    }

    const fn choices(mut self, choices: &'static [&'static str]) -> GlobalOption {
        self.choices = choices;
        self
    }
}

/// All of them, in the order in which the AWS CLI declares them (ambiguous prefixes name them in this order).
pub(crate) const OPTIONS: &[GlobalOption] = &[
    option("--debug", Arity::Switch, "Say on standard error what is done.").refused("it prints requests"),
    option("--endpoint-url", Arity::One, "Call this URL instead of AWS's own endpoint.")
        .refused("calls go to AWS's own endpoints"),
    option("--no-verify-ssl", Arity::Switch, "Do not check the other side's certificate.")
        .refused("certificates are always checked"),
    option("--no-paginate", Arity::Switch, "Make one call only: the first page."),
    option("--output", Arity::One, "The form of the answer.").choices(&[
        "json",
        "text",
        "table",
        "yaml",
        "yaml-stream",
        "off",
    ]),
    option("--query", Arity::One, "A JMESPath expression that picks from the answer."),
    option("--profile", Arity::One, "The profile of the configuration files to use.")
        .refused("the account decides about credentials; name it with --account"),
    option("--region", Arity::One, "The region to call."),
    option("--version", Arity::Switch, "Print the version."),
    option("--color", Arity::One, "Whether tables are coloured.").choices(&["on", "off", "auto"]),
    option("--no-sign-request", Arity::Switch, "Send requests unsigned, without credentials.")
        .refused("calls are made under the account's role"),
    option(
        "--ca-bundle",
        Arity::One,
        "A file of certificate authorities to trust instead of the built-in ones.",
    )
    .refused("it reads a local file"),
    option(
        "--cli-read-timeout",
        Arity::One,
        "Seconds to wait for an answer; 0 waits for ever. 60 by default.",
    ),
    option(
        "--cli-connect-timeout",
        Arity::One,
        "Seconds to wait for a connection; 0 waits for ever. 60 by default.",
    ),
    option("--cli-binary-format", Arity::One, "What text means where bytes are wanted.")
        .choices(&["base64", "raw-in-base64-out"]),
    option("--no-cli-pager", Arity::Switch, "Accepted for the AWS CLI's sake: there is no pager."),
    option("--cli-auto-prompt", Arity::Switch, "Accepted for the AWS CLI's sake: there is no prompt."),
    option("--no-cli-auto-prompt", Arity::Switch, "Accepted for the AWS CLI's sake: there is no prompt."),
    option("--cli-error-format", Arity::One, "The form of service errors.")
        .choices(&["legacy", "json", "yaml", "text", "table", "enhanced"]),
];

/// Options of our own; only their full names count, so that no prefix of the AWS CLI's becomes ambiguous.
pub(crate) const OWN_OPTIONS: &[GlobalOption] = &[
    option(
        "--print-request",
        Arity::Switch,
        "Print the request that would be sent, as JSON, and send nothing.",
    )
    .refused("it prints a signed request"),
    option(
        "--explain",
        Arity::Switch,
        "Print what the call needs: its level, its IAM action, whether it can be tried.",
    ),
];

/// The line with its global options taken out.
#[derive(Debug, Clone)]
pub(crate) struct Top {
    /// The first word that stands alone.
    pub(crate) command: Option<String>,
    /// Everything else, in order.
    pub(crate) rest: Vec<String>,
    /// What the options say.
    pub(crate) globals: Globals,
    /// `--version`
    pub(crate) version: bool,
    /// `--explain`
    pub(crate) explain: bool,
    /// `--no-paginate`
    pub(crate) no_paginate: bool,
    /// `--cli-binary-format`
    pub(crate) binary_format: Option<String>,
}

/// Takes the global options out of a line.
pub(crate) fn take(words: &[String], profile: Profile) -> Result<Top, UsageError> {
    let mut own = Vec::new();
    let mut words: Vec<String> = words.to_vec();
    words.retain(|word| {
        let known = OWN_OPTIONS.iter().find(|option| option.name == word.as_str());
        own.extend(known);
        known.is_none()
    });
    let rules: Vec<OptionRule> = OPTIONS
        .iter()
        .map(|option| OptionRule { name: option.name.to_owned(), arity: option.arity })
        .collect();
    let command = Positional { required: true };
    let sorted = Rules::new(&rules).sort(&[command], &words).map_err(|fault| UsageError::syntax(fault.0))?;
    let given: Vec<(&GlobalOption, &str)> = sorted
        .options
        .iter()
        .map(|(index, values)| (&OPTIONS[*index], values.first().map_or("", String::as_str)))
        .chain(own.into_iter().map(|option| (option, "")))
        .collect();
    let mut top = Top {
        command: None,
        rest: Vec::new(),
        globals: Globals { paginate: true, ..Globals::default() },
        version: false,
        explain: false,
        no_paginate: false,
        binary_format: None,
    };
    for (option, value) in given {
        if profile == Profile::Chat
            && let Some(reason) = option.refusal
        {
            return Err(UsageError::refused(option.name, reason));
        }
        check_choice(option.name, option.choices, value)?;
        set(&mut top, option.name, value)?;
    }
    top.command = sorted.positionals.into_iter().next().flatten();
    top.rest = sorted.rest;
    Ok(top)
}

/// Holds a value against the words that an option takes.
pub(crate) fn check_choice(option: &str, choices: &[&'static str], value: &str) -> Result<(), UsageError> {
    if choices.is_empty() || choices.contains(&value) {
        return Ok(());
    }
    Err(invalid_choice(option, value, choices.iter().copied()))
}

/// A word that is none of those that may stand there.
pub(crate) fn invalid_choice<'a>(
    argument: &str,
    value: &str,
    choices: impl IntoIterator<Item = &'a str> + Clone,
) -> UsageError {
    let close = close_matches(value, choices.clone());
    let mut message = format!("argument {argument}: Found invalid choice '{value}'\n");
    if !close.is_empty() {
        message.push_str("\nMaybe you meant:\n");
        for word in &close {
            message.push_str(&format!("\n  * {word}"));
        }
    }
    let mut suggestions: Vec<String> = close.into_iter().map(str::to_owned).collect();
    if suggestions.is_empty() {
        suggestions = crate::suggest::nearest(value, choices);
    }
    UsageError::syntax(message)
        .with_reason(format!("{argument} `{value}` does not exist"))
        .suggesting(suggestions)
}

fn set(top: &mut Top, name: &str, value: &str) -> Result<(), UsageError> {
    let text = || Some(value.to_owned());
    let globals = &mut top.globals;
    match name {
        "--debug" => globals.debug = true,
        "--endpoint-url" => globals.endpoint_url = Some(endpoint(value)?),
        "--no-verify-ssl" => globals.no_verify_ssl = true,
        "--no-paginate" => top.no_paginate = true,
        "--output" => globals.output = text(),
        "--query" => globals.query = Some(query(value)?),
        "--profile" => globals.profile = text(),
        "--region" => globals.region = text(),
        "--version" => top.version = true,
        "--color" => globals.color = text(),
        "--no-sign-request" => globals.unsigned = true,
        "--ca-bundle" => globals.ca_bundle = text(),
        "--cli-read-timeout" => globals.read_timeout = Some(seconds(value)?),
        "--cli-connect-timeout" => globals.connect_timeout = Some(seconds(value)?),
        "--cli-binary-format" => top.binary_format = text(),
        "--cli-error-format" => globals.error_format = text(),
        "--print-request" => globals.print_request = true,
        "--explain" => top.explain = true,
        _ => {}
    }
    Ok(())
}

fn endpoint(value: &str) -> Result<String, UsageError> {
    let scheme = value.split_once(':').map_or("", |(scheme, _)| scheme);
    let letters = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if letters && scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
        return Ok(value.to_owned());
    }
    Err(UsageError::validation(format!(
        "Bad value for --endpoint-url \"{value}\": scheme is missing.  Must be of the form http://<hostname>/ or \
         https://<hostname>/"
    )))
}

fn query(value: &str) -> Result<String, UsageError> {
    match jmespath::Expression::parse(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(error) => Err(UsageError::validation(format!("Bad value for --query {value}: {error}"))),
    }
}

fn seconds(value: &str) -> Result<u64, UsageError> {
    let number = python::integer(value).and_then(|number| Value::Number(number).as_i64());
    let number = number.and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| UsageError::general(python::integer_fault(value)))
}

/// Fills in what the environment says where the line says nothing: region, output. The profile stays as the line
/// has it, since one that is named there outranks the environment's keys.
pub(crate) fn from_environment(globals: &mut Globals, env: &Environment) {
    let var = |names: &[&str]| names.iter().find_map(|name| env.var(name)).map(str::to_owned);
    globals.region = globals.region.take().or_else(|| var(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
    globals.output = globals.output.take().or_else(|| var(&["AWS_DEFAULT_OUTPUT"]));
    globals.ca_bundle = globals.ca_bundle.take().or_else(|| var(&["AWS_CA_BUNDLE"]));
    globals.error_format = globals.error_format.take().or_else(|| var(&["AWS_CLI_ERROR_FORMAT"]));
}

/// What text means where bytes are wanted, as the configuration file has it for the profile (`cli_binary_format`).
pub(crate) fn configured_binary_format(globals: &Globals, env: &Environment) -> Option<String> {
    let path = env.var("AWS_CONFIG_FILE").unwrap_or("~/.aws/config");
    let content = env.files.read(&env.expand_path(path)).ok()?;
    let shared = SharedConfig::parse(&content, b"").ok()?;
    let named = || ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].iter().find_map(|name| env.var(name));
    let profile = globals.profile.as_deref().or_else(named).unwrap_or("default");
    shared.profile(profile).get("cli_binary_format").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_may_stand_anywhere() {
        for line in [
            "--region eu-west-1 --output table ec2 describe-instances --dry-run",
            "ec2 --region=eu-west-1 describe-instances --dry-run --output table",
            "ec2 describe-instances --dry-run --output table --reg eu-west-1",
        ] {
            let top = take(&words(line), Profile::Chat).unwrap();
            assert_eq!(top.command.as_deref(), Some("ec2"));
            assert_eq!(top.rest, ["describe-instances", "--dry-run"]);
            assert_eq!(top.globals.region.as_deref(), Some("eu-west-1"));
            assert_eq!(top.globals.output.as_deref(), Some("table"));
        }
    }

    #[test]
    fn chat_refuses_what_reaches_beyond_it() {
        for option in [
            "--endpoint-url http://x",
            "--profile p",
            "--ca-bundle f",
            "--no-verify-ssl",
            "--no-sign-request",
            "--debug",
            "--print-request",
        ] {
            let line = words(&format!("sts get-caller-identity {option}"));
            let error = take(&line, Profile::Chat).unwrap_err();
            assert!(error.reason.contains("is not available in chat"), "{}", error.reason);
            assert!(take(&line, Profile::Terminal).is_ok());
        }
    }

    #[test]
    fn faults_have_the_words_of_the_aws_cli() {
        for (line, expected, code) in [
            ("--output jsn x", "--output `jsn` does not exist", 252),
            ("--query [ x", "Bad value for --query [", 252),
            ("--endpoint-url nowhere x", "Bad value for --endpoint-url \"nowhere\": scheme is missing.", 252),
            ("--cli-read-timeout x y", "invalid literal for int() with base 10: 'x'", 255),
            ("--region", "argument --region: expected one argument", 252),
        ] {
            let error = take(&words(line), Profile::Terminal).unwrap_err();
            assert!(error.reason.starts_with(expected), "{}", error.reason);
            assert_eq!(error.exit_code, code);
        }
    }
}
