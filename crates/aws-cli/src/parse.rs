//! A whole line: which service, which operation, and what comes of it.

use std::sync::Arc;

use aws_model::{Catalog, ModelError, Service, Waiter};

use crate::customize::{self, Found};
use crate::globals::{Top, invalid_choice, take};
use crate::grammar::{Positional, Rules};
use crate::operation::{self, Line};
use crate::{Environment, Parsed, Profile, UsageError, commands, help, names};

/// The most words that a line may have.
const MAX_WORDS: usize = 20_000;

/// Reads a command line. `words` come without the leading `aws`.
///
/// # Errors
///
/// Whatever keeps the line from becoming a call: [`UsageError`] has the text that AWS CLI v2 prints, the reason for
/// chat, and the exit code.
pub fn parse(
    catalog: &Catalog,
    words: &[String],
    env: &Environment,
    profile: Profile,
) -> Result<Parsed, UsageError> {
    if words.len() > MAX_WORDS {
        return Err(UsageError::validation(format!("the line has more than {MAX_WORDS} words")));
    }
    let mut top = take(words, profile)?;
    if top.version {
        return Ok(Parsed::Text(version(catalog)));
    }
    if profile == Profile::Terminal {
        crate::globals::from_environment(&mut top.globals, env);
        top.binary_format =
            top.binary_format.or_else(|| crate::globals::configured_binary_format(&top.globals, env));
    }
    let form = top.globals.error_format.clone();
    in_command(catalog, top, env, profile).map_err(|fault| fault.in_form(form.as_deref()))
}

fn in_command(
    catalog: &Catalog,
    mut top: Top,
    env: &Environment,
    profile: Profile,
) -> Result<Parsed, UsageError> {
    let Some(command) = top.command.take() else {
        return Err(UsageError::syntax("the following arguments are required: command").with_help("help"));
    };
    if command == "help" {
        return Ok(Parsed::Help(help::overview(catalog, env)));
    }
    if commands::TOP.contains(&command.as_str()) {
        return high_level(catalog, &command, top, env, profile);
    }
    let Some(service) = open(catalog, &command)? else {
        let names = catalog.names();
        let services = names.iter().map(|name| names::service_command(name));
        let choices: Vec<&str> = services.chain(commands::TOP.iter().copied()).chain(["help"]).collect();
        return Err(invalid_choice("command", &command, choices).with_help("help"));
    };
    in_service(catalog, &service, &command, top, env, profile)
}

/// Whether a line may begin with that word: a service, or a command that is none. A service whose model is unusable is
/// there.
pub fn is_command(catalog: &Catalog, word: &str) -> bool {
    word == "help" || commands::TOP.contains(&word) || !matches!(open(catalog, word), Ok(None))
}

fn version(catalog: &Catalog) -> String {
    format!("bellhop/{} botocore-models/{}\n", env!("CARGO_PKG_VERSION"), catalog.version())
}

/// The service of a command, unless there is none.
fn open(catalog: &Catalog, command: &str) -> Result<Option<Arc<Service>>, UsageError> {
    let Some(directory) = names::service_directory(command) else { return Ok(None) };
    match catalog.open(directory) {
        Ok(service) => Ok(Some(service)),
        Err(ModelError::UnknownService(_)) => Ok(None),
        Err(error) => Err(UsageError::general(format!("{error}"))),
    }
}

/// A line of a command that is no service.
fn high_level(
    catalog: &Catalog,
    command: &str,
    mut top: Top,
    env: &Environment,
    profile: Profile,
) -> Result<Parsed, UsageError> {
    let known = commands::names(command);
    let mut words = std::mem::take(&mut top.rest);
    let at = words.iter().position(|word| !word.starts_with('-')).filter(|_| !known.is_empty());
    let name = at.map(|at| words.remove(at)).unwrap_or_default();
    if name == "help" {
        return Ok(Parsed::Help(help::commands_of(command, &known, env)));
    }
    if !commands::exists(command, &name) {
        if name.is_empty() {
            let fault = UsageError::syntax("the following arguments are required: subcommand");
            return Err(fault.with_help(&format!("{command} help")));
        }
        return Err(invalid_choice("subcommand", &name, known).with_help(&format!("{command} help")));
    }
    let shown = format!("{command} {name}").trim().to_owned();
    let line = commands::Line { catalog, command: shown, words, top, env, profile };
    commands::start(command, &name, &line)
}

fn in_service(
    catalog: &Catalog,
    service: &Arc<Service>,
    command: &str,
    top: Top,
    env: &Environment,
    profile: Profile,
) -> Result<Parsed, UsageError> {
    let (name, rest) = first_word(&top.rest)?;
    let Some(name) = name else {
        let fault = UsageError::syntax("the following arguments are required: operation");
        return Err(fault.with_help(&format!("{command} help")));
    };
    if name == "help" {
        return Ok(Parsed::Help(help::service(service, command, env)));
    }
    if name == "wait" && !service.waiters().is_empty() {
        return wait(service, command, &rest, top, env, profile);
    }
    if commands::exists(command, &name) {
        let shown = format!("{command} {name}");
        let line = commands::Line { catalog, command: shown, words: rest, top, env, profile };
        return commands::start(command, &name, &line);
    }
    let found = match customize::find(service, command, &name) {
        Found::Operation(found) => service.operation(found),
        Found::Removed | Found::Nothing => None,
    };
    let Some(found) = found else { return Err(no_operation(service, command, &name)) };
    let line = Line { service, command, name: &name, operation: found, waiter: None, env, profile };
    operation::interpret(&line, top, &rest)
        .map_err(|fault| fault.with_help(&format!("{command} {name} help")))
}

/// The commands of a service, such as `ec2`: operations, those of the AWS CLI's own, `wait`, `help`. None for what is no
/// service.
pub fn commands_of(catalog: &Catalog, command: &str) -> Vec<String> {
    let Ok(Some(service)) = open(catalog, command) else { return Vec::new() };
    let mut names = customize::command_names(&service, command).to_vec();
    names.extend(commands::names(command).into_iter().chain(["wait", "help"]).map(str::to_owned));
    names
}

fn no_operation(service: &Service, command: &str, name: &str) -> UsageError {
    let names = customize::command_names(service, command);
    let waits = if service.waiters().is_empty() { None } else { Some("wait") };
    let choices: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .chain(commands::names(command))
        .chain(waits)
        .chain(["help"])
        .collect();
    let mut fault = invalid_choice("operation", name, choices);
    if matches!(customize::find(service, command, name), Found::Removed) {
        fault.reason =
            format!("`{command} {name}` is not a command of the AWS CLI: it is deprecated or streams events");
    }
    fault.with_help(&format!("{command} help"))
}

/// The first word that stands alone, and all others.
fn first_word(words: &[String]) -> Result<(Option<String>, Vec<String>), UsageError> {
    let positional = Positional { required: true };
    let sorted = Rules::new(&[]).sort(&[positional], words).map_err(|fault| UsageError::syntax(fault.0))?;
    Ok((sorted.positionals.into_iter().next().flatten(), sorted.rest))
}

fn wait(
    service: &Arc<Service>,
    command: &str,
    words: &[String],
    top: Top,
    env: &Environment,
    profile: Profile,
) -> Result<Parsed, UsageError> {
    let (name, rest) = first_word(words)?;
    let Some(name) = name else {
        return Err(UsageError::validation(format!(
            "usage: aws [options] {command} wait <subcommand> [parameters]\naws: [ERROR]: too few arguments"
        ))
        .with_help(&format!("{command} wait help")));
    };
    if name == "help" {
        return Ok(Parsed::Help(help::waiters(service, command, env)));
    }
    let waiter = service.waiters().iter().find(|waiter| names::dashed(&waiter.name) == name);
    let Some(waiter) = waiter else {
        let known: Vec<String> = service.waiters().iter().map(|waiter| names::dashed(&waiter.name)).collect();
        return Err(invalid_choice("subcommand", &name, known.iter().map(String::as_str))
            .with_help(&format!("{command} wait help")));
    };
    in_waiter(service, command, &name, waiter, top, &rest, env, profile)
}

#[expect(clippy::too_many_arguments, reason = "one step of a chain that hands everything on")]
fn in_waiter(
    service: &Arc<Service>,
    command: &str,
    name: &str,
    waiter: &Waiter,
    top: Top,
    rest: &[String],
    env: &Environment,
    profile: Profile,
) -> Result<Parsed, UsageError> {
    let Some(polled) = service.operation(&waiter.operation) else {
        return Err(UsageError::general(format!("the model has no operation {}", waiter.operation)));
    };
    let line = Line { service, command, name, operation: polled, waiter: Some(waiter), env, profile };
    operation::interpret(&line, top, rest)
        .map_err(|fault| fault.with_help(&format!("{command} wait {name} help")))
}
