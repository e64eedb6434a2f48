//! What Slack answered, and what is to be done about it.

use std::time::Duration;

use serde_json::{Map, Value};

use super::method::{Method, Repeat};
use super::{AnswerObject, CallReply, MAX_ANSWER};
use crate::payload::{self, Object};
use crate::text::{cut, visible};
use crate::{PayloadError, PostError};

/// The longest cursor that is believed, in bytes.
pub const MAX_CURSOR: usize = 1024;
/// How long to wait where Slack limits without saying how long.
const UNSAID: Duration = Duration::from_secs(30);
/// How much of Slack's own words is kept.
const WORDS: usize = 200;
const DETAILS: usize = 10;

/// Why a request did not succeed. Each says whether it may have been done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// Nothing was done: it never left.
    #[error("{method} was not sent: {why}")]
    NotSent {
        /// The method.
        method: &'static str,
        /// What hindered it, for the operator.
        why: String,
    },
    /// It may have been done.
    #[error("{method} was sent, and nobody knows what came of it: {why}")]
    Unclear {
        /// The method.
        method: &'static str,
        /// What was wrong with the answer, for the operator.
        why: String,
    },
    /// Nothing was done: Slack says no.
    #[error("slack refused {method}: {error}")]
    Refused {
        /// The method.
        method: &'static str,
        /// Slack's word: `channel_not_found`, `missing_scope` …
        error: String,
        /// The scope that the token lacks.
        needed: Option<String>,
        /// What else Slack says, such as which block is wrong.
        details: Vec<String>,
    },
    /// Nothing was done: the limit is reached.
    #[error("slack limits {method} for another {} s", wait.as_secs())]
    RateLimited {
        /// The method.
        method: &'static str,
        /// How long to wait.
        wait: Duration,
    },
}

impl WebError {
    /// Slack's word for its refusal.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            WebError::Refused { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether it may have been done all the same.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, WebError::Unclear { .. })
    }
}

/// Where a list goes on. Keep it to go on after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor that was kept; `None` if it cannot be one.
    pub fn new(text: impl Into<String>) -> Option<Cursor> {
        let text = text.into();
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (!text.is_empty() && text.len() <= MAX_CURSOR && plain).then_some(Cursor(text))
    }

    /// To keep it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// This part.
    pub items: Vec<T>,
    /// Where it goes on; `None` at the end.
    pub next: Option<Cursor>,
}

impl<'a> AnswerObject<'a> {
    pub(super) fn object(self) -> Object<'a> {
        self.0
    }

    /// An object within, which must be there.
    pub(super) fn within(self, name: &'static str) -> Result<Object<'a>, PayloadError> {
        self.0.object(name).ok_or(PayloadError::Missing(name))
    }

    /// Where the list goes on. A cursor that cannot be one is an error: the list would look whole.
    pub(super) fn next(self) -> Result<Option<Cursor>, PayloadError> {
        let text = self.0.object("response_metadata").and_then(|metadata| metadata.text("next_cursor"));
        text.map(|text| Cursor::new(text).ok_or(PayloadError::Malformed("next_cursor"))).transpose()
    }
}

/// What is to be done.
pub(super) enum Verdict {
    /// The answer can be read.
    Done(Map<String, Value>),
    /// This is the end of it.
    Failed(WebError),
    /// Another attempt, after that time or a growing pause; the error if there is none left.
    Again(WebError, Option<Duration>),
}

pub(super) fn judge(method: Method, outcome: Result<CallReply, PostError>) -> Verdict {
    let name = method.name;
    match outcome {
        Ok(reply) => reply_of(method, &reply),
        Err(PostError::NotSent(why)) => Verdict::Again(WebError::NotSent { method: name, why }, None),
        Err(PostError::Unclear(why)) => doubtful(method, why, None),
    }
}

fn reply_of(method: Method, reply: &CallReply) -> Verdict {
    let name = method.name;
    match reply.status {
        429 => limited(method, reply.retry_after),
        200..=299 => match payload::object(&reply.body, MAX_ANSWER) {
            Ok(map) if Object(&map).flag("ok") => Verdict::Done(map),
            Ok(map) => refused(method, Object(&map), reply.retry_after),
            Err(_) => doubtful(method, "the answer is no JSON object".to_owned(), None),
        },
        status @ (408 | 500..=599) => doubtful(method, format!("status {status}"), reply.retry_after),
        status => {
            let error = payload::object(&reply.body, MAX_ANSWER).ok();
            let error = error.and_then(|map| Object(&map).text("error").map(words));
            let error = error.unwrap_or_else(|| format!("status {status}"));
            Verdict::Failed(WebError::Refused { method: name, error, needed: None, details: Vec::new() })
        }
    }
}

fn limited(method: Method, retry_after: Option<Duration>) -> Verdict {
    let wait = retry_after.unwrap_or(UNSAID);
    Verdict::Again(WebError::RateLimited { method: method.name, wait }, Some(wait))
}

/// It may have been done.
fn doubtful(method: Method, why: String, after: Option<Duration>) -> Verdict {
    let error = WebError::Unclear { method: method.name, why };
    match method.repeat {
        Repeat::Harmless => Verdict::Again(error, after),
        Repeat::Shows => Verdict::Failed(error),
    }
}

fn refused(method: Method, answer: Object<'_>, retry_after: Option<Duration>) -> Verdict {
    let error = answer.text("error").map_or_else(|| "no reason given".to_owned(), words);
    match error.as_str() {
        "ratelimited" | "rate_limited" => return limited(method, retry_after),
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
            return doubtful(method, error, retry_after);
        }
        _ => {}
    }
    let metadata = answer.object("response_metadata");
    let messages = metadata.map_or(&[][..], |metadata| metadata.list("messages"));
    let details = messages.iter().filter_map(Value::as_str).take(DETAILS).map(words).collect();
    let needed = answer.text("needed").map(words);
    Verdict::Failed(WebError::Refused { method: method.name, error, needed, details })
}

fn words(text: &str) -> String {
    visible(cut(text, WORDS)).into_owned()
}
