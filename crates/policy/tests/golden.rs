//! The golden matrix: every kind of subject × place × account × level × need, as one table that is reviewed when it
//! changes. Groups come from [`policy::Memberships`], as they do for real.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy::{
    Account, Actor, ActorKind, Approval, Ceiling, Decision, Deny, Elevation, Freeze, Grant, Level, Limits,
    Memberships, Missing, Need, Place, PlaceKind, Policy, Question, Reason, Rulebook, Subjects, decide,
};

/// The moment of all questions, and one that is too long ago; hours after the beginning.
const NOW: i64 = 1000 * 3_600_000;
const LONG_AGO: i64 = 900 * 3_600_000;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn accounts() -> Vec<Account> {
    let account = |name: &str, id: &str| {
        Account::new(name, &format!("arn:aws:iam::{id}:role/Bellhop"), &["us-east-1", "eu-west-1"])
    };
    vec![account("prod", "111111111111"), account("test", "222222222222"), account("cold", "333333333333")]
}

fn grant(place: &str, subjects: Subjects, accounts: &[&str], levels: &[&str]) -> Grant {
    Grant {
        place: place.to_owned(),
        subjects,
        accounts: texts(accounts),
        allow: texts(&["ec2:*"]),
        levels: texts(levels),
        ..Grant::default()
    }
}

fn approval(approvers: &[&str], count: u32) -> Approval {
    Approval { approvers: texts(approvers), count }
}

/// One grant for each kind of subject, with each kind of need.
fn grants() -> Vec<Grant> {
    let users = |ids: &[&str]| Subjects { users: texts(ids), ..Subjects::default() };
    let groups = |ids: &[&str]| Subjects { usergroups: texts(ids), ..Subjects::default() };
    let looking = ["list", "read"];
    let all = Level::all().map(Level::name).collect::<Vec<_>>();
    let needs = |needs: &[(&str, Need)]| {
        needs.iter().map(|(level, need)| ((*level).to_owned(), need.clone())).collect::<BTreeMap<_, _>>()
    };
    vec![
        Grant {
            needs: needs(&[
                ("write", Need::Nothing),
                ("destructive", Need::Approval(approval(&["S0LEADS"], 1))),
            ]),
            ..grant(
                "by user",
                users(&["U0USER"]),
                &["prod", "test", "cold"],
                &["list", "read", "write", "destructive"],
            )
        },
        Grant {
            needs: needs(&[
                ("data", Need::Confirm),
                ("permissions", Need::Approval(approval(&["S0LEADS"], 2))),
                ("secret", Need::Approval(approval(&["U0LEAD"], 1))),
            ]),
            ..grant("by usergroup", groups(&["S0SRE"]), &["prod"], &all)
        },
        grant(
            "by channel",
            Subjects { channels: texts(&["C0OPS"]), ..Subjects::default() },
            &["test"],
            &looking,
        ),
        Grant {
            in_channels: texts(&["C0OPS", "direct"]),
            ..grant(
                "to admins",
                Subjects { admins: true, ..Subjects::default() },
                &["test"],
                &["read", "tagging"],
            )
        },
        Grant {
            workspaces: texts(&["T0HOME"]),
            ..grant("to everyone", Subjects { everyone: true, ..Subjects::default() }, &["test"], &["list"])
        },
        grant(
            "to outsiders by id",
            users(&["U0GUEST", "U0ROBOT", "U0OTHER", "U0GONE"]),
            &["test"],
            &["list"],
        ),
        Grant {
            name: "break-glass".to_owned(),
            request: Some(Elevation { approval: approval(&["S0LEADS"], 1), longest_seconds: 3600 }),
            needs: needs(&[("execute", Need::Nothing)]),
            ..grant(
                "on request",
                users(&["U0CALLED"]),
                &["prod", "cold"],
                &["list", "execute", "permissions"],
            )
        },
    ]
}

fn store_grants() -> Vec<Grant> {
    let subjects = Subjects { users: texts(&["U0SLACK"]), ..Subjects::default() };
    let needs = BTreeMap::from([("write".to_owned(), Need::Nothing)]);
    vec![Grant {
        needs,
        ..grant("made in Slack", subjects, &["prod", "test"], &["list", "read", "write", "permissions"])
    }]
}

fn book() -> Rulebook {
    Rulebook {
        accounts: accounts(),
        grants: grants(),
        denies: vec![Deny {
            place: "no secrets to contractors".to_owned(),
            subjects: Subjects { usergroups: texts(&["S0CONTRACTORS"]), ..Subjects::default() },
            levels: texts(&["secret", "permissions", "destructive"]),
            ..Deny::default()
        }],
        ceiling: Some(Ceiling {
            accounts: texts(&["test"]),
            allow: texts(&["ec2:*", "s3:*"]),
            levels: texts(&["list", "read", "write"]),
            ..Ceiling::default()
        }),
        store_grants: store_grants(),
        ..Rulebook::default()
    }
}

/// Name in the table, user id, workspace, names of grants that are in force.
const PEOPLE: [(&str, &str, &str, &[&str]); 17] = [
    ("named user", "U0USER", "T0HOME", &[]),
    ("in usergroup", "U0SRE", "T0HOME", &[]),
    ("in usergroup, list too old", "U0STALE", "T0HOME", &[]),
    ("contractor in usergroup", "U0CONTRACTOR", "T0HOME", &[]),
    ("in channel", "U0OPS", "T0HOME", &[]),
    ("admin", "U0ADMIN", "T0HOME", &[]),
    ("any member", "U0ANYBODY", "T0HOME", &[]),
    ("may request", "U0CALLED", "T0HOME", &[]),
    ("was given it", "U0CALLED", "T0HOME", &["break-glass"]),
    ("claims it", "U0ANYBODY", "T0HOME", &["break-glass"]),
    ("granted in Slack", "U0SLACK", "T0HOME", &[]),
    ("named guest", "U0GUEST", "T0HOME", &[]),
    ("guest in groups", "U0VISITOR", "T0HOME", &[]),
    ("named bot", "U0ROBOT", "T0HOME", &[]),
    ("named stranger", "U0OTHER", "T0HOME", &[]),
    ("deactivated, named", "U0GONE", "T0HOME", &[]),
    ("member elsewhere", "U0SRE", "T0AWAY", &[]),
];
const PLACES: [(&str, &str, PlaceKind); 3] = [
    ("#ops", "C0OPS", PlaceKind::Channel),
    ("#lobby", "C0LOBBY", PlaceKind::Channel),
    ("direct", "D0SOMEBODY", PlaceKind::Direct),
];

fn memberships() -> Memberships {
    let mut known = Memberships::new(Limits::default());
    for (_, user, team, _) in PEOPLE {
        let kind = match user {
            "U0GUEST" | "U0VISITOR" => ActorKind::Guest,
            "U0ROBOT" => ActorKind::Bot,
            "U0OTHER" => ActorKind::Stranger,
            "U0GONE" => ActorKind::Deactivated,
            _ => ActorKind::Member,
        };
        known.user(team, user, kind, user == "U0ADMIN", NOW);
    }
    known.list("T0HOME", "S0SRE", ["U0SRE", "U0CONTRACTOR", "U0VISITOR"], NOW);
    known.list("T0HOME", "S0CONTRACTORS", ["U0CONTRACTOR"], NOW);
    known.list("T0HOME", "C0OPS", ["U0OPS", "U0VISITOR"], NOW);
    known.list("T0AWAY", "S0SRE", ["U0SRE"], NOW);
    known.list("T0AWAY", "S0CONTRACTORS", [], NOW);
    known
}

/// The same, but the list of S0SRE is old and still holds U0STALE.
fn stale() -> Memberships {
    let mut known = memberships();
    known.list("T0HOME", "S0SRE", ["U0STALE"], LONG_AGO);
    known
}

fn cell(decision: &Decision) -> String {
    match decision {
        Decision::Run(_) => "run".to_owned(),
        Decision::Confirm(_) => "confirm".to_owned(),
        Decision::NeedsApproval(_, approval) => {
            format!("{} of {}", approval.count, approval.approvers.join(" "))
        }
        Decision::Deny(Reason::Forbidden { .. }) => "DENIED".to_owned(),
        Decision::Deny(Reason::Frozen { .. }) => "FROZEN".to_owned(),
        Decision::Deny(Reason::Outsider(_)) => "outsider".to_owned(),
        Decision::Deny(Reason::NotGranted(missed)) => match missed.missing {
            Missing::Stale(_) => "stale",
            Missing::Request(_) => "request",
            Missing::Ceiling => "ceiling",
            _ => "-",
        }
        .to_owned(),
        Decision::Deny(reason) => panic!("{reason}"),
    }
}

fn matrix() -> String {
    let policy = Policy::new(&book()).expect("sound rules");
    let (fresh, old) = (memberships(), stale());
    let frozen = [Freeze { account: Some("cold".to_owned()), why: String::new() }];
    let mut table = format!("{:28}{:8}{:6}", "who", "where", "on");
    for level in Level::all() {
        let _ = write!(table, "{:14}", level.name());
    }
    for (who, user, team, elevations) in PEOPLE {
        let known = if user == "U0STALE" { &old } else { &fresh };
        let elevations = texts(elevations);
        for (place, channel, kind) in PLACES {
            for account in ["prod", "test", "cold"] {
                let _ = write!(table, "\n{who:28}{place:8}{account:6}");
                for level in Level::all() {
                    let actor = Actor { elevations: &elevations, ..known.actor(team, user, NOW) };
                    let place = Place { team: "T0HOME", channel, kind };
                    let question = Question {
                        account: Some(account),
                        frozen: &frozen,
                        ..Question::new(actor, place, "ec2:StopInstances", level)
                    };
                    let _ = write!(table, "{:14}", cell(&decide(&policy, &question)));
                }
            }
        }
    }
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn golden_matrix() {
    insta::assert_snapshot!(matrix());
}
