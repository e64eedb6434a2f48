//! What a command line means.

use aws_call::Call;
use aws_model::Level;
use value::{Key, Map};

use crate::commands::Task;

/// Where a command line was written, which decides what it may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// At a shell: files, profiles and endpoints work as in the AWS CLI.
    Terminal,
    /// In a channel: anything that would read or write a local file, name another endpoint, profile or certificate
    /// authority, or print credentials is refused.
    Chat,
}

/// What came of the words.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// A call, ready to run.
    Call(Box<Invocation>),
    /// A page of help.
    Help(HelpPage),
    /// Text to print as it is, with the newline that it ends in: `--version`, skeletons, `--explain`.
    Text(String),
}

/// A call and how its answer is wanted.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Service, operation and parameters.
    pub call: Call,
    /// The command as typed in full: `ec2 describe-instances`, `ec2 wait instance-running`.
    pub command: String,
    /// The options that every command has.
    pub globals: Globals,
    /// What the call does, raised where its parameters raise it.
    pub level: Level,
    /// The IAM action, `s3:ListBuckets`.
    pub iam_action: String,
    /// The waiter to run (`InstanceRunning`); `call` is the one that it polls with.
    pub waiter: Option<Key>,
    /// Where the answer's streamed body goes, as (member, path); only on a terminal.
    pub outfile: Option<(Key, String)>,
    /// Files that single members of the answer are written to, as (member, path); only on a terminal.
    pub member_files: Vec<(Key, String)>,
    /// Sentences for the user besides the answer.
    pub warnings: Vec<String>,
    /// The high-level command that the line names; `call` is then the first call that it makes.
    pub task: Option<Task>,
    /// What else the command does: the actions and levels of its further calls.
    pub further: Vec<Need>,
}

/// What a call needs: an action, at a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The IAM action, `s3:DeleteObject`.
    pub action: String,
    /// What the call does.
    pub level: Level,
}

/// The options that every command has; `None` where the line does not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Globals {
    /// `--region`
    pub region: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--output`: `json`, `text`, `table`, `yaml`, `yaml-stream` or `off`.
    pub output: Option<String>,
    /// `--query`, already known to be a valid expression.
    pub query: Option<String>,
    /// `--endpoint-url`
    pub endpoint_url: Option<String>,
    /// Whether pages are followed and merged: the operation has pages, and neither `--no-paginate` nor an own token
    /// or limit stands in the way.
    pub paginate: bool,
    /// `--max-items`
    pub max_items: Option<u64>,
    /// `--starting-token`
    pub starting_token: Option<String>,
    /// `--page-size`
    pub page_size: Option<i64>,
    /// `--no-sign-request`
    pub unsigned: bool,
    /// `--print-request`: show what would be sent, send nothing.
    pub print_request: bool,
    /// `--debug`
    pub debug: bool,
    /// `--no-verify-ssl`
    pub no_verify_ssl: bool,
    /// `--ca-bundle`
    pub ca_bundle: Option<String>,
    /// `--cli-read-timeout`, seconds; 0 waits forever.
    pub read_timeout: Option<u64>,
    /// `--cli-connect-timeout`, seconds; 0 waits forever.
    pub connect_timeout: Option<u64>,
    /// `--color`: `on`, `off` or `auto`.
    pub color: Option<String>,
    /// `--cli-error-format`: `legacy`, `json`, `yaml`, `text`, `table` or `enhanced`.
    pub error_format: Option<String>,
}

/// A page of help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpPage {
    /// `aws ec2 run-instances`
    pub title: String,
    /// The whole page for a terminal, wrapped to its width.
    pub text: String,
    /// The page in short, for chat: what it does, its synopsis, its required options.
    pub short: String,
}

impl Invocation {
    /// All actions of the command with their levels, the worst first. Whoever decides about it asks about each.
    pub fn needs(&self) -> impl Iterator<Item = (&str, Level)> {
        let further = self.further.iter().map(|need| (need.action.as_str(), need.level));
        std::iter::once((self.iam_action.as_str(), self.level)).chain(further)
    }

    /// A region that the command calls besides the line's own (`s3 cp --source-region`). Whoever decides asks about it too.
    pub fn other_region(&self) -> Option<&str> {
        self.task.as_ref().and_then(|task| task.0.other_region())
    }

    /// The parameters by model member names.
    pub fn params(&self) -> &Map {
        &self.call.params
    }
}
