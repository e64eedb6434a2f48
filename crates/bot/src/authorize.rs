//! Whether a command may run, and as what. Whatever executes demands an [`Authorized`], and only this file makes one.

use aws_cli::{Invocation, Level as CallLevel};
use policy::{Actor, Approval, Decision, Level, Permit, Place, PlaceKind, Question, Reason};

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
    match decide_all(rules, caller, &command.invocation, account, region) {
        Ok(permit) => Ok((Authorized { what: command, permit: Some(permit.clone()) }, permit)),
        Err(refusal) => Err(Box::new((*refusal, command))),
    }
}

/// A command may make several kinds of calls: each must be allowed, at one place and in one role.
fn decide_all(
    rules: &Rules,
    caller: &Caller,
    invocation: &Invocation,
    account: Option<&str>,
    region: Option<&str>,
) -> Result<Permit, Box<Refusal>> {
    let mut needs = invocation.needs();
    let (action, level) = needs.next().unwrap_or((&invocation.iam_action, invocation.level));
    let permit = decide(rules, &question(caller, action, level_of(level), account, region))?;
    for (action, level) in needs {
        let (account, region) = (Some(permit.account.as_str()), Some(permit.region.as_str()));
        let further = decide(rules, &question(caller, action, level_of(level), account, region))?;
        if further.role_arn != permit.role_arn {
            let grants = vec![permit.grant.clone(), further.grant];
            let reason = Reason::RoleConflict { grants, account: permit.account };
            return Err(Box::new(Refusal::Denied(reason)));
        }
    }
    if let Some(region) = invocation.other_region() {
        for (action, level) in invocation.needs() {
            let account = Some(permit.account.as_str());
            decide(rules, &question(caller, action, level_of(level), account, Some(region)))?;
        }
    }
    Ok(permit)
}

fn decide(rules: &Rules, question: &Question<'_>) -> Result<Permit, Box<Refusal>> {
    match policy::decide(&rules.policy, question) {
        Decision::Run(permit) => Ok(permit),
        Decision::Confirm(permit) => Err(Box::new(Refusal::NeedsConfirmation(permit))),
        Decision::NeedsApproval(permit, approval) => Err(Box::new(Refusal::NeedsApproval(permit, approval))),
        Decision::Deny(reason) => Err(Box::new(Refusal::Denied(reason))),
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
    // Guests, bots and strangers are told apart once memberships are synchronised.
    let actor = Actor::member(&caller.tenant, &caller.user);
    let place = Place { team: &caller.tenant, channel: &caller.channel, kind };
    Question { account, region, ..Question::new(actor, place, action, level) }
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

/// Whether running a command a second time could do harm: whether any of its calls could. For secrets the level does not
/// tell, so the operation's name must: one that does not plainly fetch counts as a write.
pub fn class_of(invocation: &Invocation) -> store::Class {
    let fetches = ["Get", "List", "Describe", "BatchGet"]
        .iter()
        .any(|verb| invocation.call.operation.starts_with(verb));
    let harmless = invocation.needs().all(|(_, level)| match level {
        CallLevel::List | CallLevel::Read | CallLevel::Data => true,
        CallLevel::Secret => fetches && invocation.further.is_empty(),
        CallLevel::Write
        | CallLevel::Tagging
        | CallLevel::Execute
        | CallLevel::Destructive
        | CallLevel::Permissions => false,
    });
    if harmless { store::Class::Read } else { store::Class::Write }
}

#[cfg(test)]
mod tests {
    use aws_cli::Need;
    use aws_model::Catalog;
    use policy::{Account, Deny, Grant, Levels, Rulebook, Subjects};
    use store::Class;

    use super::*;
    use crate::command::{Command, understand};
    use crate::settings::Settings;

    fn rules(allow: &[&str], levels: &[&str], deny: &[&str]) -> Rules {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let subjects = Subjects { users: vec!["U0ALICE".to_owned()], ..Subjects::default() };
        let grant = Grant {
            subjects: subjects.clone(),
            accounts: vec!["dev".to_owned()],
            allow: texts(allow),
            levels: texts(levels),
            ..Grant::default()
        };
        let deny = Deny { subjects, allow: texts(deny), ..Deny::default() };
        let denies = if deny.allow.is_empty() { Vec::new() } else { vec![deny] };
        let accounts = vec![Account::new("dev", "arn:aws:iam::111111111111:role/Bellhop", &["eu-west-1"])];
        let book =
            Rulebook { accounts, grants: vec![grant], denies, confirm: Levels::NONE, ..Rulebook::default() };
        Rules::of(book).expect("rules")
    }

    fn command(line: &str, further: &[(&str, CallLevel)]) -> AwsCommand {
        let Ok(Command::Aws(mut command)) = understand(line, &Catalog::embedded(), &Settings::default())
        else {
            panic!("{line}")
        };
        let need = |(action, level): &(&str, CallLevel)| Need { action: (*action).to_owned(), level: *level };
        command.invocation.further.extend(further.iter().map(need));
        command
    }

    fn caller() -> Caller {
        Caller {
            tenant: "T1".to_owned(),
            user: "U0ALICE".to_owned(),
            channel: "C0OPS".to_owned(),
            spoken_by: None,
        }
    }

    #[test]
    fn every_call_of_a_command_must_be_allowed() {
        let all = ["list", "read", "write"];
        let put: &[(&str, CallLevel)] = &[("s3:PutObject", CallLevel::Write)];
        let cases = [
            (rules(&["*"], &all, &[]), put, true),
            (rules(&["*"], &all, &[]), &[], true),
            (rules(&["*"], &["list", "read"], &[]), put, false),
            (rules(&["ec2:*"], &all, &[]), put, false),
            (rules(&["*"], &all, &["s3:Put*"]), put, false),
            (rules(&["*"], &all, &["s3:Put*"]), &[], true),
        ];
        for (number, (rules, further, allowed)) in cases.iter().enumerate() {
            let decided = call(rules, &caller(), command("ec2 describe-vpcs", further), None, None);
            assert_eq!(decided.is_ok(), *allowed, "case {number}");
        }
    }

    #[test]
    fn another_region_that_a_command_reads_from_must_be_allowed_too() {
        let rules = rules(&["*"], &["list", "read", "data", "write"], &[]);
        for (region, allowed) in [("eu-west-1", true), ("us-east-1", false)] {
            let line = format!("s3 cp s3://a/k s3://b/k --source-region {region}");
            let decided = call(&rules, &caller(), command(&line, &[]), None, None);
            assert_eq!(decided.is_ok(), allowed, "{region}");
        }
    }

    #[test]
    fn a_command_is_as_harmful_as_its_worst_call() {
        type Further = &'static [(&'static str, CallLevel)];
        let cases: [(&str, Further, Class); 6] = [
            ("ec2 describe-vpcs", &[], Class::Read),
            ("ec2 describe-vpcs", &[("s3:PutObject", CallLevel::Write)], Class::Write),
            ("ec2 describe-vpcs", &[("s3:GetObject", CallLevel::Data)], Class::Read),
            ("ec2 stop-instances --instance-ids i-1", &[], Class::Write),
            ("secretsmanager get-secret-value --secret-id x", &[], Class::Read),
            ("ec2 create-tags --resources i-1 --tags Key=a,Value=b", &[], Class::Write),
        ];
        for (line, further, class) in cases {
            assert_eq!(class_of(&command(line, further).invocation), class, "{line}");
        }
    }
}
