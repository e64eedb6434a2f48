//! What must hold for any rules and any question.

use std::collections::BTreeMap;
use std::time::Instant;

use policy::{
    Account, Actor, ActorKind, Approval, Decision, Deny, Grant, Groups, Level, Levels, Need, Place,
    PlaceKind, Policy, Question, Rulebook, Subjects, decide,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const USERS: [&str; 2] = ["U0A", "U0B"];
const GROUPS: [&str; 2] = ["S0A", "S0B"];
const CHANNELS: [&str; 2] = ["C0A", "C0B"];
/// Ten of the two hundred groups that the large set of rules knows.
const GROUP_NAMES: [&str; 10] = ["S3", "S17", "S33", "S64", "S77", "S90", "S111", "S130", "S150", "S199"];
const NAMES: [&str; 3] = ["one", "two", "three"];
const PATTERNS: [&str; 5] = ["*", "ec2:*", "ec2:Describe*", "*:List*", "s3:Get?bject"];
const ACTIONS: [&str; 5] =
    ["ec2:DescribeInstances", "ec2:StopInstances", "s3:GetObject", "sqs:ListQueues", "bellhop:find"];
const LEVELS: [&str; 3] = ["list", "read", "write"];

fn accounts() -> Vec<Account> {
    let account = |(number, name): (usize, &&str)| {
        let mut account =
            Account::new(name, &format!("arn:aws:iam::11111111111{number}:role/Bellhop"), &["us-east-1"]);
        account.labels.insert("number".to_owned(), format!("{}", number % 2));
        account
    };
    NAMES.iter().enumerate().map(account).collect()
}

fn some(all: &'static [&'static str], least: usize) -> impl Strategy<Value = Vec<String>> {
    subsequence(all, least..=all.len()).prop_map(|found| found.into_iter().map(str::to_owned).collect())
}

fn subjects() -> impl Strategy<Value = Subjects> {
    (some(&USERS, 1), some(&GROUPS, 0), some(&CHANNELS, 0), any::<bool>()).prop_map(
        |(users, usergroups, channels, everyone)| Subjects {
            users,
            usergroups,
            channels,
            everyone,
            admins: false,
        },
    )
}

fn need() -> impl Strategy<Value = Need> {
    let approval =
        (1_u32..3).prop_map(|count| Need::Approval(Approval { approvers: vec!["S0A".to_owned()], count }));
    prop_oneof![Just(Need::Nothing), Just(Need::Confirm), approval]
}

fn grant() -> impl Strategy<Value = Grant> {
    let needs = proptest::collection::btree_map(select(&LEVELS[..]).prop_map(str::to_owned), need(), 0..2);
    let parts = (
        subjects(),
        some(&NAMES, 1),
        some(&PATTERNS, 1),
        some(&LEVELS, 1),
        some(&CHANNELS, 0),
        needs,
        -1_i64..2,
    );
    parts.prop_map(|(subjects, accounts, allow, levels, in_channels, needs, priority)| Grant {
        place: String::new(),
        subjects,
        accounts,
        labels: BTreeMap::new(),
        allow,
        levels,
        in_channels,
        priority,
        needs,
        ..Grant::default()
    })
}

fn deny() -> impl Strategy<Value = Deny> {
    let parts = (subjects(), some(&NAMES, 0), some(&PATTERNS, 0), some(&LEVELS, 0), some(&CHANNELS, 0));
    parts.prop_map(|(subjects, accounts, allow, levels, in_channels)| Deny {
        place: String::new(),
        subjects,
        accounts,
        labels: BTreeMap::new(),
        allow,
        levels,
        in_channels,
        workspaces: Vec::new(),
    })
}

fn sound(grants: &[Grant], denies: &[Deny]) -> Policy {
    let book = Rulebook {
        accounts: accounts(),
        grants: grants.to_vec(),
        denies: denies.to_vec(),
        ..confirming(Levels::NONE)
    };
    Policy::new(&book).expect("sound")
}

fn confirming(confirm: Levels) -> Rulebook {
    Rulebook { confirm, ..Rulebook::default() }
}

#[derive(Debug, Clone)]
struct Asked {
    user: &'static str,
    kind: ActorKind,
    groups: Vec<&'static str>,
    channel: &'static str,
    action: &'static str,
    level: Level,
    account: Option<&'static str>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let kinds = [ActorKind::Member, ActorKind::Guest, ActorKind::Bot, ActorKind::Stranger];
    let levels = [Level::List, Level::Read, Level::Write];
    (
        select(&USERS[..]),
        select(kinds.to_vec()),
        subsequence(GROUPS.to_vec(), 0..=2),
        select(&CHANNELS[..]),
        select(&ACTIONS[..]),
        select(levels.to_vec()),
        proptest::option::of(select(&NAMES[..])),
    )
        .prop_map(|(user, kind, groups, channel, action, level, account)| Asked {
            user,
            kind,
            groups,
            channel,
            action,
            level,
            account,
        })
}

impl Asked {
    fn of(&self, policy: &Policy, account: Option<&str>) -> Decision {
        let groups = Groups::listed(&self.groups);
        let actor = Actor { kind: self.kind, groups, ..Actor::member("T0", self.user) };
        let place = Place { team: "T0", channel: self.channel, kind: PlaceKind::Channel };
        decide(policy, &Question { account, ..Question::new(actor, place, self.action, self.level) })
    }
}

/// More is freer.
fn freedom(decision: &Decision) -> i64 {
    match decision {
        Decision::Deny(_) => i64::MIN,
        Decision::NeedsApproval(_, approval) => -i64::from(approval.count),
        Decision::Confirm(_) => 1,
        Decision::Run(_) => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn adding_a_deny_never_widens(
        grants in proptest::collection::vec(grant(), 0..6), denies in proptest::collection::vec(deny(), 0..3),
        more in deny(), asked in asked(),
    ) {
        let before = sound(&grants, &denies);
        let denies: Vec<Deny> = denies.into_iter().chain([more]).collect();
        let after = sound(&grants, &denies);
        prop_assert!(freedom(&asked.of(&after, asked.account)) <= freedom(&asked.of(&before, asked.account)));
    }

    #[test]
    fn removing_a_grant_only_narrows(
        mut grants in proptest::collection::vec(grant(), 1..6), denies in proptest::collection::vec(deny(), 0..3),
        asked in asked(), which in any::<prop::sample::Index>(),
    ) {
        let before = sound(&grants, &denies);
        grants.remove(which.index(grants.len()));
        let after = sound(&grants, &denies);
        // Without an account named the choice may fall on another one: what is allowed there was allowed before.
        let now = asked.of(&after, asked.account);
        let chosen = now.permit().map(|permit| permit.account.clone());
        prop_assert!(freedom(&now) <= freedom(&asked.of(&before, chosen.as_deref().or(asked.account))));
    }

    #[test]
    fn a_pattern_less_only_narrows(
        mut grants in proptest::collection::vec(grant(), 1..6), asked in asked(), which in any::<prop::sample::Index>(),
    ) {
        let before = sound(&grants, &[]);
        let number = which.index(grants.len());
        let grant = &mut grants[number];
        if grant.allow.len() > 1 {
            grant.allow.pop();
        }
        let after = sound(&grants, &[]);
        let now = asked.of(&after, asked.account);
        let chosen = now.permit().map(|permit| permit.account.clone());
        prop_assert!(freedom(&now) <= freedom(&asked.of(&before, chosen.as_deref().or(asked.account))));
    }

    #[test]
    fn outsiders_run_only_what_names_them(grants in proptest::collection::vec(grant(), 0..6), asked in asked()) {
        let policy = sound(&grants, &[]);
        let named = grants.iter().any(|grant| grant.subjects.users.iter().any(|user| user == asked.user));
        if asked.kind != ActorKind::Member && !named {
            prop_assert!(matches!(asked.of(&policy, asked.account), Decision::Deny(_)));
        }
    }

    #[test]
    fn any_rules_and_any_question_are_answered(
        texts in proptest::collection::vec(".{0,20}", 8), question in proptest::collection::vec(".{0,30}", 6),
    ) {
        let grant = Grant {
            subjects: Subjects { users: vec![texts[0].clone()], everyone: true, ..Subjects::default() },
            accounts: vec![texts[1].clone()], allow: vec![texts[2].clone()], levels: vec![texts[3].clone()],
            role: Some(texts[4].clone()), in_channels: vec![texts[5].clone()], ..Grant::default()
        };
        let strange = Account::new(&texts[6], &texts[7], &[&texts[1]]);
        let book = Rulebook { accounts: vec![strange], grants: vec![grant], ..Rulebook::default() };
        if let Err(faults) = Policy::new(&book) {
            prop_assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
        }
        let open = Grant {
            subjects: Subjects { everyone: true, ..Subjects::default() }, accounts: vec!["one".to_owned()],
            allow: vec!["*".to_owned()], levels: Level::all().map(|level| level.to_string()).collect(), ..Grant::default()
        };
        let book = Rulebook { accounts: accounts(), grants: vec![open], ..confirming(Levels::ALL) };
        let policy = Policy::new(&book).expect("sound");
        let actor = Actor::member(&question[0], &question[1]);
        let place = Place { team: &question[0], channel: &question[2], kind: PlaceKind::Direct };
        let account = Some(question[4].as_str()).filter(|name| !name.is_empty());
        let asked = Question { account, region: Some(&question[5]), ..Question::new(actor, place, &question[3], Level::Data) };
        if let Decision::Deny(reason) = decide(&policy, &asked) {
            prop_assert!(!reason.to_string().is_empty());
        }
    }
}

#[expect(clippy::print_stderr, reason = "the figure is for whoever runs it by hand")]
/// Not a timed test: prints what a decision takes, for whoever asks with `--nocapture`.
#[test]
fn ten_thousand_grants_are_no_obstacle() {
    let grant = |number: usize| Grant {
        subjects: Subjects {
            users: (0..9).map(|user| format!("U{}", number * 9 + user)).collect(),
            usergroups: vec![format!("S{}", number % 200)],
            ..Subjects::default()
        },
        accounts: vec![NAMES[number % 3].to_owned()],
        allow: vec![format!("s{}:*", number % 300), "ec2:Describe*".to_owned()],
        levels: vec!["list".to_owned(), "read".to_owned()],
        ..Grant::default()
    };
    let grants: Vec<Grant> = (0..10_000).map(grant).collect();
    let policy = sound(&grants, &[]);
    let asked = |user: &'static str, action| Asked {
        user,
        kind: ActorKind::Member,
        groups: GROUP_NAMES.to_vec(),
        channel: "C0A",
        action,
        level: Level::List,
        account: None,
    };
    for (asked, runs) in
        [(asked("U12345", "ec2:DescribeInstances"), true), (asked("U12345", "kms:ListKeys"), false)]
    {
        let start = Instant::now();
        for _ in 0..1_000 {
            assert_eq!(asked.of(&policy, None).permit().is_some(), runs);
        }
        eprintln!("{:?} a decision", start.elapsed() / 1_000);
    }
}
