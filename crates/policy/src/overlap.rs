//! Grants that name different roles for one call at the same priority: nothing would say which role counts, so it is
//! a fault before anybody asks.
//!
//! Two grants can meet when some call of somebody could match both. Whether somebody is in a group is not known here,
//! so groups may always meet; where it cannot be told, they are taken to meet.

use std::collections::HashMap;

use crate::compile::Rule;
use crate::fault::{Fault, Problem};
use crate::{Account, Subjects};

/// Grants that tie with no other so far.
#[derive(Default)]
pub(crate) struct Ties<'a> {
    /// Those that name a role, by account and priority.
    naming: HashMap<(usize, i64), Vec<Naming<'a>>>,
}

/// A grant, and whom it is about.
#[derive(Clone, Copy)]
struct Naming<'a> {
    rule: &'a Rule,
    subjects: &'a Subjects,
}

impl<'a> Ties<'a> {
    /// Adds a grant, or tells with which earlier one it ties.
    pub(crate) fn add(
        &mut self,
        rule: &'a Rule,
        subjects: &'a Subjects,
        accounts: &[Account],
    ) -> Option<Fault> {
        let later = Naming { rule, subjects };
        let roles = || rule.accounts.iter().filter_map(|account| Some((*account, rule.role_for(*account)?)));
        for (account, role) in roles() {
            let others = self.naming.get(&(account, rule.priority)).map_or(&[][..], Vec::as_slice);
            let named = |other: &Naming<'a>| other.rule.role_for(account).unwrap_or_default();
            let tied = others.iter().find(|other| named(other) != role && can_meet(other, &later));
            if let Some(other) = tied {
                let problem = Problem::RoleTie {
                    role: role.to_owned(),
                    other: other.rule.name.clone(),
                    other_role: named(other).to_owned(),
                    account: accounts[account].name.clone(),
                };
                return Some(Fault { rule: rule.name.clone(), problem });
            }
        }
        for (account, _) in roles() {
            self.naming.entry((account, rule.priority)).or_default().push(later);
        }
        None
    }
}

fn can_meet(one: &Naming<'_>, other: &Naming<'_>) -> bool {
    let (left, right) = (one.rule, other.rule);
    !left.levels.intersection(right.levels).is_empty()
        && people_meet(one.subjects, other.subjects)
        && lists_meet(&left.workspaces, &right.workspaces)
        && lists_meet(&left.in_channels, &right.in_channels)
        && left.allow.iter().any(|pattern| right.allow.iter().any(|another| pattern.overlaps(another)))
        && left.arguments.iter().all(|rule| right.arguments.iter().all(|another| rule.may_meet(another)))
}

/// Only two lists of users alone can be told apart.
fn people_meet(one: &Subjects, other: &Subjects) -> bool {
    let users_only = |subjects: &Subjects| {
        subjects.usergroups.is_empty()
            && subjects.channels.is_empty()
            && !subjects.everyone
            && !subjects.admins
    };
    !(users_only(one) && users_only(other)) || one.users.iter().any(|user| other.users.contains(user))
}

/// An empty list is everything.
fn lists_meet(one: &[String], other: &[String]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|item| other.contains(item))
}
