//! Whether an operation only reads, as far as repeating it goes.
//!
//! The models' own mark covers an eighth of all operations. Here a wrong “no” costs a retry and a wrong “yes” could
//! run a write twice, so only verbs that never write count. Not meant for deciding who may do what.

use aws_model::Operation;

const VERBS: [&str; 11] = [
    "Describe",
    "List",
    "Get",
    "Head",
    "BatchGet",
    "BatchDescribe",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Filter",
];

/// Whether repeating the operation changes nothing.
pub(crate) fn only_reads(operation: &Operation) -> bool {
    let name = operation.name.as_str();
    let verb = VERBS.iter().any(|verb| {
        name.strip_prefix(verb)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    });
    let safe_method = operation.read_only && operation.method == "GET";
    verb || safe_method || operation.method == "HEAD"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_decide() {
        for (name, expected) in [
            ("DescribeInstances", true),
            ("Query", true),
            ("GetObject", true),
            ("Getaway", false),
            ("RunInstances", false),
            ("ReceiveMessage", false),
            ("ListenToNothing", false),
        ] {
            let operation = Operation { name: name.into(), method: "POST".into(), ..Operation::default() };
            assert_eq!(only_reads(&operation), expected, "{name}");
        }
    }
}
