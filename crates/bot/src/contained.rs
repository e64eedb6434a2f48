//! Keeps a panic within the job that caused it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// A future panicked. What it panicked with is in the panic hook's hands, and may hold anything: it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the worker panicked")]
pub struct Panicked;

/// Runs a future; a panic ends it and nothing else. The future is not polled again afterwards.
///
/// # Errors
/// It panicked.
pub async fn contained<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error() {
        assert_eq!(contained(async { 1 }).await, Ok(1));
        let failing = contained(async {
            tokio::task::yield_now().await;
            assert!(std::hint::black_box(false), "staged");
        });
        assert_eq!(failing.await, Err(Panicked));
    }
}
