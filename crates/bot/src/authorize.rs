//! Whether a command may run, and as what. Whatever executes demands an [`Authorized`], and only this file makes one.

use aws_cli::{Invocation, Level as CallLevel};
use policy::{Actor, Approval, Decision, Level, Permit, Place, PlaceKind, Question, Reason, Standing};
use value::Value;

use crate::arguments;
use crate::asking::Given;
use crate::command::{AwsCommand, Page};
use crate::commands::{Access, BuiltIn};
use crate::moment::Moment;

/// Something that was allowed. There is no way to make one but `call`, `shared`, `dry_run`, [`built_in`] and
/// [`page`].
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
    #[error("the grant asks for its caller's confirmation first")]
    NeedsConfirmation(Permit),
    /// The grant asks for others' approval first.
    #[error("the grant asks for others' approval first")]
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

/// What a decision about a call rests on, besides the call.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The account: as asked for at the door, as promised in a worker, so that a change of rules never moves a command
    /// to another place.
    pub(crate) account: Option<&'a str>,
    /// The region, likewise.
    pub(crate) region: Option<&'a str>,
    /// Whose word was given.
    pub(crate) given: &'a Given,
}

/// Decides about a call.
///
/// # Errors
/// The refusal, and the command back.
pub(crate) fn call(
    moment: Moment<'_>,
    command: AwsCommand,
    wanted: Wanted<'_>,
) -> Result<AuthorizedCall, Box<(Refusal, AwsCommand)>> {
    match decide_all(moment, &command.invocation, wanted) {
        Ok(permit) => Ok((Authorized { what: command, permit: Some(permit.clone()) }, permit)),
        Err(refusal) => Err(Box::new((*refusal, command))),
    }
}

/// Decides about a call that is made in many places, and stays with whoever makes it.
///
/// # Errors
/// The refusal.
pub(crate) fn shared<'c>(
    moment: Moment<'_>,
    command: &'c AwsCommand,
    wanted: Wanted<'_>,
) -> Result<(Authorized<&'c AwsCommand>, Permit), Box<Refusal>> {
    let permit = decide_all(moment, &command.invocation, wanted)?;
    Ok((Authorized { what: command, permit: Some(permit.clone()) }, permit))
}

/// As what a call could run in a place, whoever's word it needs besides; allows nothing.
///
/// # Errors
/// The reason against it.
pub(crate) fn permit(moment: Moment<'_>, command: &AwsCommand, wanted: Wanted<'_>) -> Result<Permit, Reason> {
    match decide_all(moment, &command.invocation, wanted) {
        Ok(permit) => Ok(permit),
        Err(refusal) => match *refusal {
            Refusal::NeedsConfirmation(permit) | Refusal::NeedsApproval(permit, _) => Ok(permit),
            Refusal::Denied(reason) => Err(reason),
        },
    }
}

/// Decides about asking AWS what it would answer to a call. What is allowed is that question alone: the parameter that
/// makes it one is set here.
///
/// # Errors
/// The call is denied, or AWS cannot be asked so.
pub(crate) fn dry_run(
    moment: Moment<'_>,
    mut command: AwsCommand,
    wanted: Wanted<'_>,
) -> Result<AuthorizedCall, Option<Reason>> {
    let permit = match decide_all(moment, &command.invocation, wanted) {
        Ok(permit) => permit,
        Err(refusal) => match *refusal {
            Refusal::NeedsConfirmation(permit) | Refusal::NeedsApproval(permit, _) => permit,
            Refusal::Denied(reason) => return Err(Some(reason)),
        },
    };
    let invocation = &mut command.invocation;
    if !has_dry_run(invocation) {
        return Err(None);
    }
    invocation.call.params.insert("DryRun", Value::Bool(true));
    Ok((Authorized { what: command, permit: Some(permit.clone()) }, permit))
}

/// Whether the call is one of EC2's that know a dry run. Elsewhere a parameter of that name may mean anything.
pub(crate) fn has_dry_run(invocation: &Invocation) -> bool {
    let call = &invocation.call;
    let input = call.model().and_then(|operation| operation.input);
    let member = input.and_then(|input| call.service.shape(input).member("DryRun"));
    call.service.name() == "ec2"
        && member.is_some()
        && invocation.task.is_none()
        && invocation.waiter.is_none()
}

/// A command may make several kinds of calls: each must be allowed, at one place and in one role. Where words are
/// missing, the weightiest is told.
fn decide_all(
    moment: Moment<'_>,
    invocation: &Invocation,
    wanted: Wanted<'_>,
) -> Result<Permit, Box<Refusal>> {
    let denied = |reason| Box::new(Refusal::Denied(reason));
    let typed = arguments::given(invocation);
    let mut needs = invocation.needs();
    let (action, level) = needs.next().unwrap_or((&invocation.iam_action, invocation.level));
    let asked = about(&typed, question(moment, action, level_of(level), wanted.account, wanted.region));
    let (permit, mut lack) = decide(moment, &asked, wanted.given).map_err(denied)?;
    let account = Some(permit.account.as_str());
    for (action, level) in needs {
        let asked = about(&typed, question(moment, action, level_of(level), account, Some(&permit.region)));
        let (further, also) = decide(moment, &asked, wanted.given).map_err(denied)?;
        if further.role_arn != permit.role_arn {
            let grants = vec![permit.grant.clone(), further.grant];
            return Err(denied(Reason::RoleConflict { grants, account: permit.account }));
        }
        lack = lack.and(also);
    }
    if let Some(region) = invocation.other_region() {
        for (action, level) in invocation.needs() {
            let asked = about(&typed, question(moment, action, level_of(level), account, Some(region)));
            lack = lack.and(decide(moment, &asked, wanted.given).map_err(denied)?.1);
        }
    }
    match lack {
        Lack::Nothing => Ok(permit),
        Lack::Confirmation => Err(Box::new(Refusal::NeedsConfirmation(permit))),
        Lack::Approval(approval) => Err(Box::new(Refusal::NeedsApproval(permit, approval))),
    }
}

/// The question with what the call is given.
fn about<'a>(typed: &'a arguments::Given, question: Question<'a>) -> Question<'a> {
    Question { arguments: &typed.arguments, tag_keys: &typed.tag_keys, ..question }
}

/// The word that is missing.
enum Lack {
    Nothing,
    Confirmation,
    Approval(Approval),
}

impl Lack {
    /// The weightier of both.
    fn and(self, other: Lack) -> Lack {
        match (&self, &other) {
            (Lack::Nothing, _) | (Lack::Confirmation, Lack::Approval(_)) => other,
            (Lack::Approval(one), Lack::Approval(more)) if more.count > one.count => other,
            _ => self,
        }
    }
}

fn decide(moment: Moment<'_>, question: &Question<'_>, given: &Given) -> Result<(Permit, Lack), Reason> {
    match policy::decide(&moment.rules.policy, question) {
        Decision::Run(permit) => Ok((permit, Lack::Nothing)),
        Decision::Confirm(permit) => {
            let lack = if given.confirms(&permit) { Lack::Nothing } else { Lack::Confirmation };
            Ok((permit, lack))
        }
        Decision::NeedsApproval(permit, approval) => {
            let may = |approvers: &[String], user: &str| moment.approvers.may_approve(approvers, user);
            let enough = given.approves(&approval, &moment.caller.user, may);
            Ok((permit, if enough { Lack::Nothing } else { Lack::Approval(approval) }))
        }
        Decision::Deny(reason) => Err(reason),
    }
}

/// Decides about a built-in command, whose action is `bellhop:<name>` at level `list`.
///
/// # Errors
/// The reason against it.
pub(crate) fn built_in(
    moment: Moment<'_>,
    entry: &'static BuiltIn,
) -> Result<Authorized<&'static BuiltIn>, Reason> {
    let action = entry.action();
    open(moment, &action, entry.access).map(|permit| Authorized { what: entry, permit })
}

/// Decides about a page of help, as about the command `help`.
///
/// # Errors
/// The reason against it.
pub(crate) fn page(moment: Moment<'_>, page: Page) -> Result<Authorized<Page>, Reason> {
    open(moment, "bellhop:help", Access::Open).map(|permit| Authorized { what: page, permit })
}

fn open(moment: Moment<'_>, action: &str, access: Access) -> Result<Option<Permit>, Reason> {
    match policy::decide(&moment.rules.policy, &question(moment, action, Level::List, None, None)) {
        Decision::Run(permit) | Decision::Confirm(permit) | Decision::NeedsApproval(permit, _) => {
            Ok(Some(permit))
        }
        // Nobody needs a grant to ask for help, and admins need none for what is theirs.
        Decision::Deny(Reason::NotGranted { .. }) if is_free(moment, action, access) => Ok(None),
        Decision::Deny(reason) => Err(reason),
    }
}

/// Whether a command may be run that no grant gives. Where no grant gives it the decision asks no deny: for admins that is
/// made up here.
fn is_free(moment: Moment<'_>, action: &str, access: Access) -> bool {
    match access {
        Access::Open => true,
        Access::Granted => false,
        Access::Administrators => {
            let denies = standing(moment).denies;
            let forbidden = denies.iter().any(|deny| deny.holds_here && deny.covers(action, Level::List));
            moment.approvers.is_administrator() && !forbidden
        }
    }
}

/// Everything that the rules say about the caller where they are.
pub(crate) fn standing(moment: Moment<'_>) -> Standing<'_> {
    // The action does not matter: who asks where is all that is looked at.
    let asked = question(moment, "bellhop:whoami", Level::List, None, None);
    moment.rules.policy.standing(&asked.actor, &asked.place)
}

fn question<'a>(
    moment: Moment<'a>,
    action: &'a str,
    level: Level,
    account: Option<&'a str>,
    region: Option<&'a str>,
) -> Question<'a> {
    let kind = if moment.caller.is_direct() { PlaceKind::Direct } else { PlaceKind::Channel };
    let Moment { caller, frozen, elevations, known, .. } = moment;
    let actor = Actor { elevations, ..known.actor(&caller.tenant, &caller.user) };
    let place = Place { team: &caller.tenant, channel: &caller.channel, kind };
    Question {
        account,
        region,
        frozen,
        untagged: moment.untagged,
        ..Question::new(actor, place, action, level)
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
    use crate::members::Known;
    use crate::moment::Approvers;
    use crate::request::Caller;
    use crate::rules::Rules;
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

    fn wanted(given: &Given) -> Wanted<'_> {
        Wanted { account: None, region: None, given }
    }

    struct Bob;

    impl Approvers for Bob {
        fn may_approve(&self, _: &[String], user: &str) -> bool {
            user == "U0BOB"
        }

        fn is_administrator(&self) -> bool {
            false
        }
    }

    fn moment<'a>(rules: &'a Rules, caller: &'a Caller) -> Moment<'a> {
        static KNOWN: std::sync::LazyLock<Known> = std::sync::LazyLock::new(Known::nothing);
        Moment {
            caller,
            rules,
            frozen: &[],
            elevations: &[],
            approvers: &Bob,
            known: &KNOWN,
            untagged: false,
        }
    }

    /// Of several words that a command's calls need, the weightiest is asked for, and only it suffices.
    #[test]
    fn the_weightiest_word_counts() {
        let mut rules = rules(&["*"], &["list", "read", "write", "destructive"], &[]);
        let approval = Approval { approvers: vec!["U0BOB".to_owned()], count: 1 };
        let grant = &mut rules.book.grants[0];
        grant.needs.insert("write".to_owned(), policy::Need::Confirm);
        grant.needs.insert("destructive".to_owned(), policy::Need::Approval(approval));
        let rules = Rules::of(rules.book).expect("rules");
        let delete: &[(&str, CallLevel)] = &[("s3:DeleteObject", CallLevel::Destructive)];
        let approved = |user: &str| Given::Approved(vec![user.to_owned()]);
        let cases = [
            ("ec2 describe-vpcs", &[][..], Given::Nothing, "run"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", &[], Given::Nothing, "confirm"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", &[], Given::Yes, "confirm"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", &[], Given::Confirmed, "run"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", &[], approved("U0BOB"), "run"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", delete, Given::Nothing, "approve"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", delete, Given::Confirmed, "approve"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", delete, approved("U0BOB"), "run"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", delete, approved("U0ALICE"), "approve"),
            ("ec2 create-vpc --cidr-block 10.0.0.0/16", delete, approved("U0MALLORY"), "approve"),
        ];
        for (number, (line, further, given, expected)) in cases.iter().enumerate() {
            let decided = match call(moment(&rules, &caller()), command(line, further), wanted(given)) {
                Ok(_) => "run",
                Err(refused) => match refused.0 {
                    Refusal::NeedsConfirmation(_) => "confirm",
                    Refusal::NeedsApproval(..) => "approve",
                    Refusal::Denied(_) => "denied",
                },
            };
            assert_eq!(decided, *expected, "case {number}");
        }
    }

    #[test]
    fn a_dry_run_asks_and_does_nothing_else() {
        let rules = rules(&["*"], &["list", "write"], &["ec2:TerminateInstances"]);
        let ask =
            |line: &str| dry_run(moment(&rules, &caller()), command(line, &[]), wanted(&Given::Nothing));
        let Ok((asked, _)) = ask("ec2 stop-instances --instance-ids i-1 --no-dry-run") else {
            panic!("allowed")
        };
        assert_eq!(asked.what().invocation.call.params.get("DryRun"), Some(&Value::Bool(true)));
        assert!(matches!(ask("s3api create-bucket --bucket b"), Err(None)), "there is none");
        assert!(matches!(ask("ec2 terminate-instances --instance-ids i-1"), Err(Some(_))));
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
            let decided = call(
                moment(rules, &caller()),
                command("ec2 describe-vpcs", further),
                wanted(&Given::Nothing),
            );
            assert_eq!(decided.is_ok(), *allowed, "case {number}");
        }
    }

    #[test]
    fn another_region_that_a_command_reads_from_must_be_allowed_too() {
        let rules = rules(&["*"], &["list", "read", "data", "write"], &[]);
        for (region, allowed) in [("eu-west-1", true), ("us-east-1", false)] {
            let line = format!("s3 cp s3://a/k s3://b/k --source-region {region}");
            let decided = call(moment(&rules, &caller()), command(&line, &[]), wanted(&Given::Nothing));
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
