//! Jobs: what was accepted and must be answered, once.
//!
//! A job goes queued → running → (a write: sent) → delivering → closed. What a claim may do with it follows from
//! where it stands when its holder is gone: see [`Next`].

use crate::{NewAuditRow, UnixMillis};

/// How often a job may be started before it is given up as one that brings its worker down.
pub const MAX_ATTEMPTS: u32 = 3;

/// Whether running a job a second time could do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Running it again does no harm.
    Read,
    /// It must not run twice.
    Write,
}

/// Who holds jobs in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The process that claims whatever is ready. There is one at a time where the store is a local file.
    Owner,
    /// A process that enqueues a job and runs it itself.
    Guest,
}

/// A job to accept.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Unique; chosen by the caller.
    pub id: String,
    /// What makes a repeat of the same request the same.
    pub key: String,
    /// Sealed; opaque here.
    pub payload: Vec<u8>,
    /// Whether it may run twice.
    pub class: Class,
    /// When the request was accepted, and when it can be claimed first.
    pub accepted_at: UnixMillis,
    /// Accepted as already held by whoever enqueues it, until then.
    pub held_until: Option<UnixMillis>,
    /// Asks first when the same thing was accepted a moment ago.
    pub guard: Option<Guard>,
}

/// Keeps an identical command that is typed again from running unnoticed.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    /// Hash of who, where and what.
    pub hash: [u8; 32],
    /// How long the same hash counts as a repeat, in milliseconds.
    pub window_ms: i64,
    /// The caller has been asked and means it: accept, and let the window begin anew.
    pub insist: bool,
}

/// What became of a job that was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enqueued {
    /// It is durable. The fence is there if it was accepted as already held.
    Accepted(Option<Fence>),
    /// Its key was accepted before; nothing was changed.
    Duplicate,
    /// Its guard's hash was accepted at that time; nothing was changed.
    Repeated(UnixMillis),
}

/// The right to say what became of a job: good for one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The job.
    pub job: String,
    /// Which claim of it.
    pub attempt: u32,
}

/// A wish for work.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The time.
    pub now: UnixMillis,
    /// Until when the job is held if nothing more is heard.
    pub lease_until: UnixMillis,
}

/// A job as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Its idempotency key.
    pub key: String,
    /// Its sealed payload.
    pub payload: Vec<u8>,
    /// Whether it may run twice.
    pub class: Class,
    /// When it was accepted.
    pub accepted_at: UnixMillis,
}

/// A job that a worker now holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    /// What the worker reports with.
    pub fence: Fence,
    /// What is to be done.
    pub next: Next,
}

/// What is to be done with a claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Run it. It has not been run, or may be run again.
    Run,
    /// It is a write that was interrupted after its intent: say that it may have happened. Do not run it.
    ReportDoubt,
    /// It was started [`MAX_ATTEMPTS`] times and never finished: say so. Do not run it.
    ReportAbandoned,
    /// It has run: deliver this reply, sealed as it was stored.
    Deliver {
        /// The reply.
        reply: Vec<u8>,
        /// How many times delivery was begun before.
        attempts: u32,
    },
}

/// What came of running a job.
#[derive(Debug, Clone)]
pub struct Completion {
    /// The sealed reply to deliver; `None` if nobody waits for one.
    pub reply: Option<Vec<u8>>,
    /// Until when the worker that completes also holds the delivery.
    pub deliver_until: UnixMillis,
    /// Rows for the audit chain.
    pub rows: Vec<NewAuditRow>,
}

/// What a start found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Jobs that were running and will run again: reads, and writes that had sent nothing.
    pub interrupted: u64,
    /// Writes that were interrupted after their intent.
    pub doubtful: u64,
    /// Replies that were not delivered yet.
    pub undelivered: u64,
}

/// How many jobs stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Waiting for a worker.
    pub queued: u64,
    /// With a worker.
    pub running: u64,
    /// Writes in doubt that nobody has been told of yet.
    pub doubtful: u64,
    /// Answered, but the answer is not delivered.
    pub undelivered: u64,
    /// Done with, and not yet pruned.
    pub closed: u64,
}
