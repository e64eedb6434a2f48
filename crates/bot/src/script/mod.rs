//! Lines of several commands and of filters: `a | grep x && b; c $(d)`.
//!
//! What can be read before anything runs is: each command whose words are plain is understood and each filter checked at
//! the door. What changes things is confirmed beforehand as one list, or, where its words are known only once others
//! have run, becomes a line of its own by then. Invariant: every call is authorised by itself, however it came to be.

mod admit;
mod calls;
mod kept;
mod leaf;
mod several;
mod upload;
mod work;

use aws_model::Catalog;
use pipeline::{Action, Pipeline, Script, SinkForm, Words};

use crate::command::{self, AwsCommand, Command, NotUnderstood};
use crate::commands::Run;
use crate::settings::Settings;

pub(crate) use admit::{admit, admit_list, not_all};
pub(crate) use several::{Promise, permits, told};
pub(crate) use work::run;

/// A line of several commands, or of a command and filters.
pub struct ScriptCommand {
    pub(crate) script: Script,
    /// As it may be shown and recorded.
    pub shown: String,
    /// What it does; holds secrets, to be hashed only.
    pub(crate) meaning: String,
    /// Whether the caller, asked about a repeat, means it.
    pub(crate) again: bool,
    /// Whether the caller confirms it beforehand.
    pub(crate) yes: bool,
    /// Whether the caller is asked whatever the grants say: of several calls that change things, always.
    pub(crate) confirm: bool,
    /// Its calls whose words are plain, in order.
    pub calls: Vec<AwsCommand>,
}

impl ScriptCommand {
    /// Its calls that change things.
    pub(crate) fn writes(&self) -> impl Iterator<Item = &AwsCommand> {
        self.calls.iter().filter(|call| !crate::reach::only_reads(call))
    }
}

/// The words of a line that is one plain command.
pub(crate) fn single(script: &Script) -> Option<Vec<String>> {
    let [statement] = script.statements.as_slice() else { return None };
    let Action::Run(pipeline) = &statement.action else { return None };
    if pipeline.sink.is_some() || !pipeline.filters.is_empty() {
        return None;
    }
    pipeline.source.literal()
}

/// Reads what can be read of it before anything runs.
///
/// # Errors
/// A command or a filter in it means nothing, or does not belong where it stands.
pub(crate) fn understand(
    script: Script,
    catalog: &Catalog,
    settings: &Settings,
) -> Result<ScriptCommand, NotUnderstood> {
    let mut reading = Reading { catalog, settings, calls: Vec::new(), again: false, yes: false };
    let shown = reading.script(&script, false)?;
    let Reading { calls, again, yes, .. } = reading;
    let meanings: Vec<&str> = calls.iter().map(|call| call.meaning.as_str()).collect();
    let meaning = format!("{script}\n{}", meanings.join("\n"));
    let confirm = calls.iter().any(|call| call.confirm)
        || calls.iter().filter(|call| !crate::reach::only_reads(call)).count() > 1;
    Ok(ScriptCommand { script, shown, meaning, again, yes, confirm, calls })
}

struct Reading<'a> {
    catalog: &'a Catalog,
    settings: &'a Settings,
    calls: Vec<AwsCommand>,
    again: bool,
    yes: bool,
}

impl Reading<'_> {
    /// How the script may be shown; `inside` another one's words it only reads.
    fn script(&mut self, script: &Script, inside: bool) -> Result<String, NotUnderstood> {
        let mut shown = String::new();
        for (index, statement) in script.statements.iter().enumerate() {
            if index > 0 {
                shown.push_str(match statement.connector {
                    pipeline::Connector::Always => "; ",
                    pipeline::Connector::IfSucceeded => " && ",
                    pipeline::Connector::IfFailed => " || ",
                });
            }
            match &statement.action {
                Action::Run(pipeline) => shown.push_str(&self.pipeline(pipeline, inside)?),
                Action::Set { value, .. } => {
                    for inner in value.substitutions() {
                        self.script(inner, true)?;
                    }
                    shown.push_str(&masked(&statement.to_string()));
                }
            }
        }
        Ok(shown)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, inside: bool) -> Result<String, NotUnderstood> {
        pipeline.check().map_err(|fault| NotUnderstood::saying(&fault.to_string()))?;
        for inner in pipeline.substitutions() {
            self.script(inner, true)?;
        }
        let mut shown = self.source(&pipeline.source, inside)?;
        for filter in &pipeline.filters {
            shown.push_str(&format!(" | {}", masked(&filter.to_string())));
        }
        if let Some(sink) = &pipeline.sink {
            if sink.form == SinkForm::Png {
                let what =
                    "pictures are not drawn yet: leave out the file, and `graph` shows its bars as text";
                return Err(NotUnderstood::saying(what));
            }
            shown.push_str(&format!(" > {}", sink.name));
        }
        Ok(shown)
    }

    fn source(&mut self, source: &Words, inside: bool) -> Result<String, NotUnderstood> {
        let Some(words) = source.literal() else { return Ok(masked(&source.to_string())) };
        let line = command::line_of(words, self.catalog)?;
        let account = line.account.clone();
        self.again |= line.again;
        self.yes |= line.yes;
        match command::of_line(line, self.catalog, self.settings)? {
            Command::Aws(command) => {
                let shown = command.shown.clone();
                if inside && !crate::reach::only_reads(&command) {
                    let what = format!("`{shown}` changes things, and stands inside $( ), which only reads.");
                    return Err(NotUnderstood::saying(&what));
                }
                self.calls.push(command);
                let account = account.map(|name| format!(" --account {}", pipeline::quote(&name)));
                Ok(shown + &account.unwrap_or_default())
            }
            Command::Spread(spread) if !crate::reach::only_reads(&spread.command) => {
                let what = format!(
                    "`{}` changes things in many places: it stands alone in a line.",
                    spread.command.shown
                );
                Err(NotUnderstood::saying(&what))
            }
            Command::Spread(spread) => Ok(spread.command.shown),
            Command::Page(page) => Ok(page.title),
            Command::Script(script) => Ok(script.shown),
            ref command @ Command::BuiltIn { entry, .. } => match entry.run {
                Run::Work(_) => Ok(crate::work::shown(command)),
                _ if entry.tells() => Ok(entry.name.to_owned()),
                _ => Err(NotUnderstood::saying(&format!("`{}` stands alone in a line.", entry.name))),
            },
        }
    }
}

/// A text as a sentence.
fn sentence(text: &str) -> String {
    NotUnderstood::saying(text).what
}

/// Text with credentials masked that stand in it by their form.
pub(crate) fn masked(text: &str) -> String {
    aws_cli::redact_text(text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn read(line: &str) -> Result<ScriptCommand, NotUnderstood> {
        match command::understand(line, &Catalog::embedded(), &Settings::default())? {
            Command::Script(script) => Ok(*script),
            _ => panic!("one command: {line}"),
        }
    }

    #[test]
    fn scripts_are_shown_as_they_are_understood() {
        let cases = [
            ("ec2 describe-vpcs|grep x|head -3", "aws ec2 describe-vpcs | grep x | head -3", 0),
            (
                "aws ec2 stop-instances --instance-ids i-1 && ec2 describe-vpcs",
                "aws ec2 stop-instances --instance-ids i-1 && aws ec2 describe-vpcs",
                1,
            ),
            (
                "v=$(ec2 describe-vpcs | head -1); ec2 describe-subnets --filters $v",
                "v=$(ec2 describe-vpcs | head -1); ec2 describe-subnets --filters ${v}",
                0,
            ),
            ("ec2 list running | wc -l", "ec2 list running | wc -l", 0),
            (r#"lambda invoke f '{"card": "4711"}' | jq ."#, "lambda run f **** | jq .", 0),
            (
                "ec2 list --account dev|wc -l; ec2 describe-vpcs --account dev|wc -l",
                "ec2 list --account dev | wc -l; aws ec2 describe-vpcs --account dev | wc -l",
                0,
            ),
            ("sts get-caller-identity > me.json", "aws sts get-caller-identity > me.json", 0),
        ];
        for (line, shown, writes) in cases {
            let script = read(line).expect(line);
            assert_eq!((script.shown.as_str(), script.writes().count()), (shown, writes), "{line}");
        }
    }

    #[test]
    fn what_does_not_belong_is_refused_before_anything_runs() {
        let cases = [
            ("ec2 describe-vpcs | gerp x", "grep"),
            ("ec2 describe-vpc | grep x", "describe-vpc"),
            ("ec2 describe-vpcs --filters $(ec2 create-vpc --cidr-block 10.0.0.0/8)", "changes things"),
            ("freeze all; ec2 describe-vpcs", "stands alone"),
            ("ec2 describe-vpcs | sort >", "names no file"),
            ("ec2 describe-vpcs &", "&"),
            ("ec2 describe-vpcs | count | graph > x.png", "not drawn"),
        ];
        for (line, part) in cases {
            let fault = read(line).err().expect(line);
            let text = format!("{} {:?} {:?}", fault.what, fault.why, fault.suggestions);
            assert!(text.contains(part), "{line}: {text}");
        }
    }
}
