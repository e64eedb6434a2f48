//! Sending one HTTP request and receiving its answer.
//!
//! Invariant: whoever implements [`Transport`] tells whether bytes of the request may have left this process, and
//! says "no" only when it is certain.

mod exchange;
mod hyper;
mod proxy;
mod trust;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};

use crate::BoxFuture;

pub use self::hyper::HyperTransport;
pub use self::proxy::{Proxies, ProxyFault};
pub use self::trust::Trust;

/// What goes over the wire: absolute URI, all headers, the whole body.
pub type HttpRequest = Request<Bytes>;

/// Limits of one exchange.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest wait for a connection.
    pub connect: Option<Duration>,
    /// The longest silence while the answer is awaited or read.
    pub read: Option<Duration>,
    /// What is left for the whole exchange.
    pub total: Option<Duration>,
}

/// Something that speaks HTTP.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends a request and waits for the head of the answer.
    fn send(&self, request: HttpRequest, limits: Limits)
    -> BoxFuture<'_, Result<HttpAnswer, TransportError>>;
}

/// An answer whose head has come.
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, still arriving.
    pub body: Box<dyn Body>,
}

/// A body that arrives in pieces.
pub trait Body: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;

    /// The length, where the head told it.
    fn length(&self) -> Option<u64> {
        None
    }
}

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct TransportError {
    /// What went wrong, as far as callers tell it apart.
    pub kind: TransportErrorKind,
    /// Whether bytes of the request may have left.
    pub sent: bool,
    /// A sentence about it, without secrets.
    pub reason: String,
}

/// What may go wrong in an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// The name cannot be resolved, or nobody answers there.
    Connect,
    /// No connection within [`Limits::connect`].
    ConnectTimeout,
    /// TLS could not be agreed upon, or the certificate is not trusted.
    Tls,
    /// Silence beyond [`Limits::read`].
    ReadTimeout,
    /// [`Limits::total`] is used up.
    Deadline,
    /// The connection broke.
    Broken,
    /// The request cannot be expressed in HTTP.
    Unusable,
}
