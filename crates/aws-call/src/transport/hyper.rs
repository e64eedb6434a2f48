//! HTTP by hyper: one pool for every host, HTTP/1.1 and, where TLS agrees on it, HTTP/2.
//!
//! TLS is set up when the first `https` URL is called, so a call to a plain loopback endpoint pays nothing for it.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower_service::Service;

use super::exchange::Exchange;
use super::proxy::{Proxies, Proxy};
use super::trust::{self, Trust};
use super::{Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError, TransportErrorKind as Kind};
use crate::BoxFuture;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(55);

/// The transport of the real world.
#[derive(Clone)]
pub struct HyperTransport {
    client: Client<Connector, Full<Bytes>>,
}

impl HyperTransport {
    /// A transport with an empty pool. It trusts the certificate authorities that Mozilla trusts.
    pub fn new() -> HyperTransport {
        HyperTransport::trusting(Trust::Mozilla)
    }

    /// The same with another trust. What is wrong with a bundle shows when the first `https` URL is called.
    pub fn trusting(trust: Trust) -> HyperTransport {
        HyperTransport::through(Proxies::default(), trust)
    }

    /// The same, reaching what is not near through a proxy.
    pub fn through(proxies: Proxies, trust: Trust) -> HyperTransport {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let (trust, proxies) = (Arc::new(trust), Arc::new(proxies));
        let connector = Connector { http, https: Arc::default(), tunnelled: Arc::default(), trust, proxies };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        HyperTransport { client }
    }
}

impl Default for HyperTransport {
    fn default() -> HyperTransport {
        HyperTransport::new()
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport").finish_non_exhaustive()
    }
}

impl Transport for HyperTransport {
    fn send(
        &self,
        request: HttpRequest,
        limits: Limits,
    ) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        Box::pin(self.exchange(request, limits))
    }
}

impl HyperTransport {
    async fn exchange(&self, request: HttpRequest, limits: Limits) -> Result<HttpAnswer, TransportError> {
        let end = limits.total.map(|total| Instant::now() + total);
        let mut request = request.map(Full::new);
        let mut captured = capture_connection(&mut request);
        let mut exchange = Exchange::of(self.client.request(request));
        // A request is only written once it has a connection; until then nothing has left.
        let early = tokio::select! {
            biased;
            answer = &mut exchange => Some(answer),
            _ = captured.wait_for_connection_metadata() => None,
            error = overtime(limits.connect, end, Kind::ConnectTimeout, false) => return Err(error),
        };
        let answer = match early {
            Some(answer) => answer,
            None => {
                exchange.linger(true);
                let answered = tokio::select! {
                    biased;
                    answer = &mut exchange => Ok(answer),
                    error = overtime(limits.read, end, Kind::ReadTimeout, true) => Err(error),
                };
                exchange.linger(false);
                answered?
            }
        };
        let connected = captured.connection_metadata().is_some();
        let (head, body) = answer.map_err(|error| failure(&error, connected))?.into_parts();
        let body = HyperBody { body, read: limits.read, end };
        Ok(HttpAnswer { status: head.status.as_u16(), headers: head.headers, body: Box::new(body) })
    }
}

/// Ends when the first of both limits has passed, with the error that says which.
async fn overtime(limit: Option<Duration>, end: Option<Instant>, kind: Kind, sent: bool) -> TransportError {
    let limited = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => pending().await,
        }
    };
    let ended = async {
        match end {
            Some(end) => tokio::time::sleep_until(end.into()).await,
            None => pending().await,
        }
    };
    let kind = tokio::select! {
        () = ended => Kind::Deadline,
        () = limited => kind,
    };
    let reason = match kind {
        Kind::ConnectTimeout => "no connection in time",
        Kind::ReadTimeout => "no answer in time",
        _ => "the deadline passed",
    };
    TransportError { kind, sent, reason: reason.to_owned() }
}

fn failure(error: &Error, connected: bool) -> TransportError {
    let mut reason = error.to_string();
    let mut kind = if error.is_connect() { Kind::Connect } else { Kind::Broken };
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        reason = format!("{reason}: {inner}");
        if kind == Kind::Connect && is_tls(inner) {
            kind = Kind::Tls;
        }
        source = inner.source();
    }
    TransportError { kind, sent: !error.is_connect() && connected, reason }
}

/// The connector wraps what TLS says in I/O errors, perhaps several.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.is_some_and(|inner| is_tls(inner))
}

struct HyperBody {
    body: Incoming,
    read: Option<Duration>,
    end: Option<Instant>,
}

impl Body for HyperBody {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async move {
            loop {
                let frame = tokio::select! {
                    biased;
                    frame = self.body.frame() => frame,
                    error = overtime(self.read, self.end, Kind::ReadTimeout, true) => return Err(error),
                };
                match frame {
                    None => return Ok(None),
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            return Ok(Some(data));
                        }
                    }
                    Some(Err(error)) => {
                        return Err(TransportError {
                            kind: Kind::Broken,
                            sent: true,
                            reason: error.to_string(),
                        });
                    }
                }
            }
        })
    }

    fn length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }
}

/// Connects plainly, or with TLS that is set up when it is first needed.
#[derive(Clone)]
struct Connector {
    http: HttpConnector,
    https: Arc<OnceLock<WithTls<HttpConnector>>>,
    tunnelled: Arc<OnceLock<WithTls<Tunnel<HttpConnector>>>>,
    trust: Arc<Trust>,
    proxies: Arc<Proxies>,
}

type WithTls<C> = Result<HttpsConnector<C>, rustls::Error>;

type Connected = MaybeHttpsStream<TokioIo<TcpStream>>;
type ConnectError = Box<dyn std::error::Error + Send + Sync>;

impl Service<Uri> for Connector {
    type Response = Connected;
    type Error = ConnectError;
    type Future = BoxFuture<'static, Result<Connected, ConnectError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.http.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        if uri.scheme_str() != Some("https") {
            let connecting = self.http.call(uri);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        }
        match self.proxies.of(&uri) {
            Some(proxy) => {
                let tunnel = || with_tls(tunnel(proxy, self.http.clone()), &self.trust);
                connect(self.tunnelled.get_or_init(tunnel), uri)
            }
            None => connect(self.https.get_or_init(|| with_tls(self.http.clone(), &self.trust)), uri),
        }
    }
}

fn connect<C>(connector: &WithTls<C>, uri: Uri) -> BoxFuture<'static, Result<Connected, ConnectError>>
where
    HttpsConnector<C>: Clone + Service<Uri, Response = Connected, Error = ConnectError>,
    <HttpsConnector<C> as Service<Uri>>::Future: Send + 'static,
{
    match connector {
        Ok(connector) => Box::pin(connector.clone().call(uri)),
        Err(error) => {
            let error = error.clone();
            Box::pin(async move { Err(error.into()) })
        }
    }
}

fn tunnel(proxy: &Proxy, http: HttpConnector) -> Tunnel<HttpConnector> {
    let tunnel = Tunnel::new(proxy.address.clone(), http);
    match &proxy.authorization {
        Some(authorization) => tunnel.with_auth(authorization.clone()),
        None => tunnel,
    }
}

fn with_tls<C>(http: C, trust: &Trust) -> WithTls<C> {
    let builder = match trust::config(trust)? {
        Some(config) => HttpsConnectorBuilder::new().with_tls_config(config),
        None => {
            let provider = rustls::crypto::aws_lc_rs::default_provider();
            HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider)?
        }
    };
    Ok(builder.https_or_http().enable_all_versions().wrap_connector(http))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A proxy that answers one `CONNECT` so; yields what it was sent before and after.
    async fn staged(answer: &'static str) -> (u16, tokio::task::JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("a head"));
            }
            stream.write_all(answer.as_bytes()).await.expect("written");
            let mut behind = vec![0; 3];
            let read = stream.read(&mut behind).await.unwrap_or(0);
            behind.truncate(read);
            (String::from_utf8(head).expect("text"), behind)
        });
        (port, served)
    }

    async fn send(proxy: &str, uri: &str) -> TransportError {
        let proxies = Proxies::read(Some(proxy), None).expect("a proxy");
        let transport = HyperTransport::through(proxies, Trust::Mozilla);
        let request = http::Request::get(uri).body(Bytes::new()).expect("a request");
        let limits = Limits { connect: Some(Duration::from_secs(5)), read: None, total: None };
        transport.send(request, limits).await.map(drop).expect_err("the proxy hangs up")
    }

    #[tokio::test]
    async fn https_goes_through_a_tunnel() {
        let (port, served) = staged("HTTP/1.1 200 OK\r\n\r\n").await;
        let error = send(&format!("http://bob:hunter2@127.0.0.1:{port}"), "https://sts.amazonaws.com/").await;
        assert!(!error.sent && !error.reason.contains("hunter2"), "{error:?}");
        let (head, behind) = served.await.expect("served");
        assert!(head.starts_with("CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic ym9iomh1bnrlcji="), "{head}");
        assert_eq!(behind[..2], [0x16, 0x03], "a handshake of TLS");
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_leaves_nothing_sent() {
        let (port, served) = staged("HTTP/1.1 407 No\r\n\r\n").await;
        let error = send(&format!("127.0.0.1:{port}"), "https://sts.amazonaws.com/").await;
        assert_eq!((error.kind, error.sent), (Kind::Connect, false));
        assert!(error.reason.contains("proxy authorization required"), "{error}");
        assert!(served.await.expect("served").1.is_empty());
    }
}
