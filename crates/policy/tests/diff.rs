//! What `check-config --diff` tells of two sets of rules.

use std::collections::BTreeMap;

use policy::{
    Account, Approval, Ceiling, Deny, Difference, Elevation, Grant, Need, Rulebook, Subjects, difference,
};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn grant() -> Grant {
    Grant {
        place: "line 1".to_owned(),
        subjects: Subjects { users: texts(&["U0ALICE"]), ..Subjects::default() },
        accounts: texts(&["prod"]),
        allow: texts(&["ec2:*"]),
        levels: texts(&["list", "write"]),
        ..Grant::default()
    }
}

fn book(grant: Grant) -> Rulebook {
    let account =
        |name: &str, id: &str| Account::new(name, &format!("arn:aws:iam::{id}:role/Bellhop"), &["us-east-1"]);
    let accounts = vec![account("prod", "111111111111"), account("test", "222222222222")];
    let denies = vec![Deny { place: "line 9".to_owned(), allow: texts(&["iam:*"]), ..Deny::default() }];
    Rulebook { accounts, grants: vec![grant], denies, ..Rulebook::default() }
}

fn compared(old: &Rulebook, new: &Rulebook) -> Difference {
    difference(old, new).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn the_same_rules_neither_widen_nor_narrow() {
    assert_eq!(compared(&book(grant()), &book(grant())), Difference::default());
}

#[test]
fn each_way_to_widen_is_told_and_its_opposite_narrows() {
    let approval = |count| Approval { approvers: texts(&["S0LEADS"]), count };
    let needing = |need| Grant { needs: BTreeMap::from([("write".to_owned(), need)]), ..grant() };
    let request = Elevation { approval: approval(1), longest_seconds: 600 };
    let arguments = |value: &str| Grant {
        arguments: BTreeMap::from([("--instance-type".to_owned(), texts(&[value]))]),
        ..grant()
    };
    let cases: [(Grant, Grant, &str); 12] = [
        (grant(), Grant { allow: texts(&["*"]), ..grant() }, "U0ALICE may * on prod (line 1) at list, write"),
        (grant(), Grant { levels: texts(&["list", "write", "data"]), ..grant() }, "at data"),
        (grant(), Grant { accounts: texts(&["prod", "test"]), ..grant() }, "ec2:* on test"),
        (
            grant(),
            Grant {
                subjects: Subjects { everyone: true, users: texts(&["U0ALICE"]), ..Subjects::default() },
                ..grant()
            },
            "everybody may ec2:* on prod",
        ),
        (Grant { in_channels: texts(&["C0OPS"]), ..grant() }, grant(), "U0ALICE may ec2:* on prod"),
        (Grant { workspaces: texts(&["T0"]), ..grant() }, grant(), "U0ALICE may ec2:* on prod"),
        (grant(), needing(Need::Nothing), "it needs nothing instead of a confirmation"),
        (
            needing(Need::Approval(approval(2))),
            needing(Need::Approval(approval(1))),
            "it needs 1 of S0LEADS instead of 2",
        ),
        (grant(), Grant { yes: true, ..grant() }, "a confirmation or --yes instead of a confirmation"),
        (
            Grant { name: "x".to_owned(), request: Some(request), ..grant() },
            grant(),
            "instead of nothing on request",
        ),
        (arguments("t3.*"), arguments("t*"), "with --instance-type t*"),
        (
            grant(),
            Grant { role: Some("Admin".to_owned()), ..grant() },
            "in role arn:aws:iam::111111111111:role/Admin",
        ),
    ];
    for (old, new, expected) in cases {
        let (old, new) = (book(old), book(new));
        let there = compared(&old, &new);
        assert!(there.widens.iter().any(|told| told.contains(expected)), "{expected}: {there:?}");
        let back = compared(&new, &old);
        assert!(!back.narrows.is_empty(), "{expected}: {back:?}");
    }
}

#[test]
fn denies_that_go_and_ceilings_that_rise_widen() {
    let old = book(grant());
    let without = Rulebook { denies: Vec::new(), ..old.clone() };
    let told = compared(&old, &without);
    assert!(
        told.widens.iter().any(|told| told.starts_with("everybody is no more denied iam:* on prod (line 9)")),
        "{told:?}"
    );
    assert!(told.narrows.is_empty());
    let ceiling = Ceiling {
        accounts: texts(&["test"]),
        allow: texts(&["ec2:*"]),
        levels: texts(&["list"]),
        ..Ceiling::default()
    };
    let lid = Rulebook { ceiling: Some(ceiling.clone()), ..old.clone() };
    let raised = Ceiling { levels: texts(&["list", "write"]), ..ceiling.clone() };
    let raised = Rulebook { ceiling: Some(raised), ..old.clone() };
    let admin = Rulebook { ceiling: Some(Ceiling { roles: texts(&["Admin"]), ..ceiling }), ..old.clone() };
    for (old, new, expected) in [
        (&old, &lid, "a grant made in Slack may give ec2:* on test (ceiling) at list"),
        (&lid, &raised, "a grant made in Slack may give ec2:* on test (ceiling) at write"),
        (&lid, &admin, "in role arn:aws:iam::222222222222:role/Admin instead of"),
    ] {
        let told = compared(old, new);
        assert!(told.widens.iter().any(|told| told.contains(expected)), "{expected}: {told:?}");
        assert!(!compared(new, old).narrows.is_empty() && compared(new, old).widens.is_empty());
    }
}

#[test]
fn a_narrower_rule_is_no_widening_where_a_wider_one_was() {
    let narrower = Grant { allow: texts(&["ec2:Describe*"]), in_channels: texts(&["C0OPS"]), ..grant() };
    let told = compared(&book(grant()), &book(narrower));
    assert!(told.widens.is_empty() && !told.narrows.is_empty(), "{told:?}");
}
