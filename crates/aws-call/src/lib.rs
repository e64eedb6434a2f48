//! One call of any AWS operation: validate → serialize → endpoint → quirks → sign → send → retry → parse.
//!
//! Invariants: whoever calls learns whether a call was *not sent*, *rejected*, or *may have happened*
//! ([`CallError`]); a write that may have happened is never repeated unless it bears an idempotency token or the
//! caller asks for the AWS CLI's own habit ([`WriteRetries`]); no secret is ever part of an error or of `Debug`
//! output; every answer has a bound. One [`Client`], and so one connection pool, serves all accounts and regions.
//!
//! Absent on purpose: the process's environment, its files and its clock (they are handed in), command lines,
//! output formats.

mod answer;
mod attempt;
mod auth;
mod call;
pub mod checksum;
mod client;

mod clock;
mod compress;
pub mod credentials;
mod cross_region;
mod discovery;
pub mod encoding;
pub mod endpoint;
mod error;
mod express;
mod global;
mod harmless;
mod link;
mod memory;
pub mod message;
mod observe;
mod outgoing;
mod pace;
pub mod paginate;
pub mod parse;
mod prepare;
mod quirks;
mod retry;
mod seen;
pub mod serialize;
mod sign;
pub mod timestamp;
pub mod transport;
pub mod validate;
mod view;
pub mod wait;

pub use call::{
    AccountIdEndpoints, Addressing, Call, CallOptions, ChecksumWhen, Idempotency, RetryMode, RetryOptions,
    S3Options, WriteRetries,
};
pub use client::{Client, ClientParts, SignedRequest};
pub use clock::{Clock, OsRandom, Random, SystemClock};
pub use credentials::{CredentialSource, Credentials, CredentialsError};
pub use error::{CallError, Lost, NotSent, causes};
pub use link::Link;
pub use memory::{Memory, Share};
pub use message::{Answer, ParseOptions, RequestParts, ServiceError, TimestampStyle};
pub use observe::{Ending, Observer, Told};
pub use seen::RequestIds;

/// A future that can be stored and sent between threads.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
