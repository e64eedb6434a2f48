//! Slack's Web API, without IO: requests that are typed, paced, repeated where that is safe, and answers that are read.
//!
//! Source: <https://docs.slack.dev/apis/web-api>. One [`WebApi`] speaks with one token, as Slack counts its limits by app
//! and workspace. What is asked waits for its turn within the method's tier; a 429 is waited out as `Retry-After` says.
//! Invariants: a method that changes something is repeated only where Slack says that it did nothing, or where doing it
//! twice comes to the same; a token reaches nothing but [`Call`]; an error repeats nothing that was sent.
//! Absent on purpose: the network and the clock, which the caller brings; walking through all pages, because whoever
//! walks wants to keep the cursor and go on after a restart.

mod answer;
mod fields;
mod files;
mod messages;
mod method;
mod pace;
mod people;
mod scopes;
mod views;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use answer::{Cursor, MAX_CURSOR, Page, WebError};
pub use fields::Fields;
pub use files::{FilesCompleteUpload, FilesGetUploadUrl, MAX_FILE_NAME, Upload, UploadPlace, UploadUrl};
pub use messages::{Delete, PostEphemeral, PostMessage, Posted, Update};
pub use method::{Encoding, Method, Repeat, Tier};
pub use people::{
    AuthTest, ConversationsInfo, ConversationsMembers, ConversationsOpen, Identity, UsergroupsList,
    UsergroupsUsersList, UsersInfo, UsersList,
};
pub use scopes::{EMAIL, SCOPES, Scope};
pub use views::{Opened, ViewsOpen, ViewsPush, ViewsUpdate};

use serde_json::{Map, Value};

use crate::payload::Object;
use crate::{BoxFuture, Clock, PayloadError, PostError, Secret};
use answer::Verdict;
use pace::Pace;

/// The largest answer that is read, in bytes: a usergroup of 50,000 lists its members in one.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// How often one request is tried.
const MAX_ATTEMPTS: u32 = 6;
/// How long a request waits in all for its turn and after failures, unless its caller says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Sends one POST to the Web API, or a file to where it belongs. The network's side of it: address, connection, TLS, a timeout.
pub trait Call: Send + Sync {
    /// Posts to the method, following no redirects. Neither token nor body must reach any log. An answer longer than
    /// [`MAX_ANSWER`] is [`PostError::Unclear`].
    fn post<'a>(
        &'a self,
        method: &'static str,
        body: CallBody,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<CallReply, PostError>>;

    /// Posts the bytes of a file to an address that Slack gave for them, without any token, following no redirects. The
    /// address must not reach any log.
    fn put<'a>(&'a self, url: &'a UploadUrl, bytes: Vec<u8>) -> BoxFuture<'a, Result<CallReply, PostError>>;
}

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBody {
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub bytes: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReply {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header, if there was one.
    pub retry_after: Option<Duration>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// One method with its arguments.
pub trait Request: Send + Sync {
    /// What Slack answers.
    type Answer;
    /// The method.
    const METHOD: Method;

    /// The arguments.
    fn fields(&self) -> Fields;

    /// Reads the answer to what succeeded.
    ///
    /// # Errors
    /// It lacks something, or holds what it cannot hold.
    fn read(&self, answer: AnswerObject<'_>) -> Result<Self::Answer, PayloadError>;

    /// The channel, for methods that are limited by channel besides.
    fn paced_by(&self) -> Option<&str> {
        None
    }
}

/// An answer that is being read.
#[derive(Debug, Clone, Copy)]
pub struct AnswerObject<'a>(Object<'a>);

/// The Web API with one token.
pub struct WebApi {
    call: Arc<dyn Call>,
    clock: Arc<dyn Clock>,
    token: Secret,
    pace: Mutex<Pace>,
}

impl WebApi {
    /// With that token.
    pub fn new(call: Arc<dyn Call>, clock: Arc<dyn Clock>, token: Secret) -> WebApi {
        WebApi { call, clock, token, pace: Mutex::default() }
    }

    /// Asks, and waits as long as [`PATIENCE`] for its turn.
    ///
    /// # Errors
    /// See [`WebError`]: each says whether it may have been done.
    pub async fn ask<R: Request>(&self, request: &R) -> Result<R::Answer, WebError> {
        self.ask_within(request, PATIENCE).await
    }

    /// Asks, and waits no longer than that for its turn and between attempts: for whoever has three seconds.
    ///
    /// # Errors
    /// See [`WebError`]; [`WebError::RateLimited`] when the turn would come later.
    pub async fn ask_within<R: Request>(
        &self,
        request: &R,
        patience: Duration,
    ) -> Result<R::Answer, WebError> {
        let (method, mut left) = (R::METHOD, patience);
        let body = request.fields().encode(method.encoding);
        let mut attempt = 0;
        loop {
            attempt += 1;
            left = self.wait_for_turn(request, left).await?;
            let outcome = self.call.post(method.name, body.clone(), &self.token).await;
            let (error, pause) = match answer::judge(method, outcome) {
                Verdict::Done(map) => return read(request, &map),
                Verdict::Failed(error) => return Err(error),
                Verdict::Again(error, after) => {
                    (error, after.unwrap_or_else(|| crate::deliver::pause(attempt)))
                }
            };
            let is_limited = matches!(error, WebError::RateLimited { .. });
            if is_limited {
                self.pace().hold(method, self.clock.now_millis(), pause);
            }
            if attempt == MAX_ATTEMPTS || pause > left {
                return Err(error);
            }
            // What is limited waits for its turn, which was just put off.
            if !is_limited {
                left = left.saturating_sub(pause);
                self.clock.sleep(pause).await;
            }
        }
    }

    /// Waits for the request's turn; what is left of the time.
    async fn wait_for_turn<R: Request>(&self, request: &R, left: Duration) -> Result<Duration, WebError> {
        let wait = self.pace().reserve(R::METHOD, request.paced_by(), self.clock.now_millis(), left);
        let wait = wait.map_err(|wait| WebError::RateLimited { method: R::METHOD.name, wait })?;
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
        Ok(left.saturating_sub(wait))
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read<R: Request>(request: &R, answer: &Map<String, Value>) -> Result<R::Answer, WebError> {
    let answer = request.read(AnswerObject(Object(answer)));
    answer.map_err(|fault| WebError::Unclear { method: R::METHOD.name, why: fault.to_string() })
}
