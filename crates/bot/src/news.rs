//! Says how far a long command has come, sparingly: an address for answers is good for five posts, and one is kept for
//! the answer.

use std::sync::atomic::{AtomicU8, Ordering};

use render::{Body, Facts, Reply, Status, to_slack};

use crate::bot::Inner;
use crate::deliver;
use crate::job::Payload;
use crate::request::{AnswerTo, Request};

/// How often a command says something before its answer.
const MOST: u8 = 2;

/// The news of one job.
pub(crate) struct News<'a> {
    inner: &'a Inner,
    payload: &'a Payload,
    request: &'a Request,
    shown: &'a str,
    said: AtomicU8,
}

impl<'a> News<'a> {
    pub(crate) fn new(
        inner: &'a Inner,
        payload: &'a Payload,
        request: &'a Request,
        shown: &'a str,
    ) -> News<'a> {
        News { inner, payload, request, shown, said: AtomicU8::new(0) }
    }

    /// News that nobody is told: those of a command within a line.
    pub(crate) fn silent(inner: &'a Inner, payload: &'a Payload, request: &'a Request) -> News<'a> {
        News { inner, payload, request, shown: "", said: AtomicU8::new(MOST) }
    }

    /// Posts that, unless enough was said already.
    pub(crate) async fn say(&self, body: Body) {
        let AnswerTo::Slack(url) = &self.request.answer else { return };
        if self.said.fetch_add(1, Ordering::Relaxed) >= MOST {
            return;
        }
        let facts = Facts { command: self.shown.to_owned(), ..Facts::default() };
        let reply = Reply { status: Status::Running, ..Reply::done(facts, body) };
        let message = if self.payload.replaces { to_slack(&reply).replacing() } else { to_slack(&reply) };
        deliver::in_between(self.inner, self.payload, url, &message).await;
    }
}
