//! Where a job stands, and what a claim makes of it: the rule that every store follows.

use crate::{Class, MAX_ATTEMPTS, StoreError};

/// The bound of a payload and of a reply.
pub(crate) const MAX_BLOB: usize = 4 * 1024 * 1024;

/// Where a job stands. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Queued = 0,
    Running = 1,
    /// A write whose intent is durable.
    Sent = 2,
    Deliver = 3,
    Closed = 4,
    /// A write in doubt, claimed to be reported.
    Doubt = 5,
    /// Given up, claimed to be reported.
    Abandoned = 6,
}

const STAGES: [Stage; 7] = [
    Stage::Queued,
    Stage::Running,
    Stage::Sent,
    Stage::Deliver,
    Stage::Closed,
    Stage::Doubt,
    Stage::Abandoned,
];

impl Stage {
    /// The number that is stored.
    pub(crate) fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn of(number: i64) -> Result<Stage, StoreError> {
        let stage = usize::try_from(number).ok().and_then(|number| STAGES.get(number));
        stage.copied().ok_or_else(|| StoreError::Unreadable(format!("stage {number}")))
    }
}

/// What a claim has to do, without what it needs for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Todo {
    Run,
    ReportDoubt,
    ReportAbandoned,
    Deliver,
}

/// Where a job stands, and how often what was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) stage: Stage,
    pub(crate) attempt: u32,
    pub(crate) starts: u32,
    pub(crate) deliveries: u32,
}

impl Standing {
    /// What a claim makes of it. This is the rule of every store.
    pub(crate) fn claimed(self) -> (Standing, Todo) {
        let Standing { stage, attempt, starts, deliveries } = self;
        let (stage, todo) = match stage {
            Stage::Sent | Stage::Doubt => (Stage::Doubt, Todo::ReportDoubt),
            Stage::Deliver => (Stage::Deliver, Todo::Deliver),
            Stage::Queued | Stage::Running if starts < MAX_ATTEMPTS => (Stage::Running, Todo::Run),
            Stage::Queued | Stage::Running | Stage::Abandoned | Stage::Closed => {
                (Stage::Abandoned, Todo::ReportAbandoned)
            }
        };
        let standing = Standing {
            stage,
            attempt: attempt + 1,
            starts: starts + u32::from(todo == Todo::Run),
            deliveries: deliveries + u32::from(todo == Todo::Deliver),
        };
        (standing, todo)
    }
}

/// Refuses a payload or a reply that no store takes.
pub(crate) fn bounded(blob: &[u8]) -> Result<(), StoreError> {
    if blob.len() > MAX_BLOB {
        return Err(StoreError::TooLarge { size: blob.len(), limit: MAX_BLOB });
    }
    Ok(())
}

/// The number that is stored for a class.
pub(crate) fn class_number(class: Class) -> i64 {
    match class {
        Class::Read => 0,
        Class::Write => 1,
    }
}

pub(crate) fn class_of(number: i64) -> Result<Class, StoreError> {
    match number {
        0 => Ok(Class::Read),
        1 => Ok(Class::Write),
        _ => Err(StoreError::Unreadable(format!("class {number}"))),
    }
}
