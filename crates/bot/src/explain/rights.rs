//! What rules say about somebody, as text: for `whoami` and `help`.

use std::fmt::Write as _;

use policy::{Level, Need, Right, Standing};

/// The rights in force here, then what holds elsewhere or must be asked for, then what is denied.
pub(crate) fn text(standing: &Standing<'_>) -> String {
    let mut text = String::new();
    let in_force = |right: &&Right<'_>| right.holds_here && !right.awaits_request;
    section(&mut text, "You may here", standing.grants.iter().filter(in_force));
    let elsewhere = |right: &&Right<'_>| !right.holds_here && !right.awaits_request;
    section(&mut text, "In other places only", standing.grants.iter().filter(elsewhere));
    section(&mut text, "On request", standing.grants.iter().filter(|right| right.awaits_request));
    section(&mut text, "Denied, whatever is granted", standing.denies.iter().filter(|deny| deny.holds_here));
    if text.is_empty() {
        text.push_str("No grant names you, so you may run nothing that reaches AWS.\n");
    }
    if !standing.stale.is_empty() {
        let groups = standing.stale.join(", ");
        let _ = writeln!(text, "\nNot counted, since who is in them was not read for too long: {groups}");
    }
    text
}

fn section<'a>(text: &mut String, title: &str, rights: impl Iterator<Item = &'a Right<'a>>) {
    let mut rights = rights.peekable();
    if rights.peek().is_none() {
        return;
    }
    let gap = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{gap}{title}:");
    for right in rights {
        one(text, right);
    }
}

fn one(text: &mut String, right: &Right<'_>) {
    let patterns: Vec<String> = right.allow().iter().map(ToString::to_string).collect();
    let _ = writeln!(text, "  {}", patterns.join(", "));
    for (account, role) in right.accounts() {
        let role = role.rsplit_once(":role/").map_or(role, |(_, name)| name);
        let _ = writeln!(text, "      in {} as {role}, {}", account.name, account.regions.join(", "));
    }
    let needs: Vec<String> = right.needs().map(|(level, need)| level_with(level, need)).collect();
    let _ = writeln!(text, "      {}", needs.join("; "));
    let arguments: Vec<String> = right.arguments().collect();
    if !arguments.is_empty() {
        let _ = writeln!(text, "      only with {}", arguments.join(" and "));
    }
    let places: Vec<String> = right.places().collect();
    if !places.is_empty() {
        let _ = writeln!(text, "      only in {}", places.join(", "));
    }
    if let Some(request) = right.request().filter(|_| right.awaits_request) {
        let minutes = request.longest_seconds / 60;
        let _ = writeln!(text, "      ask for it: access request {} {minutes}m \"<reason>\"", right.title());
    }
    let _ = writeln!(text, "      ({})", right.name());
}

fn level_with(level: Level, need: &Need) -> String {
    match need {
        Need::Nothing => level.to_string(),
        Need::Confirm => format!("{level} once you confirm"),
        Need::Approval(approval) => {
            format!("{level} once {} of {} approve", approval.count, approval.approvers.join(", "))
        }
    }
}
