//! What the rules would say to a line: for tests of a policy, without Slack, store or AWS.
//!
//! Invariant: a command of several calls is judged as the flow judges it: every call must be allowed, at one place, and
//! the weightiest need is told. Delegations and tags are found out only when a call is made, and are not looked at here.

use aws_model::Catalog;
use policy::{Actor, ActorKind, Decision, Groups, Level, Place, PlaceKind, Policy, Question, Reason};

use crate::arguments::{self, Given};
use crate::authorize::level_of;
use crate::command::{self, AwsCommand, Command, NotUnderstood, Spread};
use crate::commands::Access;
use crate::settings::Settings;

/// Whom and where to pretend.
#[derive(Debug, Clone)]
pub struct Pretended<'a> {
    /// Workspace id.
    pub team: &'a str,
    /// User id.
    pub user: &'a str,
    /// Channel id; one that begins with D is a direct message.
    pub channel: &'a str,
    /// How the user belongs to the workspace.
    pub kind: ActorKind,
    /// Whether they are an admin or owner of it.
    pub admin: bool,
    /// Usergroups and channels that they are in.
    pub groups: &'a [&'a str],
    /// Names of grants that were given to them for a while.
    pub elevations: &'a [String],
    /// The account, where the line names none.
    pub account: Option<&'a str>,
}

/// What would be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The command as understood.
    pub command: String,
    /// The action that decided.
    pub action: String,
    /// The decision; `None` for what needs no grant.
    pub decision: Option<Decision>,
}

/// Judges a line.
///
/// # Errors
/// The line means nothing.
pub fn simulate(
    policy: &Policy,
    catalog: &Catalog,
    settings: &Settings,
    who: &Pretended<'_>,
    line: &str,
) -> Result<Simulated, NotUnderstood> {
    Ok(match command::understand(line, catalog, settings)? {
        Command::BuiltIn { entry, .. } => {
            own(policy, settings, who, entry.action(), (entry.name, entry.access))
        }
        Command::Page(page) => Simulated {
            command: page.title,
            ..own(policy, settings, who, "bellhop:help".to_owned(), ("help", Access::Open))
        },
        Command::Script(script) => {
            let judged = script.calls.iter().map(|command| call(policy, who, command));
            let worst = judged.max_by_key(|judged| judged.decision.as_ref().map_or(0, weight));
            let nothing = Simulated { command: String::new(), action: String::new(), decision: None };
            Simulated { command: script.shown.clone(), ..worst.unwrap_or(nothing) }
        }
        Command::Aws(command) | Command::Spread(Spread { command, .. }) => call(policy, who, &command),
    })
}

fn question<'a>(who: &'a Pretended<'_>, action: &'a str, level: Level) -> Question<'a> {
    let direct = who.channel.starts_with('D');
    let kind = if direct { PlaceKind::Direct } else { PlaceKind::Channel };
    let place = Place { team: who.team, channel: who.channel, kind };
    let groups = Groups::listed(who.groups);
    let actor = Actor { kind: who.kind, admin: who.admin, groups, ..Actor::member(who.team, who.user) };
    let actor = Actor { elevations: who.elevations, ..actor };
    Question::new(actor, place, action, level)
}

fn own(
    policy: &Policy,
    settings: &Settings,
    who: &Pretended<'_>,
    action: String,
    (name, access): (&str, Access),
) -> Simulated {
    let free = match access {
        Access::Open => true,
        Access::Granted => false,
        Access::Administrators => {
            let named = |id: &String| id == who.user || who.groups.contains(&id.as_str());
            (settings.workspace_admins && who.admin) || settings.access_admins.iter().any(named)
        }
    };
    let decision = match policy::decide(policy, &question(who, &action, Level::List)) {
        Decision::Deny(Reason::NotGranted(_)) if free => None,
        Decision::Deny(reason) => Some(Decision::Deny(reason)),
        Decision::Run(permit) | Decision::Confirm(permit) | Decision::NeedsApproval(permit, _) => {
            Some(Decision::Run(permit))
        }
    };
    Simulated { command: name.to_owned(), action, decision }
}

fn call(policy: &Policy, who: &Pretended<'_>, command: &AwsCommand) -> Simulated {
    let invocation = &command.invocation;
    let typed = arguments::given(invocation);
    let (mut account, mut region) =
        (command.account.clone().or(who.account.map(str::to_owned)), invocation.globals.region.clone());
    let mut worst: Option<(String, Decision)> = None;
    for (action, level) in invocation.needs() {
        let place = (account.as_deref(), region.as_deref());
        let decision = one(policy, question(who, action, level_of(level)), place, &typed, command.yes);
        if let Some(permit) = decision.permit() {
            (account, region) = (Some(permit.account.clone()), Some(permit.region.clone()));
        }
        let denied = matches!(decision, Decision::Deny(_));
        if worst.as_ref().is_none_or(|(_, before)| weight(before) < weight(&decision)) {
            worst = Some((action.to_owned(), decision));
        }
        if denied {
            break;
        }
    }
    let (action, decision) =
        worst.map_or_else(Default::default, |(action, decision)| (action, Some(decision)));
    Simulated { command: command.shown.clone(), action, decision }
}

fn one(
    policy: &Policy,
    question: Question<'_>,
    (account, region): (Option<&str>, Option<&str>),
    typed: &Given,
    yes: bool,
) -> Decision {
    let (arguments, tag_keys) = (typed.arguments.as_slice(), typed.tag_keys.as_slice());
    match policy::decide(policy, &Question { account, region, arguments, tag_keys, ..question }) {
        Decision::Confirm(permit) if yes && permit.yes => Decision::Run(permit),
        other => other,
    }
}

/// More asks more.
fn weight(decision: &Decision) -> u64 {
    match decision {
        Decision::Run(_) => 0,
        Decision::Confirm(_) => 1,
        Decision::NeedsApproval(_, approval) => 1 + u64::from(approval.count),
        Decision::Deny(_) => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use policy::{Account, Grant, Need, Rulebook, Subjects};

    use super::*;

    fn policy() -> Policy {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let grant = |subjects: Subjects, allow: &[&str], levels: &[&str]| Grant {
            subjects,
            accounts: vec!["dev".to_owned()],
            allow: texts(allow),
            levels: texts(levels),
            ..Grant::default()
        };
        let sre = Subjects { usergroups: texts(&["S0SRE"]), ..Subjects::default() };
        let everyone = Subjects { everyone: true, ..Subjects::default() };
        let arguments = [("--instance-ids".to_owned(), texts(&["i-1*"]))].into();
        let moves = [("write".to_owned(), Need::Nothing)].into();
        let grants = vec![
            Grant { arguments, yes: true, ..grant(sre.clone(), &["ec2:StopInstances"], &["write"]) },
            Grant { needs: moves, ..grant(sre, &["s3:*"], &["list", "read", "data", "write"]) },
            grant(everyone, &["ec2:Describe*"], &["list", "read"]),
        ];
        let accounts = vec![Account::new("dev", "arn:aws:iam::111111111111:role/Bellhop", &["eu-west-1"])];
        Policy::new(&Rulebook { accounts, grants, ..Rulebook::default() }).expect("rules")
    }

    fn word(kind: ActorKind, groups: &[&str], line: &str) -> &'static str {
        let who = Pretended {
            team: "T0",
            user: "U0ALICE",
            channel: "C0OPS",
            kind,
            admin: false,
            groups,
            elevations: &[],
            account: None,
        };
        let judged = simulate(&policy(), &Catalog::embedded(), &Settings::default(), &who, line);
        match judged.expect(line).decision {
            None => "open",
            Some(Decision::Run(_)) => "run",
            Some(Decision::Confirm(_)) => "confirm",
            Some(Decision::NeedsApproval(..)) => "approve",
            Some(Decision::Deny(_)) => "denied",
        }
    }

    #[test]
    fn a_line_is_judged_as_the_flow_judges_it() {
        let sre = &["S0SRE"][..];
        let cases = [
            (ActorKind::Member, &[][..], "ec2 describe-vpcs", "run"),
            (ActorKind::Guest, &[], "ec2 describe-vpcs", "denied"),
            (ActorKind::Guest, sre, "ec2 stop-instances --instance-ids i-1", "denied"),
            (ActorKind::Member, &[], "ec2 stop-instances --instance-ids i-1", "denied"),
            (ActorKind::Member, sre, "ec2 stop-instances --instance-ids i-1", "confirm"),
            (ActorKind::Member, sre, "ec2 stop-instances --instance-ids i-1 --yes", "run"),
            (ActorKind::Member, sre, "ec2 stop-instances --instance-ids i-1 i-2", "denied"),
            // Moving deletes, which is granted to nobody.
            (ActorKind::Member, sre, "s3 cp s3://a/k s3://b/k", "run"),
            (ActorKind::Member, sre, "s3 mv s3://a/k s3://b/k", "denied"),
            (ActorKind::Member, &[], "help", "open"),
        ];
        for (kind, groups, line, expected) in cases {
            assert_eq!(word(kind, groups, line), expected, "{line} as {kind:?} in {groups:?}");
        }
    }
}
