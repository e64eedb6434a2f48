//! Rules and questions at random, from few names, so that they often meet.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::{
    Account, ActorKind, Approval, Argument, Ceiling, Deny, Elevation, Freeze, Grant, Level, Limits,
    Memberships, Need, Policy, Rulebook, Subjects,
};

const USERS: [&str; 2] = ["U0A", "U0B"];
pub(super) const GROUPS: [&str; 4] = ["S0A", "S0B", "C0A", "C0B"];
const PLACES: [&str; 3] = ["C0A", "C0B", "direct"];
const TEAMS: [&str; 2] = ["T0A", "T0B"];
const NAMES: [&str; 3] = ["one", "two", "three"];
const IDS: [&str; 5] = ["one", "two", "111111111110", "111111111111", "nowhere"];
const PATTERNS: [&str; 9] = [
    "*",
    "ec2:*",
    "ec2:Describe*",
    "EC2:describeInstances",
    "*:List*",
    "s3:Get?bject",
    "sqs:ListQueues",
    "ec2:St?p*",
    "e*:*Instances",
];
const ACTIONS: [&str; 7] = [
    "ec2:DescribeInstances",
    "ec2:StopInstances",
    "s3:GetObject",
    "sqs:ListQueues",
    "bellhop:find",
    "nothing",
    "ec2:é:x",
];
const LEVELS: [&str; 3] = ["list", "write", "permissions"];
const TITLES: [&str; 2] = ["first", "second"];

fn some(all: &'static [&'static str], least: usize) -> impl Strategy<Value = Vec<String>> {
    subsequence(all, least..=all.len()).prop_map(|found| found.into_iter().map(str::to_owned).collect())
}

/// Usually nothing.
fn seldom(all: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop_oneof![3 => Just(Vec::new()), 1 => some(all, 1)]
}

fn subjects() -> impl Strategy<Value = Subjects> {
    (seldom(&USERS), some(&GROUPS, 0), prop::bool::weighted(0.2), prop::bool::weighted(0.2)).prop_map(
        |(users, groups, everyone, admins)| {
            let (channels, usergroups) = groups.into_iter().partition(|id| id.starts_with('C'));
            Subjects { users, usergroups, channels, everyone, admins }
        },
    )
}

fn arguments() -> impl Strategy<Value = BTreeMap<String, Vec<String>>> {
    let rule = select(vec![
        ("--region", "eu-*"),
        ("--region", "us-east-1"),
        ("--size", "small"),
        ("--size", "s*"),
        ("--ids", "tag:team=web"),
    ]);
    let rules = proptest::collection::vec(rule, 1..3);
    let rules = rules.prop_map(|rules| {
        rules.into_iter().map(|(option, value)| (option.to_owned(), vec![value.to_owned()])).collect()
    });
    prop_oneof![2 => Just(BTreeMap::new()), 1 => rules]
}

fn need() -> impl Strategy<Value = Need> {
    let approval =
        (1_u32..3).prop_map(|count| Need::Approval(Approval { approvers: vec!["S0A".to_owned()], count }));
    prop_oneof![Just(Need::Nothing), Just(Need::Confirm), approval]
}

fn grant() -> impl Strategy<Value = Grant> {
    let needs = proptest::collection::btree_map(select(&LEVELS[..]).prop_map(str::to_owned), need(), 0..2);
    let role = prop_oneof![6 => Just(None), 1 => Just(Some("One")), 1 => Just(Some("Bellhop"))];
    let first = (subjects(), some(&NAMES, 1), some(&PATTERNS, 1), some(&LEVELS, 1), seldom(&PLACES));
    let second = (seldom(&TEAMS), arguments(), needs, -2_i64..2, role, prop::bool::weighted(0.1));
    (first, second).prop_map(
        |(
            (subjects, accounts, allow, levels, in_channels),
            (workspaces, arguments, needs, priority, role, yes),
        )| Grant {
            subjects: if subjects.is_empty() { Subjects { everyone: true, ..subjects } } else { subjects },
            accounts,
            allow,
            levels,
            in_channels,
            workspaces,
            arguments,
            needs,
            priority,
            role: role.map(str::to_owned),
            yes,
            ..Grant::default()
        },
    )
}

fn deny() -> impl Strategy<Value = Deny> {
    let parts = (
        subjects(),
        seldom(&NAMES),
        some(&PATTERNS[1..], 1),
        seldom(&LEVELS),
        seldom(&PLACES),
        seldom(&TEAMS),
    );
    parts.prop_map(|(subjects, accounts, allow, levels, in_channels, workspaces)| Deny {
        subjects,
        accounts,
        allow,
        levels,
        in_channels,
        workspaces,
        ..Deny::default()
    })
}

/// Rules that `Policy::new` takes: of grants that tie with an earlier one none is left.
pub(super) fn book() -> impl Strategy<Value = Rulebook> {
    let grants =
        prop_oneof![proptest::collection::vec(grant(), 0..8), proptest::collection::vec(grant(), 60..140)];
    let store = proptest::collection::vec(grant(), 0..4);
    let ceiling = (some(&NAMES, 1), some(&PATTERNS, 1), some(&LEVELS, 1), seldom(&PLACES));
    let denies = proptest::collection::vec(deny(), 0..3);
    (grants, store, proptest::option::of(ceiling), denies).prop_map(
        |(grants, store_grants, ceiling, denies)| {
            let ceiling = ceiling.map(|(accounts, allow, levels, in_channels)| Ceiling {
                accounts,
                allow,
                levels,
                in_channels,
                ..Ceiling::default()
            });
            let account = |(number, name): (usize, &&str)| {
                let role = format!("arn:aws:iam::11111111111{}:role/Bellhop", number % 2);
                Account::new(
                    name,
                    &role,
                    if number == 1 { &["eu-west-1"] } else { &["us-east-1", "eu-west-1"] },
                )
            };
            let mut book = Rulebook {
                accounts: NAMES.iter().enumerate().map(account).collect(),
                grants,
                denies,
                ceiling,
                store_grants,
                ..Rulebook::default()
            };
            let (file, store) = (&mut book.grants, &mut book.store_grants);
            for (number, grant) in file.iter_mut().chain(store).enumerate() {
                grant.place = format!("grant {number}");
                // Two of them must be asked for.
                if let Some(title) = TITLES.get(number) {
                    let approval = Approval { approvers: vec!["S0A".to_owned()], count: 1 };
                    grant.name = (*title).to_owned();
                    grant.request = Some(Elevation { approval, longest_seconds: 600 });
                }
            }
            while let Err(faults) = Policy::new(&book) {
                book.grants.retain(|grant| faults.iter().all(|fault| fault.rule.as_str() != grant.place));
            }
            book
        },
    )
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) user: &'static str,
    pub(super) kind: ActorKind,
    pub(super) admin: bool,
    pub(super) teams: (&'static str, &'static str),
    pub(super) channel: &'static str,
    pub(super) direct: bool,
    pub(super) action: &'static str,
    pub(super) level: Level,
    pub(super) account: Option<&'static str>,
    pub(super) region: Option<&'static str>,
    pub(super) arguments: Vec<Argument>,
    pub(super) tag_keys: Vec<String>,
    pub(super) frozen: Vec<Freeze>,
    pub(super) untagged: bool,
    pub(super) elevations: Vec<String>,
    /// Of each group: whether its list was read, is fresh, and holds the caller.
    pub(super) groups: Vec<(bool, bool, bool)>,
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let kinds = vec![
        ActorKind::Member,
        ActorKind::Member,
        ActorKind::Member,
        ActorKind::Guest,
        ActorKind::Stranger,
        ActorKind::Unknown,
        ActorKind::Deactivated,
    ];
    let levels = vec![Level::List, Level::Write, Level::Permissions, Level::Data];
    let given = |(option, value): (&str, &str)| Argument {
        option: option.to_owned(),
        values: vec![value.to_owned()],
    };
    let argument = select(vec![("--size", "small"), ("--size", "large"), ("--ids", "i-1")]).prop_map(given);
    let who = (
        select(&USERS[..]),
        select(kinds),
        any::<bool>(),
        prop_oneof![3 => Just((TEAMS[0], TEAMS[0])), 1 => (select(&TEAMS[..]), select(&TEAMS[..]))],
        proptest::collection::vec(
            (prop::bool::weighted(0.8), prop::bool::weighted(0.8), any::<bool>()),
            GROUPS.len(),
        ),
        seldom(&TITLES),
    );
    let place = (select(vec!["C0A", "C0B", "D0A"]), any::<bool>());
    let what = (
        select(&ACTIONS[..]),
        select(levels),
        proptest::option::of(select(&IDS[..])),
        proptest::option::of(select(vec!["us-east-1", "eu-west-1", "sa-east-1"])),
        proptest::collection::vec(argument, 0..3),
        any::<bool>(),
    );
    let rest = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (who, place, what, rest).prop_map(
        |((user, kind, admin, teams, groups, elevations), (channel, direct), what, (frozen, tagging))| {
            let (action, level, account, region, arguments, untagged) = what;
            Case {
                user,
                kind,
                admin,
                teams,
                channel,
                direct,
                action,
                level,
                account,
                region,
                arguments,
                untagged,
                elevations,
                groups,
                tag_keys: if tagging { vec!["TEAM".to_owned()] } else { Vec::new() },
                frozen: if frozen { vec![Freeze::default()] } else { Vec::new() },
            }
        },
    )
}

/// A thousand milliseconds are fresh; now is 10,000.
pub(super) fn known(case: &Case) -> Memberships {
    let mut known = Memberships::new(Limits { groups: 1000, users: 1000 });
    known.user(case.teams.0, case.user, case.kind, case.admin, 10_000);
    for (group, (read, fresh, inside)) in GROUPS.iter().zip(&case.groups) {
        let members = if *inside { vec![case.user] } else { Vec::new() };
        if *read {
            known.list(case.teams.0, group, members, if *fresh { 9500 } else { 1 });
        }
    }
    known
}
