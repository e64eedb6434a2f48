//! The configuration itself.

use bot::{Finding, Level};

use super::{Seen, Subject};
use crate::config::ConfigError;
use crate::engine;

/// A configuration that cannot be used: each of its faults.
pub(crate) fn unreadable(error: &ConfigError) -> Vec<Finding> {
    let finding = |line: &String| {
        let (what, hint) = line.split_once("\n    hint: ").unwrap_or((line, ""));
        let remedy = if hint.is_empty() { "Correct it; bellhop check-config looks again." } else { hint };
        Finding {
            group: "Configuration",
            name: "file".to_owned(),
            level: Level::Failure,
            what: what.to_owned(),
            remedy: Some(remedy.to_owned()),
        }
    };
    error.lines.iter().map(finding).collect()
}

pub(super) async fn file(subject: &Subject) -> Vec<Seen> {
    let facts = &subject.facts;
    let (accounts, grants) = (facts.accounts.len(), facts.grants);
    let mut seen = vec![Seen::ok(format!("{} is good: {accounts} accounts, {grants} grants", facts.name))];
    if grants == 0 {
        seen.push(Seen::warning("there are no grants, so nobody may do anything", "Add a [[grants]] table."));
    }
    seen
}

/// The console lends anybody's identity to whoever reaches its page.
pub(super) async fn console(subject: &Subject) -> Vec<Seen> {
    let facts = &subject.facts;
    if !facts.console {
        return Vec::new();
    }
    let off = "Set [console] enabled = false; it is for development.";
    vec![match &facts.public_url {
        Some(url) if !is_here(url) => {
            Seen::failure(format!("the console is on while {url} leads to this server"), off)
        }
        _ if facts.allow_real_aws && !engine::is_local(&subject.vars) => {
            Seen::warning("the console is on, and leads to a real AWS", off)
        }
        _ => Seen::ok("the console is on, for this machine only"),
    }]
}

/// Whether an address is this machine's own.
pub(super) fn is_here(url: &str) -> bool {
    let host = url.parse::<axum::http::Uri>().ok().and_then(|url| url.host().map(str::to_owned));
    host.is_some_and(|host| crate::config::is_loopback(&host))
}
