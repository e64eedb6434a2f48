//! The table of memberships: lists, changes, ages, and that it agrees with the plain definition.

use std::collections::{BTreeMap, BTreeSet};

use policy::{ActorKind, Limits, Memberships};
use proptest::prelude::*;
use proptest::sample::select;

const HOUR: i64 = 3_600_000;

fn groups<'a>(known: &'a Memberships, user: &'a str, now: i64) -> Vec<&'a str> {
    let mut groups: Vec<&str> = known.actor("T0", user, now).groups.fresh().collect();
    groups.sort_unstable();
    groups
}

#[test]
fn a_list_grants_until_its_limit() {
    let mut known = Memberships::new(Limits { groups: HOUR, users: 2 * HOUR });
    known.list("T0", "S0SRE", ["U0ALICE"], 0);
    known.user("T0", "U0ALICE", ActorKind::Member, true, 0);
    for (now, expected) in [(0, 1), (HOUR, 1), (HOUR + 1, 0)] {
        assert_eq!(groups(&known, "U0ALICE", now).len(), expected, "{now}");
    }
    // Somebody who joins makes the list no fresher.
    known.join("T0", "S0SRE", "U0BOB", HOUR + 1);
    assert!(groups(&known, "U0BOB", HOUR + 1).is_empty());
    for (now, kind, admin) in [(2 * HOUR, ActorKind::Member, true), (2 * HOUR + 1, ActorKind::Unknown, false)]
    {
        let actor = known.actor("T0", "U0ALICE", now);
        assert_eq!((actor.kind, actor.admin), (kind, admin), "{now}");
    }
    known.user("T0", "U0ALICE", ActorKind::Deactivated, false, 0);
    assert_eq!(known.actor("T0", "U0ALICE", 100 * HOUR).kind, ActorKind::Deactivated);
}

#[test]
fn workspaces_are_kept_apart() {
    let mut known = Memberships::default();
    known.list("T0", "S0SRE", ["U0ALICE"], 0);
    known.user("T0", "U0ALICE", ActorKind::Member, true, 0);
    let elsewhere = known.actor("T1", "U0ALICE", 0);
    assert_eq!(
        (elsewhere.kind, elsewhere.admin, elsewhere.groups.fresh().count()),
        (ActorKind::Unknown, false, 0)
    );
}

#[test]
fn who_left_while_the_list_was_read_is_out() {
    let mut known = Memberships::default();
    known.list("T0", "S0SRE", ["U0ALICE", "U0BOB"], 0);
    // Reading began at 10 and saw Alice; she left at 20, and Carol came; the list arrives at 30.
    known.leave("T0", "S0SRE", "U0ALICE", 20);
    known.join("T0", "S0SRE", "U0CAROL", 21);
    known.list("T0", "S0SRE", ["U0ALICE", "U0BOB"], 10);
    assert!(groups(&known, "U0ALICE", 30).is_empty());
    assert_eq!(groups(&known, "U0CAROL", 30), ["S0SRE"]);
    // A later reading knows better than the changes before it.
    known.list("T0", "S0SRE", ["U0ALICE"], 40);
    assert_eq!(groups(&known, "U0ALICE", 50), ["S0SRE"]);
    assert!(groups(&known, "U0BOB", 50).is_empty() && groups(&known, "U0CAROL", 50).is_empty());
}

#[test]
fn an_archived_channel_holds_nobody() {
    let mut known = Memberships::default();
    known.list("T0", "C0OPS", ["U0ALICE"], 0);
    known.empty("T0", "C0OPS", 1);
    assert!(groups(&known, "U0ALICE", 2).is_empty());
    let state: Vec<_> = known.groups().collect();
    assert_eq!((state.len(), state[0].members, state[0].listed), (1, 0, Some(1)));
}

#[test]
fn a_group_of_fifty_thousand_is_one_list() {
    let people: Vec<String> = (0..50_000).map(|number| format!("U{number}")).collect();
    let mut known = Memberships::default();
    known.list("T0", "S0ALL", people.iter().map(String::as_str), 0);
    assert_eq!(groups(&known, "U49999", 0), ["S0ALL"]);
    known.list("T0", "S0ALL", people.iter().skip(1).map(String::as_str), 1);
    assert!(groups(&known, "U0", 1).is_empty());
    assert_eq!(known.groups().next().map(|group| group.members), Some(49_999));
}

#[derive(Debug, Clone)]
enum Step {
    List(&'static str, Vec<&'static str>),
    Join(&'static str, &'static str),
    Leave(&'static str, &'static str),
}

const USERS: [&str; 4] = ["U0", "U1", "U2", "U3"];
const GROUPS: [&str; 3] = ["S0", "S1", "C0"];

fn step() -> impl Strategy<Value = Step> {
    let group = || select(&GROUPS[..]);
    let user = || select(&USERS[..]);
    prop_oneof![
        (group(), proptest::collection::vec(user(), 0..5))
            .prop_map(|(group, users)| Step::List(group, users)),
        (group(), user()).prop_map(|(group, user)| Step::Join(group, user)),
        (group(), user()).prop_map(|(group, user)| Step::Leave(group, user)),
    ]
}

proptest! {
    #[test]
    fn it_agrees_with_a_set_for_each_group(steps in proptest::collection::vec(step(), 0..40)) {
        let mut known = Memberships::default();
        let mut plain: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        // What was never listed counts for nothing.
        for group in GROUPS {
            known.list("T0", group, [], 0);
        }
        for (at, step) in (1..).zip(steps) {
            match step {
                Step::List(group, users) => {
                    known.list("T0", group, users.iter().copied(), at);
                    plain.insert(group, users.into_iter().collect());
                }
                Step::Join(group, user) => {
                    known.join("T0", group, user, at);
                    plain.entry(group).or_default().insert(user);
                }
                Step::Leave(group, user) => {
                    known.leave("T0", group, user, at);
                    plain.entry(group).or_default().remove(user);
                }
            }
        }
        for user in USERS {
            let expected: Vec<&str> = {
                let mut groups: Vec<&str> =
                    plain.iter().filter(|(_, users)| users.contains(user)).map(|(group, _)| *group).collect();
                groups.sort_unstable();
                groups
            };
            prop_assert_eq!(groups(&known, user, 50), expected);
        }
    }
}
