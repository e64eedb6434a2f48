//! The words of an operation's name.

/// `GetObject` as `["Get", "Object"]`; runs of capitals stay together, `CreateDBCluster` as
/// `["Create", "DB", "Cluster"]`.
pub(super) fn split(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let mut words = Vec::new();
    let mut begin = 0;
    for at in 1..bytes.len() {
        let upper = bytes[at].is_ascii_uppercase();
        let after_lower = !bytes[at - 1].is_ascii_uppercase();
        let before_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        if upper && (after_lower || before_lower) {
            words.push(&name[begin..at]);
            begin = at;
        }
    }
    if let Some(last) = name.get(begin..).filter(|last| !last.is_empty()) {
        words.push(last);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn splits_at_capitals() {
        for (name, expected) in [
            ("GetObject", &["Get", "Object"][..]),
            ("CreateDBCluster", &["Create", "DB", "Cluster"]),
            ("ListObjectsV2", &["List", "Objects", "V2"]),
            ("DescribeVpcs", &["Describe", "Vpcs"]),
            ("GetABC", &["Get", "ABC"]),
            ("invoke", &["invoke"]),
            ("", &[]),
        ] {
            assert_eq!(split(name), expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn loses_nothing(name in "\\PC{0,40}") {
            proptest::prop_assert_eq!(split(&name).concat(), name);
        }
    }
}
