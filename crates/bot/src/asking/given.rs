//! Whose word stands behind a command: sealed into its job, and weighed again by the worker.
//!
//! A word covers what it was given for and no more: a confirmation is no approval, and an approval counts by those who
//! may approve at the moment of weighing.

use policy::{Approval, Permit};
use serde::{Deserialize, Serialize};

/// Whose word was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Given {
    /// Nobody's.
    #[default]
    Nothing,
    /// The caller wrote `--yes`.
    Yes,
    /// The caller pressed Run.
    Confirmed,
    /// These people approved.
    Approved(Vec<String>),
}

impl Given {
    /// Whether that is the caller's confirmation. Others' approval of what its caller asked for is more than that.
    pub(crate) fn confirms(&self, permit: &Permit) -> bool {
        match self {
            Given::Nothing => false,
            Given::Yes => permit.yes,
            Given::Confirmed | Given::Approved(_) => true,
        }
    }

    /// Whether enough of those who may approve, and are not the caller, did so. Each counts once.
    pub(crate) fn approves(
        &self,
        approval: &Approval,
        caller: &str,
        may_approve: impl Fn(&[String], &str) -> bool,
    ) -> bool {
        let Given::Approved(by) = self else { return false };
        let mut counted: Vec<&str> = by.iter().map(String::as_str).collect();
        counted.sort_unstable();
        counted.dedup();
        counted.retain(|user| *user != caller && may_approve(&approval.approvers, user));
        u32::try_from(counted.len()).unwrap_or(u32::MAX) >= approval.count.max(1)
    }

    /// The word for it in records.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Given::Nothing => "run",
            Given::Yes => "confirmed by --yes",
            Given::Confirmed => "confirmed",
            Given::Approved(_) => "approved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_count_once_by_the_approvers_of_now_and_never_by_the_caller() {
        let approvers = ["U1", "U2", "U3", "UME"].map(str::to_owned).to_vec();
        let may = |approvers: &[String], user: &str| approvers.iter().any(|approver| approver == user);
        let cases: [(&[&str], u32, bool); 9] = [
            (&["U1"], 1, true),
            (&["U1"], 2, false),
            (&["U1", "U2"], 2, true),
            (&["U1", "U1"], 2, false),
            (&["UME"], 1, false),
            (&["U1", "UME"], 2, false),
            (&["U9"], 1, false),
            (&[], 0, false),
            (&[], 1, false),
        ];
        for (by, count, expected) in cases {
            let given = Given::Approved(by.iter().map(|user| (*user).to_owned()).collect());
            let approval = Approval { approvers: approvers.clone(), count };
            assert_eq!(given.approves(&approval, "UME", may), expected, "{by:?} of {count}");
        }
        let approval = Approval { approvers, count: 1 };
        for given in [Given::Nothing, Given::Yes, Given::Confirmed] {
            assert!(!given.approves(&approval, "UME", may), "{given:?}");
        }
    }
}
