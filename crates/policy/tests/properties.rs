//! What must hold for any rules and any question.

use std::collections::BTreeMap;

use policy::{
    Account, Actor, ActorKind, Approval, Argument, Ceiling, Decision, Deny, Grant, Groups, Level, Levels,
    Need, Place, PlaceKind, Policy, Question, Rulebook, Subjects, decide,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const USERS: [&str; 2] = ["U0A", "U0B"];
const GROUPS: [&str; 2] = ["S0A", "S0B"];
const CHANNELS: [&str; 2] = ["C0A", "C0B"];
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

fn ceiling() -> impl Strategy<Value = Ceiling> {
    (some(&NAMES, 1), some(&PATTERNS, 1), some(&LEVELS, 1)).prop_map(|(accounts, allow, levels)| Ceiling {
        accounts,
        allow,
        levels,
        ..Ceiling::default()
    })
}

/// The ceiling as a grant to everybody: what is above it is above every grant of the store.
fn as_grant(ceiling: &Ceiling) -> Grant {
    Grant {
        subjects: Subjects {
            users: USERS.map(str::to_owned).to_vec(),
            everyone: true,
            ..Subjects::default()
        },
        accounts: ceiling.accounts.clone(),
        allow: ceiling.allow.clone(),
        levels: ceiling.levels.clone(),
        ..Grant::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn grants_of_the_store_never_rise_above_the_ceiling(
        store_grants in proptest::collection::vec(grant(), 1..5), ceiling in ceiling(), asked in asked(),
    ) {
        let lid = sound(&[as_grant(&ceiling)], &[]);
        let book = Rulebook { accounts: accounts(), store_grants, ceiling: Some(ceiling), ..Rulebook::default() };
        let policy = Policy::new(&book).expect("sound");
        if let Some(permit) = asked.of(&policy, asked.account).permit() {
            prop_assert!(asked.of(&lid, Some(&permit.account)).permit().is_some());
        }
    }

    #[test]
    fn without_a_ceiling_the_store_gives_nothing(
        grants in proptest::collection::vec(grant(), 0..4), more in proptest::collection::vec(grant(), 1..4), asked in asked(),
    ) {
        let book = Rulebook { accounts: accounts(), grants, ..Rulebook::default() };
        let with = Policy::new(&Rulebook { store_grants: more, ..book.clone() }).expect("sound");
        let without = Policy::new(&book).expect("sound");
        prop_assert_eq!(asked.of(&with, asked.account), asked.of(&without, asked.account));
    }

    #[test]
    fn a_rule_about_an_option_only_narrows(
        mut grants in proptest::collection::vec(grant(), 1..5), asked in asked(), which in any::<prop::sample::Index>(),
        value in "[ab*?]{1,4}", given in proptest::option::of("[ab]{0,4}"),
    ) {
        let before = sound(&grants, &[]);
        let number = which.index(grants.len());
        grants[number].arguments.insert("--option".to_owned(), vec![value]);
        let after = sound(&grants, &[]);
        let argument = given.map(|given| Argument { option: "--option".to_owned(), values: vec![given] });
        let arguments: Vec<Argument> = argument.into_iter().collect();
        let decided = |policy: &Policy, account| {
            let groups = Groups::listed(&asked.groups);
            let actor = Actor { kind: asked.kind, groups, ..Actor::member("T0", asked.user) };
            let place = Place { team: "T0", channel: asked.channel, kind: PlaceKind::Channel };
            let question = Question::new(actor, place, asked.action, asked.level);
            decide(policy, &Question { account, arguments: &arguments, ..question })
        };
        let now = decided(&after, asked.account);
        let chosen = now.permit().map(|permit| permit.account.clone());
        prop_assert!(freedom(&now) <= freedom(&decided(&before, chosen.as_deref().or(asked.account))));
    }

    #[test]
    fn any_rule_about_an_option_is_read_or_refused(
        option in "(--)?[a-z-]{0,6}|.{0,8}", values in proptest::collection::vec("(tag:)?.{0,8}", 0..4),
    ) {
        let arguments = BTreeMap::from([(option, values)]);
        let open = Grant { arguments, ..as_grant(&Ceiling { accounts: vec!["one".to_owned()], allow: vec!["*".to_owned()],
            levels: vec!["list".to_owned()], ..Ceiling::default() }) };
        let book = Rulebook { accounts: accounts(), grants: vec![open], ..Rulebook::default() };
        if let Err(faults) = Policy::new(&book) {
            prop_assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
        }
    }
}
