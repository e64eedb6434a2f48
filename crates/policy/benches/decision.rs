//! What a decision takes with 10,000 grants and 100,000 memberships, looking the caller up included.
//!
//! Run by `cargo xtask bench policy`. Numbers are printed, never judged: what else the machine does would decide.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use policy::{
    Account, ActorKind, Deny, Grant, Level, Limits, Memberships, Place, PlaceKind, Policy, Question,
    Rulebook, Subjects, decide,
};

const GRANTS: usize = 10_000;
const USERS: usize = 20_000;
/// Each user is in so many of the groups: 100,000 memberships.
const GROUPS_OF_EACH: usize = 5;
const GROUPS: usize = 400;
/// Decisions that are timed together: one alone is shorter than the clock can tell.
const TOGETHER: u32 = 20;
const SAMPLES: usize = 5_000;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Some for users, most for usergroups; five hundred name the group that only the worst caller is in.
fn grant(number: usize) -> Grant {
    let subjects = match number % 20 {
        0 => Subjects { usergroups: texts(&["SALL"]), ..Subjects::default() },
        1..8 => Subjects { users: vec![format!("U{}", number % USERS)], ..Subjects::default() },
        _ => Subjects { usergroups: vec![format!("S{}", number % GROUPS)], ..Subjects::default() },
    };
    let service = ["s3", "rds", "sqs", "sns", "kms", "logs"][number % 6];
    Grant {
        place: format!("bellhop.toml line {}", number * 6),
        subjects,
        accounts: vec![format!("a{}", number % 50), format!("a{}", (number + 1) % 50)],
        allow: vec![format!("{service}:*"), "ec2:Describe*".to_owned(), "ec2:St?pInstances".to_owned()],
        levels: texts(&["list", "read", "write"]),
        in_channels: if number.is_multiple_of(3) { texts(&["C0OPS", "direct"]) } else { Vec::new() },
        ..Grant::default()
    }
}

/// The same for everybody: each of them concerns each caller.
fn for_everybody(number: usize) -> Grant {
    let subjects = Subjects { everyone: true, ..Subjects::default() };
    Grant { subjects, priority: number as i64 % 3, ..grant(number) }
}

fn policy(grant: impl Fn(usize) -> Grant) -> Policy {
    let account = |number: usize| {
        let role = format!("arn:aws:iam::{:012}:role/Bellhop", 111_111_111_111_u64 + number as u64);
        Account::new(&format!("a{number}"), &role, &["us-east-1", "eu-west-1"])
    };
    let deny = |number: usize| Deny {
        subjects: Subjects { usergroups: vec![format!("S{}", number * 7)], ..Subjects::default() },
        allow: texts(&["iam:*", "organizations:*"]),
        ..Deny::default()
    };
    let book = Rulebook {
        accounts: (0..50).map(account).collect(),
        grants: (0..GRANTS).map(grant).collect(),
        denies: (0..50).map(deny).collect(),
        ..Rulebook::default()
    };
    Policy::new(&book).expect("sound rules")
}

fn memberships() -> Memberships {
    let mut known = Memberships::new(Limits::default());
    let users: Vec<String> = (0..USERS).map(|user| format!("U{user}")).collect();
    for user in &users {
        known.user("T0", user, ActorKind::Member, false, 0);
    }
    for group in 0..GROUPS {
        let members =
            (0..USERS).filter(|user| (0..GROUPS_OF_EACH).any(|place| (user + place * 80) % GROUPS == group));
        known.list("T0", &format!("S{group}"), members.map(|user| users[user].as_str()), 0);
    }
    // The worst caller: in a hundred groups, one of which five hundred grants name.
    known.user("T0", "UWORST", ActorKind::Member, false, 0);
    known.list("T0", "SALL", ["UWORST"], 0);
    for group in 0..100 {
        known.join("T0", &format!("S{group}"), "UWORST", 0);
    }
    known
}

fn main() {
    let begun = Instant::now();
    let policy = policy(grant);
    let made = begun.elapsed();
    let known = memberships();
    let open = self::policy(for_everybody);
    let count: usize = known.groups().map(|group| group.members).sum();
    println!("{GRANTS} grants checked and indexed in {made:.0?}; {count} memberships");
    println!("{:44}{:>12}{:>12}", "a decision, the caller looked up", "p50", "p99");
    let stop = ("ec2:StopInstances", Level::Write);
    let iam = ("iam:CreateUser", Level::Permissions);
    let worst = ("ec2:StopInstances", Level::Destructive);
    let look = ("ec2:DescribeInstances", Level::List);
    for (what, policy, user, (action, level), account, allowed) in [
        ("an ordinary caller, allowed", &policy, "U123", look, None, true),
        ("an ordinary caller, account named", &policy, "U123", look, Some("a23"), true),
        ("an ordinary caller, refused", &policy, "U123", iam, None, false),
        ("who is in no group, refused", &policy, "UNOBODY", stop, None, false),
        ("2,000 matching grants, 101 groups, allowed", &policy, "UWORST", stop, None, true),
        ("the same, account named", &policy, "UWORST", stop, Some("a49"), true),
        ("the same, refused", &policy, "UWORST", iam, Some("a49"), false),
        ("all 10,000 grants match, allowed", &open, "UWORST", stop, None, true),
        ("the same, account named", &open, "UWORST", stop, Some("a49"), true),
        ("all 10,000 grants are the caller's, refused", &open, "UWORST", iam, None, false),
        ("the same, for the level", &open, "UWORST", worst, None, false),
    ] {
        let ask = || {
            let actor = known.actor("T0", black_box(user), 1);
            let place = Place { team: "T0", channel: "C0OPS", kind: PlaceKind::Channel };
            decide(policy, &Question { account, ..Question::new(actor, place, black_box(action), level) })
        };
        assert_eq!(ask().permit().is_some(), allowed, "{what}: {:?}", ask());
        let (p50, p99) = percentiles(|| drop(black_box(ask())));
        println!("{what:44}{:>12}{:>12}", shown(p50), shown(p99));
    }
}

/// The median of what one takes, and what 99 of 100 stay within.
fn percentiles(run: impl Fn()) -> (Duration, Duration) {
    let sample = |_| {
        let begun = Instant::now();
        (0..TOGETHER).for_each(|_| run());
        begun.elapsed() / TOGETHER
    };
    let mut times: Vec<Duration> = (0..SAMPLES).map(sample).collect();
    times.sort_unstable();
    (times[SAMPLES / 2], times[SAMPLES * 99 / 100])
}

fn shown(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}
