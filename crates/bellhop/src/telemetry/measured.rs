//! What is posted to Slack, counted by what came of it.

use std::sync::Arc;

use slack::web::{Call, CallBody, CallReply, UploadUrl};
use slack::{BoxFuture, Post, PostError, PostReply, ResponseUrl, Secret};

use super::metrics::Metrics;

/// Posts by another, and counts.
pub(crate) struct MeasuredPost<P> {
    pub(crate) post: P,
    pub(crate) metrics: Arc<Metrics>,
}

impl<P: Post> Post for MeasuredPost<P> {
    fn post_json<'a>(
        &'a self,
        url: &'a ResponseUrl,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<PostReply, PostError>> {
        Box::pin(async move {
            let answer = self.post.post_json(url, body).await;
            self.metrics.slack_posted(outcome(answer.as_ref().map(|reply| (reply.status, &[][..]))));
            answer
        })
    }
}

/// Asks the Web API by another, and counts.
pub(crate) struct MeasuredCall<C> {
    pub(crate) call: C,
    pub(crate) metrics: Arc<Metrics>,
}

impl<C: Call> Call for MeasuredCall<C> {
    fn post<'a>(
        &'a self,
        method: &'static str,
        body: CallBody,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<CallReply, PostError>> {
        Box::pin(async move {
            let answer = self.call.post(method, body, token).await;
            let told = outcome(answer.as_ref().map(|reply| (reply.status, reply.body.as_slice())));
            self.metrics.slack_called(method, told);
            answer
        })
    }

    fn put<'a>(&'a self, url: &'a UploadUrl, bytes: Vec<u8>) -> BoxFuture<'a, Result<CallReply, PostError>> {
        Box::pin(async move {
            let answer = self.call.put(url, bytes).await;
            let told = outcome(answer.as_ref().map(|reply| (reply.status, &[][..])));
            self.metrics.slack_called("upload", told);
            answer
        })
    }
}

/// What came of a request, as one word. The Web API answers 200 to what it refuses, and says so in its body.
fn outcome(answer: Result<(u16, &[u8]), &PostError>) -> &'static str {
    match answer {
        Ok((200..=299, body)) if refuses(body) => "refused",
        Ok((200..=299, _)) => "taken",
        Ok((429, _)) => "rate_limited",
        Ok((400..=499, _)) => "refused",
        Ok(_) => "failed",
        Err(PostError::NotSent(_)) => "not_sent",
        Err(PostError::Unclear(_)) => "unclear",
    }
}

/// Whether a body begins with `{"ok":false`, as Slack's refusals do.
fn refuses(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().take(24).copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    start.starts_with(b"{\"ok\":false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_a_request_is_one_word() {
        for (status, body, word) in [
            (200, "ok", "taken"),
            (200, "{\"ok\": true}", "taken"),
            (200, "{ \"ok\" : false, \"error\": \"x\"}", "refused"),
            (404, "", "refused"),
            (429, "", "rate_limited"),
            (302, "", "failed"),
            (503, "", "failed"),
        ] {
            assert_eq!(outcome(Ok((status, body.as_bytes()))), word, "{status} {body}");
        }
        assert_eq!(outcome(Err(&PostError::NotSent(String::new()))), "not_sent");
        assert_eq!(outcome(Err(&PostError::Unclear(String::new()))), "unclear");
    }
}
