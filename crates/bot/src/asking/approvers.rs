//! Who may approve, by what is known at this moment.

use crate::bot::Inner;
use crate::members;

/// Whether a user is among the approvers, as a full member: by their own id, or in a usergroup or channel whose list is
/// fresh. Who was not seen before is not known to be one.
pub(crate) fn may_approve(inner: &Inner, tenant: &str, approvers: &[String], user: &str) -> bool {
    members::at_once(inner).is_among(approvers, tenant, user)
}
