//! Requests to Slack's Web API over the connections that AWS calls use.

use std::sync::Arc;
use std::time::Duration;

use aws_call::transport::{HttpAnswer, Limits, Transport, TransportError};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use slack::web::{Call, CallBody, CallReply, MAX_ANSWER, UploadUrl};
use slack::{BoxFuture, PostError, Secret};

use crate::secret::Live;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a file may take.
const FILE_PATIENCE: Duration = Duration::from_secs(60);

/// Posts to the methods under one address.
pub(crate) struct WebCaller {
    transport: Arc<dyn Transport>,
    /// With `/` at its end.
    base: String,
}

impl WebCaller {
    /// Over that transport; `base` is a checked address that ends in `/`.
    pub(crate) fn new(transport: Arc<dyn Transport>, base: String) -> WebCaller {
        WebCaller { transport, base }
    }

    async fn put_bytes(&self, url: &UploadUrl, bytes: Vec<u8>) -> Result<CallReply, PostError> {
        let request = Request::post(url.expose())
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(USER_AGENT, concat!("bellhop/", env!("CARGO_PKG_VERSION")))
            .body(bytes.into())
            .map_err(|_| PostError::NotSent("the request cannot be built".to_owned()))?;
        let limits =
            Limits { connect: Some(PATIENCE), read: Some(FILE_PATIENCE), total: Some(FILE_PATIENCE) };
        let answer = self.transport.send(request, limits).await.map_err(|error| failure(&error))?;
        reply(answer).await
    }

    async fn send(&self, method: &str, body: CallBody, token: &Secret) -> Result<CallReply, PostError> {
        let unusable = |what: &str| PostError::NotSent(what.to_owned());
        let bearer = format!("Bearer {}", token.expose());
        let mut bearer =
            HeaderValue::from_str(&bearer).map_err(|_| unusable("the bot token is no plain text"))?;
        bearer.set_sensitive(true);
        let request = Request::post(format!("{}{method}", self.base))
            .header(AUTHORIZATION, bearer)
            .header(CONTENT_TYPE, body.content_type)
            .header(USER_AGENT, concat!("bellhop/", env!("CARGO_PKG_VERSION")))
            .body(body.bytes.into())
            .map_err(|_| unusable("the request cannot be built"))?;
        let limits = Limits { connect: Some(PATIENCE), read: Some(PATIENCE), total: Some(PATIENCE) };
        let answer = self.transport.send(request, limits).await.map_err(|error| failure(&error))?;
        reply(answer).await
    }
}

fn failure(error: &TransportError) -> PostError {
    let what = format!("{:?}", error.kind);
    if error.sent { PostError::Unclear(what) } else { PostError::NotSent(what) }
}

async fn reply(mut answer: HttpAnswer) -> Result<CallReply, PostError> {
    let retry_after = answer.headers.get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    // Whatever goes wrong from here on, Slack has the request.
    let broken = |error: TransportError| PostError::Unclear(format!("{:?}", error.kind));
    while let Some(piece) = answer.body.next().await.map_err(broken)? {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            return Err(PostError::Unclear("the answer is too large".to_owned()));
        }
    }
    Ok(CallReply { status: answer.status, retry_after: retry_after.map(Duration::from_secs), body })
}

impl Call for WebCaller {
    fn post<'a>(
        &'a self,
        method: &'static str,
        body: CallBody,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<CallReply, PostError>> {
        Box::pin(self.send(method, body, token))
    }

    fn put<'a>(&'a self, url: &'a UploadUrl, bytes: Vec<u8>) -> BoxFuture<'a, Result<CallReply, PostError>> {
        Box::pin(self.put_bytes(url, bytes))
    }
}

/// The same with a token that changes: what Slack does not take because of the token is sent once more with a newer one,
/// if there is one. Slack did nothing then.
pub(crate) struct Following {
    /// Sends.
    pub(crate) caller: WebCaller,
    /// The token.
    pub(crate) token: Arc<Live>,
}

/// What Slack says of a token that it does not take.
/// Source: <https://docs.slack.dev/reference/methods/auth.test#errors>.
const NOT_TAKEN: [&str; 5] =
    ["invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"];
/// An answer longer than this says something else.
const LONGEST_REFUSAL: usize = 4096;

fn is_refused(reply: &CallReply) -> bool {
    if reply.body.len() > LONGEST_REFUSAL {
        return false;
    }
    let answer: Option<serde_json::Value> = serde_json::from_slice(&reply.body).ok();
    answer.is_some_and(|answer| answer["error"].as_str().is_some_and(|error| NOT_TAKEN.contains(&error)))
}

impl Call for Following {
    fn post<'a>(
        &'a self,
        method: &'static str,
        body: CallBody,
        _token: &'a Secret,
    ) -> BoxFuture<'a, Result<CallReply, PostError>> {
        Box::pin(async move {
            let kept = self.token.kept();
            let reply = self.caller.send(method, body.clone(), &kept.current).await?;
            if is_refused(&reply) && self.token.doubted(kept.change).await {
                return self.caller.send(method, body, &self.token.kept().current).await;
            }
            Ok(reply)
        })
    }

    fn put<'a>(&'a self, url: &'a UploadUrl, bytes: Vec<u8>) -> BoxFuture<'a, Result<CallReply, PostError>> {
        self.caller.put(url, bytes)
    }
}
