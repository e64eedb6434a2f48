//! The line as it may be shown and recorded: values of parameters that the model calls sensitive, or whose names say
//! so, are left out.

use std::collections::HashSet;

use aws_cli::Invocation;
use aws_model::{Member, Service, ShapeId, ShapeKind};

/// What stands in a value's place.
const MASK: &str = "****";

/// Parts of names that tell a secret, besides what the model marks.
const TELLING: [&str; 7] =
    ["password", "passphrase", "secret", "privatekey", "credential", "authtoken", "accesstoken"];

/// The words of a call, quoted where needed, without secrets.
pub(crate) fn shown(words: &[String], invocation: &Invocation) -> String {
    let members = sensitive_members(invocation);
    let hidden = |option: &str| {
        let plain = plain(option);
        let whole = !members.is_empty() && matches!(plain.as_str(), "cliinputjson" | "cliinputyaml");
        whole || members.contains(&plain) || TELLING.iter().any(|part| plain.contains(part))
    };
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut hide = false;
    for word in words {
        if let Some(option) = word.strip_prefix("--") {
            let (name, value) =
                option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            hide = hidden(name);
            match value {
                Some(_) if hide => out.push(format!("--{name}={MASK}")),
                _ => out.push(quoted(word)),
            }
        } else if hide {
            if out.last().is_none_or(|last| last != MASK) {
                out.push(MASK.to_owned());
            }
        } else {
            out.push(quoted(word));
        }
    }
    out.join(" ")
}

/// Names of the input's members that hold something sensitive, anywhere within.
fn sensitive_members(invocation: &Invocation) -> Vec<String> {
    let service = &invocation.call.service;
    let Some(input) = invocation.call.model().and_then(|operation| operation.input) else {
        return Vec::new();
    };
    let ShapeKind::Structure(members) = &service.shape(input).kind else { return Vec::new() };
    let telling = members.iter().filter(|member| sensitive(service, member, &mut HashSet::new()));
    telling.map(|member| plain(member.name.as_str())).collect()
}

/// Whether the member or anything within it is sensitive; `seen` keeps shapes that hold themselves from looping.
fn sensitive(service: &Service, member: &Member, seen: &mut HashSet<ShapeId>) -> bool {
    let shape = service.shape(member.shape);
    if member.traits.sensitive || shape.traits.sensitive {
        return true;
    }
    if !seen.insert(member.shape) {
        return false;
    }
    match &shape.kind {
        ShapeKind::Structure(members) => members.iter().any(|member| sensitive(service, member, seen)),
        ShapeKind::List(item) => sensitive(service, item, seen),
        ShapeKind::Map { key, value } => sensitive(service, key, seen) || sensitive(service, value, seen),
        _ => false,
    }
}

/// `--master-user-password` and `MasterUserPassword` are the same name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The word as it can be typed again.
pub(crate) fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_alphanumeric() || "-_=:,./@+%^~".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
