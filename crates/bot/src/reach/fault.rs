//! Why one place gave no answer.

use aws_call::CallError;
use aws_cli::ExecuteError;

use crate::outcome::causes;

/// The longest message that is kept, in characters.
const LONGEST: usize = 300;

/// Why one place gave no answer, in words without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScopeFault {
    /// The rules do not let the caller there.
    #[error("{0}")]
    Denied(String),
    /// AWS refused.
    #[error("{} (role {role})", spelled(code))]
    Refused { code: String, message: String, role: String },
    /// The role could not be had.
    #[error("{0}")]
    NoRole(String),
    /// There was no answer that could be read.
    #[error("{0}")]
    Failed(String),
    /// Time was over.
    #[error("did not answer in time")]
    Late,
}

/// A failure without a code of its own has its status for one.
fn spelled(code: &str) -> String {
    let is_status = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_status { format!("AWS failed with status {code}") } else { code.to_owned() }
}

impl ScopeFault {
    pub(crate) fn of(error: &ExecuteError, role: &str) -> ScopeFault {
        match error {
            ExecuteError::Call(CallError::Rejected(error)) => {
                let message = aws_cli::redact_text(&error.message).unwrap_or_else(|| error.message.clone());
                ScopeFault::Refused {
                    code: error.code.clone(),
                    message: message.chars().take(LONGEST).collect(),
                    role: role.to_owned(),
                }
            }
            // Of a read it does not matter whether it was made.
            ExecuteError::Call(CallError::MayHaveHappened(lost)) => ScopeFault::failed(lost),
            other => ScopeFault::failed(other),
        }
    }

    fn failed(error: &dyn std::error::Error) -> ScopeFault {
        ScopeFault::Failed(causes(error).chars().take(LONGEST).collect())
    }

    /// What AWS said.
    pub(crate) fn said(&self) -> Option<String> {
        match self {
            ScopeFault::Refused { message, .. } => Some(message.clone()),
            _ => None,
        }
    }

    /// Whether AWS asks for fewer calls.
    pub(crate) fn is_throttling(&self) -> bool {
        let ScopeFault::Refused { code, .. } = self else { return false };
        [
            "Throttl",
            "RequestLimitExceeded",
            "TooManyRequests",
            "SlowDown",
            "BandwidthLimitExceeded",
            "PriorRequestNotComplete",
        ]
        .iter()
        .any(|sign| code.contains(sign))
    }
}
