//! The chat line: words by POSIX quoting, `|`, `&&`, `||`, `;`, `$(…)`, variables, and `> name.csv`.
//!
//! Invariants: reading takes time and memory in proportion to the line, which is bounded, and so is nesting; a script
//! printed reads as the same script. What people type unquoted stays text: `length(a)`, `[?x]`, `a=b&c`, `{a,b}`, `*`,
//! `~`, `#1`, a backtick inside a word. What else a shell would act upon is refused by name.
//! Absent on purpose: globs, field separators, arithmetic, redirections other than to a sink, and running anything.

mod expand;
mod fault;
mod parse;
mod print;
mod reader;
mod refused;
mod script;
mod sink;
#[cfg(test)]
mod tests;

pub use expand::{ExpandFault, Variables};
pub use fault::{Reason, ScriptFault};
pub use parse::parse;
pub use print::quote;
pub use script::{Action, Connector, Part, Pipeline, Script, Statement, Word, Words};
pub use sink::{Sink, SinkForm};
