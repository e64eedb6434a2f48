//! How a call fails: each kind says what is known of the world afterwards.

use crate::credentials::CredentialsError;
use crate::message::ServiceError;
use crate::parse::ParseError;
use crate::serialize::SerializeError;
use crate::transport::TransportError;
use crate::validate::ParamFault;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing reached the service.
    #[error("not sent")]
    NotSent(#[source] NotSent),
    /// The service answered with an error: it did not do it, as far as it says.
    #[error("rejected by the service")]
    Rejected(#[source] Box<ServiceError>),
    /// The request may have reached the service, and what came of it is unknown. Harmless for an operation that only
    /// reads; for others, someone must look.
    #[error("may have happened")]
    MayHaveHappened(#[source] Lost),
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The service has no such operation.
    #[error("the service has no operation `{0}`")]
    UnknownOperation(String),
    /// Parameters do not fit the model; all faults together.
    #[error("parameter validation failed: {}", joined(.0))]
    Params(Vec<ParamFault>),
    /// Parameters cannot be put on the wire.
    #[error("the request cannot be written")]
    Serialize(#[from] SerializeError),
    /// No region, for a service that needs one.
    #[error("no region is given")]
    NoRegion,
    /// No credentials anywhere, or none could be fetched.
    #[error("no credentials")]
    Credentials(#[from] CredentialsError),
    /// The service's rules find no endpoint; the text is theirs.
    #[error("no endpoint: {0}")]
    Endpoint(String),
    /// What the call needs is not built: a presigned URL with a signature of version 2, for one.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// No connection; `url` is where to.
    #[error("could not connect to {url}")]
    Connect {
        /// The URL that was to be called.
        url: String,
        /// What went wrong.
        #[source]
        source: TransportError,
    },
    /// The deadline passed before the request left.
    #[error("the deadline passed before the request was sent")]
    Deadline,
}

/// How an answer was lost.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The connection broke, or the other side fell silent; `url` is where to.
    #[error("no answer from {url}")]
    Transport {
        /// The URL that was called.
        url: String,
        /// What went wrong.
        #[source]
        source: TransportError,
    },
    /// The answer cannot be read; its status said that all went well.
    #[error("the answer cannot be read")]
    Answer(#[source] ParseError),
    /// The deadline passed while the answer was awaited.
    #[error("the deadline passed while the answer was awaited")]
    Deadline,
    /// The service answered with an error that leaves open whether it did it (a 5xx, to a write without a token).
    #[error("the service failed on its side")]
    Service(#[source] Box<ServiceError>),
}

fn joined(faults: &[ParamFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl CallError {
    /// The service's own error, if it answered with one.
    pub fn service_error(&self) -> Option<&ServiceError> {
        match self {
            CallError::Rejected(error) | CallError::MayHaveHappened(Lost::Service(error)) => Some(error),
            _ => None,
        }
    }
}

/// An error with its causes, as one sentence.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
