//! What each kind of rule means, case by case: options, tags, elevation, the ceiling, freezes, ties, unknown groups.

use std::collections::BTreeMap;

use policy::{
    Account, Actor, ActorKind, Approval, Argument, Ceiling, Decision, Deny, Elevation, Freeze, Grant, Groups,
    Level, Levels, Limits, Memberships, Need, Place, PlaceKind, Policy, Question, Reason, Rulebook, Subjects,
    decide,
};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn accounts() -> Vec<Account> {
    vec![
        Account::new("prod", "arn:aws:iam::111111111111:role/Bellhop", &["us-east-1", "eu-west-1"]),
        Account::new("test", "arn:aws:iam::222222222222:role/Bellhop", &["eu-west-1"]),
    ]
}

/// Alice may do everything with EC2 on both accounts.
fn grant() -> Grant {
    Grant {
        subjects: Subjects { users: texts(&["U0ALICE"]), ..Subjects::default() },
        accounts: texts(&["prod", "test"]),
        allow: texts(&["ec2:*"]),
        levels: Level::all().map(|level| level.to_string()).collect(),
        ..Grant::default()
    }
}

fn with_arguments(rules: &[(&str, &[&str])]) -> Grant {
    let arguments = rules.iter().map(|(option, values)| ((*option).to_owned(), texts(values))).collect();
    Grant { arguments, ..grant() }
}

fn book(grants: Vec<Grant>) -> Rulebook {
    Rulebook { accounts: accounts(), grants, confirm: Levels::NONE, ..Rulebook::default() }
}

fn sound(book: &Rulebook) -> Policy {
    Policy::new(book).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn given(arguments: &[(&str, &[&str])]) -> Vec<Argument> {
    let one =
        |(option, values): &(&str, &[&str])| Argument { option: (*option).to_owned(), values: texts(values) };
    arguments.iter().map(one).collect()
}

const PLACE: Place<'_> = Place { team: "T0", channel: "C0OPS", kind: PlaceKind::Channel };

fn question<'a>(level: Level) -> Question<'a> {
    Question::new(Actor::member("T0", "U0ALICE"), PLACE, "ec2:StopInstances", level)
}

fn told(decision: &Decision) -> String {
    match decision {
        Decision::Deny(reason) => reason.to_string(),
        other => panic!("allowed: {other:?}"),
    }
}

#[test]
fn every_value_of_an_option_must_fit() {
    type Given = &'static [(&'static str, &'static [&'static str])];
    let cases: [(Given, Given, bool); 15] = [
        (&[("--instance-type", &["t3.*"])], &[("--instance-type", &["t3.micro"])], true),
        (&[("--instance-type", &["t3.*"])], &[("--instance-type", &["T3.micro"])], false),
        (&[("--instance-type", &["t3.*"])], &[("--instance-type", &["t3xmicro"])], false),
        (&[("--instance-type", &["t3.*", "t4g.?ano"])], &[("--instance-type", &["t4g.nano"])], true),
        // Left out, or empty: an option that a rule is about must be there.
        (&[("--instance-type", &["t3.*"])], &[], false),
        (&[("--instance-type", &["*"])], &[], false),
        (&[("--instance-type", &["*"])], &[("--instance-type", &[])], false),
        (&[("--instance-type", &["*"])], &[("--instance-type", &[""])], true),
        (&[("--image-id", &["ami-1"])], &[("--instance-type", &["ami-1"])], false),
        // Every one, also where the option comes twice.
        (&[("--instance-ids", &["i-1*"])], &[("--instance-ids", &["i-1", "i-12"])], true),
        (&[("--instance-ids", &["i-1*"])], &[("--instance-ids", &["i-1", "i-2"])], false),
        (
            &[("--instance-ids", &["i-1*"])],
            &[("--instance-ids", &["i-1"]), ("--instance-ids", &["i-2"])],
            false,
        ),
        // Every rule.
        (&[("--a", &["1"]), ("--b", &["2"])], &[("--a", &["1"]), ("--b", &["2"]), ("--c", &["3"])], true),
        (&[("--a", &["1"]), ("--b", &["2"])], &[("--a", &["1"])], false),
        // A tag needs something to look it up at.
        (&[("--instance-ids", &["tag:team=web"])], &[("--a", &["i-1"])], false),
    ];
    for (rules, arguments, allowed) in cases {
        let policy = sound(&book(vec![with_arguments(rules)]));
        let arguments = given(arguments);
        let question = Question { arguments: &arguments, ..question(Level::Write) };
        assert_eq!(decide(&policy, &question).permit().is_some(), allowed, "{rules:?} given {arguments:?}");
    }
}

#[test]
fn the_region_counts_as_given_always() {
    let policy = sound(&book(vec![with_arguments(&[("--region", &["eu-*"])])]));
    let chosen = |account, region| {
        let decision = decide(&policy, &Question { account, region, ..question(Level::Write) });
        decision.permit().map(|permit| format!("{} {}", permit.account, permit.region))
    };
    assert_eq!(chosen(Some("prod"), Some("eu-west-1")).as_deref(), Some("prod eu-west-1"));
    assert_eq!(chosen(Some("prod"), Some("us-east-1")), None);
    // The first region of prod does not fit, so the first account that the grant reaches is the other.
    assert_eq!(chosen(Some("prod"), None), None);
    assert_eq!(chosen(None, None).as_deref(), Some("test eu-west-1"));
    let refused = decide(&policy, &Question { account: Some("prod"), ..question(Level::Write) });
    assert!(
        told(&refused).starts_with("You may run ec2:StopInstances only with --region eu-*."),
        "{refused:?}"
    );
}

#[test]
fn tags_are_conditions_of_the_permit() {
    let tagged = with_arguments(&[("--instance-ids", &["tag:team=web-*"])]);
    let needs = BTreeMap::from([("write".to_owned(), Need::Confirm)]);
    let confirmed = Grant { needs, ..grant() };
    let arguments = given(&[("--instance-ids", &["i-1"])]);
    let asked = Question { arguments: &arguments, ..question(Level::Write) };
    let permit = |policy: &Policy, asked: &Question<'_>| decide(policy, asked).permit().cloned();
    let alone = sound(&book(vec![tagged.clone()]));
    let [tag] = &permit(&alone, &asked).expect("a permit").tags[..] else { panic!("one tag") };
    assert_eq!((tag.option.as_str(), tag.key.as_str()), ("--instance-ids", "team"));
    assert!(tag.holds("web-1") && !tag.holds("web") && !tag.holds("WEB-1"));
    assert!(decide(&alone, &Question { untagged: true, ..asked }).permit().is_none());
    // The least demanding counts; once the tags are known not to hold, what else is granted.
    let both = sound(&book(vec![confirmed, tagged.clone()]));
    assert!(matches!(decide(&both, &asked), Decision::Run(permit) if permit.tags.len() == 1));
    let looked_up = Question { untagged: true, ..asked };
    assert!(matches!(decide(&both, &looked_up), Decision::Confirm(permit) if permit.tags.is_empty()));
    // Between equals the one without conditions.
    let equal = sound(&book(vec![tagged, grant()]));
    assert_eq!(permit(&equal, &asked).expect("a permit").tags, []);
}

#[test]
fn who_may_only_tag_cannot_tag_a_thing_into_a_rule() {
    let tagger = Grant { levels: texts(&["tagging", "write"]), ..grant() };
    let ruled = with_arguments(&[("--instance-ids", &["tag:Team=web"])]);
    let others = Grant { subjects: Subjects { users: texts(&["U0BOB"]), ..Subjects::default() }, ..ruled };
    let policy = sound(&book(vec![tagger, others.clone()]));
    let keys = |keys: &[&str]| texts(keys);
    for (tag_keys, level, allowed) in [
        (keys(&["cost"]), Level::Tagging, true),
        (keys(&["Team"]), Level::Tagging, false),
        (keys(&["cost", "team"]), Level::Tagging, false),
        (keys(&["TEAM"]), Level::Write, false),
    ] {
        let asked = Question { tag_keys: &tag_keys, ..question(level) };
        let decision = decide(&policy, &asked);
        assert_eq!(decision.permit().is_some(), allowed, "{tag_keys:?}");
        if !allowed {
            assert!(told(&decision).contains("so it counts as permissions"), "{}", told(&decision));
        }
    }
    // A filter that names the key only looks.
    let reader = sound(&book(vec![Grant { levels: texts(&["list"]), ..grant() }, others.clone()]));
    assert!(
        decide(&reader, &Question { tag_keys: &keys(&["Team"]), ..question(Level::List) }).permit().is_some()
    );
    // A deny of tagging is not evaded by what the call counts as.
    let mut denying = book(vec![grant(), others]);
    denying.denies = vec![Deny { levels: texts(&["tagging"]), ..Deny::default() }];
    let asked =
        decide(&sound(&denying), &Question { tag_keys: &keys(&["Team"]), ..question(Level::Tagging) });
    assert!(matches!(asked, Decision::Deny(Reason::Forbidden { .. })), "{asked:?}");
}

#[test]
fn what_must_be_asked_for_counts_only_while_it_is_given() {
    let request = Elevation { approval: approval("S0LEADS"), longest_seconds: 1800 };
    let named = |name: &str| Grant { name: name.to_owned(), request: Some(request.clone()), ..grant() };
    let policy = sound(&book(vec![named("break-glass")]));
    let (mine, others) = (texts(&["break-glass"]), texts(&["other"]));
    let decided = |elevations: &[String], user: &str| {
        let actor = Actor { elevations, ..Actor::member("T0", user) };
        decide(&policy, &Question { actor, ..question(Level::Write) })
    };
    assert!(decided(&mine, "U0ALICE").permit().is_some());
    assert!(told(&decided(&others, "U0ALICE")).contains("`access request break-glass`"));
    assert!(told(&decided(&[], "U0ALICE")).contains("`access request break-glass`"));
    // It is no more than the grant: whom it does not name, it gives nothing.
    assert!(decided(&mine, "U0BOB").permit().is_none());
    for (grants, fault) in [
        (vec![named("")], "so it needs a `name`"),
        (vec![named("two words")], "is no name for a grant"),
        (vec![named("a"), named("a")], "bears the name \"a\" too"),
    ] {
        let faults = Policy::new(&book(grants)).expect_err("a fault");
        assert!(faults[0].to_string().contains(fault), "{faults:?}");
    }
}

fn approval(approver: &str) -> Approval {
    Approval { approvers: texts(&[approver]), count: 1 }
}

fn ceiling() -> Ceiling {
    Ceiling {
        accounts: texts(&["test"]),
        allow: texts(&["ec2:*"]),
        levels: texts(&["list", "write"]),
        ..Ceiling::default()
    }
}

fn in_slack(ceiling: Option<Ceiling>, grant: Grant) -> Policy {
    let (store_grants, confirm) = (vec![grant], policy::CONFIRMED_BY_DEFAULT);
    sound(&Rulebook { ceiling, store_grants, confirm, ..book(Vec::new()) })
}

#[test]
fn grants_made_in_slack_stay_under_the_ceiling() {
    let everything = Grant { allow: texts(&["*"]), yes: true, priority: 9, ..grant() };
    let policy = in_slack(Some(ceiling()), everything.clone());
    let ask = |account, action, level| {
        decide(&policy, &Question { account: Some(account), action, ..question(level) })
    };
    assert!(matches!(ask("test", "ec2:DescribeVpcs", Level::List), Decision::Run(_)));
    assert!(
        matches!(ask("test", "ec2:StopInstances", Level::Write), Decision::Confirm(permit) if !permit.yes)
    );
    for (account, action, level) in [
        ("prod", "ec2:DescribeVpcs", Level::List),
        ("test", "iam:ListUsers", Level::List),
        ("test", "ec2:TerminateInstances", Level::Destructive),
    ] {
        assert!(ask(account, action, level).permit().is_none(), "{account} {action}");
    }
    assert!(told(&ask("test", "iam:ListUsers", Level::List)).contains("ceiling is lower"));
    let without = in_slack(None, everything);
    assert!(decide(&without, &question(Level::List)).permit().is_none());
    assert!(without.set_aside()[0].to_string().contains("has no [ceiling]"));
}

#[test]
fn a_grant_made_in_slack_cannot_ask_less_than_the_ceiling_or_choose_who_approves() {
    let needs = |need: Need| BTreeMap::from([("write".to_owned(), need)]);
    let mine = Approval { approvers: texts(&["U0FRIEND"]), count: 1 };
    let leads = Approval { approvers: texts(&["S0LEADS"]), count: 2 };
    let cases = [
        (None, Need::Nothing, "confirm"),
        (None, Need::Approval(mine.clone()), "1 of U0FRIEND"),
        (Some(Need::Nothing), Need::Nothing, "run"),
        (Some(Need::Approval(leads.clone())), Need::Nothing, "2 of S0LEADS"),
        (Some(Need::Approval(leads)), Need::Approval(Approval { count: 1, ..mine }), "2 of S0LEADS"),
    ];
    for (floor, own, expected) in cases {
        let ceiling = Ceiling { needs: floor.clone().map(needs).unwrap_or_default(), ..ceiling() };
        let policy = in_slack(Some(ceiling), Grant { needs: needs(own.clone()), ..grant() });
        let decision = decide(&policy, &Question { account: Some("test"), ..question(Level::Write) });
        let shown = match decision {
            Decision::Run(_) => "run".to_owned(),
            Decision::Confirm(_) => "confirm".to_owned(),
            Decision::NeedsApproval(_, approval) => {
                format!("{} of {}", approval.count, approval.approvers.join(" "))
            }
            Decision::Deny(reason) => reason.to_string(),
        };
        assert_eq!(shown, expected, "{floor:?} over {own:?}");
    }
}

#[test]
fn a_grant_made_in_slack_names_no_role_that_the_ceiling_does_not() {
    let named = || Grant { role: Some("Admin".to_owned()), accounts: texts(&["test"]), ..grant() };
    let refused = in_slack(Some(ceiling()), named());
    assert!(
        refused.set_aside()[0].to_string().contains("lies above the ceiling"),
        "{:?}",
        refused.set_aside()
    );
    let ceiling = Ceiling { roles: texts(&["Admin"]), ..ceiling() };
    let policy = in_slack(Some(ceiling), named());
    let permit = decide(&policy, &question(Level::List)).permit().cloned().expect("a permit");
    assert_eq!(permit.role_arn, "arn:aws:iam::222222222222:role/Admin");
}

#[test]
fn a_faulty_grant_made_in_slack_stops_nobody_else() {
    let ours = Grant { role: Some("One".to_owned()), ..grant() };
    let tying = Grant { place: "grant g1 of Slack".to_owned(), role: Some("Two".to_owned()), ..grant() };
    let broken = Grant { levels: texts(&["admin"]), ..grant() };
    let ceiling = Ceiling { roles: texts(&["Two"]), ..ceiling() };
    let store_grants = vec![tying, broken];
    let policy = sound(&Rulebook { ceiling: Some(ceiling), store_grants, ..book(vec![ours]) });
    let faults: Vec<String> = policy.set_aside().iter().map(ToString::to_string).collect();
    assert!(faults.iter().any(|fault| fault.contains("grant g1 of Slack: names role")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("\"admin\" is no level")), "{faults:?}");
    let permit = decide(&policy, &question(Level::List)).permit().cloned().expect("a permit");
    assert_eq!(permit.role_arn, "arn:aws:iam::111111111111:role/One");
}

#[test]
fn a_freeze_leaves_only_looking() {
    let request = Elevation { approval: approval("S0LEADS"), longest_seconds: 1800 };
    let elevated = Grant { name: "break-glass".to_owned(), request: Some(request), ..grant() };
    let policy = sound(&book(vec![elevated]));
    let elevations = texts(&["break-glass"]);
    let actor = Actor { elevations: &elevations, ..Actor::member("T0", "U0ALICE") };
    let freeze = |account: Option<&str>| {
        [Freeze { account: account.map(str::to_owned), why: "by U0BOB: an incident".to_owned() }]
    };
    for (frozen, account, stops) in [
        (freeze(None), "prod", true),
        (freeze(Some("prod")), "prod", true),
        (freeze(Some("test")), "prod", false),
    ] {
        for level in Level::all() {
            let asked = Question { actor, frozen: &frozen, account: Some(account), ..question(level) };
            let decision = decide(&policy, &asked);
            let looks = matches!(level, Level::List | Level::Read | Level::Data);
            assert_eq!(decision.permit().is_none(), stops && !looks, "{level} on {frozen:?}");
            if stops && !looks {
                assert!(told(&decision).contains("frozen: by U0BOB: an incident."), "{}", told(&decision));
            }
        }
    }
}

#[test]
fn grants_that_can_never_meet_do_not_tie() {
    let named = |role: &str| Grant { role: Some(role.to_owned()), ..grant() };
    let users = |ids: &[&str]| Subjects { users: texts(ids), ..Subjects::default() };
    let group = || Subjects { usergroups: texts(&["S0SRE"]), ..Subjects::default() };
    let arguments = |value: &str| BTreeMap::from([("--instance-type".to_owned(), texts(&[value]))]);
    let cases: [(&str, Grant, bool); 11] = [
        ("the same calls", named("Two"), true),
        ("the same role", named("One"), false),
        ("another priority", Grant { priority: 1, ..named("Two") }, false),
        ("no role", Grant { role: None, ..named("Two") }, false),
        ("other people", Grant { subjects: users(&["U0BOB"]), ..named("Two") }, false),
        ("a group that may hold them", Grant { subjects: group(), ..named("Two") }, true),
        ("other actions", Grant { allow: texts(&["s3:*", "e?:*"]), ..named("Two") }, false),
        ("some of the actions", Grant { allow: texts(&["*:Stop*"]), ..named("Two") }, true),
        ("other workspaces", Grant { workspaces: texts(&["T1"]), ..named("Two") }, false),
        ("other options", Grant { arguments: arguments("t4*"), ..named("Two") }, false),
        ("some of the options", Grant { arguments: arguments("*.micro"), ..named("Two") }, true),
    ];
    let first = Grant { workspaces: texts(&["T0"]), arguments: arguments("t3.*"), ..named("One") };
    for (what, second, ties) in cases {
        let made = Policy::new(&book(vec![first.clone(), second]));
        assert_eq!(made.is_err(), ties, "{what}: {made:?}");
    }
}

#[test]
fn a_deny_about_a_group_that_nobody_has_read_holds_for_everybody() {
    let mut rules = book(vec![grant()]);
    let contractors = Subjects { usergroups: texts(&["S0CONTRACTORS"]), ..Subjects::default() };
    rules.denies = vec![Deny { subjects: contractors, levels: texts(&["write"]), ..Deny::default() }];
    let policy = sound(&rules);
    let mut known = Memberships::new(Limits::default());
    known.user("T0", "U0ALICE", ActorKind::Member, false, 0);
    let decided = |known: &Memberships, at| {
        decide(&policy, &Question { actor: known.actor("T0", "U0ALICE", at), ..question(Level::Write) })
    };
    assert!(told(&decided(&known, 0)).contains("it is not known yet who is in it"));
    known.list("T0", "S0CONTRACTORS", ["U0ALICE"], 0);
    assert!(told(&decided(&known, 0)).contains("is denied to you"));
    // However old: a deny does not lapse because Slack is not asked.
    known.user("T0", "U0ALICE", ActorKind::Member, false, i64::MAX / 2);
    assert!(told(&decided(&known, i64::MAX / 2)).contains("is denied to you"));
    known.leave("T0", "S0CONTRACTORS", "U0ALICE", 1);
    assert!(decided(&known, 2).permit().is_some());
}

#[test]
fn approvers_are_full_members_by_lists_that_are_fresh() {
    let approval = Approval { approvers: texts(&["U0LEAD", "S0LEADS"]), count: 1 };
    let groups = ["S0LEADS"];
    let member = |user| Actor { groups: Groups::listed(&groups), ..Actor::member("T0", user) };
    assert!(approval.admits(&member("U0BOB")));
    assert!(approval.admits(&Actor::member("T0", "U0LEAD")));
    assert!(!approval.admits(&Actor::member("T0", "U0BOB")));
    for kind in
        [ActorKind::Guest, ActorKind::Bot, ActorKind::Stranger, ActorKind::Unknown, ActorKind::Deactivated]
    {
        assert!(!approval.admits(&Actor { kind, ..member("U0LEAD") }), "{kind:?}");
    }
    let mut known = Memberships::new(Limits::default());
    known.user("T0", "U0BOB", ActorKind::Member, false, 100 * 3_600_000);
    known.list("T0", "S0LEADS", ["U0BOB"], 0);
    assert!(approval.admits(&known.actor("T0", "U0BOB", 3_600_000)));
    assert!(!approval.admits(&known.actor("T0", "U0BOB", 100 * 3_600_000)));
}

#[test]
fn what_rules_say_about_somebody_can_be_read() {
    let here = Grant { place: "line 1".to_owned(), in_channels: texts(&["C0OPS"]), ..grant() };
    let elsewhere = Grant { place: "line 2".to_owned(), in_channels: texts(&["C0LOBBY"]), ..grant() };
    let mut rules = book(vec![here, elsewhere]);
    rules.denies = vec![Deny { place: "line 3".to_owned(), allow: texts(&["iam:*"]), ..Deny::default() }];
    let policy = sound(&rules);
    let standing = policy.standing(&Actor::member("T0", "U0ALICE"), &PLACE);
    let names: Vec<(&str, bool)> =
        standing.grants.iter().map(|right| (right.name().as_str(), right.holds_here)).collect();
    assert_eq!(names, [("line 1", true), ("line 2", false)]);
    assert_eq!(standing.denies[0].name().as_str(), "line 3");
    let roles: Vec<(&str, &str)> =
        standing.grants[0].accounts().map(|(account, role)| (account.name.as_str(), role)).collect();
    assert_eq!(roles[1], ("test", "arn:aws:iam::222222222222:role/Bellhop"));
    assert!(standing.grants[0].covers("ec2:StopInstances", Level::Write));
    assert!(policy.standing(&Actor::member("T0", "U0BOB"), &PLACE).grants.is_empty());
}
