//! A future in a task of its own, so that the many calls of one line share the processors. Invariant: it ends with whoever
//! waits for it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument as _;

/// Runs that future beside others; none if the runtime ends before it does.
///
/// # Panics
/// As the future does.
pub(super) async fn apart<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Option<T> {
    match Task(tokio::spawn(future.in_current_span())).await {
        Ok(done) => Some(done),
        Err(ended) => {
            if let Ok(panic) = ended.try_into_panic() {
                std::panic::resume_unwind(panic);
            }
            None
        }
    }
}

struct Task<T>(JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn what_nobody_waits_for_ends() {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let endless = apart(async move {
            let _held = inside;
            std::future::pending::<()>().await;
        });
        tokio::select! {
            biased;
            _ = endless => unreachable!("it has no end"),
            () = tokio::task::yield_now() => {}
        }
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(apart(async { 7 }).await, Some(7));
    }

    #[tokio::test]
    #[should_panic(expected = "as it was")]
    async fn a_panic_stays_one() {
        apart(async { panic!("as it was") }).await.expect("never comes to an end");
    }
}
