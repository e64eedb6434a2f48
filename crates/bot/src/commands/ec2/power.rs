//! `ec2 start`, `stop`, `reboot`, `terminate`: by id or by name, after a look at the state.
//!
//! What is found becomes a line of the AWS CLI with plain ids, which goes the ordinary way: it is authorised, asked about,
//! run once. A name that several instances bear is not guessed at.

use aws_call::BoxFuture;
use render::{Problem, Status};

use super::instances::{Instance, Wanted, find, is_id};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::reach::scope::{Accounts, Regions, Scope, Selection};
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
    let (options, named): (Vec<&String>, Vec<&String>) =
        working.words.iter().partition(|word| word.starts_with("--"));
    let is_flag = |option: &str| option == "--no-wait";
    if let Some(other) = options.iter().find(|option| !is_flag(option)) {
        return failed(format!("`{other}` is no option here."), "--no-wait is one.");
    }
    if named.is_empty() {
        return failed("It names no instance.".to_owned(), "Name one by its id or its Name tag.");
    }
    let named: Vec<String> = named.into_iter().cloned().collect();
    let selection = where_to_look(working.selection);
    let (ids, names): (Vec<String>, Vec<String>) = named.iter().cloned().partition(|word| is_id(word));
    let mut found: Vec<Instance> = Vec::new();
    for words in [ids, names] {
        if words.is_empty() {
            continue;
        }
        let Ok(wanted) = Wanted::read(&words) else { continue };
        match find(&working.reach, &selection, &wanted).await {
            Err(fault) => return failed(fault.to_string(), ""),
            Ok((_, survey)) if survey.answered == 0 => return Worked::Shown(survey.as_problem()),
            // A name that could stand for more elsewhere is not unique.
            Ok((_, survey)) if !survey.is_whole() => {
                let why = survey.sentences().join(" ");
                return failed(format!("Nothing was done: not every place could be looked at. {why}"), "");
            }
            Ok((instances, _)) => found.extend(instances),
        }
    }
    match decide(power, &named, &found) {
        Ok(Decided { scope, ids, notes }) => {
            let waits = options.is_empty() && power.reached().is_some();
            let flags =
                [(waits, " --then-wait"), (working.flags.again, " --again"), (working.flags.yes, " --yes")];
            let flags: String = flags.into_iter().filter_map(|(given, flag)| given.then_some(flag)).collect();
            let (operation, ids) = (power.operation(), ids.join(" "));
            let Scope { account, region } = scope;
            let account = quote(&account);
            let line =
                format!("ec2 {operation} --instance-ids {ids}{flags} --account {account} --region {region}");
            Worked::Then { line, notes }
        }
        Err(output) => Worked::Shown(*output),
    }
}

/// Without a place, everywhere in the account that the rules give first; a name may be in any of its regions.
fn where_to_look(selection: &Selection) -> Selection {
    let regions = if selection.regions == Regions::First { Regions::All } else { selection.regions.clone() };
    let accounts =
        if selection.accounts == Accounts::First { Accounts::First } else { selection.accounts.clone() };
    Selection { accounts, regions }
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
struct Decided {
    scope: Scope,
    ids: Vec<String>,
    notes: Vec<String>,
}

/// Which of the instances are to be acted upon; an answer instead where that is none, or not clear.
fn decide(power: Power, named: &[String], found: &[Instance]) -> Result<Decided, Box<Output>> {
    let mut chosen: Vec<&Instance> = Vec::new();
    for word in named {
        let is_meant = |instance: &&Instance| {
            instance.id == *word || (instance.name == *word && instance.state != "terminated")
        };
        let meant: Vec<&Instance> = found.iter().filter(is_meant).collect();
        match meant.as_slice() {
            [] => return Err(Box::new(not_there(word))),
            [one] => {
                if !chosen.iter().any(|other| other.id == one.id) {
                    chosen.push(one);
                }
            }
            several => return Err(Box::new(ambiguous(word, several))),
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
    let Some(first) = acting.first() else { return Err(Box::new(Output::text(notes.join("\n")))) };
    if let Some(other) = acting.iter().find(|instance| instance.scope != first.scope) {
        let what =
            format!("{} is in {}, and {} in {}.", first.called(), first.scope, other.called(), other.scope);
        let problem =
            Problem::new(what).why("One line acts in one place.").next("Type a line for each place.");
        return Err(Box::new(Output::problem(Status::Failed, problem)));
    }
    let ids = acting.iter().map(|instance| instance.id.clone()).collect();
    Ok(Decided { scope: first.scope.clone(), ids, notes })
}

fn not_there(word: &str) -> Output {
    let problem = Problem::new(format!("There is no instance {word}; nothing was done."))
        .next("`ec2 list` shows what there is; --account and --region say where to look.");
    Output::problem(Status::Failed, problem)
}

fn ambiguous(word: &str, several: &[&Instance]) -> Output {
    let which: Vec<String> = several
        .iter()
        .take(10)
        .map(|instance| format!("{} in {} ({})", instance.id, instance.scope, instance.state))
        .collect();
    let problem = Problem::new(format!("{} instances are called {word}; nothing was done.", several.len()))
        .why(which.join(", "))
        .next("Name the one by its id.");
    Output::problem(Status::Asking, problem)
}

fn failed(what: String, next: &str) -> Worked {
    let problem = Problem::new(what);
    let problem = if next.is_empty() { problem } else { problem.next(next) };
    Worked::Shown(Output::problem(Status::Failed, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(id: &str, name: &str, state: &str, region: &str) -> Instance {
        Instance {
            scope: Scope { account: "dev".to_owned(), region: region.to_owned() },
            id: id.to_owned(),
            name: name.to_owned(),
            state: state.to_owned(),
            kind: String::new(),
            private: String::new(),
            public: String::new(),
            zone: String::new(),
            launched: None,
        }
    }

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
                Err(output) => match output.body {
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
            (Power::Stop, &["twin"], "2 instances are called twin; nothing was done."),
            (Power::Stop, &["gone"], "There is no instance gone; nothing was done."),
            (Power::Start, &["i-5"], "gone (i-5) is terminated."),
            (Power::Stop, &["web", "far"], "web (i-1) is in dev/eu, and far (i-6) in dev/us."),
        ];
        for (power, named, expected) in cases {
            assert_eq!(said(power, named), expected, "{power:?} {named:?}");
        }
    }
}
