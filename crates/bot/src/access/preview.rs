//! What a grant really gives, beside all other rules: the ceiling's cut, defaults and refusals included.

use policy::{Actor, Grant, Groups, Need, Place, PlaceKind, Policy, Right};

use crate::bot::Inner;
use crate::members;

/// The words for what the grant gives now or would give; a refusal if it would give nothing.
pub(crate) fn rights(inner: &Inner, grant: &Grant, is_new: bool) -> Result<Vec<String>, String> {
    let rules = inner.rules.get();
    let made;
    let policy = if is_new {
        let mut book = rules.book.clone();
        book.store_grants.push(grant.clone());
        made = Policy::new(&book).map_err(|faults| {
            faults.iter().map(|fault| fault.problem.to_string()).collect::<Vec<_>>().join("; ")
        })?;
        &made
    } else {
        &*rules.policy
    };
    if let Some(fault) = policy.set_aside().iter().find(|fault| fault.rule.as_str() == grant.place) {
        return Err(fault.problem.to_string());
    }
    let team = grant.workspaces.first().map(String::as_str).unwrap_or_default();
    let subjects = &grant.subjects;
    let group: Vec<&str> =
        subjects.usergroups.iter().chain(&subjects.channels).take(1).map(String::as_str).collect();
    let user = subjects.users.first().map_or("U0", String::as_str);
    let actor = Actor { admin: subjects.admins, groups: Groups::listed(&group), ..Actor::member(team, user) };
    let place = Place { team, channel: "C0", kind: PlaceKind::Channel };
    let standing = policy.standing(&actor, &place);
    let right = standing.grants.iter().find(|right| right.name().as_str() == grant.place);
    right.map(|right| words(inner, grant, right)).ok_or_else(|| "it would give nobody anything".to_owned())
}

fn words(inner: &Inner, grant: &Grant, right: &Right<'_>) -> Vec<String> {
    let list = |texts: Vec<String>| texts.join(", ");
    let accounts = right.accounts().map(|(account, _)| account.name.clone()).collect();
    let levels: Vec<String> = right.levels().iter().map(|level| level.to_string()).collect();
    let allow = right.allow().iter().map(ToString::to_string).collect();
    let places: Vec<String> = right.places().collect();
    let mut lines = vec![
        format!("who       {}", list(people(inner, grant))),
        format!("where     {}", if places.is_empty() { "anywhere".to_owned() } else { list(places) }),
        format!("accounts  {}", list(accounts)),
        format!("actions   {}", list(allow)),
        format!("levels    {}", list(levels.clone())),
    ];
    let needs = right.needs().filter_map(|(level, need)| match need {
        Need::Nothing => None,
        Need::Confirm => Some(format!("{level}: confirm")),
        Need::Approval(approval) => {
            Some(format!("{level}: {} of {}", approval.count, approval.approvers.join(", ")))
        }
    });
    let needs: Vec<String> = needs.collect();
    if !needs.is_empty() {
        lines.push(format!("needs     {}", list(needs)));
    }
    let cut: Vec<String> = grant.levels.iter().filter(|level| !levels.contains(level)).cloned().collect();
    if !cut.is_empty() {
        lines.push(format!("left out  {}: the file's ceiling does not go so far", list(cut)));
    }
    let given: Vec<&str> = right.accounts().map(|(account, _)| account.name.as_str()).collect();
    let cut: Vec<String> =
        grant.accounts.iter().filter(|name| !given.contains(&name.as_str())).cloned().collect();
    if !cut.is_empty() {
        lines.push(format!("left out  {}: beyond the file's ceiling", list(cut)));
    }
    lines
}

fn people(inner: &Inner, grant: &Grant) -> Vec<String> {
    let subjects = &grant.subjects;
    let team = grant.workspaces.first().map(String::as_str).unwrap_or_default();
    let counted = |id: &String| match members::count(inner, team, id) {
        Some(1) => format!("{id} (1 person now)"),
        Some(count) => format!("{id} ({count} people now)"),
        None => format!("{id} (its members are read next)"),
    };
    let mut people = subjects.users.clone();
    people.extend(subjects.usergroups.iter().chain(&subjects.channels).map(counted));
    if subjects.admins {
        people.push("admins and owners of the workspace".to_owned());
    }
    if subjects.everyone {
        people.push("every full member of the workspace".to_owned());
    }
    people
}
