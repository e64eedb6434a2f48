//! What a line means: a built-in, a page of help, or a call to AWS.

use aws_cli::{HelpPage, Invocation, Parsed, Profile, UsageError};
use aws_model::Catalog;

use crate::after;
use crate::aliases;
use crate::commands::{self, BuiltIn};
use crate::credentials;
use crate::line::{self, Line, LineFault};
use crate::mask;
use crate::reach::scope::{Accounts, Regions, ScopeFault, Selection};
use crate::repair::repair;
use crate::repeat;
use crate::request::MAX_LINE;
use crate::script::{self, ScriptCommand};
use crate::settings::Settings;

/// What a line means.
pub enum Command {
    /// Something that Bellhop does itself.
    BuiltIn {
        /// The registry's entry.
        entry: &'static BuiltIn,
        /// The words behind its name.
        words: Vec<String>,
        /// Where it is to look.
        selection: Selection,
        /// What a line that it comes to is to say besides.
        flags: Flags,
    },
    /// A text that needs no call.
    Page(Page),
    /// A call.
    Aws(AwsCommand),
    /// A call in many places at once.
    Spread(Spread),
    /// Several commands, or a command and filters.
    Script(Box<ScriptCommand>),
}

/// What a caller says besides the command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// Asked about a repeat, the caller means it.
    pub again: bool,
    /// The caller confirms beforehand.
    pub yes: bool,
}

/// A call that is to be made in many places.
pub struct Spread {
    /// The call, which names no place.
    pub command: AwsCommand,
    /// Its words.
    pub(crate) words: Vec<String>,
    /// The places.
    pub(crate) selection: Selection,
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
    /// Whether the caller confirms it beforehand.
    pub yes: bool,
    /// Whether the caller is asked whatever the grant says.
    pub confirm: bool,
    /// Whether its effect is awaited once it is done.
    pub wait: bool,
    /// The line as it may be shown and recorded.
    pub shown: String,
    /// What it does, the same however it was spelled; holds secrets, to be hashed only.
    pub meaning: String,
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
    let repaired = repair(typed);
    if let Some(words) = aliases::typed(&repaired)? {
        return Ok(Command::built_in(&commands::ALIAS, words, Selection::default(), Flags::default()));
    }
    let script = pipeline::parse(&repaired).map_err(|fault| NotUnderstood::saying(&fault.to_string()))?;
    if script.statements.is_empty() {
        return of_line(Line::default(), catalog, settings);
    }
    match script::single(&script) {
        Some(words) => of_line(line_of(words, catalog)?, catalog, settings),
        None => Ok(Command::Script(Box::new(script::understand(script, catalog, settings)?))),
    }
}

/// The words of a command without Bellhop's own flags.
pub(crate) fn line_of(words: Vec<String>, catalog: &Catalog) -> Result<Line, NotUnderstood> {
    Ok(line::read(words, |service, operation| mask::has_account(catalog, service, operation))?)
}

/// Reads words that stand for a line, each as it is.
///
/// # Errors
/// They name nothing that there is.
pub(crate) fn of_words(
    words: Vec<String>,
    catalog: &Catalog,
    settings: &Settings,
) -> Result<Command, NotUnderstood> {
    of_line(Line { words, ..Line::default() }, catalog, settings)
}

/// What the words of one command mean.
pub(crate) fn of_line(
    mut line: Line,
    catalog: &Catalog,
    settings: &Settings,
) -> Result<Command, NotUnderstood> {
    asks_for_help(&mut line.words);
    if line.words.is_empty() {
        return Ok(Command::built_in(&commands::HELP, Vec::new(), Selection::default(), Flags::default()));
    }
    if is_s3_alone(&line.words) {
        line.words.insert(1, "ls".to_owned());
    }
    let Some((entry, named)) = commands::find(&line.words, catalog) else {
        return aws(&line, catalog, settings);
    };
    let mut words = line.words.split_off(named);
    if entry.name == commands::HELP.name
        && let Some(page) = help_about(&words, catalog)
    {
        return aws(&Line { words: page, ..line }, catalog, settings);
    }
    if entry.works() && words.last().is_some_and(|last| last == "help") {
        let text = format!("{}\n\n{}", entry.usage, entry.summary);
        return Ok(Command::Page(Page { title: format!("{} help", entry.name), text }));
    }
    let selection = selection(&line, entry.works().then_some(&mut words))?;
    Ok(Command::built_in(entry, words, selection, Flags { again: line.again, yes: line.yes }))
}

/// Where a line is to run: by `--account`, and by `--region` among words that are Bellhop's own.
fn selection(line: &Line, words: Option<&mut Vec<String>>) -> Result<Selection, NotUnderstood> {
    let mut selection = Selection::default();
    if let Some(accounts) = &line.account {
        selection.accounts = Accounts::read(accounts)?;
    }
    let Some(words) = words else { return Ok(selection) };
    let is_region = |word: &String| word == "--region" || word.starts_with("--region=");
    if let Some(at) = words.iter().position(is_region) {
        let word = words.remove(at);
        let named = match word.strip_prefix("--region=") {
            Some(named) => named.to_owned(),
            None if at < words.len() => words.remove(at),
            None => return Err(NotUnderstood::new("--region needs the name of a region.")),
        };
        selection.regions = Regions::read(&named)?;
    }
    Ok(selection)
}

/// `s3` alone lists buckets, and so does `s3 --region eu-west-1`.
fn is_s3_alone(words: &[String]) -> bool {
    words.first().is_some_and(|first| first == "s3") && words.get(1).is_none_or(|next| next.starts_with("--"))
}

/// `--help` at the end asks for what the word `help` shows; no operation has such an option.
fn asks_for_help(words: &mut Vec<String>) {
    if words.last().is_some_and(|last| last == "--help") {
        words.pop();
        words.push("help".to_owned());
    }
}

/// `help ec2 describe-instances` asks for what `ec2 describe-instances help` shows.
fn help_about(words: &[String], catalog: &Catalog) -> Option<Vec<String>> {
    if words.is_empty() || commands::find(words, catalog).is_some() {
        return None;
    }
    let help = std::iter::once("help".to_owned());
    Some(words.iter().filter(|word| *word != "aws").cloned().chain(help).collect())
}

fn aws(line: &Line, catalog: &Catalog, settings: &Settings) -> Result<Command, NotUnderstood> {
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

fn call(line: &Line, invocation: Box<Invocation>) -> Result<Command, NotUnderstood> {
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
    if credentials::are_printed_by(&invocation) {
        return Err(NotUnderstood {
            why: Some("Its answer is credentials, and whoever reads a channel could use them.".to_owned()),
            ..NotUnderstood::new(format!("{} is not available in chat.", invocation.iam_action))
        });
    }
    let mut selection = selection(line, None)?;
    if let Some(region) = &globals.region {
        selection.regions = Regions::read(region)?;
    }
    let shown = format!("aws {}", mask::shown(&line.words, &invocation));
    let mut command = AwsCommand {
        meaning: repeat::meaning(&line.words, &invocation),
        invocation,
        account: selection.accounts.single().map(str::to_owned),
        again: line.again,
        yes: line.yes,
        confirm: line.confirm,
        wait: line.wait,
        shown,
    };
    if line.wait && !after::can_be_awaited(&command.invocation.iam_action) {
        let what = "--then-wait is for starting, stopping and terminating instances, and for what Systems Manager runs.";
        return Err(NotUnderstood::new(what));
    }
    if selection.is_single() {
        return Ok(Command::Aws(command));
    }
    command.invocation.globals.region = None;
    if let Some(accounts) = &line.account {
        command.shown.push_str(&format!(" --account {}", pipeline::quote(accounts)));
    }
    let words = without_region(&line.words);
    Ok(Command::Spread(Spread { command, words, selection }))
}

/// The words without `--region` and what stands behind it.
fn without_region(words: &[String]) -> Vec<String> {
    let mut kept = Vec::with_capacity(words.len());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--region" {
            words.next();
        } else if !word.starts_with("--region=") {
            kept.push(word.clone());
        }
    }
    kept
}

impl Command {
    fn built_in(entry: &'static BuiltIn, words: Vec<String>, selection: Selection, flags: Flags) -> Command {
        Command::BuiltIn { entry, words, selection, flags }
    }
}

impl NotUnderstood {
    fn new(what: impl Into<String>) -> NotUnderstood {
        NotUnderstood { what: what.into(), why: None, suggestions: Vec::new(), help: None }
    }

    /// With that text, made a sentence.
    pub(crate) fn saying(text: &str) -> NotUnderstood {
        let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
        NotUnderstood::new(format!("{}{end}", sentence(text)))
    }

    fn usage(error: UsageError, words: &[String]) -> NotUnderstood {
        let mut suggestions = commands::like(words);
        for name in error.suggestions {
            if !suggestions.contains(&name) {
                suggestions.push(name);
            }
        }
        suggestions.truncate(5);
        let help = Some(error.help).filter(|help| !help.is_empty());
        let reason = error.reason.trim();
        let reason = reason.split("\n\nusage:").next().unwrap_or(reason).trim();
        NotUnderstood { suggestions, help, ..NotUnderstood::new(sentence(reason)) }
    }
}

/// The text with a capital, where it begins with a plain word.
fn sentence(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let plain = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_lowercase());
    let capital = if plain { text.get(..1).unwrap_or_default().to_ascii_uppercase() } else { String::new() };
    format!("{capital}{}", &text[capital.len()..])
}

impl From<LineFault> for NotUnderstood {
    fn from(fault: LineFault) -> NotUnderstood {
        NotUnderstood::new(format!("{}.", sentence(&fault.to_string())))
    }
}

impl From<ScopeFault> for NotUnderstood {
    fn from(fault: ScopeFault) -> NotUnderstood {
        NotUnderstood::new(format!("{}.", sentence(&fault.to_string())))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn read(line: &str) -> Result<Command, NotUnderstood> {
        understand(line, &Catalog::embedded(), &Settings::default())
    }

    fn fault(line: &str) -> NotUnderstood {
        read(line).err().expect(line)
    }

    #[test]
    fn s3_alone_lists_buckets() {
        for line in ["s3", "s3 --region eu-west-1", "s3 --account dev", "s3 ls"] {
            let read = read(line);
            let Ok(Command::Aws(command)) = read else { panic!("no call: {line}") };
            assert!(command.shown.starts_with("aws s3 ls"), "{}", command.shown);
        }
        assert!(matches!(read("s3 --help"), Ok(Command::Page(_))));
    }

    #[test]
    fn an_answer_of_bytes_needs_no_file_here() {
        for line in ["lambda invoke --function-name f", "s3api get-object --bucket b --key k"] {
            assert!(matches!(read(line), Ok(Command::Aws(_))), "{line}");
            assert!(read(&format!("{line} out.json")).is_err(), "{line}");
        }
    }

    #[test]
    fn a_builtin_is_suggested_once() {
        assert_eq!(fault("hlep").suggestions, ["help"]);
    }

    #[test]
    fn a_reason_is_a_sentence() {
        let cases = [
            ("operation x", "Operation x"),
            ("file://x is", "file://x is"),
            ("--output y", "--output y"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(text), expected);
        }
    }

    #[test]
    fn several_accounts_or_regions_are_one_call_in_many_places() {
        for option in ["--region us-east-1,eu-west-1", "--region all", "--account=ALL", "--account 'dev-*'"] {
            let read = read(&format!("ec2 describe-vpcs {option}"));
            assert!(matches!(read, Ok(Command::Spread(_))), "{option}");
        }
        for (option, what) in [
            ("--account a,", "--account has an empty name in its list."),
            ("--region=a,all", "All cannot be joined with others by commas."),
            ("--account label=x", "--account label= needs a key and a value: label=environment=dev."),
        ] {
            assert_eq!(fault(&format!("ec2 describe-vpcs {option}")).what, what);
        }
        assert!(matches!(read("ec2 describe-vpcs --region eu-west-1 --account dev"), Ok(Command::Aws(_))));
    }

    #[test]
    fn a_command_means_the_same_however_it_is_spelled() {
        let meaning = |line: &str| match read(line) {
            Ok(Command::Aws(command)) => command.meaning,
            _ => panic!("no call: {line}"),
        };
        let stop = meaning("ec2 stop-instances --instance-ids i-1 --force");
        for line in [
            "aws ec2 stop-instances --force --instance-ids i-1",
            "ec2 stop-instances --instance-ids=i-1 --force --output text --query a",
            "ec2 stop-instances --force --instance-ids '[\"i-1\"]' --account dev",
            "ec2 stop-instances --cli-input-json '{\"Force\": true, \"InstanceIds\": [\"i-1\"]}'",
        ] {
            assert_eq!(meaning(line), stop, "{line}");
        }
        for line in [
            "ec2 stop-instances --instance-ids i-1",
            "ec2 stop-instances --instance-ids i-1 --no-force",
            "ec2 stop-instances --instance-ids i-1 i-2 --force",
            "ec2 terminate-instances --instance-ids i-1 --force",
        ] {
            assert_ne!(meaning(line), stop, "{line}");
        }
    }

    #[test]
    fn help_can_be_asked_for_as_an_option() {
        for line in ["--help", "aws --help", "help"] {
            assert!(
                matches!(read(line), Ok(Command::BuiltIn { entry, .. }) if entry.name == "help"),
                "{line}"
            );
        }
        for line in ["sts --help", "sts get-caller-identity --help"] {
            assert!(matches!(read(line), Ok(Command::Page(_))), "{line}");
        }
    }

    #[test]
    fn credentials_are_not_printed_in_chat() {
        let lines = [
            "sts get-session-token",
            "sts assume-role --role-arn arn:aws:iam::111111111111:role/Bellhop --role-session-name xx",
            "iam create-access-key",
            "iam create-access-key --query AccessKey.AccessKeyId",
            "ecr get-authorization-token",
            "sso get-role-credentials --role-name r --account-id 111111111111 --access-token x",
            "ec2 create-key-pair --key-name k",
        ];
        for line in lines {
            let fault = fault(line);
            assert!(fault.what.ends_with("is not available in chat."), "{line}: {}", fault.what);
        }
        for line in
            ["sts get-caller-identity", "secretsmanager get-secret-value --secret-id x", "iam list-users"]
        {
            assert!(matches!(read(line), Ok(Command::Aws(_))), "{line}");
        }
    }
}
