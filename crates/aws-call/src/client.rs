//! The client: a call goes in, an answer comes out.

use std::fmt;
use std::sync::Arc;

use aws_model::Catalog;

use crate::call::{Call, CallOptions};
use crate::clock::{Clock, Random};
use crate::error::{CallError, NotSent};
use crate::message::Answer;
use crate::transport::Transport;

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct ClientParts {
    /// How HTTP is spoken.
    pub transport: Arc<dyn Transport>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The models: partitions, and STS for roles.
    pub catalog: Catalog,
}

/// Makes calls. Clones share everything: the connections, the quota of retries.
#[derive(Clone)]
pub struct Client {
    parts: Arc<ClientParts>,
}

impl Client {
    /// A client for the real world.
    pub fn new(_catalog: Catalog) -> Client {
        unreachable!()
    }

    /// A client of those parts.
    pub fn from_parts(parts: ClientParts) -> Client {
        Client { parts: Arc::new(parts) }
    }

    /// What the client is made of.
    pub fn parts(&self) -> &ClientParts {
        &self.parts
    }

    /// Makes one call and reads its answer; repeats it where that is safe and promising.
    pub async fn call(&self, call: &Call, _options: &CallOptions) -> Result<Answer, CallError> {
        Err(CallError::NotSent(NotSent::UnknownOperation(call.operation.to_string())))
    }

    /// The request that a call's first attempt would send, signed; nothing is sent (credentials may be fetched).
    pub async fn prepare(&self, call: &Call, _options: &CallOptions) -> Result<SignedRequest, CallError> {
        Err(CallError::NotSent(NotSent::UnknownOperation(call.operation.to_string())))
    }

    /// A URL that makes the call for whoever has it, for so many seconds (SigV4 in the query).
    pub async fn presign(&self, call: &Call, _options: &CallOptions, _seconds: u32) -> Result<String, CallError> {
        Err(CallError::NotSent(NotSent::UnknownOperation(call.operation.to_string())))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A request as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The HTTP method.
    pub method: String,
    /// The whole URL, encoded as it is sent.
    pub url: String,
    /// All headers but `Host` and `Content-Length`, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: bytes::Bytes,
}

/// Shows the method and the URL without its query, which may be a bearer secret.
impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next())
            .finish_non_exhaustive()
    }
}
