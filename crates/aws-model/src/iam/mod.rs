//! What IAM calls the permission that an operation needs, at which access level, on which resources.
//!
//! The facts are AWS's own (Service Authorization Reference), in a committed table that `cargo xtask iam-actions` makes.
//! Invariant: what the table does not know is said to be unknown, never guessed.
//! Absent on purpose: condition keys, and permissions that an operation needs in other services.

mod operations;
mod prefix;

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

pub(crate) use prefix::prefix_of;
pub use prefix::{iam_action, iam_prefix};

use crate::{Operation, Service};

static TABLE: &str = include_str!("../../iam-actions.txt");

/// IAM's own judgement of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Names what there is.
    List,
    /// Reads.
    Read,
    /// Changes things.
    Write,
    /// Changes who may do what.
    Permissions,
    /// Changes tags.
    Tagging,
}

/// A permission that an operation needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamAction {
    /// As policies name it, `s3:ListAllMyBuckets`.
    pub name: String,
    /// Its access level; `None` where IAM's table does not know the action.
    pub access: Option<Access>,
    /// The types of resources that a policy can name for it. None where it is for all or nothing.
    pub resources: Vec<Resource>,
}

/// A type of resources that a policy can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `bucket`
    pub kind: &'static str,
    /// `arn:${Partition}:s3:::${BucketName}`; empty where the table has none.
    pub arn: String,
    /// The action always needs one of this type.
    pub required: bool,
}

/// The permissions that an operation needs in its own service, by IAM's own names.
pub fn iam_actions(service: &Service, operation: &Operation) -> Vec<IamAction> {
    let prefix = iam_prefix(service);
    let section = SECTIONS.get(prefix);
    let named = operations::actions(service.name(), operation);
    let names = if named.is_empty() { vec![operation.name.as_str()] } else { named.to_vec() };
    let known = |name: &str| section.and_then(|section| section.find(name));
    let action = |name: &str| match known(name) {
        Some(action) => IamAction {
            name: format!("{prefix}:{}", action.name),
            access: Some(action.access),
            resources: section.map(|section| section.resources(action.on)).unwrap_or_default(),
        },
        None => IamAction { name: format!("{prefix}:{name}"), access: None, resources: Vec::new() },
    };
    names.into_iter().map(action).collect()
}

/// What IAM says about an operation: nothing where it does not know each of its actions.
pub(crate) fn accesses(service: &Service, operation: &Operation) -> Vec<Access> {
    let Some(section) = SECTIONS.get(iam_prefix(service)) else { return Vec::new() };
    let access = |name: &str| section.find(name).map(|action| action.access);
    let found: Option<Vec<Access>> = match operations::actions(service.name(), operation) {
        [] => access(&operation.name).map(|access| vec![access]),
        named => named.iter().map(|name| access(name)).collect(),
    };
    found.unwrap_or_default()
}

/// The part of the table that is about one prefix.
struct Section {
    text: &'static str,
    actions: OnceLock<Vec<Action>>,
}

struct Action {
    name: &'static str,
    access: Access,
    /// Types of resources as the table has them.
    on: &'static str,
}

static SECTIONS: LazyLock<HashMap<&'static str, Section>> = LazyLock::new(|| sections(TABLE));

fn sections(table: &'static str) -> HashMap<&'static str, Section> {
    let mut found = HashMap::new();
    let mut rest = table;
    while !rest.is_empty() {
        let (name, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        let end = next_section(behind);
        if !name.starts_with('#') {
            found.insert(name, Section { text: &behind[..end], actions: OnceLock::new() });
        }
        rest = &behind[end..];
    }
    found
}

/// Where the next line without indent begins.
fn next_section(text: &str) -> usize {
    if !text.starts_with(' ') {
        return 0;
    }
    let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
    breaks.into_iter().find(|at| !text[*at..].starts_with(' ')).unwrap_or(text.len())
}

impl Section {
    /// The action of that name, whatever its capitals: models and IAM differ in a few.
    fn find(&self, name: &str) -> Option<&Action> {
        let actions = self.actions.get_or_init(|| actions(self.text));
        let found = actions.binary_search_by(|action| lower(action.name).cmp(lower(name))).ok()?;
        actions.get(found)
    }

    fn resources(&self, on: &'static str) -> Vec<Resource> {
        let kinds = on.split(',').filter(|kind| *kind != "-");
        let resource = |word: &'static str| {
            let kind = word.trim_start_matches('*');
            Resource { kind, arn: self.arn(kind), required: kind.len() < word.len() }
        };
        kinds.map(resource).collect()
    }

    fn arn(&self, kind: &str) -> String {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix(' '));
        let mut types = lines.filter_map(|line| line.split_once(' '));
        let short = types.find(|(name, _)| *name == kind).map_or("", |(_, arn)| arn);
        let begin = if short.starts_with(':') { "arn:${Partition}" } else { "" };
        format!("{begin}{}", short.replace('~', "${Region}:${Account}"))
    }
}

fn lower(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// All actions of a section, sorted by their names in lower case.
fn actions(text: &'static str) -> Vec<Action> {
    let mut found = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("  ")) {
        let mut words = line.split(' ');
        let access = words.next().and_then(access_named);
        let (Some(access), Some(on)) = (access, words.next()) else { continue };
        found.extend(words.map(|name| Action { name, access, on }));
    }
    found.sort_by(|one, next| lower(one.name).cmp(lower(next.name)));
    found
}

fn access_named(word: &str) -> Option<Access> {
    Some(match word {
        "List" => Access::List,
        "Read" => Access::Read,
        "Write" => Access::Write,
        "Permissions" => Access::Permissions,
        "Tagging" => Access::Tagging,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    #[test]
    fn every_line_of_the_table_is_read() {
        let mut lines = 0;
        for (prefix, section) in SECTIONS.iter() {
            for line in section.text.lines() {
                let words = line.split_whitespace().count();
                let whole = if line.starts_with("  ") { words >= 3 } else { words == 2 };
                assert!(whole && line.starts_with(' '), "{prefix}: {line}");
                lines += 1;
            }
            let actions = actions(section.text);
            assert!(!actions.is_empty(), "{prefix}");
            assert!(actions.windows(2).all(|pair| lower(pair[0].name).lt(lower(pair[1].name))), "{prefix}");
        }
        let all = TABLE.lines().filter(|line| line.starts_with(' ')).count();
        assert_eq!(lines, all);
    }

    #[test]
    fn operations_have_iam_s_names_and_resources() {
        let catalog = Catalog::embedded();
        for (service, operation, expected) in [
            ("ec2", "DescribeInstances", "ec2:DescribeInstances List"),
            ("s3", "ListBuckets", "s3:ListAllMyBuckets List"),
            (
                "s3",
                "GetObject",
                "s3:GetObject Read accesspointobject=arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName} object=arn:${Partition}:s3:::${BucketName}/${ObjectName}",
            ),
            (
                "lambda",
                "Invoke",
                "lambda:InvokeFunction Write *function=arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",
            ),
            ("apigateway", "GetRestApis", "apigateway:GET Read"),
            ("continuum", "GetEnvironment", "continuum:GetEnvironment ?"),
        ] {
            let service = catalog.open(service).expect("a service");
            let operation = service.operation(operation).expect("an operation");
            let found = &iam_actions(&service, operation)[0];
            let access = found.access.map_or("?".to_owned(), |access| format!("{access:?}"));
            let star = |required: bool| if required { "*" } else { "" };
            let on = found.resources.iter().map(|on| format!(" {}{}={}", star(on.required), on.kind, on.arn));
            let shown = format!("{} {access}{}", found.name, on.collect::<String>());
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
