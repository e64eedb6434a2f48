//! The built-in commands: one entry each, one file each.
//!
//! To add one: write `commands/<name>.rs` with its entry, its function and its tests, and name the entry in [`ALL`].
//! Its policy action is `bellhop:<name>`. One that only looks at rules and settings is `Run::Now`; one that asks or
//! changes the store is `Run::Later`.

mod access;
mod audit;
mod freeze;
mod help;
mod ping;
mod sync;
mod version;
mod whoami;
mod why;

use aws_call::BoxFuture;
use render::{Body, Facts, Reply};

use crate::bot::Inner;
use crate::request::{Caller, Request};
use crate::rules::Rules;
use crate::settings::Settings;

pub use help::HELP;

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
    /// How it comes to its answer.
    pub(crate) run: Run,
}

/// How a built-in command comes to its answer.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// From rules and settings alone.
    Now(fn(&Context<'_>) -> Body),
    /// By asking or changing the store. Slack waits meanwhile: what takes long becomes a job.
    Later(for<'a> fn(&'a Asked<'a>) -> BoxFuture<'a, Reply>),
}

/// Who may run a built-in command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches Bellhop: it tells nothing but the caller's own rights. A deny of it counts for those whom a
    /// grant would let run it.
    Open,
    /// Whom a grant gives `bellhop:<name>` at level `list`.
    Granted,
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

/// All of them, in the order in which help lists them.
pub const ALL: [&BuiltIn; 10] = [
    &HELP,
    &whoami::WHOAMI,
    &why::WHY,
    &freeze::FREEZE,
    &freeze::THAW,
    &audit::AUDIT,
    &access::ACCESS,
    &sync::SYNC,
    &version::VERSION,
    &ping::PING,
];

/// The command of that name.
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    ALL.into_iter().find(|entry| entry.name == name)
}

/// Names like this one.
pub fn like(name: &str) -> impl Iterator<Item = String> {
    let near = |entry: &&BuiltIn| strsim::osa_distance(entry.name, name) <= 2;
    ALL.into_iter().filter(near).map(|entry| entry.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_complete_and_unique() {
        for (index, entry) in ALL.iter().enumerate() {
            assert!(entry.usage.starts_with(entry.name), "{}", entry.name);
            assert!(entry.summary.ends_with('.'), "{}", entry.name);
            assert!(ALL[..index].iter().all(|other| other.name != entry.name));
        }
    }

    #[test]
    fn near_misses_are_suggested() {
        assert_eq!(like("hlep").collect::<Vec<_>>(), ["help"]);
        assert_eq!(like("whoiam").collect::<Vec<_>>(), ["whoami"]);
        assert_eq!(like("ec2").count(), 0);
    }
}
