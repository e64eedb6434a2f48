//! The world in which the recordings were made: its clock, its credentials, and a network that answers
//! from the recording.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_call::credentials::StaticCredentials;
use aws_call::transport::{
    Body, HttpAnswer, HttpRequest, Limits, Transport, TransportError, TransportErrorKind,
};
use aws_call::{BoxFuture, CallOptions, Clock, Credentials, Random, RetryOptions, WriteRetries};
use aws_cli::{Environment, Globals};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::compare;
use crate::files::Written;
use crate::recording::{Exchange, Message, Recording};

/// Where the clock stood.
const NOW: &str = "2024-01-02T03:04:05Z";

/// The variables of every recording.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("COLUMNS", "200"),
    ("TZ", "UTC"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A clock that stands; waiting takes no time.
#[derive(Debug)]
pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, _time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// UUIDs that are counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    last: AtomicU64,
}

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn uuid(&self) -> String {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        format!("00000000-0000-4000-8000-{number:012}")
    }
}

/// A network that gives the recorded answers and keeps what it was asked. A request gets the next answer that was recorded
/// for its method and URL; one that was not recorded gets the next answer of all.
#[derive(Debug)]
pub(crate) struct Tape {
    exchanges: Mutex<VecDeque<Exchange>>,
    asked: Mutex<Vec<Message>>,
}

impl Tape {
    pub(crate) fn new(recording: &Recording) -> Tape {
        let exchanges = recording.exchanges.iter().cloned().collect();
        Tape { exchanges: Mutex::new(exchanges), asked: Mutex::default() }
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<Message> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }

    fn answer(&self, asked: &Message) -> Option<Message> {
        let mut exchanges = self.exchanges.lock().ok()?;
        let at = exchanges.iter().position(|exchange| compare::is_same_place(&exchange.request, asked));
        exchanges.remove(at.unwrap_or(0)).map(|exchange| exchange.answer)
    }

    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, TransportError> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let asked = Message {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            status: 0,
            headers: request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: request.body().to_vec(),
        };
        let answer = self.answer(&asked);
        if let Ok(mut all) = self.asked.lock() {
            all.push(asked);
        }
        let answer = answer.ok_or_else(|| TransportError {
            kind: TransportErrorKind::Connect,
            sent: false,
            reason: "the recording has no further answer".to_owned(),
        })?;
        let mut headers = HeaderMap::new();
        for (name, value) in &answer.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.append(name, value);
            }
        }
        Ok(HttpAnswer {
            status: answer.status,
            headers,
            body: Box::new(Whole(Some(Bytes::from(answer.body)))),
        })
    }
}

impl Transport for Tape {
    fn send(
        &self,
        request: HttpRequest,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        Box::pin(std::future::ready(self.exchange(&request)))
    }
}

/// A body that is there at once.
struct Whole(Option<Bytes>);

impl Body for Whole {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

/// What the command line saw.
pub(crate) fn environment(recording: &Recording, files: Arc<Written>) -> Environment {
    let own = recording.variables.iter().map(|(name, value)| (name.clone(), value.clone()));
    let mut vars: BTreeMap<String, String> =
        VARIABLES.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    vars.extend(own);
    Environment { vars, files, columns: 80, now: now(), ..Environment::empty() }
}

/// What the command line and its environment make of a call, as far as the recordings differ in it.
pub(crate) fn options(globals: &Globals, env: &Environment) -> CallOptions {
    let text = |name: &str| env.var(name).map(str::to_owned);
    let credentials = Credentials::new(VARIABLES[0].1, VARIABLES[1].1);
    CallOptions {
        region: globals.region.clone().or_else(|| text("AWS_REGION")).or_else(|| text("AWS_DEFAULT_REGION")),
        credentials: (!globals.unsigned).then(|| Arc::new(StaticCredentials::new(credentials)) as _),
        endpoint_url: globals.endpoint_url.clone().or_else(|| text("AWS_ENDPOINT_URL")),
        fips: env.var("AWS_USE_FIPS_ENDPOINT") == Some("true"),
        dual_stack: env.var("AWS_USE_DUALSTACK_ENDPOINT") == Some("true"),
        retry: RetryOptions { writes: WriteRetries::LikeAwsCli, ..RetryOptions::default() },
        ..CallOptions::default()
    }
}
