//! Slack's wire, and nothing else: signatures, payloads, Block Kit within its limits, replies to a `response_url`.
//!
//! Invariants: payloads are parsed only from [`Verified`] bytes; a message that can be built is within Slack's
//! limits, and no text in it can ping anybody or pass for a link; a secret cannot be printed.
//! Absent on purpose: a network client (see [`Post`]), tokens, routing, and any opinion on what a command means. The
//! Web API, events and Socket Mode get modules of their own beside these.

pub mod blocks;
mod command;
mod deliver;
mod form;
mod message;
mod response_url;
mod secret;
pub mod text;
mod verify;

pub use command::{CommandError, SlashCommand};
pub use deliver::{
    BoxFuture, Clock, Delivery, MAX_ATTEMPTS, Post, PostError, PostReply, Purpose, URL_LIFETIME, URL_USES,
    UrlBudget, deliver,
};
pub use form::{Form, FormError, FormLimits};
pub use message::{Message, ResponseType};
pub use response_url::{BaseError, ResponseUrl, ResponseUrlBases, UrlError};
pub use secret::Secret;
pub use verify::{
    EmptySecret, MAX_SKEW, SIGNATURE_HEADER, SigningSecret, TIMESTAMP_HEADER, Verified, VerifyError, sign,
    verify,
};
