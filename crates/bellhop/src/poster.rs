//! Posts to `response_url` over the connections that AWS calls use.

use std::sync::Arc;
use std::time::Duration;

use aws_call::transport::{HttpAnswer, Limits, Transport};
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use slack::{BoxFuture, Post, PostError, PostReply, ResponseUrl};

/// How long one post may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is kept.
const BODY_START: usize = 300;

/// Posts JSON.
#[derive(Debug, Clone)]
pub(crate) struct Poster {
    transport: Arc<dyn Transport>,
}

impl Poster {
    /// Over that transport.
    pub(crate) fn new(transport: Arc<dyn Transport>) -> Poster {
        Poster { transport }
    }

    async fn post(&self, url: &ResponseUrl, body: &[u8]) -> Result<PostReply, PostError> {
        let request = Request::post(url.expose())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(USER_AGENT, concat!("bellhop/", env!("CARGO_PKG_VERSION")))
            .body(body.to_vec().into())
            .map_err(|_| PostError::NotSent("the request cannot be built".to_owned()))?;
        let limits = Limits { connect: Some(PATIENCE), read: Some(PATIENCE), total: Some(PATIENCE) };
        let answer = self.transport.send(request, limits).await.map_err(|error| {
            // The kind, not the reason: a reason might name the address, which is a secret.
            let what = format!("{:?}", error.kind);
            if error.sent { PostError::Unclear(what) } else { PostError::NotSent(what) }
        })?;
        Ok(reply(answer).await)
    }
}

async fn reply(mut answer: HttpAnswer) -> PostReply {
    let retry_after = answer.headers.get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut start = Vec::new();
    while start.len() < BODY_START {
        let Ok(Some(piece)) = answer.body.next().await else { break };
        start.extend_from_slice(&piece);
    }
    start.truncate(BODY_START);
    PostReply {
        status: answer.status,
        retry_after: retry_after.map(Duration::from_secs),
        body_start: String::from_utf8_lossy(&start).into_owned(),
    }
}

impl Post for Poster {
    fn post_json<'a>(
        &'a self,
        url: &'a ResponseUrl,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<PostReply, PostError>> {
        Box::pin(self.post(url, body))
    }
}
