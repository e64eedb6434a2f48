//! Bellhop's own small reads: what something is called, whether a user exists, what a refusal means.
//!
//! Each is a line of the AWS CLI like any other, so one engine makes them. Invariant: only what reads is looked up; a
//! lookup cannot change anything, whatever its words are.

use std::sync::Arc;
use std::time::Duration;

use aws_call::{CallError, CallOptions, CredentialSource};
use aws_cli::{ExecuteError, Parsed, Profile};
use value::Value;

use crate::bot::Inner;

/// Why a lookup found nothing out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LookupFault {
    /// AWS said no, with this code and message.
    #[error("AWS answered {code}: {message}")]
    Refused {
        /// AWS's error code.
        code: String,
        /// What it said.
        message: String,
    },
    /// There was no answer in time, or none at all.
    #[error("AWS could not be asked: {0}")]
    Unanswered(String),
    /// The words are no read: a mistake of whoever wrote them.
    #[error("`{0}` is no read")]
    NoRead(String),
}

/// Where and as whom something is looked up.
#[derive(Clone)]
pub(crate) struct Looker {
    pub(crate) region: String,
    pub(crate) credentials: Arc<dyn CredentialSource>,
    /// How long an answer may take.
    pub(crate) limit: Duration,
}

/// Asks AWS by the words of a command line, such as `["iam", "get-user", "--user-name", "alice"]`; all pages.
pub(crate) async fn lookup(inner: &Inner, looker: &Looker, words: &[&str]) -> Result<Value, LookupFault> {
    let no_read = || LookupFault::NoRead(words.iter().take(2).copied().collect::<Vec<_>>().join(" "));
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let parsed = aws_cli::parse(&inner.catalog, &words, &inner.settings.environment, Profile::Chat);
    let Ok(Parsed::Call(invocation)) = parsed else { return Err(no_read()) };
    if !invocation.needs().all(|(_, level)| level.is_reading()) {
        return Err(no_read());
    }
    let options = CallOptions {
        region: Some(looker.region.clone()),
        credentials: Some(Arc::clone(&looker.credentials)),
        deadline: Some(looker.limit),
        ..inner.aws.options(invocation.call.service.name())
    };
    tokio::select! {
        answered = inner.aws.execute(&invocation, &options) => answered.map_err(fault_of),
        () = inner.clock.pause(looker.limit) => Err(LookupFault::Unanswered("it took too long".to_owned())),
    }
}

fn fault_of(error: ExecuteError) -> LookupFault {
    match error {
        ExecuteError::Call(CallError::Rejected(error)) => {
            LookupFault::Refused { code: error.code.clone(), message: error.message.clone() }
        }
        ExecuteError::Call(error) => LookupFault::Unanswered(error.to_string()),
        ExecuteError::Waiter(text) | ExecuteError::Paging(text) => LookupFault::Unanswered(text),
    }
}
