//! What one attempt of a call came to, and what follows from it.

use std::time::Duration;

use http::HeaderMap;

use crate::call::{RetryMode, RetryOptions, WriteRetries};
use crate::error::{CallError, Lost, NotSent};
use crate::message::ServiceError;
use crate::parse::ParseError;
use crate::retry::{self, Failure};
use crate::transport::{TransportError, TransportErrorKind};

/// How an attempt failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Nothing was sent, for a reason that another attempt does not change.
    NotSent(NotSent),
    /// The exchange failed.
    Transport(TransportError),
    /// The service answered with an error.
    Service(Box<ServiceError>, HeaderMap),
    /// The answer cannot be read.
    Unreadable(ParseError),
}

impl Fault {
    /// What kind of failure it is, as far as retries go.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Fault::NotSent(_) | Fault::Unreadable(_) => Failure::Final,
            Fault::Transport(error) => Failure::of_transport(error.kind),
            Fault::Service(error, _) => Failure::of_answer(error),
        }
    }

    /// Whether the service may have done what was asked although the attempt failed.
    pub(crate) fn leaves_doubt(&self) -> bool {
        match self {
            Fault::NotSent(_) => false,
            Fault::Transport(error) => error.sent,
            Fault::Service(error, _) => Failure::of_answer(error) == Failure::ServerFault,
            Fault::Unreadable(_) => true,
        }
    }

    /// How long the service asks to be left alone.
    pub(crate) fn asked_pause(&self) -> Option<Duration> {
        match self {
            Fault::Service(_, headers) => retry::asked_pause(headers),
            _ => None,
        }
    }

    /// Whether another attempt may be made. `repeatable`: doing it twice is doing it once.
    pub(crate) fn may_retry(&self, repeatable: bool, retry: &RetryOptions) -> bool {
        let allowed = repeatable || !self.leaves_doubt() || retry.writes == WriteRetries::LikeAwsCli;
        allowed
            && (self.failure() != Failure::Final || retry.mode == RetryMode::Legacy && self.is_over_limit())
    }

    /// A status that only `legacy` tries again: the service's bandwidth is used up.
    fn is_over_limit(&self) -> bool {
        matches!(self, Fault::Service(error, _) if error.status == 509)
    }

    /// The same, with the number of retries where that attempt was the last allowed. (`legacy` counts only failures that it
    /// would try again.)
    pub(crate) fn after(mut self, attempt: u32, retry: &RetryOptions) -> Fault {
        let counts = retry.mode != RetryMode::Legacy || self.may_retry(true, retry);
        if let Fault::Service(error, _) = &mut self
            && counts
            && attempt >= retry.max_attempts
        {
            error.retries = Some(attempt - 1);
        }
        self
    }

    /// What the caller is told. `doubt`: an earlier attempt may have been carried out.
    pub(crate) fn into_error(self, url: &str, repeatable: bool, doubt: bool) -> CallError {
        let url = url.split('?').next().unwrap_or_default().to_owned();
        let open = doubt || self.leaves_doubt();
        match self {
            Fault::NotSent(reason) => CallError::NotSent(reason),
            Fault::Transport(source) if !open => CallError::NotSent(match source.kind {
                TransportErrorKind::Deadline => NotSent::Deadline,
                _ => NotSent::Connect { url, source },
            }),
            Fault::Transport(source) => CallError::MayHaveHappened(match source.kind {
                TransportErrorKind::Deadline => Lost::Deadline,
                _ => Lost::Transport { url, source },
            }),
            Fault::Service(error, _) if !repeatable && Failure::of_answer(&error) == Failure::ServerFault => {
                CallError::MayHaveHappened(Lost::Service(error))
            }
            Fault::Service(error, _) => CallError::Rejected(error),
            Fault::Unreadable(error) => CallError::MayHaveHappened(Lost::Answer(error)),
        }
    }
}
