//! What is told of each call to whoever counts and traces calls.
//!
//! Invariant: neither parameters nor answers are told, only which service and operation, and how it went.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Span;
use tracing::field::Empty;

use crate::call::{Call, CallOptions};
use crate::clock::Clock;
use crate::error::CallError;

/// Is told of every call when it has ended.
pub trait Observer: Send + Sync + fmt::Debug {
    /// A call has ended.
    fn called(&self, told: &Told<'_>);
}

/// A call that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The service, as the models name it: `ec2`.
    pub service: &'a str,
    /// `DescribeInstances`
    pub operation: &'a str,
    /// How it ended.
    pub ending: Ending,
    /// How often it was tried.
    pub attempts: u32,
    /// How many attempts were turned away for being too many.
    pub throttled: u32,
    /// From the first attempt to the end, pauses included.
    pub took: Duration,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With an answer.
    Answered,
    /// The service refused.
    Rejected,
    /// The service refused to the last because there were too many.
    Throttled,
    /// Nothing reached the service.
    NotSent,
    /// Nobody knows.
    MayHaveHappened,
    /// Its caller waited no longer.
    Abandoned,
}

impl Ending {
    /// As one word.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Answered => "answered",
            Ending::Rejected => "rejected",
            Ending::Throttled => "throttled",
            Ending::NotSent => "not_sent",
            Ending::MayHaveHappened => "may_have_happened",
            Ending::Abandoned => "abandoned",
        }
    }
}

/// Watches one call; tells of it when it ends, however that comes about.
pub(crate) struct Watch<'a> {
    call: &'a Call,
    observer: Option<&'a Arc<dyn Observer>>,
    clock: &'a dyn Clock,
    begun: Instant,
    attempts: u32,
    throttled: u32,
    last_throttled: bool,
    ending: Ending,
    /// The call's span, for traces.
    pub(crate) span: Span,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(
        call: &'a Call,
        options: &CallOptions,
        observer: Option<&'a Arc<dyn Observer>>,
        clock: &'a dyn Clock,
    ) -> Watch<'a> {
        let (service, operation) = (call.service.name(), &*call.operation);
        let span = tracing::info_span!(
            "aws",
            otel.name = format_args!("{service} {operation}"),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system = "aws-api",
            rpc.service = service,
            rpc.method = operation,
            cloud.region = options.region.as_deref().unwrap_or_default(),
            attempts = Empty,
            outcome = Empty,
        );
        let begun = clock.instant();
        let (attempts, throttled, last_throttled) = (0, 0, false);
        Watch {
            call,
            observer,
            clock,
            begun,
            attempts,
            throttled,
            last_throttled,
            ending: Ending::Abandoned,
            span,
        }
    }

    /// An attempt came back.
    pub(crate) fn attempted(&mut self, throttled: bool) {
        self.attempts += 1;
        self.throttled += u32::from(throttled);
        self.last_throttled = throttled;
    }

    /// The call has ended so.
    pub(crate) fn ended<T>(&mut self, result: &Result<T, CallError>) {
        self.ending = match result {
            Ok(_) => Ending::Answered,
            Err(CallError::Rejected(_)) if self.last_throttled => Ending::Throttled,
            Err(CallError::Rejected(_)) => Ending::Rejected,
            Err(CallError::NotSent(_)) => Ending::NotSent,
            Err(CallError::MayHaveHappened(_)) => Ending::MayHaveHappened,
        };
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let ending = self.ending;
        self.span.record("attempts", i64::from(self.attempts));
        self.span.record("outcome", ending.name());
        if ending != Ending::Answered {
            self.span.record("otel.status_code", "error");
        }
        let Some(observer) = self.observer else { return };
        observer.called(&Told {
            service: self.call.service.name(),
            operation: &self.call.operation,
            ending,
            attempts: self.attempts,
            throttled: self.throttled,
            took: self.clock.instant().saturating_duration_since(self.begun),
        });
    }
}
