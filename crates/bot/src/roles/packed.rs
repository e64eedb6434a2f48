//! Whether a session's policy and tags fit into STS's room for them, before STS is asked.
//!
//! STS packs policy and tags together into a binary form with a limit of its own, which AWS publishes neither the form nor
//! the size of; what is published are the limits of the plain texts, and that the answer tells the share that was taken
//! (`PackedPolicySize`). So this is an **estimate**, made to err on the side of too much:
//!
//! - a policy takes the share that its characters have of the longest one that STS takes, as if nothing were packed;
//! - a character of a tag's key or value takes a fifth of a percent: the six tags of EKS Pod Identity, by their form some
//!   300 to 400 characters, are reported to take 74 percent.
//!
//! What a session really took is kept, and told by `/metrics`.
//! Sources: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>,
//! <https://github.com/aws/containers-roadmap/issues/2413>.

use super::reading::LONGEST_POLICY;

/// How many characters of tags make a percent.
const TAGS_A_PERCENT: usize = 5;

/// The estimate, in percent; what is over 100 is not to be sent.
pub(super) fn percent(policy: usize, tags: &[(String, String)]) -> usize {
    let tags: usize = tags.iter().map(|(key, value)| key.chars().count() + value.chars().count()).sum();
    (policy * 100).div_ceil(LONGEST_POLICY) + tags.div_ceil(TAGS_A_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(length: usize) -> Vec<(String, String)> {
        vec![("k".repeat(length / 2), "v".repeat(length - length / 2))]
    }

    #[test]
    fn policy_and_tags_share_the_room() {
        let cases = [
            (0, 0, 0),
            (LONGEST_POLICY, 0, 100),
            (LONGEST_POLICY, 1, 101),
            (1024, 250, 100),
            (1024, 251, 101),
            (1, 1, 2),
        ];
        for (policy, length, expected) in cases {
            assert_eq!(percent(policy, &tags(length)), expected, "{policy} and {length}");
        }
    }
}
