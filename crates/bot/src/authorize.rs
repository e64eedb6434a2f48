//! Whether a command may run, and as what. Whatever executes demands an [`Authorized`], and only this file makes one.

use aws_cli::{Invocation, Level as CallLevel};
use policy::{Actor, ActorKind, Approval, Decision, Level, Permit, Place, PlaceKind, Question, Reason};

use crate::command::{AwsCommand, Page};
use crate::commands::{Access, BuiltIn};
use crate::request::Caller;
use crate::rules::Rules;

/// Something that was allowed. There is no way to make one but [`call`], [`built_in`] and [`page`].
pub struct Authorized<T> {
    what: T,
    permit: Option<Permit>,
}

/// Why something may not run now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The rules do not allow it.
    #[error("{0}")]
    Denied(Reason),
    /// The grant asks for a confirmation first.
    #[error("the grant asks for a confirmation first, which cannot be given yet")]
    NeedsConfirmation(Permit),
    /// The grant asks for others' approval first.
    #[error("the grant asks for an approval first, which cannot be given yet")]
    NeedsApproval(Permit, Approval),
}

impl<T> Authorized<T> {
    /// What was allowed.
    pub fn what(&self) -> &T {
        &self.what
    }

    /// As what it may run.
    pub fn permit(&self) -> Option<&Permit> {
        self.permit.as_ref()
    }
}

/// A call that was allowed, with its permit.
pub type AuthorizedCall = (Authorized<AwsCommand>, Permit);

/// Decides about a call. `account` and `region` are what is asked for; a worker passes what was promised at the
/// door, so that a change of rules never moves a command to another place.
///
/// # Errors
/// The refusal, and the command back.
pub fn call(
    rules: &Rules,
    caller: &Caller,
    command: AwsCommand,
    account: Option<&str>,
    region: Option<&str>,
) -> Result<AuthorizedCall, Box<(Refusal, AwsCommand)>> {
    let (action, level) = (command.invocation.iam_action.as_str(), level_of(command.invocation.level));
    let question = question(caller, action, level, account, region);
    match policy::decide(&rules.policy, &question) {
        Decision::Run(permit) => Ok((Authorized { what: command, permit: Some(permit.clone()) }, permit)),
        Decision::Confirm(permit) => Err(Box::new((Refusal::NeedsConfirmation(permit), command))),
        Decision::NeedsApproval(permit, approval) => {
            Err(Box::new((Refusal::NeedsApproval(permit, approval), command)))
        }
        Decision::Deny(reason) => Err(Box::new((Refusal::Denied(reason), command))),
    }
}

/// Decides about a built-in command, whose action is `bellhop:<name>` at level `list`.
///
/// # Errors
/// The reason against it.
pub fn built_in(
    rules: &Rules,
    caller: &Caller,
    entry: &'static BuiltIn,
) -> Result<Authorized<&'static BuiltIn>, Reason> {
    let action = format!("bellhop:{}", entry.name);
    open(rules, caller, &action, entry.access).map(|permit| Authorized { what: entry, permit })
}

/// Decides about a page of help, as about the command `help`.
///
/// # Errors
/// The reason against it.
pub fn page(rules: &Rules, caller: &Caller, page: Page) -> Result<Authorized<Page>, Reason> {
    open(rules, caller, "bellhop:help", Access::Open).map(|permit| Authorized { what: page, permit })
}

fn open(rules: &Rules, caller: &Caller, action: &str, access: Access) -> Result<Option<Permit>, Reason> {
    match policy::decide(&rules.policy, &question(caller, action, Level::List, None, None)) {
        Decision::Run(permit) | Decision::Confirm(permit) | Decision::NeedsApproval(permit, _) => {
            Ok(Some(permit))
        }
        // Nobody needs a grant to ask for help.
        Decision::Deny(Reason::NotGranted { .. }) if access == Access::Open => Ok(None),
        Decision::Deny(reason) => Err(reason),
    }
}

fn question<'a>(
    caller: &'a Caller,
    action: &'a str,
    level: Level,
    account: Option<&'a str>,
    region: Option<&'a str>,
) -> Question<'a> {
    let kind = if caller.is_direct() { PlaceKind::Direct } else { PlaceKind::Channel };
    Question {
        actor: Actor {
            team: &caller.tenant,
            user: &caller.user,
            // Guests, bots and strangers are told apart once memberships are synchronised.
            kind: ActorKind::Member,
            usergroups: &[],
            channels: &[],
        },
        place: Place { team: &caller.tenant, channel: &caller.channel, kind },
        action,
        level,
        account,
        region,
    }
}

/// The engine's levels as the policy's, which knows no engine.
pub fn level_of(level: CallLevel) -> Level {
    match level {
        CallLevel::List => Level::List,
        CallLevel::Read => Level::Read,
        CallLevel::Data => Level::Data,
        CallLevel::Write => Level::Write,
        CallLevel::Tagging => Level::Tagging,
        CallLevel::Execute => Level::Execute,
        CallLevel::Destructive => Level::Destructive,
        CallLevel::Permissions => Level::Permissions,
        CallLevel::Secret => Level::Secret,
    }
}

/// Whether running a call a second time could do harm. For secrets the level does not tell, so the operation's name
/// must: one that does not plainly fetch counts as a write.
pub fn class_of(invocation: &Invocation) -> store::Class {
    let fetches = ["Get", "List", "Describe", "BatchGet"]
        .iter()
        .any(|verb| invocation.call.operation.starts_with(verb));
    match invocation.level {
        CallLevel::List | CallLevel::Read | CallLevel::Data => store::Class::Read,
        CallLevel::Secret if fetches => store::Class::Read,
        CallLevel::Write
        | CallLevel::Tagging
        | CallLevel::Execute
        | CallLevel::Destructive
        | CallLevel::Permissions
        | CallLevel::Secret => store::Class::Write,
    }
}
