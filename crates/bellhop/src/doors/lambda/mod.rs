//! The door of a function of AWS Lambda. Its events are told apart by shape: requests go to the same router as `serve`'s,
//! messages of queues, topics and schedules to a worker.
//!
//! Invariants: when an event is answered nothing of it is still running; nothing runs longer than the event allows; an
//! event that is none of these, or not for this function's role, is refused by name and without its content.
//! Absent on purpose: any decision. What a request may do, and whether a job is run, is `bot`'s business.

mod event;
mod http_event;
mod role;
mod runtime;
mod trust;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bot::bell::Message;
use bot::{AckBody, Bot, Taken};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use slack::SlashCommand;
use store::UnixMillis;
use tower_service::Service as _;

use crate::clock;
use crate::commands::mention;
use crate::telemetry::Telemetry;
use crate::wiring::rules::FollowedRules;
use crate::wiring::secrets::Followed;
use event::{Event, QueueRecord};
use http_event::{Front, HttpEvent, HttpFault};
pub(crate) use role::Role;
pub(crate) use runtime::{ApiAddress, report_failed_start, serve};
pub(crate) use trust::Trust;

/// What is said, in log and answer, to an event whose headers were dropped on the way.
const REMEDY: &str = "the request came without its headers, so its signature cannot be checked: \
    switch the API's integration to Lambda proxy integration (a mapping template such as \
    { \"body\": $input.json(\"$\") } drops them), or set [slack] legacy_token_only = true \
    to believe the old verification token alone, which is weak";

/// What stands in a path as it is besides letters and digits. Some fronts decode paths before they pass them on, so that
/// spaces stand there; what is encoded still stays so.
const IN_PATHS: &[u8] = b"/-._~!$&'()*+,;=:@%";

/// How long an answer waits for its spans to be sent: Slack waits for some answers three seconds.
const SPANS: Duration = Duration::from_millis(500);

/// A function.
pub(crate) struct Function {
    /// What answers requests.
    pub(crate) router: Router,
    /// What does everything else.
    pub(crate) bot: Bot,
    /// Which events are for it.
    pub(crate) role: Role,
    /// The secrets, which follow when they change.
    pub(crate) secrets: Followed,
    /// The rules, which follow the configuration.
    pub(crate) rules: FollowedRules,
    /// What a command without headers is believed by, if by anything.
    pub(crate) trust: Option<Trust>,
    /// What is told at the end of each event.
    pub(crate) telemetry: Telemetry,
    /// How the function is called.
    pub(crate) name: String,
}

/// Why an event was not done. It goes to the log and to whoever invoked the function, and holds nothing of the event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// It is no event that is known here.
    #[error(
        "this event is none that Bellhop knows: {0}. Known are requests of API Gateway, function URLs and load balancers, messages of SNS and SQS, and {{\"bellhop\":\"sweep\"}}"
    )]
    Unknown(String),
    /// It is for another function.
    #[error(
        "{what} came to a function whose BELLHOP_ROLE is {role}: give it to the other function, or leave BELLHOP_ROLE out"
    )]
    NotForRole {
        /// What came.
        what: &'static str,
        /// What this function is for.
        role: Role,
    },
    /// Something was put back, and is to be tried again.
    #[error("{0} of the jobs that were rung for could not be worked off now; they are to be rung for again")]
    Again(usize),
    /// A fault of Bellhop's own; what it was stands on standard error.
    #[error("Bellhop itself failed")]
    Panicked,
    /// Work is left, and the next sweep finds it.
    #[error("the sweep did not come to its end; the next one goes on")]
    Unfinished,
}

impl Function {
    /// Does what an event asks for, by that time, and answers it.
    ///
    /// # Errors
    /// It was not done: Lambda is to say so, and to try again where it does.
    pub(crate) async fn answer(&self, event: &Value, deadline: UnixMillis) -> Result<Value, NotDone> {
        self.bot.finish_by(Some(deadline));
        tokio::join!(self.secrets.look_when_due(), self.rules.look_when_due());
        if let Err(error) = self.bot.catch_up().await {
            // What is known is used; whatever needs the store says so itself.
            tracing::warn!(%error, "changes that others made to rights could not be read");
        }
        match Event::of(event) {
            Event::Http(request) => Ok(self.request(request).await),
            Event::Bare(body) => self.bare(&body).await,
            Event::Queue(records) => {
                self.for_workers("a message of a queue")?;
                let again = self.records(&records).await;
                let failures: Vec<Value> =
                    again.iter().map(|record| json!({ "itemIdentifier": record.id })).collect();
                Ok(json!({ "batchItemFailures": failures }))
            }
            Event::Topic(records) => {
                self.for_workers("a message of a topic")?;
                match self.records(&records).await.len() {
                    0 => Ok(Value::Null),
                    again => Err(NotDone::Again(again)),
                }
            }
            Event::Direct(Message::Job(job)) => {
                self.for_workers("a job")?;
                match self.bot.take(&job).await {
                    Taken::Settled => Ok(Value::Null),
                    Taken::Again => Err(NotDone::Again(1)),
                }
            }
            Event::Direct(Message::Sweep) => {
                self.for_workers("a sweep")?;
                self.sweep().await
            }
            Event::Unknown(what) => Err(NotDone::Unknown(what)),
        }
    }

    /// What is to be told before an event is answered, for nothing runs afterwards: metrics as a line, and spans.
    pub(crate) async fn tell(&self) {
        let at = i64::try_from(clock::seconds()).unwrap_or(0) * 1000;
        mention(&self.telemetry.emf_line(&self.name, at, self.bot.counters()));
        self.telemetry.flush(SPANS).await;
    }

    fn for_workers(&self, what: &'static str) -> Result<(), NotDone> {
        if self.role.works() { Ok(()) } else { Err(NotDone::NotForRole { what, role: self.role }) }
    }

    async fn sweep(&self) -> Result<Value, NotDone> {
        let swept = self.bot.sweep().await;
        tracing::info!(jobs = swept.jobs, "swept");
        self.telemetry.look(&self.bot).await;
        if swept.unfinished { Err(NotDone::Unfinished) } else { Ok(json!({ "jobs": swept.jobs })) }
    }

    /// Works on what messages ring for. Returns those that are to come again.
    async fn records<'a>(&self, records: &'a [QueueRecord]) -> Vec<&'a QueueRecord> {
        let mut rung = Vec::new();
        let mut again = Vec::new();
        for record in records {
            match &record.message {
                Ok(Message::Job(job)) => rung.push((record, job.as_str())),
                Ok(Message::Sweep) if self.sweep().await.is_ok() => {}
                Ok(Message::Sweep) => again.push(record),
                Err(fault) => {
                    // It would never mean anything, however often it came.
                    self.bot.counters().misheard.add();
                    tracing::warn!(message = record.id, %fault, "a message is none of Bellhop's; it is let go");
                }
            }
        }
        let jobs: Vec<&str> = rung.iter().map(|(_, job)| *job).collect();
        let taken = self.bot.take_all(&jobs).await;
        let back = rung.iter().zip(taken).filter(|(_, taken)| *taken == Taken::Again);
        again.extend(back.map(|((record, _), _)| *record));
        again
    }

    async fn request(&self, request: Result<Box<HttpEvent>, HttpFault>) -> Value {
        let refused = |front, status, text: &str| {
            let plain = [("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
            http_event::answer(front, status, &plain, format!("{text}\n").as_bytes())
        };
        let event = match request {
            Ok(event) if self.role.faces() => *event,
            Ok(event) => {
                tracing::error!(role = %self.role, "a request came to a function that only works; refused it");
                return refused(event.front, 403, "this function answers no requests");
            }
            Err(HttpFault { front, why }) => {
                tracing::warn!(why, "a request cannot be used");
                return refused(front, 400, "cannot be read");
            }
        };
        let front = event.front;
        match onward(event) {
            Ok(request) => self.routed(front, request).await,
            Err(error) => {
                tracing::warn!(%error, "a request cannot be used");
                refused(front, 400, "cannot be read")
            }
        }
    }

    async fn routed(&self, front: Front, request: Request<Body>) -> Value {
        let Ok(response) = self.router.clone().call(request).await;
        let (head, body) = response.into_parts();
        // What the router answers stands in memory already.
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<(String, String)> =
            head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        http_event::answer(front, head.status.as_u16(), &headers, &body)
    }

    /// A slash command without headers. What is answered goes to Slack as it is: the integration is no proxy.
    async fn bare(&self, body: &str) -> Result<Value, NotDone> {
        if !self.role.faces() {
            return Err(NotDone::NotForRole { what: "a request", role: self.role });
        }
        let Some(trust) = &self.trust else {
            tracing::error!("a request was refused: {REMEDY}");
            return Ok(said_to_caller(&format!("Bellhop did not run this: {REMEDY}.")));
        };
        let verified = match trust.verify(body.as_bytes()).await {
            Ok(verified) => verified,
            Err(reason) => {
                tracing::warn!(%reason, "a request without headers was refused");
                return Ok(said_to_caller(
                    "Bellhop did not run this: it is not believed to come from Slack.",
                ));
            }
        };
        let command = match SlashCommand::parse(verified) {
            Ok(command) => command,
            Err(reason) => {
                tracing::warn!(%reason, "a request without headers was refused: it cannot be read");
                return Ok(said_to_caller("Bellhop did not run this: it cannot be read."));
            }
        };
        let ack = self.bot.accept(&command).await;
        Ok(match ack.body {
            AckBody::Message(message) => serde_json::to_value(message).unwrap_or_default(),
            _ if ack.status == 200 => said_to_caller("Bellhop has taken this already."),
            _ => said_to_caller("Bellhop did not take this."),
        })
    }
}

fn said_to_caller(text: &str) -> Value {
    json!({ "response_type": "ephemeral", "text": text })
}

/// A request as the router takes it.
fn onward(event: HttpEvent) -> Result<Request<Body>, axum::http::Error> {
    let HttpEvent { method, path, query, headers, body, .. } = event;
    let mut address = String::with_capacity(path.len() + query.len() + 1);
    aws_call::encoding::percent_encode(&mut address, &path, IN_PATHS);
    if !query.is_empty() {
        address.push('?');
        address.push_str(&query);
    }
    let mut request = Request::builder().method(method.as_str()).uri(address);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(Body::from(body))
}
