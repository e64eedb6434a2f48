//! The AWS CLI's command line: words become an [`Invocation`], and running one prints what AWS CLI v2 prints.
//!
//! Invariants: nothing here reads the process's environment, clock or files, all of it comes through
//! [`Environment`]; a line of the [`Profile::Chat`] profile never reads or writes a file and never names another
//! endpoint, profile or certificate authority; no input of any shape panics.
//! Absent on purpose: Slack, smart punctuation and pipes, which are the bot's business.

mod arguments;
mod commands;
mod customize;
mod environment;
mod explain;
mod failure;
mod globals;
mod grammar;
mod help;
mod input;
mod invocation;
mod names;
mod operation;
pub mod output;
mod paging;
mod parse;
mod prelude;
mod print;
mod print_request;
mod python;
mod redact;
mod run;
mod skeleton;
mod suggest;
#[cfg(test)]
mod tests;
mod usage;
pub mod words;
mod yaml;

pub use aws_call::Call;
pub use aws_model::Level;
pub use commands::{Archive, ArchivedFile, Task, reference as commands_reference};
pub use environment::{Environment, FileFacts, FileKind, Files, Finished, NoFiles};
pub use invocation::{Globals, HelpPage, Invocation, Need, Parsed, Profile};
pub use jiff::Timestamp;
pub use names::option_of;
pub use parse::{commands_of, is_command, parse};
pub use print::{PrintError, print_answer, queried};
pub use redact::{redact, redact_credentials, redact_text};
pub use run::{Console, ExecuteError, execute, run};
pub use usage::UsageError;
pub use yaml::{YamlFault, parse_template};
