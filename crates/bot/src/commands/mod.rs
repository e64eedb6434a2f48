//! The built-in commands: one entry each, one file each.
//!
//! To add one: write `commands/<name>.rs` with its entry, its function and its tests, and name the entry in [`ALL`].
//! Its policy action is `bellhop:<name>`. One that only looks at rules and settings is `Run::Now`; one that asks or
//! changes the store is `Run::Later`.

mod access;
mod alarms;
mod alias;
mod audit;
mod cost;
mod doctor;
mod ec2;
mod failed;
mod freeze;
mod help;
mod history;
mod jobs;
pub(crate) mod lambda;
mod logs;
mod options;
mod ping;
mod reference;
mod results;
mod s3;
mod ssm;
mod sync;
mod version;
mod whoami;
mod why;

use aws_call::BoxFuture;
use aws_model::Catalog;
use render::{Body, Facts, Problem, Reply, Status};

use crate::bot::Inner;
use crate::command::Flags;
use crate::news::News;
use crate::output::Output;
use crate::reach::Reach;
use crate::reach::fault::ScopeFault;
use crate::reach::scope::{Scope, Selection};
use crate::request::{Caller, Request};
use crate::rules::Rules;
use crate::settings::Settings;

pub(crate) use alias::ALIAS;
pub use help::HELP;
pub use reference::reference;

/// One built-in command.
pub struct BuiltIn {
    /// Its name, the first word of the line.
    pub name: &'static str,
    /// One sentence about it.
    pub summary: &'static str,
    /// How it is typed.
    pub usage: &'static str,
    /// Who may run it.
    pub access: Access,
    /// Other beginnings of a line that mean it: how many of the words, if they do.
    pub(crate) also: Option<Naming>,
    /// How it comes to its answer.
    pub(crate) run: Run,
}

/// How many of a line's words name a command, if they do.
pub(crate) type Naming = fn(&[String], &Catalog) -> Option<usize>;

/// How a built-in command comes to its answer.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// From rules and settings alone.
    Now(fn(&Context<'_>) -> Body),
    /// By asking or changing the store. Slack waits meanwhile: what takes long becomes a job.
    Later(for<'a> fn(&'a Asked<'a>) -> BoxFuture<'a, Reply>),
    /// By reading from AWS: a job, which a worker runs.
    Work(Work),
}

/// A command that runs in a worker.
pub(crate) type Work = for<'a> fn(&'a Working<'a>) -> BoxFuture<'a, Worked>;

/// Who may run a built-in command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches Bellhop: it tells nothing but the caller's own rights. A deny of it counts for those whom a
    /// grant would let run it.
    Open,
    /// Whom a grant gives `bellhop:<name>` at level `list`.
    Granted,
    /// Those, and whoever may change rights from Slack.
    Administrators,
}

/// What a built-in command sees.
pub struct Context<'a> {
    /// The words behind its name.
    pub words: &'a [String],
    /// Who asks.
    pub caller: &'a Caller,
    /// The rules of the moment.
    pub rules: &'a Rules,
    /// What is configured.
    pub settings: &'a Settings,
}

/// What a built-in command sees that may ask and change the store.
pub(crate) struct Asked<'a> {
    pub(crate) inner: &'a Inner,
    /// Who asks, where, when.
    pub(crate) request: &'a Request,
    /// The words behind its name.
    pub(crate) words: &'a [String],
    /// What its answer starts from; holds the id of this request.
    pub(crate) facts: Facts,
}

/// What a built-in command sees that runs in a worker.
pub(crate) struct Working<'a> {
    /// The registry's entry.
    pub(crate) entry: &'static BuiltIn,
    /// What it may ask of AWS, and for whom.
    pub(crate) reach: Reach<'a>,
    /// The words behind its name, without `--account` and `--region`.
    pub(crate) words: &'a [String],
    /// Where it is to look.
    pub(crate) selection: &'a Selection,
    /// What a line that it comes to is to say besides.
    pub(crate) flags: Flags,
    /// Says how far it has come.
    pub(crate) news: News<'a>,
}

impl Working<'_> {
    /// The line is not as the command wants it.
    pub(crate) fn unusable(&self, what: impl Into<String>) -> Box<Output> {
        let problem = Problem::new(what).next(format!("Usage: {}", self.entry.usage));
        Box::new(Output::problem(Status::Failed, problem))
    }

    /// A place gave no answer.
    pub(crate) fn failed(&self, scope: &Scope, fault: &ScopeFault) -> Box<Output> {
        let problem = Problem::new(format!("{scope}: {}.", fault.to_string().trim_end_matches('.')));
        let problem = match fault.said() {
            Some(said) if !said.is_empty() => problem.why(said),
            _ => problem,
        };
        Box::new(Output::problem(Status::Failed, problem))
    }
}

/// What a built-in command in a worker comes to.
pub(crate) enum Worked {
    /// An answer.
    Shown(Output),
    /// A line that its caller means: it is run as if it had been typed, with whatever confirmation it needs.
    Then {
        /// The line, complete.
        line: String,
        /// What was found out on the way, one sentence each.
        notes: Vec<String>,
    },
}

/// All of them, in the order in which help lists them.
pub const ALL: &[&BuiltIn] = &[
    &HELP,
    &whoami::WHOAMI,
    &ALIAS,
    &history::HISTORY,
    &history::RERUN,
    &results::LAST,
    &results::SAVE,
    &jobs::JOBS,
    &failed::FAILED,
    &failed::REDRIVE,
    &jobs::CANCEL,
    &why::WHY,
    &freeze::FREEZE,
    &freeze::THAW,
    &audit::AUDIT,
    &access::ACCESS,
    &sync::SYNC,
    &ec2::LIST,
    &ec2::CONSOLE,
    &ec2::SCREENSHOT,
    &ec2::START,
    &ec2::STOP,
    &ec2::REBOOT,
    &ec2::TERMINATE,
    &ec2::AWAIT,
    &ssm::RUN,
    &ssm::AWAIT,
    &s3::USAGE,
    &lambda::INVOKE,
    &logs::LOGS,
    &alarms::ALARMS,
    &cost::COST,
    &crate::find::FIND,
    &doctor::DOCTOR,
    &version::VERSION,
    &ping::PING,
];

/// The command that a line begins with, and how many of its words name it. A service of AWS keeps its name: `ec2 list`
/// is a command of Bellhop's, `ec2 describe-instances` is none.
pub fn find(words: &[String], catalog: &Catalog) -> Option<(&'static BuiltIn, usize)> {
    let named = |entry: &&'static BuiltIn| entry.names(words, catalog);
    ALL.iter().copied().filter_map(|entry| Some((entry, named(&entry)?))).max_by_key(|(_, words)| *words)
}

/// Names like what a line begins with, nearest first.
pub fn like(words: &[String]) -> Vec<String> {
    let distance = |entry: &&BuiltIn| {
        let typed = words.get(..entry.name.split(' ').count())?.join(" ");
        let distance = strsim::osa_distance(entry.name, &typed);
        (distance <= 2 && distance * 2 <= entry.name.len()).then_some((distance, entry.name))
    };
    let mut near: Vec<(usize, &str)> = ALL.iter().filter_map(distance).collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name.to_owned()).collect()
}

impl BuiltIn {
    /// How many of these words name it, if they do.
    fn names(&self, words: &[String], catalog: &Catalog) -> Option<usize> {
        let mut name = self.name.split(' ');
        let same = words.iter().zip(name.by_ref()).take_while(|(word, part)| *word == part).count();
        let whole = self.name.split(' ').count();
        if same == whole { Some(whole) } else { self.also.and_then(|also| also(words, catalog)) }
    }

    /// Lines to learn from.
    pub fn examples(&self) -> impl Iterator<Item = &'static str> {
        self.usage.lines().skip(1).map(str::trim)
    }

    /// The policy action that allows it: `bellhop:ec2-stop`.
    pub fn action(&self) -> String {
        format!("bellhop:{}", self.name.replace(' ', "-"))
    }

    /// Whether it only tells something, so that filters may follow it.
    pub(crate) fn tells(&self) -> bool {
        matches!(self.name, "help" | "history" | "jobs" | "whoami" | "why" | "audit" | "version" | "ping")
    }

    /// Whether it runs in a worker.
    pub(crate) fn works(&self) -> bool {
        matches!(self.run, Run::Work(_))
    }
}

/// A text of at most that many characters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_complete_and_unique() {
        for (index, entry) in ALL.iter().enumerate() {
            let first = entry.name.split(' ').next().unwrap_or_default();
            assert!(entry.usage.starts_with(first), "{}", entry.name);
            assert!(entry.summary.ends_with('.'), "{}", entry.name);
            assert!(ALL[..index].iter().all(|other| other.name != entry.name));
        }
    }

    #[test]
    fn near_misses_are_suggested() {
        let cases: [(&str, &[&str]); 6] = [
            ("hlep", &["help"]),
            ("whoiam", &["whoami"]),
            ("ec2", &[]),
            ("ec2 stpo web-1", &["ec2 stop"]),
            ("alarm in alarm", &["alarms"]),
            ("wyh", &["why"]),
        ];
        for (line, expected) in cases {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(like(&words), expected, "{line}");
        }
    }
}
