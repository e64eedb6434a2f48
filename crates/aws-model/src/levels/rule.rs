//! The rule over an operation's name: its verb first, then what the verb is about.

use super::Level;
use super::words::split;
use crate::{Operation, Service, ShapeKind};

/// Verbs that only ever read.
const READING: &[&str] =
    &["Get", "Describe", "Head", "Lookup", "Search", "Query", "Scan", "Select", "View", "Estimate"];
/// Verbs that take things away for good.
const REMOVING: &[&str] = &[
    "Delete",
    "Terminate",
    "Destroy",
    "Purge",
    "Remove",
    "Deregister",
    "Unregister",
    "Erase",
    "Drop",
    "Release",
    "Discard",
    "Dispose",
    "Forget",
];
/// Verbs whose answers can carry a secret, if they are about one.
const YIELDING: &[&str] = &[
    "Get",
    "Create",
    "Generate",
    "Regenerate",
    "Issue",
    "Retrieve",
    "Reset",
    "Assume",
    "Exchange",
    "Refresh",
    "Request",
    "Rotate",
    "Download",
    "Export",
    "Import",
    "Set",
    "Update",
    "Change",
    "Put",
];
/// What ends the name of an operation about a secret.
const SECRETS: &[&str] =
    &["Credential", "Credentials", "Token", "Tokens", "Password", "Passwords", "Secret", "Secrets"];
/// Two words that do.
const SECRET_PAIRS: &[(&str, &str)] = &[
    ("Access", "Key"),
    ("Access", "Keys"),
    ("Api", "Key"),
    ("Api", "Keys"),
    ("API", "Key"),
    ("Private", "Key"),
    ("Key", "Pair"),
    ("Password", "Data"),
    ("Secret", "Value"),
    ("Login", "Profile"),
    ("Login", "URL"),
    ("Login", "Url"),
    ("Auth", "Token"),
    ("Domain", "Url"),
    ("Notebook", "Url"),
];
/// Words of access control.
const ACCESS: &[&str] = &[
    "Policy",
    "Policies",
    "Role",
    "Roles",
    "Grant",
    "Grants",
    "Permission",
    "Permissions",
    "Acl",
    "Principal",
    "Principals",
    "Entitlement",
    "Entitlements",
    "Delegated",
    "Share",
    "Shares",
    "Sharing",
];
/// Words before `Policy` that make it one of another kind.
#[rustfmt::skip]
const OTHER_POLICIES: &[&str] = &[
    "Lifecycle", "Scaling", "Retention", "Cache", "Request", "Headers", "Backup", "Balancer", "Replication",
    "Throttling", "Deployment", "Network", "Firewall", "Rotation", "Routing", "Traffic", "Monitoring", "Schedule",
    "Scheduling", "Filter", "Placement", "Stickiness", "Fleet", "Ssl", "SSL", "Reasoning", "Termination", "Creation",
    "Resiliency", "Metric", "Cors", "Index", "Tier", "Gateway", "Metering", "Ipam", "Allocation", "Restriction",
];
/// What a reading operation's name ends with when its answer is somebody's content.
#[rustfmt::skip]
const CONTENTS: &[&str] = &[
    "Content", "Contents", "Blob", "File", "Folder", "Transcript", "Media", "Artifact", "Output", "Screenshot", "Object",
    "Item", "Items", "Records", "Code", "Clip", "Url", "URL",
];
/// Two words that do.
#[rustfmt::skip]
const CONTENT_PAIRS: &[(&str, &str)] = &[
    ("Query", "Results"), ("Search", "Results"), ("Statement", "Result"), ("Log", "Events"), ("Log", "Record"),
    ("Log", "Fields"), ("Image", "Data"), ("Uefi", "Data"), ("Template", "Data"), ("Retained", "Message"),
];

/// The level that name and shapes suggest.
pub(super) fn by_name(service: &Service, operation: &Operation) -> Level {
    let words = split(&operation.name);
    let Some((verb, about)) = verb_and_rest(&words) else { return Level::Write };
    if YIELDING.contains(verb) && is_secret(about) {
        return Level::Secret;
    }
    match *verb {
        "List" => return Level::List,
        "Tag" | "Untag" => return Level::Tagging,
        "Assume" => return Level::Secret,
        "Invoke" | "Execute" => return Level::Execute,
        _ => {}
    }
    if READING.contains(verb) {
        return reading(service, operation, verb, about);
    }
    changing(service, verb, about)
}

/// The verb and what it is about: `AdminGetUser`, `BatchGetItem`, `TransactGetItems` do what the second word says.
pub(super) fn verb_and_rest<'a, 'b>(words: &'a [&'b str]) -> Option<(&'a &'b str, &'a [&'b str])> {
    match words {
        ["Admin" | "Batch" | "Transact" | "Bulk", verb, rest @ ..] => Some((verb, rest)),
        [verb, rest @ ..] => Some((verb, rest)),
        [] => None,
    }
}

/// A description is a list where it comes in pages, and data where it is somebody's content.
fn reading(service: &Service, operation: &Operation, verb: &str, about: &[&str]) -> Level {
    let contents = verb == "Get" && is_content(about);
    if contents || matches!(verb, "Scan" | "Select" | "Query") || streams(service, operation) {
        return Level::Data;
    }
    let lists = matches!(verb, "Describe" | "Search") && service.paginator(&operation.name).is_some();
    if lists { Level::List } else { Level::Read }
}

fn is_content(about: &[&str]) -> bool {
    match without_version(about) {
        [.., before, last] => CONTENTS.contains(last) || CONTENT_PAIRS.contains(&(*before, *last)),
        [last] => CONTENTS.contains(last),
        [] => false,
    }
}

fn without_version<'a, 'b>(about: &'a [&'b str]) -> &'a [&'b str] {
    match about {
        [rest @ .., "V1" | "V2"] => rest,
        all => all,
    }
}

fn streams(service: &Service, operation: &Operation) -> bool {
    let Some(output) = operation.output.map(|id| service.shape(id)) else { return false };
    let body = output.traits.payload.as_deref().and_then(|payload| output.member(payload));
    body.is_some_and(|body| {
        let shape = service.shape(body.shape);
        body.traits.streaming
            || shape.traits.streaming
            || shape.traits.event_stream
            || matches!(shape.kind, ShapeKind::Blob)
    })
}

fn changing(service: &Service, verb: &str, about: &[&str]) -> Level {
    if is_tags(about) {
        return Level::Tagging;
    }
    // Packets again, and certificates: neither says who may do what in AWS.
    let opens_ports = about.iter().any(|word| matches!(*word, "Ingress" | "Egress" | "Rules"));
    let gives = matches!(verb, "Grant" | "Revoke" | "Authorize" | "Deauthorize" | "Share" | "Unshare");
    if is_access(about) || gives && !opens_ports {
        return Level::Permissions;
    }
    // All that IAM has is about who may do what.
    if matches!(service.name(), "iam" | "identitystore" | "sso-admin") {
        return Level::Permissions;
    }
    if REMOVING.contains(&verb)
        || about.contains(&"Deletion") && matches!(verb, "Schedule" | "Start" | "Initiate")
    {
        return Level::Destructive;
    }
    Level::Write
}

/// Whether the words end in a secret, or in whom a secret is for.
fn is_secret(about: &[&str]) -> bool {
    let about = without_version(about);
    let ends = match about {
        [.., before, last] => SECRETS.contains(last) || SECRET_PAIRS.contains(&(*before, *last)),
        [last] => SECRETS.contains(last),
        [] => false,
    };
    let is_for = |pair: &[&str]| SECRETS.contains(&pair[0]) && matches!(pair[1], "For" | "With" | "From");
    ends || about.windows(2).any(is_for) || about.contains(&"Presigned")
}

/// Whether a member's name is a secret's: `SecretAccessKey`, `authToken`.
pub(super) fn names_secret(member: &str) -> bool {
    let mut chars = member.chars();
    let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    let words = split(&capital);
    let marks = |word: &&str| matches!(*word, "Next" | "Continuation" | "Pagination");
    let harmless = words.iter().any(marks) || words.ends_with(&["Client", "Token"]);
    is_secret(&words) && !harmless || matches!(words.as_slice(), [.., "Auth", "Code"])
}

fn is_tags(about: &[&str]) -> bool {
    match about {
        [.., "With", "Tags"] => false,
        ["Tag"] | [.., "Tags" | "Tagging"] => true,
        _ => about.windows(2).any(|pair| matches!(pair, ["Tags", "For" | "To" | "From" | "On"])),
    }
}

fn is_access(about: &[&str]) -> bool {
    about.iter().enumerate().any(|(at, word)| {
        let before = at.checked_sub(1).and_then(|at| about.get(at)).copied().unwrap_or("");
        match *word {
            "Policy" | "Policies" => !OTHER_POLICIES.contains(&before),
            "Public" => about.get(at + 1) == Some(&"Access"),
            // EC2's network lists are about packets.
            "Acl" => before != "Network",
            word => ACCESS.contains(&word),
        }
    })
}
