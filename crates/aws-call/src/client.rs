//! The client: a call goes in, an answer comes out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_model::{Catalog, Operation};
use bytes::Bytes;
use tracing::Instrument as _;

use crate::answer::{self, Received, Sink};
use crate::attempt::Fault;
use crate::auth::{self, Auth};
use crate::call::{Call, CallOptions, RetryMode};
use crate::clock::{Clock, OsRandom, Random, SystemClock};
use crate::credentials::{Credentials, CredentialsError};
use crate::cross_region;
use crate::discovery::{self, Discovered, Place};
use crate::endpoint::Partitions;
use crate::error::{CallError, NotSent};
use crate::express::{self, Sessions};
use crate::global;
use crate::harmless;
use crate::message::Answer;
use crate::observe::{Observer, Watch};
use crate::outgoing::Outgoing;
use crate::pace::{Pace, Paces};
use crate::parse::AnswerFault;
use crate::prepare::{self, Prepared, Purpose};
use crate::quirks::{self, Context};
use crate::retry::{self, Bucket, Failure};
use crate::sign::{self, Keys, Signer};
use crate::transport::{HttpRequest, HyperTransport, Limits, Transport, TransportError, TransportErrorKind};

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct ClientParts {
    /// How HTTP is spoken.
    pub transport: Arc<dyn Transport>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The models: partitions, and STS for roles.
    pub catalog: Catalog,
}

/// Makes calls. Clones share everything: the connections, the quota of retries.
#[derive(Clone)]
pub struct Client {
    parts: Arc<ClientParts>,
    bucket: Arc<Bucket>,
    discovered: Arc<Discovered>,
    keys: Arc<Keys>,
    paces: Arc<Paces>,
    sessions: Arc<Sessions>,
    observer: Option<Arc<dyn Observer>>,
}

impl Client {
    /// A client for the real world.
    pub fn new(catalog: Catalog) -> Client {
        Client::from_parts(ClientParts {
            transport: Arc::new(HyperTransport::new()),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            catalog,
        })
    }

    /// A client of those parts.
    pub fn from_parts(parts: ClientParts) -> Client {
        Client {
            parts: Arc::new(parts),
            bucket: Arc::default(),
            discovered: Arc::default(),
            keys: Arc::default(),
            paces: Arc::default(),
            sessions: Arc::default(),
            observer: None,
        }
    }

    /// The same, telling that observer of each call. Clones tell it too.
    #[must_use]
    pub fn observed(self, observer: Arc<dyn Observer>) -> Client {
        Client { observer: Some(observer), ..self }
    }

    /// What the client is made of.
    pub fn parts(&self) -> &ClientParts {
        &self.parts
    }

    /// Makes one call and reads its answer; repeats it where that is safe and promising.
    ///
    /// # Errors
    ///
    /// See [`CallError`]: not sent, rejected, or may have happened.
    pub async fn call(&self, call: &Call, options: &CallOptions) -> Result<Answer, CallError> {
        self.run(call, options, None).await
    }

    /// The same, for operations whose answer is a stream of bytes (`GetObject`): they go to `sink` as they come, and
    /// the streamed member of the answer stays empty. Once bytes have gone there the call is not repeated.
    pub async fn call_into(
        &self,
        call: &Call,
        options: &CallOptions,
        sink: &mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send),
    ) -> Result<Answer, CallError> {
        self.run(call, options, Some(sink)).await
    }

    /// The request that a call's first attempt would send, signed; nothing is sent (credentials may be fetched).
    pub async fn prepare(&self, call: &Call, options: &CallOptions) -> Result<SignedRequest, CallError> {
        if let Some((asking, _)) = self.discovery(call, options).await.map_err(CallError::NotSent)? {
            return self.prepare_this(&asking, options).await;
        }
        self.prepare_this(call, options).await
    }

    async fn prepare_this(&self, call: &Call, options: &CallOptions) -> Result<SignedRequest, CallError> {
        let mut prepared = self.ready(call, options, Purpose::Send).await.map_err(CallError::NotSent)?;
        if let Some(bucket) = &prepared.session_of {
            let asking = express::asking(call, bucket);
            prepared = self.ready(&asking, options, Purpose::Send).await.map_err(CallError::NotSent)?;
        }
        let outgoing = self.signed(&prepared, options).await.map_err(CallError::NotSent)?;
        Ok(SignedRequest {
            method: outgoing.method.clone(),
            url: outgoing.url(),
            headers: outgoing.headers,
            body: outgoing.body,
        })
    }

    /// A URL that makes the call for whoever has it, for so many seconds (signed in the query).
    pub async fn presign(
        &self,
        call: &Call,
        options: &CallOptions,
        seconds: u32,
    ) -> Result<String, CallError> {
        let prepared = self.ready(call, options, Purpose::Url).await.map_err(CallError::NotSent)?;
        self.presigned(prepared, options, seconds).await.map_err(CallError::NotSent)
    }

    async fn presigned(
        &self,
        prepared: Prepared,
        options: &CallOptions,
        seconds: u32,
    ) -> Result<String, NotSent> {
        let Prepared { mut outgoing, auth, session_of, .. } = prepared;
        match auth {
            Auth::None => Ok(outgoing.url()),
            Auth::Bearer | Auth::SignV2 => {
                Err(NotSent::Unsupported("presigned URLs of this service".to_owned()))
            }
            Auth::Sign(scheme) => {
                let credentials = self.signing(session_of.as_deref(), options).await?;
                self.signer(&credentials).presign(&mut outgoing, &scheme, seconds)?;
                Ok(outgoing.url())
            }
        }
    }

    /// Everything before the network; only credentials may be fetched.
    async fn ready(&self, call: &Call, options: &CallOptions, purpose: Purpose) -> Result<Prepared, NotSent> {
        let operation = call.model().ok_or_else(|| NotSent::UnknownOperation(call.operation.to_string()))?;
        let everywhere;
        let options = if options.region.is_none() && global::is_global(&call.service) {
            everywhere = CallOptions { region: Some(global::REGION.to_owned()), ..options.clone() };
            &everywhere
        } else {
            options
        };
        let (params, bears_token) =
            prepare::parameters(call, operation, options, self.parts.random.as_ref(), purpose)?;
        let context = Context { service: &call.service, operation, given: &call.params };
        let credentials = if auth::is_unsigned(&context) { None } else { fetch(options).await? };
        let partitions = Partitions::new(self.parts.catalog.partitions());
        let mut prepared =
            prepare::request(call, operation, &params, options, credentials.as_ref(), &partitions, purpose)?;
        prepared.repeatable = bears_token || harmless::only_reads(operation);
        Ok(prepared)
    }

    /// Signs as of now.
    pub(crate) fn signer<'a>(&'a self, credentials: &'a Credentials) -> Signer<'a> {
        Signer { credentials, keys: &self.keys, now: self.parts.clock.now() }
    }

    /// Whose signature a request bears: the caller's, or a directory bucket's session.
    async fn signing(&self, session_of: Option<&str>, options: &CallOptions) -> Result<Credentials, NotSent> {
        let own = needed(fetch(options).await?)?;
        match session_of {
            Some(bucket) => Ok(self.sessions.of(self, bucket, options, own).await?),
            None => Ok(own),
        }
    }

    async fn signed(&self, prepared: &Prepared, options: &CallOptions) -> Result<Outgoing, NotSent> {
        let mut outgoing = prepared.outgoing.clone();
        match &prepared.auth {
            Auth::None => {}
            Auth::Bearer => {
                let token = options.bearer_token.as_ref().ok_or_else(no_token)?;
                outgoing.set_header("Authorization", format!("Bearer {token}"));
            }
            Auth::SignV2 => {
                let credentials = needed(fetch(options).await?)?;
                sign::sign_form(&mut outgoing, &credentials, self.parts.clock.now());
            }
            Auth::Sign(scheme) => {
                let credentials = self.signing(prepared.session_of.as_deref(), options).await?;
                let signer = self.signer(&credentials);
                if let Some(habit) = prepared.copies {
                    cross_region::add_url(habit, &mut outgoing, &signer, scheme)?;
                }
                signer.sign(&mut outgoing, scheme)?;
            }
        }
        Ok(outgoing)
    }

    /// The call that tells where this one goes, if the service demands that and no address is known.
    async fn discovery(&self, call: &Call, options: &CallOptions) -> Result<Option<(Call, Place)>, NotSent> {
        let required = call.model().is_some_and(|operation| operation.endpoint_discovery == Some(true));
        if !required || options.endpoint_url.is_some() {
            return Ok(None);
        }
        let Some(operation) = discovery::operation(&call.service) else { return Ok(None) };
        // What is wrong with the call itself is said before anything is sent.
        self.ready(call, options, Purpose::Send).await?;
        let place = Place {
            service: call.service.name().to_owned(),
            region: options.region.clone().unwrap_or_default(),
            access_key_id: fetch(options)
                .await?
                .map(|credentials| credentials.access_key_id)
                .unwrap_or_default(),
        };
        Ok(Some((Call::new(call.service.clone(), operation.clone(), value::Map::new()), place)))
    }

    /// The same options with the endpoint that the service tells, where it demands that.
    async fn discover(&self, call: &Call, options: &CallOptions) -> Result<Option<CallOptions>, CallError> {
        let Some((asking, place)) = self.discovery(call, options).await.map_err(CallError::NotSent)? else {
            return Ok(None);
        };
        let now = self.parts.clock.instant();
        let mut url = self.discovered.get(&place, now);
        if url.is_none() {
            let told = self.exchange(&asking, options, None).await?;
            url = self.discovered.keep(place, &told, now);
        }
        let url = url.ok_or_else(|| {
            NotSent::Endpoint("Endpoint Discovery failed to refresh the required endpoints.".to_owned())
        });
        let endpoint_url = Some(url.map_err(CallError::NotSent)?);
        Ok(Some(CallOptions { endpoint_url, ..options.clone() }))
    }

    async fn run(
        &self,
        call: &Call,
        options: &CallOptions,
        sink: Option<Sink<'_>>,
    ) -> Result<Answer, CallError> {
        let filled;
        let call = match call.model() {
            Some(operation) if operation.endpoint_discovery == Some(true) => {
                filled = self.with_tokens(call, operation, options);
                &filled
            }
            _ => call,
        };
        let elsewhere = self.discover(call, options).await?;
        self.exchange(call, elsewhere.as_ref().unwrap_or(options), sink).await
    }

    /// A call that is prepared more than once bears the same tokens each time.
    fn with_tokens(&self, call: &Call, operation: &Operation, options: &CallOptions) -> Call {
        let mut filled = call.clone();
        prepare::fill_tokens(call, operation, options, self.parts.random.as_ref(), &mut filled.params);
        filled
    }

    /// The attempts at one call, watched.
    async fn exchange(
        &self,
        call: &Call,
        options: &CallOptions,
        sink: Option<Sink<'_>>,
    ) -> Result<Answer, CallError> {
        let mut watch = Watch::new(call, options, self.observer.as_ref(), &*self.parts.clock);
        let span = watch.span.clone();
        let result = self.attempts(call, options, sink, &mut watch).instrument(span).await;
        watch.ended(&result);
        result
    }

    /// Attempts until one succeeds or no other is allowed.
    async fn attempts(
        &self,
        call: &Call,
        options: &CallOptions,
        mut sink: Option<Sink<'_>>,
        watch: &mut Watch<'_>,
    ) -> Result<Answer, CallError> {
        let end = options.deadline.map(|deadline| self.parts.clock.instant() + deadline);
        let mut prepared = self.ready(call, options, Purpose::Send).await.map_err(CallError::NotSent)?;
        let pace = self.pace(call, options);
        let (mut moved, mut doubt, mut gone) = (false, false, false);
        let mut taken = None;
        let mut attempt = 1;
        loop {
            if let Err(late) = self.keep_pace(pace.as_deref(), end).await {
                return Err(late.into_error(&prepared.outgoing.url(), prepared.repeatable, doubt));
            }
            let mut tracked = sink.as_mut().map(|sink| {
                |piece: &[u8]| {
                    gone = true;
                    sink(piece)
                }
            });
            let lent: Option<Sink<'_>> = match &mut tracked {
                Some(sink) => Some(sink),
                None => None,
            };
            let outcome = self.attempt(call, &prepared, options, end, lent).await;
            let slower = outcome.as_ref().is_err_and(|fault| fault.failure() == Failure::Throttled);
            watch.attempted(slower);
            if let Some(pace) = &pace {
                pace.heard(self.parts.clock.instant(), slower);
            }
            let fault = match outcome {
                Ok(answer) => {
                    self.bucket.give_back(taken);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if let (Some(seen), Failure::Throttled) = (&options.seen, fault.failure()) {
                seen.note_throttled();
            }
            if let (false, Some(region)) = (moved, bucket_region(call, &fault)) {
                let elsewhere = CallOptions { region: Some(region), ..options.clone() };
                prepared = self.ready(call, &elsewhere, Purpose::Send).await.map_err(CallError::NotSent)?;
                moved = true;
                continue;
            }
            let may = attempt < options.retry.max_attempts
                && !gone
                && fault.may_retry(prepared.repeatable, &options.retry);
            let Some((cost, pause)) = may.then(|| self.again(&fault, attempt, options, end)).flatten() else {
                let fault = fault.after(attempt, &options.retry);
                return Err(fault.into_error(&prepared.outgoing.url(), prepared.repeatable, doubt));
            };
            doubt |= fault.leaves_doubt();
            taken = Some(cost);
            self.parts.clock.sleep(pause).await;
            attempt += 1;
        }
    }

    /// What another attempt costs, and the pause before it, if it is affordable and in time.
    fn again(
        &self,
        fault: &Fault,
        attempt: u32,
        options: &CallOptions,
        end: Option<Instant>,
    ) -> Option<(u32, Duration)> {
        let cost = match options.retry.mode {
            RetryMode::Legacy => 0,
            _ => self.bucket.take(fault.failure())?,
        };
        let (longest, chance) = (options.retry.longest_pause, self.parts.random.unit());
        let pause = retry::pause(attempt, longest, chance, fault.asked_pause());
        end.is_none_or(|end| self.parts.clock.instant() + pause < end).then_some((cost, pause))
    }

    /// The limit that the call keeps to, if its retry mode has one.
    fn pace(&self, call: &Call, options: &CallOptions) -> Option<Arc<Pace>> {
        let region = options.region.as_deref().unwrap_or_default();
        let of = || self.paces.of(call.service.name(), region, self.parts.clock.instant());
        (options.retry.mode == RetryMode::Adaptive).then(of)
    }

    /// Waits as long as the limit asks.
    async fn keep_pace(&self, pace: Option<&Pace>, end: Option<Instant>) -> Result<(), Fault> {
        let now = self.parts.clock.instant();
        let wait = pace.map(|pace| pace.wait(now)).filter(|wait| !wait.is_zero());
        let Some(wait) = wait else { return Ok(()) };
        if end.is_some_and(|end| now + wait >= end) {
            let reason = "its turn came too late".to_owned();
            return Err(Fault::Transport(TransportError {
                kind: TransportErrorKind::Deadline,
                sent: false,
                reason,
            }));
        }
        self.parts.clock.sleep(wait).await;
        Ok(())
    }

    async fn attempt(
        &self,
        call: &Call,
        prepared: &Prepared,
        options: &CallOptions,
        end: Option<Instant>,
        sink: Option<Sink<'_>>,
    ) -> Result<Answer, Fault> {
        let operation = call.model().ok_or_else(|| NotSent::UnknownOperation(call.operation.to_string()));
        let operation = operation.map_err(Fault::NotSent)?;
        let outgoing = self.signed(prepared, options).await.map_err(Fault::NotSent)?;
        let total = end.map(|end| end.saturating_duration_since(self.parts.clock.instant()));
        let limits = Limits { connect: options.connect_timeout, read: options.read_timeout, total };
        let request = to_http(outgoing, options).map_err(Fault::Transport)?;
        let mut answer = self.parts.transport.send(request, limits).await.map_err(Fault::Transport)?;
        let headers = answer.headers.clone();
        let context = Context { service: &call.service, operation, given: &call.params };
        let expires = quirks::take_expires(&context, &mut answer.headers);
        let received = answer::receive(&call.service, operation, answer, &options.parse, sink).await;
        note(options, &received);
        match received {
            Ok(Received { mut answer, body }) => {
                quirks::on_answer(&context, &body, &mut answer.value);
                quirks::put_expires(expires, &mut answer.value);
                Ok(answer)
            }
            Err(answer::Fault::Transport(error)) => Err(Fault::Transport(error)),
            Err(answer::Fault::Answer(AnswerFault::Service(error))) => Err(Fault::Service(error, headers)),
            Err(answer::Fault::Answer(AnswerFault::Unreadable(error))) => Err(Fault::Unreadable(error)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// Notes the service's own name for the exchange, whether it went well or not.
fn note(options: &CallOptions, received: &Result<Received, answer::Fault>) {
    let id = match received {
        Ok(received) => received.answer.request_id.as_deref(),
        Err(answer::Fault::Answer(AnswerFault::Service(error))) => error.request_id.as_deref(),
        Err(_) => None,
    };
    if let (Some(seen), Some(id)) = (&options.seen, id) {
        seen.note(id);
    }
}

async fn fetch(options: &CallOptions) -> Result<Option<Credentials>, NotSent> {
    match &options.credentials {
        Some(source) => Ok(Some(source.credentials().await?)),
        None => Ok(None),
    }
}

fn needed(credentials: Option<Credentials>) -> Result<Credentials, NotSent> {
    credentials.ok_or(NotSent::Credentials(CredentialsError::None))
}

/// The AWS CLI's text for a service that wants a token where there is none.
fn no_token() -> CredentialsError {
    CredentialsError::Configuration("Unable to locate authorization token".to_owned())
}

/// The region that S3 says a bucket is in, when it was asked for elsewhere.
fn bucket_region(call: &Call, fault: &Fault) -> Option<String> {
    let Fault::Service(error, headers) = fault else { return None };
    let elsewhere = matches!(error.status, 301 | 302 | 307 | 400);
    if call.service.name() != "s3" || !elsewhere {
        return None;
    }
    let region = headers.get("x-amz-bucket-region")?.to_str().ok()?;
    let plain = region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain.then(|| region.to_owned())
}

fn to_http(outgoing: Outgoing, options: &CallOptions) -> Result<HttpRequest, TransportError> {
    let unusable = |error: http::Error| TransportError {
        kind: TransportErrorKind::Unusable,
        sent: false,
        reason: error.to_string(),
    };
    let url = outgoing.url();
    let Outgoing { method, headers, body, .. } = outgoing;
    let mut request = http::Request::builder().method(method.as_str()).uri(url);
    if let Some(map) = request.headers_mut() {
        // Besides these: the agent, and what the transport adds.
        map.reserve(headers.len() + 4);
    }
    for (name, value) in &headers {
        request = request.header(
            name,
            http::HeaderValue::from_bytes(value.as_bytes()).map_err(|error| unusable(error.into()))?,
        );
    }
    request = request.header(http::header::USER_AGENT, &options.user_agent);
    request.body(body).map_err(unusable)
}

/// A request as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The HTTP method.
    pub method: String,
    /// The whole URL, encoded as it is sent.
    pub url: String,
    /// All headers but `Host`, `Content-Length` and `User-Agent`, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Shows the method and the URL without its query, which may be a bearer secret.
impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next())
            .finish_non_exhaustive()
    }
}
