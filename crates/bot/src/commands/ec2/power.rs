//! `ec2 start`, `stop`, `reboot`, `terminate`: by id or by name, after a look at the state.
//!
//! What is found becomes a line of the AWS CLI with plain ids, which goes the ordinary way: it is authorised, asked about,
//! run once. A name that several instances bear is not guessed at.

use aws_call::BoxFuture;
use render::{Problem, Status};

use super::choose::{self, Meant};
use super::instances::Instance;
use crate::commands::options::{Known, Options};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::reach::scope::Scope;
use pipeline::quote;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Start,
    Stop,
    Reboot,
    Terminate,
}

macro_rules! entry {
    ($name:ident, $power:ident, $word:literal, $summary:literal) => {
        /// The entry.
        pub(crate) const $name: BuiltIn = BuiltIn {
            name: concat!("ec2 ", $word),
            summary: $summary,
            usage: concat!(
                "ec2 ",
                $word,
                " <id or name> … [--no-wait] [--account …] [--region …]\n    ec2 ",
                $word,
                " web-1\n    ec2 ",
                $word,
                " i-0123456789abcdef0 i-0fedcba9876543210 --account dev"
            ),
            access: Access::Open,
            also: None,
            run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(run(working, Power::$power)) }),
        };
    };
}

entry!(START, Start, "start", "Starts instances, by id or Name, and waits until they run.");
entry!(STOP, Stop, "stop", "Stops instances, by id or Name, and waits until they are stopped.");
entry!(REBOOT, Reboot, "reboot", "Reboots instances, by id or Name.");
entry!(TERMINATE, Terminate, "terminate", "Terminates instances, by id or Name: they are gone then.");

impl Power {
    fn word(self) -> &'static str {
        match self {
            Power::Start => "start",
            Power::Stop => "stop",
            Power::Reboot => "reboot",
            Power::Terminate => "terminate",
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Power::Start => "start-instances",
            Power::Stop => "stop-instances",
            Power::Reboot => "reboot-instances",
            Power::Terminate => "terminate-instances",
        }
    }

    /// The state in which there is nothing to do.
    fn reached(self) -> Option<&'static str> {
        match self {
            Power::Start => Some("running"),
            Power::Stop => Some("stopped"),
            Power::Reboot => None,
            Power::Terminate => Some("terminated"),
        }
    }

    /// Why it cannot be done in that state, if it cannot.
    fn hindered(self, state: &str) -> bool {
        match self {
            Power::Terminate => false,
            Power::Start | Power::Stop | Power::Reboot => matches!(state, "terminated" | "shutting-down"),
        }
    }
}

async fn run(working: &Working<'_>, power: Power) -> Worked {
    match line(working, power).await {
        Ok(then) => then,
        Err(output) => Worked::Shown(*output),
    }
}

async fn line(working: &Working<'_>, power: Power) -> Result<Worked, Box<Output>> {
    let options = Options::read(working.words, &[Known::Flag("--no-wait")]);
    let options = options.map_err(|what| working.unusable(what))?;
    let (named, no_wait) = (&options.plain, options.has("--no-wait"));
    if named.is_empty() {
        return Err(working.unusable("It names no instance."));
    }
    let found = choose::look(working, named).await?;
    let Decided { scope, ids, notes } = match decide(power, named, &found) {
        Ok(decided) => decided,
        Err(Undecided::Said(output)) => return Err(output),
        Err(Undecided::NotThere(word)) => return Err(Box::new(choose::not_there(working, word).await)),
        Err(Undecided::Several(word, several)) => {
            let again = |instance: &Instance| again(power, named, word, instance, no_wait);
            return Err(Box::new(choose::ambiguous(working, word, &several, again)));
        }
    };
    let waits = !no_wait && power.reached().is_some();
    let flags = [(waits, " --then-wait"), (working.flags.again, " --again"), (working.flags.yes, " --yes")];
    let flags: String = flags.into_iter().filter_map(|(given, flag)| given.then_some(flag)).collect();
    let (operation, ids) = (power.operation(), ids.join(" "));
    let Scope { account, region } = scope;
    let account = quote(&account);
    let line = format!("ec2 {operation} --instance-ids {ids}{flags} --account {account} --region {region}");
    Ok(Worked::Then { line, notes })
}

/// The line that was typed, with one instance's id in place of the name that others bear too.
fn again(power: Power, named: &[String], word: &str, instance: &Instance, no_wait: bool) -> String {
    let named = named.iter().map(|other| quote(if other == word { &instance.id } else { other }));
    let no_wait = if no_wait { " --no-wait" } else { "" };
    format!("ec2 {} {}{no_wait}", power.word(), named.collect::<Vec<_>>().join(" "))
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
struct Decided {
    scope: Scope,
    ids: Vec<String>,
    notes: Vec<String>,
}

/// Why nothing is done yet.
#[derive(Debug)]
enum Undecided<'a> {
    Said(Box<Output>),
    NotThere(&'a str),
    Several(&'a str, Vec<&'a Instance>),
}

/// Which of the instances are to be acted upon; an answer instead where that is none, or not clear.
fn decide<'a>(power: Power, named: &'a [String], found: &'a [Instance]) -> Result<Decided, Undecided<'a>> {
    let mut chosen: Vec<&Instance> = Vec::new();
    for word in named {
        match choose::meant(word, found) {
            Meant::Nothing => return Err(Undecided::NotThere(word)),
            Meant::One(one) if chosen.iter().any(|other| other.id == one.id) => {}
            Meant::One(one) => chosen.push(one),
            Meant::Several(several) => return Err(Undecided::Several(word, several)),
        }
    }
    let mut notes = Vec::new();
    let mut acting: Vec<&Instance> = Vec::new();
    for instance in chosen {
        if power.reached() == Some(instance.state.as_str()) {
            notes.push(format!("{} is already {}.", instance.called(), instance.state));
        } else if power.hindered(&instance.state) {
            notes.push(format!("{} is {}.", instance.called(), instance.state));
        } else {
            acting.push(instance);
        }
    }
    let Some(first) = acting.first() else {
        return Err(Undecided::Said(Box::new(Output::text(notes.join("\n")))));
    };
    if let Some(other) = acting.iter().find(|instance| instance.scope != first.scope) {
        let what =
            format!("{} is in {}, and {} in {}.", first.called(), first.scope, other.called(), other.scope);
        let problem =
            Problem::new(what).why("One line acts in one place.").next("Type a line for each place.");
        return Err(Undecided::Said(Box::new(Output::problem(Status::Failed, problem))));
    }
    let ids = acting.iter().map(|instance| instance.id.clone()).collect();
    Ok(Decided { scope: first.scope.clone(), ids, notes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::ec2::instances::staged as instance;

    #[test]
    fn what_is_meant_is_decided_or_asked() {
        let found = [
            instance("i-1", "web", "running", "eu"),
            instance("i-2", "db", "stopped", "eu"),
            instance("i-3", "twin", "running", "eu"),
            instance("i-4", "twin", "stopped", "eu"),
            instance("i-5", "gone", "terminated", "eu"),
            instance("i-6", "far", "running", "us"),
        ];
        let said = |power, named: &[&str]| {
            let named: Vec<String> = named.iter().map(|word| (*word).to_owned()).collect();
            match decide(power, &named, &found) {
                Ok(decided) => format!("{} | {}", decided.ids.join(" "), decided.notes.join(" ")),
                Err(Undecided::NotThere(word)) => format!("no {word}"),
                Err(Undecided::Several(word, several)) => format!("{} {word}", several.len()),
                Err(Undecided::Said(output)) => match output.body {
                    render::Body::Problem(problem) => problem.what,
                    render::Body::Text(text) => text,
                    _ => String::new(),
                },
            }
        };
        let cases: [(Power, &[&str], &str); 8] = [
            (Power::Stop, &["web"], "i-1 | "),
            (Power::Stop, &["web", "i-1"], "i-1 | "),
            (Power::Stop, &["web", "db"], "i-1 | db (i-2) is already stopped."),
            (Power::Start, &["i-1"], "web (i-1) is already running."),
            (Power::Stop, &["twin"], "2 twin"),
            (Power::Stop, &["gone"], "no gone"),
            (Power::Start, &["i-5"], "gone (i-5) is terminated."),
            (Power::Stop, &["web", "far"], "web (i-1) is in dev/eu, and far (i-6) in dev/us."),
        ];
        for (power, named, expected) in cases {
            assert_eq!(said(power, named), expected, "{power:?} {named:?}");
        }
    }

    #[test]
    fn a_choice_replaces_the_name_alone() {
        let named = ["twin".to_owned(), "it's".to_owned()];
        let chosen = instance("i-4", "twin", "running", "eu");
        let line = again(Power::Stop, &named, "twin", &chosen, true);
        assert_eq!(line, r"ec2 stop i-4 'it'\''s' --no-wait");
    }
}
