//! Any text is a rule about an option or a fault, and holding values against it ends. Input: option, line feed, values of
//! the rule apart by tabs, line feed, a value that is given.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use policy::{Account, Actor, Argument, Grant, Level, Levels, Place, PlaceKind, Policy, Question, Rulebook, Subjects, decide};

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\n');
    let (option, rule) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let value = parts.next().unwrap_or_default();
    let values: Vec<String> = rule.split('\t').map(str::to_owned).collect();
    let grant = Grant {
        subjects: Subjects { users: vec!["U0ALICE".to_owned()], ..Subjects::default() },
        accounts: vec!["dev".to_owned()],
        allow: vec!["*".to_owned()],
        levels: vec!["write".to_owned()],
        arguments: BTreeMap::from([(option.to_owned(), values.clone())]),
        ..Grant::default()
    };
    let accounts = vec![Account::new("dev", "arn:aws:iam::111111111111:role/Bellhop", &["eu-west-1"])];
    let book = Rulebook { accounts, grants: vec![grant], confirm: Levels::NONE, ..Rulebook::default() };
    let Ok(policy) = Policy::new(&book) else { return };
    let place = Place { team: "T0", channel: "C0OPS", kind: PlaceKind::Channel };
    let question = Question::new(Actor::member("T0", "U0ALICE"), place, "ec2:RunInstances", Level::Write);
    let allowed = |arguments: &[Argument]| decide(&policy, &Question { arguments, ..question }).permit().is_some();
    let given = [Argument { option: option.to_owned(), values: vec![value.to_owned()] }];
    let fits = allowed(&given);
    if option == "--region" {
        return;
    }
    assert!(!allowed(&[]));
    if values.iter().any(|one| one == value) && !value.starts_with("tag:") {
        assert!(fits);
    }
});
