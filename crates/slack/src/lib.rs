//! Slack's wire, and nothing else: signatures, payloads, interactions, events, Block Kit within its limits,
//! replies to a `response_url`, the Web API.
//!
//! Invariants: payloads are parsed only from [`Verified`] bytes; a message that can be built is within Slack's
//! limits, and no text in it can ping anybody or pass for a link; a secret cannot be printed.
//! Absent on purpose: a network client (see [`Post`] and [`web::Call`]), where tokens come from, routing, and any opinion
//! on what a command means.

pub mod blocks;
mod command;
mod deliver;
mod event;
mod form;
mod interaction;
mod message;
mod payload;
mod people;
mod response_url;
mod secret;
pub mod text;
mod verify;
pub mod web;

pub use command::{CommandError, SlashCommand};
pub use deliver::{
    BoxFuture, Clock, Delivery, MAX_ATTEMPTS, Post, PostError, PostReply, Purpose, URL_LIFETIME, URL_USES,
    UrlBudget, deliver,
};
pub use event::{Event, EventKind, EventRequest};
pub use form::{Form, FormError, FormLimits};
pub use interaction::{Action, Entered, Interaction, InteractionKind, MessagePlace, OpenView};
pub use message::{Message, ResponseType};
pub use payload::PayloadError;
pub use people::{Channel, User, Usergroup};
pub use response_url::{BaseError, ResponseUrl, ResponseUrlBases, UrlError};
pub use secret::Secret;
pub use verify::{
    EmptySecret, MAX_SKEW, NothingToExpect, SIGNATURE_HEADER, SigningSecret, TIMESTAMP_HEADER, TokenError,
    TokenTrust, Verified, VerifyError, sign, verify,
};
pub use web::WebApi;
