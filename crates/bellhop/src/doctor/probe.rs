//! Small HTTP requests whose head matters.

use std::time::Duration;

use aws_call::transport::{HttpRequest, Limits};
use axum::http::HeaderMap;
use axum::http::header::DATE;

use crate::clock;
use crate::doctor::Subject;

/// How much of an answer is read, in bytes.
const MOST: usize = 64 * 1024;

/// An answer.
pub(super) struct Probed {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// Its beginning.
    pub(super) body: Vec<u8>,
    /// When its head was here, in seconds since 1970, by this machine.
    here: u64,
}

impl Probed {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// By how many seconds this machine is ahead of whoever answered; none if its answer bears no date.
    pub(super) fn ahead(&self) -> Option<i64> {
        let date = self.headers.get(DATE)?.to_str().ok()?;
        let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
        Some(i64::try_from(self.here).ok()?.saturating_sub(there))
    }
}

/// Sends a request.
///
/// # Errors
/// Nobody answered; a sentence about it that names the host and no more of the address.
pub(super) async fn send(subject: &Subject, request: HttpRequest) -> Result<Probed, String> {
    // Before the check's own bound, so that the host is named.
    let limit = Some(subject.patience.mul_f32(0.8).max(Duration::from_millis(100)));
    let host = request.uri().authority().map_or_else(String::new, ToString::to_string);
    let limits = Limits { connect: limit, read: limit, total: limit };
    let mut answer = subject
        .client
        .parts()
        .transport
        .send(request, limits)
        .await
        .map_err(|error| format!("{host} does not answer: {error}"))?;
    let here = clock::seconds();
    let mut body = Vec::new();
    while body.len() < MOST {
        match answer.body.next().await {
            Ok(Some(piece)) => body.extend_from_slice(&piece),
            Ok(None) => break,
            Err(error) => return Err(format!("{host} broke off its answer: {error}")),
        }
    }
    body.truncate(MOST);
    Ok(Probed { status: answer.status, headers: answer.headers, body, here })
}
