//! One exchange, from the request to the head of its answer.
//!
//! Invariant: what has not been written when nobody waits for it any more never is.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Error, ResponseFuture};

/// How long the answer of a request is read that nobody waits for.
const LINGERS: Duration = Duration::from_secs(1);
/// How much of it, in bytes.
const LITTLE: usize = 64 * 1024;

/// A request under way. Whoever loses interest once it is written, because another was quicker, leaves the answer to be
/// read for a moment: else the connection would have to be closed, and opened anew for the next request.
pub(super) struct Exchange {
    /// Until it is there.
    response: Option<ResponseFuture>,
    /// Whether the answer is read though nobody waits: only what has been written.
    lingers: bool,
}

impl Exchange {
    /// One that does not linger.
    pub(super) fn of(response: ResponseFuture) -> Exchange {
        Exchange { response: Some(response), lingers: false }
    }

    pub(super) fn linger(&mut self, lingers: bool) {
        self.lingers = lingers;
    }
}

impl Future for Exchange {
    type Output = Result<http::Response<Incoming>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(response) = &mut self.response else { return Poll::Pending };
        let answer = std::task::ready!(Pin::new(response).poll(context));
        self.response = None;
        Poll::Ready(answer)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Some(response) = self.response.take().filter(|_| self.lingers) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        drop(runtime.spawn(tokio::time::timeout(LINGERS, async move {
            // The rest of a long answer is not worth it.
            if let Ok(answer) = response.await {
                drop(Limited::new(answer.into_body(), LITTLE).collect().await);
            }
        })));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::transport::{HyperTransport, Limits, Transport as _};

    #[tokio::test]
    async fn a_connection_outlives_who_does_not_wait() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let uri = format!("http://{}/", listener.local_addr().expect("bound"));
        let connections = Arc::new(AtomicUsize::new(0));
        let (heard, counted) = (Arc::new(tokio::sync::Notify::new()), Arc::clone(&connections));
        let hears = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let hears = Arc::clone(&hears);
                tokio::spawn(async move {
                    let mut some = [0; 4096];
                    while stream.read(&mut some).await.is_ok_and(|read| read > 0) {
                        hears.notify_one();
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        stream
                            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                            .await
                            .expect("written");
                    }
                });
            }
        });
        let transport = HyperTransport::new();
        let request = || http::Request::get(&uri).body(Bytes::new()).expect("a request");
        let limits = Limits { connect: None, read: None, total: None };
        tokio::select! {
            _ = transport.send(request(), limits) => panic!("the answer takes a while"),
            () = heard.notified() => {}
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let answer = transport.send(request(), limits).await.expect("an answer");
        assert_eq!((answer.status, connections.load(Ordering::Relaxed)), (200, 1));
    }
}
