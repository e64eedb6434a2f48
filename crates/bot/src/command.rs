//! What a line means: a built-in, a page of help, or a call to AWS.

use aws_cli::{HelpPage, Invocation, Parsed, Profile, UsageError};
use aws_model::Catalog;

use crate::commands::{self, BuiltIn};
use crate::line::{self, Line, LineFault};
use crate::mask;
use crate::repair::repair;
use crate::request::MAX_LINE;
use crate::settings::Settings;

/// What a line means.
pub enum Command {
    /// Something that Bellhop does itself.
    BuiltIn {
        /// The registry's entry.
        entry: &'static BuiltIn,
        /// The words behind its name.
        words: Vec<String>,
    },
    /// A text that needs no call.
    Page(Page),
    /// A call.
    Aws(AwsCommand),
}

/// A text that needs no call: help, a skeleton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The command as understood.
    pub title: String,
    /// The text.
    pub text: String,
}

/// A call to AWS, as typed.
pub struct AwsCommand {
    /// What is called, and how its answer is wanted.
    pub invocation: Box<Invocation>,
    /// The account asked for.
    pub account: Option<String>,
    /// Whether the caller, asked about a repeat, means it.
    pub again: bool,
    /// The line as it may be shown and recorded.
    pub shown: String,
    /// The line in a form that is the same for the same command; holds secrets, to be hashed only.
    pub normal: String,
}

/// Why a line means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotUnderstood {
    /// What is wrong, for the user.
    pub what: String,
    /// The reason in full, where there is more to say.
    pub why: Option<String>,
    /// What may have been meant, best first.
    pub suggestions: Vec<String>,
    /// The help that tells more, such as `ec2 describe-instances help`.
    pub help: Option<String>,
}

/// Reads a line as it was typed.
///
/// # Errors
/// It cannot be read, or names nothing that there is.
pub fn understand(typed: &str, catalog: &Catalog, settings: &Settings) -> Result<Command, NotUnderstood> {
    if typed.len() > MAX_LINE {
        return Err(NotUnderstood::new(format!("The line is longer than {MAX_LINE} bytes.")));
    }
    let line =
        line::read(&repair(typed), |service, operation| mask::has_account(catalog, service, operation))?;
    let Some(first) = line.words.first() else { return Ok(Command::built_in(&commands::HELP, Vec::new())) };
    if let Some(entry) = commands::find(first) {
        if let (true, Some(page)) = (entry.name == commands::HELP.name, help_about(&line.words[1..])) {
            return aws(Line { words: page, ..line }, catalog, settings);
        }
        return Ok(Command::built_in(entry, line.words[1..].to_vec()));
    }
    aws(line, catalog, settings)
}

/// `help ec2 describe-instances` asks for what `ec2 describe-instances help` shows.
fn help_about(words: &[String]) -> Option<Vec<String>> {
    let first = words.first()?;
    if commands::find(first).is_some() {
        return None;
    }
    let help = std::iter::once("help".to_owned());
    Some(words.iter().filter(|word| *word != "aws").cloned().chain(help).collect())
}

fn aws(line: Line, catalog: &Catalog, settings: &Settings) -> Result<Command, NotUnderstood> {
    let parsed = aws_cli::parse(catalog, &line.words, &settings.environment, Profile::Chat)
        .map_err(|error| NotUnderstood::usage(error, &line.words))?;
    match parsed {
        Parsed::Help(HelpPage { title, short, .. }) => Ok(Command::Page(Page { title, text: short })),
        Parsed::Text(text) => {
            Ok(Command::Page(Page { title: format!("aws {}", line.words.join(" ")), text }))
        }
        Parsed::Call(invocation) => call(line, invocation),
    }
}

fn call(line: Line, invocation: Box<Invocation>) -> Result<Command, NotUnderstood> {
    let globals = &invocation.globals;
    let refused = [
        (globals.print_request, "--print-request"),
        (globals.debug, "--debug"),
        (globals.profile.is_some(), "--profile"),
        (globals.endpoint_url.is_some(), "--endpoint-url"),
        (globals.ca_bundle.is_some(), "--ca-bundle"),
        (globals.no_verify_ssl, "--no-verify-ssl"),
        (globals.unsigned, "--no-sign-request"),
        (invocation.outfile.is_some() || !invocation.member_files.is_empty(), "a file to write to"),
    ];
    if let Some((_, what)) = refused.iter().find(|(given, _)| *given) {
        let why = "It would reach beyond the accounts and roles that this workspace was given.";
        return Err(NotUnderstood {
            why: Some(why.to_owned()),
            ..NotUnderstood::new(format!("{what} is not available in chat."))
        });
    }
    let shown = format!("aws {}", mask::shown(&line.words, &invocation));
    let normal = line.words.iter().map(|word| mask::quoted(word)).collect::<Vec<_>>().join(" ");
    Ok(Command::Aws(AwsCommand { invocation, account: line.account, again: line.again, shown, normal }))
}

impl Command {
    fn built_in(entry: &'static BuiltIn, words: Vec<String>) -> Command {
        Command::BuiltIn { entry, words }
    }
}

impl NotUnderstood {
    fn new(what: impl Into<String>) -> NotUnderstood {
        NotUnderstood { what: what.into(), why: None, suggestions: Vec::new(), help: None }
    }

    fn usage(error: UsageError, words: &[String]) -> NotUnderstood {
        let mut suggestions = error.suggestions;
        if let [only] = words {
            suggestions.extend(commands::like(only));
        }
        suggestions.truncate(5);
        let help = Some(error.help).filter(|help| !help.is_empty());
        let reason = error.reason.trim();
        let reason = reason.split("\n\nusage:").next().unwrap_or(reason).trim();
        NotUnderstood { suggestions, help, ..NotUnderstood::new(reason) }
    }
}

impl From<LineFault> for NotUnderstood {
    fn from(fault: LineFault) -> NotUnderstood {
        let text = fault.to_string();
        let mut letters = text.chars();
        let sentence: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        NotUnderstood::new(format!("{sentence}."))
    }
}
