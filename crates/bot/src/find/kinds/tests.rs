#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use aws_cli::{Environment, Invocation, Parsed, Profile};
use aws_model::{Catalog, ShapeId, ShapeKind};

use super::*;
use crate::find::query::ID_KINDS;

fn call(catalog: &Catalog, words: &[String]) -> Box<Invocation> {
    match aws_cli::parse(catalog, words, &Environment::empty(), Profile::Chat) {
        Ok(Parsed::Call(invocation)) => invocation,
        Ok(_) => panic!("{words:?} is no call"),
        Err(error) => panic!("{words:?}: {}", error.reason.lines().next().unwrap_or_default()),
    }
}

/// The shape below a path of a call's answer; `None` where there is no such member.
fn members(invocation: &Invocation, path: &str) -> Option<ShapeId> {
    let operation = invocation.call.model().expect("an operation");
    let service = &invocation.call.service;
    let mut shape = operation.output.expect("an answer");
    for step in path.split('.').filter(|step| !step.is_empty()) {
        shape = service.shape(shape).member(step.trim_end_matches("[]"))?.shape;
        match (&service.shape(shape).kind, step.ends_with("[]")) {
            (ShapeKind::List(item), true) => shape = item.shape,
            (ShapeKind::List(_), false) | (_, true) => return None,
            (_, false) => {}
        }
    }
    Some(shape)
}

/// Whether a path of members exists below an answer's items.
fn leads(invocation: &Invocation, items: &str, path: &str) -> bool {
    let whole = if items.is_empty() { path.to_owned() } else { format!("{items}.{path}") };
    members(invocation, &whole).is_some()
}

/// Where a thing stands in the answer to the question for it.
fn items_by_id(kind: &Kind) -> &'static str {
    match kind.by {
        By::Call(_, _, items) | By::InCluster(_, _, items) => items,
        _ => kind.items,
    }
}

/// Every question is one that AWS knows, and everything that is read from its answer is there.
#[test]
fn the_table_agrees_with_the_models() {
    let catalog = Catalog::embedded();
    let mut faults = Vec::new();
    for kind in all() {
        let (listing, asking) =
            (call(&catalog, &kind.listing()), call(&catalog, &kind.asking("x-0123456789abcdef0")));
        for need in listing.needs().chain(asking.needs()) {
            // The configuration of a VPN connection holds its keys.
            let reads = need.1.is_reading() || kind.name == "vpn-connection";
            assert!(reads, "{}: {need:?}", kind.name);
        }
        if members(&listing, kind.items).is_none() {
            faults.push(format!("{}: {} is not listed", kind.name, kind.items));
        }
        let single = [kind.arn, kind.state, kind.form, kind.zone, kind.launched, kind.role, kind.detail];
        let several = kind.names.iter().chain(kind.addresses).chain(kind.attached);
        let paths = std::iter::once(&kind.id).chain(&single).chain(several).filter(|path| !path.is_empty());
        for path in paths {
            if !leads(&asking, items_by_id(kind), path) {
                faults.push(format!("{}: {path}", kind.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_kind_of_id_is_asked_for() {
    for (prefix, kinds) in ID_KINDS {
        for kind in *kinds {
            let by = ASKED_BY.iter().find(|(name, ..)| name == kind).map(|(_, by, _)| *by);
            assert!(named(by.unwrap_or(kind)).is_some(), "{prefix}: {kind}");
        }
    }
    let mut names: Vec<&str> = all().map(|kind| kind.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_asked_for_is_one_word() {
    let words = named("instance").expect("a kind").asking(r#"i-1","x"#);
    assert_eq!(words[3], r#"[{"Name":"instance-id","Values":["i-1\",\"x"]}]"#);
}
