//! Every kind of subject × place × account × action, with and without a deny, as one reviewed table, and the
//! sentences that go with refusals.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy::{
    Account, Actor, ActorKind, Approval, Decision, Deny, Grant, Groups, Level, Levels, Need, Place,
    PlaceKind, Policy, Question, Rulebook, Subjects, decide,
};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn accounts() -> Vec<Account> {
    let production =
        Account::new("production", "arn:aws:iam::111111111111:role/Bellhop", &["us-east-1", "eu-west-1"]);
    let mut staging = Account::new("staging", "arn:aws:iam::222222222222:role/Bellhop", &["eu-west-1"]);
    staging.labels.insert("environment".to_owned(), "dev".to_owned());
    vec![production, staging]
}

fn grants() -> Vec<Grant> {
    let alice = Grant {
        subjects: Subjects { users: texts(&["U0ALICE"]), ..Subjects::default() },
        accounts: texts(&["production"]),
        allow: texts(&["ec2:*", "s3:List*"]),
        levels: texts(&["list", "read", "write"]),
        ..Grant::default()
    };
    let approval = Need::Approval(Approval { approvers: texts(&["S0LEADS"]), count: 1 });
    let sre = Grant {
        subjects: Subjects { usergroups: texts(&["S0SRE"]), ..Subjects::default() },
        accounts: texts(&["staging", "production"]),
        allow: texts(&["*"]),
        levels: texts(&["list", "read", "write", "destructive", "permissions"]),
        in_channels: texts(&["C0OPS", "direct"]),
        needs: BTreeMap::from([("write".to_owned(), Need::Confirm), ("destructive".to_owned(), approval)]),
        ..Grant::default()
    };
    let channel = Grant {
        place: "bellhop.toml line 40".to_owned(),
        subjects: Subjects { channels: texts(&["C0OPS"]), ..Subjects::default() },
        labels: BTreeMap::from([("environment".to_owned(), "dev".to_owned())]),
        allow: texts(&["EC2:describe*"]),
        levels: texts(&["list", "read"]),
        ..Grant::default()
    };
    let everyone = Grant {
        subjects: Subjects { everyone: true, ..Subjects::default() },
        accounts: texts(&["staging"]),
        allow: texts(&["*:List*"]),
        levels: texts(&["list"]),
        ..Grant::default()
    };
    let guest = Grant {
        subjects: Subjects { users: texts(&["U0GUEST", "U0ROBOT", "W0OTHER"]), ..Subjects::default() },
        accounts: texts(&["staging"]),
        allow: texts(&["ec2:DescribeInstances"]),
        levels: texts(&["list"]),
        ..Grant::default()
    };
    vec![alice, sre, channel, everyone, guest]
}

fn denies() -> Vec<Deny> {
    let contractor = Deny {
        subjects: Subjects { users: texts(&["U0CONTRACTOR"]), ..Subjects::default() },
        allow: texts(&["iam:*"]),
        ..Deny::default()
    };
    let sre_in_production = Deny {
        place: "bellhop.toml line 60".to_owned(),
        subjects: Subjects { usergroups: texts(&["S0SRE"]), ..Subjects::default() },
        accounts: texts(&["production"]),
        levels: texts(&["destructive"]),
        ..Deny::default()
    };
    let nobody_here = Deny { allow: texts(&["s3:*"]), in_channels: texts(&["C0LOBBY"]), ..Deny::default() };
    vec![contractor, sre_in_production, nobody_here]
}

const SRE: &[&str] = &["S0SRE"];
/// Name in the table, user id, kind, usergroups, channels.
type Somebody = (&'static str, &'static str, ActorKind, &'static [&'static str], &'static [&'static str]);
const ACTORS: [Somebody; 11] = [
    ("alice", "U0ALICE", ActorKind::Member, &[], &[]),
    ("bob in sre", "U0BOB", ActorKind::Member, SRE, &[]),
    ("alice in sre", "U0ALICE", ActorKind::Member, SRE, &[]),
    ("contractor in sre", "U0CONTRACTOR", ActorKind::Member, SRE, &[]),
    ("member of #ops", "U0CAROL", ActorKind::Member, &[], &["C0OPS"]),
    ("any member", "U0DAVE", ActorKind::Member, &[], &[]),
    ("named guest in sre", "U0GUEST", ActorKind::Guest, SRE, &["C0OPS"]),
    ("named bot", "U0ROBOT", ActorKind::Bot, &[], &[]),
    ("named stranger", "W0OTHER", ActorKind::Stranger, &[], &[]),
    ("unnamed guest in sre", "U0GHOST", ActorKind::Guest, SRE, &["C0OPS"]),
    ("unnamed stranger in sre", "W0GHOST", ActorKind::Stranger, SRE, &["C0OPS"]),
];
const PLACES: [(&str, &str, PlaceKind); 3] = [
    ("#ops", "C0OPS", PlaceKind::Channel),
    ("#lobby", "C0LOBBY", PlaceKind::Channel),
    ("direct", "D0SOMEBODY", PlaceKind::Direct),
];
const ACCOUNTS: [Option<&str>; 3] = [None, Some("production"), Some("222222222222")];
const ACTIONS: [(&str, Level); 8] = [
    ("ec2:DescribeInstances", Level::List),
    ("s3:ListAllMyBuckets", Level::List),
    ("s3:GetBucketAcl", Level::Read),
    ("s3:GetObject", Level::Data),
    ("ec2:StopInstances", Level::Write),
    ("ec2:TerminateInstances", Level::Destructive),
    ("iam:CreateUser", Level::Permissions),
    ("iam:CreateAccessKey", Level::Secret),
];

fn book(accounts: Vec<Account>, grants: &[Grant], denies: &[Deny]) -> Rulebook {
    let (grants, denies) = (grants.to_vec(), denies.to_vec());
    Rulebook { accounts, grants, denies, confirm: Levels::NONE, ..Rulebook::default() }
}

fn sound(grants: &[Grant], denies: &[Deny]) -> Policy {
    Policy::new(&book(accounts(), grants, denies)).expect("sound rules")
}

fn cell(decision: &Decision) -> String {
    let to = |word: &str| {
        decision.permit().map_or_else(String::new, |permit| format!("{word} {}", &permit.account[..4]))
    };
    match decision {
        Decision::Run(_) => to("run"),
        Decision::Confirm(_) => to("confirm"),
        Decision::NeedsApproval(..) => to("approve"),
        Decision::Deny(policy::Reason::Forbidden { .. }) => "DENIED".to_owned(),
        Decision::Deny(policy::Reason::Outsider(_)) => "outsider".to_owned(),
        Decision::Deny(_) => "-".to_owned(),
    }
}

fn matrix(policy: &Policy) -> String {
    let mut table = format!("{:24}{:8}{:14}", "who", "where", "account");
    for (action, level) in ACTIONS {
        let (_, name) = action.split_once(':').unwrap_or(("", action));
        let _ = write!(table, "{:19}", format!("{}/{level}", &name[..name.len().min(6)]));
    }
    for (who, user, kind, usergroups, channels) in ACTORS {
        for (place, channel, place_kind) in PLACES {
            for account in ACCOUNTS {
                let _ = write!(table, "\n{who:24}{place:8}{:14}", account.unwrap_or("(none named)"));
                for (action, level) in ACTIONS {
                    let groups = [usergroups, channels].concat();
                    let actor = Actor { kind, groups: Groups::listed(&groups), ..Actor::member("T0", user) };
                    let place = Place { team: "T0", channel, kind: place_kind };
                    let question = Question { account, ..Question::new(actor, place, action, level) };
                    let _ = write!(table, "{:19}", cell(&decide(policy, &question)));
                }
            }
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn golden_matrix() {
    let policy = sound(&grants(), &[]);
    insta::assert_snapshot!("matrix_without_denies", matrix(&policy));
    let policy = sound(&grants(), &denies());
    insta::assert_snapshot!("matrix_with_denies", matrix(&policy));
}

/// One question in few words.
#[expect(clippy::too_many_arguments, reason = "a case is one line this way")]
fn ask(
    policy: &Policy,
    user: &str,
    groups: &[&str],
    channel: &str,
    action: &str,
    level: Level,
    account: Option<&str>,
    region: Option<&str>,
) -> Decision {
    let kind = if user.starts_with("U0G") { ActorKind::Guest } else { ActorKind::Member };
    let actor = Actor { kind, groups: Groups::listed(groups), ..Actor::member("T0", user) };
    let place = Place { team: "T0", channel, kind: PlaceKind::Channel };
    decide(policy, &Question { account, region, ..Question::new(actor, place, action, level) })
}

#[test]
fn refusals_say_why_and_what_would_be_needed() {
    let policy = sound(&grants()[..3], &denies());
    let stop = ("ec2:StopInstances", Level::Write);
    let cases = [
        ask(&policy, "U0DAVE", &[], "C0LOBBY", stop.0, stop.1, None, None),
        ask(&policy, "U0DAVE", &[], "C0LOBBY", stop.0, stop.1, Some("production"), None),
        ask(&policy, "U0BOB", SRE, "C0LOBBY", stop.0, stop.1, None, None),
        ask(&policy, "U0ALICE", &[], "C0LOBBY", "rds:DescribeDBInstances", Level::List, None, None),
        ask(&policy, "U0ALICE", &[], "C0LOBBY", "ec2:TerminateInstances", Level::Destructive, None, None),
        ask(&policy, "U0ALICE", &[], "C0LOBBY", stop.0, stop.1, Some("staging"), None),
        ask(&policy, "U0ALICE", &[], "C0LOBBY", stop.0, stop.1, Some("prod"), None),
        ask(&policy, "U0ALICE", &[], "C0LOBBY", stop.0, stop.1, None, Some("ap-south-1")),
        ask(&policy, "U0CONTRACTOR", SRE, "C0OPS", "iam:ListUsers", Level::List, None, None),
        ask(&policy, "U0GHOST", SRE, "C0OPS", "iam:ListUsers", Level::List, None, None),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|decision| match decision {
            Decision::Deny(reason) => reason.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_role_follows_priority_and_a_tie_is_refused() {
    let mut rules = grants();
    rules.truncate(1);
    rules.push(Grant { role: Some("Ops".to_owned()), ..rules[0].clone() });
    let role = |rules: &[Grant]| {
        let policy = sound(rules, &[]);
        match ask(
            &policy,
            "U0ALICE",
            &[],
            "C0LOBBY",
            "ec2:StopInstances",
            Level::Write,
            None,
            Some("eu-west-1"),
        ) {
            Decision::Run(permit) => format!("{} by {}", permit.role_arn, permit.grant),
            Decision::Deny(reason) => reason.to_string(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(role(&rules), "arn:aws:iam::111111111111:role/Ops by grant 2");
    rules[0].priority = 1;
    assert_eq!(role(&rules), "arn:aws:iam::111111111111:role/Bellhop by grant 1");
    rules[0].role = Some("arn:aws:iam::111111111111:role/Other".to_owned());
    assert_eq!(role(&rules), "arn:aws:iam::111111111111:role/Other by grant 1");
    rules[1].priority = 1;
    let faults = Policy::new(&book(accounts(), &rules, &[])).expect_err("a tie");
    assert_eq!(
        faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["grant 2: names role \"arn:aws:iam::111111111111:role/Ops\" and grant 1 names role \
          \"arn:aws:iam::111111111111:role/Other\" for calls on account \"production\" that both allow; give them \
          different priorities"]
    );
}

#[test]
fn the_least_demanding_grant_counts_and_a_default_can_be_set() {
    let mut rules = grants();
    rules.truncate(2);
    let stop = |policy: &Policy, user| {
        ask(policy, user, SRE, "C0OPS", "ec2:StopInstances", Level::Write, Some("production"), None)
    };
    let policy = sound(&rules, &[]);
    assert!(matches!(stop(&policy, "U0BOB"), Decision::Confirm(_)));
    assert!(matches!(stop(&policy, "U0ALICE"), Decision::Run(_)));
    let confirm = Levels::NONE.with(Level::Write);
    let confirming = |rules: &[Grant]| Rulebook { confirm, ..book(accounts(), rules, &[]) };
    let policy = Policy::new(&confirming(&rules)).expect("sound rules");
    assert!(matches!(stop(&policy, "U0ALICE"), Decision::Confirm(_)));
    rules[0].needs.insert("write".to_owned(), Need::Nothing);
    let policy = Policy::new(&confirming(&rules)).expect("sound rules");
    assert!(matches!(stop(&policy, "U0ALICE"), Decision::Run(_)));
}

#[test]
fn every_fault_is_reported() {
    let accounts = vec![
        Account::new("production", "arn:aws:iam::111111111111:role/Bellhop", &["us-east-1"]),
        Account::new("production", "Bellhop", &[]),
        Account::new("all", "arn:aws:iam::111111111111:role/Bellhop", &["us-east-1"]),
    ];
    let grants = [
        Grant::default(),
        Grant {
            place: "bellhop.toml line 12".to_owned(),
            subjects: Subjects {
                users: texts(&["alice", "U0ALICE"]),
                usergroups: texts(&["U0ALICE"]),
                channels: texts(&["#ops"]),
                everyone: false,
                admins: false,
            },
            accounts: texts(&["prod"]),
            allow: texts(&["ec2", "ec2:*"]),
            levels: texts(&["list", "admin"]),
            in_channels: texts(&["direct", "general"]),
            needs: BTreeMap::from([
                ("writes".to_owned(), Need::Confirm),
                ("write".to_owned(), Need::Approval(Approval { approvers: vec![], count: 1 })),
            ]),
            ..Grant::default()
        },
        Grant {
            subjects: Subjects { everyone: true, ..Subjects::default() },
            accounts: texts(&["production"]),
            labels: BTreeMap::from([("team".to_owned(), "web".to_owned())]),
            allow: texts(&["*"]),
            levels: texts(&["list"]),
            ..Grant::default()
        },
        Grant {
            subjects: Subjects { everyone: true, ..Subjects::default() },
            accounts: texts(&["production"]),
            allow: texts(&["*"]),
            levels: texts(&["list"]),
            role: Some("arn:aws:iam::999999999999:role/Other".to_owned()),
            ..Grant::default()
        },
    ];
    let denies = [Deny::default(), Deny { allow: texts(&["iam"]), ..Deny::default() }];
    let faults = Policy::new(&book(accounts, &grants, &denies)).expect_err("nothing of this is sound");
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"));
}
