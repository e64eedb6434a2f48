//! `ssm run`: a shell command or a document on machines, or a runbook.
//!
//! What it comes to is a line of the AWS CLI, which is authorised and asked about as ever; how it goes is watched by
//! `ssm await`, which follows.

use aws_call::BoxFuture;
use render::{Problem, Status};
use value::Value;

use crate::commands::ec2::choose::{self, Meant};
use crate::commands::ec2::instances::Instance;
use crate::commands::options::{Known, Options};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::reach::fault::ScopeFault;
use pipeline::quote;

/// The entry.
pub(crate) const RUN: BuiltIn = BuiltIn {
    name: "ssm run",
    summary: "Runs a command or a document on machines, or a runbook, and tells how it goes.",
    usage: "ssm run <command | document> [<parameter>=<value> …] on <id, name or tag:key=value> … [--no-wait] [--powershell]\n\
        \u{20}   ssm run 'df -h /' on web-1\n\
        \u{20}   ssm run AWS-UpdateSSMAgent on tag:team=web\n\
        \u{20}   ssm run AWS-RestartEC2Instance InstanceId=i-0123456789abcdef0",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(run(working)) }),
};

/// The most machines by name or id; the most tags. Both are Systems Manager's.
const MACHINES: usize = 50;
const TAGS: usize = 5;

/// What is to run, before it is known what it is.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    /// The words before ` on `.
    what: Vec<String>,
    /// What stands behind it.
    on: Vec<String>,
    no_wait: bool,
    powershell: bool,
}

/// What the words before ` on ` name.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Shell,
    Document,
    Runbook,
}

fn wanted(words: &[String]) -> Result<Wanted, String> {
    let at = words.iter().rposition(|word| word == "on").filter(|at| *at > 0);
    let (what, behind) = match at {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (words, &[][..]),
    };
    let known = [Known::Flag("--no-wait"), Known::Flag("--powershell")];
    // A command has options of its own: Bellhop's stand behind the machines.
    let options = Options::read(if at.is_some() { behind } else { what }, &known)?;
    let (what, on) = match at {
        Some(_) => (what.to_vec(), options.plain.clone()),
        None => (options.plain.clone(), Vec::new()),
    };
    if what.is_empty() {
        return Err("It says nothing to run.".to_owned());
    }
    if at.is_some() && on.is_empty() {
        return Err("It names no machine behind `on`.".to_owned());
    }
    let (no_wait, powershell) = (options.has("--no-wait"), options.has("--powershell"));
    Ok(Wanted { what, on, no_wait, powershell })
}

async fn run(working: &Working<'_>) -> Worked {
    match line(working).await {
        Ok(line) => Worked::Then { line, notes: Vec::new() },
        Err(output) => Worked::Shown(*output),
    }
}

async fn line(working: &Working<'_>) -> Result<String, Box<Output>> {
    let wanted = wanted(working.words).map_err(|what| working.unusable(what))?;
    let kind = kind(working, &wanted).await?;
    let (mut line, place) = match (&kind, wanted.on.is_empty()) {
        (Kind::Runbook, true) => {
            let document = wanted.what.first().map_or("", String::as_str);
            let line = format!("ssm start-automation-execution --document-name {}", quote(document));
            (line, working.selection.options())
        }
        (Kind::Runbook, false) => {
            return Err(working.unusable("A runbook takes its machines as parameters: InstanceId=i-…"));
        }
        (_, true) => return Err(working.unusable("It says not on which machines: `on web-1`.")),
        (Kind::Shell, false) => {
            let document = if wanted.powershell { "AWS-RunPowerShellScript" } else { "AWS-RunShellScript" };
            on_machines(working, &wanted, document).await?
        }
        (Kind::Document, false) => {
            let document = wanted.what.first().map_or("", String::as_str);
            on_machines(working, &wanted, document).await?
        }
    };
    let parameters = match kind {
        Kind::Shell => serde_json::json!({ "commands": [script(&wanted.what)] }),
        Kind::Document | Kind::Runbook => {
            parameters(&wanted.what[1..]).map_err(|what| working.unusable(what))?
        }
    };
    if parameters.as_object().is_some_and(|parameters| !parameters.is_empty()) {
        line.push_str(&format!(" --parameters {}", quote(&parameters.to_string())));
    }
    let flags =
        [(!wanted.no_wait, " --then-wait"), (working.flags.again, " --again"), (working.flags.yes, " --yes")];
    line.extend(flags.into_iter().filter_map(|(given, flag)| given.then_some(flag)));
    Ok(format!("{line}{place}"))
}

/// A single word is a script as it stands; several are one command.
fn script(words: &[String]) -> String {
    match words {
        [script] => script.clone(),
        words => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
    }
}

fn parameters(words: &[String]) -> Result<serde_json::Value, String> {
    let mut parameters = serde_json::Map::new();
    for word in words {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(format!("`{word}` is no parameter: it is written Name=value."));
        };
        let values = parameters.entry(name).or_insert_with(|| serde_json::json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(value.into());
        }
    }
    Ok(parameters.into())
}

/// What a document is; what is no document is a command.
async fn kind(working: &Working<'_>, wanted: &Wanted) -> Result<Kind, Box<Output>> {
    let Some(first) = wanted.what.first().filter(|word| may_be_document(word)) else {
        return Ok(Kind::Shell);
    };
    let others = &wanted.what[1..];
    if !others.iter().all(|word| word.contains('=') && !word.starts_with('-')) {
        return Ok(Kind::Shell);
    }
    let reach = &working.reach;
    let words = ["ssm", "describe-document", "--name", first];
    let command = reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    let answer = match reach.read_here(&command, working.selection).await {
        Ok((_, answer)) => answer,
        Err(ScopeFault::Refused { code, .. })
            if code.starts_with("InvalidDocument") || code.starts_with("ValidationException") =>
        {
            // A name of AWS's own documents is no command by accident.
            if wanted.on.is_empty() || first.starts_with("AWS") {
                let problem = Problem::new(format!("There is no document {first} here; nothing was run."))
                    .next("`ssm list-documents` lists them.");
                return Err(Box::new(Output::problem(Status::Failed, problem)));
            }
            return Ok(Kind::Shell);
        }
        Err(_) if !first.starts_with("AWS") && !wanted.on.is_empty() => return Ok(Kind::Shell),
        Err(_) => return Ok(if wanted.on.is_empty() { Kind::Runbook } else { Kind::Document }),
    };
    let kind =
        answer.get("Document").and_then(|document| document.get("DocumentType")).and_then(Value::as_text);
    match kind {
        Some("Automation") => Ok(Kind::Runbook),
        Some("Command") => Ok(Kind::Document),
        other => {
            let what =
                format!("{first} is a document of type {}, which does not run.", other.unwrap_or("unknown"));
            Err(Box::new(Output::problem(Status::Failed, Problem::new(what))))
        }
    }
}

fn may_be_document(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    (3..=300).contains(&word.len()) && word.chars().all(plain) && !word.starts_with(['/', '.', '-'])
}

/// The call for machines, and the options that name their place.
async fn on_machines(
    working: &Working<'_>,
    wanted: &Wanted,
    document: &str,
) -> Result<(String, String), Box<Output>> {
    let line = format!("ssm send-command --document-name {}", quote(document));
    let (tags, machines): (Vec<&String>, Vec<&String>) =
        wanted.on.iter().partition(|word| word.starts_with("tag:"));
    if !tags.is_empty() {
        if !machines.is_empty() || tags.len() > TAGS {
            let what = format!("Machines are named by ids and names, or by up to {TAGS} tags, not by both.");
            return Err(working.unusable(what));
        }
        let targets = targets(&tags).map_err(|what| working.unusable(what))?;
        return Ok((format!("{line} --targets {}", quote(&targets)), working.selection.options()));
    }
    let machines: Vec<String> = machines.into_iter().cloned().collect();
    if machines.len() > MACHINES {
        return Err(working.unusable(format!("It names more than {MACHINES} machines; use a tag.")));
    }
    let found = choose::look(working, &machines).await?;
    let mut chosen: Vec<&Instance> = Vec::new();
    for word in &machines {
        match choose::meant(word, &found) {
            Meant::Nothing => return Err(Box::new(choose::not_there(working, word).await)),
            Meant::One(one) if chosen.iter().any(|other| other.id == one.id) => {}
            Meant::One(one) => chosen.push(one),
            Meant::Several(several) => {
                let again = |instance: &Instance| again(wanted, word, &instance.id);
                return Err(Box::new(choose::ambiguous(working, word, &several, again)));
            }
        }
    }
    let Some(first) = chosen.first() else { return Err(working.unusable("It names no machine.")) };
    if let Some(other) = chosen.iter().find(|one| one.scope != first.scope) {
        let what =
            format!("{} is in {}, and {} in {}.", first.called(), first.scope, other.called(), other.scope);
        let problem =
            Problem::new(what).why("One line acts in one place.").next("Type a line for each place.");
        return Err(Box::new(Output::problem(Status::Failed, problem)));
    }
    let ids: Vec<&str> = chosen.iter().map(|one| one.id.as_str()).collect();
    Ok((format!("{line} --instance-ids {}", ids.join(" ")), first.scope.options()))
}

fn targets(tags: &[&String]) -> Result<String, String> {
    let mut targets = Vec::new();
    for tag in tags {
        let pair = tag.strip_prefix("tag:").and_then(|tag| tag.split_once('='));
        let Some((key, value)) = pair.filter(|(key, value)| !key.is_empty() && !value.is_empty()) else {
            return Err(format!("`{tag}` is no tag: it is written tag:team=web."));
        };
        targets.push(serde_json::json!({ "Key": format!("tag:{key}"), "Values": [value] }));
    }
    Ok(serde_json::Value::Array(targets).to_string())
}

/// The line that was typed, with an id in place of a name.
fn again(wanted: &Wanted, name: &str, id: &str) -> String {
    let what = wanted.what.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
    let on = wanted.on.iter().map(|word| quote(if word == name { id } else { word }));
    let flags = [(wanted.no_wait, " --no-wait"), (wanted.powershell, " --powershell")];
    let flags: String = flags.into_iter().filter_map(|(given, flag)| given.then_some(flag)).collect();
    format!("ssm run {what} on {}{flags}", on.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<String> {
        line.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_stands_before_on_is_the_command() {
        let read =
            |line: &[&str]| wanted(&words(line)).map(|wanted| (wanted.what.join("|"), wanted.on.join("|")));
        type Case<'a> = (&'a [&'a str], Result<(&'a str, &'a str), &'a str>);
        let cases: [Case<'_>; 7] = [
            (&["df -h", "on", "web-1"], Ok(("df -h", "web-1"))),
            (&["df", "-h", "--all", "on", "web-1", "web-2", "--no-wait"], Ok(("df|-h|--all", "web-1|web-2"))),
            (&["echo", "on", "on", "web-1"], Ok(("echo|on", "web-1"))),
            (&["AWS-X", "InstanceId=i-1", "--no-wait"], Ok(("AWS-X|InstanceId=i-1", ""))),
            (&[], Err("It says nothing to run.")),
            (&["df", "on"], Err("It names no machine behind `on`.")),
            (&["df", "on", "web-1", "--now"], Err("--now is no option here. Did you mean --no-wait?")),
        ];
        for (line, expected) in cases {
            let expected = expected
                .map(|(what, on)| (what.to_owned(), on.to_owned()))
                .map_err(|what| what.split(" Did").next().unwrap_or_default().to_owned());
            let read = read(line).map_err(|what| what.split(" Did").next().unwrap_or_default().to_owned());
            assert_eq!(read, expected, "{line:?}");
        }
    }

    #[test]
    fn scripts_parameters_and_tags_are_data() {
        assert_eq!(script(&words(&["df -h | wc"])), "df -h | wc");
        assert_eq!(script(&words(&["echo", "it's; rm"])), r"echo 'it'\''s; rm'");
        let read = parameters(&words(&["A=1", "A=2", "B=x=y"])).map(|read| read.to_string());
        assert_eq!(read.as_deref(), Ok(r#"{"A":["1","2"],"B":["x=y"]}"#));
        assert!(parameters(&words(&["A"])).is_err());
        let tag = "tag:te\"am=web'1".to_owned();
        assert_eq!(targets(&[&tag]).as_deref(), Ok(r#"[{"Key":"tag:te\"am","Values":["web'1"]}]"#));
        let names: Vec<bool> = ["AWS-RunShellScript", "uptime", "df -h", "/bin/ls", "ls"]
            .into_iter()
            .map(may_be_document)
            .collect();
        assert_eq!(names, [true, true, false, false, false]);
    }
}
