//! Why an evaluation does not go on.

use super::val::Val;
use crate::fault::FilterFault;

/// Why an evaluation does not go on.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    /// An error, which `try` catches.
    Error(Val),
    /// `break $label`, or a generator of which enough was seen.
    Break(u64),
    /// Limits and time, which nothing catches.
    Fault(Box<FilterFault>),
}

impl Stop {
    pub(super) fn error(message: impl AsRef<str>) -> Stop {
        Stop::Error(Val::text(message))
    }
}

impl From<FilterFault> for Stop {
    fn from(fault: FilterFault) -> Stop {
        Stop::Fault(Box::new(fault))
    }
}
