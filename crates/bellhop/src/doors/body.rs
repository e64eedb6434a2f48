//! Reads a request's body within a size and a time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is over the limit is read and thrown away up to here: a client that is still sending would not see the answer.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// Over the limit.
    TooLarge,
    /// It did not arrive in time, or the connection broke.
    Incomplete,
}

/// The whole body.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    tokio::time::timeout(PATIENCE, collect(body, limit)).await.unwrap_or(Err(BodyFault::Incomplete))
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyFault::Incomplete)?.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > MAX_DISCARDED {
            break;
        }
        if seen > limit {
            kept = Vec::new();
        } else {
            kept.extend_from_slice(&data);
        }
    }
    if seen > limit { Err(BodyFault::TooLarge) } else { Ok(kept.into()) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_body_is_whole_or_refused() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        for (length, expected) in [(0, Ok(0)), (10, Ok(10)), (11, Err(BodyFault::TooLarge))] {
            let outcome = runtime.block_on(read(Body::from(vec![b'x'; length]), 10));
            assert_eq!(outcome.map(|bytes| bytes.len()), expected);
        }
    }
}
